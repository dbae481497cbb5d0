//! `cargo vault member replace`: a device was lost, and what its keys could open gets a new key.

use clap::ValueHint;
use serde_json::{Value, json};

use super::{
    super::super::{End, ctx::Ctx, progress::told},
    super::{init::member_name, public_key},
    given::{Given, gathered, given, signing},
    leaving::{Done, confirm, listed},
};
use crate::{
    interchange::PublicKeys,
    kernel::{
        model::{KeyForm, KeyText, Subject},
        name::MemberName,
        seal::{PublicKey, Recipient},
    },
    ui::{Failure, Page, Report},
    vault::{Hold, Replacing},
};

/// Replace keys of a member, as of a lost laptop: they are dead, and all that they opened gets new keys
///
/// Without --lost all of the member's keys go. With it, only those that it names, whole or by their ends as `cargo vault member
/// list` shows them; a recipient that is no SSH key goes with the key that it signs with. No new key is needed where another
/// stays. The answer names what git still lets the lost keys read. Only an admin does this who writes every environment
/// concerned, and with a key that stays.
#[derive(Debug, clap::Args)]
#[command(after_help = "Examples:\n  cargo vault member replace bob \"$(cat bob.pub)\" --yes\n  \
                  cat bob.keys | cargo vault member replace bob - --yes")]
pub(super) struct Args {
    /// Whose keys
    #[arg(value_parser = member_name)]
    name: MemberName,
    /// New public keys: age1…, ssh-ed25519 …, ssh-rsa …, or - for standard input
    #[arg(value_name = "RECIPIENT", value_parser = given, value_hint = ValueHint::Other)]
    keys: Vec<Given>,
    /// A new key that signs, beside one that does not
    #[arg(long, value_name = "KEY", value_parser = public_key::signing_key)]
    signs: Vec<PublicKey>,
    /// A key that is lost; else all are
    #[arg(long, value_name = "KEY", value_parser = public_key::form)]
    lost: Vec<KeyForm>,
}

pub(super) fn run(ctx: &Ctx, args: &Args) -> Result<End, Failure> {
    let name = &args.name;
    // Before the vault is held, so that nobody waits for a slow pipe.
    let PublicKeys { recipients, skipped } = gathered(ctx, &args.keys, "replace")?;
    let signs = signing(&recipients, &args.signs);
    ctx.names([Subject::Member(name.clone())]);
    let (replacing, envs) = ctx.with_vault(Hold::Shared, |vault, _| {
        let lost = vault.lost_keys(name, &args.lost)?;
        let (recipients, signs) = (recipients.clone(), signs.clone());
        let replacing = Replacing { name: name.clone(), lost, recipients, signs };
        let envs = vault.check_replacing(&replacing)?;
        Ok((replacing, envs))
    })?;
    let keys =
        if envs.is_empty() { String::new() } else { format!(" and make new keys of {}", listed(&envs)) };
    confirm(ctx, &format!("replace {} of `{name}`{keys}", short(&replacing.lost)), &typed(args))?;
    for key in &skipped {
        let what = format!("nothing can be wrapped to a key of kind {}", key.kind);
        ctx.ui.warning(&format!("line {} is passed over: {what}", key.line));
    }
    let done = replaced(ctx, replacing)?;
    ctx.ui.report(&done)?;
    done.done.advise(ctx);
    if !recipients.is_empty() {
        ctx.ui.help(&format!(
            "tell `{name}` the anchor: `cargo vault trust {}` knows this vault by it on a new machine",
            done.anchor
        ));
    }
    Ok(End::Done)
}

fn replaced(ctx: &Ctx, replacing: Replacing) -> Result<Replaced, Failure> {
    let progress = told(&ctx.ui);
    let name = replacing.name.clone();
    let (renewed, exposed, machines) = ctx.with_vault(Hold::Exclusive, |vault, keyring| {
        let unlocked = vault.unlock_admin(keyring, &ctx.ask())?;
        ctx.about(Some(unlocked.me()), None);
        let mut change = unlocked.begin(ctx.now)?.telling(&progress);
        let renewed = change.replace_keys(&replacing)?;
        let exposed = change.exposed_to(&name);
        change.commit()?;
        Ok((renewed, exposed, vault.machines_of(&vault.signed_for(&name))))
    })?;
    drop(progress);
    let anchor = ctx.with_vault(Hold::Shared, |vault, _| Ok(vault.introduce()?.anchor))?.to_string();
    let keys = if replacing.lost.len() == 1 { "the lost key" } else { "the lost keys" };
    let done = Done {
        line: format!("replaced {} of `{name}`", short(&replacing.lost)),
        reader: format!("{keys} of `{name}`"),
        word: "replaced",
        name,
        renewed,
        exposed,
        machines,
    };
    Ok(Replaced { done, replacing, anchor })
}

/// The command as it was typed, for a shell.
fn typed(args: &Args) -> String {
    // Neither a key nor its ends have a quote in them.
    let quoted = |text: &str| if text.contains(' ') { format!("'{text}'") } else { text.to_owned() };
    let mut line = format!("cargo vault member replace {}", args.name);
    for key in &args.keys {
        let key = match key {
            Given::Key(key) => quoted(key.as_str()),
            Given::Input => "-".to_owned(),
        };
        line += &format!(" {key}");
    }
    args.signs.iter().for_each(|key| line += &format!(" --signs {}", quoted(&key.text())));
    args.lost.iter().for_each(|form| line += &format!(" --lost {}", quoted(&whole(form))));
    line
}

fn whole(form: &KeyForm) -> String {
    match form {
        KeyForm::Whole(key) => key.as_str().to_owned(),
        KeyForm::Ends(..) => form.to_string(),
    }
}

fn short<'a>(keys: impl IntoIterator<Item = &'a KeyText>) -> String {
    keys.into_iter().map(KeyText::short).collect::<Vec<_>>().join(", ")
}

struct Replaced {
    done: Done,
    replacing: Replacing,
    anchor: String,
}

impl Report for Replaced {
    fn text(&self, page: &mut Page) {
        self.done.text(page);
    }

    fn json(&self) -> Value {
        let mut answer = self.done.json();
        let Replacing { lost, recipients, signs, .. } = &self.replacing;
        answer["lost"] = json!(lost.iter().map(KeyText::as_str).collect::<Vec<_>>());
        answer["recipients"] = json!(recipients.iter().map(Recipient::as_str).collect::<Vec<_>>());
        answer["signs"] = json!(signs.iter().map(PublicKey::text).collect::<Vec<_>>());
        answer["anchor"] = json!(self.anchor);
        answer
    }
}
