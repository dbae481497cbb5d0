//! The table of trust: how a log stands to the kept one (format.md §7).

use super::{member, now, person, roster};
use crate::kernel::{
    format,
    model::{Kept, Line, Log, Role, Roster, Standing, Statement, judge},
    refusal::Refusal,
    seal::{Identity, SigningKey, sha256, vault_id},
};

struct Team {
    ana: Identity,
    bob: Identity,
    roster: Roster,
}

impl Team {
    /// Ana, who founds, and bob are admins.
    fn new() -> Self {
        let (ana, bob) = (Identity::generate(), Identity::generate());
        let vault = vault_id(&ana.signing_key().public(), &[7; 32]);
        let mut roster = roster(vault, &ana);
        roster.members.insert(member("bob"), person(&bob, Role::Admin));
        Self { ana, bob, roster }
    }

    fn says(&self, why: &str) -> (Vec<u8>, String) {
        (format::roster::print(&self.roster).into_bytes(), why.to_owned())
    }

    fn founded(&self) -> Log {
        let ((roster, why), key) = (self.says("found"), self.ana.signing_key());
        let statement =
            Statement { roster: &roster, admins: vec![key.public()], at: now(), why, drops: Vec::new() };
        Log::verify(vec![statement.found([7; 32], &key)], 0).unwrap()
    }

    fn next(&self, log: &Log, why: &str, key: &SigningKey) -> Log {
        let (roster, why) = self.says(why);
        let statement = Statement {
            roster: &roster,
            admins: self.roster.admin_keys(),
            at: now(),
            why,
            drops: Vec::new(),
        };
        let line = statement.follow(log, key);
        Log::verify([log.lines(), &[line]].concat(), 0).unwrap()
    }

    /// Two lines: bob is an admin from the second on.
    fn base(&self) -> Log {
        self.next(&self.founded(), "add bob", &self.ana.signing_key())
    }

    fn kept(&self, log: &Log) -> Kept {
        Kept { vault: log.vault(), hashes: log.hashes().to_vec(), roster: Some(self.roster.clone()) }
    }

    /// The last line of one log, issued again on top of another, naming the lines that it stands for.
    fn reissued(&self, onto: &Log, dropped: &[Line]) -> Log {
        self.reissued_by(&self.ana, onto, dropped)
    }

    fn reissued_by(&self, signer: &Identity, onto: &Log, dropped: &[Line]) -> Log {
        let key = signer.signing_key();
        let hashes = dropped.iter().map(|line| sha256(&format::log::message(&onto.vault(), line)));
        let next = self.next(onto, "again", &key);
        let mut line = Line { drops: hashes.collect(), ..next.last().clone() };
        line.sig = key.sign(&format::log::message(&onto.vault(), &line));
        Log::verify([onto.lines(), &[line]].concat(), 0).unwrap()
    }
}

#[test]
fn the_kept_log_is_known() {
    let team = Team::new();
    let base = team.base();
    assert_eq!(judge(&team.kept(&base), &base), Ok(Standing::Known));
}

#[test]
fn a_log_that_goes_on_is_newer() {
    let team = Team::new();
    let base = team.base();
    let next = team.next(&base, "more", &team.bob.signing_key());
    assert_eq!(judge(&team.kept(&base), &next), Ok(Standing::Newer));
}

#[test]
fn a_log_that_goes_on_is_newer_whoever_was_kept_as_an_admin() {
    let team = Team::new();
    let base = team.base();
    let next = team.next(&base, "more", &team.bob.signing_key());
    let kept = Kept { roster: None, ..team.kept(&base) };
    assert_eq!(judge(&kept, &next), Ok(Standing::Newer));
}

#[test]
fn a_log_that_begins_the_kept_one_is_aside() {
    let team = Team::new();
    let base = team.base();
    let next = team.next(&base, "more", &team.ana.signing_key());
    assert_eq!(judge(&team.kept(&next), &base), Ok(Standing::Aside));
}

#[test]
fn a_fork_by_who_is_an_admin_still_is_aside() {
    let team = Team::new();
    let base = team.base();
    let ours = team.next(&base, "ours", &team.ana.signing_key());
    let theirs = team.next(&base, "theirs", &team.bob.signing_key());
    assert_eq!(judge(&team.kept(&ours), &theirs), Ok(Standing::Aside));
}

#[test]
fn a_fork_by_who_is_an_admin_no_more_is_refused_from_its_first_line() {
    let mut team = Team::new();
    let base = team.base();
    let theirs = team.next(&base, "theirs", &team.bob.signing_key());
    team.roster.members.remove(&member("bob"));
    let ours = team.next(&base, "remove bob", &team.ana.signing_key());
    assert_eq!(judge(&team.kept(&ours), &theirs), Err(Refusal::Forked { line: 3 }));
}

#[test]
fn a_fork_is_refused_where_no_roster_is_kept() {
    let team = Team::new();
    let base = team.base();
    let ours = team.next(&base, "ours", &team.ana.signing_key());
    let theirs = team.next(&base, "theirs", &team.ana.signing_key());
    let kept = Kept { roster: None, ..team.kept(&ours) };
    assert_eq!(judge(&kept, &theirs), Err(Refusal::Forked { line: 3 }));
}

#[test]
fn a_log_that_drops_each_kept_line_that_it_lacks_is_newer() {
    let team = Team::new();
    let base = team.base();
    let ours = team.next(&base, "ours", &team.ana.signing_key());
    let theirs = team.next(&base, "theirs", &team.bob.signing_key());
    let merged = team.reissued(&theirs, &ours.lines()[2..]);
    assert_eq!(judge(&team.kept(&ours), &merged), Ok(Standing::Newer));
}

#[test]
fn a_log_that_drops_all_but_one_of_the_kept_lines_is_not_newer() {
    let team = Team::new();
    let base = team.base();
    let one = team.next(&base, "one", &team.ana.signing_key());
    let two = team.next(&one, "two", &team.ana.signing_key());
    let theirs = team.next(&base, "theirs", &team.bob.signing_key());
    let merged = team.reissued(&theirs, &two.lines()[2..3]);
    assert_eq!(judge(&team.kept(&two), &merged), Ok(Standing::Aside));
}

#[test]
fn a_removed_admin_cannot_drop_the_line_of_his_removal() {
    let mut team = Team::new();
    let base = team.base();
    let removed = team.next(&base, "remove bob", &team.ana.signing_key());
    let taken_back = team.reissued_by(&team.bob, &base, &removed.lines()[2..]);
    team.roster.members.remove(&member("bob"));
    let refused = judge(&team.kept(&removed), &taken_back);
    assert_eq!(refused, Err(Refusal::Forked { line: 3 }));
}

#[test]
fn another_vault_is_refused_as_replaced() {
    let team = Team::new();
    let (known, found) = (team.base(), Team::new().base());
    let refusal = Refusal::Replaced { known: known.vault(), found: found.vault() };
    assert_eq!(judge(&team.kept(&known), &found), Err(refusal));
}
