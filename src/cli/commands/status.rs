//! `cargo vault status`: how the vault stands, and what mends what is not in order.

use serde_json::{Value, json};

use super::super::{End, ctx::Ctx};
use crate::{
    kernel::{model::Role, name::MemberName},
    ui::{Failure, Page, Report, Word},
    vault::{Drift, EnvState, FirstUse, Hold, Status, VaultError},
};

/// Show how the vault stands: what git has not got yet, what is exposed, what drifted apart
///
/// No key is needed, and nothing is unlocked. `cargo vault verify` checks more, and ends with a code that says so.
#[derive(Debug, clap::Args)]
#[command(after_help = "Examples:\n  cargo vault status\n  cargo vault status --json")]
pub(in crate::cli) struct Args {}

pub(in crate::cli) fn run(ctx: &Ctx, _: &Args) -> Result<End, Failure> {
    let answer = ctx.with_vault_met(Hold::Shared, FirstUse::Look, |vault, keyring| {
        let me = vault.who(keyring).me.map(|(name, role, ..)| (name, role));
        vault
            .steady(|vault| {
                Ok::<_, VaultError>(Answer {
                    status: vault.status(&ctx.now)?,
                    me: me.clone(),
                    mended: Vec::new(),
                })
            })
            .map_err(Failure::from)
    })?;
    let mended = answer.status.drift.iter().map(|drift| mended(ctx, drift)).collect();
    if answer.status.unknown {
        ctx.ui.warning("nothing vouches for this vault here: compare it with what a member of it sees");
    }
    ctx.ui.report(&Answer { mended, ..answer })?;
    Ok(End::Done)
}

/// What is wrong, and what to type.
fn mended(ctx: &Ctx, drift: &Drift) -> Failure {
    let failure = ctx.placed(Failure::from_ref(&drift.finding.fault));
    match &drift.rekey {
        Some(env) => Failure {
            hints: vec![format!("`cargo vault rekey -e {env}` makes the key files anew")],
            ..failure
        },
        None => failure,
    }
}

struct Answer {
    status: Status,
    me: Option<(MemberName, Role)>,
    mended: Vec<Failure>,
}

fn counted(number: usize, what: &str) -> String {
    format!("{number} {what}{}", if number == 1 { "" } else { "s" })
}

impl Answer {
    fn me(&self) -> String {
        match &self.me {
            Some((name, role)) => format!("{name} ({})", role.as_str()),
            None => "no member: `cargo vault whoami -v` shows which keys were found".to_owned(),
        }
    }

    fn uncommitted(&self) -> String {
        match &self.status.uncommitted {
            None => "there is no git here".to_owned(),
            Some(Err(error)) => error.to_string(),
            Some(Ok(0)) => "nothing".to_owned(),
            Some(Ok(files)) => format!("{}: `git status .vault` shows them", counted(*files, "file")),
        }
    }

    fn exposed(&self) -> String {
        match self.status.exposed.len() {
            0 => "nothing".to_owned(),
            values => format!("{}: `cargo vault exposed` lists them", counted(values, "value")),
        }
    }
}

impl Report for Answer {
    fn text(&self, page: &mut Page) {
        let Status { introduction, environments, .. } = &self.status;
        page.line(format!("vault {}", introduction.vault));
        page.pairs(&[
            ("you", self.me()),
            ("members", introduction.members.iter().map(MemberName::as_str).collect::<Vec<_>>().join(", ")),
            ("uncommitted", self.uncommitted()),
            ("exposed", self.exposed()),
        ]);
        page.gap();
        let row = |EnvState { env, epoch, secrets, readers }: &EnvState| {
            let cells = [secrets, readers].map(|count| Word::plain(count.to_string()));
            [Word::strong(env.as_str()), Word::plain(epoch.to_string())].into_iter().chain(cells).collect()
        };
        let rows: Vec<Vec<Word>> = environments.iter().map(row).collect();
        page.table(&["ENVIRONMENT", "EPOCH", "SECRETS", "READERS"], &rows);
        if self.mended.is_empty() {
            return;
        }
        page.gap();
        page.line(format!(
            "{} not in order:",
            match self.mended.len() {
                1 => "1 thing is".to_owned(),
                many => format!("{many} things are"),
            }
        ));
        for failure in &self.mended {
            page.line(format!("{}: {}", failure.code, failure.error));
            failure.hints.iter().for_each(|hint| page.line(format!("  help: {hint}")));
        }
    }

    fn json(&self) -> Value {
        let Status { introduction, unknown, environments, uncommitted, exposed, drift } = &self.status;
        let environments = environments.iter().map(|EnvState { env, epoch, secrets, readers }| {
            json!({ "name": env, "epoch": epoch, "secrets": secrets, "readers": readers })
        });
        let drift = drift.iter().zip(&self.mended).map(|(drift, failure)| {
            json!({
                "path": drift.finding.path,
                "code": failure.code,
                "message": failure.error,
                "help": failure.hints,
            })
        });
        let uncommitted = uncommitted.as_ref().and_then(|files| files.as_ref().ok());
        json!({
            "vault": introduction.vault.hex(),
            "anchor": introduction.anchor.to_string(),
            "known": !unknown,
            "me": self.me.as_ref().map(|(name, role)| json!({ "name": name, "role": role.as_str() })),
            "members": introduction.members,
            "environments": environments.collect::<Vec<_>>(),
            "uncommitted": uncommitted,
            "exposed": exposed.len(),
            "drift": drift.collect::<Vec<_>>(),
        })
    }
}
