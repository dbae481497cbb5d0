//! The canary: a value that was set once is found in nothing that a command leaves behind, says or shows to other processes.

use std::{
    collections::BTreeMap,
    fs,
    io::{BufRead, BufReader},
    os::unix::fs::MetadataExt,
    process::{Child, Stdio},
    thread::sleep,
    time::{Duration, Instant},
};

use base64::{Engine, prelude::BASE64_STANDARD};
use rustix::process::{Pid, Signal, kill_process};

use crate::{
    forge::{collect, identity},
    harness::{PROGRAM, Person, Said, said, skipped},
    load::as_user,
    pty,
};

/// A value that stands nowhere else, and says which way it came in.
fn canary(way: &str) -> String {
    format!("canary-{way}-{:032x}", rand::random::<u128>())
}

/// A value in the forms that something might leave it in.
fn forms(value: &str) -> Vec<Vec<u8>> {
    let hex: String = value.bytes().map(|b| format!("{b:02x}")).collect();
    // The middle of its base64, which does not depend on what stands before and after.
    let shifted = (0..3).map(|shift| {
        let text = BASE64_STANDARD.encode(&value.as_bytes()[shift..]);
        text[4..text.len() - 8].to_owned()
    });
    [value.to_owned(), hex.to_uppercase(), hex].into_iter().chain(shifted).map(String::into_bytes).collect()
}

fn holds(bytes: &[u8], needles: &[Vec<u8>]) -> bool {
    needles.iter().any(|needle| bytes.windows(needle.len()).any(|window| window == needle))
}

/// What processes show of themselves, by path; those that end meanwhile or are another user's are passed over.
fn shown_by_processes(file: &str) -> BTreeMap<String, Vec<u8>> {
    let processes = fs::read_dir("/proc").unwrap().map(|entry| entry.unwrap().path());
    let numbered =
        processes.filter(|path| path.file_name().unwrap().to_str().unwrap().parse::<u32>().is_ok());
    let read = |path: std::path::PathBuf| Some((path.to_str()?.to_owned(), fs::read(path.join(file)).ok()?));
    numbered.filter_map(read).collect()
}

/// A person whose commands' answers are all kept.
struct Watched {
    person: Person,
    answers: Vec<(String, Said)>,
}

impl Watched {
    fn run(&mut self, args: &[&str], stdin: &[u8]) {
        let answer = self.person.vault_with(args, stdin);
        self.answers.push((args.join(" "), answer));
    }

    /// Sets a value in each way that there is, and gives the values.
    fn set_in_every_way(&mut self) -> Vec<String> {
        let ways = [
            "pipe", "argument", "file", "command", "again", "json", "prompt", "lines", "null", "object",
            "edited",
        ]
        .map(canary);
        let [pipe, argument, file, command, again, json, prompt, lines, null, object, edited] = &ways;
        self.person.write("input", file);
        self.person.write("output", command);
        self.run(&["set", "PIPE"], pipe.as_bytes());
        self.run(&["set", "ARGUMENT", argument], b"");
        self.run(&["set", "FILE", "--file", "input"], b"");
        self.run(&["set", "COMMAND", "--from-command", "cat output"], b"");
        self.run(&["set", "db/again", "--description", "twice", "--tag", "a=b"], again.as_bytes());
        self.run(&["set", "JSON", "--kind", "json", "-v"], format!("{{\"a\":\"{json}\"}}").as_bytes());
        if pty::is_here(&self.person) {
            let typed = format!("{prompt}\r");
            let steps = [("Value of PROMPT: ", typed.as_str()), ("the same again: ", typed.as_str())];
            let answer = pty::vault_at_terminal(&self.person, &steps, &["set", "PROMPT"]);
            self.answers.push(("set at a terminal".to_owned(), answer.ok()));
        }
        self.edit(edited);
        self.person.sh("rm input output");
        self.run(&["set", "--batch"], format!("LINES={lines}\nMORE=x{lines}\n").as_bytes());
        self.run(&["set", "--batch=null"], format!("NULL={null}\0").as_bytes());
        self.run(&["set", "--batch=json", "--json"], format!("{{\"OBJECT\":\"\\n{object}\"}}").as_bytes());
        self.run(&["mv", "LINES", "db/lines"], b"");
        self.run(&["cp", "db/lines", "COPY"], b"");
        // Refused, with the value at hand.
        self.run(&["set", "--batch"], format!("{lines}\n-{lines}=y\n").as_bytes());
        self.run(&["set", "--batch=json"], format!("{{\"A\":\"{object}\",{object}").as_bytes());
        self.run(&["set", "--batch=json"], format!("{{\"A\":[\"{object}\"]}}").as_bytes());
        self.run(&["set", "PIPE", "--kind", "json"], pipe.as_bytes());
        self.run(&["set", "-e", "nowhere", "PIPE"], pipe.as_bytes());
        self.run(&["set", "pipe"], pipe.as_bytes());
        self.run(&["set", "BIG"], pipe.repeat(40_000).as_bytes());
        self.run(&["set", "--identity", "nowhere", "PIPE"], pipe.as_bytes());
        self.run(&["set", "FAILS", "--from-command", "exit 3"], b"");
        // They are there, and this is the only answer that holds one.
        assert_eq!(self.person.vault(&["get", "PIPE"]).ok().text(), *pipe);
        assert_eq!(self.person.vault(&["get", "db/again"]).ok().text(), *again);
        ways.to_vec()
    }

