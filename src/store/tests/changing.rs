//! Changing: all or nothing, whatever stops it.

use std::{fs, os::unix::fs::symlink, sync::mpsc, thread, time::Duration};

use super::{Ground, put};
use crate::{
    kernel::tree::Tree,
    store::{
        Edit, StoreError,
        journal::{Journal, Move, Target},
    },
};

fn put_edit(path: &str, text: &str) -> Edit {
    Edit::Put { path: path.to_owned(), bytes: text.as_bytes().to_vec() }
}

fn remove_edit(path: &str) -> Edit {
    Edit::Remove { path: path.to_owned() }
}

fn before() -> Ground {
    Ground::new(&[("roster.toml", "1"), ("secrets/dev/A.toml", "1"), ("secrets/old/x/B.toml", "1")])
}

fn edits() -> Vec<Edit> {
    vec![
        put_edit("roster.toml", "2"),
        put_edit("secrets/new/y/C.toml", "2"),
        remove_edit("secrets/old/x/B.toml"),
        put_edit("secrets/dev/A.toml", "2"),
    ]
}

const OLD: [&str; 3] = ["roster.toml=1", "secrets/dev/A.toml=1", "secrets/old/x/B.toml=1"];
const NEW: [&str; 3] = ["roster.toml=2", "secrets/dev/A.toml=2", "secrets/new/y/C.toml=2"];

/// Stops after `count` steps as a crash would, opens the vault again, and says what state it is then in.
fn after_a_stop(count: usize) -> Vec<String> {
    let ground = before();
    let disk = ground.disk();
    let lock = disk.lock().unwrap();
    let plan = lock.plan(edits()).unwrap();
    plan.before.into_iter().chain(plan.after).take(count).for_each(|step| lock.take(step).unwrap());
    drop(lock);
    let again = ground.disk();
    again.settle().unwrap();
    assert!(!again.changing());
    // What was staged only is cleared by whoever writes next.
    drop(again.lock().unwrap());
    assert_eq!(ground.left(), Vec::<String>::new());
    ground.state()
}

#[test]
fn a_change_is_made_whole() {
    let ground = before();
    ground.disk().lock().unwrap().replace(edits()).unwrap();
    assert_eq!(ground.state(), NEW);
    assert_eq!(ground.left(), Vec::<String>::new());
    assert!(!ground.at("secrets/old").exists());
}

#[test]
fn a_stop_before_the_journal_is_in_place_leaves_the_old_state() {
    // Three files staged, the journal staged, both synced.
    let states: Vec<_> = (0..=5).map(after_a_stop).collect();
    assert_eq!(states, [OLD; 6]);
}

#[test]
fn a_stop_at_any_step_from_the_journal_on_leaves_the_new_state() {
    // In place, synced, four moves, folders synced, struck, synced.
    let states: Vec<_> = (6..=14).map(after_a_stop).collect();
    assert_eq!(states, [NEW; 9]);
}

#[test]
fn a_stop_within_the_making_good_is_made_good_too() {
    let ground = before();
    let disk = ground.disk();
    let lock = disk.lock().unwrap();
    let plan = lock.plan(edits()).unwrap();
    plan.before.into_iter().chain(plan.after).take(9).for_each(|step| lock.take(step).unwrap());
    // The same moves from the first on, as a redo makes them, stopped again.
    let again = Journal::parse(&disk.read(".work/journal", 9999).unwrap().unwrap()).unwrap();
    again
        .moves
        .into_iter()
        .take(2)
        .for_each(|step| lock.take(crate::store::change::Step::Make(step)).unwrap());
    drop(lock);
    disk.settle().unwrap();
    assert_eq!(ground.state(), NEW);
}

#[test]
fn one_file_is_replaced_and_removed_without_a_journal() {
    let ground = before();
    let disk = ground.disk();
    let lock = disk.lock().unwrap();
    lock.replace(vec![put_edit("roster.toml", "2")]).unwrap();
    lock.replace(vec![remove_edit("secrets/old/x/B.toml")]).unwrap();
    lock.replace(vec![]).unwrap();
    assert_eq!(ground.state(), ["roster.toml=2", "secrets/dev/A.toml=1"]);
}

#[test]
fn the_stamp_differs_after_a_change_of_several_files() {
    let ground = before();
    let disk = ground.disk();
    disk.lock().unwrap().replace(vec![put_edit("roster.toml", "0")]).unwrap();
    let first = disk.stamp();
    thread::sleep(Duration::from_millis(10));
    ground.disk().lock().unwrap().replace(edits()).unwrap();
    assert!(!first.changing());
    assert_ne!(first, disk.stamp());
}

fn refused(ground: &Ground, edits: Vec<Edit>) -> String {
    let state = ground.state();
    let error = ground.disk().lock().unwrap().replace(edits).unwrap_err();
    assert_eq!((ground.state(), ground.left()), (state, vec![]));
    error.to_string()
}

#[test]
fn a_change_through_a_link_is_refused_and_nothing_is_left() {
    let ground = before();
    symlink("/tmp", ground.at("keys")).unwrap();
    let edits = vec![put_edit("roster.toml", "2"), put_edit("keys/x.age", "2")];
    assert_eq!(refused(&ground, edits), "`.vault/keys` is no plain file");
}

