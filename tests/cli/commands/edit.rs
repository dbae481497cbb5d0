//! `edit`: with editors that are lines of shell, and questions at a terminal.

use std::{
    fs,
    os::unix::fs::PermissionsExt,
    os::unix::process::CommandExt,
    process::{Child, Stdio},
    thread::sleep,
    time::{Duration, Instant},
};

use super::{ana_with, conversation, files, json};
use crate::{
    harness::{PROGRAM, Person, Said, redacted, skipped},
    pty::{is_here, vault_at_terminal},
};

const MEMORY: &str = "/dev/shm";

/// Ana whose editor is this line.
fn ana_editing(secrets: &[(&str, &str)], editor: &str) -> Person {
    let mut ana = ana_with(secrets);
    ana.set("EDITOR", editor);
    ana
}

/// A line of shell as an editor: `$1` is the file.
fn script(ana: &mut Person, line: &str) {
    ana.write("../editor", format!("#!/bin/sh\nset -eu\n{line}\n"));
    ana.sh("chmod +x ../editor");
    let editor = ana.root().join("editor").to_str().unwrap().to_owned();
    ana.set("EDITOR", editor);
}

fn value(ana: &Person, name: &str) -> Vec<u8> {
    ana.vault(&["get", name]).ok().out
}

/// A folder that only this test edits in.
fn runtime(ana: &mut Person) -> tempfile::TempDir {
    let folder = tempfile::Builder::new()
        .prefix("cargo-vault-test-")
        .permissions(fs::Permissions::from_mode(0o700))
        .tempdir_in(MEMORY)
        .unwrap();
    ana.set("XDG_RUNTIME_DIR", folder.path().to_str().unwrap());
    folder
}

fn left(folder: &tempfile::TempDir) -> Vec<String> {
    let entries = fs::read_dir(folder.path().join("cargo-vault")).unwrap();
    entries.map(|entry| entry.unwrap().file_name().into_string().unwrap()).collect()
}

