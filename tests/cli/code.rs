//! Whoever can write the repository gets no program of his run by a command of ours.

use std::os::unix::fs::PermissionsExt;

use sha2::{Digest, Sha256};

use crate::{
    forge::{all_refuse, verify_finds},
    harness::{PROGRAM, Person, said},
};

fn with_secret() -> Person {
    let ana = Person::with_vault("ana");
    ana.vault_with(&["set", "DB"], b"first").ok();
    ana.commit("DB");
    ana
}

#[test]
fn cargo_alias_that_takes_our_place_is_reported() {
    let ana = with_secret();
    let place = ana.cwd.join(".cargo/config.toml");
    ana.write(".cargo/config.toml", "[alias]\nb = \"build\"\n");
    ana.vault(&["verify"]).ok();
    ana.write(".cargo/config.toml", "[alias]\nvault = \"run --bin evil --\"\n");
    verify_finds(&ana, 5, &format!("`{}` has cargo run something else for `cargo vault`", place.display()));
    ana.sh("rm .cargo/config.toml");
    ana.write(".cargo/config", "alias.vault = [\"run\"]\n");
    let place = ana.cwd.join(".cargo/config");
    verify_finds(&ana, 5, &format!("`{}` has cargo run something else for `cargo vault`", place.display()));
}

#[test]
fn setting_that_runs_something_is_refused_as_unknown() {
    let ana = with_secret();
    for setting in [
        "editor = \"touch ran\"",
        "hook = \"touch ran\"",
        "[run]\nallow = [\"PATH\"]",
        "identity = \"x\"",
        "env = \"prod\"",
    ] {
        ana.write(".vault/config.toml", format!("{setting}\n"));
        let answer = ana.vault(&["verify"]);
        assert_eq!(answer.code, 5, "{setting}: {}", answer.conversation());
        assert!(
            answer.conversation().contains("`.vault/config.toml`, line 1: unknown field"),
            "{setting}: {}",
            answer.err
        );
        let answer = ana.vault_with(&["set", "DB"], b"second");
        assert!(
            answer.err.contains("error: `.vault/config.toml`, line 1: unknown field"),
            "{setting}: {}",
            answer.err
        );
        assert_eq!(answer.code, 5, "{setting}");
    }
    ana.write(".vault/config.toml", "keep = 2\ncolor = \"never\"\n");
    ana.vault(&["verify"]).ok();
    assert!(!ana.path("ran").exists());
}

/// Every command there is, once; how each ends is not asked.
fn every_command(ana: &Person) {
    let first = ana.read(".vault/secrets/dev/DB.toml");
    for args in [
        &["get", "DB"][..],
        &["list"],
        &["run", "true"],
        &["verify"],
        &["doctor"],
        &["config"],
        &["env", "list"],
        &["env", "add", "prod"],
        &["ci", "setup"],
        &["recovery", "create"],
        &["rekey"],
        &["repair"],
        &["repair", "DB", "--yes"],
        &["resolve"],
        &["member", "remove", "ci", "--yes"],
        &["exposed"],
        &["status"],
        &["log"],
        &["history", "DB"],
        &["blame"],
        &["show", "DB", "--version", "1"],
        &["diff", "HEAD", "--reveal"],
        &["rollback", "DB", "--to", "1"],
        &["get", "DB", "--at", "HEAD"],
        &["trust", "--show"],
        &["allow"],
        &["hook", "bash"],
        &["__hook", "bash"],
        &["__hook", "direnv"],
        &["identity", "show"],
        &["rm", "DB"],
        &["env", "rm", "--yes", "prod"],
        &["init"],
    ] {
        ana.vault(args);
    }
    ana.vault_with(&["set", "DB"], b"second");
    // An old revision has history asked.
    ana.write(".vault/secrets/dev/DB.toml", first);
    ana.vault(&["get", "DB"]);
    ana.vault(&["verify"]);
}

