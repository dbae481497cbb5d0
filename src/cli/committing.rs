//! Committing the vault for the person: by the git of his own, with a message that says what changed.

use std::{collections::BTreeSet, path::PathBuf};

use super::ctx::Ctx;
use crate::{
    git::{Aside, Git, Hindrance, Repo, Upstream},
    kernel::{
        format::{log, path},
        limits,
        tree::Tree as _,
    },
    store::{Disk, GitPlace, Place, hold_commits, update_private},
    ui::{Class, Failure},
    vault::{PastFault, VaultError},
};

/// How many secrets a message names.
const NAMED: usize = 3;

/// The repository around a vault, and the program that changes it.
pub(super) struct Tree {
    pub(super) repo: Repo,
    pub(super) git: Git,
    /// The vault's folder below the work tree.
    pub(super) inside: String,
    common: PathBuf,
    place: Place,
}

impl Tree {
    /// The one around a vault. Refused where nothing can be committed.
    pub(super) fn around(ctx: &Ctx, place: &Place) -> Result<Self, Failure> {
        let GitPlace { folder, inside, common } =
            place.git.as_ref().ok_or_else(|| VaultError::from(PastFault::NoGit))?;
        let repo = Repo::open(folder).map_err(VaultError::from)?;
        match repo.hindrance() {
            Some(Hindrance::Bare) => return Err(bare()),
            Some(Hindrance::Underway { what }) => return Err(underway(what)),
            None => {}
        }
        let depth = inside.split('/').count();
        let top = place.vault.ancestors().nth(depth).unwrap_or(&place.vault);
        let git = Git::find(ctx.variable("PATH"), top, ctx.child_env())?;
        let git = if ctx.ui.can_ask() { git } else { git.silent() };
        Ok(Self { repo, git, inside: inside.clone(), common: common.clone(), place: place.clone() })
    }

    /// Whether a commit is another or comes after it; no, if either is not here.
    pub(super) fn descends(&self, commit: &str, from: &str) -> bool {
        self.repo.descends(commit, from).unwrap_or(false)
    }

    /// Whether the commit where two lines part has a vault.
    pub(super) fn had_vault(&self, one: &str, other: &str) -> Result<bool, VaultError> {
        let (one, other) = (self.repo.resolve(one)?, self.repo.resolve(other)?);
        let Some(parting) = self.repo.merge_base(one, other)? else { return Ok(true) };
        Ok(self.repo.vault_at(&parting.to_string(), &self.inside)?.is_some())
    }

    /// Puts a commit, with those before it, on top of another that came from a branch, away from the work tree; gives the newest.
    pub(super) fn rebased(&self, commit: &str, onto: &str, from: &Upstream) -> Result<String, Failure> {
        let aside = Aside::at(&self.git, &self.common, commit)?;
        let pattern = format!("/{}/\n", escaped(&self.inside));
        update_private::<Failure>(&aside.pattern_file()?, |_| Ok(Some(pattern.into_bytes())))?;
        Ok(aside.rebase(onto, from)?)
    }

    /// Whether HEAD has the vault as it is.
    pub(super) fn is_committed(&self) -> Result<bool, VaultError> {
        Ok(self.repo.changed(&self.inside)?.is_empty())
    }

    /// Commits the vault as it is; gives the message, or none if HEAD has it so.
    pub(super) fn commit(&self, said: Said<'_>) -> Result<Option<String>, Failure> {
        // A hook after a commit, in which another one of ours is called, has nothing to commit and waits for nobody.
        if self.is_committed()? {
            return Ok(None);
        }
        let _held = hold_commits(&self.common)?;
        let paths = self.repo.changed(&self.inside).map_err(VaultError::from)?;
        if paths.is_empty() {
            return Ok(None);
        }
        let message = match said {
            Said::Message(message) => message.to_owned(),
            Said::Doing(verb) => told(verb, &paths, &self.why()?),
        };
        self.git.commit(&self.inside, &message)?;
        Ok(Some(message))
    }

