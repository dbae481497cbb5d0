//! `ci setup`.

use super::{ana_with, conversation, files, json, keys};
use crate::harness::Person;

/// A machine with a fresh clone and nothing but the variable.
fn machine(ana: &Person, flags: &[&str]) -> Person {
    let args = [&["ci", "setup", "--json"], flags].concat();
    let key = json(&ana.vault(&args).ok())["key"].as_str().unwrap().to_owned();
    ana.commit("ci");
    let mut ci = ana.clone_for("ci");
    ci.set("CVAULT_KEY", key);
    ci
}

#[test]
fn every_snippet_is_printed() {
    let ana = ana_with(&[]);
    insta::assert_snapshot!(conversation(&ana, &["ci", "setup"], b""), @r"
    exit 0
    --- stdout
    added `ci`, a machine that may read `dev`

    Its key, shown this once and stored nowhere. It goes into the variable CVAULT_KEY:

    [IDENTITY]#[ANCHOR]

    # GitHub Actions: `gh secret set CVAULT_KEY`, paste the key, then in the job
    - run: cargo build
    - run: cargo-vault run -- ./target/debug/app
      env:
        CVAULT_KEY: ${{ secrets.CVAULT_KEY }}

    # GitLab: Settings, CI/CD, Variables: CVAULT_KEY, masked and protected; then in the job
    script:
      - cargo build
      - cargo-vault run -- ./target/debug/app

    # any shell: CVAULT_KEY from wherever the machine keeps it
    export CVAULT_KEY
    cargo-vault run -- ./target/debug/app
    --- stderr
    help: commit and push `.vault`: the key works from then on
    ");
}

#[track_caller]
fn headings(system: &str) -> Vec<String> {
    let ana = ana_with(&[]);
    let text = ana.vault(&["ci", "setup", "--for", system]).ok().text();
    let headings = text.lines().filter_map(|line| line.strip_prefix("# "));
    headings.map(|line| line.split(':').next().unwrap().to_owned()).collect()
}

#[test]
fn snippet_for_github_is_printed_alone() {
    assert_eq!(headings("github"), ["GitHub Actions"]);
}

#[test]
fn snippet_for_gitlab_is_printed_alone() {
    assert_eq!(headings("gitlab"), ["GitLab"]);
}

#[test]
fn snippet_for_a_shell_is_printed_alone() {
    assert_eq!(headings("shell"), ["any shell"]);
}

#[test]
fn snippet_names_the_environment_that_is_not_the_default() {
    let ana = ana_with(&[]);
    ana.vault(&["env", "add", "prod"]).ok();
    let text = ana.vault(&["ci", "setup", "-e", "prod", "--for", "shell"]).ok().text();
    assert!(text.contains("added `ci`, a machine that may read `prod`\n"), "{text}");
    assert!(text.ends_with("cargo-vault run -e prod -- ./target/debug/app\n"), "{text}");
}

#[test]
fn shell_snippet_works_as_it_stands() {
    let ana = ana_with(&[("A", "x")]);
    let text = ana.vault(&["ci", "setup", "--for", "shell"]).ok().text();
    let key = text.lines().find(|line| line.starts_with("AGE-SECRET-KEY-1")).unwrap();
    let snippet = &text[text.find("# any shell").unwrap()..];
    ana.commit("ci");
    let ci = ana.clone_for("ci");
    ci.write("target/debug/app", "#!/bin/sh\necho \"A is $A\"\n");
    ci.sh("chmod +x target/debug/app");
    ci.sh(&format!("mkdir bin; ln -s {} bin/cargo-vault", crate::harness::PROGRAM));
    assert_eq!(ci.sh(&format!("PATH=$PWD/bin:$PATH\nCVAULT_KEY='{key}'\n{snippet}")), "A is x\n");
}

#[test]
fn ci_setup_in_json_has_its_shape() {
    let ana = ana_with(&[]);
    let answer = json(&ana.vault(&["ci", "setup", "--json"]).ok());
    assert_eq!(keys(&answer), ["anchor", "environments", "key", "member", "schema"]);
    let (key, anchor) = (answer["key"].as_str().unwrap(), answer["anchor"].as_str().unwrap());
    assert!(key.starts_with("AGE-SECRET-KEY-1") && key.ends_with(&format!("#{anchor}")));
}

#[test]
fn key_opens_in_a_fresh_clone_without_a_question() {
    let ana = ana_with(&[("A", "x")]);
    let ci = machine(&ana, &[]);
    let said = ci.vault(&["get", "A"]).ok();
    assert_eq!((said.out, said.err), (b"x".to_vec(), String::new()));
    assert_eq!(ci.vault(&["run", "--", "/usr/bin/printenv", "A"]).ok().out, b"x\n");
}

#[test]
fn key_opens_what_was_set_after_it_was_made() {
    let ana = ana_with(&[]);
    let ci = machine(&ana, &[]);
    ana.vault_with(&["set", "A"], b"later").ok();
    ana.commit("later");
    ci.git(&["pull", "-q"]);
    assert_eq!(ci.vault(&["get", "A"]).ok().out, b"later");
}

#[test]
fn key_without_its_anchor_knows_no_vault() {
    let ana = ana_with(&[("A", "x")]);
    let mut ci = machine(&ana, &[]);
    let bare = ci.env["CVAULT_KEY"].split('#').next().unwrap().to_owned();
    ci.set("CVAULT_KEY", bare);
    ci.vault(&["get", "A"]).refused(5, "error: this vault is not known here yet");
}

#[test]
fn machine_may_not_write() {
    let ana = ana_with(&[("A", "x")]);
    let ci = machine(&ana, &[]);
    let before = files(&ci);
    let said = ci.vault_with(&["set", "A"], b"y");
    assert_eq!((said.code, files(&ci)), (1, before.clone()), "{}", said.err);
    let said = ci.vault(&["rm", "A"]);
    assert_eq!((said.code, files(&ci)), (1, before), "{}", said.err);
}

#[test]
fn machine_opens_no_other_environment() {
    let ana = ana_with(&[]);
    ana.vault(&["env", "add", "prod"]).ok();
    ana.vault_with(&["set", "-e", "prod", "A"], b"x").ok();
    let ci = machine(&ana, &[]);
    ci.vault(&["get", "-e", "prod", "A"]).refused(4, "error: your one key cannot open environment `prod`");
}

#[test]
fn machine_opens_what_its_environment_extends() {
    let ana = ana_with(&[("A", "x")]);
    ana.vault(&["env", "add", "prod", "--extends", "dev"]).ok();
    let ci = machine(&ana, &["-e", "prod"]);
    assert_eq!(ci.vault(&["get", "-e", "prod", "A"]).ok().out, b"x");
}

#[test]
fn second_machine_of_one_name_is_refused() {
    let ana = ana_with(&[]);
    ana.vault(&["ci", "setup"]).ok();
    let before = files(&ana);
    ana.vault(&["ci", "setup"]).refused(6, "error: `ci` is a member already");
    assert_eq!(files(&ana), before);
    ana.vault(&["ci", "setup", "--name", "nightly"]).ok();
}

#[test]
fn key_is_stored_nowhere() {
    let ana = ana_with(&[]);
    let key = json(&ana.vault(&["ci", "setup", "--json"]).ok())["key"].as_str().unwrap().to_owned();
    let bare = key.split('#').next().unwrap();
    assert_eq!(ana.sh(&format!("grep -rl '{bare}' .. || true")), "");
}
