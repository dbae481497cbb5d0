//! `doctor`: what it finds, and that the command which it prints mends it.

mod clone;

use std::{fs, os::unix::fs::PermissionsExt};

use serde_json::Value;

use super::{ana_with, json, keys};
use crate::{
    forge,
    harness::{PROGRAM, Person, Said, redacted, said, skipped},
    load::as_user,
};

/// Ana with a secret, all of it committed, and a `cargo` on the PATH that knows only `cargo vault`.
fn ana() -> Person {
    let mut ana = ana_with(&[("A", "x")]);
    ana.commit("A");
    with_cargo(&mut ana);
    ana
}

fn with_cargo(person: &mut Person) {
    person.write("../bin/cargo", "#!/bin/sh\n[ \"$1\" = vault ] || exit 101\nexec cargo-vault \"$@\"\n");
    let bin = person.root().join("bin");
    person.sh(&format!("chmod +x '{0}/cargo'; ln -sf '{PROGRAM}' '{0}/cargo-vault'", bin.display()));
}

/// A shell line with the programs of this test on the PATH.
fn shell(person: &Person, line: &str) -> Said {
    let mut command = person.command("setsid");
    let path = format!("{}:/usr/local/bin:/usr/bin:/bin", person.root().join("bin").display());
    command.env("PATH", path).args(["--wait", "/bin/sh", "-c", line]);
    said(command, b"")
}

/// The finding of this code, if there is one.
#[track_caller]
fn finding(said: &Said, code: &str) -> Option<Value> {
    let answer = json(said);
    answer["findings"].as_array().unwrap().iter().find(|one| one["code"] == code).cloned()
}

/// Fails unless the doctor finds this, with this level, after a line of shell.
#[track_caller]
fn finds(person: &Person, before: &str, code: &str, level: &str) -> Value {
    let said = shell(person, &format!("{before}\ncargo-vault doctor --json"));
    let found = finding(&said, code).unwrap_or_else(|| panic!("no `{code}`: {}", said.conversation()));
    assert_eq!(found["level"], level, "{found}");
    found
}

/// The same, and the command that is printed is run as it stands in the same shell, after which the doctor is silent about it.
#[track_caller]
fn is_mended(person: &Person, before: &str, code: &str, level: &str) -> String {
    let found = finds(person, before, code, level);
    let command = found["command"].as_str().unwrap_or_else(|| panic!("no command: {found}")).to_owned();
    let said = shell(person, &format!("{before}\n{{ {command}\n}} >&2\ncargo-vault doctor --json"));
    assert_eq!(finding(&said, code), None, "{}", said.conversation());
    command.replace(person.root().canonicalize().unwrap().to_str().unwrap(), "[ROOT]")
}

