//! The examples in `--help`: every command has some, and they do what they show, at a terminal and in JSON.
//!
//! Each is run by `/bin/sh` in a copy of its own of one project, whose vault, files and programs are made by `world`. Hidden
//! questions get an answer, and questions of yes or no a yes. An example that needs something else to be there adds it to
//! `world`; one that cannot be run here stands in `NOT_RUN` with the reason.

use std::{collections::BTreeSet, fmt::Write};

use serde_json::Value;

use crate::{
    harness::{PROGRAM, Person, Said},
    pty::{is_here, with_answers},
    schema,
    tree::{Called, called, commands},
};

/// Lines that are not run, and why.
const NOT_RUN: [(&str, &str); 5] = [
    ("cargo vault identity new", "there is one of this name already"),
    ("cargo vault identity enrol age1… 'ssh-ed25519 AAAA…'", "its keys are shortened"),
    ("cargo vault identity protect default --keychain", "it needs a keychain: see `keys::keychain`"),
    (
        "age-plugin-yubikey --identity | cargo vault identity import - token",
        "it needs a token: see `keys::plugin`",
    ),
    ("cargo vault recovery use", "it asks for a key on paper: see `commands::recovery`"),
];
/// Commands whose examples are run where there is a repository and no vault, but for those that take one's values.
const WITHOUT_VAULT: [&str; 1] = ["init"];
const FROM: &str = " --from ";
/// Commands whose examples are run where git could not merge two branches.
const AMID_A_MERGE: [&str; 1] = ["resolve"];
/// Commands whose examples are run by somebody who is in no vault yet.
const BY_A_STRANGER: [&str; 1] = ["join"];

const MARK: char = '\u{1e}';
/// So many are run at one terminal, which has a minute.
const AT_ONCE: usize = 12;

/// A line of a command's help.
struct Example {
    of: Called,
    line: String,
}

fn examples() -> Vec<Example> {
    let all = commands().into_iter().filter(|called| !called.words.is_empty());
    let all = all.flat_map(|called| {
        let lines = called.examples();
        lines.into_iter().map(move |line| Example {
            of: Called { words: called.words.clone(), command: called.command.clone() },
            line,
        })
    });
    all.filter(|example| !NOT_RUN.iter().any(|(line, _)| *line == example.line)).collect()
}

/// SSH keys that nobody has.
const PUBLIC: [&str; 4] = [
    "AAAAC3NzaC1lZDI1NTE5AAAAIHsKLqeplhpW+uObz5dvMgjz1OxfM/XXUB+VHtZ6isGN",
    "AAAAC3NzaC1lZDI1NTE5AAAAIOagIbEOGv4cmBgXcyXQ2n+IkVQf4KCKl/9ahNdVXLbt",
    "AAAAC3NzaC1lZDI1NTE5AAAAING7QSIXjYsp6+Stl3O6XHy3vwupJ3KOT8qmINFIK9pZ",
    "AAAAC3NzaC1lZDI1NTE5AAAAIILBg10pZa9v10LQcQEX3T+YDNpbMGijwCW3B/wKpz0E",
];

