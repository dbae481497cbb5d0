//! `kill -9` of a sync and every git that it called, at any moment: the next one goes on, and nothing is lost.

use std::{
    os::unix::process::CommandExt,
    process::Stdio,
    thread::sleep,
    time::{Duration, Instant},
};

use rand::Rng;

use super::*;

const ROUNDS: usize = 16;

/// Starts a sync in a process group of its own, which is killed after this time; says whether it had ended.
fn killed(person: &Person, after: Duration) -> bool {
    let mut command = person.command(PROGRAM);
    command.args(["sync", "--push"]).stdin(Stdio::null()).stdout(Stdio::null()).stderr(Stdio::null());
    let mut child = command.process_group(0).spawn().unwrap();
    sleep(after);
    let ended = child.try_wait().unwrap().is_some();
    person.sh(&format!("kill -9 -- -{} 2>/dev/null || true", child.id()));
    child.wait().unwrap();
    ended
}

/// Syncs; where git says that the lock of one that was killed is in the way, that is removed first, as git says to.
#[track_caller]
fn goes_on(person: &Person, round: usize) {
    let said = sync(person);
    if said.code == 0 {
        return;
    }
    assert!(said.code == 1 && said.err.contains(".lock'"), "round {round}: {}", said.conversation());
    person.sh("find .git ../origin.git -name '*.lock' -exec rm {} +");
    sync(person).ok();
}

#[test]
fn killed_sync_is_gone_on_with_by_the_next() {
    let Team { ana, bob, .. } = Team::new();
    let change = |round: usize| {
        set(&ana, &format!("ANA_{round}"), &round.to_string());
        set(&ana, "DB", &round.to_string());
        sync(&ana).ok();
        set(&bob, &format!("BOB_{round}"), &round.to_string());
    };
    change(0);
    let begun = Instant::now();
    sync(&bob).ok();
    ana.vault(&["sync"]).ok();
    let (usual, mut ended) = (begun.elapsed(), 0);
    for round in 1..=ROUNDS {
        change(round);
        ended += usize::from(killed(&bob, usual.mul_f64(rand::thread_rng().gen_range(0.0..1.2))));
        goes_on(&bob, round);
        ana.vault(&["sync"]).ok();
        assert_eq!(bob.git(&["status", "--porcelain", "-b"]), "## main...origin/main\n", "round {round}");
        for name in ["ANA", "BOB"] {
            assert_eq!(value(&bob, &format!("{name}_{round}")), round.to_string());
        }
        bob.vault(&["verify", "--strict"]).ok();
        assert!(alone(&bob), "round {round}");
    }
    assert!(ended < ROUNDS, "the moments were no sample");
    assert_eq!(bob.vault(&["list"]).ok().text(), ana.vault(&["list"]).ok().text());
}

#[test]
fn work_tree_of_a_sync_that_was_killed_goes_with_the_next_and_that_of_one_that_lives_stays() {
    let Team { ana, mut bob, .. } = Team::new();
    set(&ana, "OF_ANA", "a");
    sync(&ana).ok();
    set(&bob, "OF_BOB", "b");
    before_each(&mut bob, "rebase", "kill -9 $PPID; exit 1");
    assert_ne!(sync(&bob).code, 0);
    assert!(!alone(&bob));
    bob.env.remove("PATH");
    let living = format!("../living/cargo-vault-sync-{}", std::process::id());
    bob.git(&["worktree", "add", "-q", "--detach", &living]);
    sync(&bob).ok();
    let listed = bob.git(&["worktree", "list", "--porcelain"]);
    let left: Vec<&str> = listed.lines().filter(|line| line.starts_with("worktree ")).collect();
    assert_eq!(left.len(), 2, "{left:?}");
    assert!(left[1].ends_with(living.trim_start_matches("..")), "{left:?}");
    assert_eq!([value(&bob, "OF_ANA"), value(&bob, "OF_BOB")], ["a", "b"]);
}
