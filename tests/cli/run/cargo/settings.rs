//! What people have configured around cargo goes on to count: runners, aliases, targets, and odd places.

use std::{
    fs,
    io::{BufRead, BufReader},
    process::{Command, Stdio},
};

use super::{CANARY, MAIN, ana_with_cargo, cargo, package};
use crate::harness::{PROGRAM, Person, said};

/// What `rustc` calls this machine.
fn host() -> String {
    let said = Command::new(env!("CARGO")).arg("-vV").output().unwrap();
    let said = String::from_utf8(said.stdout).unwrap();
    said.lines().find_map(|line| line.strip_prefix("host: ")).unwrap().to_owned()
}

/// Somebody who has a runner that says what it was given.
fn ana_with_runner() -> Option<Person> {
    let ana = ana_with_cargo()?;
    ana.write(
        "tools/runner",
        "#!/bin/sh\nprintf 'runner %s %s\\n' \"$1\" \"${TOKEN:-nothing}\"\nshift\nexec \"$@\"\n",
    );
    ana.sh("chmod +x tools/runner");
    Some(ana)
}

/// What a program prints whose runner was given a word and the secret.
fn chained(word: &str) -> String {
    format!("runner {word} {CANARY}\n[] {CANARY}\n")
}

#[test]
fn runner_of_a_file_is_started_with_the_secrets() {
    let Some(ana) = ana_with_runner() else { return };
    ana.write(".cargo/config.toml", format!("[target.{}]\nrunner = [\"tools/runner\", \"a b\"]\n", host()));
    assert_eq!(cargo(&ana, &["run", "-q"]).ok().text(), chained("a b"));
}

#[test]
fn runner_in_one_string_is_started_with_the_secrets() {
    let Some(ana) = ana_with_runner() else { return };
    ana.write(".cargo/config.toml", format!("[target.{}]\nrunner = \"tools/runner word\"\n", host()));
    assert_eq!(cargo(&ana, &["run", "-q"]).ok().text(), chained("word"));
}

#[test]
fn runner_of_a_cfg_is_started_with_the_secrets() {
    let Some(ana) = ana_with_runner() else { return };
    ana.write(
        ".cargo/config.toml",
        "[target.'cfg(windows)']\nrunner = \"no\"\n[target.'cfg(all(unix, not(windows)))']\nrunner = [\"tools/runner\", \"cfg\"]\n",
    );
    assert_eq!(cargo(&ana, &["run", "-q"]).ok().text(), chained("cfg"));
}

#[test]
fn runner_of_a_variable_is_started_with_the_secrets() {
    let Some(mut ana) = ana_with_runner() else { return };
    ana.set(
        &format!("CARGO_TARGET_{}_RUNNER", host().to_uppercase().replace('-', "_")),
        "tools/runner variable",
    );
    assert_eq!(cargo(&ana, &["run", "-q"]).ok().text(), chained("variable"));
}

#[test]
fn runner_of_cargos_command_line_is_started_with_the_secrets() {
    let Some(ana) = ana_with_runner() else { return };
    let setting = format!("target.{}.runner=['tools/runner', 'typed']", host());
    assert_eq!(cargo(&ana, &["--config", &setting, "run", "-q"]).ok().text(), chained("typed"));
    assert_eq!(cargo(&ana, &["run", "-q", "--config", &setting]).ok().text(), chained("typed"));
}

#[test]
fn runner_of_an_included_file_is_started_with_the_secrets() {
    let Some(ana) = ana_with_runner() else { return };
    ana.write(".cargo/config.toml", "include = [\"more.toml\"]\n");
    ana.write(".cargo/more.toml", format!("[target.{}]\nrunner = [\"tools/runner\", \"more\"]\n", host()));
    let said = cargo(&ana, &["run", "-q"]).ok();
    // Whether cargo knows `include` depends on its age; where it does not, there is no runner.
    assert!(
        [chained("more"), format!("[] {CANARY}\n")].contains(&said.text()),
        "{}\n{}",
        said.text(),
        said.err
    );
}

#[test]
fn runner_of_tests_is_started_with_the_secrets() {
    let Some(ana) = ana_with_runner() else { return };
    ana.write(".cargo/config.toml", format!("[target.{}]\nrunner = \"tools/runner word\"\n", host()));
    ana.write("src/main.rs", "fn main() {}\n#[test] fn unit() {}");
    let said = cargo(&ana, &["test", "-q"]).ok();
    assert!(said.text().starts_with(&format!("runner word {CANARY}\n\nrunning 1 test")), "{}", said.text());
}

