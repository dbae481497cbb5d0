//! `kill -9` at any moment of every command that writes: the old state or the new one, nothing between, and nothing left over.
//!
//! A new command that writes gets a row in `ROWS`; one that only reads stands in `READERS`.

use std::{
    collections::BTreeMap,
    fs,
    io::Write,
    process::Stdio,
    sync::Mutex,
    thread::{scope, sleep},
    time::{Duration, Instant},
};

use cargo_vault::kernel::{seal::Identity, secret::Secret};
use rand::Rng;

use crate::{
    forge::{anchor, collect},
    harness::{PROGRAM, Person, said},
    leaves::commands,
};

/// How the state is taken care of before a round, how the command is typed, and what is looked at after it was killed.
struct Row {
    /// The words of the command, as the tree of commands has them.
    command: &'static str,
    rounds: usize,
    /// Brings the vault to where the command can be done.
    prepare: fn(&Person, usize),
    args: fn(&Person, usize) -> Vec<String>,
    stdin: fn(usize) -> String,
    /// What there is of what the command changes, looked at through the program. It fails on anything between old and new.
    look: fn(&Person, usize) -> String,
    /// What there is once the command was done.
    new: fn(usize) -> String,
}

const ROWS: &[Row] = &[
    Row {
        command: "set",
        rounds: 100,
        prepare: nothing,
        args: |_, round| typed(&["set", &format!("NAME_{round}")]),
        stdin: |round| format!("value {round}"),
        look: |person, round| value(person, "dev", &format!("NAME_{round}")),
        new: |round| format!("value {round}"),
    },
    // Over a value that is there.
    Row {
        command: "set",
        rounds: 200,
        prepare: nothing,
        args: |_, _| typed(&["set", "DB"]),
        stdin: |round| format!("value {round}"),
        look: |person, _| value(person, "dev", "DB"),
        new: |round| format!("value {round}"),
    },
    Row {
        command: "rm",
        rounds: 100,
        prepare: |person, round| {
            for name in ["A", "B"] {
                person.vault_with(&["set", name], round.to_string().as_bytes()).ok();
            }
        },
        args: |_, _| typed(&["rm", "A", "B"]),
        stdin: no_input,
        look: |person, _| both(person, &["A", "B"]),
        new: |_| "none".to_owned(),
    },
    Row {
        command: "set",
        rounds: 60,
        prepare: nothing,
        args: |_, _| typed(&["set", "--batch"]),
        stdin: |round| format!("A_{round}=x\nB_{round}=x\nC_{round}=x\n"),
        look: |person, round| both(person, &["A", "B", "C"].map(|name| format!("{name}_{round}"))),
        new: |_| "all".to_owned(),
    },
    Row {
        command: "mv",
        rounds: 80,
        prepare: |person, round| {
            person.vault_with(&["set", "FROM"], round.to_string().as_bytes()).ok();
        },
        args: |_, round| typed(&["mv", "FROM", &format!("TO_{round}")]),
        stdin: no_input,
        look: |person, round| {
            format!("{}, {}", value(person, "dev", "FROM"), value(person, "dev", &format!("TO_{round}")))
        },
        new: |round| format!("none, {round}"),
    },
    Row {
        command: "rollback",
        rounds: 60,
        prepare: |person, round| {
            person.vault_with(&["set", "BACK", "--keep", "2"], format!("old {round}").as_bytes()).ok();
            person.vault_with(&["set", "BACK"], format!("new {round}").as_bytes()).ok();
        },
        args: |person, _| {
            let text = person.vault(&["history", "BACK", "--json"]).ok().text();
            let answer: serde_json::Value = serde_json::from_str(&text).unwrap();
            let before = answer["events"][1]["version"].to_string();
            typed(&["rollback", "BACK", "--to", &before])
        },
        stdin: no_input,
        look: |person, _| value(person, "dev", "BACK"),
        new: |round| format!("old {round}"),
    },
    // All of one environment at once.
    Row {
        command: "cp",
        rounds: 60,
        prepare: |person, round| {
            for name in ["A", "B", "C"] {
                person.vault_with(&["set", name], round.to_string().as_bytes()).ok();
            }
            person.vault(&["env", "add", &format!("c{round}")]).ok();
        },
        args: |_, round| typed(&["cp", "--all", "--to", &format!("c{round}")]),
        stdin: no_input,
        look: |person, round| environment(person, &format!("c{round}")),
        // `sound` sets one more after twenty.
        new: |round| format!("{} secrets", if round <= 20 { 4 } else { 5 }),
    },
    // A value into a file of its own.
    Row {
        command: "get",
        rounds: 60,
        prepare: nothing,
        args: |person, round| {
            typed(&["get", "DB", "--output", person.root().join(format!("value{round}")).to_str().unwrap()])
        },
        stdin: no_input,
        look: |person, round| {
            fs::read_to_string(person.root().join(format!("value{round}"))).unwrap_or("none".to_owned())
        },
        new: |_| "value".to_owned(),
    },
    // Values into a text's copy.
    Row {
        command: "inject",
        rounds: 60,
        prepare: nothing,
        args: |person, round| {
            typed(&["inject", "-", "--output", person.root().join(format!("text{round}")).to_str().unwrap()])
        },
        stdin: |_| "a {{ vault \"DB\" }} b".to_owned(),
        look: |person, round| {
            fs::read_to_string(person.root().join(format!("text{round}"))).unwrap_or("none".to_owned())
        },
        new: |_| "a value b".to_owned(),
    },
    Row {
        command: "env add",
        rounds: 100,
        prepare: nothing,
        args: |_, round| typed(&["env", "add", &format!("e{round}"), "--extends", "dev"]),
        stdin: no_input,
        look: |person, round| environment(person, &format!("e{round}")),
        new: |_| "0 secrets".to_owned(),
    },
    Row {
        command: "env rm",
        rounds: 70,
        prepare: |person, _| {
            if environment(person, "gone") == "none" {
                person.vault(&["env", "add", "gone"]).ok();
            }
            for name in ["A", "B"] {
                person.vault_with(&["set", "-e", "gone", name], b"x").ok();
            }
        },
        args: |_, _| typed(&["env", "rm", "--yes", "gone"]),
        stdin: no_input,
        look: |person, _| environment(person, "gone"),
        new: |_| "none".to_owned(),
    },
    Row {
        command: "ci setup",
        rounds: 100,
        prepare: nothing,
        args: |_, round| typed(&["ci", "setup", "--name", &format!("m{round}")]),
        stdin: no_input,
        look: |person, round| member(person, &format!("m{round}")),
        new: |_| "a member with a key file".to_owned(),
    },
    Row {
        command: "recovery create",
        rounds: 80,
        prepare: nothing,
        args: |_, round| typed(&["recovery", "create", "--name", &format!("r{round}")]),
        stdin: no_input,
        look: |person, round| member(person, &format!("r{round}")),
        new: |_| "a member with a key file".to_owned(),
    },
    Row {
        command: "member add",
        rounds: 60,
        prepare: nothing,
        args: |person, round| {
            typed(&["member", "add", &format!("a{round}"), &public(person, round), "--read"])
        },
        stdin: no_input,
        look: |person, round| member(person, &format!("a{round}")),
        new: |_| "a member with a key file".to_owned(),
    },
    Row {
        command: "member grant",
        rounds: 60,
        prepare: |person, round| {
            person.vault(&["env", "add", "other"]);
            let (name, key) = (format!("g{round}"), public(person, round));
            person.vault(&["member", "add", &name, &key, "-e", "other", "--read"]).ok();
        },
        args: |_, round| typed(&["member", "grant", &format!("g{round}"), "-e", "dev", "--read"]),
        stdin: no_input,
        look: |person, round| {
            let name = format!("g{round}");
            let granted = members(person)[name.as_str()]["read"].as_array().unwrap().contains(&"dev".into());
            let keys = fs::read_dir(person.path(".vault/keys/dev")).unwrap();
            let mut keys = keys.map(|entry| entry.unwrap().file_name().into_string().unwrap());
            assert_eq!(granted, keys.any(|file| file.starts_with(&format!("{name}."))), "half a grant");
            granted.to_string()
        },
        new: |_| "true".to_owned(),
    },
    Row {
        command: "join",
        rounds: 60,
        prepare: nothing,
        args: |person, round| {
            device(person, round);
            let [name, key] = [format!("j{round}"), format!("../device{round}.txt")];
            typed(&["join", "--name", &name, "--identity", &key])
        },
        stdin: no_input,
        look: |person, round| asked(person, &format!("j{round}")),
        new: |_| "asked".to_owned(),
    },
    // A request goes in the change that makes its author a member.
    Row {
        command: "approve",
        rounds: 60,
        prepare: |person, round| {
            device(person, round);
            let [name, key] = [format!("p{round}"), format!("../device{round}.txt")];
            person.vault(&["join", "--name", &name, "--identity", &key]).ok();
        },
        args: |_, round| typed(&["approve", "--yes", &format!("p{round}")]),
        stdin: no_input,
        look: |person, round| {
            let name = format!("p{round}");
            format!("{}, {}", member(person, &name), asked(person, &name))
        },
        new: |_| "a member with a key file, none".to_owned(),
    },
    Row {
        command: "member remove",
        rounds: 60,
        prepare: machine_and_twenty_secrets,
        args: |_, round| typed(&["member", "remove", &format!("m{round}"), "--yes"]),
        stdin: no_input,
        look: |person, round| {
            person.vault(&["verify"]).ok();
            member(person, &format!("m{round}"))
        },
        new: |_| "none".to_owned(),
    },
    Row {
        command: "member replace",
        rounds: 60,
        prepare: machine_and_twenty_secrets,
        args: |person, round| {
            typed(&["member", "replace", &format!("m{round}"), &public(person, round), "--yes"])
        },
        stdin: no_input,
        look: |person, round| {
            person.vault(&["verify"]).ok();
            let device = device(person, round);
            let key = person.path(&format!(".vault/keys/dev/m{round}.{}.age", device.recipient().id()));
            let roster = String::from_utf8(person.read(".vault/roster.toml")).unwrap();
            let there = [
                roster.contains(device.recipient().as_str()),
                roster.contains(&format!("[former.m{round}]")),
                key.exists(),
            ];
            assert!(there.iter().all(|part| *part == there[0]), "half a replacement: {there:?}");
            format!("{}, new: {}", member(person, &format!("m{round}")), there[0])
        },
        new: |_| "a member with a key file, new: true".to_owned(),
    },
    Row {
        command: "member revoke",
        rounds: 60,
        prepare: machine_and_twenty_secrets,
        args: |_, round| typed(&["member", "revoke", &format!("m{round}"), "-e", "dev", "--yes"]),
        stdin: no_input,
        look: |person, round| {
            person.vault(&["verify"]).ok();
            let said = person.vault(&["member", "list", "--json"]).ok().text();
            let listed: serde_json::Value = serde_json::from_str(&said).unwrap();
            let name = format!("m{round}");
            let found = listed["members"].as_array().unwrap().iter().find(|member| member["name"] == name);
            found.unwrap()["read"].to_string()
        },
        new: |_| "[]".to_owned(),
    },
    Row {
        command: "member role",
        rounds: 60,
        prepare: |person, round| {
            person.vault(&["ci", "setup", "--name", &format!("m{round}")]).ok();
        },
        args: |_, round| typed(&["member", "role", &format!("m{round}"), "member", "--yes"]),
        stdin: no_input,
        look: |person, round| {
            person.vault(&["verify"]).ok();
            let roster = String::from_utf8(person.read(".vault/roster.toml")).unwrap();
            let (_, rest) = roster.split_once(&format!("[members.m{round}]\nrole = ")).unwrap();
            rest.lines().next().unwrap().to_owned()
        },
        new: |_| "\"member\"".to_owned(),
    },
    Row {
        command: "rekey",
        rounds: 60,
        prepare: |person, round| {
            twenty_secrets(person, round);
            person.write("../epoch", epoch(person));
        },
        args: |_, _| typed(&["rekey"]),
        stdin: no_input,
        look: |person, _| {
            person.vault(&["verify"]).ok();
            let before = fs::read_to_string(person.root().join("epoch")).unwrap();
            if epoch(person) == before { "the old key" } else { "the new key" }.to_owned()
        },
        new: |_| "the new key".to_owned(),
    },
    Row {
        command: "identity new",
        rounds: 100,
        prepare: nothing,
        args: |_, round| typed(&["identity", "new", &format!("key{round}")]),
        stdin: no_input,
        look: |person, round| identity(person, &format!("key{round}")),
        new: |_| "whole".to_owned(),
    },
    // Into a file of the person's own choice.
    Row {
        command: "identity new",
        rounds: 30,
        prepare: nothing,
        args: |person, round| {
            let file = person.root().join(format!("key{round}.txt"));
            typed(&["identity", "new", "--output", file.to_str().unwrap()])
        },
        stdin: no_input,
        look: |person, round| whole(&person.root().join(format!("key{round}.txt"))),
        new: |_| "whole".to_owned(),
    },
    Row {
        command: "config set",
        rounds: 60,
        prepare: nothing,
        args: |_, round| typed(&["config", "set", "run.allow", &format!("V{round}")]),
        stdin: no_input,
        look: |person, _| person.vault(&["config", "get", "run.allow"]).ok().text().trim().to_owned(),
        new: |round| format!("V{round}"),
    },
    Row {
        command: "config unset",
        rounds: 40,
        prepare: |person, _| {
            person.vault(&["config", "set", "run.allow", "V"]).ok();
        },
        args: |_, _| typed(&["config", "unset", "run.allow"]),
        stdin: no_input,
        look: |person, _| person.vault(&["config", "get", "run.allow"]).ok().text().trim().to_owned(),
        new: |_| String::new(),
    },
    Row {
        command: "identity import",
        rounds: 60,
        prepare: nothing,
        args: |_, round| typed(&["identity", "import", "-", &format!("in{round}")]),
        stdin: |_| IDENTITY.to_owned(),
        look: |person, round| identity(person, &format!("in{round}")),
        new: |_| "whole".to_owned(),
    },
    Row {
        command: "identity export",
        rounds: 40,
        prepare: nothing,
        args: |person, round| {
            let file = person.root().join(format!("out{round}.txt"));
            typed(&["identity", "export", "default", "-o", file.to_str().unwrap()])
        },
        stdin: no_input,
        look: |person, round| whole(&person.root().join(format!("out{round}.txt"))),
        new: |_| "whole".to_owned(),
    },
    Row {
        command: "identity forget",
        rounds: 60,
        prepare: |person, round| {
            person.vault(&["identity", "new", &format!("gone{round}")]).ok();
        },
        args: |_, round| typed(&["identity", "forget", &format!("gone{round}"), "--yes"]),
        stdin: no_input,
        look: |person, round| identity(person, &format!("gone{round}")),
        new: |_| "none".to_owned(),
    },
    Row {
        command: "identity enrol",
        rounds: 60,
        prepare: nothing,
        args: |person, round| {
            let device = device(person, round);
            typed(&["identity", "enrol", device.recipient().as_str(), &device.signing_key().public().text()])
        },
        stdin: no_input,
        look: |person, round| {
            let device = device(person, round);
            person.vault(&["list"]).ok();
            let roster = String::from_utf8(person.read(".vault/roster.toml")).unwrap();
            let key = person.path(&format!(".vault/keys/dev/ana.{}.age", device.recipient().id()));
            let there = [
                roster.contains(device.recipient().as_str()),
                roster.contains(&device.signing_key().public().text()),
                key.exists(),
            ];
            assert!(there.iter().all(|part| *part == there[0]), "half a device: {there:?}");
            there[0].to_string()
        },
        new: |_| "true".to_owned(),
    },
    // A crash may leave an identity that is no member's; typed again, the command wants another name for the next.
    Row {
        command: "recovery use",
        rounds: 60,
        prepare: |person, _| {
            if !person.root().join("paper.txt").exists() {
                let made = person.vault(&["recovery", "create", "--name", "paper", "--json"]).ok().text();
                let made: serde_json::Value = serde_json::from_str(&made).unwrap();
                person.write("../paper.txt", made["recovery"].as_str().unwrap());
            }
        },
        args: |_, round| {
            let [name, own] = [format!("u{round}"), format!("own{round}")];
            typed(&["recovery", "use", "--name", &name, "--as", &own, "--identity", "../paper.txt"])
        },
        stdin: no_input,
        look: |person, round| member(person, &format!("u{round}")),
        new: |_| "a member with a key file".to_owned(),
    },
    Row {
        command: "trust",
        rounds: 60,
        prepare: |person, _| {
            forget(person);
        },
        args: |person, _| typed(&["trust", &anchor(person)]),
        stdin: no_input,
        look: |person, _| match person.vault(&["list"]).code {
            0 => "trusted".to_owned(),
            5 => "not trusted".to_owned(),
            code => panic!("exit {code}"),
        },
        new: |_| "trusted".to_owned(),
    },
    Row {
        command: "allow",
        rounds: 60,
        prepare: |person, _| {
            person.vault(&["deny"]).ok();
        },
        args: |_, _| typed(&["allow"]),
        stdin: no_input,
        look: |person, _| allowed(person),
        new: |_| "allowed".to_owned(),
    },
    Row {
        command: "deny",
        rounds: 60,
        prepare: |person, _| {
            person.vault(&["allow"]).ok();
        },
        args: |_, _| typed(&["deny"]),
        stdin: no_input,
        look: |person, _| allowed(person),
        new: |_| "not allowed".to_owned(),
    },
    Row {
        command: "init",
        rounds: 80,
        prepare: |person, _| {
            forget(person);
            person.sh("rm -rf .git .vault \"$HOME\"/.config && git init -q -b main .");
        },
        args: |_, _| typed(&["init", "--name", "ana"]),
        stdin: no_input,
        look: |person, _| founded(person),
        new: |_| "a vault".to_owned(),
    },
];

