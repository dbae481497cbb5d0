//! Secrets as files: what the program finds, and that nothing of it is left however it and we end.

use std::{
    fs,
    io::{BufRead, BufReader},
    ops::{Deref, DerefMut},
    os::unix::fs::{PermissionsExt, symlink},
    path::PathBuf,
    process::{Child, Stdio},
    thread::sleep,
    time::{Duration, Instant},
};

use rustix::process::{Pid, Signal, kill_process};
use tempfile::TempDir;

use super::ana_with;
use crate::{
    harness::{PROGRAM, Person, Said, said, skipped},
    load::is_root,
};

/// A person with a runtime folder of her own, in memory where the system has such.
pub(super) struct Resident {
    person: Person,
    runtime: TempDir,
}

impl Deref for Resident {
    type Target = Person;

    fn deref(&self) -> &Person {
        &self.person
    }
}

impl DerefMut for Resident {
    fn deref_mut(&mut self) -> &mut Person {
        &mut self.person
    }
}

pub(super) fn resident(secrets: &[(&str, &[u8])]) -> Resident {
    let mut person = ana_with(secrets);
    let mut folder = tempfile::Builder::new();
    folder.prefix("cargo-vault-test-").permissions(fs::Permissions::from_mode(0o700));
    let runtime = folder.tempdir_in("/dev/shm").or_else(|_| folder.tempdir()).unwrap();
    person.set("XDG_RUNTIME_DIR", runtime.path().to_str().unwrap());
    Resident { person, runtime }
}

/// Somebody with one secret.
pub(super) fn ana() -> Resident {
    resident(&[("A", b"x")])
}

impl Resident {
    /// What `run` with these flags prints for a shell line.
    #[track_caller]
    pub(super) fn child(&self, flags: &[&str], line: &str) -> String {
        self.vault(&[&["run"], flags, &["--", "/bin/sh", "-c", line]].concat()).ok().text()
    }

    /// What lies in the runtime folder of `run`.
    pub(super) fn lying(&self) -> Vec<PathBuf> {
        let found = fs::read_dir(self.runtime.path().join("cargo-vault")).into_iter().flatten();
        found.map(|entry| entry.unwrap().path()).collect()
    }

    /// Starts a program that says `ready`, and waits until it has.
    pub(super) fn ready(&self, flags: &[&str], line: &str) -> Child {
        let mut command = self.command(PROGRAM);
        command.arg("run").args(flags).args(["--", "/bin/sh", "-c", line]);
        let mut child = command.stdin(Stdio::null()).stdout(Stdio::piped()).spawn().unwrap();
        let mut first = String::new();
        BufReader::new(child.stdout.take().unwrap()).read_line(&mut first).unwrap();
        assert_eq!(first, "ready\n");
        child
    }
}

/// Waits until something holds.
#[track_caller]
pub(super) fn in_time(what: &str, holds: impl Fn() -> bool) {
    let begun = Instant::now();
    while !holds() {
        assert!(begun.elapsed() < Duration::from_secs(30), "{what}");
        sleep(Duration::from_millis(20));
    }
}

/// Files in memory are Linux's; elsewhere they lie in the runtime folder.
fn are_in_memory() -> bool {
    cfg!(target_os = "linux")
}

#[test]
fn file_has_the_exact_bytes() {
    let bytes = [&b"a\0b\xff\r\n"[..], &[7; 200_000], b"\n\n"].concat();
    let ana = resident(&[("KEY", &bytes)]);
    let said = ana.vault(&["run", "--file", "KEY", "--", "/bin/sh", "-c", "cat \"$KEY\""]).ok();
    assert!(said.out == bytes);
}

#[test]
fn value_in_a_file_is_in_no_variable() {
    let ana = resident(&[("KEY", b"canary"), ("OTHER", b"x")]);
    let seen = ana.child(&["--file", "KEY"], "env; tr '\\0' '\\n' < /proc/$$/environ");
    assert!(!seen.contains("canary") && seen.contains("OTHER=x\n"), "{seen}");
}

#[test]
fn path_goes_into_the_variable_that_was_named() {
    let ana = resident(&[("KEY", b"value")]);
    assert_eq!(ana.child(&["--file", "KEY=KEY_FILE"], "cat $KEY_FILE; echo \"-$KEY-\""), "value--\n");
}

#[test]
fn path_without_a_variable_of_its_own_has_the_prefix() {
    let ana = resident(&[("db/key", b"value")]);
    assert_eq!(ana.child(&["--prefix", "APP_", "--file", "db/key"], "cat $APP_DB_KEY"), "value");
}

#[test]
fn several_files_are_each_their_own() {
    let ana = resident(&[("A", b"1"), ("B", b"2"), ("C", b"3")]);
    let line = "cat $A_FILE $B_FILE; echo \"$A-$B-$C\"";
    assert_eq!(ana.child(&["--file", "A=A_FILE", "--file", "B=B_FILE"], line), "12--3\n");
}

#[test]
fn file_can_be_read_twice_and_by_what_the_program_starts() {
    let ana = resident(&[("KEY", b"value ")]);
    assert_eq!(
        ana.child(&["--file", "KEY"], "cat $KEY $KEY; sh -c 'cat $KEY'; (cat $KEY)"),
        "value ".repeat(4)
    );
}

