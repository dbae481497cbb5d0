//! `member`.

use super::{ana_with, conversation, json};
use crate::forge::Team;

#[test]
fn members_are_listed_with_what_each_may_do() {
    let team = Team::new();
    insta::assert_snapshot!(conversation(&team.ana, &["member", "list"], b""), @r"
    exit 0
    --- stdout
    NAME  ROLE    WRITE  READ  KEYS             SINCE       BY
    ana   admin   dev          [SHORT]  [DATE]  ana
    bob   member  dev          [SHORT]  [DATE]  ana
    carl  member         dev   [SHORT]  [DATE]  ana
    --- stderr
    ");
}

#[test]
fn members_in_json_have_their_shape() {
    let ana = ana_with(&[]);
    let answer = json(&ana.vault(&["member", "list", "--json"]).ok());
    let own = json(&ana.vault(&["identity", "show", "--json"]).ok())["identities"][0].clone();
    let since = answer["members"][0]["since"].clone();
    let member = serde_json::json!({
        "name": "ana", "role": "admin", "recipients": [own["recipient"]],
        "signs": [own["signs"]],
        "write": ["dev"], "read": [], "since": since, "by": "ana"
    });
    assert_eq!(answer, serde_json::json!({ "schema": 1, "members": [member] }));
}
