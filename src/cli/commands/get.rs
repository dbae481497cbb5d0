//! `cargo vault get`: prints a value, byte for byte.

use base64::{Engine, prelude::BASE64_STANDARD};
use serde::Serialize;

use super::{
    super::{End, ctx::Ctx},
    set::name,
};
use crate::{
    kernel::{model::Subject, name::SecretName, secret::Secret},
    ui::{Class, Failure},
    vault::{Hold, Opened},
};

/// Print a secret's value
///
/// On a terminal a newline follows; a pipe or a file gets the exact bytes.
#[derive(Debug, clap::Args)]
#[command(
    after_help = "Examples:\n  cargo vault get DATABASE_URL\n  cargo vault get -e prod TLS_KEY > key.pem"
)]
pub(in crate::cli) struct Args {
    /// Which secret
    #[arg(value_parser = name)]
    name: SecretName,
    /// This version, if it is still in the file
    #[arg(long, value_name = "N")]
    version: Option<u64>,
    /// Print binary values to a terminal too
    #[arg(long)]
    force: bool,
}

pub(in crate::cli) fn run(ctx: &Ctx, args: &Args) -> Result<End, Failure> {
    ctx.names([Subject::Secret(args.name.clone())]);
    let opened = ctx.with_vault(Hold::Shared, |vault, keyring| {
        let env = ctx.one_env(vault.roster())?;
        ctx.about(None, Some(&env));
        let unlocked = vault.unlock(keyring, &ctx.ask(), std::slice::from_ref(&env))?;
        ctx.about(Some(unlocked.me()), None);
        Ok(unlocked.get(&env, &args.name, args.version)?)
    })?;
    if ctx.ui.look().json {
        ctx.ui.bytes(json(&opened).expose())?;
    } else if ctx.ui.stdout_is_terminal() {
        if !args.force && !is_printable(&opened.value) {
            return Err(Failure::new(Class::Refused, "binary", "this value is not text for a terminal")
                .help(format!("`cargo vault get {} > FILE` writes it to a file", args.name))
                .help("`--force` prints it all the same"));
        }
        ctx.ui.bytes(opened.value.expose())?;
        ctx.ui.bytes(b"\n")?;
    } else {
        ctx.ui.bytes(opened.value.expose())?;
    }
    Ok(End::Done)
}

fn is_printable(value: &Secret) -> bool {
    std::str::from_utf8(value.expose())
        .is_ok_and(|text| !text.contains(|c: char| c.is_control() && !"\n\r\t".contains(c)))
}

#[derive(Serialize)]
struct Answer<'a> {
    schema: u32,
    env: &'a str,
    name: &'a str,
    version: u64,
    kind: &'a str,
    #[serde(skip_serializing_if = "Option::is_none")]
    value: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    value_base64: Option<&'a str>,
}

/// Printed by hand rather than as a report, so that the value is copied once, into bytes that are wiped.
fn json(opened: &Opened) -> Secret {
    let value = std::str::from_utf8(opened.value.expose()).ok();
    let encoded = zeroize::Zeroizing::new(
        value.map_or_else(|| BASE64_STANDARD.encode(opened.value.expose()), |_| String::new()),
    );
    let answer = Answer {
        schema: 1,
        env: opened.record.env.as_str(),
        name: opened.record.name.as_str(),
        version: opened.number,
        kind: opened.record.kind.as_str(),
        value,
        value_base64: value.is_none().then_some(encoded.as_str()),
    };
    // A character takes at most six bytes, so the buffer never grows and leaves no copy behind.
    let mut bytes = Vec::with_capacity(opened.value.len() * 6 + 512);
    serde_json::to_writer(&mut bytes, &answer).expect("an answer is text and numbers");
    bytes.push(b'\n');
    Secret::new(bytes)
}
