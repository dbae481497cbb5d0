//! Machines that lack something, and streams that are closed, full or nobody's: what is said there reads from the top down.

use std::{fmt::Write, process::Command};

use crate::{
    harness::{PROGRAM, Person, redacted, said, skipped},
    load::is_root,
    pty::{at_terminal_of, is_here},
};

/// What people type every day, each as a line of the shell.
const DAILY: [&str; 9] = [
    "cargo vault init --name ana",
    "printf postgres://localhost/app | cargo vault set DATABASE_URL",
    "cargo vault get DATABASE_URL",
    "cargo vault list --long",
    "cargo vault run -- /bin/sh -c 'echo \"$DATABASE_URL\"'",
    "cargo vault verify",
    "cargo vault ci setup --for shell",
    "cargo vault identity new second",
    "cargo vault identity show",
];

/// A shell at a person's machine.
fn shell(person: &Person) -> Command {
    let mut command = person.command("setsid");
    command.args(["--wait", "/bin/sh"]);
    command
}

/// The same under another user's number, whom permissions stop; `None` where only root could take it.
fn shell_as(person: &Person, uid: u32) -> Option<Command> {
    if !is_root(person) {
        return None;
    }
    person.sh(&format!("chown -R {uid}:{uid} '{}'", person.root().display()));
    let mut command = person.command("setpriv");
    command.args([&format!("--reuid={uid}"), &format!("--regid={uid}"), "--clear-groups"]);
    command.args(["setsid", "--wait", "/bin/sh"]);
    Some(command)
}

/// Types lines one after the other, and gives what a person sees of it: both streams as they come.
fn session(person: &Person, mut shell: Command, lines: &[&str]) -> String {
    let mut script = String::new();
    for line in lines {
        let typed = line.replace("cargo vault", PROGRAM);
        let shown = line.replace('\'', "'\\''");
        writeln!(script, "printf '$ %s\\n' '{shown}'\n{{ {typed}\n}} 2>&1").unwrap();
        writeln!(script, "code=$?; [ $code = 0 ] || printf '[exit %s]\\n' $code; echo").unwrap();
    }
    shell.args(["-c", &script]);
    redacted(&said(shell, b"").ok().text(), person)
}

fn with_git(name: &str) -> Person {
    let person = Person::new(name);
    person.git(&["init", "-q", "-b", "main", "."]);
    person
}

