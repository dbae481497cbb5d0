//! What came of a search: what was found, how much was searched, and what was not.

use std::path::Path;

use super::Finding;

/// So many findings are told one by one: who has more has the same one everywhere.
const MOST: usize = 10_000;

/// What came of a search.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Outcome {
    /// What was found and is not allowed.
    pub findings: Vec<Finding>,
    /// How many findings more there are.
    pub more: usize,
    /// How many are allowed.
    pub allowed: usize,
    /// How many files or contents were searched.
    pub files: u64,
    /// How many bytes that is.
    pub bytes: u64,
    /// What was not searched.
    pub passed: Vec<Passed>,
}

/// A file that was not searched.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Passed {
    /// Its path.
    pub path: String,
    /// Why not, in one clause.
    pub why: String,
}

impl Outcome {
    pub(super) fn found(&mut self, finding: Finding) {
        match self.findings.len() < MOST {
            true => self.findings.push(finding),
            false => self.more += 1,
        }
    }

    /// Takes what has this fingerprint as allowed from here on.
    pub fn allow(&mut self, fingerprint: &str) {
        let before = self.findings.len();
        self.findings.retain(|finding| finding.fingerprint != fingerprint);
        self.allowed += before - self.findings.len();
    }

    pub(super) fn searched(&mut self, bytes: u64) {
        self.files += 1;
        self.bytes += bytes;
    }

    pub(super) fn pass(&mut self, path: &Path, why: String) {
        self.passed.push(Passed { path: path.to_string_lossy().into_owned(), why });
    }

    /// In the order of places; commits stay in theirs.
    pub(super) fn sort(&mut self) {
        if self.findings.iter().all(|finding| finding.commit.is_none()) {
            self.findings.sort_by(|a, b| (&a.path, a.at).cmp(&(&b.path, b.at)));
        }
    }
}