#[test]
fn named_target_is_run_as_the_host_is() {
    let Some(ana) = ana_with_runner() else { return };
    let host = host();
    assert_eq!(cargo(&ana, &["run", "-q", "--target", &host]).ok().text(), format!("[] {CANARY}\n"));
    ana.write(".cargo/config.toml", format!("[target.{host}]\nrunner = [\"tools/runner\", \"named\"]\n"));
    assert_eq!(cargo(&ana, &["run", "-q", &format!("--target={host}")]).ok().text(), chained("named"));
}

#[test]
fn aliases_are_what_they_stand_for() {
    let Some(ana) = ana_with_cargo() else { return };
    ana.write(".cargo/config.toml", "[alias]\none = \"two --\"\ntwo = [\"run\", \"-q\"]\n");
    assert_eq!(cargo(&ana, &["one", "x"]).ok().text(), format!("[\"x\"] {CANARY}\n"));
    assert_eq!(cargo(&ana, &["r", "-q"]).ok().text(), format!("[] {CANARY}\n"));
}

#[test]
fn places_with_spaces_quotes_and_letters_of_any_kind_are_fine() {
    let Some(mut ana) = ana_with_runner() else { return };
    let odd = ana.root().join("a b 'c\" ü");
    fs::create_dir_all(odd.join("run")).unwrap();
    ana.sh(&format!("chmod 700 '{}'", odd.join("run").display().to_string().replace('\'', "'\\''")));
    let program = odd.join("cargo-vault");
    fs::copy(PROGRAM, &program).unwrap();
    ana.set("XDG_RUNTIME_DIR", odd.join("run").to_str().unwrap());
    let run = |ana: &Person| {
        let mut command = ana.command(&program);
        command.args(["run", "--", "cargo", "run", "-q"]);
        said(command, b"")
    };
    assert_eq!(run(&ana).ok().text(), format!("[] {CANARY}\n"));
    // In one string there is no place for a space, so a link stands for the program; the socket cannot be spelled otherwise.
    ana.write(".cargo/config.toml", format!("[target.{}]\nrunner = \"tools/runner word\"\n", host()));
    assert_eq!(run(&ana).code, 125);
    ana.set("XDG_RUNTIME_DIR", ana.root().join("run").to_str().unwrap());
    assert_eq!(run(&ana).ok().text(), chained("word"));
    assert_eq!(fs::read_dir(ana.root().join("run/cargo-vault")).unwrap().count(), 0);
}

#[test]
fn two_at_once_do_not_mix() {
    let Some(ana) = ana_with_cargo() else { return };
    ana.vault(&["env", "add", "prod"]).ok();
    ana.vault_with(&["set", "-e", "prod", "TOKEN"], b"other").ok();
    cargo(&ana, &["build", "-q"]).ok();
    ana.write(
        "src/main.rs",
        MAIN.replace("let args", "std::thread::sleep(std::time::Duration::from_millis(300)); let args"),
    );
    let start = |env: &str| {
        let mut command = ana.command(PROGRAM);
        command.args(["run", "-e", env, "--", "cargo", "run", "-q"]).stdout(Stdio::piped());
        command.spawn().unwrap()
    };
    let (one, two) = (start("dev"), start("prod"));
    let text =
        |child: std::process::Child| String::from_utf8(child.wait_with_output().unwrap().stdout).unwrap();
    assert_eq!([text(one), text(two)], [format!("[] {CANARY}\n"), "[] other\n".to_owned()]);
}

#[test]
fn program_is_not_started_without_its_secrets_when_we_are_killed() {
    let Some(ana) = ana_with_cargo() else { return };
    // The build tells when it goes on, and goes on when it is told.
    ana.write(
        "build.rs",
        "fn main() { println!(\"cargo:warning=x\"); std::fs::write(\"building\", \"\").unwrap(); \
         while !std::path::Path::new(\"go\").exists() { std::thread::sleep(std::time::Duration::from_millis(10)); } }",
    );
    let mut command = ana.command(PROGRAM);
    command.args(["run", "--", "cargo", "run"]).stdout(Stdio::piped()).stderr(Stdio::piped());
    let mut child = command.spawn().unwrap();
    while !ana.path("building").exists() {
        std::thread::sleep(std::time::Duration::from_millis(10));
    }
    child.kill().unwrap();
    child.wait().unwrap();
    ana.write("go", "");
    let lines: Vec<String> =
        BufReader::new(child.stderr.take().unwrap()).lines().map_while(Result::ok).collect();
    let refused = lines.iter().any(|line| {
        line.starts_with("error: `") && line.contains("was not started, since its secrets were not given")
    });
    assert!(refused, "{lines:#?}");
}

