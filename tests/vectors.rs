//! The vectors of the format: each file of `tests/vectors/cases` is read, and refused exactly as it says.

#![expect(clippy::too_many_lines, reason = "a table of vectors is as long as it is")]

#[path = "vectors/code/make/mod.rs"]
mod make;
#[path = "vectors/code/reader.rs"]
mod reader;
#[path = "vectors/code/vector.rs"]
mod vector;

use std::{
    collections::BTreeSet,
    fs,
    time::{Duration, Instant},
};

use cargo_vault::kernel::{
    format,
    model::Log,
    name::{EnvName, SecretName, VaultId},
    seal::{check_header, dearmor},
};
use reader::{Got, folder, read};
use vector::{Memory, Vector};

const LEAST: usize = 150;
const MOST_BYTES: usize = 2 * 1024 * 1024;

/// Codes that no tree of bytes causes by itself, and where they come from instead.
const UNREACHED: [(&str, &str); 9] = [
    ("plugin", "it comes of a plugin's program"),
    ("variable", "it is asked where variables are made, by `run`"),
    ("value-too-large", "it is asked of a writer"),
    ("cannot-wrap", "it is asked of a writer"),
    ("dead-recipient", "it is asked of a writer"),
    ("rolled-back", "it needs what a client saw before"),
    ("rewritten", "it needs what a client saw before"),
    ("vanished", "it needs what a client saw before"),
    ("roster-no-admin", "a line of the log names an admin, so `admins-differ` is asked first"),
];

fn vectors() -> Vec<(String, Vector)> {
    let entries = fs::read_dir(folder().join("cases")).expect("the vectors are there");
    let files = entries.map(|entry| entry.expect("the vectors can be read").path());
    let mut vectors: Vec<(String, Vector)> = files
        .map(|path| {
            let bytes = fs::read(&path).expect("the vectors can be read");
            let name =
                path.file_name().and_then(|name| name.to_str()).expect("their names are ASCII").to_owned();
            let vector = Vector::parse(&bytes).unwrap_or_else(|| panic!("{name} is no vector"));
            assert!(vector.print() == bytes, "{name} is not written as vectors are");
            (name, vector)
        })
        .collect();
    vectors.sort_by(|a, b| a.0.cmp(&b.0));
    vectors
}

fn fault(name: &str, vector: &Vector, base: &Memory) -> Option<String> {
    let expect = vector.header("expect").expect("a vector says what it expects");
    let got = read(vector, base);
    let wanted = match expect {
        "success" => {
            let header = |key| vector.header(key).map(str::to_owned);
            Ok(Got { value: header("value"), standing: header("standing") })
        }
        code => Err(code.to_owned()),
    };
    (got != wanted).then(|| format!("{name}: wanted {wanted:?}, got {got:?}"))
}

#[test]
fn every_vector_is_read_as_it_says() {
    let base = Memory::load(&folder().join("base/vault"));
    let faults: Vec<String> =
        vectors().iter().filter_map(|(name, vector)| fault(name, vector, &base)).collect();
    assert!(faults.is_empty(), "{} of the vectors:\n{}", faults.len(), faults.join("\n"));
}

#[test]
fn every_code_of_a_refusal_has_a_vector_or_a_reason_why_not() {
    let source = include_str!("../src/kernel/refusal.rs");
    let codes = source.lines().filter_map(|line| line.trim().split_once("=> \"")?.1.strip_suffix("\","));
    let all: BTreeSet<&str> = codes.collect();
    assert!(all.len() > 80, "the codes were not found: {all:?}");
    let vectors = vectors();
    let mut covered: BTreeSet<&str> =
        vectors.iter().filter_map(|(_, vector)| vector.header("expect")).collect();
    assert!(covered.remove("success"));
    let excused: BTreeSet<&str> = UNREACHED.iter().map(|(code, _)| *code).collect();
    assert_eq!(covered.intersection(&excused).collect::<Vec<_>>(), Vec::<&&str>::new());
    assert_eq!(covered.union(&excused).copied().collect::<BTreeSet<_>>(), all);
}

#[test]
fn there_are_enough_vectors_and_they_are_small() {
    let vectors = vectors();
    assert!(vectors.len() >= LEAST, "{}", vectors.len());
    let bytes: usize = vectors.iter().map(|(_, vector)| vector.print().len()).sum();
    assert!(bytes < MOST_BYTES, "{bytes}");
}

/// Small changes at places that are the same every time.
fn mutated(bytes: &[u8], seed: u64) -> Vec<u8> {
    let mut state = seed.wrapping_mul(0x9e37_79b9_7f4a_7c15) | 1;
    let mut next = |below: usize| {
        state ^= state << 13;
        state ^= state >> 7;
        state ^= state << 17;
        usize::try_from(state % below as u64).expect("it is below a length")
    };
    let mut bytes = bytes.to_vec();
    for _ in 0..4 {
        let at = next(bytes.len() + 1);
        match next(4) {
            0 => bytes.truncate(at),
            1 => bytes.insert(at, b"\"\\\n[]{}=,\0\xff0"[next(12)]),
            2 => bytes.extend_from_within(at..),
            _ => bytes.iter_mut().skip(at).take(1).for_each(|byte| *byte ^= 1 << (at % 8)),
        }
    }
    bytes
}

fn parse_as_everything(bytes: &[u8]) {
    let (env, name) = (EnvName::parse("dev"), SecretName::parse("DATABASE_URL"));
    let (env, name) = (env.expect("it is an environment"), name.expect("it is a name"));
    let vault = VaultId::parse(&"0".repeat(64)).expect("it is an id");
    let _ = format::roster::parse(bytes).map(|roster| roster.check());
    let _ = format::log::parse(bytes).map(|lines| Log::verify(lines, 0));
    let _ = format::secret::parse(&env, &name, bytes).map(drop);
    let _ = format::request::parse(&vault, "requests/dora.toml", bytes);
    let _ = dearmor("x", bytes).map(|binary| check_header("x", &binary));
}

#[test]
fn changed_vectors_make_no_parser_panic_or_take_long() {
    let bodies: BTreeSet<Vec<u8>> = vectors().into_iter().flat_map(|(_, vector)| vector.files()).collect();
    let (mut bytes, begun) = (0, Instant::now());
    for (body, seed) in bodies.iter().zip(1..) {
        for round in 0..8 {
            let changed = mutated(body, seed * 8 + round);
            bytes += changed.len();
            parse_as_everything(&changed);
        }
    }
    let most =
        Duration::from_secs(10) + Duration::from_micros(5) * u32::try_from(bytes).expect("they are small");
    assert!(begun.elapsed() < most, "{bytes} bytes took {:?}", begun.elapsed());
}

#[test]
#[ignore = "it makes the base vault and the vectors anew, with fresh random parts"]
fn made_anew() {
    make::everything();
}
