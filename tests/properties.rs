//! What holds for every model and every byte: what is printed parses to the same, and what was changed is refused.

#[path = "properties/merges.rs"]
mod merges;
#[path = "properties/models.rs"]
mod models;

use std::{fs, path::PathBuf};

use cargo_vault::{
    interchange::{self, Form},
    kernel::{
        format::{identity_file, log, request, roster, secret},
        model::{Judge, Kind, Roster},
        name::{EnvName, MemberName, SecretName, VaultId},
        seal::{EnvKey, Epoch, Identity, Place, SealKey, open, seal, unwrap_key},
        secret::Secret,
    },
    vault::tree::RosterFiles,
};
use proptest::prelude::{ProptestConfig, any, prop, prop_assert, prop_assert_eq, proptest};

const MASKS: [u8; 3] = [0x01, 0x20, 0x80];
const TRAILER: usize = 110;

fn dev() -> EnvName {
    EnvName::parse("dev").expect("it is an environment")
}

fn vault() -> VaultId {
    VaultId::parse(&"ab".repeat(32)).expect("it is an id")
}

fn seal_key() -> SealKey {
    EnvKey::generate().seal_key(&Epoch { vault: &vault(), env: &dev(), number: 1 })
}

fn vectors(path: &str) -> Vec<u8> {
    fs::read(PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("tests/vectors").join(path))
        .expect("the vectors are there")
}

fn files() -> RosterFiles {
    RosterFiles { roster: vectors("base/vault/roster.toml"), log: vectors("base/vault/roster.log") }
}

fn verified() -> Roster {
    files().verify(0).expect("the base vault is sound").0
}

fn ana() -> Identity {
    let file = Secret::new(vectors("identities/ana.txt"));
    Identity::parse_file(&file).expect("the identity is sound").0.remove(0)
}

/// Every way to change one byte, and every way to cut the end off.
fn spoiled(bytes: &[u8]) -> impl Iterator<Item = Vec<u8>> + '_ {
    let flips = (0..bytes.len()).flat_map(|at| MASKS.map(|mask| (at, mask)));
    let flipped = flips.map(|(at, mask)| {
        let mut changed = bytes.to_vec();
        changed[at] ^= mask;
        changed
    });
    flipped.chain((0..bytes.len()).map(|end| bytes[..end].to_vec()))
}

/// Strings and names of a table as a general parser has them.
fn general(printed: &str) -> toml::Table {
    toml::from_str(printed).expect("what is printed is TOML")
}

fn keys(table: &toml::Table, name: &str) -> Vec<String> {
    let found = table.get(name).and_then(toml::Value::as_table);
    found.map(|table| table.keys().cloned().collect()).unwrap_or_default()
}

/// What texts with references and dotenv files are made of.
const PARTS: [&str; 24] = [
    "{{",
    "}}",
    "{{ vault",
    " \"A\" ",
    "literal",
    "|",
    "json",
    "url",
    "base64",
    "cvault://",
    "dev/",
    "A",
    "=",
    "A=",
    "export ",
    "\n",
    "\r",
    "'",
    "\"",
    "\\",
    "$",
    " ",
    "#",
    "é",
];

