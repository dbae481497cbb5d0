//! Names and the variables that they become.

use crate::kernel::{
    name::{EnvName, MemberName, SecretName},
    refusal::{NameFault, Refusal},
};

fn variable(name: &str) -> String {
    SecretName::parse(name).unwrap().variable()
}

fn fault(name: &str) -> NameFault {
    match SecretName::parse(name) {
        Err(Refusal::Name { fault, .. }) => fault,
        other => panic!("{other:?}"),
    }
}

#[test]
fn a_name_without_slash_stays_as_it_is() {
    assert_eq!(variable("Database_Url"), "Database_Url");
}

#[test]
fn a_name_with_slash_becomes_upper_case() {
    assert_eq!(variable("db/password"), "DB_PASSWORD");
}

#[test]
fn every_other_character_becomes_an_underscore() {
    assert_eq!(variable("a-b.c+d=e@f"), "a_b_c_d_e_f");
}

#[test]
fn a_digit_in_front_gets_an_underscore() {
    assert_eq!([variable("2fa"), variable("2/fa")], ["_2fa", "_2_FA"]);
}

#[test]
fn each_rule_that_a_name_breaks_is_told() {
    let long = "a".repeat(65);
    assert_eq!(
        ["", "a//b", "a b", "-a", "a.", "a.Toml", "Con.x", &long].map(fault),
        [
            NameFault::Empty,
            NameFault::EmptySegment,
            NameFault::Character,
            NameFault::Edge,
            NameFault::Edge,
            NameFault::Toml,
            NameFault::Device,
            NameFault::TooLong,
        ]
    );
}

#[test]
fn a_refused_name_is_shown_escaped() {
    let refusal = SecretName::parse("a\u{1b}[2Jb").unwrap_err().to_string();
    assert!(refusal.starts_with("`a\\u{1b}[2Jb` cannot be a name: "), "{refusal}");
}

#[test]
fn a_reserved_word_is_a_member_but_no_environment() {
    let refused = Refusal::Name { text: "admin".to_owned(), fault: NameFault::Reserved };
    assert_eq!(EnvName::parse("admin"), Err(refused));
    assert!(MemberName::parse("admin").is_ok());
}

#[test]
fn a_persons_name_becomes_a_member() {
    let from = |person: &str| MemberName::from_person(person).map(|name| name.to_string());
    let long = "x".repeat(40);
    assert_eq!(
        ["Ana María Ruiz", "  7 of 9 ", "é", &long].map(from),
        [Some("ana-mar-a-ruiz".to_owned()), Some("of-9".to_owned()), None, Some("x".repeat(32))]
    );
}

#[test]
fn names_that_differ_in_case_fold_to_one() {
    assert_eq!(SecretName::parse("Db/X").unwrap().folded(), "db/x");
}
