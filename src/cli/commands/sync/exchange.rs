//! What goes between a branch and the one that it follows: verified before it is taken in, and before it is pushed.

use super::super::super::{
    committing::Tree,
    ctx::Ctx,
    explain::{
        git::pull,
        past::{reservations, short},
    },
    progress::told,
};
use crate::{
    git::{Course, Pushed, Sent, Upstream},
    ui::{Class, Failure},
    vault::{Changes, Checked, Hold, Scope, Vault, VaultError},
};

/// How often somebody else may be first.
const ROUNDS: usize = 5;

/// The branch, and where it takes in from and pushes to.
pub(super) struct Way {
    branch: String,
    pub(super) upstream: Upstream,
    /// Whether the clone's settings say so.
    followed: bool,
}

impl Way {
    /// None without a remote. Refused where there is no branch that could take anything in, or be pushed.
    pub(super) fn of(tree: &Tree, push: bool) -> Result<Option<Self>, Failure> {
        let (branch, follows, would_follow, pushed_to) = match tree.repo.course().map_err(VaultError::from)? {
            Course::Detached => {
                return Err(Failure::new(Class::Refused, "detached", "HEAD is on no branch")
                    .help("`git switch -` goes to the one before"));
            }
            Course::Branch { name, follows, would_follow, pushed_to } => {
                (name, follows, would_follow, pushed_to)
            }
        };
        let followed = follows.is_some();
        let Some(upstream) = follows.or(would_follow) else { return Ok(None) };
        match pushed_to.filter(|remote| push && *remote != upstream.remote) {
            Some(remote) => Err(elsewhere(&branch, &upstream, &remote)),
            None => Ok(Some(Self { branch, upstream, followed })),
        }
    }
}

/// Who takes in from one remote and pushes to another, as to a copy of his own, has his reasons.
fn elsewhere(branch: &str, upstream: &Upstream, remote: &str) -> Failure {
    let to = Upstream { remote: remote.to_owned(), branch: branch.to_owned() };
    let error =
        format!("`{branch}` takes in from `{upstream}`, and git's settings push it to `{}`", to.shown());
    Failure::new(Class::Refused, "push-elsewhere", error)
        .help("`cargo vault sync` takes in, and `git push -q` pushes there")
}

/// What was taken in and pushed.
#[derive(Default)]
pub(super) struct Exchanged {
    /// How many commits came.
    pub(super) came: usize,
    /// What they changed in the vault.
    pub(super) changes: Vec<Changes>,
    /// How many commits the remote had not, before they were pushed.
    pub(super) ahead: usize,
    pub(super) pushed: bool,
}

/// Takes in and, if so wanted, pushes until nobody else was first.
pub(super) fn exchange(ctx: &Ctx, tree: &Tree, way: &Way, push: bool) -> Result<Exchanged, Failure> {
    let mut done = Exchanged::default();
    for _ in 0..ROUNDS {
        let seen = tree.git.fetch(&way.upstream)?;
        let Some(mut head) = tree.repo.head().map_err(VaultError::from)? else { return Ok(done) };
        if let Some(tip) = seen.as_deref().filter(|tip| !tree.descends(&head, tip)) {
            let Some(new) = take_in(ctx, tree, way, (&head, tip), &mut done)? else { continue };
            head = new;
        }
        let ahead = tree.repo.commits(Some(&head), seen.as_deref()).map_err(VaultError::from)?;
        done.ahead = ahead.len();
        if done.ahead == 0 {
            return Ok(done);
        }
        // Also where nothing is pushed: a branch that was moved back brings nothing by which that would be seen.
        let why = "here, and nothing was pushed";
        verified(ctx, &Scope { tip: Some(&head), base: None, strict: true }, why)?;
        if !push {
            return Ok(done);
        }
        let sent = if way.followed { Sent::Commit(&head) } else { Sent::Branch(&way.branch) };
        if tree.git.push(sent, &way.upstream, seen.as_deref())? == Pushed::Done {
            done.pushed = true;
            return Ok(done);
        }
    }
    Err(Failure::new(Class::Conflict, "race", format!("somebody else was first {ROUNDS} times"))
        .help("`cargo vault sync --push` tries again"))
}