#[test]
fn settings_and_hooks_of_the_repository_run_nothing() {
    let ana = with_secret();
    let evil = ana.path("evil");
    ana.write("evil", format!("#!/bin/sh\ntouch '{}'\nexit 1\n", ana.root().join("ran").display()));
    std::fs::set_permissions(&evil, std::fs::Permissions::from_mode(0o755)).unwrap();
    let evil = evil.to_str().unwrap();
    for (key, value) in [
        ("core.fsmonitor", evil),
        ("core.pager", evil),
        ("core.editor", evil),
        ("core.sshCommand", evil),
        ("core.askPass", evil),
        ("credential.helper", evil),
        ("diff.external", evil),
        ("diff.cargo-vault.textconv", evil),
        ("diff.cargo-vault.command", evil),
        ("merge.cargo-vault.driver", evil),
        ("filter.evil.clean", evil),
        ("filter.evil.smudge", evil),
        ("filter.evil.process", evil),
        ("gpg.program", evil),
        ("alias.status", evil),
    ] {
        ana.git(&["config", key, value]);
    }
    ana.write(".git/info/attributes", "* filter=evil\n");
    for hook in
        ["pre-commit", "post-checkout", "post-index-change", "reference-transaction", "fsmonitor-watchman"]
    {
        ana.write(&format!(".git/hooks/{hook}"), format!("#!/bin/sh\nexec '{evil}'\n"));
        let mode = std::fs::Permissions::from_mode(0o755);
        std::fs::set_permissions(ana.path(&format!(".git/hooks/{hook}")), mode).unwrap();
    }
    let ran = ana.root().join("ran");
    every_command(&ana);
    assert!(!ran.exists(), "something of the repository's was run");
    // It would have been: git itself does.
    let mut status = ana.command("git");
    status.args(["status", "--short"]);
    said(status, b"");
    assert!(ran.exists(), "the settings were no trap");
}

#[test]
fn cargo_configuration_and_programs_of_the_project_are_not_run() {
    let mut ana = with_secret();
    for program in ["git", "age", "age-plugin-x", "sh", "setsid", "cargo", "gpg"] {
        ana.write(program, "#!/bin/sh\ntouch ran\n");
        std::fs::set_permissions(ana.path(program), std::fs::Permissions::from_mode(0o755)).unwrap();
    }
    ana.set("EDITOR", "touch ran").set("PAGER", "touch ran").set("GIT_SSH_COMMAND", "touch ran");
    for args in [
        &["get", "DB"][..],
        &["list"],
        &["verify"],
        &["doctor"],
        &["demo"],
        &["env", "add", "prod"],
        &["ci", "setup"],
    ] {
        let mut command = ana.command(PROGRAM);
        // Relative and empty entries, as a careless shell has them.
        command.args(args).env("PATH", ".::/usr/local/bin:/usr/bin:/bin");
        said(command, b"").ok();
    }
    assert!(!ana.path("ran").exists(), "a program of the project's was run");
}

#[test]
fn journal_that_was_committed_moves_nothing() {
    let ana = with_secret();
    ana.sh("mkdir -p .vault/.work/new && printf x > .vault/.work/new/0");
    ana.write(".vault/.work/journal", "cargo-vault journal 1\nfolder 1\nput 0 secrets/dev/DB.toml\n");
    // Torn: cleared, and nothing moved.
    assert_eq!(ana.vault(&["get", "DB"]).ok().text(), "first");
    let body = "cargo-vault journal 1\nfolder 1\nput 0 secrets/dev/DB.toml\n";
    let sum: String = Sha256::digest(body).iter().map(|b| format!("{b:02x}")).collect();
    ana.sh("mkdir -p .vault/.work/new && printf x > .vault/.work/new/0");
    ana.write(".vault/.work/journal", format!("{body}{sum}"));
    let journal = ana.cwd.canonicalize().unwrap().join(".vault/.work/journal");
    all_refuse(&ana, 5, &format!("`{}` was not written in this folder", journal.display()));
}
