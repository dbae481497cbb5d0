//! `run -- cargo …`: the program and the tests get the secrets, and what builds them gets none.

mod below;
mod hostile;
mod settings;
mod tokens;

use std::{
    fs,
    os::unix::fs::PermissionsExt,
    path::{Path, PathBuf},
};

use super::ana_with;
use crate::{
    harness::{Person, Said, said, skipped},
    load::as_user,
};

/// Nothing else is looked for in what others have seen. No source and no binary of the crates here holds it.
pub(super) const CANARY: &str = "canary-7f3a9c51d2e84b06";

/// A program that prints its arguments and what it got.
const MAIN: &str = r#"
fn main() {
    let args: Vec<String> = std::env::args().skip(1).collect();
    println!("{args:?} {}", std::env::var("TOKEN").unwrap_or_default());
}
"#;

/// The folder of the cargo that builds this, and of its compiler.
fn tools() -> Option<PathBuf> {
    let tools = Path::new(env!("CARGO")).parent().unwrap().to_owned();
    let here = ["cargo", "rustc", "rustdoc"].iter().all(|tool| tools.join(tool).is_file());
    if !here {
        skipped("the cargo that built the tests is not here");
    }
    here.then_some(tools)
}

/// Somebody with a secret, a package named `app`, and a cargo whose home, target and sockets lie in the test's own folder.
pub(super) fn ana_with_cargo() -> Option<Person> {
    let tools = tools()?;
    let mut ana = ana_with(&[("TOKEN", CANARY.as_bytes())]);
    let root = ana.root().to_owned();
    let runtime = root.join("run");
    fs::create_dir(&runtime).unwrap();
    fs::set_permissions(&runtime, fs::Permissions::from_mode(0o700)).unwrap();
    ana.set("PATH", format!("{}:/usr/local/bin:/usr/bin:/bin", tools.display()))
        .set("CARGO_HOME", root.join("cargo-home").to_str().unwrap())
        .set("CARGO_TARGET_DIR", root.join("target").to_str().unwrap())
        .set("CARGO_NET_OFFLINE", "true")
        .set("XDG_RUNTIME_DIR", runtime.to_str().unwrap());
    package(&ana, "", "app", "");
    ana.write("src/main.rs", MAIN);
    Some(ana)
}

/// Writes a manifest.
pub(super) fn package(person: &Person, folder: &str, name: &str, more: &str) {
    let text = format!("[package]\nname = \"{name}\"\nversion = \"0.1.0\"\nedition = \"2024\"\n{more}");
    person.write(&format!("{folder}Cargo.toml"), text);
}

/// Runs cargo below `run`.
#[track_caller]
pub(super) fn cargo(person: &Person, words: &[&str]) -> Said {
    person.vault(&[&["run", "--", "cargo"], words].concat())
}

/// A test for each thing that is run with a test's environment.
const TESTED: &str = r#"
//! ```
//! assert!(std::env::var("TOKEN").unwrap().starts_with("canary-"));
//! ```
#[test]
fn sees_it() {
    println!("unit {}", std::env::var("TOKEN").unwrap());
}
"#;

#[test]
fn what_a_program_of_cargo_s_prints_is_masked_in_ci_and_where_it_is_asked() {
    let Some(mut ana) = ana_with_cargo() else { return };
    let asked = ana.vault(&["run", "--mask", "--", "cargo", "run", "-q", "a"]).ok();
    assert_eq!(asked.text(), "[\"a\"] [TOKEN]\n");
    ana.write("src/lib.rs", TESTED);
    ana.set("CI", "true");
    let tests = ana.vault(&["test", "-q", "--lib", "--", "--nocapture"]).ok();
    assert!(tests.text().contains("unit [TOKEN]\n") && !tests.text().contains(CANARY), "{}", tests.text());
    assert_eq!(cargo(&ana, &["run", "-q"]).ok().text(), "[] [TOKEN]\n");
    let plain = ana.vault(&["run", "--no-mask", "--", "cargo", "run", "-q"]).ok();
    assert_eq!(plain.text(), format!("[] {CANARY}\n"));
}

#[test]
fn file_of_references_gives_a_program_of_cargo_s_its_variables_and_no_other() {
    let Some(ana) = ana_with_cargo() else { return };
    ana.vault_with(&["set", "OTHER"], b"not given").ok();
    ana.write(".env", "TOKEN=\"<{{ vault \"OTHER\" }}>\"\n");
    let said = ana.vault(&["run", "--inject", ".env", "--", "cargo", "run", "-q"]).ok();
    assert_eq!(said.text(), "[] <not given>\n");
}

#[test]
fn program_that_cargo_runs_gets_its_arguments_and_the_secrets() {
    let Some(ana) = ana_with_cargo() else { return };
    let said = cargo(&ana, &["run", "-q", "--", "a b", "--only", "é'\""]).ok();
    assert_eq!(said.text(), format!("[\"a b\", \"--only\", \"é'\\\"\"] {CANARY}\n"));
    assert_eq!(said.err, "");
}