/// The commands that only read, each as it is typed. What was seen and verified may be kept.
const READERS: &[(&str, &[&str])] = &[
    ("completions", &["completions", "bash"]),
    ("config get", &["config", "get", "color"]),
    ("config list", &["config", "list"]),
    ("config path", &["config", "path"]),
    ("doctor", &["doctor"]),
    ("exposed", &["exposed"]),
    ("status", &["status"]),
    ("hook", &["hook", "bash"]),
    ("identity list", &["identity", "list"]),
    ("man", &["man", "set"]),
    ("mask", &["mask"]),
    ("whoami", &["whoami"]),
    ("list", &["list"]),
    ("run", &["run", "--", "/bin/true"]),
    ("env list", &["env", "list"]),
    ("identity show", &["identity", "show"]),
    ("member list", &["member", "list"]),
    ("requests", &["requests"]),
    ("scan", &["scan"]),
    ("verify", &["verify"]),
    ("log", &["log"]),
    ("history", &["history", "DB"]),
    ("blame", &["blame"]),
    ("show", &["show", "DB"]),
    ("diff", &["diff"]),
];

/// Commands that are killed by tests of their own: those of cargo by `run::cargo`, `repair` and `resolve` by theirs, `sync` by
/// `sync::killed`. `git install` and `git uninstall` change one file of git's each, under git's lock, and nothing of the vault.
const ELSEWHERE: &[&str] = &[
    "bench",
    "demo",
    "edit",
    "git install",
    "git uninstall",
    "identity protect",
    "repair",
    "resolve",
    "sync",
    "test",
];