#[test]
fn file_is_the_users_alone() {
    let ana = resident(&[("KEY", b"value")]);
    assert_eq!(ana.child(&["--file", "KEY"], "stat -Lc %a $KEY"), "400\n");
}

#[test]
fn file_in_memory_cannot_be_changed() {
    let ana = resident(&[("KEY", b"value")]);
    if !are_in_memory() {
        return skipped("files in memory are Linux's");
    }
    let line = "printf x >>$KEY || printf y >$KEY || truncate -s 1 $KEY || echo refused; cat $KEY";
    assert_eq!(
        ana.child(&["--file", "KEY"], &format!("{{ {line}; }} 2>&1 | tail -n 2")).lines().last(),
        Some("value")
    );
}

#[test]
fn program_with_a_file_in_memory_takes_the_place_of_this_one() {
    let ana = resident(&[("KEY", b"value")]);
    if !are_in_memory() {
        return skipped("files in memory are Linux's");
    }
    let said = ana.sh(&format!("echo $$; exec {PROGRAM} run --file KEY -- /bin/sh -c 'echo $$; cat $KEY'"));
    let lines: Vec<&str> = said.lines().collect();
    assert_eq!((lines[0], lines[2]), (lines[1], "value"));
}

#[test]
fn file_that_is_named_is_given_whatever_else_is() {
    let ana = resident(&[("A", b"1"), ("B", b"2")]);
    assert_eq!(ana.child(&["--only", "A", "--file", "B"], "cat $B; echo $A"), "21\n");
}

#[test]
fn file_of_no_secret_starts_nothing() {
    let ana = resident(&[("A", b"1")]);
    let said = ana.vault(&["run", "--file", "NONE", "--file", "LOST=X", "--", "/usr/bin/touch", "started"]);
    said.refused(125, "error: `dev` has no secret `LOST`, `NONE`");
    assert!(!ana.path("started").exists());
}

#[test]
fn path_in_a_variable_that_could_run_code_is_refused() {
    let ana = ana();
    ana.vault(&["run", "--file", "A=LD_PRELOAD", "--", "/bin/true"])
        .refused(125, "error: `LD_PRELOAD` could run code or change the tools in the child");
}

#[test]
fn path_in_the_variable_of_another_secret_is_refused() {
    let ana = resident(&[("A", b"1"), ("B", b"2")]);
    ana.vault(&["run", "--file", "A=B", "--", "/bin/true"])
        .refused(125, "error: variable `B` is to hold two things");
}

#[test]
fn folder_has_a_file_for_each_secret_and_no_variable_has_one() {
    let ana = resident(&[("A", b"1"), ("db/password", b"a\0b"), ("db/user", b"me")]);
    let line = "cd $SECRETS && find . -type f -exec sh -c 'echo $1 $(stat -c %a $1)' - {} \\; | sort; \
                stat -c %a . db; cat db/password; env | grep -cE '^(A|DB_USER|DB_PASSWORD)='";
    let args = ["run", "--dir", "SECRETS", "--on-disk", "--", "/bin/sh", "-c", line];
    let files = "./A 400\n./db/password 400\n./db/user 400\n700\n700\n";
    assert_eq!(ana.vault(&args).text(), format!("{files}a\0b0\n"));
}

#[test]
fn folder_is_where_runtime_files_go() {
    let ana = ana();
    let folder = ana.child(&["--dir", "SECRETS", "--on-disk"], "echo $SECRETS");
    let expected = ana.runtime.path().join("cargo-vault");
    if are_in_memory() {
        assert_eq!(PathBuf::from(folder.trim()).parent(), Some(expected.as_path()));
    }
}

#[test]
fn file_of_its_own_lies_in_the_folder_if_there_is_one() {
    let ana = resident(&[("A", b"1"), ("B", b"2")]);
    let line = "cat $FILE; test $FILE = $SECRETS/B && cat $SECRETS/A";
    assert_eq!(ana.child(&["--dir", "SECRETS", "--on-disk", "--file", "B=FILE"], line), "21");
}

#[test]
fn two_at_once_have_folders_of_their_own() {
    let ana = ana();
    let inner =
        format!("test -e $FIRST/A && exec {PROGRAM} run --dir SECOND --on-disk -- sh -c 'ls $FIRST $SECOND'");
    let said = ana.child(&["--dir", "FIRST", "--on-disk"], &inner);
    assert_eq!(said.matches("\nA\n").count(), 2, "{said}");
    assert!(ana.lying().is_empty());
}

#[test]
fn secret_that_would_be_anothers_folder_is_refused() {
    let ana = resident(&[("db", b"1"), ("db/password", b"2")]);
    ana.vault(&["run", "--dir", "SECRETS", "--on-disk", "--", "/bin/true"])
        .refused(125, "error: `db` and `db/password` cannot both be files, since one is the other's folder");
    assert!(ana.lying().is_empty());
}

