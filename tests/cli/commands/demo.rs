//! `demo`.

use std::{
    fs,
    os::unix::process::CommandExt,
    path::{Path, PathBuf},
    process::{Child, Stdio},
    thread::sleep,
    time::Duration,
};

use super::{json, keys};
use crate::{
    harness::{PROGRAM, Person, said},
    pty::{is_here, vault_at_terminal},
};

/// Somebody with a folder for temporary files that is hard to spell.
fn somebody() -> (Person, PathBuf) {
    let mut ana = Person::new("ana");
    let temporary = ana.root().join("it's \"$HOME\" here");
    fs::create_dir(&temporary).unwrap();
    ana.set("TMPDIR", temporary.to_str().unwrap());
    (ana, temporary)
}

fn names(folder: &Path) -> Vec<String> {
    fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().file_name().into_string().unwrap()).collect()
}

/// Fails unless a folder is empty, at once or within a few seconds.
#[track_caller]
fn becomes_empty(folder: &Path) {
    for _ in 0..100 {
        if names(folder).is_empty() {
            return;
        }
        sleep(Duration::from_millis(50));
    }
    panic!("{:?} is left", names(folder));
}

/// A demo that has begun to play, in a process group of its own.
fn begun(ana: &Person, temporary: &Path) -> Child {
    let mut command = ana.command(PROGRAM);
    command.arg("demo").process_group(0).stdin(Stdio::null()).stdout(Stdio::null()).stderr(Stdio::null());
    let mut child = command.spawn().unwrap();
    let has_begun =
        || names(temporary).iter().any(|name| temporary.join(name).join("ana/shop/.vault").exists());
    for _ in 0..10_000 {
        if has_begun() {
            return child;
        }
        sleep(Duration::from_millis(2));
    }
    panic!("it did not begin: {:?}", child.wait());
}

#[track_caller]
fn kill(ana: &Person, signal: &str, whom: &str) {
    ana.sh(&format!("kill -{signal} {whom}"));
}

#[test]
fn demo_plays_all_of_it_and_leaves_nothing_behind() {
    let (ana, temporary) = somebody();
    let said = ana.vault(&["demo"]).ok();
    let text = said.text();
    let headings: Vec<&str> = text.lines().filter(|line| line.starts_with("# ")).collect();
    assert_eq!(headings.len(), 9, "{text}");
    for line in [
        "ana $ cargo vault init --name ana",
        "28 and 64 characters",
        "the job sees 28 characters",
        "`bo` asks for `dev`",
        "`bo` is a member now, and has `dev` (write)",
        "error: `runner` may only read with this key: the roster does not let it sign",
        "postgres://app:crocus@db/shop",
        "error: `.vault/secrets/dev/DATABASE_URL.toml` calls itself `dev/SESSION_KEY`",
        "2 things here are not in order",
        "everything here is as its members signed it",
    ] {
        assert!(text.lines().any(|shown| shown == line), "{line}\n{text}");
    }
    assert!(text.contains("error: `.vault/roster.toml` was changed after it was signed"), "{text}");
    assert!(!text.lines().any(|line| line == "this is not reached"), "{text}");
    assert_eq!(names(&temporary), [""; 0]);
    assert_eq!((names(&ana.home), names(&ana.cwd)), (Vec::new(), Vec::new()));
}

#[test]
fn demo_in_json_has_its_shape() {
    let (ana, temporary) = somebody();
    let said = ana.vault(&["demo", "--json"]).ok();
    let answer = json(&said);
    assert_eq!(keys(&answer), ["schema", "steps"]);
    let steps = answer["steps"].as_array().unwrap();
    for step in steps {
        assert_eq!(keys(step), ["command", "exit", "output", "part", "who"]);
    }
    let refused = steps.iter().filter(|step| step["exit"] == 5).count();
    assert_eq!((refused, names(&temporary)), (3, Vec::new()));
}