/// An identity for tests only.
const IDENTITY: &str = "AGE-SECRET-KEY-1EGTZVFFV20835NWYV6270LXYVK2VKNX2MMDKWYKLMGR48UAWX40Q2P2LM0";

/// So many that a kill falls between two of them.
fn twenty_secrets(person: &Person, round: usize) {
    let lines: String = (0..20).map(|i| format!("NAME_{i}=value {round}\n")).collect();
    person.vault_with(&["set", "--batch"], lines.as_bytes()).ok();
}

/// Those, and a machine of the round that reads them.
fn machine_and_twenty_secrets(person: &Person, round: usize) {
    twenty_secrets(person, round);
    person.vault(&["ci", "setup", "--name", &format!("m{round}")]).ok();
}

/// The number of the key of `dev`.
#[track_caller]
fn epoch(person: &Person) -> String {
    let listed = person.vault(&["env", "list", "--json"]).ok().text();
    let listed: serde_json::Value = serde_json::from_str(&listed).unwrap();
    let environments = listed["environments"].as_array().unwrap();
    environments.iter().find(|env| env["name"] == "dev").unwrap()["epoch"].to_string()
}

/// The identity of a device that is to be enrolled.
#[track_caller]
fn device(person: &Person, round: usize) -> Identity {
    let path = person.root().join(format!("device{round}.txt"));
    if !path.exists() {
        person.vault(&["identity", "new", "-o", path.to_str().unwrap()]).ok();
    }
    let file = Secret::new(fs::read(path).unwrap());
    Identity::parse_file(&file).unwrap().0.remove(0)
}