/// A project with all that the examples name.
fn world() -> Person {
    let ana = Person::with_vault("ana");
    for [env, extends] in [["base", "dev"], ["prod", "dev"], ["staging", "dev"]] {
        ana.vault(&["env", "add", env, "--extends", extends]).ok();
    }
    for name in ["DATABASE_URL", "DB_URL", "SESSION_KEY", "SIGNING_KEY", "TLS_KEY", "db/user", "db/password"]
    {
        ana.vault_with(&["set", name], b"a value").ok();
        ana.vault_with(&["set", "-e", "prod", name], b"another").ok();
    }
    ana.vault(&["identity", "new", "--output", "my-key.txt"]).ok();
    ana.vault(&["identity", "new", "spare"]).ok();
    ana.vault(&["identity", "export", "default", "-o", "backup.txt"]).ok();
    ana.vault(&["recovery", "create", "--name", "bob"]).ok();
    let recovery = ana.vault(&["recovery", "create", "--name", "keeper", "--json"]).ok().text();
    ana.write("recovery.txt", recovery.split("\"recovery\":\"").nth(1).unwrap().split('"').next().unwrap());
    ana.vault(&["identity", "new", "-o", "../dora.txt"]).ok();
    let asked = ana.vault(&["join", "--name", "dora", "--identity", "../dora.txt", "--json"]).ok().text();
    ana.write("told.txt", asked.split("\"fingerprint\":\"").nth(1).unwrap().split('"').next().unwrap());
    ana.vault(&["member", "add", "dan", &format!("ssh-ed25519 {}", PUBLIC[2])]).ok();
    let carla = ana.vault(&["identity", "new", "-o", "../carla.txt", "--json"]).ok().text();
    ana.write("carla.age", carla.split("\"recipient\":\"").nth(1).unwrap().split('"').next().unwrap());
    ana.vault(&["ci", "setup", "--name", "nightly"]).ok();
    ana.write("bob.keys", format!("ssh-ed25519 {}\n", PUBLIC[1]));
    ana.write("carla.keys", format!("# carla\nssh-ed25519 {}\n", PUBLIC[3]));
    for (at, key) in
        [("../ana-home/.ssh/id_ed25519.pub", PUBLIC[0]), ("bob.pub", PUBLIC[1]), ("carla.pub", PUBLIC[3])]
    {
        ana.write(at, format!("ssh-ed25519 {key} somebody@example.org\n"));
    }
    let settings = "color = \"auto\"\n[run]\nallow = [\"EDITOR\"]\n";
    ana.write("../ana-home/.config/cargo-vault/settings.toml", settings);
    ana.write("secrets.json", r#"{"A": "a value", "B": "another"}"#);
    ana.write("key.pem", "a key\n");
    ana.write(
        ".env",
        "URL=\"postgres://app:{{ vault \"db/password\" | url }}@db/app\"\nTLS=cvault://prod/TLS_KEY\n",
    );
    ana.write("app.conf.tmpl", "url = {{ vault \"DATABASE_URL\" | json }}\n");
    ana.write("deploy.yaml", "password: {{ vault \"db/password\" | json }}\n");
    ana.write("app.log", "a line\n");
    ana.write("target/debug/app", "#!/bin/sh\n");
    ana.write("../bin/cargo", "#!/bin/sh\n[ \"$1\" = vault ] || exit 0\nexec cargo-vault \"$@\"\n");
    let pass = "case $1 in show) cat backup.txt ;; *) cat ;; esac";
    for (program, line) in [
        ("psql", "exit 0"),
        ("kubectl", "exec cat"),
        ("code", "exit 0"),
        ("pbpaste", "echo a value"),
        ("pass", pass),
    ] {
        ana.write(&format!("../bin/{program}"), format!("#!/bin/sh\n{line}\n"));
    }
    ana.sh(&format!("chmod +x target/debug/app ../bin/*; ln -s '{PROGRAM}' ../bin/cargo-vault"));
    ana.sh("mkdir -p ~/.zfunc ~/.config/fish/conf.d ~/.config/direnv/lib");
    let anchor =
        ana.sh("../bin/cargo-vault trust --show --json | sed 's/.*\"anchor\":\"\\([^\"]*\\)\".*/\\1/'");
    ana.write("anchor.txt", anchor);
    allow_the_keys(&ana);
    ana.commit("all");
    part(&ana);
    ana
}

/// Two branches that both change the roster, and two that both set a secret, beside the one that everything else is run on.
fn part(ana: &Person) {
    for (branch, env) in [("one", "east"), ("two", "west")] {
        ana.git(&["checkout", "-q", "-b", branch, "main"]);
        ana.vault(&["env", "add", env]).ok();
        ana.commit(env);
    }
    for branch in ["here", "there"] {
        ana.git(&["checkout", "-q", "-b", branch, "main"]);
        ana.vault_with(&["set", "DATABASE_URL"], branch.as_bytes()).ok();
        ana.commit(branch);
    }
    ana.git(&["checkout", "-q", "main"]);
}

/// Allows the keys that the examples need, which lie here in files.
fn allow_the_keys(ana: &Person) {
    let found: Value = serde_json::from_slice(&ana.vault(&["scan", "--json"]).out).unwrap();
    for finding in found["found"].as_array().unwrap() {
        ana.vault(&["scan", "--allow", finding["fingerprint"].as_str().unwrap()]).ok();
    }
}

/// What came of an example.
struct Came {
    code: String,
    shown: String,
    out: Vec<u8>,
}

/// Runs lines, each where its command can be run; standard output to a file if so wanted.
fn run(ana: &Person, lines: &[(&Example, String)], into_file: bool) -> Vec<Came> {
    let mut script =
        "export PATH=\"$PWD/../bin:$PATH\" PAGER=cat MANPAGER=cat GIT_PAGER=cat EDITOR=true\n".to_owned();
    for (i, (example, line)) in lines.iter().enumerate() {
        let at = format!("../copy-{i}");
        let bare = WITHOUT_VAULT.contains(&example.of.name().as_str()) && !line.contains(FROM);
        let project = if bare { "bare" } else { "project" };
        ana.write(&format!("{at}/line"), line);
        ana.sh(&format!(
            "cp -a ../ana-home {at}/home; cp -a . {at}/project; mkdir {at}/bare; git -C {at}/bare init -q; \
             mkdir {at}/stranger; printf '[user]\\n\\tname = Erik\\n' > {at}/stranger/.gitconfig"
        ));
        if AMID_A_MERGE.contains(&example.of.name().as_str()) {
            let decides = line.contains("--ours") || line.contains("--theirs");
            let [one, two] = if decides { ["here", "there"] } else { ["one", "two"] };
            ana.sh(&format!(
                "cd {at}/project; git checkout -q {one}; git merge -q {two} >../merged 2>&1 || true"
            ));
        }
        let into = if into_file { "> ../out" } else { "" };
        let home = if BY_A_STRANGER.contains(&example.of.name().as_str()) { "stranger" } else { "home" };
        writeln!(script, "printf '{MARK}'; (cd {at}/{project}; HOME=$PWD/../{home} /bin/sh -eu ../line {into}); printf '{MARK}%s{MARK}' $?")
            .unwrap();
    }
    ana.write("../session", script);
    let answers = [
        ("(Value of|Passphrase of|New passphrase|the same again).*: ", "an answer\r"),
        ("\\[[yY]/[nN]\\] ", "y\r"),
    ];
    let Said { out, err, .. } = with_answers(ana, &answers, &["/bin/sh", "../session"]);
    let text = String::from_utf8_lossy(&out).into_owned();
    let parts: Vec<&str> = text.split(MARK).collect();
    let came: Vec<Came> = (0..lines.len())
        .map(|i| Came {
            shown: parts.get(3 * i + 1).copied().unwrap_or(&err).to_owned(),
            code: parts.get(3 * i + 2).copied().unwrap_or("not reached").to_owned(),
            out: std::fs::read(ana.path(&format!("../copy-{i}/out"))).unwrap_or_default(),
        })
        .collect();
    ana.sh("rm -rf ../copy-*");
    came
}

#[test]
fn every_command_shows_two_to_four_examples_of_itself() {
    let mut faults = Vec::new();
    for called in commands().iter().filter(|called| !called.words.is_empty()) {
        let lines = called.examples();
        let itself = lines.iter().any(|line| line_calls(line).starts_with(&called.words));
        if !(2..=4).contains(&lines.len()) || !itself {
            faults.push(format!("cargo vault {} --help: {lines:#?}", called.words.join(" ")));
        }
    }
    assert!(faults.is_empty(), "{}", faults.join("\n"));
}

/// The command that a line calls.
fn line_calls(line: &str) -> Vec<String> {
    let behind =
        line.split_once("cargo vault").or(line.split_once("cargo-vault")).map_or("", |(_, behind)| behind);
    let words = behind.split_whitespace().take_while(|word| *word != "--");
    called(&words.collect::<Vec<_>>())
}

#[test]
fn examples_do_what_they_show() {
    let ana = world();
    if !is_here(&ana) {
        return;
    }
    let mut faults = Vec::new();
    for some in examples().chunks(AT_ONCE) {
        let lines: Vec<(&Example, String)> =
            some.iter().map(|example| (example, example.line.clone())).collect();
        for ((_, line), Came { code, shown, .. }) in lines.iter().zip(run(&ana, &lines, false)) {
            if code != "0" {
                faults.push(format!("`{line}` ended with {code} and showed\n{shown}"));
            }
        }
    }
    assert!(faults.is_empty(), "{}", faults.join("\n"));
}

#[test]
fn examples_answer_in_json_as_their_schema_says() {
    let ana = world();
    if !is_here(&ana) {
        return;
    }
    let mut answered = BTreeSet::new();
    // What is sent into a file is looked at instead.
    let seen = |line: &str| line.split(" >").next().unwrap_or_default().to_owned();
    for some in examples().chunks(AT_ONCE) {
        let in_json = |example: &Example| {
            let line = seen(&example.line).replacen("cargo vault ", "cargo vault --json ", 1);
            line.replacen("cargo-vault ", "cargo-vault --json ", 1)
        };
        let lines: Vec<(&Example, String)> = some.iter().map(|example| (example, in_json(example))).collect();
        for ((example, line), Came { code, shown, out }) in lines.iter().zip(run(&ana, &lines, true)) {
            assert_eq!(code, "0", "`{line}` showed\n{shown}");
            let command = line_calls(&example.line).join("-");
            let command = if command == "config" { "config-list".to_owned() } else { command };
            if !schema::is_without(&command) {
                schema::answer(&command, &out);
                answered.insert(command);
            }
        }
    }
    let wanted = commands().into_iter().filter(Called::acts).map(|called| called.name());
    let silent: Vec<String> =
        wanted.filter(|name| !schema::is_without(name) && !answered.contains(name)).collect();
    assert_eq!(silent, Vec::<String>::new(), "no example of these answered");
}

#[test]
fn every_example_that_is_not_run_is_one() {
    let lines: Vec<String> = commands().iter().flat_map(Called::examples).collect();
    assert!(NOT_RUN.iter().all(|(line, why)| lines.contains(&(*line).to_owned()) && !why.is_empty()));
}