    /// Types a value in an editor, then with a mistake, and all of them with an editor that fails.
    fn edit(&mut self, value: &str) {
        for (editor, input, args) in [
            ("cp input", value.to_owned(), &["edit", "FILE"][..]),
            ("cp input", format!("A = \"{value}\"\nB = {value}"), &["edit", "-v"]),
            ("cp input", format!("A = \"{value}\"\n\"{value} \" = \"x\""), &["edit", "--json"]),
            ("false", String::new(), &["edit"]),
        ] {
            self.person.write("input", input);
            self.person.set("EDITOR", editor);
            self.run(args, b"");
        }
    }

    /// Every other command that prints or writes something.
    fn run_every_command(&mut self) {
        self.person.write("references", "A={{ vault \"PIPE\" }}\nB=cvault://dev/NOTHING\n");
        for args in COMMANDS {
            self.run(args, b"");
        }
        self.run(&["inject", "-"], b"{{ vault \"PIPE\" }} {{ vault \"NOTHING\" }}");
        self.person.commit("everything");
        self.run(&["rm", "FILE", "COMMAND"], b"");
        self.person.commit("less");
    }
}

/// Every command that prints or writes something, after those that set values.
const COMMANDS: &[&[&str]] = &[
    &["list"],
    &["list", "--json"],
    &["list", "-v"],
    &["env", "list"],
    &["env", "add", "prod", "--extends", "dev"],
    &["ci", "setup", "--json"],
    &["recovery", "create"],
    &["rekey", "-v"],
    &["repair", "-v"],
    &["resolve", "-v"],
    &["member", "role", "ci", "member", "--yes"],
    &["member", "revoke", "ci", "-e", "dev", "--yes", "-v"],
    &["member", "remove", "recovery", "--yes", "--json"],
    &["exposed"],
    &["scan", "--json"],
    &["scan", "--history", "-v"],
    &["status", "-v"],
    &["log", "--json"],
    &["history", "PIPE"],
    &["diff", "HEAD", "-v"],
    &["rollback", "PIPE", "--to", "1", "-v"],
    &["blame"],
    &["sync", "-v"],
    &["rm", "db/again", "--yes", "--commit"],
    &["sync", "--push", "--json"],
    &["identity", "show"],
    &["trust", "--show"],
    &["identity", "new", "-o", "../dora.txt"],
    &["join", "--name", "dora", "-i", "../dora.txt"],
    &["requests", "--json"],
    &["approve", "dora", "--yes", "--json"],
    &["member", "grant", "dora", "-e", "prod"],
    &["member", "role", "dora", "admin", "--yes"],
    &["member", "list"],
    &["verify"],
    &["verify", "--json"],
    &["doctor", "-v"],
    &["doctor", "--json"],
    &["config", "--json"],
    &["allow"],
    &["allow", "--list", "--json"],
    &["hook", "bash"],
    &["deny"],
    &["run", "-v", "--", "true"],
    &["run", "--inject", "references", "--", "true"],
    &["inject", "references"],
    &["inject", "references", "-v", "-o", ".vault"],
    &["run", "--", "nowhere"],
    &["run", "-v", "--file", "PIPE", "--", "true"],
    &["run", "-v", "--dir", "SECRETS", "--on-disk", "--", "true"],
    &["run", "--dir", "SECRETS", "--on-disk", "--", "nowhere"],
    &["run", "--only", "NOTHING", "--", "true"],
    &["get", "NOTHING"],
    &["get", "PIPE", "--version", "9"],
];