/// Verifies what came and puts what is here on top; gives the commit that the branch is at then, or none if the person has
/// committed meanwhile. Until that was verified too, nothing of the work tree is touched.
fn take_in(
    ctx: &Ctx,
    tree: &Tree,
    way: &Way,
    (head, tip): (&str, &str),
    done: &mut Exchanged,
) -> Result<Option<String>, Failure> {
    let refused = format!("{}, and nothing was taken in", way.upstream);
    let scope = Scope { tip: Some(tip), base: Some(head), strict: true };
    let changes = match verified(ctx, &scope, &refused) {
        Ok(checked) => checked.changes,
        // A branch from before the vault takes none away.
        Err(_) if !tree.had_vault(head, tip)? => None,
        Err(failure) => return Err(of_theirs(failure)),
    };
    let new = match tree.descends(tip, head) {
        true => tip.to_owned(),
        false => {
            let new = tree.rebased(head, tip, &way.upstream)?;
            let with = format!("what is here on top of {refused}");
            verified(ctx, &Scope { tip: Some(&new), base: None, strict: true }, &with)
                .map_err(|failure| of_both(failure, &way.upstream))?;
            new
        }
    };
    if tree.repo.head().map_err(VaultError::from)?.as_deref() != Some(head) {
        return Ok(None);
    }
    tree.git.bring(&way.branch, &new)?;
    // What this clone has seen is held against the files alone, and a hook may have changed them.
    if let Err(failure) = verified(ctx, &HERE, &refused) {
        return Err(match tree.git.bring(&way.branch, head) {
            Ok(()) => failure,
            Err(_) => failure.help(format!("`git reset --keep {}` goes back to what was here", short(head))),
        });
    }
    done.came += tree.repo.commits(Some(tip), Some(head)).map_err(VaultError::from)?.len();
    done.changes.extend(changes);
    Ok(Some(new))
}

/// A failure of what came: nothing here is to be mended.
fn of_theirs(failure: Failure) -> Failure {
    match failure.class {
        Class::Tampered => Failure {
            hints: vec!["`git log HEAD..FETCH_HEAD -- .vault` shows what came".to_owned()],
            ..failure
        },
        _ => failure,
    }
}

/// A failure of what both make together, which is to be mended where they are together.
fn of_both(mut failure: Failure, from: &Upstream) -> Failure {
    failure.hints.insert(0, format!("`{}` takes it in all the same, to be mended then", pull(from)));
    failure
}

/// What lies in the work tree.
pub(super) const HERE: Scope<'static> = Scope { tip: None, base: None, strict: true };

/// Verifies as `verify --strict` does, but for the past that nobody can mend. `place` says where what is refused was found.
fn verified(ctx: &Ctx, scope: &Scope<'_>, place: &str) -> Result<Checked, Failure> {
    let looked = ctx.with_vault(Hold::Shared, |vault, _| vault.steady(|vault| sound(ctx, vault, scope)));
    looked.map_err(|failure| failure.detail("where", place))
}

/// Verifies, and refuses what is not in order.
pub(super) fn sound(ctx: &Ctx, vault: &Vault<'_>, scope: &Scope<'_>) -> Result<Checked, Failure> {
    let checked = vault.verify(scope, &told(&ctx.ui))?;
    let mut reserved = reservations(&checked.history).into_iter();
    match reserved.find(|(_, failure)| failure.code == "branch-rewritten") {
        Some((_, mut rewritten)) => {
            rewritten.hints =
                vec!["if that was meant: `cargo vault verify` takes it as it is now, once".to_owned()];
            Err(rewritten)
        }
        None => Ok(checked.sound()?),
    }
}