#[test]
fn one_value_is_edited_as_it_is() {
    let ana = ana_editing(&[("A", "old $x\nand \"more\"")], "sed -i s/old/new/");
    insta::assert_snapshot!(conversation(&ana, &["edit", "A"], b""), @r"
    exit 0
    --- stdout
    changed `dev/A` (version 2)
    --- stderr
    ");
    assert_eq!(value(&ana, "A"), b"new $x\nand \"more\"");
}

#[test]
fn final_newline_of_an_editor_is_dropped_where_the_value_had_none() {
    let mut ana = ana_with(&[("A", "old")]);
    ana.vault_with(&["set", "--exact", "B"], b"old\n").ok();
    script(&mut ana, "echo new > \"$1\"");
    ana.vault(&["edit", "A"]).ok();
    ana.vault(&["edit", "B"]).ok();
    assert_eq!((value(&ana, "A"), value(&ana, "B")), (b"new".to_vec(), b"new\n".to_vec()));
}

#[test]
fn unchanged_text_writes_nothing() {
    let ana = ana_editing(&[("A", "old"), ("B", "x\ny")], "true");
    let before = files(&ana);
    insta::assert_snapshot!(conversation(&ana, &["edit", "A"], b""), @r"
    exit 0
    --- stdout
    --- stderr
    nothing changed
    ");
    insta::assert_snapshot!(conversation(&ana, &["edit"], b""), @r"
    exit 0
    --- stdout
    --- stderr
    nothing changed
    ");
    assert_eq!(files(&ana), before);
}

#[test]
fn document_shows_every_secret_of_the_environment_itself() {
    let mut ana = ana_with(&[("A", "x"), ("db/pw", "p\"w\\"), ("KEY", "-----BEGIN-----\nab\n")]);
    ana.vault_with(&["set", "BIN"], b"\xff\0").ok();
    ana.vault(&["env", "add", "prod", "--extends", "dev"]).ok();
    ana.vault_with(&["set", "-e", "prod", "ONLY"], b"prod").ok();
    script(&mut ana, "cp \"$1\" shown; basename \"$1\"");
    assert_eq!(ana.vault(&["edit"]).ok().text(), "dev.toml\n");
    insta::assert_snapshot!(String::from_utf8(ana.read("shown")).unwrap(), @r#"
    # The secrets of `dev`. What stands here when the editor ends is set: all of it or nothing.
    # Change a value; add a line NAME = "VALUE" for a new secret; take a line away to remove one, which is asked again.
    # Values are TOML: "…" with escapes, '…' without, '''…''' for several lines, { base64 = "…" } for any bytes.
    # Nothing is changed where nothing was, or where the editor ends with an error (`:cq` in vim).

    A = "x"
    BIN = { base64 = "/wA=" }
    KEY = '''
    -----BEGIN-----
    ab'''
    "db/pw" = "p\"w\\"
    "#);
    assert_eq!(ana.vault(&["edit", "-e", "prod"]).ok().text(), "prod.toml\n");
    assert!(String::from_utf8(ana.read("shown")).unwrap().ends_with("\n\nONLY = \"prod\"\n"));
}

#[test]
fn changed_new_and_removed_lines_are_one_change() {
    let mut ana = ana_with(&[("A", "old"), ("B", "gone"), ("C", "stays")]);
    script(
        &mut ana,
        "sed -i -e s/old/new/ -e /^B/d \"$1\"; printf '\"n/e.w\" = \"\"\"a\\nb\"\"\"\\nBIN = { base64 = \"/wA=\" }\\n' >> \"$1\"",
    );
    insta::assert_snapshot!(conversation(&ana, &["edit", "--yes"], b""), @r"
    exit 0
    --- stdout
    changed `dev/A` (version 2)
    set `dev/n/e.w` (version 1)
    set `dev/BIN` (version 1)
    removed `dev/B`
    --- stderr
    ");
    assert_eq!(ana.vault(&["list"]).ok().text(), "A\nBIN\nC\nn/e.w\n");
    assert_eq!(
        (value(&ana, "A"), value(&ana, "n/e.w"), value(&ana, "BIN")),
        (b"new".to_vec(), b"a\nb".to_vec(), b"\xff\0".to_vec())
    );
    ana.vault(&["verify"]).ok();
}

#[test]
fn answer_in_json_says_what_became_of_each() {
    let mut ana = ana_with(&[("A", "old"), ("B", "gone")]);
    script(&mut ana, "sed -i -e s/old/new/ -e /^B/d \"$1\"; echo 'N = \"x\"' >> \"$1\"");
    let said = ana.vault(&["edit", "--yes", "--json"]).ok();
    let secrets = serde_json::json!([
        { "name": "A", "version": 2, "written": "changed" },
        { "name": "N", "version": 1, "written": "new" },
    ]);
    let expected = serde_json::json!({ "schema": 1, "env": "dev", "secrets": secrets, "removed": ["B"] });
    assert_eq!(json(&said), expected);
}

#[test]
fn removal_that_nobody_confirms_changes_nothing() {
    let ana = ana_editing(&[("A", "old"), ("B", "gone"), ("C", "gone")], "sed -i -e s/old/new/ -e /^[BC]/d");
    let before = files(&ana);
    insta::assert_snapshot!(conversation(&ana, &["edit"], b""), @r"
    exit 2
    --- stdout
    --- stderr
    error: `B`, `C` would be removed from `dev`, which is asked first

      text  nothing was changed, and what was typed is gone
    help: `--yes` removes what has no line any more
    ");
    assert_eq!(files(&ana), before);
}

#[test]
fn removal_is_asked_at_a_terminal_by_name() {
    let ana = ana_editing(&[("A", "old"), ("B", "gone")], "sed -i -e s/old/new/ -e /^B/d");
    if !is_here(&ana) {
        return;
    }
    let asked = "Remove `B` from `dev`?";
    let said = vault_at_terminal(&ana, &[(asked, "n\r"), ("Edit it again?", "n\r")], &["edit"]);
    assert_eq!((said.code, value(&ana, "A")), (2, b"old".to_vec()), "{}", said.text());
    vault_at_terminal(&ana, &[(asked, "y\r")], &["edit"]).ok();
    assert_eq!(ana.vault(&["list"]).ok().text(), "A\n");
}

#[test]
fn mistake_changes_nothing_and_is_told_by_its_line_and_not_shown() {
    let mut ana = ana_with(&[("A", "old"), ("J", "{}")]);
    ana.vault_with(&["set", "--kind", "json", "J"], b"{}").ok();
    let before = files(&ana);
    for (typed, told) in [
        ("B = canary", "the text: line 8 is no TOML: "),
        ("A = \"canary\"", "the text: line 8 is no TOML: duplicate key"),
        ("B = 1", "the text: line 8 gives `B` a number, which is no string"),
        ("\"a b\" = \"canary\"", "the text: line 8 begins with no name: only letters,"),
        ("B = { base64 = \"canary\" }", "the text: line 8 gives `B` no base64"),
        ("B = { base64 = \"\", x = \"canary\" }", "the text: line 8 gives `B` a table, which is no string"),
        ("a = \"canary\"", "`A` and `a`"),
    ] {
        script(&mut ana, &format!("printf '%s\\n' '{typed}' >> \"$1\""));
        let said = ana.vault(&["edit"]);
        assert!(
            said.code != 0 && said.err.contains(told) && !said.err.contains("canary"),
            "{typed}: {}",
            said.err
        );
        assert!(said.err.contains("nothing was changed, and what was typed is gone"), "{}", said.err);
        assert_eq!(files(&ana), before);
    }
    script(&mut ana, "sed -i 's/{}/no json/' \"$1\"");
    insta::assert_snapshot!(conversation(&ana, &["edit"], b""), @r"
    exit 2
    --- stdout
    --- stderr
    error: `dev/J`: this value is not of kind `json`

      text  nothing was changed, and what was typed is gone
    ");
    assert_eq!(files(&ana), before);
}

#[test]
fn mistake_opens_the_editor_again_with_what_was_typed() {
    let mut ana = ana_with(&[("A", "old")]);
    if !is_here(&ana) {
        return;
    }
    script(
        &mut ana,
        "if [ -e tried ]; then grep -q '^B = oops' \"$1\"; sed -i 's/oops/\"fine\"/' \"$1\"; else touch tried; echo 'B = oops' >> \"$1\"; fi",
    );
    let said = vault_at_terminal(&ana, &[("Edit it again?", "\r")], &["edit"]).ok();
    assert!(said.text().contains("line 7 is no TOML"), "{}", said.text());
    assert_eq!(value(&ana, "B"), b"fine");
}

#[test]
fn who_gives_up_is_told_that_the_text_is_gone() {
    let ana = ana_editing(&[("A", "old")], "sed -i s/=/:/");
    if !is_here(&ana) {
        return;
    }
    let said = vault_at_terminal(&ana, &[("Edit it again?", "n\r")], &["edit"]);
    let last = "error: nothing was changed, and what was typed is gone\n";
    assert!(said.code == 2 && said.text().ends_with(last), "{}", said.text());
}

#[test]
fn editor_that_fails_changes_nothing() {
    let mut ana = ana_with(&[("A", "old")]);
    script(&mut ana, "echo new > \"$1\"; exit 3");
    insta::assert_snapshot!(conversation(&ana, &["edit", "A"], b""), @r"
    exit 1
    --- stdout
    --- stderr
    error: nothing was changed: the editor `[ROOT]/editor` ended with exit code 3

    help: `export EDITOR=vi` takes another one
    ");
    script(&mut ana, "echo new > \"$1\"; kill -TERM $$");
    assert_eq!(ana.vault(&["edit", "A"]).code, 1);
    script(&mut ana, "rm \"$1\"");
    insta::assert_snapshot!(conversation(&ana, &["edit", "A"], b""), @r"
    exit 1
    --- stdout
    --- stderr
    error: nothing was changed: the editor took the file away: No such file or directory (os error 2)
    ");
    ana.set("EDITOR", "no-such-editor");
    let error = "error: nothing was changed: the editor `no-such-editor` ended with exit code 127";
    ana.vault(&["edit", "A"]).refused(1, error);
    assert_eq!(value(&ana, "A"), b"old");
}

#[test]
fn visual_comes_before_editor_and_either_may_be_a_line_of_shell() {
    let mut ana = ana_editing(&[("A", "one two")], "false");
    ana.set("VISUAL", "X=new; sed -i \"s/one two/$X it/\"");
    ana.vault(&["edit", "A"]).ok();
    assert_eq!(value(&ana, "A"), b"new it");
}

#[test]
fn binary_value_is_refused_with_what_to_do() {
    let ana = ana_editing(&[], "true");
    ana.vault_with(&["set", "A"], b"\xff").ok();
    insta::assert_snapshot!(conversation(&ana, &["edit", "A"], b""), @r"
    exit 1
    --- stdout
    --- stderr
    error: this value is not text for an editor

    help: `cargo vault get -e dev A -o FILE` writes it to a file
    help: `cargo vault set -e dev A --file FILE` takes it from one
    ");
}

#[test]
fn secret_that_is_not_there_or_of_another_environment_is_refused_before_the_editor_opens() {
    let ana = ana_editing(&[("A", "x")], "touch opened");
    ana.vault(&["env", "add", "prod", "--extends", "dev"]).ok();
    insta::assert_snapshot!(conversation(&ana, &["edit", "B"], b""), @r"
    exit 3
    --- stdout
    --- stderr
    error: environment `dev` has no secret `B`

    help: there is a secret `A`
    help: `cargo vault list -e dev` shows them all
    ");
    insta::assert_snapshot!(conversation(&ana, &["edit", "-e", "prod", "A"], b""), @r"
    exit 1
    --- stdout
    --- stderr
    error: `prod/A` stands in `dev`, which `prod` extends

    help: `cargo vault edit -e dev A` edits it for all that extend `dev`
    help: `cargo vault set -e prod A` gives `prod` one of its own
    ");
    assert!(!ana.path("opened").exists());
}

#[test]
fn who_may_not_write_is_told_before_the_editor_opens() {
    let ana = ana_editing(&[("A", "x")], "touch opened");
    let made = ana.vault(&["ci", "setup", "--name", "ci", "--json"]).ok();
    let key = json(&made)["key"].as_str().unwrap().to_owned();
    let mut command = ana.command("setsid");
    command.args(["--wait", PROGRAM, "edit", "A"]).env("CVAULT_KEY", key);
    let said = crate::harness::said(command, b"");
    assert!(said.code == 1 && !ana.path("opened").exists(), "{}", said.err);
}

#[test]
fn secret_that_somebody_else_changed_meanwhile_is_not_overwritten() {
    let mut ana = ana_with(&[("A", "old"), ("B", "old"), ("C", "old")]);
    script(
        &mut ana,
        &format!(
            "sed -i s/old/mine/ \"$1\"; printf theirs | '{PROGRAM}' set -q A; '{PROGRAM}' rm -q B; printf x | '{PROGRAM}' set -q NEW"
        ),
    );
    insta::assert_snapshot!(conversation(&ana, &["edit"], b""), @r"
    exit 6
    --- stdout
    changed `dev/A` (version 2)
    removed `dev/B`
    set `dev/NEW` (version 1)
    --- stderr
    error: 2 secrets were changed while the editor was open

      A     version 2, by ana
      B     removed
      text  nothing was changed, and what was typed is gone
    help: `cargo vault get -e dev A` shows what it is now
    ");
    assert_eq!((value(&ana, "A"), value(&ana, "C")), (b"theirs".to_vec(), b"old".to_vec()));
}

#[test]
fn change_of_another_secret_meanwhile_is_no_conflict() {
    let mut ana = ana_with(&[("A", "old"), ("B", "x")]);
    script(&mut ana, &format!("sed -i s/old/mine/ \"$1\"; printf theirs | '{PROGRAM}' set -q B"));
    ana.vault(&["edit"]).ok();
    assert_eq!((value(&ana, "A"), value(&ana, "B")), (b"mine".to_vec(), b"theirs".to_vec()));
}

#[test]
fn conflict_that_was_told_is_overwritten_when_the_text_is_saved_again() {
    let mut ana = ana_with(&[("A", "old")]);
    if !is_here(&ana) {
        return;
    }
    script(
        &mut ana,
        &format!(
            "[ -e tried ] || {{ touch tried; printf theirs | '{PROGRAM}' set -q A; }}; echo mine > \"$1\""
        ),
    );
    let said = vault_at_terminal(&ana, &[("Edit it again?", "y\r")], &["edit", "A"]).ok();
    assert!(said.text().contains("`dev/A` was changed while the editor was open"), "{}", said.text());
    assert_eq!(value(&ana, "A"), b"mine");
}

#[test]
fn vault_is_not_held_while_the_editor_is_open() {
    let mut ana = ana_with(&[("A", "old")]);
    script(&mut ana, &format!("printf x | timeout 20 '{PROGRAM}' set -q B"));
    ana.vault(&["edit", "A"]).ok();
    assert_eq!(value(&ana, "B"), b"x");
}

#[test]
fn passphrase_is_asked_once() {
    let ana = ana_editing(&[("A", "old")], "sed -i s/old/new/");
    if !is_here(&ana) {
        return;
    }
    let steps = [("New passphrase", "word\r"), ("the same again", "word\r")];
    vault_at_terminal(&ana, &steps, &["identity", "protect", "default"]).ok();
    let said = vault_at_terminal(&ana, &[("Passphrase of", "word\r")], &["edit", "A"]).ok();
    assert!(said.text().ends_with("changed `dev/A` (version 2)\n"), "{}", said.text());
}

#[test]
fn key_of_a_variable_opens_and_writes() {
    let mut ana = ana_editing(&[("A", "old")], "sed -i s/old/new/");
    let identity = ana.home.join(".config/cargo-vault/identities/default.txt");
    let key = ana.sh(&format!("grep ^AGE {}; rm {0}", identity.display())).trim().to_owned();
    ana.set("CVAULT_KEY", key);
    ana.vault(&["edit", "A"]).ok();
    assert_eq!(value(&ana, "A"), b"new");
}

#[test]
fn editor_gets_no_key_and_its_folder_is_in_memory_and_closed_to_others() {
    let mut ana = ana_with(&[("A", "old")]);
    let folder = runtime(&mut ana);
    let identity = ana.home.join(".config/cargo-vault/identities/default.txt");
    ana.set("CVAULT_KEY_FILE", identity.to_str().unwrap()).set("MINE", "kept");
    script(
        &mut ana,
        "env > seen; echo \"$1\" >> seen; stat -c %a \"$1\" \"${1%/*}\" >> seen; pwd >> seen; ulimit -c >> seen",
    );
    ana.vault(&["edit", "A"]).ok();
    let seen = String::from_utf8(ana.read("seen")).unwrap();
    assert!(!seen.contains("CVAULT_KEY") && seen.contains("\nMINE=kept\n"), "{seen}");
    let file = seen.lines().find(|line| line.ends_with("/A") && line.starts_with('/')).unwrap();
    let own = file.strip_suffix("/A").unwrap();
    assert!(own.starts_with(&format!("{}/cargo-vault/cargo-vault-edit-", folder.path().display())), "{file}");
    assert!(seen.contains(&format!("\nTMPDIR={own}\n")), "{seen}");
    let cwd = ana.cwd.canonicalize().unwrap();
    assert!(seen.ends_with(&format!("\n600\n700\n{}\n0\n", cwd.display())), "{seen}");
    assert_eq!(left(&folder), Vec::<String>::new());
}

#[test]
fn vim_leaves_no_copy_anywhere() {
    let mut ana = ana_with(&[("A", "canary-of-vim")]);
    let vim = ["/usr/bin/vim", "/usr/bin/vim.tiny", "/usr/bin/vi"]
        .into_iter()
        .find(|vim| std::path::Path::new(vim).exists());
    let Some(vim) = vim else { return skipped("there is no vim") };
    if !is_here(&ana) {
        return;
    }
    let folder = runtime(&mut ana);
    ana.sh("mkdir ~/kept");
    ana.write("../ana-home/.vimrc", "set backup writebackup undofile backupdir=~/kept directory=~/kept undodir=~/kept viminfo='10,f1 updatecount=1\n");
    ana.set("EDITOR", vim);
    vault_at_terminal(&ana, &[("canary-of-vim", "yyp:w\rggx:wq\r")], &["edit", "A"]).ok();
    assert_eq!(value(&ana, "A"), b"anary-of-vim\ncanary-of-vim");
    assert_eq!(left(&folder), Vec::<String>::new());
    assert_eq!(ana.sh("grep -rl canary-of ~ . || true; grep -rl anary-of ~ . || true; ls ~/kept"), "");
}

/// An `edit` whose editor has the file open and waits.
fn waiting(ana: &mut Person, folder: &tempfile::TempDir) -> Child {
    script(ana, "cp \"$1\" \"$1~\"; touch open; exec sleep 60");
    let mut command = ana.command(PROGRAM);
    command
        .args(["edit", "A"])
        .process_group(0)
        .stdin(Stdio::null())
        .stdout(Stdio::null())
        .stderr(Stdio::null());
    let child = command.spawn().unwrap();
    let until = Instant::now() + Duration::from_secs(30);
    while !ana.path("open").exists() {
        assert!(Instant::now() < until, "the editor did not open");
        sleep(Duration::from_millis(10));
    }
    assert_eq!(left(folder).len(), 1);
    child
}

fn signalled(ana: &Person, signal: &str, whom: &str) {
    let mut command = ana.command("kill");
    command.args([&format!("-{signal}"), "--", whom]);
    crate::harness::said(command, b"").ok();
}

#[track_caller]
fn assert_gone(folder: &tempfile::TempDir) {
    let until = Instant::now() + Duration::from_secs(30);
    while !left(folder).is_empty() {
        assert!(Instant::now() < until, "left over: {:?}", left(folder));
        sleep(Duration::from_millis(20));
    }
}

#[test]
fn text_is_gone_after_any_signal() {
    let mut ana = ana_with(&[("A", "canary")]);
    let folder = runtime(&mut ana);
    for signal in ["KILL", "TERM", "HUP", "INT", "QUIT"] {
        ana.sh("rm -f open");
        let mut child = waiting(&mut ana, &folder);
        signalled(&ana, signal, &format!("-{}", child.id()));
        assert!(!child.wait().unwrap().success());
        assert_gone(&folder);
    }
    assert_eq!(value(&ana, "A"), b"canary");
}

#[test]
fn text_is_gone_when_this_program_alone_is_killed() {
    let mut ana = ana_with(&[("A", "canary")]);
    let folder = runtime(&mut ana);
    let mut child = waiting(&mut ana, &folder);
    let group = format!("-{}", child.id());
    child.kill().unwrap();
    child.wait().unwrap();
    assert_gone(&folder);
    signalled(&ana, "KILL", &group);
}

#[test]
fn folder_stays_as_long_as_the_editor_though_its_keeper_is_asked_to_end() {
    let mut ana = ana_with(&[("A", "old")]);
    let folder = runtime(&mut ana);
    let keepers = format!(
        "for p in /proc/[0-9]*; do if tr '\\0' ' ' < $p/cmdline | grep -q 'edit --keep-in {}/cargo-vault $'; then echo ${{p#/proc/}}; fi; done 2>/dev/null",
        folder.path().display()
    );
    script(
        &mut ana,
        &format!(
            "k=$({keepers}); [ -n \"$k\" ]; for s in TERM HUP INT; do kill -$s $k; done; sleep 0.2; echo new > \"$1\""
        ),
    );
    ana.vault(&["edit", "A"]).ok();
    assert_eq!(value(&ana, "A"), b"new");
    assert_eq!(left(&folder), Vec::<String>::new());
}

#[test]
fn ctrl_c_in_the_editor_is_the_editors() {
    let mut ana = ana_with(&[("A", "old")]);
    if !is_here(&ana) {
        return;
    }
    script(
        &mut ana,
        "trap 'echo caught > \"$1\"; exit 0' INT; echo ready; for i in $(seq 600); do sleep 0.05; done",
    );
    let editor = ana.env["EDITOR"].clone();
    for (editor, version) in [(editor.clone(), 2), (format!("X=1; {editor}"), 4)] {
        ana.vault_with(&["set", "A"], b"old").ok();
        ana.set("EDITOR", editor);
        let said = vault_at_terminal(&ana, &[("ready", "\x03")], &["edit", "A"]).ok();
        assert!(said.text().ends_with(&format!("changed `dev/A` (version {version})\n")), "{}", said.text());
        assert_eq!(value(&ana, "A"), b"caught");
    }
}

#[test]
fn ctrl_c_at_a_question_ends_it_and_the_text_is_gone() {
    let mut ana = ana_editing(&[("A", "old")], "sed -i s/=/:/");
    if !is_here(&ana) {
        return;
    }
    let folder = runtime(&mut ana);
    let said = vault_at_terminal(&ana, &[("Edit it again?", "\x03")], &["edit"]);
    assert_eq!(said.code, 128 + 2, "{}", said.text());
    assert_gone(&folder);
}

#[test]
fn killed_edit_leaves_the_old_values_or_the_new_and_no_text() {
    let mut ana = ana_with(&[("A", "0"), ("B", "0")]);
    let folder = runtime(&mut ana);
    let (mut usual, mut happened, rounds) = (Duration::from_millis(60), 0, 60);
    for round in 1..=rounds {
        script(&mut ana, &format!("sed -i 's/= \".*\"/= \"{round}\"/' \"$1\""));
        let mut command = ana.command(PROGRAM);
        command.arg("edit").stdin(Stdio::null()).stdout(Stdio::null()).stderr(Stdio::null());
        let before = value(&ana, "A");
        let mut child = command.spawn().unwrap();
        sleep(usual.mul_f64(f64::from(round % 12) / 6.0));
        let by_itself = child.try_wait().unwrap().is_some();
        let _ = child.kill();
        child.wait().unwrap();
        usual = usual.mul_f64(if by_itself { 0.98 } else { 1.01 });
        let now = value(&ana, "A");
        assert_eq!(value(&ana, "B"), now);
        assert!(now == before || now == round.to_string().as_bytes(), "{now:?}");
        happened += u32::from(now != before);
    }
    assert!(happened > 0 && happened < rounds, "{happened} of {rounds} happened");
    assert_gone(&folder);
    ana.vault(&["verify"]).ok();
}

#[test]
fn two_edits_at_once_lose_nothing() {
    let mut ana = ana_with(&[("A", "old"), ("B", "old")]);
    script(
        &mut ana,
        "sed -i s/old/new/ \"$1\"; touch \"../done-${1##*/}\"; until [ -e ../done-A ] && [ -e ../done-B ]; do sleep 0.02; done",
    );
    let begin = |name: &str| {
        let mut command = ana.command(PROGRAM);
        command.args(["edit", name]).stdout(Stdio::null());
        command.spawn().unwrap()
    };
    let both = [begin("A"), begin("B")];
    assert!(both.into_iter().all(|mut child| child.wait().unwrap().success()));
    assert_eq!((value(&ana, "A"), value(&ana, "B")), (b"new".to_vec(), b"new".to_vec()));
}

/// `edit A` where no folder is in memory, if this machine lets a test make such a place.
fn without_memory(ana: &Person, flags: &str) -> Option<Said> {
    ana.write("../bare/x", "");
    let mut command = ana.command("setsid");
    let line = format!("mount --bind \"$0\" /dev/shm || exit 99; exec '{PROGRAM}' edit A {flags}");
    command.args(["--wait", "unshare", "-rm", "/bin/sh", "-c", &line]).arg(ana.root().join("bare"));
    let said = crate::harness::said(command, b"");
    let cannot = said.code == 99 || said.err.contains("unshare");
    (!cannot).then_some(said)
}

#[test]
fn where_no_folder_is_in_memory_nothing_is_edited_unless_asked() {
    let ana = ana_editing(&[("A", "old")], "sed -i s/old/new/");
    if std::process::Command::new("stat")
        .args(["-f", "-c", "%T", "/tmp"])
        .output()
        .is_ok_and(|o| o.stdout.starts_with(b"tmpfs"))
    {
        return skipped("/tmp is in memory");
    }
    let Some(said) = without_memory(&ana, "") else { return skipped("no mounts can be made") };
    insta::assert_snapshot!(redacted(&said.conversation(), &ana), @r"
    exit 1
    --- stdout
    --- stderr
    error: there is no folder in memory here, and what is once on a disk may stay there

    help: `--on-disk` edits in `/tmp` all the same
    ");
    assert_eq!(value(&ana, "A"), b"old");
    let said = without_memory(&ana, "--on-disk").unwrap().ok();
    assert_eq!(said.text(), "changed `dev/A` (version 2)\n");
}

#[test]
fn editor_that_comes_back_at_once_is_told_of() {
    let mut ana = ana_with(&[("A", "old")]);
    ana.write("bin/code", "#!/bin/sh\n");
    ana.sh("chmod +x bin/code");
    let editor = ana.path("bin/code").to_str().unwrap().to_owned();
    ana.set("EDITOR", editor);
    insta::assert_snapshot!(conversation(&ana, &["edit", "A"], b""), @r"
    exit 0
    --- stdout
    --- stderr
    nothing changed
    help: `export EDITOR='[ROOT]/ana-project/bin/code --wait'` has this editor wait for you
    ");
}