#[test]
fn folder_that_others_can_enter_is_refused() {
    let ana = ana();
    let folder = ana.runtime.path().join("cargo-vault");
    fs::create_dir(&folder).unwrap();
    fs::set_permissions(&folder, fs::Permissions::from_mode(0o755)).unwrap();
    if !are_in_memory() {
        return skipped("no runtime folder is in memory here");
    }
    let error = format!("error: `{}` is not a folder of yours alone", folder.display());
    ana.vault(&["run", "--dir", "SECRETS", "--", "/bin/true"]).refused(125, &error);
}

#[test]
fn link_in_the_place_of_the_folder_is_refused() {
    let ana = ana();
    let folder = ana.runtime.path().join("cargo-vault");
    symlink(&ana.cwd, &folder).unwrap();
    if !are_in_memory() {
        return skipped("no runtime folder is in memory here");
    }
    let error = format!("error: `{}` is not a folder of yours alone", folder.display());
    ana.vault(&["run", "--dir", "SECRETS", "--", "/bin/true"]).refused(125, &error);
}

/// A shell line in a mount namespace in which no folder for files is in memory; none where that cannot be had.
fn without_memory(ana: &Person, line: &str) -> Option<Said> {
    let disk = ana.root().join("disk");
    fs::create_dir(&disk).unwrap();
    let script = format!(
        "mount --bind '{0}' /dev/shm && test $(stat -fc %T /dev/shm) != tmpfs || exit 99\n{line}",
        disk.display()
    );
    let mut command = ana.command("unshare");
    let flags = if is_root(ana) { "-m" } else { "-rm" };
    command.args([flags, "/bin/sh", "-c", &script]).env("TMPDIR", ana.root().join("disk"));
    Some(said(command, b"")).filter(|said| said.code != 99 && !said.err.contains("unshare"))
}

#[test]
fn where_no_folder_is_in_memory_none_on_a_disk_is_taken_unasked() {
    let mut ana = ana_with(&[("A", b"x")]);
    let on_a_disk = ana.root().to_str().unwrap().to_owned();
    ana.set("XDG_RUNTIME_DIR", on_a_disk);
    let Some(said) = without_memory(&ana, &format!("{PROGRAM} run --dir SECRETS -- /usr/bin/touch started"))
    else {
        return skipped("nothing can be mounted here");
    };
    said.refused(125, "error: no folder in memory was found for files with values");
    assert!(!ana.path("started").exists());
}

#[test]
fn where_no_folder_is_in_memory_one_on_a_disk_is_taken_if_asked() {
    let ana = ana_with(&[("A", b"x")]);
    let line = format!(
        "{PROGRAM} run --dir SECRETS --on-disk -- /bin/sh -c 'cat $SECRETS/A; echo; dirname $SECRETS'; ls $TMPDIR/*"
    );
    let Some(said) = without_memory(&ana, &line) else { return skipped("nothing can be mounted here") };
    let folder = ana.root().join("disk/cargo-vault-0");
    assert_eq!(said.ok().text(), format!("x\n{}\n", folder.display()));
}

#[test]
fn nothing_is_left_when_the_program_has_ended() {
    let ana = ana();
    assert_eq!(ana.child(&["--dir", "SECRETS", "--on-disk"], "test -e $SECRETS/A && echo here"), "here\n");
    assert!(ana.lying().is_empty());
}

#[test]
fn nothing_is_left_when_the_program_was_killed() {
    let ana = ana();
    let said = ana.vault(&["run", "--dir", "SECRETS", "--on-disk", "--", "/bin/sh", "-c", "kill -KILL $$"]);
    assert_eq!((said.code, ana.lying()), (137, vec![]));
}

#[test]
fn nothing_is_left_when_we_were_asked_to_end() {
    let ana = ana();
    let mut child = ana.ready(&["--dir", "SECRETS", "--on-disk"], "echo ready; exec sleep 60");
    kill_process(Pid::from_child(&child), Signal::TERM).unwrap();
    child.wait().unwrap();
    assert!(ana.lying().is_empty());
}

#[test]
fn nothing_is_left_when_we_were_killed() {
    let ana = ana();
    let mut child = ana.ready(&["--dir", "SECRETS", "--on-disk"], "echo ready; exec sleep 5");
    assert_eq!(ana.lying().len(), usize::from(are_in_memory()));
    child.kill().unwrap();
    child.wait().unwrap();
    in_time("a folder stays", || ana.lying().is_empty());
}

#[test]
fn nothing_is_left_when_the_keeper_was_killed() {
    let ana = ana();
    let line = "for p in /proc/[0-9]*; do grep -qs keep-in $p/cmdline && grep -qsF $XDG_RUNTIME_DIR $p/cmdline && kill -KILL ${p#/proc/}; done; test -e $SECRETS/A && echo here";
    assert_eq!(ana.child(&["--dir", "SECRETS", "--on-disk"], line), "here\n");
    assert!(ana.lying().is_empty());
}

#[test]
fn nothing_is_left_of_a_program_that_was_not_started() {
    let ana = ana();
    ana.vault(&["run", "--dir", "SECRETS", "--on-disk", "--", "no-such-program"])
        .refused(127, "error: there is no program `no-such-program`");
    assert!(ana.lying().is_empty());
}
