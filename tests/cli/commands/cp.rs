//! `cp`.

use super::{ana_with, conversation, files, json};
use crate::{
    forge::{Forge, Team, change, env, env_key, identity, member, pull, push, put_key},
    harness::Person,
};

#[test]
fn secret_is_copied_to_another_name_and_stays() {
    let ana = ana_with(&[("A", "x")]);
    insta::assert_snapshot!(conversation(&ana, &["cp", "A", "db/b"], b""), @r"
    exit 0
    --- stdout
    copied `dev/A` to `dev/db/b` (version 1)
    --- stderr
    ");
    assert_eq!(ana.vault(&["get", "A"]).ok().out, b"x");
    assert_eq!(ana.vault(&["get", "db/b"]).ok().out, b"x");
    ana.vault(&["verify"]).ok();
}

#[test]
fn cp_in_json_has_its_shape() {
    let ana = ana_with(&[("A", "x")]);
    ana.vault(&["env", "add", "prod"]).ok();
    let answer = json(&ana.vault(&["cp", "A", "--to", "prod", "--json"]).ok());
    let copied = serde_json::json!({
        "from": { "env": "dev", "name": "A" },
        "to": { "env": "prod", "name": "A" },
        "version": 1,
        "written": "new",
    });
    assert_eq!(answer, serde_json::json!({ "schema": 1, "copied": [copied] }));
}

#[test]
fn only_the_current_version_is_copied_with_what_describes_it() {
    let ana = ana_with(&[]);
    let set = ["set", "A", "--keep", "3", "--kind", "json", "--description", "what for", "--tag", "t=u"];
    ana.vault_with(&set, b"1").ok();
    ana.vault_with(&["set", "A"], b"2").ok();
    ana.vault(&["cp", "A", "B"]).ok();
    let listed = json(&ana.vault(&["list", "B", "--json"]).ok());
    let secret = &listed["secrets"][0];
    assert_eq!(
        (&secret["version"], &secret["kind"], &secret["description"], &secret["tags"]["t"]),
        (&1.into(), &"json".into(), &"what for".into(), &"u".into())
    );
    assert_eq!(ana.vault(&["get", "B"]).ok().out, b"2");
}

#[test]
fn target_that_exists_is_refused_without_force() {
    let ana = ana_with(&[("A", "x"), ("B", "y")]);
    let before = files(&ana);
    ana.vault(&["cp", "A", "B"]).refused(6, "error: `dev/B` exists already (version 1)");
    assert_eq!(files(&ana), before);
    assert_eq!(ana.vault(&["cp", "A", "B", "-f"]).ok().text(), "copied `dev/A` to `dev/B` (version 2)\n");
    assert_eq!(ana.vault(&["cp", "A", "B", "-f"]).ok().text(), "`dev/B` is so already (version 2)\n");
}

#[test]
fn value_of_an_extended_environment_is_copied_from_there() {
    let ana = ana_with(&[("A", "x")]);
    ana.vault(&["env", "add", "prod", "--extends", "dev"]).ok();
    insta::assert_snapshot!(conversation(&ana, &["cp", "-e", "prod", "A", "B"], b""), @r"
    exit 0
    --- stdout
    copied `dev/A` to `prod/B` (version 1)
    --- stderr
    note: the value of `prod/A` stands in `dev/A`
    ");
    assert_eq!(ana.vault(&["get", "-e", "prod", "B"]).ok().out, b"x");
}

#[test]
fn copy_onto_the_place_where_the_value_stands_is_refused() {
    let ana = ana_with(&[("A", "x")]);
    ana.vault(&["env", "add", "prod", "--extends", "dev"]).ok();
    let said = ana.vault(&["cp", "-e", "prod", "A", "--to", "dev", "-f"]);
    said.refused(2, "error: `dev/A` is where it should go already");
}

#[test]
fn whole_environment_is_copied_at_once() {
    let ana = ana_with(&[("A", "x"), ("db/b", "y"), ("GONE", "z")]);
    ana.vault(&["rm", "GONE"]).ok();
    ana.vault(&["env", "add", "prod"]).ok();
    insta::assert_snapshot!(conversation(&ana, &["cp", "--all", "--to", "prod"], b""), @r"
    exit 0
    --- stdout
    copied `dev/A` to `prod/A` (version 1)
    copied `dev/db/b` to `prod/db/b` (version 1)
    --- stderr
    ");
    assert_eq!(ana.vault(&["get", "-e", "prod", "db/b"]).ok().out, b"y");
}

#[test]
fn all_or_none_of_an_environment_is_copied() {
    let ana = ana_with(&[("A", "x"), ("B", "y"), ("C", "z")]);
    ana.vault(&["env", "add", "prod"]).ok();
    ana.vault_with(&["set", "-e", "prod", "A"], b"other").ok();
    ana.vault_with(&["set", "-e", "prod", "C"], b"other").ok();
    let before = files(&ana);
    insta::assert_snapshot!(conversation(&ana, &["cp", "--all", "--to", "prod"], b""), @r"
    exit 6
    --- stdout
    --- stderr
    error: 2 things here are not in order

      faults  `prod/A` exists already (version 1)
              `prod/C` exists already (version 1)
    help: `--force` makes it a new version of that one
    ");
    assert_eq!(files(&ana), before);
}

#[test]
fn whole_environment_is_copied_into_one_that_it_extends() {
    let ana = ana_with(&[("A", "x")]);
    ana.vault(&["env", "add", "prod", "--extends", "dev"]).ok();
    ana.vault_with(&["set", "-e", "prod", "B"], b"y").ok();
    let said = ana.vault(&["cp", "-e", "prod", "--all", "--to", "dev"]).ok();
    assert_eq!(said.text(), "copied `prod/B` to `dev/B` (version 1)\n");
}

#[test]
fn whole_environment_is_not_copied_onto_itself() {
    let ana = ana_with(&[("A", "x")]);
    ana.vault(&["cp", "--all", "--to", "dev", "-f"])
        .refused(2, "error: `dev/A` is where it should go already");
}

#[test]
fn nothing_to_copy_is_said() {
    let ana = ana_with(&[]);
    ana.vault(&["env", "add", "prod"]).ok();
    insta::assert_snapshot!(conversation(&ana, &["cp", "--all", "--to", "prod"], b""), @r"
    exit 0
    --- stdout
    --- stderr
    note: environment `dev` has no secret to copy
    ");
}

#[test]
fn all_takes_no_names_and_needs_an_environment() {
    let ana = ana_with(&[("A", "x")]);
    assert_eq!(ana.vault(&["cp", "--all", "A", "--to", "dev"]).code, 2);
    assert_eq!(ana.vault(&["cp", "--all"]).code, 2);
    assert_eq!(ana.vault(&["cp", "A"]).code, 2);
}

#[test]
fn reader_copies_nothing_into_what_he_may_only_read() {
    let Team { carl, .. } = Team::new();
    let before = files(&carl);
    carl.vault(&["cp", "DB", "OTHER"]).refused(1, "error: `carl` may not write environment `dev`");
    assert_eq!(files(&carl), before);
}

/// Bob, who reads `dev` and writes `prod`.
fn bob_between() -> Person {
    let Team { ana, bob, .. } = Team::new();
    ana.vault(&["env", "add", "prod"]).ok();
    let mut forge = Forge::of(&ana);
    let dev = forge.roster.environments.get_mut(&env("dev")).unwrap();
    dev.write.retain(|name| *name != member("bob"));
    dev.read.insert(0, member("bob"));
    forge.roster.environments.get_mut(&env("prod")).unwrap().write.push(member("bob"));
    let key = env_key(&ana, "prod", ("ana", &identity(&ana)));
    put_key(&ana, "prod", ("bob", identity(&bob).recipient()), &key);
    forge.sign(&identity(&ana), "bob between").put(&ana);
    change(&ana, "dev/DB", &identity(&ana), |record| {
        record.revision += 1;
        record.writer = member("ana");
    });
    push(&ana);
    pull(&bob);
    bob
}

#[test]
fn whoever_reads_the_one_and_writes_the_other_copies_and_does_not_move() {
    let bob = bob_between();
    bob.vault(&["mv", "DB", "--to", "prod"]).refused(1, "error: `bob` may not write environment `dev`");
    bob.vault(&["cp", "DB", "--to", "prod"]).ok();
    assert_eq!(bob.vault(&["get", "-e", "prod", "DB"]).ok().out, bob.vault(&["get", "DB"]).ok().out);
    bob.vault(&["verify"]).ok();
}
