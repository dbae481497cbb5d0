//! The keyring: order, anchors, passphrases, and files that others can read.

use std::{cell::Cell, fs, os::unix::fs::PermissionsExt, path::Path};

use tempfile::TempDir;

use super::{Ask, Given, Index, Keyring, Origin, Unasked, UnlockError};
use crate::kernel::{
    format::identity_file,
    model::Anchor,
    seal::{Identity, Passphrase, Protected, Unwraps},
    secret::Secret,
};

const ANCHOR: &str =
    "00000000000000000000000000000000000000000000000000000000000000ff.3.0123456789abcdef0123456789abcdef";

struct Typed {
    passphrase: &'static str,
    times: Cell<u32>,
}

impl Ask for Typed {
    fn passphrase(&self, _: &Origin) -> Result<Passphrase, Unasked> {
        self.times.set(self.times.get() + 1);
        Ok(Passphrase::new(Secret::new(self.passphrase.into())))
    }
}

fn text(identity: &Identity) -> String {
    String::from_utf8(identity.reveal().expose().to_vec()).unwrap()
}

/// The place of an own identity's file.
fn place(folder: &TempDir, name: &str) -> std::path::PathBuf {
    fs::create_dir_all(folder.path().join("identities")).unwrap();
    folder.path().join("identities").join(name)
}

#[expect(clippy::disallowed_methods, reason = "a test writes what a person would")]
fn put(path: &Path, content: &[u8], mode: u32) {
    fs::write(path, content).unwrap();
    fs::set_permissions(path, fs::Permissions::from_mode(mode)).unwrap();
}

fn variable(text: String) -> Given {
    Given { key: Some(Secret::new(text.into_bytes())), ..Given::default() }
}

#[test]
fn an_anchor_behind_the_key_is_given_and_is_no_part_of_the_identity() {
    let identity = Identity::generate();
    let keyring = Keyring::gather(variable(format!("{}#{ANCHOR}", text(&identity)))).unwrap();
    assert_eq!(keyring.anchor(), Some(&Anchor::parse(ANCHOR).unwrap()));
    let found = keyring.find(|_| true).unwrap().unwrap_or_else(|_| panic!("it is found"));
    assert_eq!(found.recipient(), identity.recipient());
}

#[test]
fn a_silent_keyring_names_what_it_would_ask_for() {
    let folder = tempfile::tempdir().unwrap();
    let identity = Identity::generate();
    let passphrase = Passphrase::new(Secret::new(b"long enough".to_vec()));
    let protected = Protected::seal(&identity, &passphrase);
    put(&place(&folder, "a.txt"), identity_file::print_protected(&protected).as_bytes(), 0o600);
    let given = Given { config: Some(folder.path().to_owned()), ..Given::default() };
    let found = Keyring::gather(given).unwrap().silent().find(|_| true);
    assert!(matches!(found, Err(UnlockError::WouldAsk { guard, .. }) if guard == "under a passphrase"));
}

#[test]
fn an_anchor_that_is_none_is_refused_by_its_variable() {
    let refused = Keyring::gather(variable(format!("{}#oops", text(&Identity::generate())))).err().unwrap();
    assert_eq!(refused.to_string(), "`CVAULT_KEY`: this is no anchor");
}

#[test]
fn a_variable_that_holds_no_identity_is_refused_without_showing_it() {
    let refused = Keyring::gather(variable("hunter2".to_owned())).err().unwrap();
    assert_eq!(refused.to_string(), "`CVAULT_KEY`: this is no identity of age");
}

#[test]
fn the_flag_comes_before_the_variable_and_the_variable_before_the_users_own() {
    let folder = TempDir::new().unwrap();
    let [flag, key, own] = [Identity::generate(), Identity::generate(), Identity::generate()];
    let path = folder.path().join("flag");
    put(&path, text(&flag).as_bytes(), 0o600);
    put(&place(&folder, "own.txt"), text(&own).as_bytes(), 0o600);
    let given = Given {
        flag: Some(path),
        key: Some(key.reveal()),
        config: Some(folder.path().to_owned()),
        ..Given::default()
    };
    let found = Keyring::gather(given).unwrap().all().unwrap();
    let recipients: Vec<_> = found.iter().map(|candidate| candidate.recipient().clone()).collect();
    assert_eq!(recipients, [flag, key, own].map(|identity| identity.recipient().clone()));
}

