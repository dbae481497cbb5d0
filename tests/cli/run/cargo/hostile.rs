//! A dependency that looks everywhere for what its build must not see.

use std::{
    fs,
    path::{Path, PathBuf},
    process::Command,
};

use super::{CANARY, ana_with_cargo, cargo, package};
use crate::harness::{Person, Said, skipped};

const SPY: &str = include_str!("spy.rs");

const BUILD: &str = r#"
#[path = "../spy.rs"]
mod spy;
fn main() {
    // Never there, so that this is run again and again.
    println!("cargo:rerun-if-changed=never");
    spy::spy("build-script");
}
"#;

const MACRO: &str = r#"
#[path = "../../spy.rs"]
mod spy;
#[proc_macro]
pub fn look(_: proc_macro::TokenStream) -> proc_macro::TokenStream {
    spy::spy("macro");
    proc_macro::TokenStream::new()
}
"#;

const WRAPPER: &str = r#"
#[path = "spy.rs"]
mod spy;
fn main() {
    use std::os::unix::process::CommandExt;
    spy::spy("wrapper");
    let words: Vec<_> = std::env::args_os().skip(1).collect();
    panic!("{}", std::process::Command::new(&words[0]).args(&words[1..]).exec());
}
"#;

const LIBRARY: &str = r#"
//! ```
//! assert!(std::env::var("TOKEN").unwrap().starts_with("canary-"));
//! ```
evil_macro::look!();
#[test]
fn unit() {
    println!("unit {}", std::env::var("TOKEN").unwrap());
}
"#;

/// Somebody whose package has a hostile dependency, whose cargo has a hostile wrapper, and what they have seen.
fn ana_with_spies() -> Option<Person> {
    let mut ana = ana_with_cargo()?;
    ana.set("SPY", spied(&ana).to_str().unwrap());
    package(
        &ana,
        "",
        "app",
        "[dependencies]\nevil = { path = \"evil\" }\nevil-macro = { path = \"evil/macro\" }\n\
         [[bench]]\nname = \"speed\"\nharness = false\n",
    );
    package(&ana, "evil/", "evil", "");
    package(&ana, "evil/macro/", "evil-macro", "[lib]\nproc-macro = true\n");
    ana.write("spy.rs", SPY);
    ana.write("evil/build.rs", BUILD);
    ana.write("evil/src/lib.rs", "");
    ana.write("evil/macro/src/lib.rs", MACRO.replace("../../spy.rs", "../../../spy.rs"));
    ana.write("src/lib.rs", LIBRARY);
    ana.write("benches/speed.rs", "fn main() { println!(\"bench {}\", std::env::var(\"TOKEN\").unwrap()); }");
    wrapper(&ana, WRAPPER);
    Some(ana)
}

/// Builds a compiler wrapper, and has cargo use it.
fn wrapper(ana: &Person, source: &str) {
    ana.write("wrapper.rs", source);
    let mut rustc = Command::new(Path::new(env!("CARGO")).with_file_name("rustc"));
    let built =
        rustc.current_dir(&ana.cwd).args(["--edition=2024", "-o", "wrapper", "wrapper.rs"]).output().unwrap();
    assert!(built.status.success(), "{}", String::from_utf8_lossy(&built.stderr));
    ana.write(
        ".cargo/config.toml",
        format!("[build]\nrustc-wrapper = \"{}\"\n", ana.path("wrapper").display()),
    );
}

fn spied(ana: &Person) -> PathBuf {
    ana.root().join("spied")
}

/// Every file below a folder that holds the canary.
fn holding(folder: &Path) -> Vec<PathBuf> {
    let mut found = Vec::new();
    for entry in fs::read_dir(folder).into_iter().flatten().flatten() {
        let path = entry.path();
        if entry.file_type().unwrap().is_dir() {
            found.extend(holding(&path));
        } else if fs::read(&path).is_ok_and(|b| b.windows(CANARY.len()).any(|w| w == CANARY.as_bytes())) {
            found.push(path);
        }
    }
    found
}

/// Fails the test unless all of these spies have looked, and none saw anything, nor is anything in `target`.
#[track_caller]
fn saw_nothing(ana: &Person, spies: &[&str], said: &Said) {
    let names: Vec<String> = fs::read_dir(spied(ana))
        .map(|all| all.flatten().map(|entry| entry.file_name().into_string().unwrap()).collect())
        .unwrap_or_default();
    for spy in spies {
        assert!(names.iter().any(|name| name.starts_with(spy)), "no {spy} in {names:?}\n{}", said.err);
    }
    assert_eq!(holding(&spied(ana)), Vec::<PathBuf>::new());
    assert_eq!(holding(&ana.root().join("target")), Vec::<PathBuf>::new());
}

