//! Keeping: what this user wrote for this counts, and nothing else.

use std::{fs, os::unix::fs::PermissionsExt, path::PathBuf, thread};

use super::{Ground, put};
use crate::{
    kernel::name::VaultId,
    store::{StateFolder, StoreError, known_by_remote, remember_remote, write_private},
};

fn data(ground: &Ground) -> PathBuf {
    ground.top.path().join("data/cargo-vault")
}

fn kept(ground: &Ground) -> StateFolder {
    StateFolder::open(&ground.place, &data(ground))
}

/// A place in git, so that its files have a short path.
fn in_git() -> Ground {
    let mut ground = Ground::new(&[]);
    put(&ground.top.path().join(".git/HEAD"), "ref: refs/heads/main\n");
    ground.place = super::place_for_new(ground.top.path()).unwrap();
    ground
}

fn file(ground: &Ground) -> PathBuf {
    ground.top.path().join(".git/cargo-vault/.vault/trust")
}

fn mode(path: PathBuf) -> u32 {
    fs::metadata(path).unwrap().permissions().mode() & 0o777
}

#[test]
fn what_was_kept_is_read_again() {
    let ground = in_git();
    assert_eq!(kept(&ground).read("trust"), None);
    kept(&ground).write("trust", b"body\n").unwrap();
    assert_eq!(kept(&ground).read("trust").as_deref(), Some(&b"body\n"[..]));
    let modes =
        [file(&ground), file(&ground).parent().unwrap().to_owned(), data(&ground).join("kept.key")].map(mode);
    assert_eq!(modes, [0o600, 0o700, 0o600]);
}

#[test]
fn without_git_it_is_kept_in_the_users_folder() {
    let ground = Ground::new(&[]);
    kept(&ground).write("trust", b"body").unwrap();
    assert_eq!(kept(&ground).read("trust").as_deref(), Some(&b"body"[..]));
    assert_eq!(fs::read_dir(data(&ground).join("paths")).unwrap().count(), 1);
}

#[test]
fn a_changed_byte_makes_it_nothing() {
    let ground = in_git();
    kept(&ground).write("trust", b"body").unwrap();
    let text = fs::read_to_string(file(&ground)).unwrap();
    put(&file(&ground), &text.replace("body", "bodx"));
    assert_eq!(kept(&ground).read("trust"), None);
}

#[test]
fn a_cut_or_empty_file_is_nothing() {
    let ground = in_git();
    kept(&ground).write("trust", b"body").unwrap();
    put(&file(&ground), "");
    assert_eq!(kept(&ground).read("trust"), None);
}

#[test]
fn a_file_under_another_name_is_nothing() {
    let ground = in_git();
    kept(&ground).write("trust", b"body").unwrap();
    fs::copy(file(&ground), file(&ground).with_file_name("seen")).unwrap();
    assert_eq!(kept(&ground).read("seen"), None);
}

#[test]
fn a_file_of_another_place_is_nothing() {
    let (one, two) = (in_git(), in_git());
    let shared = data(&one);
    StateFolder::open(&one.place, &shared).write("trust", b"one").unwrap();
    StateFolder::open(&two.place, &shared).write("trust", b"two").unwrap();
    fs::copy(file(&one), file(&two)).unwrap();
    assert_eq!(StateFolder::open(&two.place, &shared).read("trust"), None);
}

#[test]
fn a_key_that_others_can_read_authenticates_nothing_and_is_not_replaced() {
    let ground = in_git();
    kept(&ground).write("trust", b"body").unwrap();
    let key = data(&ground).join("kept.key");
    fs::set_permissions(&key, fs::Permissions::from_mode(0o644)).unwrap();
    assert_eq!(kept(&ground).read("trust"), None);
    assert!(matches!(kept(&ground).write("trust", b"x"), Err(StoreError::KeptKey { path }) if path == key));
}

#[test]
fn no_name_leads_elsewhere() {
    let ground = in_git();
    let written =
        ["../x", "a/b", "", "lock", ".x", "a.new"].map(|name| kept(&ground).write(name, b"x").is_ok());
    assert_eq!(written, [false; 6]);
}

#[test]
fn no_update_of_many_is_lost() {
    let ground = in_git();
    let add = |_: usize| {
        let kept = kept(&ground);
        thread::spawn(move || {
            kept.update("seen", |old| [old.unwrap_or_default(), vec![b'x']].concat()).unwrap()
        })
    };
    let all: Vec<_> = (0..50).map(add).collect();
    all.into_iter().for_each(|one| one.join().unwrap());
    assert_eq!(kept(&ground).read("seen"), Some(vec![b'x'; 50]));
}

#[test]
fn a_vault_and_a_remote_have_their_own_folders() {
    let ground = in_git();
    let id = VaultId::parse(&"ab".repeat(32)).unwrap();
    let data = data(&ground);
    StateFolder::of_vault(&id, &data).write("anchor", b"x").unwrap();
    remember_remote("git@host:repo", &id, &data).unwrap();
    assert_eq!(StateFolder::of_vault(&id, &data).read("anchor").as_deref(), Some(&b"x"[..]));
    assert_eq!(known_by_remote("git@host:repo", &data), Some(id.hex()));
    assert_eq!(known_by_remote("git@host:other", &data), None);
}

#[test]
fn an_identity_is_written_once_for_this_user_alone() {
    let ground = Ground::new(&[]);
    let path = ground.top.path().join("config/ids/me");
    write_private(&path, b"identity").unwrap();
    assert_eq!([mode(path.clone()), mode(path.parent().unwrap().to_owned())], [0o600, 0o700]);
    assert!(matches!(write_private(&path, b"other"), Err(StoreError::Exists { .. })));
    assert_eq!(fs::read(&path).unwrap(), b"identity");
}

#[test]
fn what_was_forgotten_is_kept_no_more() {
    let ground = in_git();
    kept(&ground).write("trust", b"body").unwrap();
    kept(&ground).write("lines", b"body").unwrap();
    assert_eq!(kept(&ground).names(), ["lines", "trust"]);
    assert_eq!([(); 2].map(|()| kept(&ground).forget("trust").unwrap()), [true, false]);
    assert_eq!((kept(&ground).names(), kept(&ground).read("trust")), (vec!["lines".to_owned()], None));
}

#[test]
fn key_for_a_purpose_is_that_purpose_s_alone() {
    let ground = in_git();
    assert_eq!(kept(&ground).key_for("a"), None);
    kept(&ground).write("trust", b"body").unwrap();
    let key = |purpose| kept(&ground).key_for(purpose).unwrap();
    assert!(key("a") == key("a") && key("a") != key("b"));
    assert_ne!(&key("a")[..], &fs::read(data(&ground).join("kept.key")).unwrap()[..]);
}
