//! The JSON of every command is as its schema in docs/json says: looked at wherever a test of any command asks for JSON.
//!
//! Of JSON Schema this reads what those schemas use, and panics at anything else.

use std::{collections::BTreeSet, ffi::OsStr, fs, path::Path};

use serde_json::Value;

use crate::{
    harness::Said,
    tree::{called, commands},
};

/// Commands without an answer, and why.
const WITHOUT: &[(&str, &str)] = &[
    ("bench", "what cargo and the benches print is theirs"),
    ("mask", "it passes on what it gets"),
    ("run", "it becomes the program"),
    ("test", "what cargo and the tests print is theirs"),
];
/// What is no command's: the lines on standard error.
const TALK: [&str; 2] = ["error", "talk"];

fn folder() -> std::path::PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("docs/json")
}

fn schema(name: &str) -> Value {
    let path = folder().join(format!("{name}.schema.json"));
    let text = fs::read_to_string(&path).unwrap_or_else(|e| {
        panic!("docs/json/{name}.schema.json: {e}; each command that answers has a schema, and a row in docs/json.md")
    });
    serde_json::from_str(&text).unwrap()
}

/// Whether a command has no answer.
pub(crate) fn is_without(command: &str) -> bool {
    WITHOUT.iter().any(|(without, _)| *without == command)
}

/// Looks at what a command printed, if it was asked for JSON.
#[track_caller]
pub(crate) fn check<S: AsRef<OsStr>>(args: &[S], said: &Said) {
    let args: Vec<&str> =
        args.iter().map_while(|arg| arg.as_ref().to_str()).take_while(|arg| *arg != "--").collect();
    if !args.contains(&"--json") || args.contains(&"--help") {
        return;
    }
    for line in said.err.lines().filter(|line| line.starts_with('{')) {
        let line: Value = serde_json::from_str(line).unwrap_or_else(|e| panic!("{line}: {e}"));
        let name = if line.get("error").is_some() { "error" } else { "talk" };
        fits(name, &line);
    }
    let mut command = called(&args).join("-");
    if command == "config" {
        command.push_str("-list");
    }
    if !said.out.is_empty() && !command.is_empty() && !is_without(&command) {
        answer(&command, &said.out);
    }
}

/// Looks at one answer.
#[track_caller]
pub(crate) fn answer(command: &str, out: &[u8]) {
    let answer = serde_json::from_slice(out)
        .unwrap_or_else(|e| panic!("{command}: {e}: {}", String::from_utf8_lossy(out)));
    fits(command, &answer);
}

#[track_caller]
fn fits(name: &str, value: &Value) {
    let faults = faults(&schema(name), value, "");
    assert!(faults.is_empty(), "docs/json/{name}.schema.json: {faults:#?}\n{value:#}");
}

/// What a value has that its schema does not allow, and where.
fn faults(schema: &Value, value: &Value, at: &str) -> Vec<String> {
    let mut faults = Vec::new();
    let mut check = |holds: bool, what: String| {
        if !holds {
            faults.push(format!("{at}: {what}"));
        }
    };
    let mut below = Vec::new();
    for (word, rule) in schema.as_object().expect("a schema is an object") {
        match word.as_str() {
            "$schema" | "title" | "description" | "properties" => {}
            "type" => check(is_type(rule, value), format!("{value} is no {rule}")),
            "const" => check(value == rule, format!("{value} is not {rule}")),
            "enum" => check(rule.as_array().unwrap().contains(value), format!("{value} is none of {rule}")),
            "minimum" => check(value.as_i64() >= rule.as_i64(), format!("{value} is under {rule}")),
            "required" => {
                for key in rule.as_array().unwrap() {
                    check(value.get(key.as_str().unwrap()).is_some(), format!("{key} is missing"));
                }
            }
            "additionalProperties" => below.extend(members(schema, rule, value, at)),
            "items" => {
                for (i, item) in value.as_array().into_iter().flatten().enumerate() {
                    below.extend(self::faults(rule, item, &format!("{at}/{i}")));
                }
            }
            "oneOf" => {
                let fits =
                    rule.as_array().unwrap().iter().filter(|one| self::faults(one, value, at).is_empty());
                check(fits.count() == 1, format!("not one of the forms fits {value}"));
            }
            other => panic!("`{other}` in a schema is not known to this test"),
        }
    }
    faults.extend(below);
    faults
}

