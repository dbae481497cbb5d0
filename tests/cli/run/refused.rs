//! When the child is not started: each time everything that stands in the way is named.

use std::fs;

use super::ana_with;
use crate::harness::{PROGRAM, Person, Said};

/// `run` with these flags of a program that would leave a file behind; it must not have run.
#[track_caller]
fn not_started(person: &Person, flags: &[&str]) -> Said {
    let said = person.vault(&[&["run"], flags, &["--", "/usr/bin/touch", "started"]].concat());
    assert!(!person.path("started").exists(), "{}", said.err);
    said
}

#[test]
fn every_missing_secret_is_named() {
    let ana = ana_with(&[("A", b"x")]);
    not_started(&ana, &["--only", "A,NONE,LOST"]).refused(125, "error: `dev` has no secret `LOST`, `NONE`");
}

#[test]
fn every_secret_that_does_not_open_is_named() {
    let ana = ana_with(&[("A", b"1"), ("B", b"2"), ("C", b"3")]);
    let (a, b) = (ana.read(".vault/secrets/dev/A.toml"), ana.read(".vault/secrets/dev/B.toml"));
    ana.write(".vault/secrets/dev/A.toml", b);
    ana.write(".vault/secrets/dev/B.toml", a);
    let said = not_started(&ana, &[]);
    assert_eq!(said.code, 125);
    assert!(said.err.starts_with("error: 2 things here are not in order\n"), "{}", said.err);
    assert!(said.err.contains("dev/A.toml") && said.err.contains("dev/B.toml"), "{}", said.err);
}

#[test]
fn key_that_opens_nothing_starts_nothing() {
    let ana = ana_with(&[("A", b"x")]);
    let mut bob = ana.clone_for("bob");
    bob.set("CVAULT_TRUST", "first-use");
    bob.vault(&["identity", "new"]).ok();
    not_started(&bob, &[]).refused(125, "error: your one key cannot open environment `dev`");
}

#[test]
fn no_key_at_all_starts_nothing() {
    let ana = ana_with(&[("A", b"x")]);
    let mut bob = ana.clone_for("bob");
    bob.set("CVAULT_TRUST", "first-use");
    not_started(&bob, &[])
        .refused(125, "error: no key of yours was found, so environment `dev` stays locked");
}

#[test]
fn unknown_vault_starts_nothing() {
    let ana = ana_with(&[("A", b"x")]);
    not_started(&ana.clone_for("bob"), &[]).refused(125, "error: this vault is not known here yet");
}

#[test]
fn no_vault_starts_nothing() {
    let ana = Person::new("ana");
    let place = ana.cwd.canonicalize().unwrap();
    let error = format!("error: there is no `.vault` in `{}` or any folder above it", place.display());
    not_started(&ana, &[]).refused(125, &error);
}

#[test]
fn unknown_environment_starts_nothing() {
    let ana = ana_with(&[("A", b"x")]);
    not_started(&ana, &["-e", "dve"]).refused(125, "error: environment `dve` does not exist");
}

#[test]
fn wrong_flag_is_a_fault_of_usage() {
    let ana = ana_with(&[("A", b"x")]);
    let said = ana.vault(&["run", "--onyl", "A", "--", "/usr/bin/touch", "started"]);
    assert_eq!((said.code, ana.path("started").exists()), (2, false), "{}", said.err);
}

#[test]
fn names_that_could_run_code_are_refused_all_at_once() {
    let ana = ana_with(&[("LD_PRELOAD", b"x"), ("PATH", b"y"), ("FINE", b"z"), ("npm_config_x", b"w")]);
    not_started(&ana, &[]).refused(
        125,
        "error: `LD_PRELOAD`, `PATH`, `npm_config_x` could run code or change the tools in the child",
    );
}

#[test]
fn name_with_a_slash_is_judged_by_its_variable() {
    let ana = ana_with(&[("ld/preload", b"x")]);
    not_started(&ana, &[])
        .refused(125, "error: `LD_PRELOAD` could run code or change the tools in the child");
}

#[test]
fn prefix_cannot_make_a_name_that_runs_code() {
    let ana = ana_with(&[("PRELOAD", b"x")]);
    not_started(&ana, &["--prefix", "LD_"])
        .refused(125, "error: `LD_PRELOAD` could run code or change the tools in the child");
}

#[test]
fn refused_name_may_be_left_out() {
    let ana = ana_with(&[("LD_PRELOAD", b"x"), ("FINE", b"z")]);
    let said = ana.vault(&["run", "--except", "LD_PRELOAD", "--", "/bin/sh", "-c", "echo $FINE"]).ok();
    assert_eq!(said.text(), "z\n");
}

