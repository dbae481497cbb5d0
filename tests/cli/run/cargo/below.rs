//! `--programs-only`: a wrapper gets nothing, and what its cargo starts gets the secrets.

use super::{CANARY, TESTED, ana_with_cargo, package};
use crate::harness::{Person, Said};

#[track_caller]
fn below(ana: &Person, line: &str) -> Said {
    ana.vault(&["run", "--programs-only", "--", "/bin/sh", "-c", line])
}

#[test]
fn programs_and_tests_below_a_wrapper_get_the_secrets_and_it_gets_none() {
    let Some(ana) = ana_with_cargo() else { return };
    ana.write("src/lib.rs", TESTED);
    let said = below(
        &ana,
        "echo \"wrapper ${TOKEN:-none}\"; cargo run -q; cargo test -q --lib -- --nocapture; cargo test --doc; exit 3",
    );
    assert_eq!(said.code, 3, "{}", said.err);
    let text = said.text();
    assert!(text.starts_with(&format!("wrapper none\n[] {CANARY}\n")), "{text}\n{}", said.err);
    assert!(text.contains(&format!("unit {CANARY}")), "{text}\n{}", said.err);
    assert!(text.contains("test src/lib.rs - (line 2) ... ok"), "{text}\n{}", said.err);
}

#[test]
fn build_script_below_a_wrapper_gets_nothing_by_the_runner_that_it_finds() {
    let Some(ana) = ana_with_cargo() else { return };
    package(&ana, "", "app", "");
    ana.write(
        "build.rs",
        r#"fn main() {
            let (_, runner) = std::env::vars().find(|(name, _)| name.ends_with("_RUNNER")).unwrap();
            let mut words = runner.split(' ');
            let output = std::process::Command::new(words.next().unwrap()).args(words).arg("/usr/bin/env").output().unwrap();
            std::fs::write("seen", [output.stdout, output.stderr].concat()).unwrap();
        }"#,
    );
    let said = below(&ana, "cargo run -q; true").ok();
    assert_eq!(said.text(), format!("[] {CANARY}\n"));
    let seen = String::from_utf8(ana.read("seen")).unwrap();
    assert!(
        seen.starts_with("error: `/usr/bin/env` was not started, since its secrets were not given"),
        "{seen}"
    );
    assert!(said.err.contains("a process asked for the secrets and got none: it ran `"), "{}", said.err);
}

#[test]
fn build_script_that_becomes_the_runner_below_a_wrapper_gets_nothing() {
    let Some(ana) = ana_with_cargo() else { return };
    ana.write(
        "build.rs",
        r#"fn main() {
            use std::os::unix::process::CommandExt;
            let (_, runner) = std::env::vars().find(|(name, _)| name.ends_with("_RUNNER")).unwrap();
            let mut words = runner.split(' ');
            panic!("{}", std::process::Command::new(words.next().unwrap()).args(words).arg("/usr/bin/env").exec());
        }"#,
    );
    let said = below(&ana, "cargo run -q");
    assert!(said.code != 0 && !said.text().contains(CANARY) && !said.err.contains(CANARY), "{}", said.err);
}