#[test]
fn canary_is_found_nowhere_after_every_command() {
    let mut ana = Person::with_vault("ana");
    let settings = "mkdir -p ~/.config/cargo-vault && printf '[audit]\nreads = true\n' > ~/.config/cargo-vault/settings.toml";
    ana.sh(settings);
    let temporary = ana.root().join("tmp");
    fs::create_dir(&temporary).unwrap();
    ana.set("TMPDIR", temporary.to_str().unwrap());
    let mut ana = Watched { person: ana, answers: Vec::new() };
    let values = ana.set_in_every_way();
    ana.run_every_command();
    let needles: Vec<Vec<u8>> = values.iter().flat_map(|value| forms(value)).collect();
    for (command, said) in &ana.answers {
        let shown = holds(&said.out, &needles) || holds(said.err.as_bytes(), &needles);
        assert!(!shown, "{}: {}", command.split(' ').next().unwrap(), said.err);
    }
    let mut files = BTreeMap::new();
    collect(ana.person.root(), &mut files);
    assert!(files.keys().any(|path| path.ends_with("audit.jsonl")), "{:?}", files.keys());
    assert!(files.keys().any(|path| path.contains(".git/cargo-vault/.vault/seen-")));
    for (path, bytes) in &files {
        assert!(!holds(bytes, &needles), "{path} holds a value");
    }
    let objects = ana.person.sh("git cat-file --batch-all-objects --batch --unordered");
    assert!(!holds(objects.as_bytes(), &needles), "git holds a value");
    // Where nothing is in memory, the folder for files is made here.
    let left: Vec<_> = fs::read_dir(&temporary).unwrap().map(|entry| entry.unwrap().path()).collect();
    assert!(left.iter().all(|path| fs::remove_dir(path).is_ok()), "a temporary file stayed: {left:?}");
    for (path, bytes) in shown_by_processes("cmdline").iter().chain(&shown_by_processes("environ")) {
        assert!(!holds(bytes, &needles), "{path} shows a value");
    }
}

#[test]
fn child_of_run_alone_has_the_value_and_no_argument_list_shows_it() {
    let ana = Person::with_vault("ana");
    let value = canary("run");
    ana.vault_with(&["set", "DB"], value.as_bytes()).ok();
    let mut command = ana.command(PROGRAM);
    command.args(["run", "--", "/bin/sh", "-c", "echo ready; exec sleep 60"]).stdout(Stdio::piped());
    let mut child = Waiting(command.spawn().unwrap());
    let mut line = String::new();
    std::io::BufRead::read_line(&mut std::io::BufReader::new(child.0.stdout.take().unwrap()), &mut line)
        .unwrap();
    assert_eq!(line, "ready\n");
    let needles = forms(&value);
    for (path, bytes) in shown_by_processes("cmdline") {
        assert!(!holds(&bytes, &needles), "{path} shows the value");
    }
    let own = format!("/proc/{}", child.0.id());
    let environments = shown_by_processes("environ");
    assert!(holds(&environments[&own], &needles));
    for (path, bytes) in environments.iter().filter(|(path, _)| **path != own) {
        assert!(!holds(bytes, &needles), "{path} shows the value");
    }
}

#[test]
fn value_in_a_file_is_shown_by_no_process_even_when_it_changes() {
    let ana = Person::with_vault("ana");
    let (before, after) = (canary("file"), canary("changed"));
    ana.vault_with(&["set", "DB"], before.as_bytes()).ok();
    let mut command = ana.command(PROGRAM);
    command.args(["run", "-v", "--watch", "--dir", "SECRETS", "--on-disk", "--on-change", "signal:USR1"]);
    let line = "trap 'echo changed' USR1; test -e $SECRETS/DB && echo ready; while :; do sleep 0.1; done";
    let talk = fs::File::create(ana.root().join("talk")).unwrap();
    command.args(["--", "/bin/sh", "-c", line]).stdout(Stdio::piped()).stderr(talk);
    let mut child = Waiting(command.spawn().unwrap());
    let mut out = BufReader::new(child.0.stdout.take().unwrap()).lines().map(Result::unwrap);
    assert_eq!(out.next().as_deref(), Some("ready"));
    ana.vault_with(&["set", "DB"], after.as_bytes()).ok();
    assert_eq!(out.next().as_deref(), Some("changed"));
    let needles = [forms(&before), forms(&after)].concat();
    for (path, bytes) in shown_by_processes("cmdline").iter().chain(&shown_by_processes("environ")) {
        assert!(!holds(bytes, &needles), "{path} shows the value");
    }
    // Not killed, so that the program ends too.
    kill_process(Pid::from_child(&child.0), Signal::TERM).unwrap();
    child.0.wait().unwrap();
    let talk = fs::read(ana.root().join("talk")).unwrap();
    assert!(!holds(&talk, &needles) && holds(&talk, &[b"changed: `DB`".to_vec()]));
}

/// A process that is killed when the test is done with it.
struct Waiting(Child);

impl Drop for Waiting {
    fn drop(&mut self) {
        // It may have ended.
        let _ = self.0.kill();
        let _ = self.0.wait();
    }
}

/// Waits until something holds, for ten seconds.
#[track_caller]
fn in_time(what: &str, holds: impl Fn() -> bool) {
    let begun = Instant::now();
    while !holds() {
        assert!(begun.elapsed() < Duration::from_secs(10), "{what}");
        sleep(Duration::from_millis(10));
    }
}

