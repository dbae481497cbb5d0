//! `kill -9` at any moment of a command that writes: the old state or the new one, nothing between, and nothing left over.

use std::{
    fs,
    io::Write,
    process::Stdio,
    thread::sleep,
    time::{Duration, Instant},
};

use rand::Rng;

use crate::harness::{PROGRAM, Person};

/// How long a command takes here when nobody kills it.
fn usual(person: &Person, args: &[&str], stdin: &[u8]) -> Duration {
    let begun = Instant::now();
    person.vault_with(args, stdin).ok();
    begun.elapsed()
}

/// Starts a command and kills it at a random moment; says whether it had ended by itself.
fn killed(person: &Person, args: &[&str], stdin: &[u8], usual: Duration) -> bool {
    let mut command = person.command(PROGRAM);
    command.args(args).stdin(Stdio::piped()).stdout(Stdio::null()).stderr(Stdio::null());
    let mut child = command.spawn().unwrap();
    // A child that was killed or has no use for it closes the pipe.
    let _ = child.stdin.take().unwrap().write_all(stdin);
    sleep(usual.mul_f64(rand::thread_rng().gen_range(0.0..1.5)));
    let ended = child.try_wait().unwrap().is_some();
    // It may end in between.
    let _ = child.kill();
    child.wait().unwrap();
    ended
}

/// What a name has: its value, or none.
#[track_caller]
fn value(person: &Person, name: &str) -> Option<String> {
    let said = person.vault(&["get", name]);
    match said.code {
        0 => Some(said.text()),
        3 => None,
        code => panic!("exit {code}: {}", said.err),
    }
}

/// Fails unless the vault is sound, and nothing lies where changes are staged.
#[track_caller]
fn sound(person: &Person) {
    person.vault(&["verify"]).ok();
    let staged = person.path(".vault/.work/new");
    let left: Vec<_> =
        fs::read_dir(staged).map(|entries| entries.map(|e| e.unwrap().path()).collect()).unwrap_or_default();
    assert!(left.is_empty(), "left over: {left:?}");
    assert!(!person.path(".vault/.work/journal").exists());
}

#[test]
fn three_hundred_killed_sets_and_removals_leave_the_old_state_or_the_new() {
    let ana = Person::with_vault("ana");
    let usual = usual(&ana, &["set", "DB"], b"0");
    let (mut before, mut ended) = (Some("0".to_owned()), 0);
    for round in 1..=300 {
        let wanted = (round % 5 != 0).then(|| round.to_string());
        let done = match &wanted {
            Some(value) => killed(&ana, &["set", "DB"], value.as_bytes(), usual),
            None => killed(&ana, &["rm", "DB"], b"", usual),
        };
        ended += usize::from(done);
        let after = value(&ana, "DB");
        assert!(after == before || after == wanted, "round {round}: {before:?}, {wanted:?}, {after:?}");
        before = after;
        if round % 30 == 0 {
            ana.vault_with(&["set", "OTHER"], round.to_string().as_bytes()).ok();
            sound(&ana);
        }
    }
    assert!(
        (10..290).contains(&ended),
        "{ended} of 300 ended before they were killed: the moments were no sample"
    );
}

/// Kills a command that changes many files, again and again, and fails unless each time it had happened whole or not at all.
#[track_caller]
fn many_files_all_or_nothing(
    rounds: usize,
    args: &dyn Fn(usize) -> Vec<String>,
    happened: &dyn Fn(&Person, usize) -> bool,
) {
    let ana = Person::with_vault("ana");
    ana.vault_with(&["set", "DB"], b"value").ok();
    let arguments = args(0);
    let usual = usual(&ana, &arguments.iter().map(String::as_str).collect::<Vec<_>>(), b"");
    let mut count = 0;
    for round in 1..=rounds {
        let arguments = args(round);
        killed(&ana, &arguments.iter().map(String::as_str).collect::<Vec<_>>(), b"", usual);
        assert_eq!(value(&ana, "DB").as_deref(), Some("value"), "round {round}");
        count += usize::from(happened(&ana, round));
        ana.vault_with(&["set", "OTHER"], round.to_string().as_bytes()).ok();
        sound(&ana);
    }
    assert!((1..rounds).contains(&count), "{count} of {rounds} happened: the moments were no sample");
}

#[test]
fn killed_env_add_makes_the_environment_whole_or_not_at_all() {
    many_files_all_or_nothing(
        40,
        &|round| vec!["env".into(), "add".into(), format!("e{round}")],
        &|person, round| person.vault(&["list", "-e", &format!("e{round}")]).code == 0,
    );
}

#[test]
fn killed_ci_setup_adds_the_machine_whole_or_not_at_all() {
    many_files_all_or_nothing(
        30,
        &|round| vec!["ci".into(), "setup".into(), "--name".into(), format!("m{round}")],
        &|person, round| {
            let roster = String::from_utf8(person.read(".vault/roster.toml")).unwrap();
            roster.contains(&format!("[members.m{round}]\n"))
        },
    );
}

#[test]
fn killed_mv_leaves_the_secret_in_its_old_place_or_its_new_one() {
    let ana = Person::with_vault("ana");
    ana.vault(&["env", "add", "prod"]).ok();
    ana.vault_with(&["set", "DB"], b"value").ok();
    let at = |env: &str| ana.vault(&["get", "-e", env, "DB"]);
    let usual = usual(&ana, &["mv", "DB", "--to", "prod"], b"");
    let (mut here, mut there, mut moved) = ("prod", "dev", 0);
    for round in 1..=40 {
        killed(&ana, &["mv", "-e", here, "DB", "--to", there], b"", usual);
        let (old, new) = (at(here), at(there));
        match (old.code, new.code) {
            (0, 3) => assert_eq!(old.text(), "value"),
            (3, 0) => {
                assert_eq!(new.text(), "value");
                (here, there, moved) = (there, here, moved + 1);
            }
            codes => panic!("round {round}: {codes:?}: {}{}", old.err, new.err),
        }
        ana.vault_with(&["set", "OTHER"], round.to_string().as_bytes()).ok();
        sound(&ana);
    }
    assert!((1..40).contains(&moved), "{moved} of 40 happened: the moments were no sample");
}

#[test]
fn killed_get_leaves_the_whole_value_in_its_file_or_no_file() {
    let ana = Person::with_vault("ana");
    ana.vault_with(&["set", "BIG"], &[b'x'; 1024 * 1024]).ok();
    let usual = usual(&ana, &["get", "BIG", "-o", "out0"], b"");
    let mut whole = 0;
    for round in 1..=60 {
        let name = format!("out{round}");
        killed(&ana, &["get", "BIG", "-o", &name], b"", usual);
        if ana.path(&name).exists() {
            assert_eq!(ana.read(&name).len(), 1024 * 1024, "round {round}");
            whole += 1;
        }
    }
    let others = ana.sh("ls -A | grep -v -e '^out[0-9]*$' -e '^.git$' -e '^.vault$' || true");
    assert_eq!(others, "");
    assert!((1..60).contains(&whole), "{whole} of 60 were written: the moments were no sample");
}
