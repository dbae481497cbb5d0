//! `member remove`, `member revoke`, `member role`, `rekey` and `exposed`.

use serde_json::json as object;

use super::{ana_with, conversation, files, json};
use crate::{
    forge::{Forge, Team, env, member},
    harness::Person,
    pty::{is_here, vault_at_terminal},
};

/// A team with two more secrets, and a machine that reads.
fn team() -> Team {
    let team = Team::new();
    team.ana.vault_with(&["set", "KEY"], b"key").ok();
    team.ana.vault_with(&["set", "OLD"], b"old").ok();
    team.ana.vault(&["rm", "OLD"]).ok();
    team.ana.vault(&["ci", "setup", "-q", "--json"]).ok();
    team
}

#[test]
fn who_leaves_is_told_with_what_git_lets_him_read() {
    let team = team();
    insta::assert_snapshot!(conversation(&team.ana, &["member", "remove", "bob", "--yes"], b""), @r"
    exit 0
    --- stdout
    removed `bob`
      dev  epoch 2, 2 secrets sealed anew

    Git still lets `bob` read 2 values in use:

        dev/DB
        dev/KEY
    --- stderr
    help: `cargo vault exposed --to bob` lists them until each has a new value
    help: take `bob` out of the git host too: who can pull, still reads what was
    help: the key of `ci` carries an older anchor: `cargo vault ci setup --again --name ci` makes one that knows of this
    help: commit and push `.vault`: it holds for others from then on
    ");
    team.ana.vault(&["verify"]).ok();
}

#[test]
fn who_leaves_is_told_to_a_program() {
    let team = team();
    let said = team.ana.vault(&["member", "remove", "bob", "-y", "--json"]).ok();
    assert_eq!(
        json(&said),
        object!({
            "schema": 1, "member": "bob", "done": "removed",
            "renewed": [{ "env": "dev", "epoch": 2, "secrets": 2 }],
            "exposed": [
                { "env": "dev", "name": "DB", "version": 1 },
                { "env": "dev", "name": "KEY", "version": 1 }
            ],
            "machines": ["ci"]
        })
    );
}

#[test]
fn removal_is_asked_at_a_terminal() {
    let team = team();
    if !is_here(&team.ana) {
        return;
    }
    let before = files(&team.ana);
    let question = "Remove `bob` and make new keys of `dev`? [y/N] ";
    let said = vault_at_terminal(&team.ana, &[(question, "n\r")], &["member", "remove", "bob"]);
    assert!(said.text().contains("error: nothing was changed"), "{}", said.text());
    assert!(said.code == 1 && files(&team.ana) == before);
    let said = vault_at_terminal(&team.ana, &[(question, "y\r")], &["member", "remove", "bob"]).ok();
    assert!(said.text().contains("removed `bob`"), "{}", said.text());
}

#[test]
fn removal_without_a_terminal_needs_a_yes() {
    let team = team();
    let before = files(&team.ana);
    insta::assert_snapshot!(conversation(&team.ana, &["member", "remove", "bob"], b""), @r"
    exit 2
    --- stdout
    --- stderr
    error: to remove `bob` and make new keys of `dev` has to be asked twice

    help: `cargo vault member remove bob --yes` does it
    ");
    assert!(files(&team.ana) == before);
}

#[test]
fn what_leaves_a_trace_is_the_roster_one_line_the_keys_and_the_secrets() {
    let team = team();
    let before = files(&team.ana);
    team.ana.vault(&["member", "remove", "bob", "-y"]).ok();
    let after = files(&team.ana);
    let changed = after.iter().filter(|(path, bytes)| before.get(*path) != Some(bytes));
    let mut changed: Vec<&str> = changed.map(|(path, _)| path.as_str()).collect();
    changed.retain(|path| !path.starts_with("./keys/dev/"));
    let wanted = [
        "./roster.log",
        "./roster.toml",
        "./secrets/dev/DB.toml",
        "./secrets/dev/KEY.toml",
        "./secrets/dev/OLD.toml",
    ];
    assert_eq!(changed, wanted);
    let gone: Vec<&String> = before.keys().filter(|path| !after.contains_key(*path)).collect();
    assert!(gone.len() == 1 && gone[0].starts_with("./keys/dev/bob."), "{gone:?}");
    let kept = after.keys().filter(|path| path.starts_with("./keys/dev/"));
    assert!(kept.clone().count() == 3 && kept.clone().all(|path| before[path] != after[path]));
    let (old, new) =
        (String::from_utf8_lossy(&before["./roster.log"]), String::from_utf8_lossy(&after["./roster.log"]));
    let added = new.strip_prefix(&*old).unwrap();
    assert!(added.lines().count() == 1 && added.contains("\"why\":\"remove bob\""), "{added}");
}

#[test]
fn numbers_authors_times_and_births_outlive_a_new_seal() {
    let ana = ana_with(&[("DB", "one")]);
    ana.vault_with(&["set", "DB", "--keep", "3", "--description", "a base"], b"two").ok();
    let text = |person: &Person| String::from_utf8(person.read(".vault/secrets/dev/DB.toml")).unwrap();
    let kept = |text: &str| {
        let lines = text.lines();
        let changes = ["revision", "epoch", "key", "sealed", "sig"];
        let kept = lines.filter(|line| !changes.iter().any(|name| line.starts_with(&format!("{name} = "))));
        kept.map(str::to_owned).collect::<Vec<_>>()
    };
    let before = text(&ana);
    ana.vault(&["rekey"]).ok();
    let after = text(&ana);
    assert_eq!(kept(&after), kept(&before));
    assert!(
        before.contains("revision = 2\n")
            && after.contains("revision = 3\n")
            && after.contains("epoch = 2\n")
    );
    assert_eq!(after.matches("born = 1\n").count(), 2);
    assert_eq!(ana.vault(&["get", "DB"]).ok().text(), "two");
    assert_eq!(ana.vault(&["get", "DB", "--version", "1"]).ok().text(), "one");
}

#[test]
fn new_keys_are_told() {
    let ana = ana_with(&[("DB", "one")]);
    ana.vault(&["env", "add", "prod"]).ok();
    insta::assert_snapshot!(conversation(&ana, &["rekey", "-e", "prod", "-e", "dev"], b""), @r"
    exit 0
    --- stdout
    `dev` has a new key: epoch 2, 1 secret sealed anew
    `prod` has a new key: epoch 2, 0 secrets sealed anew
    --- stderr
    help: commit and push `.vault`: others read under the new key from then on
    ");
    let said = ana.vault(&["rekey", "--json"]).ok();
    let renewed = object!([{ "env": "dev", "epoch": 3, "secrets": 1 }]);
    assert_eq!(json(&said), object!({ "schema": 1, "renewed": renewed }));
}

#[test]
fn environment_that_is_taken_is_told() {
    let team = team();
    let args = ["member", "revoke", "carl", "-e", "dev", "--yes"];
    insta::assert_snapshot!(conversation(&team.ana, &args, b""), @r"
    exit 0
    --- stdout
    took `dev` from `carl`
      dev  epoch 2, 2 secrets sealed anew

    Git still lets `carl` read 2 values in use:

        dev/DB
        dev/KEY
    --- stderr
    help: `cargo vault exposed --to carl` lists them until each has a new value
    help: commit and push `.vault`: it holds for others from then on
    ");
    let roster = Forge::of(&team.ana).roster;
    assert!(roster.members.contains_key(&member("carl")));
    assert_eq!(roster.environments[&env("dev")].access(&member("carl")), None);
    team.ana.vault(&["verify"]).ok();
}

#[test]
fn writer_who_only_reads_from_now_on_knows_what_he_may() {
    let team = team();
    let said = team.ana.vault(&["member", "revoke", "bob", "-e", "dev", "--write", "-y", "--json"]).ok();
    let answer = json(&said);
    assert_eq!((&answer["done"], &answer["exposed"]), (&object!("revoked"), &object!([])));
    let dev = &Forge::of(&team.ana).roster.environments[&env("dev")];
    assert_eq!((&dev.write[..], dev.epoch), (&[member("ana")][..], 2));
    assert!(dev.read.contains(&member("bob")));
    assert_eq!(json(&team.ana.vault(&["exposed", "--json"]).ok())["exposed"], object!([]));
}

#[test]
fn role_is_told_and_no_key_made() {
    let team = team();
    insta::assert_snapshot!(conversation(&team.ana, &["member", "role", "bob", "admin", "-y"], b""), @r"
    exit 0
    --- stdout
    `bob` is an admin
    --- stderr
    help: commit and push `.vault`: it holds for others from then on
    ");
    insta::assert_snapshot!(conversation(&team.ana, &["member", "role", "bob", "member", "-y"], b""), @r"
    exit 0
    --- stdout
    `bob` is a member
    --- stderr
    help: the key of `ci` carries an older anchor: `cargo vault ci setup --again --name ci` makes one that knows of this
    help: commit and push `.vault`: it holds for others from then on
    ");
    let said = team.ana.vault(&["member", "role", "bob", "member", "-y", "--json"]).ok();
    assert_eq!(
        json(&said),
        object!({ "schema": 1, "member": "bob", "role": "member", "changed": false, "machines": [] })
    );
    assert_eq!(Forge::of(&team.ana).roster.environments[&env("dev")].epoch, 1);
}

#[test]
fn admin_may_step_back_where_another_stays() {
    let team = team();
    team.ana.vault(&["member", "role", "bob", "admin", "-y"]).ok();
    team.ana.vault(&["member", "role", "ana", "member", "-y"]).ok();
    let said = team.ana.vault(&["member", "role", "ana", "admin", "-y"]);
    said.refused(1, "error: `ana` may not change the roster");
    team.ana.vault(&["verify"]).ok();
}

#[test]
fn value_is_exposed_until_it_has_a_new_one() {
    let team = team();
    team.ana.vault(&["member", "remove", "bob", "-y"]).ok();
    insta::assert_snapshot!(conversation(&team.ana, &["exposed"], b""), @r"
    exit 0
    --- stdout
    SECRET   VERSION  SET         BY   KNOWN TO  SINCE
    dev/DB   1        [DATE]  ana  bob       [DATE]
    dev/KEY  1        [DATE]  ana  bob       [DATE]
    --- stderr
    help: `cargo vault set -e ENV NAME` gives it a new value, once it has one where it counts
    ");
    // A new seal, a new description and a new name are no new value.
    team.ana.vault(&["rekey"]).ok();
    team.ana.vault_with(&["set", "DB", "--description", "a base"], b"first").ok();
    team.ana.vault(&["mv", "KEY", "TOKEN"]).ok();
    let names = |args: &[&str]| {
        let answer = json(&team.ana.vault(args).ok());
        let all = answer["exposed"].as_array().unwrap().clone();
        all.iter().map(|exposed| exposed["name"].as_str().unwrap().to_owned()).collect::<Vec<_>>()
    };
    assert_eq!(names(&["exposed", "--json"]), ["DB", "TOKEN"]);
    team.ana.vault_with(&["set", "DB"], b"second").ok();
    assert_eq!(names(&["exposed", "--json"]), ["TOKEN"]);
    team.ana.vault(&["rm", "TOKEN"]).ok();
    assert_eq!(names(&["exposed", "--json"]), [""; 0]);
    insta::assert_snapshot!(conversation(&team.ana, &["exposed"], b""), @r"
    exit 0
    --- stdout
    --- stderr
    note: every value in use is known only to those who may read it, as far as the vault can tell
    ");
}

#[test]
fn exposed_to_one_is_told_without_the_others() {
    let team = team();
    team.ana.vault(&["member", "remove", "bob", "-y"]).ok();
    team.ana.vault_with(&["set", "DB"], b"second").ok();
    team.ana.vault(&["member", "remove", "carl", "-y"]).ok();
    let told = |to: &str| {
        let answer = json(&team.ana.vault(&["exposed", "--to", to, "--json"]).ok());
        let all = answer["exposed"].as_array().unwrap().clone();
        all.iter().map(|e| format!("{} {} {}", e["to"], e["name"], e["version"])).collect::<Vec<_>>()
    };
    assert_eq!(told("bob"), ["\"bob\" \"KEY\" 1"]);
    assert_eq!(told("carl"), ["\"carl\" \"DB\" 2", "\"carl\" \"KEY\" 1"]);
    assert_eq!(told("ana"), [""; 0]);
    team.ana.vault(&["exposed", "--to", "bobb"]).refused(3, "error: there is no member `bobb`");
}

#[test]
fn exposed_across_what_an_environment_extends_is_told_where_it_stands() {
    let team = team();
    for (name, extends) in [("prod", "dev"), ("stage", "prod")] {
        team.ana.vault(&["env", "add", name, "--extends", extends]).ok();
        team.ana.vault_with(&["set", "-e", name, "OWN"], b"own").ok();
    }
    team.ana.vault(&["ci", "setup", "-e", "prod", "--name", "m", "--json"]).ok();
    team.ana.vault(&["member", "remove", "m", "-y"]).ok();
    let told = |envs: &[&str]| {
        let answer = json(&team.ana.vault(&[&["exposed", "--json"], envs].concat()).ok());
        let all = answer["exposed"].as_array().unwrap().clone();
        let names =
            all.iter().map(|e| format!("{}/{}", e["env"].as_str().unwrap(), e["name"].as_str().unwrap()));
        names.collect::<Vec<_>>()
    };
    assert_eq!(told(&[]), ["dev/DB", "dev/KEY", "prod/OWN"]);
    assert_eq!(told(&["-e", "stage"]), ["dev/DB", "dev/KEY", "prod/OWN"]);
    assert_eq!(told(&["-e", "dev"]), ["dev/DB", "dev/KEY"]);
}

#[test]
fn check_ends_with_one_while_something_is_older() {
    let team = team();
    assert_eq!(team.ana.vault(&["exposed", "--check"]).code, 0);
    team.ana.vault(&["member", "remove", "bob", "-y"]).ok();
    let said = team.ana.vault(&["exposed", "--check", "--json"]);
    assert_eq!((said.code, json(&said)["exposed"].as_array().unwrap().len()), (1, 2));
    let said = team.ana.vault(&["exposed", "--check", "--older", "7d", "--json"]);
    assert_eq!((said.code, json(&said)), (0, object!({ "schema": 1, "exposed": [] })));
    // Eight days ago it was.
    let mut forge = Forge::of(&team.ana);
    let since = std::time::SystemTime::now() - std::time::Duration::from_secs(8 * 86_400);
    forge.roster.former.get_mut(&member("bob")).unwrap().left = since.into();
    forge.sign(&crate::forge::identity(&team.ana), "earlier").put(&team.ana);
    assert_eq!(team.ana.vault(&["exposed", "--check", "--older", "7d", "--json"]).code, 1);
    assert_eq!(team.ana.vault(&["exposed", "--check", "--older", "9d", "--json"]).code, 0);
    let said = team.ana.vault(&["exposed", "--older", "soon"]);
    assert!(said.code == 2 && said.err.contains("it is written as 30m, 12h or 7d"), "{}", said.err);
}

#[test]
fn exposed_needs_no_key() {
    let team = team();
    team.ana.vault(&["member", "remove", "bob", "-y"]).ok();
    crate::forge::push(&team.ana);
    crate::forge::pull(&team.carl);
    team.carl.sh("rm -r \"$HOME/.config/cargo-vault/identities\"");
    assert_eq!(json(&team.carl.vault(&["exposed", "--json"]).ok())["exposed"].as_array().unwrap().len(), 2);
}