#[test]
fn a_folder_in_place_of_a_target_is_refused_before_anything_is_moved() {
    let ground = before();
    let edits = vec![put_edit("roster.toml", "2"), put_edit("secrets/dev", "2")];
    assert_eq!(refused(&ground, edits), "`.vault/secrets/dev` is no plain file");
}

#[test]
fn a_path_twice_or_as_a_file_and_a_folder_is_refused() {
    let ground = before();
    let twice = refused(&ground, vec![put_edit("a", "2"), remove_edit("a")]);
    let both = refused(&ground, vec![put_edit("a/b", "2"), remove_edit("a")]);
    assert_eq!(twice, "one change has both `.vault/a` and `.vault/a`");
    assert_eq!(both, "one change has both `.vault/a` and `.vault/a/b`");
}

#[test]
fn no_target_leads_out_of_the_vault_or_into_the_folders_of_tools() {
    let bad = [
        "../x",
        "a/../x",
        "/x",
        "",
        "a//x",
        "a/",
        ".work/x",
        ".WORK/x",
        ".git/config",
        "a/.git/x",
        "a\nb",
        "ä",
    ];
    let taken: Vec<_> = bad.iter().filter(|path| Target::parse(path).is_ok()).collect();
    assert_eq!(taken, Vec::<&&str>::new());
    assert!(Target::parse(".gitignore").is_ok());
}

fn leave_journal(ground: &Ground, text: &str) {
    put(&ground.at(".work/new/0"), "evil");
    put(&ground.at(".work/journal"), text);
}

#[test]
fn a_journal_from_elsewhere_is_named_and_not_followed() {
    let ground = before();
    let to = Target::parse("roster.toml").unwrap();
    let journal = Journal { folder: 1, moves: vec![Move::Put { number: 0, to }] };
    leave_journal(&ground, &journal.print());
    let error = ground.disk().settle().unwrap_err();
    assert!(matches!(error, StoreError::ForeignJournal { .. }), "{error}");
    assert_eq!(ground.state(), OLD);
}

#[test]
fn a_torn_journal_is_cleared() {
    let ground = before();
    leave_journal(&ground, "cargo-vault journal 1\nfolder 1\nput 0 roster.toml\n");
    ground.disk().settle().unwrap();
    assert_eq!((ground.state(), ground.left()), (OLD.map(String::from).to_vec(), vec![]));
}

#[test]
fn a_journal_with_a_path_out_of_the_vault_is_none() {
    use sha2::{Digest, Sha256};
    let sealed = |body: &str| format!("{body}{}", crate::kernel::format::hex::print(&Sha256::digest(body)));
    let parse = |line: &str| {
        let text = sealed(&format!("cargo-vault journal 1\nfolder 7\n{line}\n"));
        Journal::parse(text.as_bytes()).is_some()
    };
    let lines = [
        "put 0 a",
        "put 0 ../a",
        "remove ../a",
        "put 00 a",
        "put 0 .work/lock",
        "put 0 /a",
        "put x a",
        "",
        "move a",
    ];
    assert_eq!(lines.map(parse), [true, false, false, false, false, false, false, false, false]);
}

#[test]
fn a_work_folder_that_is_a_link_is_refused() {
    let ground = before();
    let out = ground.top.path().join("out");
    put(&out.join("journal"), "x");
    symlink(&out, ground.at(".work")).unwrap();
    let error = ground.disk().settle().unwrap_err();
    assert_eq!(error.to_string(), "`.vault/.work` is no plain file");
    assert_eq!(fs::read_dir(out).unwrap().count(), 1);
}

#[test]
fn a_lock_file_that_is_a_link_is_refused() {
    let ground = before();
    fs::create_dir(ground.at(".work")).unwrap();
    symlink(ground.top.path().join("made"), ground.at(".work/lock")).unwrap();
    let error = ground.disk().lock().map(|_| ()).unwrap_err();
    assert_eq!(error.to_string(), "`.vault/.work/lock` is no plain file");
    assert!(!ground.top.path().join("made").exists());
}

#[test]
fn a_second_locker_waits_for_the_first() {
    let ground = before();
    let disk = ground.disk();
    let lock = disk.lock().unwrap();
    let (tell, told) = mpsc::channel();
    let place = ground.place.clone();
    let second = thread::spawn(move || {
        let disk = crate::store::Disk::open(&place).unwrap();
        let _lock = disk.lock().unwrap();
        tell.send(()).unwrap();
    });
    assert!(told.recv_timeout(Duration::from_millis(100)).is_err());
    drop(lock);
    told.recv_timeout(Duration::from_secs(5)).unwrap();
    second.join().unwrap();
}

#[test]
fn a_hundred_lockers_lose_no_change() {
    let ground = Ground::new(&[("n", "")]);
    let add = |_: usize| {
        let place = ground.place.clone();
        thread::spawn(move || {
            let disk = crate::store::Disk::open(&place).unwrap();
            let lock = disk.lock().unwrap();
            let mut bytes = disk.read("n", 1000).unwrap().unwrap();
            bytes.push(b'x');
            lock.replace(vec![Edit::Put { path: "n".to_owned(), bytes }]).unwrap();
        })
    };
    let all: Vec<_> = (0..100).map(add).collect();
    all.into_iter().for_each(|one| one.join().unwrap());
    assert_eq!(ground.state(), [format!("n={}", "x".repeat(100))]);
}