/// Fails the test unless somebody asked, and it is said who.
#[track_caller]
fn asked(said: &Said, by: &str) {
    let line = said.err.lines().find(|line| line.contains(" asked for the secrets and got none: "));
    assert!(line.is_some_and(|line| line.ends_with(by)), "{}", said.err);
}

const ALL: [&str; 3] = ["build-script", "macro", "wrapper"];

#[test]
fn hostile_crate_sees_nothing_of_a_program_that_is_run() {
    let Some(ana) = ana_with_spies() else { return };
    let said = cargo(&ana, &["run", "-q"]).ok();
    assert_eq!(said.text(), format!("[] {CANARY}\n"));
    saw_nothing(&ana, &ALL, &said);
    asked(&said, "/wrapper`");
}

#[test]
fn hostile_crate_sees_nothing_of_tests_and_doctests() {
    let Some(ana) = ana_with_spies() else { return };
    let said = cargo(&ana, &["test", "--", "--nocapture"]);
    saw_nothing(&ana, &ALL, &said);
    asked(&said, "build-script-build`");
    let said = said.ok();
    assert!(said.text().contains(&format!("unit {CANARY}")), "{}", said.text());
    assert!(said.text().contains("test src/lib.rs - (line 2) ... ok"), "{}", said.text());
}

#[test]
fn hostile_crate_sees_nothing_of_benches() {
    let Some(ana) = ana_with_spies() else { return };
    let said = cargo(&ana, &["bench", "-q", "--bench", "speed"]);
    saw_nothing(&ana, &ALL, &said);
    asked(&said, "build-script-build`");
    assert_eq!(said.ok().text(), format!("bench {CANARY}\n"));
}

#[test]
fn hostile_crate_sees_nothing_of_documentation() {
    let Some(ana) = ana_with_spies() else { return };
    let said = cargo(&ana, &["doc", "-q", "--no-deps"]).ok();
    saw_nothing(&ana, &ALL, &said);
}

#[test]
fn hostile_crate_sees_nothing_of_nextest() {
    let Some(ana) = ana_with_spies() else { return };
    if ana.command("cargo-nextest").args(["nextest", "--version"]).output().is_err() {
        return skipped("there is no cargo-nextest");
    }
    let said = cargo(&ana, &["nextest", "run", "--no-capture"]);
    saw_nothing(&ana, &ALL, &said);
    assert!(said.text().contains(&format!("unit {CANARY}")), "{}\n{}", said.text(), said.err);
}

#[test]
fn build_script_that_becomes_the_runner_of_a_known_test_gets_nothing() {
    let Some(ana) = ana_with_spies() else { return };
    ana.write(
        "evil/build.rs",
        BUILD.replace("spy::spy(\"build-script\")", "spy::become_runner(&spy::known_test())"),
    );
    let said = cargo(&ana, &["test", "--lib"]);
    saw_nothing(&ana, &["macro"], &said);
    assert_eq!(
        (said.code, said.text().contains(CANARY), said.err.contains(CANARY)),
        (101, false, false),
        "{}",
        said.err
    );
    assert!(said.err.contains("was not started, since its secrets were not given"), "{}", said.err);
}

#[test]
fn wrapper_that_becomes_the_runner_gets_nothing() {
    let Some(ana) = ana_with_spies() else { return };
    let dumps = "let out = format!(\"env >> {}/became-$$\", std::env::var(\"SPY\").unwrap()); \
                 spy::become_runner(&[\"/bin/sh\".to_owned(), \"-c\".to_owned(), out]);";
    wrapper(&ana, &WRAPPER.replace("spy::spy(\"wrapper\");", dumps));
    let run = cargo(&ana, &["run", "-q"]);
    saw_nothing(&ana, &[], &run);
    assert_eq!((run.code, run.text().contains(CANARY)), (125, false), "{}", run.err);
    let test = cargo(&ana, &["test", "--lib", "--", "--nocapture"]).ok();
    saw_nothing(&ana, &["macro"], &test);
    assert!(test.text().contains(&format!("unit {CANARY}")), "{}", test.err);
}