fn nothing(_: &Person, _: usize) {}

fn no_input(_: usize) -> String {
    String::new()
}

fn typed(args: &[&str]) -> Vec<String> {
    args.iter().map(|arg| (*arg).to_owned()).collect()
}

/// What a name has: its value, or none.
#[track_caller]
fn value(person: &Person, env: &str, name: &str) -> String {
    let said = person.vault(&["get", "-e", env, name]);
    match said.code {
        0 => said.text(),
        3 => "none".to_owned(),
        code => panic!("exit {code}: {}", said.err),
    }
}

/// Two secrets of one change, which must be there both or not at all.
#[track_caller]
fn both<S: AsRef<str>>(person: &Person, names: &[S]) -> String {
    let listed = person.vault(&["list"]).ok().text();
    let there = names.iter().filter(|name| listed.lines().any(|line| line == name.as_ref())).count();
    match there {
        0 => "none".to_owned(),
        there if there == names.len() => "all".to_owned(),
        there => panic!("{there} of {} names", names.len()),
    }
}

/// How many secrets an environment has of its own, or none.
#[track_caller]
fn environment(person: &Person, name: &str) -> String {
    let said = person.vault(&["list", "-e", name, "--json"]);
    match said.code {
        0 => {
            let listed: serde_json::Value = serde_json::from_str(&said.text()).unwrap();
            let secrets = listed["secrets"].as_array().unwrap();
            format!("{} secrets", secrets.iter().filter(|secret| secret["env"] == name).count())
        }
        3 => {
            assert!(!person.path(&format!(".vault/keys/{name}")).exists(), "keys of no environment");
            assert!(!person.path(&format!(".vault/secrets/{name}")).exists(), "secrets of no environment");
            "none".to_owned()
        }
        code => panic!("exit {code}: {}", said.err),
    }
}

