//! `cargo vault requests`: who asks to be let in.

use serde_json::{Value, json};

use super::{
    super::{End, ctx::Ctx},
    join::listed,
};
use crate::{
    kernel::{
        model::Request,
        seal::{PublicKey, Recipient},
    },
    ui::{Failure, Page, Report, Word},
    vault::{Asked, Asker, Hold, Petition, VaultError},
};

/// Show who asks to be let in, or for more
///
/// Anybody who can push can write a request. Compare its fingerprint with who asks, by another way than the repository, before
/// you approve it. One that is not in order is named with the reason.
#[derive(Debug, clap::Args)]
#[command(after_help = "Examples:\n  cargo vault requests\n  cargo vault requests --json")]
pub(in crate::cli) struct Args {}

pub(in crate::cli) fn run(ctx: &Ctx, _: &Args) -> Result<End, Failure> {
    let found = ctx.with_vault(Hold::Shared, |vault, _| Ok(vault.requests()?))?;
    if found.is_empty() && !ctx.ui.look().json {
        ctx.ui.note("nobody asks for anything");
    }
    ctx.ui.report(&Listed(found))?;
    Ok(End::Done)
}

/// The keys of a request as a person is shown them.
pub(super) fn keys(request: &Request) -> String {
    request.recipients.iter().map(Recipient::short).collect::<Vec<_>>().join(", ")
}

struct Listed(Vec<Petition>);

impl Report for Listed {
    fn text(&self, page: &mut Page) {
        for (petition, number) in self.0.iter().zip(1..) {
            if number > 1 {
                page.gap();
            }
            match &petition.found {
                Ok(asked) => shown(page, asked),
                Err(fault) => {
                    page.words(&[Word::strong(&petition.path), Word::plain("is no request")]);
                    page.pairs(&[("fault", fault.to_string())]);
                }
            }
        }
    }

    fn json(&self) -> Value {
        json!({ "requests": self.0.iter().map(one).collect::<Vec<_>>() })
    }
}

fn shown(page: &mut Page, Asked { request, asker }: &Asked) {
    let asks = match asker {
        Ok(Asker::Member) => format!(", a member, asks for {}", listed(&request.environments)),
        Ok(Asker::Newcomer) => format!(" asks for {}", listed(&request.environments)),
        Err(_) => format!(" would be REPLACED by who asks for {}", listed(&request.environments)),
    };
    page.line(format!("`{}`{asks}", request.member));
    let mut pairs = vec![
        ("fingerprint", request.fingerprint().to_string()),
        ("keys", keys(request)),
        ("asked", request.at.to_string()),
    ];
    pairs.extend(asker.as_ref().err().map(|fault| ("fault", fault.to_string())));
    page.pairs(&pairs);
}

fn one(petition: &Petition) -> Value {
    let asked = petition.found.as_ref().ok();
    let request = asked.map(|asked| &asked.request);
    let fault = petition.found.as_ref().err().or(asked.and_then(|asked| asked.asker.as_ref().err()));
    let texts = |request: &Request| request.recipients.iter().map(|key| key.as_str().to_owned()).collect();
    json!({
        "path": petition.path,
        "member": request.map(|request| &request.member),
        "asker": asked.and_then(|asked| asked.asker.as_ref().ok()).map(|asker| match asker {
            Asker::Newcomer => "newcomer",
            Asker::Member => "member",
        }),
        "environments": request.map_or(&[][..], |request| &request.environments),
        "fingerprint": request.map(|request| request.fingerprint().to_string()),
        "recipients": request.map_or_else(Vec::new, texts),
        "signs": request.map_or_else(Vec::new, |request| request.signs.iter().map(PublicKey::text).collect()),
        "at": request.map(|request| request.at.as_str()),
        "fault": fault.map(told),
    })
}

fn told(fault: &VaultError) -> Value {
    let failure = Failure::from_ref(fault);
    json!({ "code": failure.code, "message": failure.error, "help": failure.hints })
}
