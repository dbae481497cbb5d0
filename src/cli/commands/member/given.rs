//! Public keys as they are given: as arguments, or on standard input.

use std::io::{Read, stdin};

use super::{
    super::super::ctx::{Ctx, usage},
    super::public_key,
};
use crate::{
    interchange::{PublicKeys, public_keys},
    kernel::{
        limits,
        seal::{PublicKey, Recipient},
    },
    ui::{Class, Failure},
};

/// A key, or where keys are read from.
#[derive(Clone, Debug)]
pub(super) enum Given {
    Key(Recipient),
    Input,
}

/// Parses one.
pub(super) fn given(text: &str) -> Result<Given, String> {
    if text == "-" { Ok(Given::Input) } else { public_key::recipient(text).map(Given::Key) }
}

/// The keys of all that was given, each once.
pub(super) fn gathered(ctx: &Ctx, given: &[Given], command: &str) -> Result<PublicKeys, Failure> {
    let mut all = PublicKeys { recipients: Vec::new(), skipped: Vec::new() };
    for key in given {
        match key {
            Given::Key(key) => all.recipients.push(key.clone()),
            Given::Input if ctx.ui.stdin_is_terminal() => {
                return Err(usage("terminal", "`-` reads a file or a pipe")
                    .help(format!("`cargo vault member {command} NAME - < FILE` takes the keys of a file")));
            }
            Given::Input => {
                let found = public_keys(&input()?)?;
                all.recipients.extend(found.recipients);
                all.skipped.extend(found.skipped);
            }
        }
    }
    all.recipients.sort();
    all.recipients.dedup();
    Ok(all)
}

/// What signs: the recipients that do, and what was named beside them.
pub(super) fn signing(recipients: &[Recipient], named: &[PublicKey]) -> Vec<PublicKey> {
    let own = recipients.iter().filter_map(|key| PublicKey::parse(key.as_str()));
    let mut signs: Vec<PublicKey> = own.chain(named.iter().copied()).collect();
    signs.sort_by_key(PublicKey::text);
    signs.dedup();
    signs
}

fn input() -> Result<String, Failure> {
    let failed = |what: String| Failure::new(Class::Refused, "read", format!("standard input: {what}"));
    let mut text = String::new();
    let read = stdin().lock().take(limits::CONFIG + 1).read_to_string(&mut text);
    match read.map_err(|error| failed(error.to_string()))? as u64 {
        length if length > limits::CONFIG => Err(failed("over 64 KiB, which no list of keys is".to_owned())),
        _ => Ok(text),
    }
}
