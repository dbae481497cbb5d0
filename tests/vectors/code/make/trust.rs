//! A log against the one that a client keeps (format.md §7, trust). What is kept lies in the sections `kept/…`.

use cargo_vault::kernel::{format::log, model::Line, seal::sha256};

use super::{Case, Forge, case, forge::replaced};

/// The log before its last `cut` lines, which fits no roster here: a kept roster must be signed, so lines are added instead.
struct Longer {
    roster: String,
    log: Vec<u8>,
}

/// The base vault with one line more that changes nothing.
fn longer(forge: &Forge, why: &str, who: &str) -> Longer {
    let roster = forge.text("roster.toml");
    let mut line = forge.line(&roster, vec![forge.public("ana")]);
    line.why = why.to_owned();
    Longer { log: forge.log_with(&forge.sign_line(line, who)), roster }
}

impl Case {
    fn keeps(self, roster: &str, log: &[u8]) -> Self {
        self.put("kept/roster.toml", roster).put("kept/roster.log", log)
    }

    fn stands(self, standing: &str) -> Self {
        self.header("standing", standing)
    }
}

pub(crate) fn cases(forge: &Forge) -> Vec<Case> {
    let mut cases = standings(forge);
    cases.extend(dead_keys(forge));
    cases
}

fn entry(forge: &Forge, line: &Line) -> [u8; 32] {
    sha256(&log::message(&forge.vault, line))
}

fn standings(forge: &Forge) -> Vec<Case> {
    let (roster, base) = (forge.text("roster.toml"), forge.base["roster.log"].clone());
    let (left, right) = (longer(forge, "left", "ana"), longer(forge, "right", "ana"));
    let trust =
        |name: &str, expect: &str, comment: &str| case(&format!("trust_{name}"), expect, "roster", comment);
    // The right side's line issued again on top of the left's, naming it.
    let lines = log::parse(&left.log).expect("it was printed");
    let dropped = log::parse(&right.log).expect("it was printed")[3].clone();
    let mut merged = forge.line(&roster, vec![forge.public("ana")]);
    merged.serial = 5;
    merged.prev = Some(entry(forge, &lines[3]));
    merged.why = "right, again".to_owned();
    let plain = [&left.log[..], &log::print(&[forge.sign_line(merged.clone(), "ana")])].concat();
    merged.drops = vec![entry(forge, &dropped)];
    let drops = [&left.log[..], &log::print(&[forge.sign_line(merged, "ana")])].concat();
    let other = other_vault(forge);
    let demoted = demoted(forge);
    vec![
        trust("known", "success", "The log is the kept one").keeps(&roster, &base).stands("known"),
        trust("newer", "success", "The log goes on from the kept one")
            .keeps(&roster, &base)
            .put("roster.log", left.log.clone())
            .stands("newer"),
        trust("older", "success", "The kept log goes on from this one")
            .keeps(&left.roster, &left.log)
            .stands("aside"),
        trust("fork", "success", "Another branch's line is signed by who is an admin still")
            .keeps(&left.roster, &left.log)
            .put("roster.log", right.log.clone())
            .stands("aside"),
        trust("drops", "success", "The log lacks a kept line, which it names as dropped")
            .keeps(&right.roster, &right.log)
            .put("roster.log", drops)
            .stands("newer"),
        trust("drops_nothing", "success", "The log lacks a kept line and does not name it")
            .keeps(&right.roster, &right.log)
            .put("roster.log", plain)
            .stands("aside"),
        trust("forked", "forked", "A branch's line is signed by who is no admin any more")
            .keeps(&demoted.roster, &demoted.log)
            .put("roster.log", right.log),
        trust("replaced", "replaced", "Another vault is in this place").keeps(&other.roster, &other.log),
    ]
}

/// A vault that is the same in all but its nonce.
fn other_vault(forge: &Forge) -> Longer {
    let mut first = forge.lines()[0].clone();
    first.nonce = Some([7; 32]);
    let vault = cargo_vault::kernel::seal::vault_id(&first.key, &[7; 32]);
    let roster = replaced(&forge.text("roster.toml"), &[(&forge.vault.hex(), &vault.hex())]);
    first.roster = cargo_vault::kernel::seal::roster_hash(roster.as_bytes());
    first.sig = forge.people["ana"].signing_key().sign(&log::message(&vault, &first));
    Longer { roster, log: log::print(&[first]) }
}

/// Bob is an admin and ana is none any more.
fn demoted(forge: &Forge) -> Longer {
    let edits = [
        ("[members.ana]\nrole = \"admin\"", "[members.ana]\nrole = \"member\""),
        ("[members.bob]\nrole = \"member\"", "[members.bob]\nrole = \"admin\""),
    ];
    let (roster, log) = forge.roster_with(&edits);
    Longer { roster, log }
}

/// What the kept roster names as former is dead in every tree.
fn dead_keys(forge: &Forge) -> Vec<Case> {
    let bob = forge.public("bob").text();
    let left = forge.text("roster.toml");
    let member = left
        .split("\n[members.bob]")
        .nth(1)
        .and_then(|rest| rest.split("\n[members.ci]").next())
        .expect("he is there");
    let former = |env: &str| {
        format!(
            "[former.bob]\nkeys = [\"{bob}\"]\nleft = 2026-11-22T10:00:00Z\nenvironments = {{ {env} = 1 }}\n\n[former.carl]"
        )
    };
    let gone = format!("\n[members.bob]{member}");
    let writers = "write = [\"ana\", \"bob\"]";
    let removed = |env: &str| {
        forge.roster_with(&[
            (&gone, ""),
            (writers, "write = [\"ana\"]"),
            (writers, "write = [\"ana\"]"),
            ("[former.carl]", &former(env)),
        ])
    };
    let read = |name: &str, expect: &str, (comment, env): (&str, &str)| {
        let (roster, log) = removed(env);
        case(name, expect, "secret prod/API_KEY", comment).by("ana").keeps(&roster, &log)
    };
    vec![
        read("trust_dead_key", "former-key", ("An older roster does not bring a dead key to life", "prod")),
        read("trust_dead_elsewhere", "success", ("A key that died in another environment only", "dev"))
            .value(b"prod-key")
            .stands("aside"),
    ]
}
