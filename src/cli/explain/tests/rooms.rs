//! The words for what a vault, the disk, a key, a child and the terminal did not do.

use std::{ffi::OsString, io, path::PathBuf};

use super::{
    Words,
    refusals::{ana, at, bob, env, name, vault},
};
use crate::{
    git::Repo,
    kernel::{
        model::{Access, Anchor, Fingerprint, KeyForm, KeyText, Kind, Role, RosterClash},
        name::{EnvName, MemberName},
        refusal::{Refusal, RosterFault},
        seal::Identity,
        tree::TreeError,
    },
    run::{FilesError, Refused, RunError, cargo::CargoError},
    store::StoreError,
    ui::{Failure, UiError},
    unlock::{KeychainFault, Origin, Seen, UnlockError},
    vault::{By, DriverFault, Introduction, Loses, MergeFault, PastFault, TeamFault, VaultError},
};

fn denied() -> io::Error {
    io::Error::from(io::ErrorKind::PermissionDenied)
}

/// A path with a name that would colour the terminal.
fn place() -> PathBuf {
    PathBuf::from("/home/ana/it's\u{1b}[31m; touch x/.vault")
}

fn seen() -> Seen {
    let identity = Identity::parse_file(&crate::kernel::secret::Secret::new(
        include_bytes!("../../../../.vault-example/identity.txt").to_vec(),
    ));
    let recipient = identity.unwrap().0[0].recipient().clone();
    let origin = Origin::Stored(PathBuf::from("/home/ana/identities/default.txt"));
    Seen { origin, recipient, trouble: None }
}

fn missing() -> Vec<VaultError> {
    vec![
        VaultError::NoEnvironment { name: env(), nearest: None },
        VaultError::NoEnvironment { name: env(), nearest: EnvName::parse("dev").ok() },
        VaultError::NoSecret { env: env(), name: name(), nearest: None, elsewhere: Vec::new() },
        VaultError::NoSecret { env: env(), name: name(), nearest: Some(name()), elsewhere: vec![env()] },
        VaultError::Deleted { env: env(), name: name(), at: at(), elsewhere: vec![env()] },
        VaultError::SecretExists { env: env(), name: name(), number: 3 },
        VaultError::SamePlace { env: env(), name: name() },
        VaultError::Inherited { env: env(), name: name(), holder: EnvName::parse("dev").unwrap() },
        VaultError::Rotating { env: env(), name: name() },
        VaultError::Of {
            env: env(),
            name: name(),
            fault: Box::new(VaultError::NotOfKind { kind: Kind::Json }),
        },
        VaultError::NotCurrent { env: env(), name: name() },
        DriverFault::NotSecret { path: "a\u{1b}[31m.txt".to_owned() }.into(),
        VaultError::NoVersion { env: env(), name: name(), number: 3, have: vec![5, 4] },
        VaultError::NotOfKind { kind: Kind::Json },
    ]
}

