//! `hook`, `allow` and `deny` as they are typed.

use std::{fs, process::Stdio};

use super::{allowed_with, ana_with};
use crate::{
    commands::{conversation, json, keys},
    harness::{PROGRAM, Person, Said, redacted, said},
};

#[test]
fn vault_is_allowed_with_the_way_to_have_a_hook() {
    let ana = ana_with(&[]);
    insta::assert_snapshot!(conversation(&ana, &["allow"], b""), @r"
    exit 0
    --- stdout
    allowed `dev` to load in `[ROOT]/ana-project`
    --- stderr
    help: `cargo vault hook --help` shows what your shell's start-up file needs for it, once
    ");
}

#[test]
fn shell_that_has_the_hook_is_not_told_of_it() {
    let mut ana = ana_with(&[]);
    ana.set("CVAULT_HOOK", "1:");
    insta::assert_snapshot!(conversation(&ana, &["allow"], b""), @r"
    exit 0
    --- stdout
    allowed `dev` to load in `[ROOT]/ana-project`
    --- stderr
    ");
}

#[test]
fn allowed_vaults_are_listed_with_their_folders() {
    let ana = ana_with(&[]);
    ana.vault(&["env", "add", "prod"]).ok();
    ana.vault(&["allow", "-e", "dev", "-e", "prod"]).ok();
    ana.sh(&format!("mkdir ../other && cd ../other && '{PROGRAM}' init -q --name ana && '{PROGRAM}' allow"));
    let listed = redacted(&ana.vault(&["allow", "--list"]).ok().text(), &ana);
    let words: Vec<Vec<&str>> = listed.lines().map(|line| line.split_whitespace().collect()).collect();
    let wanted = [
        &["FOLDER", "LOADS", "VAULT"][..],
        &["[ROOT]/ana-project", "dev,", "prod", "[VAULT]"],
        &["[ROOT]/other", "dev", "[VAULT]"],
    ];
    assert_eq!(words, wanted);
}

#[test]
fn nothing_is_listed_where_nothing_is_allowed() {
    let ana = ana_with(&[]);
    assert_eq!(conversation(&ana, &["allow", "--list"], b""), "exit 0\n--- stdout\n--- stderr\n");
}

#[test]
fn what_is_allowed_has_its_shape_in_json() {
    let ana = ana_with(&[]);
    for args in [&["allow", "--json"][..], &["allow", "--list", "--json"]] {
        let answer = json(&ana.vault(args).ok());
        assert_eq!(keys(&answer), ["allowed", "schema"]);
        assert_eq!(keys(&answer["allowed"][0]), ["anchor", "environments", "folder", "vault"]);
    }
    let answer = json(&ana.vault(&["deny", "--json"]).ok());
    assert_eq!(
        (keys(&answer), &answer["was_allowed"]),
        (vec!["place", "schema", "was_allowed"], &true.into())
    );
}

#[test]
fn what_was_allowed_is_taken_back_once() {
    let ana = allowed_with(&[]);
    insta::assert_snapshot!(conversation(&ana, &["deny"], b""), @r"
    exit 0
    --- stdout
    `[ROOT]/ana-project/.vault` loads no more
    --- stderr
    ");
    insta::assert_snapshot!(conversation(&ana, &["deny"], b""), @r"
    exit 0
    --- stdout
    `[ROOT]/ana-project/.vault` was not allowed to load
    --- stderr
    ");
    assert_eq!(ana.vault(&["allow", "--list"]).ok().text(), "");
}

#[test]
fn folder_that_is_gone_is_denied_by_its_name() {
    let ana = allowed_with(&[]);
    ana.sh("mv .vault ../away");
    ana.vault(&["deny"]).refused(
        3,
        &format!("error: there is no `.vault` in `{}` or any folder above it", ana.cwd.display()),
    );
    ana.vault(&["deny", "."]).ok();
    assert_eq!(ana.vault(&["allow", "--list"]).ok().text(), "");
}

#[test]
fn vault_that_is_not_known_is_not_allowed() {
    let ana = ana_with(&[]);
    let bob = ana.clone_for("bob");
    bob.vault(&["allow"]).refused(5, "error: this vault is not known here yet");
    assert_eq!(bob.vault(&["allow", "--list"]).ok().text(), "");
}

#[test]
fn environment_that_is_not_there_is_not_allowed() {
    let ana = ana_with(&[]);
    ana.vault(&["allow", "-e", "dve"]).refused(3, "error: environment `dve` does not exist");
}

#[test]
fn environment_of_the_variable_is_the_one_that_is_allowed() {
    let mut ana = ana_with(&[]);
    ana.vault(&["env", "add", "prod"]).ok();
    ana.set("CVAULT_ENV", "prod");
    let answer = json(&ana.vault(&["allow", "--json"]).ok());
    assert_eq!(answer["allowed"][0]["environments"], serde_json::json!(["prod"]));
}

#[test]
fn what_is_allowed_and_taken_back_stands_in_the_audit_log() {
    let ana = allowed_with(&[]);
    ana.vault(&["deny"]).ok();
    ana.vault(&["allow", "--list"]).ok();
    let log = fs::read_to_string(ana.home.join(".local/state/cargo-vault/audit.jsonl")).unwrap();
    let actions: Vec<&str> =
        log.lines().filter_map(|line| line.split("\"action\":\"").nth(1)?.split('"').next()).collect();
    assert_eq!(actions[actions.len() - 2..], ["allow", "deny"]);
}

#[test]
fn twenty_who_allow_at_once_leave_one_that_is_whole() {
    let ana = ana_with(&[]);
    let start = |_| {
        let mut command = ana.command(PROGRAM);
        command.arg("allow").stdout(Stdio::null()).stderr(Stdio::null());
        command.spawn().unwrap()
    };
    let children: Vec<_> = (0..20).map(start).collect();
    assert!(children.into_iter().all(|mut child| child.wait().unwrap().success()));
    assert_eq!(json(&ana.vault(&["allow", "--list", "--json"]).ok())["allowed"].as_array().unwrap().len(), 1);
}

/// What `hook` says if the program lies in a folder of this name.
fn hook_from(ana: &Person, folder: &str, shell: &str) -> Said {
    let place = ana.root().join(folder);
    fs::create_dir(&place).unwrap();
    // By another program, since what this one still has open for writing while another test forks cannot be run.
    let mut copy = ana.command("cp");
    copy.arg(PROGRAM).arg(&place);
    said(copy, b"").ok();
    let mut command = ana.command(place.join("cargo-vault"));
    command.args(["hook", shell]);
    said(command, b"")
}

#[test]
fn program_whose_folder_has_quotes_is_quoted_for_each_shell() {
    let folder = "it's \"$(touch RAN)\" \\";
    for (shell, quoted) in [
        ("bash", r#"'/it'\''s "$(touch RAN)" \/cargo-vault' __hook bash"#),
        ("zsh", r#"'/it'\''s "$(touch RAN)" \/cargo-vault' __hook zsh"#),
        ("direnv", r#"'/it'\''s "$(touch RAN)" \/cargo-vault' __hook direnv"#),
        ("fish", r#"'/it\'s "$(touch RAN)" \\/cargo-vault' __hook fish"#),
        ("powershell", r#"& '/it''s "$(touch RAN)" \/cargo-vault' __hook powershell"#),
        ("nushell", r#"^"/it's \"$(touch RAN)\" \\/cargo-vault" __hook nushell"#),
    ] {
        let ana = Person::new("ana");
        let script = hook_from(&ana, folder, shell).ok().text().replace(ana.root().to_str().unwrap(), "");
        assert!(script.contains(quoted), "{shell}: {script}");
    }
}

#[test]
fn program_whose_path_steers_a_terminal_is_in_no_script() {
    let ana = Person::new("ana");
    assert_eq!(
        hook_from(&ana, "a\u{1b}[31m", "bash").conversation(),
        "exit 1\n--- stdout\n--- stderr\nerror: the path of this program's file cannot stand in a script\n"
    );
}

#[test]
fn script_in_json_is_the_one_that_is_printed() {
    let ana = Person::new("ana");
    let answer = json(&ana.vault(&["hook", "zsh", "--json"]).ok());
    assert_eq!(keys(&answer), ["schema", "script", "shell"]);
    assert_eq!(answer["script"].as_str().unwrap(), ana.vault(&["hook", "zsh"]).ok().text());
}

#[test]
fn shell_without_a_hook_is_a_fault_of_usage() {
    assert_eq!(Person::new("ana").vault(&["hook", "tcsh"]).code, 2);
}