/// Whether the roster has a member, and his key file is there just then.
#[track_caller]
fn member(person: &Person, name: &str) -> String {
    // A reader settles what a crash left.
    let environments = person.vault(&["env", "list", "--json"]).ok().text();
    let roster = String::from_utf8(person.read(".vault/roster.toml")).unwrap();
    let keys = fs::read_dir(person.path(".vault/keys/dev")).unwrap();
    let key = keys.map(|entry| entry.unwrap().file_name().into_string().unwrap());
    let there = [
        environments.contains(&format!("\"{name}\"")),
        roster.contains(&format!("[members.{name}]\n")),
        key.into_iter().any(|file| file.starts_with(&format!("{name}."))),
    ];
    match there {
        [true, true, true] => "a member with a key file".to_owned(),
        [false, false, false] => "none".to_owned(),
        [may, listed, wrapped] => panic!("may read: {may}, a member: {listed}, has a key file: {wrapped}"),
    }
}

/// The members by their names.
#[track_caller]
fn members(person: &Person) -> BTreeMap<String, serde_json::Value> {
    let said = person.vault(&["member", "list", "--json"]).ok();
    let listed: serde_json::Value = serde_json::from_str(&said.text()).unwrap();
    let members = listed["members"].as_array().unwrap().iter();
    members.map(|member| (member["name"].as_str().unwrap().to_owned(), member.clone())).collect()
}