fn refused() -> Vec<VaultError> {
    let introduction = Introduction {
        vault: vault("1a"),
        founder: None,
        members: vec![ana(), bob()],
        anchor: Anchor::of(vault("1a"), 3, &[7; 32]),
    };
    let fault = Refusal::Forked { line: 3 };
    let git = Repo::open(&PathBuf::from("/nonexistent/.git")).err().expect("there is none");
    vec![
        VaultError::Refused(fault.clone()),
        VaultError::Store(StoreError::NotFolder { path: place() }),
        VaultError::Read { path: "roster.toml".to_owned(), source: denied() },
        VaultError::Git(git),
        VaultError::Unlock(UnlockError::NotGiven { origin: Origin::Key }),
        VaultError::from(PastFault::NoGit),
        VaultError::FirstUse(Box::new(introduction)),
        VaultError::DefaultBranch { commit: "0123456789abcdef".to_owned(), fault },
        VaultError::Exists { path: place() },
        VaultError::EnvironmentExists { name: env() },
        VaultError::EnvironmentIsDefault { name: env() },
        VaultError::EnvironmentExtended { name: env(), by: EnvName::parse("dev").unwrap() },
        VaultError::MemberExists { name: bob() },
        VaultError::MemberWas { name: bob() },
        VaultError::NoKey { env: env(), readers: vec![ana(), bob()], approvers: vec![ana(), bob()] },
        locked(vec![seen()], Some((bob(), Role::Member))),
        locked(vec![seen()], Some((bob(), Role::Machine))),
        locked(vec![seen(), seen()], None),
        VaultError::NotWriter { env: env(), me: bob(), writers: vec![ana()], approvers: Some(Vec::new()) },
        VaultError::NotWriter { env: env(), me: bob(), writers: vec![ana()], approvers: None },
        VaultError::NotAdmin { me: bob(), admins: vec![ana()] },
        VaultError::CannotSign { me: bob() },
        VaultError::LastAdmin { name: ana() },
        VaultError::LastWriter { name: ana(), env: env() },
        VaultError::NotGranted { name: bob(), env: env(), loses: Loses::Everything },
        VaultError::NotGranted { name: bob(), env: env(), loses: Loses::Writing },
        VaultError::AdminCannotSign { name: bob() },
        VaultError::NotRenewer { env: env(), me: bob(), able: vec![ana()] },
        VaultError::NotRenewer { env: env(), me: bob(), able: Vec::new() },
        VaultError::OwnLeave { env: env(), me: ana(), able: vec![bob()] },
        VaultError::CannotFound { recipient: seen().recipient },
        VaultError::NoIdentity { name: "lapto".to_owned(), nearest: Some("laptop".to_owned()) },
        VaultError::IdentityExists {
            name: "laptop".to_owned(),
            origin: Origin::Keychain("laptop".to_owned()),
        },
        VaultError::SeveralIdentities,
        VaultError::SshImport,
        VaultError::NotRecovery,
        VaultError::NoMember { name: bob(), nearest: Some(ana()) },
        VaultError::DeviceExists { name: bob(), recipient: seen().recipient },
        VaultError::DeviceCannotSign { name: bob() },
        locked(vec![Seen { trouble: Some(KeychainFault::Silent.to_string()), ..seen() }], None),
        VaultError::Aside { env: env() },
        VaultError::AsideRoster,
        VaultError::Team(TeamFault::NothingAsked { name: bob() }),
        VaultError::Merge(Box::new(MergeFault::Nothing)),
        VaultError::Driver(Box::new(DriverFault::NotSecret { path: "x\u{1b}".to_owned() })),
        VaultError::Several { faults: missing() },
    ]
}

fn locked(keys: Vec<Seen>, me: Option<(MemberName, Role)>) -> VaultError {
    VaultError::Locked {
        env: env(),
        keys,
        readers: vec![ana()],
        me: me.map(Box::new),
        approvers: vec![ana()],
    }
}

#[test]
fn every_fault_of_a_team_is_explained() {
    let key = || KeyText::from(&seen().recipient);
    let found = Fingerprint::parse(&"6f1c".repeat(8)).unwrap();
    let form = || KeyForm::parse("…x3Fq").unwrap();
    let envs = |names: &[&str]| names.iter().map(|name| EnvName::parse(name).unwrap()).collect();
    let all = vec![
        TeamFault::KeyTaken { key: key(), name: ana() },
        TeamFault::KeyWas { key: key(), name: ana() },
        TeamFault::SignsNothing { name: bob() },
        TeamFault::Granted { name: bob(), envs: envs(&["dev"]), access: Access::Write },
        TeamFault::Granted { name: bob(), envs: envs(&["dev", "prod"]), access: Access::Read },
        TeamFault::NoRequest { name: bob(), nearest: Some(ana()) },
        TeamFault::RequestTaken { name: bob() },
        TeamFault::RequestChanged { name: bob() },
        TeamFault::OtherKeys { name: bob() },
        TeamFault::CannotAsk { recipient: seen().recipient },
        TeamFault::Fingerprint { name: bob(), found },
        TeamFault::NothingAsked { name: bob() },
        TeamFault::NotOneKey { name: bob(), form: form(), several: false, keys: vec![key()] },
        TeamFault::NotOneKey { name: bob(), form: form(), several: true, keys: vec![key(), key()] },
        TeamFault::LostSigns { name: bob(), signs: vec![key()] },
        TeamFault::NoKeyLeft { name: bob() },
        TeamFault::OwnKey { me: ana() },
        TeamFault::NoMachine { name: bob() },
    ];
    let words = Words::of(all, |fault: TeamFault| Failure::from(VaultError::from(fault)));
    words.are_all_of(&["TeamFault"], include_str!("../../../vault/team_fault.rs"));
    insta::assert_snapshot!("team", words.text);
}

