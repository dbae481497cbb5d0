//! The kernel's rules one by one; what holds for all bytes stands in `tests/properties.rs`, what is refused in
//! `tests/vectors/`.

mod merge;
mod name;
mod roster;
mod roster_merge;
mod sign;
mod time;
mod trust;

use super::{
    format::hex,
    model::{Environment, Member, Role, Roster},
    name::{EnvName, MemberName, VaultId},
    seal::{Commitment, Identity},
    time::Timestamp,
};

fn env(name: &str) -> EnvName {
    EnvName::parse(name).unwrap()
}

fn member(name: &str) -> MemberName {
    MemberName::parse(name).unwrap()
}

fn now() -> Timestamp {
    Timestamp::parse("2026-11-22T10:00:00Z").unwrap()
}

fn person(identity: &Identity, role: Role) -> Member {
    let signs = vec![identity.signing_key().public()];
    Member { role, recipients: vec![identity.recipient().clone()], signs, since: now() }
}

fn environment(write: &[&str], extends: &[&str]) -> Environment {
    Environment {
        epoch: 1,
        commitment: Commitment::parse(&"0".repeat(64)).unwrap(),
        write: write.iter().map(|name| member(name)).collect(),
        read: Vec::new(),
        extends: extends.iter().map(|name| env(name)).collect(),
    }
}

/// One admin who writes `dev`.
fn roster(vault: VaultId, ana: &Identity) -> Roster {
    Roster {
        vault,
        default: env("dev"),
        members: [(member("ana"), person(ana, Role::Admin))].into(),
        environments: [(env("dev"), environment(&["ana"], &[]))].into(),
        former: Default::default(),
        retired: Default::default(),
    }
}

fn some_vault() -> VaultId {
    VaultId::parse(&hex::print(&[7; 32])).unwrap()
}