#[test]
fn an_own_identity_that_others_can_read_is_refused() {
    let folder = TempDir::new().unwrap();
    put(&place(&folder, "own.txt"), text(&Identity::generate()).as_bytes(), 0o640);
    let given = Given { config: Some(folder.path().to_owned()), ..Given::default() };
    let refused = Keyring::gather(given).unwrap().all().err().unwrap();
    assert!(matches!(refused, UnlockError::Readable { mode: 0o640, .. }), "{refused}");
}

#[test]
fn a_pipe_among_the_own_identities_is_refused_and_not_waited_for() {
    let folder = TempDir::new().unwrap();
    let pipe = place(&folder, "own.txt");
    let mode = rustix::fs::Mode::from_raw_mode(0o600);
    rustix::fs::mknodat(rustix::fs::CWD, &pipe, rustix::fs::FileType::Fifo, mode, 0).unwrap();
    let given = Given { config: Some(folder.path().to_owned()), ..Given::default() };
    let refused = Keyring::gather(given).unwrap().all().err().unwrap();
    assert!(matches!(refused, UnlockError::Read { .. }), "{refused}");
}

#[test]
fn only_a_wanted_identity_is_asked_a_passphrase_for() {
    let [other, wanted] = [Identity::generate(), Identity::generate()];
    let folder = TempDir::new().unwrap();
    for (name, identity) in [("a.txt", &other), ("b.txt", &wanted)] {
        let passphrase = Passphrase::new(Secret::new(b"correct horse".to_vec()));
        put(
            &place(&folder, name),
            identity_file::print_protected(&Protected::seal(identity, &passphrase)).as_bytes(),
            0o600,
        );
    }
    let given = Given { config: Some(folder.path().to_owned()), ..Given::default() };
    let ask = Typed { passphrase: "correct horse", times: Cell::new(0) };
    let found = Keyring::gather(given).unwrap().find(|recipient| recipient == wanted.recipient()).unwrap();
    let opened = found.unwrap_or_else(|_| panic!("it is found")).open(&ask).unwrap();
    assert_eq!((opened.recipient(), ask.times.get()), (wanted.recipient(), 1));
}

#[test]
fn a_wrong_passphrase_is_named_with_its_file() {
    let identity = Identity::generate();
    let folder = TempDir::new().unwrap();
    let passphrase = Passphrase::new(Secret::new(b"right".to_vec()));
    let path = place(&folder, "own.txt");
    put(&path, identity_file::print_protected(&Protected::seal(&identity, &passphrase)).as_bytes(), 0o600);
    let given = Given { config: Some(folder.path().to_owned()), ..Given::default() };
    let ask = Typed { passphrase: "wrong", times: Cell::new(0) };
    let found =
        Keyring::gather(given).unwrap().find(|_| true).unwrap().unwrap_or_else(|_| panic!("it is found"));
    let refused = found.open(&ask).err().unwrap().to_string();
    assert_eq!(refused, format!("`{}`: the passphrase does not open this identity", path.display()));
}

#[test]
fn costs_that_would_exhaust_the_machine_are_refused_before_any_passphrase() {
    let passphrase = Passphrase::new(Secret::new(b"right".to_vec()));
    let sealed = Protected::seal(&Identity::generate(), &passphrase);
    let hostile = identity_file::print_protected(&sealed).replace("m=65536", "m=4194304");
    let refused = Keyring::gather(variable(hostile)).err().unwrap();
    assert_eq!(refused.to_string(), "`CVAULT_KEY`: this protected identity is not as this format writes it");
}

#[test]
fn name_in_the_index_that_could_be_no_files_name_is_refused() {
    let (folder, recipient) = (TempDir::new().unwrap(), Identity::generate().recipient().clone());
    let place = Index::place(folder.path());
    let signs = Identity::generate().signing_key().public().text();
    for (name, sound) in [("laptop_2", true), ("../x", false), ("a]\\nb", false), ("", false)] {
        let line = format!("[\"{name}\"]\nrecipient = \"{recipient}\"\nsigns = \"{signs}\"\n");
        put(&place, line.as_bytes(), 0o600);
        assert_eq!(Index::read(&place).is_ok(), sound, "{name:?}");
    }
}