/// Whether there is a request under a name, which then is whole.
#[track_caller]
fn asked(person: &Person, name: &str) -> String {
    let said = person.vault(&["requests", "--json"]).ok();
    let listed: serde_json::Value = serde_json::from_str(&said.text()).unwrap();
    let requests = listed["requests"].as_array().unwrap();
    let all_whole = requests.iter().all(|request| request["fault"].is_null());
    assert!(all_whole, "{}", said.text());
    if requests.iter().any(|request| request["member"] == name) { "asked" } else { "none" }.to_owned()
}

/// The public half of a round's device.
fn public(person: &Person, round: usize) -> String {
    device(person, round).recipient().as_str().to_owned()
}

/// An identity of the user's own, and that nothing else lies beside it.
#[track_caller]
fn identity(person: &Person, name: &str) -> String {
    let folder = person.home.join(".config/cargo-vault/identities");
    for path in fs::read_dir(&folder).unwrap().map(|entry| entry.unwrap().path()) {
        let known = path.extension().is_some_and(|extension| extension == "txt");
        assert!(known, "left over: {}", path.display());
    }
    whole(&folder.join(format!("{name}.txt")))
}

/// An identity's file is whole or absent.
#[track_caller]
fn whole(path: &std::path::Path) -> String {
    let Ok(bytes) = fs::read(path) else { return "none".to_owned() };
    let text = String::from_utf8_lossy(&bytes).into_owned();
    let parsed = Identity::parse_file(&Secret::new(bytes));
    assert!(parsed.is_ok_and(|(identities, _)| identities.len() == 1), "half an identity: {text:?}");
    "whole".to_owned()
}