#[test]
fn exit_code_of_the_program_is_ours() {
    let Some(ana) = ana_with_cargo() else { return };
    ana.write("src/main.rs", "fn main() { std::process::exit(7) }");
    assert_eq!(cargo(&ana, &["run", "-q"]).code, 7);
}

#[test]
fn signal_that_kills_the_program_kills_us() {
    let Some(ana) = ana_with_cargo() else { return };
    ana.write("src/main.rs", "fn main() { std::process::abort() }");
    let mut command = ana.command(crate::harness::PROGRAM);
    command.env("PATH", &ana.env["PATH"]).args(["run", "--", "cargo", "run", "-q"]);
    assert_eq!(crate::harness::said(command, b"").code, 128 + 6);
}

#[test]
fn what_does_not_build_ends_as_cargo_ends() {
    let Some(ana) = ana_with_cargo() else { return };
    ana.write("src/main.rs", "fn main() { nonsense }");
    assert_eq!((cargo(&ana, &["run", "-q"]).code, cargo(&ana, &["test", "-q"]).code), (101, 101));
}

#[test]
fn tests_and_doctests_get_the_secrets() {
    let Some(ana) = ana_with_cargo() else { return };
    ana.write("src/lib.rs", TESTED);
    ana.write(
        "tests/whole.rs",
        "#[test] fn whole() { println!(\"whole {}\", std::env::var(\"TOKEN\").unwrap()); }",
    );
    let said = cargo(&ana, &["test", "--", "--nocapture"]).ok();
    let seen = |what: &str| said.text().contains(&format!("{what} {CANARY}"));
    assert_eq!([seen("unit"), seen("whole")], [true, true], "{}", said.text());
    // Two doctests say so: of the library, and none other.
    assert!(said.text().contains("running 1 test\ntest src/lib.rs - (line 2) ... ok"), "{}", said.text());
}

#[test]
fn doctests_alone_get_the_secrets() {
    let Some(ana) = ana_with_cargo() else { return };
    ana.write("src/lib.rs", TESTED);
    let said = cargo(&ana, &["test", "--doc"]).ok();
    assert!(said.text().contains("test result: ok. 1 passed"), "{}\n{}", said.text(), said.err);
}

#[test]
fn doctests_of_an_older_edition_get_the_secrets() {
    let Some(ana) = ana_with_cargo() else { return };
    ana.write("Cargo.toml", "[package]\nname = \"app\"\nversion = \"0.1.0\"\nedition = \"2021\"\n");
    ana.write("src/lib.rs", TESTED);
    let said = cargo(&ana, &["test", "--doc"]).ok();
    assert!(said.text().contains("test result: ok. 1 passed"), "{}\n{}", said.text(), said.err);
}

#[test]
fn benches_get_the_secrets_by_the_short_form() {
    let Some(ana) = ana_with_cargo() else { return };
    package(&ana, "", "app", "[[bench]]\nname = \"speed\"\nharness = false\n");
    ana.write("benches/speed.rs", "fn main() { println!(\"bench {}\", std::env::var(\"TOKEN\").unwrap()); }");
    let said = ana.vault(&["bench", "-q", "--bench", "speed"]).ok();
    assert_eq!(said.text(), format!("bench {CANARY}\n"));
}

#[test]
fn short_form_of_test_hands_on_what_stands_behind_two_hyphens() {
    let Some(ana) = ana_with_cargo() else { return };
    ana.write("src/lib.rs", TESTED);
    let said = ana.vault(&["test", "--only", "TOKEN", "--lib", "--", "--nocapture"]).ok();
    assert!(said.text().contains(&format!("unit {CANARY}")), "{}", said.text());
    let said = ana.vault(&["test", "--", "--list"]).ok();
    assert!(said.text().contains("sees_it: test"), "{}", said.text());
}

#[test]
fn tests_of_nextest_get_the_secrets() {
    let Some(ana) = ana_with_cargo() else { return };
    ana.write("src/lib.rs", TESTED);
    let mut nextest = ana.command("cargo-nextest");
    if nextest.args(["nextest", "--version"]).output().is_err() {
        return skipped("there is no cargo-nextest");
    }
    let said = cargo(&ana, &["nextest", "run", "--retries", "0", "--no-capture"]).ok();
    assert!(said.text().contains(&format!("unit {CANARY}")), "{}\n{}", said.text(), said.err);
}

#[test]
fn failed_test_is_cargos_exit_code() {
    let Some(ana) = ana_with_cargo() else { return };
    ana.write("src/lib.rs", "#[test] fn fails() { panic!() }");
    assert_eq!(cargo(&ana, &["test", "-q"]).code, 101);
}

#[test]
fn what_builds_only_gets_nothing_and_says_so() {
    let Some(ana) = ana_with_cargo() else { return };
    ana.write("build.rs", "fn main() { assert!(std::env::var(\"TOKEN\").is_err()); }");
    let said = cargo(&ana, &["check", "-q"]).ok();
    assert_eq!(
        said.err,
        "note: `cargo check` gets no secret, since it would give it to build scripts\n\
         help: `cargo vault run --expose-build NAME -- cargo …` gives one\n"
    );
}