#[test]
fn own_settings_let_a_name_through() {
    let ana = ana_with(&[("PYTHONPATH", b"/opt/lib"), ("PAGER", b"x")]);
    let settings = "[run]\nallow = [\"PYTHONPATH\"]\n";
    ana.sh(&format!("printf '{settings}' > $HOME/.config/cargo-vault/settings.toml"));
    let said = ana.vault(&["run", "--except", "PAGER", "--", "/bin/sh", "-c", "echo $PYTHONPATH"]).ok();
    assert_eq!(said.text(), "/opt/lib\n");
    not_started(&ana, &[]).refused(125, "error: `PAGER` could run code or change the tools in the child");
}

#[test]
fn settings_in_the_repository_let_no_name_through() {
    let ana = ana_with(&[("PYTHONPATH", b"/opt/lib")]);
    ana.write(".vault/config.toml", "[run]\nallow = [\"PYTHONPATH\"]\n");
    assert_eq!(not_started(&ana, &[]).code, 125);
}

#[test]
fn two_secrets_of_one_variable_are_refused() {
    let ana = ana_with(&[("DB_URL", b"x")]);
    ana.vault(&["env", "add", "prod"]).ok();
    ana.vault_with(&["set", "-e", "prod", "db/url"], b"y").ok();
    let said = not_started(&ana, &["-e", "dev", "-e", "prod"]);
    assert_eq!(said.code, 125);
    assert!(said.err.contains("DB_URL") && said.err.contains("db/url"), "{}", said.err);
}

#[test]
fn value_with_a_nul_byte_is_refused_by_name() {
    let ana = ana_with(&[("A", b"a\0b"), ("B", b"\0"), ("C", b"c")]);
    not_started(&ana, &[])
        .refused(125, "error: the value of `A`, `B` has a NUL byte, which no variable can carry");
}

#[test]
fn value_over_128_kib_is_refused_by_name() {
    let ana = ana_with(&[("A", &[b'x'; 128 * 1024]), ("C", b"c")]);
    not_started(&ana, &[])
        .refused(125, "error: the value of `A` is over 128 KiB, which no variable can carry");
}

#[test]
fn longest_value_that_fits_arrives() {
    // `A=`, the value and a NUL are 128 KiB.
    let ana = ana_with(&[("A", &[b'x'; 128 * 1024 - 3])]);
    let said = ana.vault(&["run", "--", "/bin/sh", "-c", "echo ${#A}"]).ok();
    assert_eq!(said.text(), "131069\n");
}

#[test]
fn value_one_byte_longer_does_not_fit() {
    let ana = ana_with(&[("A", &[b'x'; 128 * 1024 - 2])]);
    not_started(&ana, &[])
        .refused(125, "error: the value of `A` is over 128 KiB, which no variable can carry");
}

#[test]
fn all_variables_over_the_systems_limit_are_refused() {
    let value = [b'x'; 100 * 1024];
    let names = ["A", "B", "C", "D", "E", "F", "G", "H"];
    let ana = ana_with(&names.map(|name| (name, &value[..])));
    ana.vault_with(&["set", "D"], &[b'x'; 101 * 1024]).ok();
    // A quarter of the stack's limit is what the system takes: 512 KiB here.
    let said = ana.sh(&format!(
        "ulimit -s 2048; {PROGRAM} run -- /usr/bin/touch started 2>said || echo \"code $?\"; cat said"
    ));
    assert_eq!(
        said,
        "code 125\nerror: all variables and arguments together are over the system's limit\n\n  longest  D\n\
         help: `--only NAME,NAME` takes only what the program needs\n"
    );
    assert!(!ana.path("started").exists());
}

#[test]
fn program_that_is_not_there_is_127() {
    let ana = ana_with(&[("A", b"x")]);
    ana.vault(&["run", "--", "no-such-program"]).refused(127, "error: there is no program `no-such-program`");
}

#[test]
fn program_that_cannot_be_executed_is_126() {
    let ana = ana_with(&[("A", b"x")]);
    ana.write("plain", "not a program");
    ana.vault(&["run", "--", "./plain"])
        .refused(126, "error: `./plain` cannot be run: Permission denied (os error 13)");
}

#[test]
fn no_program_is_a_fault_of_usage() {
    let ana = ana_with(&[("A", b"x")]);
    assert_eq!(ana.vault(&["run"]).code, 2);
}

#[test]
fn failure_before_the_child_is_told_in_json() {
    let ana = ana_with(&[("PATH", b"x")]);
    let said = ana.vault(&["--json", "run", "--", "/bin/true"]);
    let error: serde_json::Value = serde_json::from_str(&said.err).unwrap();
    assert_eq!(
        (said.code, &error["schema"], &error["error"]["code"]),
        (125, &1.into(), &"name-refused".into())
    );
}

#[test]
fn nothing_of_a_child_that_was_not_started_is_left() {
    let ana = ana_with(&[("A", b"a\0b")]);
    not_started(&ana, &[]);
    let left: Vec<_> = fs::read_dir(ana.root()).unwrap().map(|entry| entry.unwrap().file_name()).collect();
    assert_eq!(left.len(), 2, "{left:?}");
}
