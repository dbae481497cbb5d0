//! What a person asked to see or to have in a file: the one place of the command line that takes a value out of its `Secret`.

use std::{
    fs::File,
    io::{self, Write},
    os::fd::AsFd,
    path::Path,
};

use base64::{Engine, prelude::BASE64_STANDARD};
use serde::Serialize;
use serde_json::Value;
use zeroize::Zeroizing;

use crate::{
    kernel::{
        forms::Forms,
        name::{EnvName, MemberName, SecretName},
        secret::Secret,
    },
    run::Log,
    store::{Over, StoreError, write_output},
    ui::{Class, Failure, Ui, UiError},
    vault::{Opened, OpenedThen, ValuePair},
};

/// Prints a value on standard output, byte for byte.
pub(super) fn print(ui: &Ui, value: &Secret) -> Result<(), UiError> {
    ui.bytes(value.expose())
}

/// Writes a value to a file that its owner alone can read; it is whole or not there.
pub(super) fn write(path: &Path, value: &Secret, force: bool) -> Result<(), Failure> {
    let over = if force { Over::Replace } else { Over::Refuse };
    write_output(path, value.expose(), over).map_err(|fault| match &fault {
        StoreError::Exists { .. } => Failure::from(fault).help("`--force` replaces it"),
        _ => Failure::from(fault),
    })
}

/// A text with values in it, as a document with the secrets that it names.
pub(super) fn filled(text: &Secret, secrets: &[Place]) -> Secret {
    let plain = std::str::from_utf8(text.expose()).ok();
    let encoded = zeroize::Zeroizing::new(
        plain.map_or_else(|| BASE64_STANDARD.encode(text.expose()), |_| String::new()),
    );
    let text_base64 = plain.is_none().then_some(encoded.as_str());
    let answer = Filled { schema: 1, secrets, text: plain, text_base64 };
    // As below; a secret's place takes less than this.
    let mut bytes = Vec::with_capacity(text.len() * 6 + (secrets.len() + 1) * 512);
    serde_json::to_writer(&mut bytes, &answer).expect("an answer is text");
    bytes.push(b'\n');
    Secret::new(bytes)
}

#[derive(Serialize)]
struct Filled<'a> {
    schema: u32,
    secrets: &'a [Place],
    #[serde(skip_serializing_if = "Option::is_none")]
    text: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    text_base64: Option<&'a str>,
}

/// Where a value was found.
#[derive(Serialize, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct Place {
    pub(super) env: EnvName,
    pub(super) name: SecretName,
}

/// Prints what a person may see at a terminal, and a pipe gets byte for byte.
pub(super) fn show(ui: &Ui, value: &Secret, shown: Shown<'_>) -> Result<(), Failure> {
    if ui.stdout_is_terminal() && !shown.force && !value.is_printable() {
        return Err(Failure::new(
            Class::Refused,
            "binary",
            format!("this {} is not text for a terminal", shown.what),
        )
        .help(format!("`cargo vault {} -o FILE` writes it to a file", shown.again))
        .help("`--force` prints it all the same"));
    }
    Ok(print(ui, value)?)
}

/// What is shown, and how it is asked for.
pub(super) struct Shown<'a> {
    pub(super) what: &'a str,
    pub(super) again: &'a str,
    pub(super) force: bool,
}

/// Tells a GitHub runner what to mask itself, a line each, on the stream that is its log: anywhere else it would be shown.
pub(super) fn register(forms: &Forms, log: Log) -> io::Result<()> {
    for form in forms.iter().filter(|form| form.text.is_text()) {
        // An escaped byte takes three, so the buffer never grows and leaves no copy behind.
        let mut line = Zeroizing::new(Vec::with_capacity(form.text.len() * 3 + 32));
        line.extend_from_slice(b"::add-mask::");
        for byte in form.text.expose() {
            match byte {
                b'%' => line.extend_from_slice(b"%25"),
                b'\r' => line.extend_from_slice(b"%0D"),
                b'\n' => line.extend_from_slice(b"%0A"),
                other => line.push(*other),
            }
        }
        line.push(b'\n');
        write_log(log, &line)?;
    }
    Ok(())
}

/// Without a buffer of the library's, which would keep what passed through it.
fn write_log(log: Log, bytes: &[u8]) -> io::Result<()> {
    let stream = match log {
        Log::Out => io::stdout().as_fd().try_clone_to_owned(),
        Log::Err => io::stderr().as_fd().try_clone_to_owned(),
    };
    File::from(stream?).write_all(bytes)
}