/// Whether a value is the same after it was printed for an editor and read back, and no byte of the file is one that an editor
/// might not keep.
fn survives(value: &[u8]) -> bool {
    let (a, b) = (SecretName::parse("A").expect("a name"), SecretName::parse("b/c.d").expect("a name"));
    let (first, second) = (Secret::new(value.to_vec()), Secret::new(b"x".to_vec()));
    let printed = interchange::document(&dev(), &[(&a, &first), (&b, &second)]);
    let entries = interchange::parse(&printed, Form::Toml).expect("what is printed is sound");
    let ends = |line: &[u8]| line.ends_with(b" ") || line.ends_with(b"\t") || line.contains(&b'\r');
    !printed.expose().split(|byte| *byte == b'\n').any(ends)
        && entries.len() == 2
        && entries[0].value.same_as(&first)
        && entries[1].value.same_as(&second)
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(128))]

    #[test]
    fn a_printed_roster_parses_to_itself(model in models::roster()) {
        let printed = roster::print(&model);
        prop_assert_eq!(roster::parse(printed.as_bytes()), Ok(model));
    }

    #[test]
    fn a_printed_roster_is_the_same_to_a_general_parser(model in models::roster()) {
        let table = general(&roster::print(&model));
        let mut members = keys(&table, "members");
        members.sort();
        prop_assert_eq!(members, model.members.keys().map(|name| name.to_string()).collect::<Vec<_>>());
        let vault = model.vault.hex();
        prop_assert_eq!(table["vault"].as_str(), Some(vault.as_str()));
        for (name, environment) in &model.environments {
            let found = &table["environments"][name.as_str()];
            let write: Vec<_> = environment.write.iter().map(|name| Some(name.as_str())).collect();
            let listed = found["write"].as_array().expect("it is a list");
            prop_assert_eq!(listed.iter().map(toml::Value::as_str).collect::<Vec<_>>(), write);
            prop_assert_eq!(found["epoch"].as_integer(), i64::try_from(environment.epoch).ok());
        }
    }

    #[test]
    fn batch_of_json_gives_what_a_general_writer_wrote(value in "(?s).*", number in any::<u16>()) {
        let name = format!("N{number}");
        let text = serde_json::json!({ name.as_str(): value, "OTHER": "" }).to_string();
        let entries = interchange::parse(&Secret::new(text.into_bytes()), Form::Json).expect("it is sound");
        let got = entries.iter().find(|entry| entry.name.as_str() == name).expect("it is there");
        prop_assert_eq!(got.value.expose(), value.as_bytes());
    }

    #[test]
    fn batch_of_any_bytes_up_to_nul_gives_them(value in prop::collection::vec(1..=u8::MAX, 0..300)) {
        let text = [b"A=", &value[..], b"\0B=1\0"].concat();
        let entries = interchange::parse(&Secret::new(text), Form::Null).expect("it is sound");
        prop_assert_eq!(entries[0].value.expose(), &value[..]);
    }

    #[test]
    fn no_bytes_make_a_batch_panic(bytes in prop::collection::vec(any::<u8>(), 0..300)) {
        let text = Secret::new(bytes);
        for form in [Form::Lines, Form::Null, Form::Json, Form::Toml] {
            let _ = interchange::parse(&text, form);
        }
    }

    #[test]
    fn any_bytes_survive_the_document_that_is_edited(value in prop::collection::vec(any::<u8>(), 0..300)) {
        prop_assert!(survives(&value));
    }

    #[test]
    fn any_text_survives_the_document_that_is_edited(value in "(?s)([ \t\r\n'\"\\\\$#=\u{0}-\u{7f}\u{feff}\u{2028}]|.){0,60}") {
        prop_assert!(survives(value.as_bytes()));
        prop_assert!(survives((value + "\n").as_bytes()));
    }

    #[test]
    fn text_without_references_stays_as_it_is(bytes in prop::collection::vec(any::<u8>(), 0..300)) {
        let template = interchange::template(&bytes).expect("chance writes no reference");
        let none = Secret::new(Vec::new());
        let filled = template.fill(|_| &none).expect("nothing is to be filled");
        prop_assert_eq!(filled.expose(), &bytes[..]);
    }

    #[test]
    fn any_value_arrives_in_a_text_as_it_is(value in prop::collection::vec(any::<u8>(), 0..300)) {
        let template = interchange::template(b"{{ vault \"A\" }}\n cvault://dev/A").expect("it is sound");
        let value = Secret::new(value);
        let filled = template.fill(|_| &value).expect("it is filled");
        prop_assert_eq!(filled.expose(), [value.expose(), b"\n ", value.expose()].concat());
    }

    #[test]
    fn any_value_in_single_quotes_of_a_dotenv_file_is_taken_as_it_is(value in "[^'{c]*") {
        let variables = interchange::dotenv(format!("A='{value}'\nB=1").as_bytes()).expect("it is sound");
        let none = Secret::new(Vec::new());
        let filled = variables[0].value.fill(|_| &none).expect("nothing is to be filled");
        prop_assert_eq!(filled.expose(), value.as_bytes());
    }

    #[test]
    fn no_order_of_its_parts_makes_a_text_of_references_panic(parts in prop::collection::vec(0..PARTS.len(), 0..40)) {
        let text: String = parts.into_iter().map(|part| PARTS[part]).collect();
        let value = Secret::new(b"\xff'\"\n".to_vec());
        if let Ok(template) = interchange::template(text.as_bytes()) {
            let _ = template.fill(|_| &value);
        }
        for variable in interchange::dotenv(text.as_bytes()).unwrap_or_default() {
            let _ = variable.value.fill(|_| &value);
        }
    }

    #[test]
    fn no_bytes_make_a_dotenv_file_panic(bytes in prop::collection::vec(any::<u8>(), 0..300)) {
        let _ = interchange::dotenv(&bytes);
    }

    #[test]
    fn printed_lines_parse_to_themselves(model in prop::collection::vec(models::line(), 1..4)) {
        prop_assert_eq!(log::parse(&log::print(&model)), Ok(model));
    }

    #[test]
    fn a_printed_secret_parses_to_itself(model in models::record(seal_key)) {
        let printed = secret::print(&vault(), &model, &ana().signing_key());
        let parsed = secret::parse(&model.env, &model.name, &printed).map(|file| file.record);
        prop_assert_eq!(parsed, Ok(model));
    }

    #[test]
    fn a_printed_secret_is_the_same_to_a_general_parser(model in models::record(seal_key)) {
        let printed = secret::print(&vault(), &model, &ana().signing_key());
        let table = general(std::str::from_utf8(&printed[..printed.len() - TRAILER]).expect("it is text"));
        let text = |value: Option<&toml::Value>| value.and_then(toml::Value::as_str).map(str::to_owned);
        prop_assert_eq!(text(table.get("description")), model.description.clone());
        let mut names = keys(&table, "tags");
        names.sort();
        prop_assert_eq!(names, model.tags.keys().cloned().collect::<Vec<_>>());
        for (name, tag) in &model.tags {
            prop_assert_eq!(table["tags"][name].as_str(), Some(tag.as_str()));
        }
        let versions = table.get("versions").and_then(toml::Value::as_array).map_or(0, Vec::len);
        prop_assert_eq!(versions, model.versions.len());
        for (i, version) in model.versions.iter().enumerate() {
            prop_assert_eq!(text(table["versions"][i].get("id")), version.id.clone());
        }
    }

    #[test]
    fn a_printed_request_parses_to_itself(model in models::request(ana().signing_key().public())) {
        let printed = request::print(&vault(), &model, &ana().signing_key());
        let place = format!("requests/{}.toml", model.member);
        prop_assert_eq!(request::parse(&vault(), &place, &printed), Ok(model));
    }

    #[test]
    fn a_printed_identity_parses_to_itself(model in models::protected()) {
        prop_assert_eq!(identity_file::parse_protected(&Secret::new(identity_file::print_protected(&model).into_bytes())), Ok(model));
    }

    #[test]
    fn any_value_opens_where_it_was_sealed_and_nowhere_else(
        value in prop::collection::vec(any::<u8>(), 0..3000), number in 1u64..1000, other in 1u64..1000,
    ) {
        let (key, name, vault, env) = (seal_key(), SecretName::parse("X").expect("it is a name"), vault(), dev());
        let place = |number| Place { vault: &vault, env: &env, name: &name, number, epoch: 1, kind: Kind::Binary };
        let sealed = seal(&key, &place(number), &Secret::new(value.clone()));
        let opened = open(&key, &place(number), &sealed);
        prop_assert!(opened.is_ok_and(|opened| opened.same_as(&Secret::new(value))));
        prop_assert_eq!(open(&key, &place(other), &sealed).is_ok(), other == number);
    }

    #[test]
    fn no_bytes_make_a_parser_panic(bytes in prop::collection::vec(any::<u8>(), 0..400)) {
        let _ = roster::parse(&bytes);
        let _ = log::parse(&bytes);
        let _ = identity_file::parse_protected(&Secret::new(bytes.clone()));
        let _ = secret::parse(&dev(), &SecretName::parse("X").expect("it is a name"), &bytes).map(drop);
        let _ = secret::claimed(&bytes);
        prop_assert!(!cargo_vault::vault::shown(&bytes).is_empty());
        let _ = request::parse(&vault(), "requests/x.toml", &bytes);
    }
}

