//! `cargo vault whoami`: who you are in this vault, and by which key.

use serde_json::{Value, json};

use super::super::{End, ctx::Ctx};
use crate::{
    kernel::{
        model::{Access, Role},
        name::{EnvName, MemberName},
    },
    ui::{Class, Failure, Page, Report, Word},
    unlock::SourceName,
    vault::{FirstUse, Found, Hold, Looked, Who},
};

/// Show who you are in this vault, and by which key
///
/// With -v: the whole search for a key, source by source, what was found and what each can open. Nothing is unlocked.
#[derive(Debug, clap::Args)]
#[command(after_help = "Examples:\n  cargo vault whoami\n  cargo vault whoami -v")]
pub(in crate::cli) struct Args {}

pub(in crate::cli) fn run(ctx: &Ctx, _: &Args) -> Result<End, Failure> {
    let (who, unknown) = ctx.with_vault_met(Hold::Shared, FirstUse::Look, |vault, keyring| {
        Ok((vault.who(keyring), vault.is_unknown()))
    })?;
    if unknown {
        ctx.ui.warning("nothing vouches for this vault here: compare it with what a member of it sees");
    }
    let (known, keyless) = (who.me.is_some(), keyless(&who));
    let homely = |text: &str| ctx.homely(text);
    ctx.ui.report(&Answer { who, verbose: ctx.ui.look().verbose, homely: &homely })?;
    if !known {
        let with = if keyless { ", and makes you a key" } else { "" };
        ctx.ui.help(&format!("`cargo vault join` asks to be let in{with}"));
    }
    Ok(if known { End::Done } else { End::Found(Class::Locked) })
}

/// Whether no key was found at all.
fn keyless(who: &Who) -> bool {
    who.search
        .iter()
        .all(|looked| looked.found.as_ref().is_none_or(|found| found.as_ref().is_ok_and(Vec::is_empty)))
}

struct Answer<'a> {
    who: Who,
    verbose: bool,
    /// Shortens a place for the table.
    homely: &'a dyn Fn(&str) -> String,
}

/// A source as people know it.
fn named(source: SourceName) -> &'static str {
    match source {
        SourceName::Flag => "--identity",
        SourceName::Key => "CVAULT_KEY",
        SourceName::KeyFile => "CVAULT_KEY_FILE",
        SourceName::Command => "CVAULT_KEY_COMMAND",
        SourceName::Files => "identity files",
        SourceName::Keychain => "system keychain",
        SourceName::Ssh => "SSH keys",
    }
}

fn role(role: Role) -> &'static str {
    match role {
        Role::Admin => "an admin",
        Role::Member => "a member",
        Role::Machine => "a machine",
    }
}

fn opens(opens: &[(EnvName, Access)]) -> String {
    let word = |(env, access): &(EnvName, Access)| match access {
        Access::Write => format!("{env} (write)"),
        Access::Read => format!("{env} (read)"),
    };
    opens.iter().map(word).collect::<Vec<_>>().join(", ")
}

impl Answer<'_> {
    fn me(&self) -> Option<(&MemberName, Role, &Found)> {
        let (name, role, i, j) = self.who.me.as_ref()?;
        let found = self.who.search[*i].found.as_ref()?.as_ref().ok()?;
        Some((name, *role, &found[*j]))
    }

    fn search(&self, page: &mut Page) {
        let rows: Vec<Vec<Word>> =
            self.who.search.iter().flat_map(|looked| rows(looked, self.homely)).collect();
        page.gap();
        page.table(&["SOURCE", "KEY", "WHERE", "MEMBER", "OPENS"], &rows);
    }
}

/// The rows of one source.
fn rows(looked: &Looked, homely: &dyn Fn(&str) -> String) -> Vec<Vec<Word>> {
    let source = Word::strong(named(looked.source));
    let alone = |text: String| vec![vec![source.clone(), Word::dim(text)]];
    let found = match &looked.found {
        None => return alone("not given".to_owned()),
        Some(Err(error)) => return alone(error.to_string()),
        Some(Ok(found)) if found.is_empty() => return alone("none".to_owned()),
        Some(Ok(found)) => found,
    };
    let row = |(i, key): (usize, &Found)| {
        let source = if i == 0 { source.clone() } else { Word::plain("") };
        let place = homely(&key.origin.to_string());
        let guard = key.guard.as_ref().map(|guard| format!("{place}, {guard}"));
        let member = key.member.as_ref().map_or("nobody here", |name| name.as_str());
        vec![
            source,
            Word::plain(key.recipient.short()),
            Word::plain(guard.unwrap_or(place)),
            Word::plain(member),
            Word::plain(opens(&key.opens)),
        ]
    };
    found.iter().enumerate().map(row).collect()
}

impl Report for Answer<'_> {
    fn text(&self, page: &mut Page) {
        match self.me() {
            Some((name, its, key)) => {
                page.line(format!("you are `{name}`, {}", role(its)));
                let by = format!("{}  (in {})", key.recipient, key.origin);
                page.pairs(&[("opens", opens(&key.opens)), ("by", by)]);
            }
            None if keyless(&self.who) => page.line("you have no key here"),
            None => page.line("none of your keys is a member's here"),
        }
        if self.verbose {
            self.search(page);
        }
    }

    fn json(&self) -> Value {
        let (name, role, key) = self.me().map_or((None, None, None), |(n, r, k)| (Some(n), Some(r), Some(k)));
        json!({
            "member": name,
            "role": role.map(Role::as_str),
            "key": key.map(found),
            "search": self.who.search.iter().map(looked).collect::<Vec<_>>(),
        })
    }
}

fn found(key: &Found) -> Value {
    let opens = key.opens.iter().map(|(env, access)| {
        json!({ "environment": env, "access": match access { Access::Write => "write", Access::Read => "read" } })
    });
    json!({
        "recipient": key.recipient.as_str(),
        "origin": key.origin.to_string(),
        "guard": key.guard,
        "member": key.member,
        "opens": opens.collect::<Vec<_>>(),
    })
}

fn looked(looked: &Looked) -> Value {
    let keys = looked.found.iter().flatten().flatten().map(found).collect::<Vec<_>>();
    let error = looked.found.as_ref().and_then(|found| found.as_ref().err()).map(ToString::to_string);
    json!({ "source": named(looked.source), "given": looked.found.is_some(), "keys": keys, "error": error })
}