    /// What the newest line of the log says.
    fn why(&self) -> Result<String, VaultError> {
        let disk = Disk::open(&self.place)?;
        let lines = log::parse(&disk.read(path::LOG, limits::LOG)?.unwrap_or_default())?;
        Ok(lines.last().map(|line| line.why.clone()).unwrap_or_default())
    }
}

fn bare() -> Failure {
    Failure::new(Class::Refused, "bare", "the git repository here is bare: no work tree is its own")
}

fn underway(what: &str) -> Failure {
    Failure::new(Class::Conflict, "underway", format!("a {what} is under way here"))
        .help("`git status` shows how it goes on, and how back")
}

/// What a message is made of.
#[derive(Clone, Copy)]
pub(super) enum Said<'a> {
    /// All of it, by the person.
    Message(&'a str),
    /// What was done, and what the files tell.
    Doing(Option<&'a str>),
}

/// A message: what the log says of a changed roster, then what else changed.
fn told(verb: Option<&str>, paths: &[String], why: &str) -> String {
    let secrets: BTreeSet<&str> = paths.iter().filter_map(|path| between(path, "secrets/")).collect();
    let requests = paths.iter().filter_map(|path| between(path, "requests/"));
    let roster = paths.iter().any(|path| path == "roster.log");
    let mut parts: Vec<String> = roster.then(|| why.to_owned()).into_iter().collect();
    parts.extend(requests.map(|name| format!("request of {name}")));
    let named = secrets.iter().take(NAMED).copied().collect::<Vec<_>>().join(", ");
    match secrets.len() {
        0 => {}
        many if roster => parts.push(format!("{many} secret{} written", if many == 1 { "" } else { "s" })),
        many if many <= NAMED => parts.push(named),
        many => parts.push(format!("{named} and {} more", many - NAMED)),
    }
    let what = if parts.is_empty() { "its other files".to_owned() } else { parts.join("; ") };
    // What lies there and is no name may be anything.
    let what = what.escape_debug();
    match verb.filter(|_| !roster) {
        Some(verb) => format!("vault: {verb} {what}"),
        None => format!("vault: {what}"),
    }
}

/// A path as a pattern of gitignore(5) that only itself fits.
fn escaped(path: &str) -> String {
    let mut pattern = String::new();
    for c in path.chars() {
        if "*?[]\\ ".contains(c) {
            pattern.push('\\');
        }
        pattern.push(c);
    }
    pattern
}

/// What a path names in one of the vault's folders.
fn between<'p>(path: &'p str, folder: &str) -> Option<&'p str> {
    path.strip_prefix(folder)?.strip_suffix(".toml")
}

#[cfg(test)]
mod tests {
    use super::told;

    fn message(verb: Option<&str>, paths: &[&str]) -> String {
        told(verb, &paths.iter().map(|path| (*path).to_owned()).collect::<Vec<_>>(), "remove bob")
    }

    #[test]
    fn message_names_a_few_secrets_and_counts_the_others() {
        let paths = ["E", "A", "C", "B", "D"].map(|name| format!("secrets/dev/{name}.toml"));
        let paths: Vec<&str> = paths.iter().map(String::as_str).collect();
        assert_eq!(message(Some("set"), &paths), "vault: set dev/A, dev/B, dev/C and 2 more");
        assert_eq!(message(None, &paths[..1]), "vault: dev/E");
    }

    #[test]
    fn message_of_a_roster_is_what_its_log_says() {
        let paths = ["roster.toml", "roster.log", "keys/dev/ana.0.age", "secrets/dev/A.toml"];
        assert_eq!(message(Some("member remove"), &paths), "vault: remove bob; 1 secret written");
    }

    #[test]
    fn message_names_who_asks_and_tells_of_other_files() {
        assert_eq!(message(Some("join"), &["requests/bob.toml"]), "vault: join request of bob");
        assert_eq!(message(None, &["schema.toml"]), "vault: its other files");
    }
}