#[test]
fn every_fault_of_a_vault_is_explained() {
    let all = missing().into_iter().chain(refused()).collect();
    let words = Words::of(all, |fault: VaultError| Failure::from(fault));
    words.are_all_of(&["VaultError"], include_str!("../../../vault/error.rs"));
    insta::assert_snapshot!("vault", words.text);
}

#[test]
fn every_fault_of_the_disk_is_explained() {
    let write = || StoreError::Write { path: place(), source: denied() };
    let all = vec![
        StoreError::NoVault { start: place() },
        StoreError::NotFolder { path: place() },
        StoreError::Tree(TreeError::Refused(Refusal::EmptyLog)),
        StoreError::Tree(TreeError::Io { path: "roster.toml".to_owned(), source: denied() }),
        StoreError::Read { path: place(), source: denied() },
        write(),
        StoreError::NotFile { path: place() },
        StoreError::NotOurs { path: place() },
        StoreError::Exists { path: PathBuf::from("/home/ana/identities/default.txt") },
        StoreError::KeptKey { path: PathBuf::from("/home/ana/kept.key") },
        StoreError::KeptName { name: "../x".to_owned() },
        StoreError::Clash { a: "a".to_owned(), b: "a/b".to_owned() },
        StoreError::Unsettled { journal: place().join(".work/journal"), cause: Box::new(write()) },
        StoreError::ForeignJournal { journal: place().join(".work/journal") },
        StoreError::Unfinished { cause: Box::new(write()) },
    ];
    let words = Words::of(all, |fault: StoreError| Failure::from(fault));
    words.are_all_of(&["StoreError"], include_str!("../../../store/error.rs"));
    insta::assert_snapshot!("disk", words.text);
}

#[test]
fn every_fault_between_a_tree_and_its_past_is_explained() {
    let commit = || "0123456789abcdef0123456789abcdef01234567".to_owned();
    let by = || Some(By { commit: commit(), author: "Mallory \u{1b}[31m <m@example.org>".to_owned() });
    let git = Repo::open(&PathBuf::from("/nonexistent/.git")).err().expect("there is none");
    let all = vec![
        PastFault::PutBack { env: env(), name: name(), had: 5, found: 4, commit: commit(), by: by() },
        PastFault::PutBack { env: env(), name: name(), had: 5, found: 4, commit: commit(), by: None },
        PastFault::Twice { env: env(), name: name(), revision: 5, commit: commit(), by: by() },
        PastFault::Lost { env: env(), name: name(), had: 5, commit: commit(), by: by() },
        PastFault::LogCut { line: 3, commit: commit(), by: by() },
        PastFault::OtherVault { commit: commit(), known: vault("1a"), found: vault("2b") },
        PastFault::There {
            commit: commit(),
            fault: Refusal::FormerKey { path: "x.toml".to_owned(), writer: bob() },
        },
        PastFault::NoEnvironment { env: env(), commit: commit() },
        PastFault::NoSecret { env: env(), name: name(), commit: commit(), nearest: None },
        PastFault::NoSecret { env: env(), name: name(), commit: commit(), nearest: Some(name()) },
        PastFault::Locked { env: env(), commit: commit(), keys: Vec::new(), readers: vec![ana()] },
        PastFault::Locked { env: env(), commit: commit(), keys: vec![seen()], readers: vec![ana(), bob()] },
        PastFault::Locked { env: env(), commit: commit(), keys: vec![seen(), seen()], readers: vec![ana()] },
        PastFault::NoVersion { env: env(), name: name(), number: 9, have: vec![5, 4] },
        PastFault::Changed { env: env(), name: name() },
        PastFault::NoKey { env: env(), name: name(), former: None },
        PastFault::NoKey { env: env(), name: name(), former: Some(bob()) },
        PastFault::NoGit,
        PastFault::NoRevision { revision: "-x\u{1b}".to_owned(), fault: Box::new(git) },
        PastFault::NoVault { commit: commit() },
        PastFault::Unrelated { base: "main".to_owned(), commit: commit(), shallow: false },
        PastFault::Unrelated { base: "main".to_owned(), commit: commit(), shallow: true },
    ];
    let words = Words::of(all, |fault: PastFault| Failure::from(VaultError::from(fault)));
    words.are_all_of(&["PastFault"], include_str!("../../../vault/history/fault.rs"));
    insta::assert_snapshot!("past", words.text);
}

