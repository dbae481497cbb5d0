//! What the audit log promises: one chain whoever appends, private files, and nothing of it lost to a crash.

use std::{
    fs::{self, File, OpenOptions},
    io::Write,
    os::unix::fs::{PermissionsExt, symlink},
    path::Path,
    thread,
};

use sha2::{Digest, Sha256};

use super::{Audit, AuditError, Durable, FILE};
use crate::kernel::{
    model::{Action, Event, Outcome, Subject},
    name::{EnvName, MemberName, SecretName},
    time::Timestamp,
};

fn event(name: &str) -> Event {
    Event {
        at: Timestamp::parse("2026-11-22T10:00:00Z").unwrap(),
        uid: 1000,
        pid: 42,
        vault: None,
        actor: MemberName::parse("ana").ok(),
        action: Action::Set,
        env: EnvName::parse("dev").ok(),
        to: None,
        names: vec![Subject::Secret(SecretName::parse(name).unwrap())],
        outcome: Outcome::Done,
    }
}

fn lines(folder: &Path) -> Vec<String> {
    let text = fs::read_to_string(folder.join(FILE)).unwrap();
    assert!(text.ends_with('\n'), "the log ends in a newline");
    text.lines().map(str::to_owned).collect()
}

fn hash(line: &str) -> String {
    base16ct::lower::encode_string(&Sha256::digest(line.as_bytes()))
}

fn prev(line: &str) -> String {
    let value: serde_json::Value = serde_json::from_str(line).unwrap();
    value["prev"].as_str().unwrap().to_owned()
}

fn is_chain(lines: &[String]) -> bool {
    prev(&lines[0]) == "0".repeat(64) && lines.windows(2).all(|pair| prev(&pair[1]) == hash(&pair[0]))
}

fn add_raw(path: &Path, bytes: &[u8]) {
    OpenOptions::new().append(true).create(true).open(path).unwrap().write_all(bytes).unwrap();
}

fn mode(path: &Path) -> u32 {
    fs::metadata(path).unwrap().permissions().mode() & 0o7777
}

#[test]
fn the_first_line_has_its_keys_in_order_and_a_prev_of_zeros() {
    let home = tempfile::tempdir().unwrap();
    Audit::at(home.path()).append(&event("DB"), Durable::Now).unwrap();
    let expected = format!(
        r#"{{"v":1,"at":"2026-11-22T10:00:00Z","uid":1000,"pid":42,"vault":null,"actor":"ana","action":"set","env":"dev","names":["DB"],"outcome":"done","prev":"{}"}}"#,
        "0".repeat(64)
    );
    assert_eq!(lines(home.path()), [expected]);
}

#[test]
fn the_second_line_names_the_hash_of_the_first() {
    let home = tempfile::tempdir().unwrap();
    let audit = Audit::at(home.path());
    audit.append(&event("A"), Durable::Now).unwrap();
    audit.append(&event("B"), Durable::Later).unwrap();
    let lines = lines(home.path());
    assert_eq!(lines.len(), 2);
    assert_eq!(prev(&lines[1]), hash(&lines[0]));
}

#[test]
fn folder_and_file_are_private() {
    let home = tempfile::tempdir().unwrap();
    let folder = home.path().join("state/cargo-vault");
    Audit::at(&folder).append(&event("A"), Durable::Now).unwrap();
    assert_eq!((mode(&folder), mode(&folder.join(FILE))), (0o700, 0o600));
}

#[test]
fn a_log_that_others_could_read_is_closed_to_them() {
    let home = tempfile::tempdir().unwrap();
    let path = home.path().join(FILE);
    File::create(&path).unwrap();
    fs::set_permissions(&path, fs::Permissions::from_mode(0o644)).unwrap();
    fs::set_permissions(home.path(), fs::Permissions::from_mode(0o755)).unwrap();
    Audit::at(home.path()).append(&event("A"), Durable::Later).unwrap();
    assert_eq!((mode(home.path()), mode(&path)), (0o700, 0o600));
}

