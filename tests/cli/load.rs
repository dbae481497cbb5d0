//! Many at once, and a disk that does not do its part: nothing is lost, and what was there stays.

use std::{
    fs,
    io::Write,
    process::{Child, Command, Stdio},
    sync::atomic::{AtomicBool, Ordering},
};

use crate::{
    forge::state,
    harness::{PROGRAM, Person, redacted, said, skipped},
};

/// Starts a `set` that runs beside others.
fn setting(person: &Person, name: &str, value: &str) -> Child {
    let mut command = person.command(PROGRAM);
    command.args(["set", name]).stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped());
    let mut child = command.spawn().unwrap();
    child.stdin.take().unwrap().write_all(value.as_bytes()).unwrap();
    child
}

#[track_caller]
fn all_end_well(children: Vec<Child>) {
    for child in children {
        let output = child.wait_with_output().unwrap();
        assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    }
}

#[test]
fn hundred_sets_of_one_name_at_once_leave_a_hundred_versions() {
    let ana = Person::with_vault("ana");
    let children = (0..100).map(|i| setting(&ana, "DB", &format!("value {i}"))).collect();
    all_end_well(children);
    assert!(ana.vault(&["get", "DB"]).ok().text().starts_with("value "));
    let said = ana.vault(&["get", "DB", "--json"]).ok();
    assert!(said.text().contains("\"version\":100,"), "{}", said.text());
    ana.vault(&["verify"]).ok();
}

#[test]
fn hundred_sets_of_different_names_at_once_are_all_there() {
    let ana = Person::with_vault("ana");
    let children = (0..100).map(|i| setting(&ana, &format!("NAME_{i}"), &format!("value {i}"))).collect();
    all_end_well(children);
    let said = ana.vault(&["run", "--", "/bin/sh", "-c", "env | grep ^NAME_ | sort -t_ -k2n"]).ok();
    let wanted: String = (0..100).map(|i| format!("NAME_{i}=value {i}\n")).collect();
    assert_eq!(said.text(), wanted);
    assert!(ana.vault(&["verify"]).ok().text().contains("100 secrets"));
}

/// Starts a command that runs beside others.
fn started(person: &Person, args: &[&str]) -> Child {
    let mut command = person.command(PROGRAM);
    command.args(args).stdin(Stdio::null()).stdout(Stdio::piped()).stderr(Stdio::piped());
    command.spawn().unwrap()
}

/// What commands that run at once end with, sorted: the code, and the first line of an error.
fn ends_of(children: Vec<Child>, person: &Person) -> Vec<String> {
    let end = |child: Child| {
        let output = child.wait_with_output().unwrap();
        let err = String::from_utf8_lossy(&output.stderr).into_owned();
        let error = err.lines().find(|line| line.starts_with("error")).unwrap_or_default();
        redacted(&format!("{} {error}", output.status.code().unwrap()), person).trim_end().to_owned()
    };
    let mut ends: Vec<String> = children.into_iter().map(end).collect();
    ends.sort();
    ends
}

#[test]
fn writers_of_every_kind_at_once_lose_nothing() {
    let ana = Person::with_vault("ana");
    for i in 0..15 {
        ana.vault_with(&["set", &format!("OLD_{i}")], b"x").ok();
    }
    let mut children = Vec::new();
    for i in 0..15 {
        children.push(setting(&ana, &format!("NEW_{i}"), &format!("value {i}")));
        children.push(started(&ana, &["rm", &format!("OLD_{i}")]));
        children.push(setting(&ana, "DB", &format!("value {i}")));
    }
    for i in 0..5 {
        children.push(started(&ana, &["env", "add", &format!("e{i}")]));
        children.push(started(&ana, &["ci", "setup", "--name", &format!("m{i}")]));
        children.push(started(&ana, &["recovery", "create", "--name", &format!("r{i}")]));
        children.push(started(&ana, &["get", "DB"]));
    }
    let ends = ends_of(children, &ana);
    // Whoever reads before the first value is there finds none.
    let lost =
        ends.iter().filter(|end| *end != "0" && *end != "3 error: environment `dev` has no secret `DB`");
    assert_eq!(lost.collect::<Vec<_>>(), [""; 0]);
    let listed = ana.vault(&["list"]).ok().text();
    let wanted = ["DB".to_owned()].into_iter().chain((0..15).map(|i| format!("NEW_{i}")));
    let mut wanted: Vec<String> = wanted.collect();
    wanted.sort();
    assert_eq!(listed.lines().collect::<Vec<_>>(), wanted);
    assert!(ana.vault(&["get", "DB", "--json"]).ok().text().contains("\"version\":15,"));
    let roster = String::from_utf8(ana.read(".vault/roster.toml")).unwrap();
    for i in 0..5 {
        for there in [format!("[environments.e{i}]"), format!("[members.m{i}]"), format!("[members.r{i}]")] {
            assert!(roster.contains(&there), "{there}");
        }
    }
    assert!(ana.vault(&["verify"]).ok().text().contains("16 log lines"));
}