#[test]
fn every_fault_of_a_merge_is_explained() {
    let commit = || "0123456789abcdef0123456789abcdef01234567".to_owned();
    let all = vec![
        MergeFault::Nothing,
        MergeFault::NotBefore { revision: "-x\u{1b}".to_owned() },
        MergeFault::NoVault { commit: commit() },
        MergeFault::Side { commit: commit(), fault: Refusal::EmptyLog },
        MergeFault::NoAdmin { commit: commit(), line: 3 },
        MergeFault::NoBase { line: 3 },
        MergeFault::Clash(RosterClash::Member(bob())),
        MergeFault::Clash(RosterClash::Environment(env())),
        MergeFault::Clash(RosterClash::Rule(RosterFault::NoAdmin)),
        MergeFault::OwnLeave { me: ana(), able: vec![bob()] },
        MergeFault::CannotOpen { me: ana(), env: env(), commit: commit(), readers: vec![bob()] },
    ];
    let words = Words::of(all, |fault: MergeFault| Failure::from(VaultError::from(fault)));
    words.are_all_of(&["MergeFault"], include_str!("../../../vault/merging/fault.rs"));
    insta::assert_snapshot!("merge", words.text);
}

#[test]
fn every_fault_of_a_key_is_explained() {
    let path = || PathBuf::from("/home/ana/identities/default.txt");
    let all = vec![
        UnlockError::Source { origin: Origin::Key, refusal: Refusal::Identity },
        UnlockError::Source { origin: Origin::Key, refusal: Refusal::Anchor },
        UnlockError::Source { origin: Origin::Stored(path()), refusal: Refusal::Passphrase },
        UnlockError::Source { origin: Origin::Stored(path()), refusal: Refusal::Protected },
        UnlockError::Read { origin: Origin::KeyFile(path()), reason: "it is no plain file".to_owned() },
        UnlockError::Readable { origin: Origin::Stored(path()), mode: 0o644 },
        UnlockError::Readable { origin: Origin::Flag(path()), mode: 0o644 },
        UnlockError::NobodyToAsk { origin: Origin::Stored(path()) },
        UnlockError::NotGiven { origin: Origin::Stored(path()) },
        UnlockError::WouldAsk { origin: Origin::Stored(path()), guard: "under a passphrase".to_owned() },
        UnlockError::Readable {
            origin: Origin::Ssh(PathBuf::from("/home/ana/.ssh/id_ed25519")),
            mode: 0o644,
        },
        UnlockError::Source { origin: Origin::Keychain("laptop".to_owned()), refusal: Refusal::Identity },
        UnlockError::Source { origin: Origin::Command, refusal: Refusal::Identity },
        UnlockError::Source { origin: Origin::Stored(path()), refusal: Refusal::Identity },
        UnlockError::Command { what: "ended with exit status: 1".to_owned() },
        UnlockError::Keychain(KeychainFault::None),
        UnlockError::Keychain(KeychainFault::Silent),
        UnlockError::Keychain(KeychainFault::WouldAsk),
        UnlockError::Keychain(KeychainFault::Gone),
        UnlockError::Keychain(KeychainFault::Said { what: "no".to_owned() }),
        UnlockError::Index { path: path(), what: "a key in it is none".to_owned() },
    ];
    let words = Words::of(all, |fault: UnlockError| Failure::from(fault));
    words.are_all_of(&["UnlockError", "Origin"], include_str!("../../../unlock/error.rs"));
    words.are_all_of(&["KeychainFault"], include_str!("../../../unlock/keychain.rs"));
    insta::assert_snapshot!("key", words.text);
}

