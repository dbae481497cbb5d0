//! Reading: what lies in the way is named, and never followed.

use std::{
    os::unix::{fs::symlink, net::UnixListener},
    process::Command,
};

use super::Ground;
use crate::{
    kernel::{
        refusal::Refusal,
        tree::{EntryKind, Tree, TreeError},
    },
    store::{
        Disk, StoreError,
        beneath::{self, Wanted},
        disk,
    },
};

const FILE: &str = "secrets/dev/DB.toml";

fn code(result: Result<Option<Vec<u8>>, TreeError>) -> String {
    match result {
        Ok(bytes) => format!("{:?}", bytes.map(|bytes| String::from_utf8(bytes).unwrap())),
        Err(TreeError::Refused(Refusal::NotPlain { path })) => format!("not-plain {path}"),
        Err(TreeError::Refused(Refusal::NotFolder { path })) => format!("not-folder {path}"),
        Err(TreeError::Refused(refusal)) => refusal.code().to_owned(),
        Err(TreeError::Io { path, source }) => format!("io {path} {source}"),
    }
}

/// A vault with one secret, and `.vault/link` leading to `to`.
fn linked(name: &str, to: &str) -> (Ground, disk::Disk) {
    let ground = Ground::new(&[(FILE, "text")]);
    symlink(to, ground.at(name)).unwrap();
    let disk = ground.disk();
    (ground, disk)
}

