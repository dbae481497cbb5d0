//! Quoting: values of any bytes, evaluated as the hooks evaluate them, arrive in real shells as they are, and run nothing.

use std::collections::BTreeMap;

use cargo_vault::{
    interchange::{Shell, statements},
    kernel::secret::Secret,
};
use proptest::{collection::vec, prelude::*};

use super::has;
use crate::harness::{Person, said};

/// What would be run, expanded or lost by a shell that is not told otherwise.
const HOSTILE: [&[u8]; 24] = [
    b"",
    b" ",
    b"\n\n",
    b"\r\n",
    b"x\n",
    b"$(touch RAN)",
    b"`touch RAN`",
    b"(touch RAN)",
    b"'; touch RAN; '",
    b"\"; touch RAN; \"",
    b"'$(touch RAN)'",
    b"\\'; touch RAN #",
    b"!! !touch %1 %s%n",
    b"$'x'",
    b"a[$(touch RAN)]",
    b"~ ~root * ? [a-z] {a,b}",
    b"-n",
    b"a:b::c:",
    b"\xff\xfe\x80",
    b"\xc3",
    b"\xc3\x28",
    "’‘‚‛ü🔑\u{2028}".as_bytes(),
    b"\x1b[31m\x07\x08\x7f\t",
    b"${IFS}\\x41\\101\\n",
];

fn named(values: &[Vec<u8>]) -> BTreeMap<String, Vec<u8>> {
    // One of them is of a kind that fish takes apart at colons.
    let name = |(i, value): (usize, &Vec<u8>)| {
        (format!("V{i}_{}", if i % 2 == 0 { "PATH" } else { "X" }), value.clone())
    };
    values.iter().enumerate().map(name).collect()
}

fn script(shell: Shell, values: &BTreeMap<String, Vec<u8>>) -> Vec<u8> {
    let secrets: Vec<(&str, Secret)> =
        values.iter().map(|(name, value)| (name.as_str(), Secret::new(value.clone()))).collect();
    let set: Vec<(&str, &Secret)> = secrets.iter().map(|(name, secret)| (*name, secret)).collect();
    statements(shell, &set, &["GONE"]).expose().to_vec()
}

/// The variables of a program that is started after the statements were evaluated.
#[track_caller]
fn arrived(person: &Person, line: &[&str], script: &[u8]) -> BTreeMap<String, Vec<u8>> {
    person.write("script", script);
    let mut command = person.command(line[0]);
    command.args(&line[1..]).env("GONE", "was there");
    let out = said(command, b"").ok().out;
    let pairs = out.split(|b| *b == 0).filter_map(|pair| {
        let at = pair.iter().position(|b| *b == b'=')?;
        Some((String::from_utf8(pair[..at].to_vec()).ok()?, pair[at + 1..].to_vec()))
    });
    pairs.filter(|(name, _)| name == "GONE" || (name.starts_with('V') && name.contains('_'))).collect()
}

const BASH: [&str; 5] =
    ["bash", "--norc", "--noprofile", "-euc", "s=\"$(cat script)\"; eval \"$s\"; exec env -0"];
const ZSH: [&str; 3] = ["zsh", "-fuc", "s=\"$(cat script)\"; eval \"$s\"; exec env -0"];
const FISH: [&str; 4] = ["fish", "--no-config", "-c", "set -l s (cat script); eval \"$s\"; exec env -0"];
/// JSON is read by Nushell itself.
const NUSHELL: [&str; 4] = [
    "nu",
    "--no-config-file",
    "-c",
    "let a = (open --raw script | from json); hide-env -i ...$a.unset; load-env $a.set; exec env '-0'",
];

/// Values in their thousands are many; so are those that a shell's author did not think of.
fn holds(shell: Shell, line: &[&str]) {
    let person = Person::new("ana");
    if !has(&person, line[0]) {
        return;
    }
    let carried = |value: &Vec<u8>| shell.carries(&Secret::new(value.clone()));
    let all: Vec<Vec<u8>> =
        HOSTILE.iter().map(|value| value.to_vec()).filter(|value| carried(value)).collect();
    let named_all = named(&all);
    assert_eq!(arrived(&person, line, &script(shell, &named_all)), named_all);
    let value =
        vec(prop_oneof![1u8..=255, Just(b'\''), Just(b'\\'), Just(b'\n'), Just(b'$'), 0x80u8..=255], 0..40);
    let text = "\\PC{0,30}".prop_map(String::into_bytes);
    let values = vec(prop_oneof![value, text], 100);
    let config = ProptestConfig { cases: 10, failure_persistence: None, ..ProptestConfig::default() };
    proptest!(config, |(values in values)| {
        let values: Vec<Vec<u8>> = values.into_iter().filter(|value| !value.contains(&0) && carried(value)).collect();
        let values = named(&values);
        prop_assert_eq!(arrived(&person, line, &script(shell, &values)), values);
    });
    assert!(!person.path("RAN").exists());
}

#[test]
fn any_bytes_arrive_in_bash_and_run_nothing() {
    holds(Shell::Bash, &BASH);
}

#[test]
fn any_bytes_arrive_in_zsh_and_run_nothing() {
    holds(Shell::Zsh, &ZSH);
}

#[test]
fn any_bytes_arrive_in_fish_and_run_nothing() {
    holds(Shell::Fish, &FISH);
}

#[test]
fn any_text_arrives_in_nushell_and_runs_nothing() {
    holds(Shell::Nushell, &NUSHELL);
}

#[test]
fn value_that_a_variable_of_the_shell_evaluates_as_a_number_is_not_evaluated() {
    let person = Person::new("ana");
    let values = BTreeMap::from([("V0_X".to_owned(), b"a[$(touch RAN)]".to_vec())]);
    let line = "declare -i V0_X; s=\"$(cat script)\"; eval \"$s\"; exec env -0";
    assert_eq!(arrived(&person, &["bash", "--norc", "-c", line], &script(Shell::Bash, &values)), values);
    if has(&person, "zsh") {
        let line = line.replace("declare", "typeset");
        assert_eq!(arrived(&person, &["zsh", "-fc", &line], &script(Shell::Zsh, &values)), values);
    }
    assert!(!person.path("RAN").exists());
}

#[test]
fn statements_of_powershell_have_nothing_that_it_could_evaluate() {
    let values = BTreeMap::from([("A".to_owned(), "’;$(x)\n`".as_bytes().to_vec())]);
    let wanted = "$Env:A = [Text.Encoding]::UTF8.GetString([Convert]::FromBase64String('4oCZOyQoeCkKYA=='));\n\
                  Remove-Item -ErrorAction Ignore Env:GONE;\n";
    assert_eq!(String::from_utf8(script(Shell::Powershell, &values)).unwrap(), wanted);
}

#[test]
fn powershell_and_nushell_carry_no_bytes_that_are_no_text() {
    let carried = |shell: Shell, value: &[u8]| shell.carries(&Secret::new(value.to_vec()));
    let text = [Shell::Powershell, Shell::Nushell].map(|shell| carried(shell, b"\xff"));
    let empty = [Shell::Powershell, Shell::Nushell, Shell::Bash].map(|shell| carried(shell, b""));
    let nul = [Shell::Bash, Shell::Zsh, Shell::Fish, Shell::Nushell].map(|shell| carried(shell, b"a\0b"));
    assert_eq!((text, empty, nul), ([false; 2], [false, true, true], [false; 4]));
}