/// An identity's characters, shown once to the person who asked for them.
pub(super) fn text(key: &Secret) -> String {
    String::from_utf8_lossy(key.expose()).into_owned()
}

#[derive(Serialize)]
struct Answer<'a> {
    schema: u32,
    env: &'a str,
    name: &'a str,
    version: u64,
    kind: &'a str,
    #[serde(skip_serializing_if = "Option::is_none")]
    value: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    value_base64: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    commit: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    former: Option<&'a str>,
}

/// Printed by hand rather than as a report, so that the value is copied once, into bytes that are wiped.
pub(super) fn document(opened: &Opened, then: Option<&OpenedThen>) -> Secret {
    let value = std::str::from_utf8(opened.value.expose()).ok();
    let encoded = Zeroizing::new(
        value.map_or_else(|| BASE64_STANDARD.encode(opened.value.expose()), |_| String::new()),
    );
    let answer = Answer {
        schema: 1,
        env: opened.record.env.as_str(),
        name: opened.record.name.as_str(),
        version: opened.number,
        kind: opened.record.kind.as_str(),
        value,
        value_base64: value.is_none().then_some(encoded.as_str()),
        commit: then.map(|then| then.commit.as_str()),
        former: then.and_then(|then| then.former.as_ref()).map(MemberName::as_str),
    };
    // A character takes at most six bytes, so the buffer never grows and leaves no copy behind.
    let mut bytes = Vec::with_capacity(opened.value.len() * 6 + 512);
    serde_json::to_writer(&mut bytes, &answer).expect("an answer is text and numbers");
    bytes.push(b'\n');
    Secret::new(bytes)
}

/// A value as lines of a difference, each behind a mark; one that is not text for a terminal is named.
pub(super) fn marked(value: &Secret, mark: &str) -> Secret {
    if !value.is_printable() {
        return Secret::new(format!("{mark}({} bytes that are no text)\n", value.len()).into_bytes());
    }
    let lines = value.expose().split(|byte| *byte == b'\n').count();
    // So it never grows and leaves no copy behind.
    let mut bytes = Vec::with_capacity(value.len() + lines * (mark.len() + 1));
    for line in value.expose().split(|byte| *byte == b'\n') {
        bytes.extend_from_slice(mark.as_bytes());
        bytes.extend_from_slice(line);
        bytes.push(b'\n');
    }
    Secret::new(bytes)
}

#[derive(Serialize)]
struct Difference<'a> {
    schema: u32,
    #[serde(flatten)]
    rest: &'a Value,
    secrets: Vec<Both<'a>>,
}

#[derive(Serialize)]
struct Both<'a> {
    #[serde(flatten)]
    rest: &'a Value,
    #[serde(skip_serializing_if = "Option::is_none")]
    before_value: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    before_base64: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    after_value: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    after_base64: Option<&'a str>,
}

fn plain(value: Option<&Secret>) -> Option<&str> {
    value.and_then(|value| std::str::from_utf8(value.expose()).ok())
}

fn encoded(value: Option<&Secret>) -> Option<Zeroizing<String>> {
    let binary = value.filter(|value| !value.is_text())?;
    Some(Zeroizing::new(BASE64_STANDARD.encode(binary.expose())))
}

/// What differs, with the values: `rest` is the answer without its secrets.
pub(super) fn difference(rest: &Value, secrets: &[Value], values: &[ValuePair]) -> Secret {
    let encoded: Vec<_> =
        values.iter().map(|both| (encoded(both.before.as_ref()), encoded(both.after.as_ref()))).collect();
    let both = secrets.iter().zip(values).zip(&encoded).map(|((rest, values), (before, after))| Both {
        rest,
        before_value: plain(values.before.as_ref()),
        before_base64: before.as_ref().map(|text| text.as_str()),
        after_value: plain(values.after.as_ref()),
        after_base64: after.as_ref().map(|text| text.as_str()),
    });
    let answer = Difference { schema: 1, rest, secrets: both.collect() };
    // As above: it never grows.
    let of_values = values.iter().flat_map(|both| [&both.before, &both.after]).flatten();
    let room: usize = of_values.map(|value| value.len() * 6).sum();
    let told: usize = secrets.iter().map(|secret| secret.to_string().len() + 128).sum();
    let mut bytes = Vec::with_capacity(room + told + rest.to_string().len() + 128);
    serde_json::to_writer(&mut bytes, &answer).expect("an answer is text and numbers");
    bytes.push(b'\n');
    Secret::new(bytes)
}
