//! Two people who change the same secrets at random, each in a clone whose git merges by this program, while one of them makes new
//! keys: they sync through a bare remote, decide where they are asked to, and end with the same.
//!
//! `RANDOM_SEEDS=10 RANDOM_STEPS=500` plays longer games than a run of all tests has time for.

use std::collections::{BTreeMap, BTreeSet};

use rand::{Rng, SeedableRng, rngs::StdRng};

use super::*;

const NAMES: [&str; 4] = ["DB", "ONE", "TWO", "THREE"];
/// How often somebody else may be first before a game counts as stuck.
const ROUNDS: usize = 20;

struct Game {
    people: [Person; 2],
    random: StdRng,
    turn: usize,
    /// Every value that anybody gave each secret.
    given: BTreeMap<&'static str, BTreeSet<String>>,
    /// Secrets that one of the two alone has ever set, with the last value: nobody else's decision touches them.
    own: [BTreeMap<String, String>; 2],
    decided: usize,
}

impl Game {
    fn person(&self) -> &Person {
        &self.people[self.turn]
    }

    fn step(&mut self) {
        self.turn = self.random.gen_range(0..2);
        match self.random.gen_range(0..14) {
            0..=4 => self.set_shared(),
            5..=6 => self.set_own(),
            7 => self.describe(),
            8 => self.remove(),
            9 if self.turn == 0 => drop(self.people[0].vault(&["rekey"]).ok()),
            _ => self.sync(),
        }
    }

    fn shared(&mut self) -> &'static str {
        NAMES[self.random.gen_range(0..NAMES.len())]
    }

    fn set_shared(&mut self) {
        let (name, value) = (self.shared(), self.random.r#gen::<u64>().to_string());
        set(self.person(), name, &value);
        self.given.entry(name).or_default().insert(value);
    }

    fn set_own(&mut self) {
        let name = format!("{}_{}", ["ANA", "BOB"][self.turn], self.random.gen_range(0..3));
        let value = self.random.r#gen::<u64>().to_string();
        set(self.person(), &name, &value);
        self.own[self.turn].insert(name, value);
    }

    /// Where there is one, a value stays as it is and is described.
    fn describe(&mut self) {
        let name = self.shared();
        let said = self.person().vault(&["get", name]);
        if said.code == 0 {
            let text = self.random.r#gen::<u16>().to_string();
            self.person().vault_with(&["set", name, "--description", &text], &said.out).ok();
        }
    }

    fn remove(&mut self) {
        let name = self.shared();
        let said = self.person().vault(&["rm", "-y", name]);
        assert!(said.code == 0 || said.code == 3, "{}", said.err);
    }

    /// Syncs, and where that is in conflict does what the messages say.
    fn sync(&mut self) {
        let mut last = String::new();
        for _ in 0..ROUNDS {
            let said = self.person().vault(&["sync", "--push"]);
            last = said.conversation();
            match said.code {
                0 => return,
                6 => self.decide(&said),
                // What was set before a new key came is refused by name, and what takes it in and seals it anew is named.
                5 if said.err.contains("`cargo vault repair -e dev`") => self.repair(&said),
                _ => panic!("{}", said.conversation()),
            }
        }
        panic!("no sync came to an end: {last}");
    }

    fn repair(&mut self, said: &Said) {
        if said.err.contains("`git pull --rebase origin main`") {
            self.decide(said);
        }
        let repaired = self.person().vault(&["repair", "-e", "dev", "--yes"]);
        assert!(repaired.code == 0, "{}\n{}", said.conversation(), repaired.conversation());
    }

    fn decide(&mut self, said: &Said) {
        assert!(said.err.contains("`git pull --rebase origin main`"), "{}", said.err);
        let mut stopped = by_git(self.person(), &["pull", "-q", "--rebase", "origin", "main"]);
        // Each commit that is not pushed can stop it.
        for _ in 0..10 * ROUNDS {
            if stopped.code == 0 {
                self.decided += 1;
                return;
            }
            let unmerged = self.person().git(&["diff", "--name-only", "--diff-filter=U"]);
            for file in unmerged.lines() {
                let name =
                    file.strip_prefix(".vault/secrets/dev/").and_then(|name| name.strip_suffix(".toml"));
                let name = name.unwrap_or_else(|| panic!("{file} is no secret: {}", stopped.conversation()));
                let way = self.way(name);
                let resolved = self.person().vault(&["resolve", name, way]);
                assert!(resolved.code == 0, "{}\n{}", stopped.conversation(), resolved.conversation());
            }
            stopped = by_git(self.person(), &["-c", "core.editor=true", "rebase", "--continue"]);
        }
        panic!("no rebase came to an end: {}", stopped.conversation());
    }

    /// Whose side of a secret is taken: amid a rebase theirs is that of whose turn it is. What one of the two alone sets stays his.
    fn way(&mut self, name: &str) -> &'static str {
        let mine = self.own[self.turn].contains_key(name);
        let others = self.own[1 - self.turn].contains_key(name);
        if mine || (!others && self.random.gen_bool(0.5)) { "--theirs" } else { "--ours" }
    }

    fn end(mut self, seed: u64) {
        for turn in [0, 1, 0, 1] {
            self.turn = turn;
            self.sync();
        }
        let Self { people: [ana, bob], given, own, .. } = self;
        assert_eq!(ana.git(&["rev-parse", "HEAD"]), bob.git(&["rev-parse", "HEAD"]), "seed {seed}");
        let mut names = NAMES.map(str::to_owned).to_vec();
        names.extend(own.iter().flat_map(BTreeMap::keys).cloned());
        for name in names {
            let [of_ana, of_bob] = [&ana, &bob].map(|person| person.vault(&["get", &name]));
            assert_eq!((of_ana.code, of_ana.text()), (of_bob.code, of_bob.text()), "seed {seed}: {name}");
            match own.iter().find_map(|own| own.get(&name)) {
                Some(value) => assert_eq!(of_ana.ok().text(), *value, "seed {seed}: {name}"),
                None if of_ana.code == 0 => {
                    assert!(
                        given[&*name].contains(&of_ana.text()),
                        "seed {seed}: nobody gave {name} this value"
                    );
                }
                None => assert_eq!(of_ana.code, 3, "seed {seed}: {}", of_ana.err),
            }
        }
        for person in [&ana, &bob] {
            person.vault(&["verify"]).ok();
            assert_eq!(
                person.git(&["status", "--porcelain", "-b"]),
                "## main...origin/main\n",
                "seed {seed}"
            );
        }
    }
}