#[test]
fn what_builds_only_needs_no_key() {
    let Some(mut ana) = ana_with_cargo() else { return };
    ana.home = ana.root().join("nobody");
    cargo(&ana, &["check", "-q"]).ok();
}

#[test]
fn exposed_secret_reaches_build_scripts_and_no_other_does() {
    let Some(ana) = ana_with_cargo() else { return };
    ana.vault_with(&["set", "OTHER"], b"other").ok();
    ana.write(
        "build.rs",
        "fn main() { assert!(std::env::var(\"TOKEN\").is_ok() && std::env::var(\"OTHER\").is_err()); }",
    );
    let said = ana.vault(&["run", "--expose-build", "TOKEN", "--", "cargo", "check", "-q"]).ok();
    assert_eq!(said.err, "warning: every build script and proc macro sees `TOKEN`\n");
    ana.vault(&["run", "--expose-build", "TOKEN", "--", "cargo", "run", "-q"]).ok();
}

#[test]
fn miri_is_refused() {
    let Some(ana) = ana_with_cargo() else { return };
    cargo(&ana, &["miri", "test"]).refused(
        125,
        "error: `cargo miri` interprets the program inside the compiler, where build scripts and macros would see the values",
    );
}

#[test]
fn rules_of_run_hold_for_what_cargo_runs() {
    let Some(mut ana) = ana_with_cargo() else { return };
    ana.vault_with(&["set", "OTHER"], b"vault").ok();
    ana.set("OTHER", "inherited").set("LEFTOVER", "1");
    ana.write("src/main.rs", "fn main() { for name in [\"A_TOKEN\", \"A_OTHER\", \"OTHER\", \"LEFTOVER\", \"CARGO_PKG_NAME\"] { println!(\"{name} {:?}\", std::env::var(name).ok()); } }");
    let said = ana
        .vault(&[
            "run",
            "--prefix",
            "A_",
            "--except",
            "TOKEN",
            "--clean-env",
            "--keep",
            "OTHER",
            "--",
            "cargo",
            "run",
            "-q",
        ])
        .ok();
    assert_eq!(
        said.text(),
        "A_TOKEN None\nA_OTHER Some(\"vault\")\nOTHER Some(\"inherited\")\nLEFTOVER None\nCARGO_PKG_NAME Some(\"app\")\n"
    );
}

#[test]
fn value_that_no_variable_can_carry_stops_cargo_before_it_begins() {
    let Some(ana) = ana_with_cargo() else { return };
    ana.vault_with(&["set", "--exact", "BIN"], b"x\0y").ok();
    cargo(&ana, &["run"])
        .refused(125, "error: the value of `BIN` has a NUL byte, which no variable can carry");
    assert!(!ana.root().join("target").exists());
}

#[test]
fn nothing_is_left_in_the_runtime_folder() {
    let Some(ana) = ana_with_cargo() else { return };
    cargo(&ana, &["run", "-q"]).ok();
    assert_eq!(fs::read_dir(ana.root().join("run/cargo-vault")).unwrap().count(), 0);
}

#[test]
fn runtime_folder_that_others_can_enter_is_refused() {
    let Some(ana) = ana_with_cargo() else { return };
    let folder = ana.root().join("run/cargo-vault");
    fs::create_dir(&folder).unwrap();
    fs::set_permissions(&folder, fs::Permissions::from_mode(0o755)).unwrap();
    let error = format!("error: `{}` is no folder of this user's alone", folder.display());
    cargo(&ana, &["run"]).refused(125, &error);
}

/// As much of a cargo as any user can run: it becomes the runner, or has it run a test that it has built before.
const SMALL_CARGO: &str = r#"#!/usr/bin/python3
import json, os, subprocess, sys
words = sys.argv[1:]
if "--no-run" in words:
    print(json.dumps({"reason": "compiler-artifact", "executable": "/usr/bin/printenv",
                      "manifest_path": "/none/Cargo.toml", "profile": {"test": True}}))
    sys.exit(0)
runner = json.loads(words[words.index("--config") + 1].split("=", 1)[1]) + ["/usr/bin/printenv", "TOKEN"]
if "test" in words:
    sys.exit(subprocess.call(runner))
os.execv(runner[0], runner)
"#;

#[test]
fn user_whom_permissions_stop_is_known_too() {
    let mut ana = ana_with(&[("TOKEN", CANARY.as_bytes())]);
    if !crate::pty::is_here(&ana) {
        return;
    }
    ana.write("bin/cargo", SMALL_CARGO);
    ana.sh("chmod +x bin/cargo; mkdir -m 700 run");
    ana.set("XDG_RUNTIME_DIR", ana.path("run").to_str().unwrap());
    let run = |word| as_user(&ana, &["run", "--", "bin/cargo", word]).map(|command| said(command, b""));
    let (Some(run), Some(test)) = (run("run"), run("test")) else {
        return skipped("no other user can run the program");
    };
    assert_eq!([run.ok().text(), test.ok().text()], [format!("{CANARY}\n"), format!("{CANARY}\n")]);
}