/// Whether there is a vault after `init` was killed; where there is none, `init` can be typed again.
#[track_caller]
fn founded(person: &Person) -> String {
    if person.home.join(".config/cargo-vault/identities").exists() {
        identity(person, "default");
    }
    if !person.path(".vault").exists() {
        return "none".to_owned();
    }
    let said = person.vault(&["init", "--name", "ana"]);
    person.vault(&["verify"]).ok();
    match said.code {
        0 => "none".to_owned(),
        6 => "a vault".to_owned(),
        code => panic!("exit {code}: {}", said.err),
    }
}

/// Whether the vault is allowed to load into a shell, and that nothing else lies beside what says so.
#[track_caller]
fn allowed(person: &Person) -> String {
    let folder = person.home.join(".local/share/cargo-vault/shells");
    let files = fs::read_dir(folder).into_iter().flatten().map(|entry| entry.unwrap().file_name());
    let known = |name: &str| name == "lock" || name.ends_with(".new") || name.len() == 64;
    assert!(files.into_iter().all(|name| known(name.to_str().unwrap())));
    match person.vault(&["allow", "--list"]).ok().text().is_empty() {
        true => "not allowed".to_owned(),
        false => "allowed".to_owned(),
    }
}

/// Has a person know no vault.
fn forget(person: &Person) {
    person.sh("rm -rf .git/cargo-vault \"$HOME\"/.local/share/cargo-vault");
}

/// Starts a command and kills it after this time; says whether it had ended by itself.
fn killed(person: &Person, args: &[String], stdin: &str, after: Duration) -> bool {
    let mut command = person.command(PROGRAM);
    command.args(args).stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::null());
    let mut child = command.spawn().unwrap();
    // A child that was killed or has no use for it closes the pipe.
    let _ = child.stdin.take().unwrap().write_all(stdin.as_bytes());
    sleep(after);
    let ended = child.try_wait().unwrap().is_some();
    // It may end in between.
    let _ = child.kill();
    child.wait().unwrap();
    ended
}

/// Fails unless the vault is sound, and nothing lies where changes are staged.
#[track_caller]
fn sound(person: &Person, round: usize) {
    // A vault whose founder was killed before he could keep that he knows it is one that is met for the first time.
    let mut set = person.command(PROGRAM);
    set.args(["set", "OTHER"]).env("CVAULT_TRUST", "first-use");
    said(set, round.to_string().as_bytes()).ok();
    person.vault(&["verify"]).ok();
    let staged = person.path(".vault/.work/new");
    let left: Vec<_> =
        fs::read_dir(staged).map(|entries| entries.map(|e| e.unwrap().path()).collect()).unwrap_or_default();
    assert!(left.is_empty(), "left over: {left:?}");
    assert!(!person.path(".vault/.work/journal").exists(), "a journal was left over");
}

/// Kills a row's command again and again.
fn kill_often(row: &Row) {
    let person = Person::with_vault("ana");
    person.vault_with(&["set", "DB"], b"value").ok();
    let (mut usual, mut ended, mut happened) = (time_of(row, &person), 0, 0);
    for round in 1..=row.rounds {
        (row.prepare)(&person, round);
        let args = (row.args)(&person, round);
        let before = if row.command == "init" { "none".to_owned() } else { (row.look)(&person, round) };
        let after = usual.mul_f64(rand::thread_rng().gen_range(0.0..1.5));
        let by_itself = killed(&person, &args, &(row.stdin)(round), after);
        // The machine is now slower, now faster; a third of the moments come too late to kill.
        usual = usual.mul_f64(if by_itself { 0.98 } else { 1.01 });
        ended += usize::from(by_itself);
        let (now, new) = ((row.look)(&person, round), (row.new)(round));
        assert!(now == before || now == new, "`{}`, round {round}: {before:?}, then {now:?}", args.join(" "));
        assert!(now == new || !by_itself, "`{}`, round {round}: it ended and did nothing", args.join(" "));
        happened += usize::from(now == new);
        if (round % 20 == 0 || round == row.rounds) && person.path(".vault").exists() {
            sound(&person, round);
        }
    }
    let all = row.rounds;
    assert!(
        ended > 0 && ended < all && happened > 0 && happened < all,
        "`{}`: of {all}, {ended} ended and {happened} happened: the moments were no sample",
        row.command
    );
}

