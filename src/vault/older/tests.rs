//! Which rosters of other commits are believed: those that the log signs, and those of lines that it dropped by name.

use std::collections::BTreeMap;

use super::Signed;
use crate::{
    kernel::{
        format::{log, path, roster},
        model::{Environment, Line, Log, Member, Role, Roster, Statement},
        name::{EnvName, MemberName},
        seal::{Commitment, Hash, Identity, Signature, vault_id},
        time::Timestamp,
        tree::{Entry, Tree, TreeError},
    },
    vault::tree::RosterFiles,
};

impl Tree for RosterFiles {
    fn list(&self, _: &str) -> Result<Vec<Entry>, TreeError> {
        Ok(Vec::new())
    }

    fn read(&self, path: &str, _: u64) -> Result<Option<Vec<u8>>, TreeError> {
        Ok([(path::ROSTER, &self.roster), (path::LOG, &self.log)]
            .into_iter()
            .find_map(|(name, bytes)| (name == path).then(|| bytes.clone())))
    }
}

fn now() -> Timestamp {
    Timestamp::parse("2026-11-22T10:00:00Z").unwrap()
}

/// A roster of ana alone, with an epoch by which it is told from others.
fn roster(ana: &Identity, epoch: u64) -> Roster {
    let (name, dev) = (MemberName::parse("ana").unwrap(), EnvName::parse("dev").unwrap());
    let member = Member {
        role: Role::Admin,
        recipients: vec![ana.recipient().clone()],
        signs: vec![ana.signing_key().public()],
        since: now(),
    };
    let commitment = Commitment::parse(&"a".repeat(64)).unwrap();
    let environment =
        Environment { epoch, commitment, write: vec![name.clone()], read: Vec::new(), extends: Vec::new() };
    Roster {
        vault: vault_id(&ana.signing_key().public(), &[7; 32]),
        default: dev.clone(),
        members: BTreeMap::from([(name, member)]),
        environments: BTreeMap::from([(dev, environment)]),
        former: BTreeMap::new(),
        retired: BTreeMap::new(),
    }
}

/// A log that goes on from another one, or begins, with a roster of this epoch.
fn next(ana: &Identity, before: Option<&Log>, epoch: u64, drops: Vec<Hash>) -> (Log, RosterFiles) {
    let key = ana.signing_key();
    let printed = roster::print(&roster(ana, epoch)).into_bytes();
    let why = format!("epoch {epoch}");
    let statement = Statement { roster: &printed, admins: vec![key.public()], at: now(), why, drops };
    let lines: Vec<Line> = match before {
        Some(before) => [before.lines(), &[statement.follow(before, &key)]].concat(),
        None => vec![statement.found([7; 32], &key)],
    };
    let files = RosterFiles { roster: printed, log: log::print(&lines) };
    (Log::verify(lines, 0).unwrap(), files)
}

/// Whether a tree's roster is believed.
fn believed(signed: &Signed, files: &RosterFiles) -> bool {
    signed.roster_of(files).is_some()
}

#[test]
fn roster_of_a_dropped_line_is_believed_and_that_of_another_branch_is_not() {
    let ana = Identity::generate();
    let (first, founded) = next(&ana, None, 1, Vec::new());
    let (dropped, branch) = next(&ana, Some(&first), 2, Vec::new());
    let (_, stranger) = next(&ana, Some(&first), 3, Vec::new());
    let drops = vec![*dropped.hashes().last().unwrap()];
    let (log, present) = next(&ana, Some(&first), 4, drops);
    let signed = Signed::by(&log);
    let told = [&founded, &present, &branch, &stranger].map(|files| believed(&signed, files));
    assert_eq!(told, [true, true, true, false]);
}

#[test]
fn dropped_line_is_believed_only_with_its_signature_and_its_own_roster() {
    let ana = Identity::generate();
    let (first, _) = next(&ana, None, 1, Vec::new());
    let (dropped, branch) = next(&ana, Some(&first), 2, Vec::new());
    let (_, other) = next(&ana, Some(&first), 3, Vec::new());
    let (log, _) = next(&ana, Some(&first), 4, vec![*dropped.hashes().last().unwrap()]);
    let signed = Signed::by(&log);
    let swapped = RosterFiles { roster: other.roster, log: branch.log.clone() };
    let mut lines = dropped.lines().to_vec();
    lines[1].sig = Signature::parse(&format!("{}==", "A".repeat(86))).unwrap();
    let unsigned = RosterFiles { roster: branch.roster.clone(), log: log::print(&lines) };
    assert_eq!([&branch, &swapped, &unsigned].map(|files| believed(&signed, files)), [true, false, false]);
}