#[test]
fn a_secret_changed_in_any_byte_or_cut_anywhere_is_refused() {
    let roster = verified();
    let judge = Judge { roster: &roster, kept: None, old_commit: false };
    let (env, name) = (dev(), SecretName::parse("DATABASE_URL").expect("it is a name"));
    let bytes = vectors("base/vault/secrets/dev/DATABASE_URL.toml");
    assert!(judge.record(&env, &name, &bytes).is_ok());
    let taken: Vec<_> = spoiled(&bytes).filter(|bytes| judge.record(&env, &name, bytes).is_ok()).collect();
    assert_eq!(taken, Vec::<Vec<u8>>::new());
}

#[test]
fn a_roster_changed_in_any_byte_or_cut_anywhere_is_refused() {
    let RosterFiles { roster, log } = files();
    let taken: Vec<_> = spoiled(&roster)
        .filter(|roster| RosterFiles { roster: roster.clone(), log: log.clone() }.verify(0).is_ok())
        .collect();
    assert_eq!(taken, Vec::<Vec<u8>>::new());
}

#[test]
fn a_log_changed_in_any_byte_or_cut_anywhere_is_refused() {
    let RosterFiles { roster, log } = files();
    let taken: Vec<_> = spoiled(&log)
        .filter(|log| RosterFiles { roster: roster.clone(), log: log.clone() }.verify(0).is_ok())
        .collect();
    assert_eq!(taken, Vec::<Vec<u8>>::new());
}

#[test]
fn a_key_file_changed_in_any_byte_or_cut_anywhere_is_refused() {
    let (ana, roster, env) = (ana(), verified(), dev());
    let member = MemberName::parse("ana").expect("it is a member");
    let path = cargo_vault::kernel::format::path::key(&env, &member, ana.recipient());
    let bytes = vectors(&format!("base/vault/{path}"));
    let fits = |bytes: &[u8]| {
        let epoch = Epoch { vault: &roster.vault, env: &env, number: roster.environments[&env].epoch };
        unwrap_key(&path, bytes, &ana)
            .is_ok_and(|key| key.commitment(&epoch) == roster.environments[&env].commitment)
    };
    assert!(fits(&bytes));
    // The newline at the end belongs to no file inside the armor.
    let body = &bytes[..bytes.len() - 1];
    let taken: Vec<_> = spoiled(body).filter(|bytes| fits(bytes)).collect();
    assert_eq!(taken, Vec::<Vec<u8>>::new());
}
