//! Two people who change a vault at random, each in a clone, and sync through a bare remote: in the end both have the same, and
//! all that was done.

use std::collections::BTreeMap;

use rand::{Rng, SeedableRng, rngs::StdRng};

use super::*;

const SEEDS: std::ops::Range<u64> = 0..3;
const STEPS: usize = 30;

/// What everybody should find in the end: names and values.
type Expected = BTreeMap<String, String>;

/// Something that one of the two does.
type Operation = fn(&mut Game);

/// All that they do, with how often. A new one is a row here.
const OPERATIONS: &[(usize, Operation)] =
    &[(6, set_a_value), (2, describe), (2, remove), (1, rename), (4, sync_one)];

struct Game {
    people: [Person; 2],
    random: StdRng,
    /// Whose turn it is.
    turn: usize,
    /// The secrets that each has made; none changes those of the other, which would be for the merge driver.
    own: [Expected; 2],
    made: usize,
}

impl Game {
    fn person(&self) -> &Person {
        &self.people[self.turn]
    }

    /// One of the secrets of whose turn it is, if he has any.
    fn any(&mut self) -> Option<String> {
        let names: Vec<String> = self.own[self.turn].keys().cloned().collect();
        (!names.is_empty()).then(|| names[self.random.gen_range(0..names.len())].clone())
    }

    fn new_name(&mut self) -> String {
        self.made += 1;
        format!("{}_{}", ["ANA", "BOB"][self.turn], self.made)
    }
}

fn set_a_value(game: &mut Game) {
    let anew = game.random.gen_bool(0.5);
    let name = game.any().filter(|_| anew).unwrap_or_else(|| game.new_name());
    let value = game.random.r#gen::<u64>().to_string();
    set(game.person(), &name, &value);
    game.own[game.turn].insert(name, value);
}

fn describe(game: &mut Game) {
    let Some(name) = game.any() else { return };
    let value = game.own[game.turn][&name].clone();
    let text = game.random.r#gen::<u16>().to_string();
    game.person().vault_with(&["set", &name, "--description", &text], value.as_bytes()).ok();
}

fn remove(game: &mut Game) {
    let Some(name) = game.any() else { return };
    game.person().vault(&["rm", "-y", &name]).ok();
    game.own[game.turn].remove(&name);
}

fn rename(game: &mut Game) {
    let Some(name) = game.any() else { return };
    let new = game.new_name();
    game.person().vault(&["mv", &name, &new]).ok();
    let value = game.own[game.turn].remove(&name).unwrap();
    game.own[game.turn].insert(new, value);
}

fn sync_one(game: &mut Game) {
    let args: &[&str] = if game.random.gen_bool(0.7) { &["sync", "--push"] } else { &["sync"] };
    game.person().vault(args).ok();
}

/// Every secret that a person's clone has, with its value.
fn found(person: &Person) -> Expected {
    let names = person.vault(&["list", "-q"]).ok().text();
    names.lines().map(|name| (name.to_owned(), value(person, name))).collect()
}

fn play(seed: u64) {
    let Team { ana, bob, .. } = Team::new();
    let random = StdRng::seed_from_u64(seed);
    let mut game = Game { people: [ana, bob], random, turn: 0, own: Default::default(), made: 0 };
    let all: usize = OPERATIONS.iter().map(|(often, _)| often).sum();
    for _ in 0..STEPS {
        game.turn = game.random.gen_range(0..2);
        let mut at = game.random.gen_range(0..all);
        let chosen =
            OPERATIONS.iter().find(|(often, _)| at.checked_sub(*often).map(|rest| at = rest).is_none());
        chosen.unwrap().1(&mut game);
    }
    let Game { people: [ana, bob], own, .. } = game;
    for person in [&ana, &bob, &ana] {
        sync(person).ok();
    }
    let expected: Expected =
        own.into_iter().flatten().chain([("DB".to_owned(), "first".to_owned())]).collect();
    for person in [&ana, &bob] {
        assert_eq!(found(person), expected, "seed {seed}");
        person.vault(&["verify", "--strict"]).ok();
        assert_eq!(person.git(&["status", "--porcelain", "-b"]), "## main...origin/main\n", "seed {seed}");
    }
    assert_eq!(ana.git(&["rev-parse", "HEAD"]), bob.git(&["rev-parse", "HEAD"]), "seed {seed}");
}

#[test]
fn two_who_change_at_random_and_sync_end_with_the_same() {
    std::thread::scope(|scope| {
        for seed in SEEDS {
            scope.spawn(move || play(seed));
        }
    });
}