#[test]
fn ten_inits_at_once_make_one_vault() {
    let ana = Person::new("ana");
    let ends = ends_of((0..10).map(|_| started(&ana, &["init", "--name", "ana"])).collect(), &ana);
    let mut wanted = vec!["0".to_owned()];
    wanted.extend(vec!["6 error: there is a vault in `[ROOT]/ana-project/.vault` already".to_owned(); 9]);
    assert_eq!(ends, wanted);
    ana.vault_with(&["set", "DB"], b"value").ok();
    assert_eq!(ana.vault(&["get", "DB"]).ok().text(), "value");
    ana.vault(&["verify"]).ok();
}

#[test]
fn inits_of_ten_projects_at_once_share_the_one_identity() {
    let ana = Person::new("ana");
    let folders: Vec<String> =
        (0..10).map(|i| ana.path(&format!("p{i}")).to_str().unwrap().to_owned()).collect();
    folders.iter().for_each(|folder| fs::create_dir(folder).unwrap());
    let children = folders.iter().map(|folder| started(&ana, &["-C", folder, "init", "--name", "ana"]));
    assert_eq!(ends_of(children.collect(), &ana), ["0"; 10]);
    for folder in &folders {
        ana.vault_with(&["-C", folder, "set", "DB"], b"value").ok();
        ana.vault(&["-C", folder, "verify"]).ok();
    }
}

#[test]
fn ten_ci_setups_of_one_name_at_once_add_one_machine() {
    let ana = Person::with_vault("ana");
    let ends = ends_of((0..10).map(|_| started(&ana, &["ci", "setup"])).collect(), &ana);
    let mut wanted = vec!["0".to_owned()];
    wanted.extend(vec!["6 error: `ci` is a member already".to_owned(); 9]);
    assert_eq!(ends, wanted);
    assert!(ana.vault(&["verify"]).ok().text().contains("2 log lines"));
}

#[test]
fn ten_approvals_of_one_request_at_once_let_in_one_member() {
    let ana = Person::with_vault("ana");
    ana.vault(&["identity", "new", "-o", "../dora.txt"]).ok();
    ana.vault(&["join", "--name", "dora", "-i", "../dora.txt"]).ok();
    let ends = ends_of((0..10).map(|_| started(&ana, &["approve", "dora", "--yes"])).collect(), &ana);
    let mut wanted = vec!["0".to_owned()];
    wanted.extend(vec!["3 error: nobody asks to join as `dora`".to_owned(); 9]);
    assert_eq!(ends, wanted);
    assert!(ana.vault(&["verify"]).ok().text().contains("2 log lines"));
}

#[test]
fn ten_who_ask_and_ten_who_are_added_at_once_are_all_there() {
    let ana = Person::with_vault("ana");
    let mut children = Vec::new();
    for i in 0..10 {
        let [asks, added] = [format!("../j{i}.txt"), format!("../a{i}.txt")];
        ana.vault(&["identity", "new", "-o", &asks]).ok();
        let made = ana.vault(&["identity", "new", "-o", &added, "--json"]).ok().text();
        let recipient = made.split("\"recipient\":\"").nth(1).unwrap().split('"').next().unwrap();
        children.push(started(&ana, &["join", "--name", &format!("j{i}"), "-i", &asks]));
        children.push(started(&ana, &["member", "add", &format!("a{i}"), recipient, "--read"]));
    }
    assert_eq!(ends_of(children, &ana), ["0"; 20]);
    assert_eq!(ana.vault(&["requests"]).ok().text().matches("asks for `dev`").count(), 10);
    assert!(ana.vault(&["verify"]).ok().text().contains("11 log lines"));
}