#[test]
fn a_file_is_read_whole_also_from_the_folder_read_last() {
    let ground = Ground::new(&[(FILE, "text"), ("secrets/dev/B.toml", "")]);
    let disk = ground.disk();
    let first = code(disk.read(FILE, 4));
    assert_eq!([first, code(disk.read("secrets/dev/B.toml", 4))], [r#"Some("text")"#, r#"Some("")"#]);
}

#[test]
fn nothing_is_none() {
    let disk_of = Ground::new(&[(FILE, "text")]);
    let disk = disk_of.disk();
    assert_eq!(code(disk.read("secrets/dev/NO.toml", 4)), "None");
    assert_eq!(code(disk.read("no/such/file", 4)), "None");
    assert_eq!(code(disk.read("roster.toml", 4)), "None");
    assert!(disk.list("keys").unwrap().is_empty());
}

#[test]
fn a_folder_put_in_place_of_the_one_read_last_is_noticed() {
    let ground = Ground::new(&[(FILE, "old")]);
    let disk = ground.disk();
    assert_eq!(code(disk.read(FILE, 9)), r#"Some("old")"#);
    std::fs::remove_dir_all(ground.at("secrets/dev")).unwrap();
    super::put(&ground.at(FILE), "new");
    assert_eq!(code(disk.read(FILE, 9)), r#"Some("new")"#);
}

#[test]
fn a_link_to_a_file_inside_is_refused() {
    let (_ground, disk) = linked("secrets/dev/L.toml", "DB.toml");
    assert_eq!(code(disk.read("secrets/dev/L.toml", 9)), "not-plain secrets/dev/L.toml");
}

#[test]
fn a_link_to_a_file_outside_is_refused() {
    let (_ground, disk) = linked("roster.toml", "/etc/passwd");
    assert_eq!(code(disk.read("roster.toml", 9)), "not-plain roster.toml");
}

#[test]
fn a_dangling_link_is_not_nothing() {
    let (_ground, disk) = linked("roster.toml", "nowhere");
    assert_eq!(code(disk.read("roster.toml", 9)), "not-plain roster.toml");
}

#[test]
fn a_link_to_itself_is_refused() {
    let (_ground, disk) = linked("roster.log", "roster.log");
    assert_eq!(code(disk.read("roster.log", 9)), "not-plain roster.log");
}

#[test]
fn a_link_to_an_endless_device_is_refused() {
    let (_ground, disk) = linked("roster.log", "/dev/zero");
    assert_eq!(code(disk.read("roster.log", 9)), "not-plain roster.log");
}

#[test]
fn an_environment_that_is_a_link_is_named() {
    let (_ground, disk) = linked("secrets/prod", "dev");
    assert_eq!(code(disk.read("secrets/prod/DB.toml", 9)), "not-plain secrets/prod");
    let listed = disk.list("secrets/prod").map(|_| None);
    assert_eq!(code(listed), "not-plain secrets/prod");
}

#[test]
fn the_walk_part_by_part_refuses_what_the_one_call_refuses() {
    let (_ground, disk) = linked("secrets/prod", "dev");
    let walk =
        |path| code(beneath::open_part_by_part(disk.root(), path, Wanted::File).map(|f| f.map(|_| vec![])));
    assert_eq!(walk("secrets/prod/DB.toml"), "not-plain secrets/prod");
    assert_eq!(walk("secrets/dev/DB.toml/x"), "not-folder secrets/dev/DB.toml");
    assert_eq!(walk("secrets/dev/NO/x"), "None");
    assert_eq!(walk(FILE), r#"Some("")"#);
}

#[test]
fn a_file_where_a_folder_belongs_is_named() {
    let ground = Ground::new(&[("secrets/dev", "text")]);
    let disk = ground.disk();
    assert_eq!(code(disk.read(FILE, 9)), "not-folder secrets/dev");
    assert_eq!(code(disk.list("secrets/dev").map(|_| None)), "not-folder secrets/dev");
}

#[test]
fn a_folder_where_a_file_belongs_is_refused() {
    let ground = Ground::new(&[("roster.toml/x", "text")]);
    assert_eq!(code(ground.disk().read("roster.toml", 9)), "not-plain roster.toml");
}

#[test]
fn a_pipe_is_refused_without_waiting_for_a_writer() {
    let ground = Ground::new(&[]);
    assert!(Command::new("mkfifo").arg(ground.at("roster.toml")).status().unwrap().success());
    assert_eq!(code(ground.disk().read("roster.toml", 9)), "not-plain roster.toml");
}

#[test]
fn a_socket_is_refused() {
    let ground = Ground::new(&[]);
    let _socket = UnixListener::bind(ground.at("s")).unwrap();
    assert_eq!(code(ground.disk().read("s", 9)), "not-plain s");
}

#[test]
fn a_file_over_its_limit_is_refused_by_one_byte() {
    let ground = Ground::new(&[("roster.toml", "12345")]);
    assert_eq!(code(ground.disk().read("roster.toml", 4)), "too-large");
    assert_eq!(code(ground.disk().read("roster.toml", 5)), r#"Some("12345")"#);
}

#[test]
#[cfg(target_os = "linux")]
fn a_file_that_holds_more_than_its_size_is_read_no_further_than_its_limit() {
    use crate::store::plain::{PlainFault, read_plain};
    // Its size is 0, and it holds some hundred bytes.
    let file = || std::fs::File::open("/proc/self/status").unwrap();
    assert!(matches!(read_plain(file(), 100), Err(PlainFault::TooLarge)));
    assert!(read_plain(file(), 100_000).is_ok_and(|bytes| bytes.len() > 100));
}

#[test]
fn no_path_leads_out_of_the_vault() {
    let ground = Ground::new(&[("a/b", "text")]);
    super::put(&ground.top.path().join("out"), "outside");
    let disk = ground.disk();
    let read = |path| code(disk.read(path, 99));
    let stray =
        ["../out", "a/../../out", "/etc/passwd", "a//b", "./a", "a/.", "a/..", "", "a/", "a\0/b"].map(read);
    assert_eq!(stray[..7], ["stray"; 7]);
    assert_eq!(stray[7..], ["not-plain ", "stray", "stray"]);
}

#[test]
fn a_folder_is_listed_in_byte_order_with_kinds() {
    let ground = Ground::new(&[("b", ""), ("a/x", ""), ("B", "")]);
    symlink("b", ground.at("c")).unwrap();
    let list = ground.disk().list("").unwrap();
    let list: Vec<_> = list.iter().map(|entry| (entry.name.as_str(), entry.kind)).collect();
    let (file, folder, other) = (EntryKind::File, EntryKind::Folder, EntryKind::Other);
    assert_eq!(list, [("B", file), ("a", folder), ("b", file), ("c", other)]);
}

#[test]
fn a_vault_that_has_become_a_link_is_not_opened() {
    let ground = Ground::new(&[]);
    std::fs::remove_dir(&ground.place.vault).unwrap();
    symlink("/tmp", &ground.place.vault).unwrap();
    assert!(matches!(Disk::open(&ground.place), Err(StoreError::NotFolder { .. })));
}
