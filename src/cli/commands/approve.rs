//! `cargo vault approve`: lets somebody in who asked, once his fingerprint was compared.

use serde_json::{Value, json};

use super::{
    super::{
        End,
        args::{RequestName, request_name},
        ctx::{Ctx, usage},
        progress::told,
    },
    member::{May, may},
    requests::keys,
};
use crate::{
    kernel::{
        model::{Access, Anchor, Fingerprint, Request, Subject},
        name::{EnvName, MemberName},
    },
    ui::{Class, Failure, Page, Report},
    vault::{Asker, Hold, TeamFault, Vault, VaultError},
};

/// Let somebody in who asked, or grant a member more
///
/// Shows the fingerprint of the keys, and asks whether it is the one that you were told by another way than the repository.
/// Grants what was asked for, to write, unless -e or --read say less. A request never brings a member new keys.
#[derive(Debug, clap::Args)]
#[command(after_help = "Examples:\n  cargo vault approve dora\n  cargo vault approve dora -e dev --read\n  \
                  cargo vault approve dora --fingerprint \"$(cat told.txt)\"")]
pub(in crate::cli) struct Args {
    /// Who asks
    #[arg(value_parser = request_name)]
    name: RequestName,
    /// Let them read only
    #[arg(long)]
    read: bool,
    /// The fingerprint that you were told; nothing is asked then
    #[arg(long, value_name = "FINGERPRINT", value_parser = fingerprint)]
    fingerprint: Option<Fingerprint>,
}

fn fingerprint(text: &str) -> Result<Fingerprint, String> {
    Fingerprint::parse(text).ok_or_else(|| "it has 32 hex digits, as `cargo vault join` shows it".to_owned())
}

/// A request that was looked at, and what is to be granted.
struct Case {
    request: Request,
    asker: Asker,
    access: Vec<(EnvName, Access)>,
}

pub(in crate::cli) fn run(ctx: &Ctx, args: &Args) -> Result<End, Failure> {
    let name = &args.name.0;
    ctx.names([Subject::Member(name.clone())]);
    // Looked at first, so that nobody waits for a person who compares.
    let case = ctx.with_vault(Hold::Shared, |vault, _| look(ctx, vault, args))?;
    compare(ctx, args, &case)?;
    ctx.with_vault(Hold::Exclusive, |vault, keyring| {
        let envs: Vec<EnvName> = case.access.iter().map(|(env, _)| env.clone()).collect();
        let unlocked = vault.unlock(keyring, &ctx.ask(), &envs)?;
        ctx.about(Some(unlocked.me()), envs.first());
        let progress = told(&ctx.ui);
        let mut change = unlocked.begin(ctx.now)?.telling(&progress);
        change.approve(&case.request, &case.access)?;
        Ok(change.commit()?)
    })?;
    let anchor = ctx.with_vault(Hold::Shared, |vault, _| Ok(vault.introduce()?.anchor))?;
    ctx.ui.report(&Done { case: &case, anchor: &anchor })?;
    ctx.ui.help("commit and push `.vault`");
    if case.asker == Asker::Newcomer {
        ctx.ui.help(&format!(
            "tell `{name}` the anchor: `cargo vault trust {anchor}` there knows this vault by it"
        ));
    }
    Ok(End::Done)
}

fn look(ctx: &Ctx, vault: &Vault<'_>, args: &Args) -> Result<Case, Failure> {
    let name = &args.name.0;
    let request = vault.request(name)?;
    let asker = vault.asker(&request).map_err(another_name)?;
    // What is asked for, and not what the variable says.
    let wanted = if ctx.typed.env { &ctx.envs } else { &request.environments };
    if wanted.is_empty() {
        return Err(VaultError::from(TeamFault::NothingAsked { name: name.clone() }).into());
    }
    let access = vault.granted_with(wanted, if args.read { Access::Read } else { Access::Write })?;
    Ok(Case { request, asker, access })
}

/// A name that is gone is for who asks to change.
fn another_name(error: VaultError) -> Failure {
    match error {
        VaultError::MemberWas { .. } => {
            let hints = vec!["who asks types `cargo vault join --name NAME`".to_owned()];
            Failure { hints, ..error.into() }
        }
        other => other.into(),
    }
}

/// Has the fingerprint compared: by what was given, or by a person.
fn compare(ctx: &Ctx, args: &Args, case: &Case) -> Result<(), Failure> {
    let (name, found) = (&args.name.0, case.request.fingerprint());
    match args.fingerprint {
        Some(told) if told == found => return Ok(()),
        Some(_) => return Err(VaultError::from(TeamFault::Fingerprint { name: name.clone(), found }).into()),
        None if ctx.yes => return Ok(()),
        None if !ctx.ui.can_ask() => return Err(not_compared(name)),
        None => {}
    }
    let who = if case.asker == Asker::Member { ", a member," } else { "" };
    ctx.ui.note(&format!("`{name}`{who} asks, and is to have {}", may(&case.access)));
    ctx.ui.status(&format!("  fingerprint  {found}"));
    ctx.ui.status(&format!("  keys         {}", keys(&case.request)));
    ctx.ui.status(&format!("  asked        {}", case.request.at));
    let question = format!("Did `{name}` tell you this fingerprint another way?");
    match ctx.ui.confirm(&question, false)? {
        true => Ok(()),
        false => Err(Failure::new(Class::Refused, "not-confirmed", "nothing was granted")),
    }
}

fn not_compared(name: &MemberName) -> Failure {
    usage("not-compared", format!("the fingerprint of `{name}` was not compared")).help(format!(
        "`cargo vault approve {name} --fingerprint FINGERPRINT` takes the one that you were told another way"
    ))
}

struct Done<'a> {
    case: &'a Case,
    anchor: &'a Anchor,
}

impl Report for Done<'_> {
    fn text(&self, page: &mut Page) {
        let Case { request, asker, access } = self.case;
        page.line(match asker {
            Asker::Member => format!("granted {} to `{}`", may(access), request.member),
            Asker::Newcomer => format!("`{}` is a member now, and has {}", request.member, may(access)),
        });
        page.pairs(&[
            ("fingerprint", request.fingerprint().to_string()),
            ("anchor", self.anchor.to_string()),
        ]);
    }

    fn json(&self) -> Value {
        let Case { request, access, .. } = self.case;
        json!({
            "member": request.member,
            "write": May(access).names(Access::Write),
            "read": May(access).names(Access::Read),
            "fingerprint": request.fingerprint().to_string(),
            "anchor": self.anchor.to_string(),
        })
    }
}