#[test]
fn machine_in_order_is_told_so() {
    let ana = ana();
    let said = shell(&ana, "cargo-vault doctor");
    let text = redacted(&said.conversation(), &ana);
    let versions = text.lines().find(|line| line.starts_with("ok       versions: ")).unwrap();
    insta::assert_snapshot!(text.replace(versions, "ok       versions: [VERSIONS]"), @"
    exit 0
    --- stdout
    ok       versions: [VERSIONS]
    ok       settings: your settings can be read
    ok       vault: there is one, and it opens; `cargo vault verify` looks at every file
    ok       trust: vault [VAULT] is known here
    ok       identity: you are `ana`, by `[ROOT]/ana-home/.config/cargo-vault/identities/default.txt`
    ok       keychain: there is none to be reached from here: identities lie in files
    ok       repository: git has the vault, committed and whole
    ok       ignored: no rule of git's leaves a file of the vault out
    ok       attributes: git keeps the vault byte for byte
    note     drivers: this clone's git merges secrets as text: two changes of one secret need a person
               help: `cargo vault git install`
    ok       published: no crate takes the vault along, and no values lie beside it in the clear
    ok       cargo: its configuration runs nothing in our place or around the compiler
    ok       folders: yours, private where they have to be, and writable
    ok       memory: keys can be locked in memory, and no core file is left
    ok       clock: not behind what members have signed
    ok       path: absolute folders only
    ok       home: there
    note     terminal: there is no terminal to ask at: passphrases and first use need one
    2 notes
    --- stderr
    ");
}

#[test]
fn doctor_in_json_has_its_shape() {
    let ana = ana();
    let answer = json(&ana.vault(&["doctor", "--json"]).ok());
    assert_eq!(keys(&answer), ["findings", "notes", "ok", "problems", "schema", "warnings"]);
    for finding in answer["findings"].as_array().unwrap() {
        assert_eq!(keys(finding), ["check", "code", "command", "help", "level", "message", "tampering"]);
    }
    assert_eq!(answer["ok"], true);
}

#[test]
fn folder_without_a_vault_is_a_note() {
    let mut ana = Person::new("ana");
    with_cargo(&mut ana);
    assert_eq!(is_mended(&ana, "", "no-vault", "note"), "cargo vault init");
}

#[test]
fn link_in_place_of_a_vault_looks_like_tampering() {
    let ana = ana();
    ana.sh("mv .vault ../elsewhere; ln -s ../elsewhere .vault");
    let said = ana.vault(&["doctor", "--json"]);
    let found = finding(&said, "not-folder").unwrap();
    assert_eq!((said.code, &found["tampering"], &found["check"]), (5, &true.into(), &"vault".into()));
}

#[test]
fn vault_that_does_not_open_is_told_with_everything_else() {
    let ana = ana();
    ana.sh("echo '# more' >> .vault/roster.toml");
    let said = ana.vault(&["doctor", "--json"]);
    let answer = json(&said);
    let of = |check: &str| {
        let all = answer["findings"].as_array().unwrap();
        all.iter().find(|one| one["check"] == check).map(|one| one["level"].clone())
    };
    assert_eq!((said.code, of("vault")), (5, Some("problem".into())), "{}", said.conversation());
    assert_eq!((of("ignored"), of("memory"), of("trust")), (Some("ok".into()), Some("ok".into()), None));
}

#[test]
fn unknown_vault_is_known_after_the_command_with_the_anchor_of_a_member() {
    let ana = ana();
    let mut bob = ana.clone_for("bob");
    with_cargo(&mut bob);
    let found = finds(&bob, "", "unknown", "warning");
    assert_eq!(found["command"], Value::Null);
    let help = found["help"].as_array().unwrap();
    assert!(help[0].as_str().unwrap().contains(&forge::anchor(&ana)), "{found}");
    bob.vault(&["trust", &forge::anchor(&ana)]).ok();
    assert!(finding(&bob.vault(&["doctor", "--json"]), "known").is_some());
}

#[test]
fn anchor_that_comes_with_a_key_vouches_and_another_one_is_tampering() {
    let ana = ana();
    let key = json(&ana.vault(&["ci", "setup", "--json"]).ok())["key"].as_str().unwrap().to_owned();
    ana.commit("ci");
    let mut ci = ana.clone_for("ci");
    ci.set("CVAULT_KEY", key.clone());
    let message = finding(&ci.vault(&["doctor", "--json"]).ok(), "known").unwrap()["message"].clone();
    assert!(message.as_str().unwrap().starts_with("an anchor that came with the key vouches"), "{message}");
    ci.set("CVAULT_KEY", key.replace('#', "#00000000"));
    assert_eq!(ci.vault(&["doctor"]).code, 1);
    let last = key.chars().last().unwrap();
    ci.set("CVAULT_KEY", format!("{}{}", &key[..key.len() - 1], if last == '0' { '1' } else { '0' }));
    let said = ci.vault(&["doctor", "--json"]);
    assert_eq!((said.code, finding(&said, "known")), (5, None), "{}", said.conversation());
}

#[test]
fn home_of_nobody_is_no_obstacle() {
    let ana = ana();
    let Some(mut command) = as_user(&ana, &["doctor", "--json"]) else {
        return skipped("no other user can run the program");
    };
    command.env("HOME", "/nonexistent");
    ana.sh("chmod 000 .vault");
    let said = said(command, b"");
    ana.sh("chmod 755 .vault");
    let found = finding(&said, "cannot-write").unwrap();
    assert_eq!((said.code, &found["command"]), (1, &Value::Null), "{found}");
    assert!(
        finding(&said, "home-missing").is_some() && finding(&said, "read").is_some(),
        "{}",
        said.conversation()
    );
    assert!(finding(&said, "other-attributes").is_none(), "{}", said.conversation());
}

#[test]
fn older_commit_is_named() {
    let ana = ana();
    ana.vault(&["env", "add", "prod"]).ok();
    ana.commit("prod");
    ana.vault(&["verify"]).ok();
    ana.git(&["clone", "-q", "--bare", ".", "../origin.git"]);
    ana.git(&["remote", "add", "origin", "../origin.git"]);
    ana.git(&["fetch", "-q"]);
    ana.git(&["checkout", "-q", "HEAD~1"]);
    assert_eq!(finds(&ana, "", "aside", "note")["command"], Value::Null);
}

#[test]
fn who_the_keys_are_is_told() {
    let ana = ana();
    assert_eq!(
        finds(&ana, "", "member", "ok")["message"],
        format!(
            "you are `ana`, by `{}`",
            ana.home.join(".config/cargo-vault/identities/default.txt").display()
        )
    );
    let mut bob = ana.clone_for("bob");
    with_cargo(&mut bob);
    assert_eq!(is_mended(&bob, "", "no-key", "note"), "cargo vault identity new");
    assert_eq!(
        finds(&bob, "", "stranger", "note")["message"],
        "your one key is not a member's: nothing can be opened"
    );
}

#[test]
fn key_that_is_none_is_told_and_hides_nothing() {
    let mut ana = ana();
    ana.set("CVAULT_KEY", "hunter2").set("CVAULT_TRUST", "nonsense").set("CVAULT_ENV", "No Name");
    ana.sh("echo 'colour = 1' > ~/.config/cargo-vault/settings.toml");
    let said = ana.vault(&["doctor", "--json"]);
    let answer = json(&said);
    let messages: Vec<String> =
        answer["findings"].as_array().unwrap().iter().map(|one| one["message"].to_string()).collect();
    let all = messages.join("\n");
    assert_eq!(said.code, 1);
    for part in [
        "`CVAULT_KEY`: this is no identity",
        "`CVAULT_TRUST` is neither",
        "`CVAULT_ENV`",
        "unknown field `colour`",
    ] {
        assert!(all.contains(part), "{part}: {all}");
    }
    assert!(!said.text().contains("hunter2") && all.contains("is known here"), "{all}");
}

#[test]
fn crate_that_would_publish_the_vault_is_named() {
    let ana = ana();
    let manifest = "printf '[package]\\nname = \"x\"\\n' > Cargo.toml";
    is_mended(&ana, manifest, "packed", "warning");
    assert_eq!(ana.read("Cargo.toml"), b"[package]\nexclude = [\"/.vault\"]\nname = \"x\"\n");
    let others = "printf '[package]\\nname = \"x\"\\nexclude = [\"/big\"]\\n' > Cargo.toml";
    assert_eq!(finds(&ana, others, "packed", "warning")["command"], Value::Null);
}

#[test]
fn package_above_and_member_of_a_workspace_are_looked_at() {
    let mut ana = Person::new("ana");
    with_cargo(&mut ana);
    ana.sh(&format!(
        "git init -q .; mkdir -p sub crates/a; cd sub; '{PROGRAM}' init -q; cp -r .vault ../crates/a"
    ));
    ana.write("Cargo.toml", "[package]\nname = \"x\"\n\n[workspace]\nmembers = [\"crates/*\"]\n");
    ana.write("crates/a/Cargo.toml", "[package]\nname = \"a\"\npublish.workspace = true\n");
    let answer = json(&ana.vault(&["-C", "sub", "doctor", "--json"]));
    let packed = answer["findings"].as_array().unwrap().iter().filter(|one| one["code"] == "packed");
    assert_eq!(packed.count(), 2, "{answer}");
    is_mended(&ana, "rm -rf crates; cd sub", "packed", "warning");
    assert!(String::from_utf8(ana.read("Cargo.toml")).unwrap().contains("exclude = [\"/sub/.vault\"]"));
}

#[test]
fn values_in_the_clear_beside_the_vault_are_named() {
    let ana = ana();
    ana.write(".env.example", "A=\n");
    assert_eq!(finding(&ana.vault(&["doctor", "--json"]), "plain-file"), None);
    ana.write(".env", "A=x\n");
    finds(&ana, "", "plain-file", "note");
    ana.commit("oops");
    let found = finds(&ana, "", "plain-file", "warning");
    let command = found["command"].as_str().unwrap();
    shell(&ana, command).ok();
    finds(&ana, "", "plain-file", "note");
}

#[test]
fn what_cargo_would_run_is_named_and_taken_out_line_by_line() {
    let ana = ana();
    let config = "[build]\nrustc-wrapper = \"x\" # why\njobs = 1\n[alias]\nb = \"build\"\nvault = [\"run\"]\n\
                  [target.'cfg(unix)']\nrunner = \"x\"\n";
    ana.write(".cargo/config.toml", config);
    let said = ana.vault(&["doctor", "--json"]);
    assert_eq!((said.code, &finding(&said, "alias").unwrap()["tampering"]), (5, &true.into()));
    let answer = json(&said);
    let commands: Vec<&str> = answer["findings"]
        .as_array()
        .unwrap()
        .iter()
        .filter(|one| one["check"] == "cargo")
        .filter_map(|one| one["command"].as_str())
        .collect();
    assert_eq!(commands.len(), 3);
    shell(&ana, commands[0]).ok();
    shell(&ana, commands[1]).ok();
    let left = String::from_utf8(ana.read(".cargo/config.toml")).unwrap();
    assert!(left.contains("jobs = 1") && left.contains("b = \"build\""), "{left}");
    for _ in 0..2 {
        let found = finding(&ana.vault(&["doctor", "--json"]), "compiler");
        found.iter().for_each(|one| drop(shell(&ana, one["command"].as_str().unwrap()).ok()));
    }
    let left = String::from_utf8(ana.read(".cargo/config.toml")).unwrap();
    assert_eq!(left, "[build]\njobs = 1\n[alias]\nb = \"build\"\n[target.'cfg(unix)']\n");
    assert_eq!(ana.vault(&["doctor"]).code, 0);
}

#[test]
fn what_cargo_includes_is_looked_into_and_links_and_pipes_are_not() {
    let ana = ana();
    ana.write(".cargo/config.toml", "include = [\"more.toml\", { path = \"config.toml\" }]\n");
    ana.write(".cargo/more.toml", "alias = { vault = \"x\" }\n");
    assert_eq!(finds(&ana, "", "alias", "problem")["command"], Value::Null);
    let many = "printf 'include = [%s]\\n' \"$(seq -s, 500 | sed 's/[0-9][0-9]*/\"config.toml\"/g')\" > .cargo/config.toml";
    finds(&ana, many, "cargo-unread", "warning");
    let before = "rm .cargo/*; ln -s /dev/zero .cargo/config.toml";
    assert!(
        finds(&ana, before, "cargo-unread", "warning")["message"].as_str().unwrap().contains("it is a link")
    );
    let before = "rm .cargo/*; mkfifo .cargo/config";
    assert!(
        finds(&ana, before, "cargo-unread", "warning")["message"].as_str().unwrap().contains("no plain file")
    );
    finds(&ana, "rm -r .cargo; mkdir x; ln -s x .cargo", "cargo-unread", "warning");
    assert_eq!(ana.vault(&["verify"]).code, 1);
}

#[test]
fn what_the_users_own_cargo_runs_is_a_note() {
    let ana = ana();
    ana.sh("mkdir ~/.cargo; printf '[build]\\nrustc-wrapper = \"sccache\"\\n' > ~/cargo.toml; ln -s ../cargo.toml ~/.cargo/config.toml");
    finds(&ana, "", "compiler", "note");
    ana.sh("rm ~/.cargo/config.toml");
    is_mended(
        &ana,
        "mkdir x; export CARGO_HOME=$PWD/x; printf '[build]\\nrustc = \"x\"\\n' > x/config.toml",
        "compiler",
        "note",
    );
    assert_eq!(is_mended(&ana, "export RUSTC_WRAPPER=sccache", "compiler", "note"), "unset RUSTC_WRAPPER");
}

#[test]
fn files_and_folders_that_others_can_reach_are_closed() {
    let ana = ana();
    let open = |mode: u32, file: &str| {
        fs::set_permissions(ana.home.join(file), fs::Permissions::from_mode(mode)).unwrap();
    };
    open(0o640, ".config/cargo-vault/identities/default.txt");
    let command = is_mended(&ana, "", "others-read", "problem");
    assert_eq!(command, "chmod 600 [ROOT]/ana-home/.config/cargo-vault/identities/default.txt");
    open(0o604, ".local/share/cargo-vault/kept.key");
    is_mended(&ana, "", "others-read", "problem");
    open(0o777, ".config/cargo-vault/identities");
    is_mended(&ana, "", "others-write", "problem");
    open(0o770, ".local/share/cargo-vault");
    is_mended(&ana, "", "others-write", "problem");
    is_mended(
        &ana,
        "cargo-vault config set -q color never >&2; chmod 666 ~/.config/cargo-vault/settings.toml",
        "others-write",
        "problem",
    );
    is_mended(&ana, "chmod 622 ~/.local/state/cargo-vault/audit.jsonl", "others-write", "problem");
}

#[test]
fn what_stands_in_the_way_of_a_folder_or_file_is_moved_aside() {
    let ana = ana();
    is_mended(
        &ana,
        "rm -r ~/.local/state/cargo-vault; touch ~/.local/state/cargo-vault",
        "not-folder",
        "problem",
    );
    is_mended(&ana, "mkfifo ~/.config/cargo-vault/identities/x.txt", "not-plain", "problem");
    is_mended(&ana, "echo short > ~/.local/share/cargo-vault/kept.key", "kept-key", "problem");
}

#[test]
fn folder_that_cannot_be_written_is_opened() {
    let ana = ana();
    ana.sh("chmod u-w ~/.local/share/cargo-vault");
    let Some(command) = as_user(&ana, &["doctor", "--json"]) else {
        return skipped("no other user can run the program");
    };
    let found = finding(&said(command, b""), "cannot-write").unwrap();
    assert_eq!(found["level"], "problem");
    ana.sh(found["command"].as_str().unwrap());
    let said = said(as_user(&ana, &["doctor", "--json"]).unwrap(), b"");
    assert_eq!(finding(&said, "cannot-write"), None, "{}", said.conversation());
}

#[test]
fn repository_of_another_owner_is_named() {
    let ana = ana();
    let Some(command) = as_user(&ana, &["doctor", "--json"]) else {
        return skipped("no other user can run the program");
    };
    if ana.sh("id -u") != "0\n" {
        return skipped("nothing can be given to another user");
    }
    ana.sh("chown -R 0:0 .; chmod -R a+rwX .");
    let found = finding(&said(command, b""), "not-read").unwrap();
    let mend = found["command"].as_str().unwrap().to_owned();
    assert!(mend.starts_with("git config --global --add safe.directory "), "{mend}");
    ana.sh(&format!("{mend}; chown 65534 ~/.gitconfig"));
    let command = as_user(&ana, &["doctor", "--json"]).unwrap();
    ana.sh("chown -R 0:0 .");
    let said = said(command, b"");
    assert_eq!(finding(&said, "not-read"), None, "{}", said.conversation());
}

#[test]
fn memory_that_cannot_be_locked_is_named_with_its_limit() {
    let ana = ana();
    let Some(_) = as_user(&ana, &["--version"]) else {
        return skipped("no other user can run the program");
    };
    let drop = if ana.sh("id -u") == "0\n" {
        "setpriv --reuid=65534 --regid=65534 --clear-groups --inh-caps=-all"
    } else {
        ""
    };
    let doctor = |before: &str, limit: &str| {
        let line = format!("ulimit {limit} || exit 9\n{drop} sh -c '{before}\ncargo-vault doctor --json'");
        shell(&ana, &line)
    };
    let said = doctor("", "-S -l 0");
    if said.code == 9 {
        return skipped("no limit can be set");
    }
    let found = finding(&said, "unlocked").unwrap();
    assert_eq!(found["command"], "ulimit -S -l 64");
    assert_eq!(finding(&doctor("ulimit -S -l 64", "-S -l 0"), "unlocked"), None);
    assert_eq!(finding(&doctor("", "-l 0"), "unlocked").unwrap()["command"], Value::Null);
}

#[test]
fn clock_that_is_behind_what_was_signed_is_named_with_the_skew() {
    let ana = ana();
    let later = "2999-01-01T00:00:00Z";
    forge::change(&ana, "dev/A", &forge::identity(&ana), |record| {
        record.versions[0].created = cargo_vault::kernel::time::Timestamp::parse(later).unwrap();
        record.revision += 1;
    });
    let message = finds(&ana, "", "clock", "warning")["message"].as_str().unwrap().to_owned();
    assert!(message.starts_with("the clock is 97") && message.contains(later), "{message}");
}

#[test]
fn path_with_odd_entries_is_named_with_what_is_left() {
    let ana = ana();
    let found = finds(&ana, "PATH=.:$PATH:", "odd-path", "warning");
    assert!(found["message"].as_str().unwrap().starts_with("`PATH` has `.`, an empty entry: "), "{found}");
    is_mended(&ana, "PATH=.:$PATH:", "odd-path", "warning");
}

#[test]
fn path_that_is_not_set_is_named_with_a_usual_one() {
    let ana = ana();
    let doctor = |before: &str| shell(&ana, &format!("unset PATH\n{before}\n'{PROGRAM}' doctor --json"));
    let found = finding(&doctor(""), "no-path").unwrap();
    let said = doctor(found["command"].as_str().unwrap());
    assert_eq!(finding(&said, "no-path"), None, "{}", said.conversation());
}

#[test]
fn machine_without_git_path_home_or_anything_is_examined() {
    let ana = ana();
    let mut bare = ana.command("/usr/bin/setsid");
    bare.env_clear().args(["--wait", PROGRAM, "doctor", "--json"]);
    let said = said(bare, b"");
    for code in ["no-git", "no-path", "home-unset", "no-terminal", "shallow"] {
        assert_eq!(finding(&said, code).is_some(), code != "shallow", "{code}: {}", said.conversation());
    }
    is_mended(&ana, "export HOME=$PWD/none", "home-missing", "problem");
}

#[test]
fn folder_that_is_gone_is_no_obstacle() {
    let ana = ana();
    let said = shell(&ana, "mkdir gone; cd gone; rmdir ../gone; cargo-vault doctor --json");
    assert!(
        finding(&said, "cwd").is_some() && said.text().contains("\"check\":\"memory\""),
        "{}",
        said.conversation()
    );
}

#[test]
fn doctor_changes_nothing_and_stops_quietly_when_nobody_reads() {
    let ana = ana();
    let before = forge::state(&ana);
    shell(&ana, "cargo-vault doctor | head -c1 >/dev/null; cargo-vault doctor >&-").ok();
    assert!(forge::state(&ana) == before);
    assert_eq!(ana.git(&["status", "--porcelain"]), "");
}
