//! The words for everything that a reader refuses.

use super::Words;
use crate::{
    cli::explain::kernel::refusal,
    kernel::{
        name::{EnvName, MemberName, SecretName, VaultId},
        refusal::{LineFault, NameFault, RecordFault, Refusal, RosterFault},
        seal::PluginFault,
        time::Timestamp,
    },
};

const SOURCE: &str = include_str!("../../../kernel/refusal.rs");

pub(super) fn env() -> EnvName {
    EnvName::parse("prod").unwrap()
}

pub(super) fn bob() -> MemberName {
    MemberName::parse("bob").unwrap()
}

pub(super) fn ana() -> MemberName {
    MemberName::parse("ana").unwrap()
}

pub(super) fn name() -> SecretName {
    SecretName::parse("db/password").unwrap()
}

pub(super) fn vault(byte: &str) -> VaultId {
    VaultId::parse(&byte.repeat(32)).unwrap()
}

pub(super) fn at() -> Timestamp {
    Timestamp::parse("2026-11-22T10:00:00Z").unwrap()
}

fn path() -> String {
    "secrets/prod/db/password.toml".to_owned()
}

fn key() -> String {
    "keys/prod/bob.1a2b3c4d.age".to_owned()
}

fn names() -> Vec<Refusal> {
    use NameFault::{
        Character, Device, Edge, Empty, EmptySegment, Label, LabelStart, Reserved, Toml, TooLong,
    };
    let faults = [Empty, TooLong, EmptySegment, Character, Edge, Toml, Device, Label, LabelStart, Reserved];
    let named = faults.map(|fault| Refusal::Name { text: "a\u{1b}[31m".to_owned(), fault });
    let mut all = named.to_vec();
    all.push(Refusal::NameCase { env: env(), a: "DB".to_owned(), b: "db".to_owned() });
    let (a, b) = (SecretName::parse("db/url").unwrap(), SecretName::parse("DB_URL").unwrap());
    all.push(Refusal::Variable { a, b, variable: "DB_URL".to_owned() });
    all
}

fn rosters() -> Vec<Refusal> {
    let (dev, name) = (EnvName::parse("dev").unwrap(), || "x".to_owned());
    [
        RosterFault::NoAdmin,
        RosterFault::NoWriter(env()),
        RosterFault::SharedKey(ana(), bob()),
        RosterFault::NoMember(env(), bob()),
        RosterFault::ListedTwice(env(), bob()),
        RosterFault::CannotSign(bob()),
        RosterFault::NoRecipient(bob()),
        RosterFault::Recipient(bob(), name()),
        RosterFault::SigningKey(bob()),
        RosterFault::Role("king".to_owned()),
        RosterFault::Extends(env(), dev.clone()),
        RosterFault::Circle(env()),
        RosterFault::Default(dev),
        RosterFault::Epoch(env()),
        RosterFault::Former(bob()),
        RosterFault::Unsorted("write".to_owned()),
    ]
    .map(Refusal::Roster)
    .to_vec()
}

fn lines() -> Vec<Refusal> {
    use LineFault::{Admins, Newer, Nonce, Previous, Reprint, Serial, Signature, Signer, Syntax, TooLong};
    let faults = [TooLong, Syntax, Newer, Reprint, Serial, Previous, Nonce, Admins, Signer, Signature];
    faults.map(|fault| Refusal::Line { line: 7, fault }).to_vec()
}

fn records() -> Vec<Refusal> {
    use RecordFault::{Born, Empty, Keep, Kind, NoCurrent, Order, Rotation, Stage, Tombstone, Zero};
    let faults = [Kind, Zero, Keep, Order, Stage, NoCurrent, Rotation, Born, Tombstone, Empty];
    faults.map(|fault| Refusal::Record { path: path(), fault }).to_vec()
}