#[test]
fn a_cut_last_line_is_kept_and_the_chain_goes_on_from_its_bytes() {
    let home = tempfile::tempdir().unwrap();
    let audit = Audit::at(home.path());
    audit.append(&event("A"), Durable::Now).unwrap();
    add_raw(&audit.path(), br#"{"v":1,"at":"20"#);
    audit.append(&event("B"), Durable::Now).unwrap();
    let lines = lines(home.path());
    assert_eq!(lines.len(), 3);
    assert_eq!(lines[1], r#"{"v":1,"at":"20"#);
    assert_eq!(prev(&lines[2]), hash(&lines[1]));
}

#[test]
fn a_last_line_longer_than_many_blocks_is_hashed_whole() {
    let home = tempfile::tempdir().unwrap();
    let audit = Audit::at(home.path());
    let long = "x".repeat(20_000);
    add_raw(&audit.path(), format!("short\n{long}\n").as_bytes());
    audit.append(&event("B"), Durable::Now).unwrap();
    assert_eq!(prev(&lines(home.path())[2]), hash(&long));
}

#[test]
fn a_newline_right_before_a_block_is_found() {
    let home = tempfile::tempdir().unwrap();
    let audit = Audit::at(home.path());
    let block = "x".repeat(4096);
    add_raw(&audit.path(), format!("short\n{block}\n").as_bytes());
    audit.append(&event("B"), Durable::Now).unwrap();
    assert_eq!(prev(&lines(home.path())[2]), hash(&block));
}

#[test]
fn eight_threads_at_once_make_one_chain() {
    let home = tempfile::tempdir().unwrap();
    let folder = home.path();
    thread::scope(|scope| {
        for thread in 0..8 {
            scope.spawn(move || {
                for number in 0..25 {
                    let event = event(&format!("T{thread}/N{number}"));
                    Audit::at(folder).append(&event, Durable::Later).unwrap();
                }
            });
        }
    });
    let lines = lines(folder);
    assert_eq!(lines.len(), 200);
    assert!(is_chain(&lines));
}

#[test]
fn a_changed_line_breaks_the_chain() {
    let home = tempfile::tempdir().unwrap();
    let audit = Audit::at(home.path());
    audit.append(&event("A"), Durable::Now).unwrap();
    audit.append(&event("B"), Durable::Now).unwrap();
    let mut lines = lines(home.path());
    lines[0] = lines[0].replace("\"A\"", "\"C\"");
    assert!(!is_chain(&lines));
}

#[test]
fn a_link_in_the_place_of_the_log_is_not_followed() {
    let home = tempfile::tempdir().unwrap();
    let target = home.path().join("elsewhere");
    File::create(&target).unwrap();
    let audit = Audit::at(home.path().join("state"));
    fs::create_dir(home.path().join("state")).unwrap();
    symlink(&target, audit.path()).unwrap();
    let refused = audit.append(&event("A"), Durable::Now);
    assert!(matches!(refused, Err(AuditError::Open { .. })));
    assert_eq!(fs::read(&target).unwrap(), b"");
}

#[test]
fn a_device_in_the_place_of_the_folder_is_an_error_that_names_it() {
    let refused = Audit::at("/dev/null").append(&event("A"), Durable::Now).unwrap_err();
    assert!(refused.to_string().starts_with("cannot open `/dev/null`: "), "{refused}");
}

#[test]
fn a_pipe_in_the_place_of_the_log_is_refused_without_waiting() {
    let home = tempfile::tempdir().unwrap();
    let audit = Audit::at(home.path());
    let made = std::process::Command::new("mkfifo").arg(audit.path()).status().unwrap();
    assert!(made.success());
    assert!(matches!(audit.append(&event("A"), Durable::Now), Err(AuditError::NotPlain { .. })));
}