#[test]
fn process_that_waits_for_a_value_cannot_be_dumped_or_looked_into() {
    let ana = Person::with_vault("ana");
    let key = String::from_utf8(identity(&ana).reveal().expose().to_vec()).unwrap();
    let Some(mut command) = as_user(&ana, &["set", "DB"]) else {
        return skipped("no other user can run the program");
    };
    command.env("CVAULT_KEY", &key).stdin(Stdio::piped()).stdout(Stdio::null()).stderr(Stdio::null());
    let child = Waiting(command.spawn().unwrap());
    let folder = format!("/proc/{}", child.0.id());
    // Of a process that can be dumped its user owns these; of one that cannot, root does.
    let program = fs::canonicalize(PROGRAM).unwrap();
    let runs_it = || fs::read_link(format!("{folder}/exe")).is_ok_and(|exe| exe == program);
    let readable = || fs::metadata(format!("{folder}/environ")).is_ok_and(|file| file.uid() != 0);
    in_time("its environment can be read by its user", || (runs_it() || is_hidden(&folder)) && !readable());
    let limits = fs::read_to_string(format!("{folder}/limits")).unwrap();
    let core = limits.lines().find(|line| line.starts_with("Max core file size")).unwrap();
    assert_eq!(core.split_whitespace().nth(4), Some("0"), "{core}");
}

/// Whether even the name of its program is hidden.
fn is_hidden(folder: &str) -> bool {
    fs::read_link(format!("{folder}/exe")).is_err()
}

#[test]
fn core_limit_of_the_child_is_the_one_that_the_command_was_started_with() {
    let ana = Person::with_vault("ana");
    let line = format!("ulimit -Sc 7 2>/dev/null || exit 0; '{PROGRAM}' run -- /bin/sh -c 'ulimit -Sc'");
    let said = ana.sh(&line);
    assert!(said.is_empty() || said == "7\n", "{said}");
}

#[test]
fn variables_of_the_key_reach_no_child() {
    let mut ana = Person::with_vault("ana");
    let key = String::from_utf8(identity(&ana).reveal().expose().to_vec()).unwrap();
    ana.write("key.txt", &key);
    ana.sh("chmod 600 key.txt");
    ana.vault_with(&["set", "DB"], b"first").ok();
    ana.set("CVAULT_KEY", &key).set("CVAULT_KEY_FILE", "key.txt").set("CVAULT_KEY_COMMAND", "cat key.txt");
    let environment = ana.vault(&["run", "--", "env"]).ok().text();
    assert!(environment.contains("DB=first\n"), "{environment}");
    assert!(!environment.contains("CVAULT_KEY") && !environment.contains("AGE-SECRET-KEY"), "{environment}");
    ana.vault(&["set", "ENVIRONMENT", "--from-command", "env"]).ok();
    let environment = ana.vault(&["get", "ENVIRONMENT"]).ok().text();
    assert!(environment.contains("PATH="), "{environment}");
    assert!(!environment.contains("CVAULT_KEY") && !environment.contains("AGE-SECRET-KEY"), "{environment}");
}

#[test]
fn value_on_a_full_output_is_an_error_and_on_a_closed_one_is_none() {
    let ana = Person::with_vault("ana");
    ana.vault_with(&["set", "DB"], canary("full").as_bytes()).ok();
    let full = ana.sh(&format!("'{PROGRAM}' get DB > /dev/full 2>err || echo $?; cat err"));
    assert!(full.starts_with("1\nerror: "), "{full}");
    let closed = ana.sh(&format!("'{PROGRAM}' get DB 2>err | true; cat err"));
    assert_eq!(closed, "");
}

#[test]
fn identity_is_shown_by_nothing_but_its_making() {
    let ana = Person::with_vault("ana");
    let key = String::from_utf8(identity(&ana).reveal().expose().to_vec()).unwrap();
    ana.vault_with(&["set", "DB"], b"first").ok();
    for args in [
        &["identity", "show"][..],
        &["verify", "-v"],
        &["list", "-v"],
        &["run", "--", "env"],
        &["get", "-v", "DB"],
    ] {
        let said = ana.vault(args).ok();
        assert!(!said.text().contains(&key) && !said.err.contains(&key), "{args:?}");
    }
    let mut files = BTreeMap::new();
    collect(&ana.cwd, &mut files);
    collect(&ana.home.join(".local"), &mut files);
    for (path, bytes) in &files {
        assert!(!holds(bytes, &[key.clone().into_bytes()]), "{path} holds the identity");
    }
    let mut keys = ana.command(PROGRAM);
    keys.args(["get", "DB"]).env("CVAULT_KEY", "AGE-SECRET-KEY-1NOTONE").stdin(Stdio::piped());
    let answer = said(keys, b"");
    assert!(!answer.err.contains("NOTONE") && answer.code == 4, "{}", answer.err);
}