#[test]
fn ten_identities_of_one_name_at_once_are_one() {
    let ana = Person::new("ana");
    let ends = ends_of((0..10).map(|_| started(&ana, &["identity", "new"])).collect(), &ana);
    let mut wanted = vec!["0".to_owned()];
    let exists = "6 error: you have an identity `default` already: \
                  `[ROOT]/ana-home/.config/cargo-vault/identities/default.txt`";
    wanted.extend(vec![exists.to_owned(); 9]);
    assert_eq!(ends, wanted);
    let shown = ana.vault(&["identity", "show"]).ok().text();
    assert_eq!(shown.matches("recipient").count(), 1, "{shown}");
    assert_eq!(ana.sh("ls -A \"$HOME\"/.config/cargo-vault/identities"), "default.txt\n");
}

#[test]
fn ten_removals_of_one_environment_at_once_remove_it_once() {
    let ana = Person::with_vault("ana");
    ana.vault(&["env", "add", "prod"]).ok();
    ana.vault_with(&["set", "-e", "prod", "DB"], b"value").ok();
    let ends = ends_of((0..10).map(|_| started(&ana, &["env", "rm", "--yes", "prod"])).collect(), &ana);
    let mut wanted = vec!["0".to_owned()];
    wanted.extend(vec!["3 error: environment `prod` does not exist".to_owned(); 9]);
    assert_eq!(ends, wanted);
    ana.vault(&["verify"]).ok();
}

#[test]
fn readers_never_fail_while_environments_come_and_go() {
    let ana = Person::with_vault("ana");
    ana.vault_with(&["set", "DB"], b"first").ok();
    let done = AtomicBool::new(false);
    let reader = || {
        let mut command = ana.command(PROGRAM);
        command.args(["get", "DB"]);
        command
    };
    let command: Vec<Command> = (0..2_000).map(|_| reader()).collect();
    let reads = std::thread::scope(|scope| {
        let done = &done;
        let readers = scope.spawn(move || {
            let mut reads = 0;
            for command in command {
                if done.load(Ordering::Relaxed) {
                    break;
                }
                let said = said(command, b"");
                assert_eq!((said.code, said.text().as_str()), (0, "first"), "{}", said.err);
                reads += 1;
            }
            reads
        });
        for round in 0..12 {
            ana.vault(&["env", "add", &format!("e{round}")]).ok();
            ana.vault(&["env", "rm", "--yes", &format!("e{round}")]).ok();
        }
        done.store(true, Ordering::Relaxed);
        readers.join().unwrap()
    });
    assert!(reads > 10, "{reads} reads");
    ana.vault(&["verify"]).ok();
}

/// Whether this process may do what no permission stops.
pub(crate) fn is_root(person: &Person) -> bool {
    person.sh("id -u") == "0\n"
}

/// The program as a user whom permissions stop: the one who runs the tests, or nobody where that is root.
pub(crate) fn as_user(person: &Person, args: &[&str]) -> Option<Command> {
    if !is_root(person) {
        let mut command = person.command(PROGRAM);
        command.args(args);
        return Some(command);
    }
    let drop = ["--reuid=65534", "--regid=65534", "--clear-groups"];
    let mut probe = person.command("setpriv");
    probe.args(drop).arg(PROGRAM).arg("--version").stdout(Stdio::null()).stderr(Stdio::null());
    if !probe.status().is_ok_and(|status| status.success()) {
        return None;
    }
    person.sh(&format!("chown -R 65534:65534 '{}'", person.root().display()));
    let mut command = person.command("setpriv");
    command.args(drop).arg(PROGRAM).args(args);
    Some(command)
}

#[test]
fn folder_without_write_permission_keeps_the_old_state() {
    let ana = Person::with_vault("ana");
    ana.vault_with(&["set", "DB"], b"first").ok();
    ana.sh("rm -rf .vault/.work");
    let Some(command) = as_user(&ana, &["set", "DB"]) else {
        return skipped("no other user can run the program");
    };
    ana.sh("chmod -R a-w .vault");
    let before = state(&ana);
    let written = said(command, b"second");
    let read = said(as_user(&ana, &["get", "DB"]).unwrap(), b"");
    let verified = said(as_user(&ana, &["verify"]).unwrap(), b"");
    ana.sh("chmod -R u+w .vault");
    let work = ana.cwd.canonicalize().unwrap().join(".vault/.work");
    let error = format!("error: cannot write `{}`: Permission denied (os error 13)", work.display());
    written.refused(1, &error);
    assert_eq!(read.ok().text(), "first");
    verified.ok();
    assert!(state(&ana) == before);
    assert!(!ana.path(".vault/.work").exists());
}

