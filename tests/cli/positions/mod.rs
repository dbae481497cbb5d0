//! What each attack on roster and key files meets in four places: a clone that knows the vault, a fresh one with an anchor, a fresh
//! one that takes what it finds, and a check without any key. docs/threat-model.md has the table.

mod keys;
mod lines;
mod roster_file;
mod signed;

use std::fmt::Write;

use cargo_vault::kernel::format::{log, roster};

use crate::{
    forge::{Forge, Team, anchor, identity, pull, push, state},
    harness::{Person, Said},
    history::told,
};

/// The four places, as they are before anything is done.
struct Places {
    team: Team,
    anchored: Person,
    fresh: Person,
    keyless: Person,
}

/// One place, and the commands that are typed there.
struct Place<'a> {
    name: &'a str,
    at: &'a Person,
    reads: bool,
}

impl Places {
    /// A team, and what carl's key meets on other machines.
    fn new() -> Self {
        Self::of(Team::new())
    }

    fn of(team: Team) -> Self {
        let key = String::from_utf8(identity(&team.carl).reveal().expose().to_vec()).unwrap();
        let (mut anchored, mut fresh, keyless) =
            (team.fresh("anchored"), team.fresh("stranger"), team.fresh("check"));
        anchored.set("CVAULT_KEY", format!("{key}#{}", anchor(&team.ana)));
        fresh.set("CVAULT_KEY", key).set("CVAULT_TRUST", "first-use");
        Self { team, anchored, fresh, keyless }
    }

    /// Pushes what lies in somebody's work tree, and shows what comes of it everywhere. Nobody's tree or trust is changed by a
    /// refusal.
    #[track_caller]
    fn meet(&self, pusher: &Person) -> String {
        push(pusher);
        let mut shown = String::new();
        for (name, at) in [("known", &self.team.carl), ("anchored", &self.anchored), ("fresh", &self.fresh)] {
            pull(at);
            shown += &Place { name, at, reads: true }.shown();
        }
        self.keyless.git(&["fetch", "-q"]);
        shown + &Place { name: "keyless", at: &self.keyless, reads: false }.shown()
    }
}

impl Place<'_> {
    #[track_caller]
    fn shown(&self) -> String {
        let mut before = state(self.at);
        let tip: &[&str] = if self.reads { &[] } else { &["--base", "HEAD", "--tip", "origin/main"] };
        let verified = self.at.vault(&[&["verify"], tip].concat());
        let mut shown = format!("{}: verify {}\n", self.name, self.gist(&verified));
        if self.reads {
            let got = self.at.vault(&["get", "DB"]);
            writeln!(shown, "{}: get {}", self.name, self.gist(&got)).unwrap();
        }
        let mut after = state(self.at);
        // A roster that is in order is kept, whatever a key file or a secret is.
        let is_refused = verified.err.lines().any(|line| line.starts_with("error"));
        if !is_refused {
            let tree = self.at.path(".vault").display().to_string();
            after.retain(|path, _| path.starts_with(&tree));
            before.retain(|path, _| path.starts_with(&tree));
        }
        assert!(after == before, "{}: tree or trust changed", self.name);
        shown
    }

    /// The code, and the error or all that was found.
    fn gist(&self, said: &Said) -> String {
        let error = said.err.lines().find(|line| line.starts_with("error"));
        let is_found = |line: &&str| line.split_once(": ").is_some_and(|(code, _)| is_code(code));
        let text = said.text();
        let found: Vec<&str> = text.lines().filter(is_found).collect();
        let gist = match error {
            Some(error) => error.to_owned(),
            None if said.code == 0 && found.is_empty() => {
                let told = text.lines().take_while(|line| !line.starts_with("everything here is"));
                let told: Vec<&str> = told.map(str::trim).collect();
                if told.is_empty() {
                    text.lines().next().unwrap_or_default().to_owned()
                } else {
                    told.join("; ")
                }
            }
            None => found.join("; "),
        };
        let line = Said { code: said.code, out: (gist + "\n").into_bytes(), err: String::new() };
        let told = told(&line, self.at);
        format!("{} {}", said.code, anonymous(told.lines().nth(2).unwrap_or_default()))
    }
}

fn is_code(word: &str) -> bool {
    word == "past" || !word.is_empty() && word.bytes().all(|b| b.is_ascii_lowercase() || b == b'-')
}

/// Without the part of a key file's name that differs from run to run, and what stands before the cut of a merged line.
fn anonymous(line: &str) -> String {
    let mut out = String::new();
    for part in line.split_inclusive('.') {
        let bare = part.trim_end_matches('.');
        let id = bare.len() == 8 && bare.bytes().all(|b| b.is_ascii_hexdigit());
        out.push_str(if id { "[ID]" } else { bare });
        out.push_str(&part[bare.len()..]);
    }
    out
}

/// A roster that an admin has signed, though it breaks a rule: by a program of his own, or with a stolen key.
fn signed_all_the_same(places: &Places, change: impl FnOnce(String) -> String) -> String {
    let Team { ana, bob, .. } = &places.team;
    let mut forge = Forge::of(bob);
    let text = change(roster::print(&forge.roster));
    forge.sign_bytes(text.as_bytes(), &identity(ana), "as I like it");
    bob.write(".vault/roster.log", log::print(&forge.lines));
    bob.write(".vault/roster.toml", text);
    places.meet(bob)
}
