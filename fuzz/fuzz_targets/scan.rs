//! Searching any bytes in any pieces: every value that stands there is found, and what is told lies inside of it.

#![no_main]

use std::io::Read;

use cargo_vault::{
    kernel::{
        name::{EnvName, SecretName},
        secret::Secret,
    },
    scan::{Known, Owner, Searcher, What},
};
use libfuzzer_sys::fuzz_target;

/// The fewest bytes that a value has which is searched for.
const FEWEST: usize = 12;

fuzz_target!(|input: (Vec<u8>, Vec<u8>, Vec<u8>, u8)| {
    let (value, before, behind, step) = input;
    let env = EnvName::parse("dev").expect("three letters");
    let owner = Owner { env, name: SecretName::parse("S").expect("a letter") };
    let ends = value.iter().rposition(|byte| !b"\r\n".contains(byte)).map_or(0, |at| at + 1);
    let is_long = ends >= FEWEST;
    let text = [&before[..], &value, &behind].concat();
    let lines = text.iter().filter(|byte| **byte == b'\n').count() as u64 + 1;
    let known = Known::of_values(vec![(owner.clone(), Secret::new(value))]);
    let mut found = false;
    let mut pieces = Pieces { rest: &text, step: usize::from(step) + 1 };
    let searched = Searcher::new(&known, true).search(&mut pieces, &mut |hit| {
        assert!((1..=lines).contains(&hit.line) && hit.column > 0);
        found |= hit.what == What::Value(owner.clone());
    });
    assert_eq!(searched.expect("memory can be read"), text.len() as u64);
    assert_eq!(found, is_long);
});

struct Pieces<'a> {
    rest: &'a [u8],
    step: usize,
}

impl Read for Pieces<'_> {
    fn read(&mut self, out: &mut [u8]) -> std::io::Result<usize> {
        let len = self.step.min(self.rest.len()).min(out.len());
        out[..len].copy_from_slice(&self.rest[..len]);
        self.rest = &self.rest[len..];
        Ok(len)
    }
}