fn is_type(rule: &Value, value: &Value) -> bool {
    let is = |name: &str| match name {
        "object" => value.is_object(),
        "array" => value.is_array(),
        "string" => value.is_string(),
        "integer" => value.is_i64() || value.is_u64(),
        "boolean" => value.is_boolean(),
        "null" => value.is_null(),
        other => panic!("`{other}` is no type that this test knows"),
    };
    match rule {
        Value::Array(names) => names.iter().any(|name| is(name.as_str().unwrap())),
        name => is(name.as_str().unwrap()),
    }
}

fn members(schema: &Value, additional: &Value, value: &Value, at: &str) -> Vec<String> {
    let known = schema.get("properties");
    let members = value.as_object().into_iter().flatten();
    members
        .flat_map(|(key, member)| match (known.and_then(|known| known.get(key)), additional) {
            (Some(schema), _) => faults(schema, member, &format!("{at}/{key}")),
            (None, Value::Bool(false)) => vec![format!("{at}: `{key}` is not in the schema")],
            (None, schema) => faults(schema, member, &format!("{at}/{key}")),
        })
        .collect()
}

/// The schemas that there are.
fn written() -> BTreeSet<String> {
    let files = fs::read_dir(folder()).unwrap().map(|file| file.unwrap().file_name().into_string().unwrap());
    files.map(|file| file.strip_suffix(".schema.json").expect("it is a schema").to_owned()).collect()
}

#[test]
fn every_command_that_answers_has_a_schema_and_no_other_has() {
    let answering = commands().into_iter().filter(|called| called.acts()).map(|called| called.name());
    let answering = answering.filter(|name| !is_without(name));
    let wanted: BTreeSet<String> = answering.chain(TALK.map(str::to_owned)).collect();
    assert_eq!(written(), wanted);
}

#[test]
fn every_command_without_a_schema_exists() {
    let all: Vec<String> = commands().iter().map(|called| called.name()).collect();
    assert!(WITHOUT.iter().all(|(name, why)| all.contains(&(*name).to_owned()) && !why.is_empty()));
}

#[test]
fn docs_name_every_schema_beside_its_command() {
    let text = fs::read_to_string(folder().with_extension("md")).unwrap();
    for called in commands().iter().filter(|called| written().contains(&called.name())) {
        let (words, name) = (called.words.join(" "), called.name());
        let row = format!("| `cargo vault {words}` | [{name}.schema.json](json/{name}.schema.json) |\n");
        assert!(text.contains(&row), "docs/json.md: {row}");
    }
    assert!(TALK.iter().all(|name| text.contains(&format!("(json/{name}.schema.json)"))));
}

#[test]
fn every_schema_is_closed_and_of_schema_1() {
    fn open(schema: &Value, at: &str, found: &mut Vec<String>) {
        match schema {
            Value::Object(members) => {
                if schema.get("type") == Some(&"object".into())
                    && schema.get("additionalProperties").is_none()
                {
                    found.push(at.to_owned());
                }
                members.iter().for_each(|(key, member)| open(member, &format!("{at}/{key}"), found));
            }
            Value::Array(items) => items.iter().for_each(|item| open(item, at, found)),
            _ => {}
        }
    }
    for name in written() {
        let schema = schema(&name);
        assert_eq!(schema["$schema"], "https://json-schema.org/draft/2020-12/schema", "{name}");
        let mut found = Vec::new();
        open(&schema, "", &mut found);
        assert_eq!(found, Vec::<String>::new(), "{name}");
        let forms =
            schema.get("oneOf").map_or(vec![&schema], |forms| forms.as_array().unwrap().iter().collect());
        assert!(forms.iter().all(|form| form["properties"]["schema"]["const"] == 1), "{name}");
    }
}

#[test]
fn answer_that_does_not_fit_is_a_fault() {
    let schema = serde_json::json!({
        "type": "object", "required": ["a"], "additionalProperties": false,
        "properties": { "a": { "type": ["string", "null"] }, "b": { "type": "array", "items": { "enum": [1, 2] } } }
    });
    let count = |value: Value| faults(&schema, &value, "").len();
    assert_eq!(count(serde_json::json!({ "a": null, "b": [1, 2] })), 0);
    assert_eq!(count(serde_json::json!({ "a": 1, "b": [3], "c": 0 })), 3);
    assert_eq!(count(serde_json::json!({})), 1);
    assert_eq!(count(serde_json::json!([])), 2);
}