/// How long a command takes here when nobody kills it.
fn time_of(row: &Row, person: &Person) -> Duration {
    (row.prepare)(person, 0);
    let args = (row.args)(person, 0);
    let begun = Instant::now();
    person.vault_with(&args, (row.stdin)(0).as_bytes()).ok();
    let usual = begun.elapsed();
    // Cheap, and it shows that the row's look can tell what the command does.
    if row.command != "init" {
        assert_eq!((row.look)(person, 0), (row.new)(0), "`{}`", row.command);
    }
    usual
}

#[test]
fn thousand_kills_leave_the_old_state_or_the_new() {
    assert!(ROWS.iter().map(|row| row.rounds).sum::<usize>() >= 1000);
    let rows = Mutex::new(ROWS.iter());
    let work = || {
        loop {
            let Some(row) = rows.lock().unwrap().next() else { return };
            kill_often(row);
        }
    };
    scope(|scope| {
        for thread in [scope.spawn(work), scope.spawn(work)] {
            thread.join().unwrap();
        }
    });
}

#[test]
fn every_command_is_killed_or_only_reads() {
    let there = commands(&Person::new("ana"));
    for command in &there {
        let row = ROWS.iter().any(|row| row.command == command);
        let reader = READERS.iter().any(|(reader, _)| reader == command);
        let elsewhere = ELSEWHERE.contains(&command.as_str());
        assert!(
            row || reader || elsewhere,
            "`{command}` needs a row in ROWS, or in READERS if it writes nothing"
        );
    }
    for known in ROWS.iter().map(|row| row.command).chain(READERS.iter().map(|(reader, _)| *reader)) {
        assert!(there.iter().any(|command| command == known), "there is no command `{known}` any more");
    }
}

/// Every file of a person but for what says what was seen.
fn everything(person: &Person) -> BTreeMap<String, Vec<u8>> {
    let mut files = BTreeMap::new();
    collect(person.root(), &mut files);
    files.retain(|path, _| !path.contains("/cargo-vault/") || path.contains("/.config/"));
    files
}

#[test]
fn reader_writes_nothing() {
    let ana = Person::with_vault("ana");
    ana.vault_with(&["set", "DB"], b"value").ok();
    let before = everything(&ana);
    for (_, args) in READERS {
        ana.vault(args).ok();
        assert!(everything(&ana) == before, "{args:?} wrote");
    }
}

#[test]
fn hundred_killed_readers_change_nothing() {
    let ana = Person::with_vault("ana");
    ana.vault_with(&["set", "DB"], b"value").ok();
    let before = everything(&ana);
    for round in 0..100 {
        if round % 10 == 0 {
            // So that there is something to keep again.
            ana.sh("rm -f .git/cargo-vault/.vault/seen-*");
        }
        let (_, args) = READERS[round % READERS.len()];
        killed(&ana, &typed(args), "", Duration::from_micros(rand::thread_rng().gen_range(0..20_000)));
    }
    assert!(everything(&ana) == before);
    assert_eq!(value(&ana, "dev", "DB"), "value");
    sound(&ana, 0);
}

/// What stands before an identity changes, and the identity does not.
#[test]
fn killed_protect_leaves_the_identity_that_was_there() {
    let ana = Person::with_vault("ana");
    ana.vault_with(&["set", "DB"], b"value").ok();
    let begun = Instant::now();
    let args = typed(&["identity", "protect", "default", "--remove"]);
    ana.vault(&args).ok();
    let usual = begun.elapsed();
    for _ in 0..100 {
        let after = usual.mul_f64(rand::thread_rng().gen_range(0.0..1.2));
        killed(&ana, &args, "", after);
        assert_eq!(value(&ana, "dev", "DB"), "value");
        assert_eq!(whole(&ana.home.join(".config/cargo-vault/identities/default.txt")), "whole");
    }
}