#[test]
fn without_session_bus_or_repository_everything_works() {
    let ana = Person::new("ana");
    insta::assert_snapshot!(session(&ana, shell(&ana), &DAILY), @r#"
    $ cargo vault init --name ana
    created .vault with environment `dev`; you are `ana`, its first admin
      vault     [VAULT]
      identity  [RECIPIENT]  (in `[ROOT]/ana-home/.config/cargo-vault/identities/default.txt`)
    help: `cargo vault recovery create` adds a key to keep offline, should yours be lost
    help: `cargo vault set DATABASE_URL` sets the first secret

    $ printf postgres://localhost/app | cargo vault set DATABASE_URL
    set `dev/DATABASE_URL` (version 1)

    $ cargo vault get DATABASE_URL
    postgres://localhost/app
    $ cargo vault list --long
    NAME          VERSION  SET         BY   KIND
    DATABASE_URL  1        [DATE]  ana  text

    $ cargo vault run -- /bin/sh -c 'echo "$DATABASE_URL"'
    postgres://localhost/app

    $ cargo vault verify
    everything here is as its members signed it
      vault     [VAULT]
      verified  1 secret, 1 environment, 1 log line
      history   not checked: there is no git repository around this vault

    $ cargo vault ci setup --for shell
    added `ci`, a machine that may read `dev`

    Its key, shown this once and stored nowhere. It goes into the variable CVAULT_KEY:

    [IDENTITY]#[ANCHOR]

    # any shell: CVAULT_KEY from wherever the machine keeps it
    export CVAULT_KEY
    cargo-vault run -- ./target/debug/app
    help: commit and push `.vault`: the key works from then on

    $ cargo vault identity new second
    made an identity in `[ROOT]/ana-home/.config/cargo-vault/identities/second.txt`
      recipient   [RECIPIENT]
      signs with  ssh-ed25519 [SIGNING KEY]

    $ cargo vault identity show
    `[ROOT]/ana-home/.config/cargo-vault/identities/default.txt`
      recipient   [RECIPIENT]
      signs with  ssh-ed25519 [SIGNING KEY]

    `[ROOT]/ana-home/.config/cargo-vault/identities/second.txt`
      recipient   [RECIPIENT]
      signs with  ssh-ed25519 [SIGNING KEY]
    "#);
}

#[test]
fn without_the_program_git_nothing_is_said_otherwise() {
    let (ana, bob) = (with_git("ana"), with_git("ana"));
    let setsid = ana.sh("command -v setsid");
    let mut without = bob.command(setsid.trim_end());
    without.args(["--wait", "/bin/sh"]).env("PATH", "/nonexistent");
    assert_eq!(session(&bob, without, &DAILY), session(&ana, shell(&ana), &DAILY));
}

#[test]
fn in_a_repository_only_its_history_is_told_otherwise_and_what_git_can_do() {
    let (ana, bob) = (Person::new("ana"), with_git("ana"));
    let with = session(&bob, shell(&bob), &DAILY);
    let with = with.replace("no commit yet", "not checked: there is no git repository around this vault");
    let with = with.replace(
        "help: `cargo vault git install` has git merge and show secrets by this program, in this clone\n",
        "",
    );
    assert_eq!(with, session(&ana, shell(&ana), &DAILY));
}

#[test]
fn home_that_is_a_file_is_said_with_a_way_around_it() {
    let ana = Person::new("ana");
    ana.sh("rmdir \"$HOME\" && : > \"$HOME\"");
    let lines = [
        "cargo vault init --name ana",
        "cargo vault identity show",
        "cargo vault identity new --output key.txt",
        "cargo vault init --name ana --identity key.txt",
        "cargo vault list --long",
    ];
    insta::assert_snapshot!(session(&ana, shell(&ana), &lines), @r"
    $ cargo vault init --name ana
    error: cannot write `[ROOT]/ana-home/.config/cargo-vault/identities`: Not a directory (os error 20)

      audit log  not written: cannot open `[ROOT]/ana-home/.local/state/cargo-vault`: Not a directory (os error 20)
    help: nothing was changed
    help: `cargo vault identity new --output FILE` makes one elsewhere, and `--identity FILE` uses it
    [exit 1]

    $ cargo vault identity show
    error: you have no identity yet

    help: `cargo vault identity new` makes one; `cargo vault init` does too
    [exit 3]

    $ cargo vault identity new --output key.txt
    made an identity in `[ROOT]/ana-project/key.txt`
      recipient   [RECIPIENT]
      signs with  ssh-ed25519 [SIGNING KEY]
    warning: the audit log was not written: cannot open `[ROOT]/ana-home/.local/state/cargo-vault`: Not a directory (os error 20)

    $ cargo vault init --name ana --identity key.txt
    created .vault with environment `dev`; you are `ana`, its first admin
      vault     [VAULT]
      identity  [RECIPIENT]  (in `[ROOT]/ana-project/key.txt`)
    warning: nothing here can remember that this vault is yours: cannot write `[ROOT]/ana-home/.local/share/cargo-vault/vaults/[VAULT ID]`: Not a directory (os error 20)
    help: `export CVAULT_TRUST=[ANCHOR]` has each command know it
    help: `cargo vault recovery create` adds a key to keep offline, should yours be lost
    help: `cargo vault set DATABASE_URL` sets the first secret
    warning: the audit log was not written: cannot open `[ROOT]/ana-home/.local/state/cargo-vault`: Not a directory (os error 20)

    $ cargo vault list --long
    error: this vault is not known here yet

      vault      [VAULT]
      founder    ana
      members    ana
      anchor     [ANCHOR]
      audit log  not written: cannot open `[ROOT]/ana-home/.local/state/cargo-vault`: Not a directory (os error 20)
    help: if that is the vault you mean: `cargo vault trust [ANCHOR]`
    help: where nothing is kept between commands: `export CVAULT_TRUST=[ANCHOR]`
    [exit 5]
    ");
}

/// The way around a home that cannot be written.
const AROUND: [&str; 9] = [
    "env -u CVAULT_KEY_FILE cargo vault init --name ana",
    "env -u CVAULT_KEY_FILE cargo vault identity new --output key.txt",
    "cargo vault init --name ana",
    "cargo vault list --long",
    "anchor=$(cargo vault trust --show --json | sed 's/.*\"anchor\":\"\\([^\"]*\\)\".*/\\1/')",
    "cargo vault trust \"$anchor\"",
    "export CVAULT_TRUST=\"$anchor\"",
    "printf postgres://localhost/app | cargo vault set DATABASE_URL",
    "cargo vault run -- /bin/sh -c 'echo \"$DATABASE_URL\"'",
];

#[test]
fn home_that_cannot_be_written_is_said_with_a_way_around_it() {
    let ana = Person::new("ana");
    let Some(mut shell) = shell_as(&ana, 65534) else { return skipped("no other user can run the program") };
    ana.sh("chmod 555 \"$HOME\"");
    shell.env("CVAULT_KEY_FILE", "key.txt");
    let shown = session(&ana, shell, &AROUND);
    ana.sh("chmod 755 \"$HOME\"");
    insta::assert_snapshot!(shown, @r#"
    $ env -u CVAULT_KEY_FILE cargo vault init --name ana
    error: cannot write `[ROOT]/ana-home/.config/cargo-vault/identities`: Permission denied (os error 13)

      audit log  not written: cannot open `[ROOT]/ana-home/.local/state/cargo-vault`: Permission denied (os error 13)
    help: nothing was changed
    help: `cargo vault identity new --output FILE` makes one elsewhere, and `--identity FILE` uses it
    [exit 1]

    $ env -u CVAULT_KEY_FILE cargo vault identity new --output key.txt
    made an identity in `[ROOT]/ana-project/key.txt`
      recipient   [RECIPIENT]
      signs with  ssh-ed25519 [SIGNING KEY]
    warning: the audit log was not written: cannot open `[ROOT]/ana-home/.local/state/cargo-vault`: Permission denied (os error 13)

    $ cargo vault init --name ana
    created .vault with environment `dev`; you are `ana`, its first admin
      vault     [VAULT]
      identity  [RECIPIENT]  (in `[ROOT]/ana-project/key.txt` (from `CVAULT_KEY_FILE`))
    warning: nothing here can remember that this vault is yours: cannot write `[ROOT]/ana-home/.local/share/cargo-vault/vaults/[VAULT ID]`: Permission denied (os error 13)
    help: `export CVAULT_TRUST=[ANCHOR]` has each command know it
    help: `cargo vault recovery create` adds a key to keep offline, should yours be lost
    help: `cargo vault set DATABASE_URL` sets the first secret
    warning: the audit log was not written: cannot open `[ROOT]/ana-home/.local/state/cargo-vault`: Permission denied (os error 13)

    $ cargo vault list --long
    error: this vault is not known here yet

      vault      [VAULT]
      founder    ana
      members    ana
      anchor     [ANCHOR]
      audit log  not written: cannot open `[ROOT]/ana-home/.local/state/cargo-vault`: Permission denied (os error 13)
    help: if that is the vault you mean: `cargo vault trust [ANCHOR]`
    help: where nothing is kept between commands: `export CVAULT_TRUST=[ANCHOR]`
    [exit 5]

    $ anchor=$(cargo vault trust --show --json | sed 's/.*"anchor":"\([^"]*\)".*/\1/')
    {"schema":1,"kind":"warning","message":"nothing vouches for this vault here: compare it with what a member of it sees"}

    $ cargo vault trust "$anchor"
    error: cannot write `[ROOT]/ana-home/.local/share/cargo-vault/vaults/[VAULT ID]`: Permission denied (os error 13)

      audit log  not written: cannot open `[ROOT]/ana-home/.local/state/cargo-vault`: Permission denied (os error 13)
    help: nothing was changed
    [exit 1]

    $ export CVAULT_TRUST="$anchor"

    $ printf postgres://localhost/app | cargo vault set DATABASE_URL
    set `dev/DATABASE_URL` (version 1)
    warning: the audit log was not written: cannot open `[ROOT]/ana-home/.local/state/cargo-vault`: Permission denied (os error 13)

    $ cargo vault run -- /bin/sh -c 'echo "$DATABASE_URL"'
    postgres://localhost/app
    "#);
}

#[test]
fn user_without_a_home_is_told_where_an_identity_can_be() {
    let ana = Person::new("ana");
    // Nobody has this number, so the system knows no home of his.
    let Some(mut shell) = shell_as(&ana, 54321) else { return skipped("no other user can run the program") };
    shell.env_remove("HOME");
    let lines = [
        "cargo vault init --name ana",
        "cargo vault identity new",
        "cargo vault identity show",
        "cargo vault identity new --output key.txt",
        "cargo vault init --name ana --identity key.txt",
        "CVAULT_TRUST=first-use cargo vault set -i key.txt DATABASE_URL x",
    ];
    insta::assert_snapshot!(session(&ana, shell, &lines), @r"
    $ cargo vault init --name ana
    error: this user has no home folder to keep an identity in

    help: `cargo vault identity new --output FILE` makes one elsewhere, and `--identity FILE` uses it
    [exit 2]

    $ cargo vault identity new
    error: this user has no home folder to keep an identity in

    help: `cargo vault identity new --output FILE` makes one elsewhere, and `--identity FILE` uses it
    [exit 2]

    $ cargo vault identity show
    error: you have no identity yet

    help: `cargo vault identity new` makes one; `cargo vault init` does too
    [exit 3]

    $ cargo vault identity new --output key.txt
    made an identity in `[ROOT]/ana-project/key.txt`
      recipient   [RECIPIENT]
      signs with  ssh-ed25519 [SIGNING KEY]

    $ cargo vault init --name ana --identity key.txt
    created .vault with environment `dev`; you are `ana`, its first admin
      vault     [VAULT]
      identity  [RECIPIENT]  (in `[ROOT]/ana-project/key.txt`)
    warning: nothing here can remember that this vault is yours: this user has no home folder
    help: `export CVAULT_TRUST=[ANCHOR]` has each command know it
    help: `cargo vault recovery create` adds a key to keep offline, should yours be lost
    help: `cargo vault set DATABASE_URL` sets the first secret

    $ CVAULT_TRUST=first-use cargo vault set -i key.txt DATABASE_URL x
    set `dev/DATABASE_URL` (version 1)
    ");
}

#[test]
fn ci_job_without_a_home_reads_by_its_variable() {
    let mut ana = Person::with_vault("ana");
    ana.vault_with(&["set", "DATABASE_URL"], b"value").ok();
    let said = ana.vault(&["ci", "setup", "--json"]).ok().text();
    let key: serde_json::Value = serde_json::from_str(&said).unwrap();
    ana.commit("ci");
    ana.set("CVAULT_KEY", key["key"].as_str().unwrap());
    let Some(mut shell) = shell_as(&ana, 54321) else { return skipped("no other user can run the program") };
    shell.env_remove("HOME");
    let lines = ["cargo vault get DATABASE_URL", "cargo vault list", "cargo vault verify"];
    insta::assert_snapshot!(session(&ana, shell, &lines), @r"
    $ cargo vault get DATABASE_URL
    value
    $ cargo vault list
    DATABASE_URL

    $ cargo vault verify
    everything here is as its members signed it
      vault     [VAULT]
      verified  1 secret, 1 environment, 2 log lines
      history   2 commits, of which 2 changed the vault
    ");
}

/// How streams can be of no use, as the shell makes them so.
const STREAMS: [&str; 8] =
    ["<&-", ">&-", "2>&-", "<&- >&- 2>&-", ">/dev/full", "2>/dev/full", ">/dev/full 2>/dev/full", "| true"];

/// The exit code of a command with its streams so, and the first line of its error, if it has one that arrives.
fn with_streams(person: &Person, args: &str, streams: &str) -> String {
    let program = format!("{{ '{PROGRAM}' {args}; echo $? >'{}/code'; }}", person.root().display());
    let line = match streams.strip_prefix('|') {
        // The reader is gone before there is anything to read.
        Some(reader) => {
            format!("(sleep 0.2; '{PROGRAM}' {args}; echo $? >'{}/code') |{reader}", person.root().display())
        }
        None => format!("{program} {streams}"),
    };
    let mut shell = shell(person);
    shell.args(["-c", &line]);
    let said = said(shell, b"");
    let code = person.sh(&format!("cat '{}/code'", person.root().display()));
    let error = said.err.lines().find(|line| line.starts_with("error")).unwrap_or_default();
    redacted(format!("{} {error}", code.trim_end()).trim_end(), person)
}

const READS: [&str; 7] =
    ["get A", "list", "run -- /bin/true", "verify", "identity show", "--help", "get NONE"];
/// Each gets the number of its round behind it.
const WRITES: [&str; 5] =
    ["set B --description ", "env add e", "ci setup --name m", "recovery create --name r", "identity new k"];

#[test]
fn streams_that_are_closed_full_or_nobodys_are_told_of_where_an_answer_is_lost() {
    let ana = Person::with_vault("ana");
    ana.vault_with(&["set", "A"], b"x").ok();
    let mut shown = String::new();
    for (number, streams) in STREAMS.iter().enumerate() {
        let writes = WRITES.map(|args| format!("{args}{number}"));
        for args in READS.map(str::to_owned).into_iter().chain(writes) {
            let ended = with_streams(&ana, &args, streams);
            if ended != "0" {
                writeln!(shown, "{args} {streams}: {ended}").unwrap();
            }
        }
    }
    insta::assert_snapshot!(shown, @r"
    get NONE <&-: 3 error: environment `dev` has no secret `NONE`
    get NONE >&-: 3 error: environment `dev` has no secret `NONE`
    ci setup --name m1 >&-: 1 error: standard output leads nowhere, and the key would be shown this once
    recovery create --name r1 >&-: 1 error: standard output leads nowhere, and the key would be shown this once
    get NONE 2>&-: 3
    get NONE <&- >&- 2>&-: 3
    ci setup --name m3 <&- >&- 2>&-: 1
    recovery create --name r3 <&- >&- 2>&-: 1
    get A >/dev/full: 1 error: cannot write to standard output: No space left on device (os error 28)
    list >/dev/full: 1 error: cannot write to standard output: No space left on device (os error 28)
    verify >/dev/full: 1 error: cannot write to standard output: No space left on device (os error 28)
    identity show >/dev/full: 1 error: cannot write to standard output: No space left on device (os error 28)
    get NONE >/dev/full: 3 error: environment `dev` has no secret `NONE`
    set B --description 4 >/dev/full: 1 error: cannot write to standard output: No space left on device (os error 28)
    env add e4 >/dev/full: 1 error: cannot write to standard output: No space left on device (os error 28)
    ci setup --name m4 >/dev/full: 1 error: `m4` was added, and nobody has seen its key: cannot write to standard output: No space left on device (os error 28)
    recovery create --name r4 >/dev/full: 1 error: `r4` was added, and nobody has seen its key: cannot write to standard output: No space left on device (os error 28)
    identity new k4 >/dev/full: 1 error: cannot write to standard output: No space left on device (os error 28)
    get NONE 2>/dev/full: 3
    get A >/dev/full 2>/dev/full: 1
    list >/dev/full 2>/dev/full: 1
    verify >/dev/full 2>/dev/full: 1
    identity show >/dev/full 2>/dev/full: 1
    get NONE >/dev/full 2>/dev/full: 3
    set B --description 6 >/dev/full 2>/dev/full: 1
    env add e6 >/dev/full 2>/dev/full: 1
    ci setup --name m6 >/dev/full 2>/dev/full: 1
    recovery create --name r6 >/dev/full 2>/dev/full: 1
    identity new k6 >/dev/full 2>/dev/full: 1
    get NONE | true: 3 error: environment `dev` has no secret `NONE`
    ci setup --name m7 | true: 1 error: `m7` was added, and nobody has seen its key: nobody reads standard output any more
    recovery create --name r7 | true: 1 error: `r7` was added, and nobody has seen its key: nobody reads standard output any more
    ");
}

#[test]
fn what_writes_is_done_whatever_becomes_of_its_answer() {
    let ana = Person::with_vault("ana");
    for (number, streams) in STREAMS.iter().enumerate() {
        for args in WRITES {
            with_streams(&ana, &format!("{args}{number}"), streams);
        }
        assert!(
            ana.vault(&["list", "--json"]).ok().text().contains(&format!("\"description\":\"{number}\""))
        );
        let roster = String::from_utf8(ana.read(".vault/roster.toml")).unwrap();
        assert!(roster.contains(&format!("[environments.e{number}]")), "{streams}");
        // A key that nobody would have is not made.
        let shown = !streams.contains(">&- ") && !streams.starts_with(">&-");
        for member in ["m", "r"].map(|name| format!("[members.{name}{number}]")) {
            assert_eq!(roster.contains(&member), shown, "{member} {streams}");
        }
        assert!(ana.home.join(format!(".config/cargo-vault/identities/k{number}.txt")).exists());
    }
    ana.vault(&["verify"]).ok();
}

#[test]
fn audit_log_has_a_write_whose_answer_nobody_got() {
    let ana = Person::with_vault("ana");
    for streams in ["| true", ">/dev/full"] {
        with_streams(&ana, "set A --generate=hex:8", streams);
    }
    let log = ana.sh("cat \"$HOME\"/.local/state/cargo-vault/audit.jsonl");
    let sets: Vec<&str> = log.lines().filter(|line| line.contains("\"action\":\"set\"")).collect();
    assert_eq!(sets.len(), 2, "{log}");
    assert!(sets.iter().all(|line| line.contains("\"outcome\":\"done\"")), "{log}");
}

/// What a session of the day shows at a terminal of this kind and width.
fn at(term: &str, columns: u16) -> Option<(Person, String)> {
    let ana = Person::new("ana");
    if !is_here(&ana) {
        return None;
    }
    let lines = DAILY.map(|line| line.replace("cargo vault", "$0")).join("\n");
    let errors = "$0 get NONE; $0 list -e none; $0 set; $0 --help; $0 set --help; true";
    let said = at_terminal_of(&ana, (term, columns), &format!("{lines}\n{errors}")).ok();
    let text = said.text();
    Some((ana, text))
}

#[test]
fn dumb_terminal_gets_lines_and_nothing_else() {
    let Some((_, text)) = at("dumb", 80) else { return };
    let moving = text.chars().filter(|c| c.is_control() && *c != '\n').collect::<String>();
    assert_eq!(moving, "", "{text:?}");
}

#[test]
fn terminal_that_colours_is_coloured_and_never_redrawn() {
    let Some((_, text)) = at("xterm-256color", 80) else { return };
    assert!(text.contains("\x1b["), "{text:?}");
    assert!(!text.contains('\r'), "{text:?}");
    let sequences = text.split("\x1b[").skip(1);
    let kinds: Vec<char> =
        sequences.filter_map(|rest| rest.chars().find(char::is_ascii_alphabetic)).collect();
    assert!(kinds.iter().all(|kind| *kind == 'm'), "{text:?}");
}

#[test]
fn help_fits_a_narrow_terminal_and_does_not_spread_over_a_wide_one() {
    for (columns, widest) in [(60, 60), (200, 100)] {
        let Some((_, text)) = at("dumb", columns) else { return };
        let help = &text[text.find("Keep a team's secrets").unwrap()..];
        for line in
            help.lines().filter(|line| !line.starts_with("  cargo vault") && !line.contains("| cargo"))
        {
            assert!(line.chars().count() <= widest, "{columns}: {line}");
        }
    }
}