fn files() -> Vec<Refusal> {
    let stray = "secrets/prod/x;touch owned;\u{1b}]0;owned\u{7}".to_owned();
    vec![
        Refusal::NotPlain { path: stray.clone() },
        Refusal::NotFolder { path: stray.clone() },
        Refusal::NotFolder { path: ".work/new".to_owned() },
        Refusal::TooLarge { path: path(), limit: 4096 },
        Refusal::Missing { path: "roster.log".to_owned() },
        Refusal::Stray { path: stray },
        Refusal::Fixed { path: ".gitattributes".to_owned() },
        Refusal::NotText { path: path() },
        Refusal::Conflict { path: path() },
        Refusal::Trailer { path: path() },
        Refusal::Newer { path: path(), format: 2 },
        Refusal::Syntax { path: path(), line: 3, what: "expected a \u{1b}[31m value".to_owned() },
        Refusal::Reprint { path: path(), line: 3 },
        Refusal::Path { path: path(), found: "dev/OTHER".to_owned() },
        Refusal::NotWriter { path: path(), writer: bob(), env: env() },
        Refusal::FormerKey { path: path(), writer: bob() },
        Refusal::Signature { path: path(), writer: bob() },
        Refusal::Epoch { path: path(), env: env(), found: 1, epoch: 2 },
        Refusal::OtherKey { path: path(), env: env(), epoch: 2 },
        Refusal::Seal { path: path(), number: 4 },
        Refusal::Padding { path: path(), number: 4 },
        Refusal::RolledBack { env: env(), name: name(), seen: 5, found: 4 },
        Refusal::Rewritten { env: env(), name: name(), revision: 5 },
        Refusal::Vanished { env: env(), name: name(), seen: 5 },
    ]
}

fn trusts_and_keys() -> Vec<Refusal> {
    vec![
        Refusal::EmptyLog,
        Refusal::RosterChanged { at: at() },
        Refusal::AdminsDiffer,
        Refusal::RosterVault { found: vault("1a"), log: vault("2b") },
        Refusal::Replaced { known: vault("1a"), found: vault("2b") },
        Refusal::Forked { line: 3 },
        Refusal::AnchorCut { serial: 9 },
        Refusal::AnchorDiffers { serial: 9 },
        Refusal::AnchorVault { anchor: vault("1a"), found: vault("2b") },
        Refusal::KeyMissing { path: key(), env: env(), readers: vec![ana()] },
        Refusal::KeyArmor { path: key() },
        Refusal::KeyStanzas { path: key() },
        Refusal::KeyScrypt { path: key() },
        Refusal::KeyUnwrap { path: key() },
        Refusal::KeyLength { path: key(), len: 31 },
        Refusal::Commitment { path: key() },
        Refusal::CannotWrap { recipient: "age1yubikey1qxyz".to_owned() },
        Refusal::DeadRecipient { env: env(), member: bob() },
        Refusal::RequestName { path: "requests/bob.toml".to_owned(), found: "eve".to_owned() },
        Refusal::RequestKeys { path: "requests/bob.toml".to_owned() },
        Refusal::RequestSignature { path: "requests/bob.toml".to_owned() },
        Refusal::ValueTooLarge { len: 1_048_577 },
        Refusal::Identity,
        Refusal::Anchor,
        Refusal::Passphrase,
        Refusal::Protected,
        Refusal::IdentityRecipient,
        Refusal::IdentitySeed,
        Refusal::SshKey,
        Refusal::Plugin(PluginFault::NotAllowed { plugin: "yubikey".to_owned() }),
        Refusal::Plugin(PluginFault::NoProgram { plugin: "yubikey".to_owned() }),
        Refusal::Plugin(PluginFault::RelativePath { entry: ".".to_owned() }),
        Refusal::Plugin(PluginFault::Failed {
            plugin: "yubikey".to_owned(),
            what: "ended before it was done".to_owned(),
        }),
        Refusal::Plugin(PluginFault::Says { plugin: "yubikey".to_owned(), message: "no card".to_owned() }),
    ]
}

fn all() -> Vec<Refusal> {
    [names(), files(), rosters(), lines(), records(), trusts_and_keys()].concat()
}

#[test]
fn every_refusal_is_explained() {
    let words = Words::of(all(), |fault| refusal(&fault));
    words.are_all_of(&["Refusal", "NameFault", "RosterFault", "LineFault", "RecordFault"], SOURCE);
    insta::assert_snapshot!("refusals", words.text);
}

#[test]
fn hint_for_a_hostile_name_does_nothing_else_when_it_is_typed() {
    let hostile = Refusal::Stray { path: "secrets/prod/$(touch owned)/x`y".to_owned() };
    let hints = refusal(&hostile).hints;
    assert_eq!(hints, ["`git log -p -- .vault/secrets/prod` shows who changed it"]);
}

#[test]
fn every_code_of_a_refusal_is_explained() {
    let there: Vec<&str> = all().iter().map(Refusal::code).collect();
    let codes = SOURCE.lines().filter_map(|line| line.trim().split_once("=> \"")?.1.strip_suffix("\","));
    let missing: Vec<&str> = codes.filter(|code| !there.contains(code)).collect();
    assert_eq!(missing, [""; 0]);
}