#[test]
fn nothing_of_the_callers_reaches_the_demo() {
    let (mut ana, temporary) = somebody();
    ana.sh("printf '[core]\\nhooksPath = /nowhere\\n[user]\\nname = Eve\\n' > ~/.gitconfig");
    ana.set("CVAULT_ENV", "prod").set("CVAULT_DIR", "/nowhere").set("CVAULT_TRUST", "nonsense");
    ana.set("CVAULT_KEY", "hunter2").set("GIT_DIR", "/nowhere").set("XDG_CONFIG_HOME", "/nowhere");
    ana.set("SESSION_KEY", "mine").set("IFS", "a").set("ENV", "/nowhere");
    ana.vault(&["demo"]).ok();
    assert_eq!((names(&temporary), names(&ana.home)), (Vec::new(), vec![".gitconfig".to_owned()]));
}

#[test]
fn ctrl_c_leaves_nothing_behind() {
    let (ana, temporary) = somebody();
    let mut demo = begun(&ana, &temporary);
    kill(&ana, "INT", &format!("-{}", demo.id()));
    assert!(!demo.wait().unwrap().success());
    becomes_empty(&temporary);
    sleep(Duration::from_millis(1500));
    assert_eq!((names(&temporary), names(&ana.home)), (Vec::new(), Vec::new()));
}

#[test]
fn kill_leaves_nothing_behind() {
    let (ana, temporary) = somebody();
    let mut demo = begun(&ana, &temporary);
    kill(&ana, "KILL", &demo.id().to_string());
    demo.wait().unwrap();
    sleep(Duration::from_millis(1500));
    becomes_empty(&temporary);
}

#[test]
fn failure_in_the_middle_is_named_and_leaves_nothing_behind() {
    let (ana, temporary) = somebody();
    ana.write("bin/git", "#!/bin/sh\nexit 9\n");
    ana.sh("chmod +x bin/git");
    let mut command = ana.command(PROGRAM);
    command.arg("demo").env("PATH", format!("{}:/usr/bin:/bin", ana.path("bin").display()));
    let said = said(command, b"");
    let error = "error: `git init -q -b main .` ended with 9, and was to end with 0";
    said.refused(1, error);
    assert_eq!(names(&temporary), [""; 0]);
}

#[test]
fn demo_without_git_says_so() {
    let (ana, temporary) = somebody();
    ana.sh("ln -s /usr/bin/git git");
    for path in ["/nowhere", ".:/nowhere", ""] {
        let mut command = ana.command(PROGRAM);
        command.arg("demo").env("PATH", path);
        said(command, b"").refused(3, "error: there is no `git` in an absolute folder of `PATH`");
    }
    assert_eq!(names(&temporary), [""; 0]);
}

#[test]
fn folder_that_cannot_be_made_is_named() {
    let (mut ana, _) = somebody();
    ana.set("TMPDIR", "/nowhere");
    ana.vault(&["demo"]).refused(1, "error: no folder can be made in `/nowhere`: nobody keeps one there");
}

#[test]
fn nobody_who_reads_on_is_no_failure() {
    let (ana, temporary) = somebody();
    let shown = ana.sh(&format!("{{ '{PROGRAM}' demo; echo $? >&2; }} 2>code | head -1; cat code"));
    assert_eq!(shown, "# 1. Ana makes a vault in her project and sets two secrets\n0\n");
    assert_eq!(names(&temporary), [""; 0]);
}

#[test]
fn step_waits_for_enter_and_ends_when_it_is_told_no() {
    let (ana, temporary) = somebody();
    if !is_here(&ana) {
        return;
    }
    let said = vault_at_terminal(&ana, &[("go on? ", "\r"), ("go on? ", "n\r")], &["demo", "--step"]);
    assert!(said.text().contains("# 2. ") && !said.text().contains("# 3. "), "{}", said.text());
    assert_eq!((said.code, names(&temporary)), (0, Vec::new()));
    ana.vault(&["demo", "--step"]).refused(2, "error: there is no terminal to ask at");
}