/// Runs git with this program on its PATH, as a clone after `git install` has it.
fn by_git(person: &Person, args: &[&str]) -> Said {
    let mut command = person.command("git");
    command.args(args);
    crate::harness::said(command, b"")
}

fn play(seed: u64, steps: usize) -> usize {
    let Team { ana, bob, .. } = Team::new();
    for person in [&ana, &bob] {
        person.vault(&["git", "install", "--no-hook"]).ok();
    }
    let given = BTreeMap::from([("DB", BTreeSet::from(["first".to_owned()]))]);
    let random = StdRng::seed_from_u64(seed);
    let mut game = Game { people: [ana, bob], random, turn: 0, given, own: Default::default(), decided: 0 };
    for _ in 0..steps {
        game.step();
    }
    let decided = game.decided;
    game.end(seed);
    decided
}

fn number(variable: Option<&str>, otherwise: u64) -> u64 {
    variable.map_or(otherwise, |text| text.parse().unwrap())
}

#[test]
fn two_who_change_the_same_at_random_decide_where_they_must_and_end_with_the_same() {
    let (seeds, steps) = (number(option_env!("RANDOM_SEEDS"), 2), number(option_env!("RANDOM_STEPS"), 40));
    let decided: usize = std::thread::scope(|scope| {
        let games = (0..seeds).map(|seed| scope.spawn(move || play(seed, usize::try_from(steps).unwrap())));
        games.collect::<Vec<_>>().into_iter().map(|game| game.join().unwrap()).sum()
    });
    assert!(decided > 0, "nobody had to decide on anything");
}