/// A shell line in a mount namespace of its own, in which a small file system can be had; none where that is not allowed.
fn on_a_small_disk(person: &Person, line: &str) -> Option<String> {
    let small = person.root().join("small");
    fs::create_dir_all(&small).unwrap();
    let mount = format!("mount -t tmpfs -o size=512k tmpfs '{}'", small.display());
    let flags = if is_root(person) { "-m" } else { "-rm" };
    let may = person.command("unshare").args([flags, "/bin/sh", "-c", &mount]).stderr(Stdio::null()).status();
    if !may.is_ok_and(|status| status.success()) {
        return None;
    }
    let script = format!("set -eu\n{mount}\ncp -r .git .vault '{0}'\ncd '{0}'\n{line}", small.display());
    let mut command = person.command("unshare");
    command.args([flags, "/bin/sh", "-c", &script]);
    Some(said(command, b"").ok().text())
}

#[test]
fn full_disk_keeps_the_old_state_and_leaves_no_temporary_file() {
    let ana = Person::new("ana");
    ana.vault(&["init"]).ok();
    ana.sh("mkdir .git");
    ana.vault_with(&["set", "DB"], b"first").ok();
    let line = format!(
        "vault='{PROGRAM}'\n\
         export CVAULT_TRUST=first-use\n\
         dd if=/dev/zero of=fill bs=1k count=400 2>/dev/null\n\
         before=$(find .vault -path .vault/.work -prune -o -type f -print | sort | xargs cat | cksum)\n\
         for round in 1 2 3; do\n\
         head -c 300000 /dev/zero | \"$vault\" set DB --kind binary 2>err && echo \"it was set\" || echo \"exit $?\"\n\
         head -n 1 err | sed 's/`.*`/PATH/'\n\
         done\n\
         after=$(find .vault -path .vault/.work -prune -o -type f -print | sort | xargs cat | cksum)\n\
         test \"$before\" = \"$after\" && echo \"as it was\"\n\
         ls .vault/.work/new | wc -l\n\
         \"$vault\" get DB; echo\n\
         rm fill\n\
         printf second | \"$vault\" set DB\n\
         \"$vault\" get DB; echo\n"
    );
    let Some(text) = on_a_small_disk(&ana, &line) else {
        return skipped("no file system can be mounted here");
    };
    let refused = "exit 1\nerror: cannot write PATH: No space left on device (os error 28)\n";
    let wanted = format!("{}as it was\n0\nfirst\nchanged `dev/DB` (version 2)\nsecond\n", refused.repeat(3));
    assert_eq!(text, wanted);
}

#[test]
fn full_disk_stops_a_new_epoch_and_keeps_the_old_one() {
    let ana = Person::new("ana");
    ana.vault(&["init", "--name", "ana"]).ok();
    ana.sh("mkdir .git");
    let lines: String = (0..80).map(|i| format!("NAME_{i}=value {i}\n")).collect();
    ana.vault_with(&["set", "--batch"], lines.as_bytes()).ok();
    let line = format!(
        "vault='{PROGRAM}'\n\
         export CVAULT_TRUST=first-use\n\
         before=$(find .vault -path .vault/.work -prune -o -type f -print | sort | xargs cat | cksum)\n\
         \"$vault\" rekey >out 2>err && echo \"it was done\" || echo \"exit $?\"\n\
         head -n 1 err | sed 's/`.*`/PATH/'\n\
         after=$(find .vault -path .vault/.work -prune -o -type f -print | sort | xargs cat | cksum)\n\
         test \"$before\" = \"$after\" && echo \"as it was\"\n\
         ls .vault/.work/new | wc -l\n\
         \"$vault\" get NAME_7; echo\n"
    );
    let Some(text) = on_a_small_disk(&ana, &line) else {
        return skipped("no file system can be mounted here");
    };
    let refused = "exit 1\nerror: cannot write PATH: No space left on device (os error 28)\n";
    assert_eq!(text, format!("{refused}as it was\n0\nvalue 7\n"));
}