#[test]
fn every_fault_of_a_child_is_explained() {
    let one = || vec!["A".to_owned()];
    let clash = Refusal::Variable { a: name(), b: name(), variable: "DB_PASSWORD".to_owned() };
    let all = vec![
        RunError::Clash(clash),
        RunError::Names { variables: one(), names: one() },
        RunError::Names {
            variables: vec!["X_A".to_owned(), "X_B".to_owned()],
            names: vec!["a".to_owned(), "b".to_owned()],
        },
        RunError::Path { variable: "LD_PRELOAD".to_owned() },
        RunError::Twice { variable: "KEY".to_owned() },
        RunError::Nul { names: vec!["A".to_owned(), "B".to_owned()] },
        RunError::TooLong { names: one() },
    ];
    let before = Words::of(all, |fault: RunError| Failure::from(fault));
    before.are_all_of(&["RunError"], include_str!("../../../run/environment.rs"));
    let program = || OsString::from("\u{1b}[31mapp");
    let all = vec![
        Refused::NotFound { program: program() },
        Refused::CannotRun { program: program(), source: denied() },
        Refused::Beside { source: denied() },
        Refused::TooMuch,
    ];
    let words = Words::of(all, |fault: Refused| Failure::from(fault));
    words.are_all_of(&["Refused"], include_str!("../../../run/child.rs"));
    let all = vec![
        FilesError::NoMemory,
        FilesError::NotOurs { folder: place() },
        FilesError::Clash { file: name(), below: name() },
        FilesError::Write { path: place(), source: denied() },
        FilesError::Memory { source: denied() },
    ];
    let files = Words::of(all, |fault: FilesError| Failure::from(fault));
    files.are_all_of(&["FilesError"], include_str!("../../../run/files.rs"));
    insta::assert_snapshot!("child", before.text + &words.text + &files.text);
}

#[test]
fn every_fault_of_cargo_is_explained() {
    let program = || OsString::from("\u{1b}[31mapp");
    let all = vec![
        CargoError::System,
        CargoError::Miri,
        CargoError::Socket { path: place(), source: denied() },
        CargoError::LongSocket { path: place() },
        CargoError::Space { path: place() },
        CargoError::Asked { program: program() },
        CargoError::SeveralRunners,
        CargoError::Manifest { manifest: place(), what: "unknown field `onyl`".to_owned() },
        CargoError::LateEnv { manifest: place(), envs: vec![env(), env()] },
        CargoError::NotGiven { program: program(), source: denied() },
        CargoError::NotStarted(Refused::TooMuch),
        CargoError::Wait { source: denied() },
    ];
    let words = Words::of(all, |fault: CargoError| Failure::from(fault));
    words.are_all_of(&["CargoError"], include_str!("../../../run/cargo/mod.rs"));
    insta::assert_snapshot!("cargo", words.text);
}

#[test]
fn every_fault_of_the_terminal_is_explained() {
    let all = vec![
        UiError::Closed,
        UiError::Write { source: denied() },
        UiError::NoTerminal,
        UiError::Terminal { source: denied() },
        UiError::Interrupted,
        UiError::NoAnswer,
        UiError::Differ,
        UiError::TooLong,
    ];
    let words = Words::of(all, |fault: UiError| Failure::from(fault));
    words.are_all_of(&["UiError"], include_str!("../../../ui/mod.rs"));
    insta::assert_snapshot!("terminal", words.text);
}