/// A workspace of two programs, of which one has something in its manifest.
fn ana_with_workspace(more: &str) -> Option<Person> {
    let ana = ana_with_cargo()?;
    ana.vault_with(&["set", "OTHER"], b"dev").ok();
    ana.vault(&["env", "add", "prod"]).ok();
    ana.vault_with(&["set", "-e", "prod", "TOKEN"], b"of prod").ok();
    ana.write("Cargo.toml", "[workspace]\nmembers = [\"crates/*\"]\nresolver = \"3\"\n");
    for name in ["api", "job"] {
        package(&ana, &format!("crates/{name}/"), name, if name == "job" { more } else { "" });
        ana.write(
            &format!("crates/{name}/src/main.rs"),
            "fn main() { show() }\nfn show() { for n in [\"TOKEN\", \"OTHER\"] { println!(\"{n} {:?}\", std::env::var(n).ok()); } }\n#[test] fn shows() { show() }\n",
        );
    }
    Some(ana)
}

#[test]
fn package_gets_only_what_its_manifest_names() {
    let Some(ana) = ana_with_workspace("[package.metadata.vault]\nonly = [\"OTHER\"]\n") else { return };
    assert_eq!(cargo(&ana, &["run", "-q", "-p", "job"]).ok().text(), "TOKEN None\nOTHER Some(\"dev\")\n");
    let api = cargo(&ana, &["run", "-q", "-p", "api"]).ok().text();
    assert_eq!(api, format!("TOKEN Some(\"{CANARY}\")\nOTHER Some(\"dev\")\n"));
    let tests = cargo(&ana, &["test", "-q", "-p", "job", "--", "--nocapture"]).ok().text();
    assert!(tests.contains("TOKEN None\nOTHER Some(\"dev\")\n"), "{tests}");
}

#[test]
fn package_gets_the_environment_that_its_manifest_names() {
    let Some(ana) = ana_with_workspace("[package.metadata.vault]\nenv = \"prod\"\n") else { return };
    assert_eq!(cargo(&ana, &["run", "-q", "-p", "job"]).ok().text(), "TOKEN Some(\"of prod\")\nOTHER None\n");
}

#[test]
fn environment_that_the_person_names_wins_over_a_manifests() {
    let Some(ana) = ana_with_workspace("[package.metadata.vault]\nenv = [\"prod\"]\n") else { return };
    let said = ana.vault(&["run", "-e", "dev", "--", "cargo", "run", "-q", "-p", "job"]).ok();
    assert_eq!(said.text(), format!("TOKEN Some(\"{CANARY}\")\nOTHER Some(\"dev\")\n"));
}

#[test]
fn package_of_an_environment_that_does_not_open_stops_no_other() {
    let Some(ana) = ana_with_workspace("[package.metadata.vault]\nenv = \"none\"\n") else { return };
    cargo(&ana, &["run", "-q", "-p", "api"]).ok();
    let said = cargo(&ana, &["run", "-q", "-p", "job"]);
    assert_eq!((said.code, said.text()), (125, String::new()), "{}", said.err);
    let wants = format!(
        "error: `{}` wants `none`, which was not opened",
        ana.path("crates/job/Cargo.toml").display()
    );
    assert!(said.err.lines().any(|line| line == wants), "{}", said.err);
}

#[test]
fn unknown_word_in_a_manifest_is_refused() {
    let Some(ana) = ana_with_workspace("[package.metadata.vault]\nonyl = [\"OTHER\"]\n") else { return };
    let manifest = ana.path("crates/job/Cargo.toml");
    let said = cargo(&ana, &["run", "-q", "-p", "api"]);
    let error = said.err.lines().next().unwrap_or_default();
    assert_eq!(said.code, 125, "{}", said.err);
    assert_eq!(
        error,
        format!(
            "error: `[package.metadata.vault]` in `{}`: unknown field `onyl`, expected `env` or `only`",
            manifest.display()
        )
    );
}
