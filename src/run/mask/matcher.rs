//! The automaton that finds the beginnings of forms: leftmost, and of those the longest.

use std::{collections::HashMap, ops::Range};

use aho_corasick::{
    Anchored, MatchKind, PatternID, StartKind,
    automaton::{Automaton, StateID},
    dfa, nfa,
};

use crate::kernel::forms::Forms;

/// The sparse automaton up to which the dense one is made of it. That is about ten times as large and three times as fast.
const MOST_DENSE: usize = 4 << 20;

/// What is found, and the forms that begin so.
#[derive(Clone)]
pub(super) struct Found {
    pub(super) len: usize,
    pub(super) forms: Range<usize>,
}

/// The automaton. It keeps a copy of what it looks for, which is not wiped: it is not ours.
pub(super) struct Matcher {
    pub(super) automaton: Either,
    pub(super) start: StateID,
    /// By the pattern.
    found: Vec<Found>,
    /// For each state how many of the last bytes may be the beginning of a form.
    depths: HashMap<StateID, usize>,
}

/// One of two ways to keep it.
pub(super) enum Either {
    Dense(dfa::DFA),
    Sparse(nfa::contiguous::NFA),
}

impl Matcher {
    pub(super) fn of(forms: &Forms) -> Self {
        let heads = forms.heads();
        let kind = MatchKind::LeftmostLongest;
        let made = nfa::noncontiguous::NFA::builder()
            .match_kind(kind)
            .prefilter(false)
            .build(heads.iter().map(|(head, _)| head));
        let made = made.expect("heads are short, and fewer than four thousand million");
        let automaton = if made.memory_usage() <= MOST_DENSE {
            let mut dense = dfa::DFA::builder();
            let dense = dense.match_kind(kind).prefilter(false).start_kind(StartKind::Unanchored);
            Either::Dense(dense.build_from_noncontiguous(&made).expect("a small automaton can be dense"))
        } else {
            let mut sparse = nfa::contiguous::NFA::builder();
            let sparse = sparse.match_kind(kind).prefilter(false);
            Either::Sparse(sparse.build_from_noncontiguous(&made).expect("its states can be counted"))
        };
        let (start, depths) = match &automaton {
            Either::Dense(dense) => depths(dense, &heads),
            Either::Sparse(sparse) => depths(sparse, &heads),
        };
        let found = heads.into_iter().map(|(head, forms)| Found { len: head.len(), forms }).collect();
        Self { automaton, start, found, depths }
    }

    pub(super) fn found(&self, pattern: PatternID) -> &Found {
        &self.found[pattern.as_usize()]
    }

    /// How many of the bytes that led to a state may be the beginning of a form.
    pub(super) fn depth(&self, state: StateID) -> usize {
        self.depths.get(&state).copied().unwrap_or(0)
    }
}

/// The state that all begins with, and how far from it each other is.
fn depths<A: Automaton>(
    automaton: &A,
    heads: &[(&[u8], Range<usize>)],
) -> (StateID, HashMap<StateID, usize>) {
    let start = automaton.start_state(Anchored::No).expect("it is made for searches that are not anchored");
    let mut depths = HashMap::new();
    for (head, _) in heads {
        let mut state = start;
        for (at, byte) in head.iter().enumerate() {
            state = automaton.next_state(Anchored::No, state, *byte);
            depths.insert(state, at + 1);
        }
    }
    (start, depths)
}

/// How a stretch of bytes ended.
pub(super) enum Stop {
    /// No longer match is possible than the one that was found before.
    Decided,
    /// The bytes are at an end.
    End,
}

/// Where a search is.
#[derive(Clone, Copy)]
pub(super) struct Search {
    pub(super) state: StateID,
    /// How many bytes were looked at.
    pub(super) at: usize,
    /// What was found, and where it ends. A longer one may follow.
    pub(super) found: Option<(PatternID, usize)>,
}

impl Search {
    /// Looks at bytes up to the first match or their end.
    pub(super) fn run(&mut self, matcher: &Matcher, bytes: &[u8]) -> Stop {
        match &matcher.automaton {
            Either::Dense(dense) => self.step(dense, bytes),
            Either::Sparse(sparse) => self.step(sparse, bytes),
        }
    }

    fn step<A: Automaton>(&mut self, automaton: &A, bytes: &[u8]) -> Stop {
        let Self { mut state, at, mut found } = *self;
        for (behind, byte) in bytes[at..].iter().enumerate() {
            state = automaton.next_state(Anchored::No, state, *byte);
            if automaton.is_special(state) {
                if automaton.is_dead(state) {
                    self.found = found;
                    return Stop::Decided;
                }
                if automaton.is_match(state) {
                    found = Some((automaton.match_pattern(state, 0), at + behind + 1));
                }
            }
        }
        *self = Self { state, at: bytes.len(), found };
        if found.is_some() && is_over(automaton, state) { Stop::Decided } else { Stop::End }
    }
}

/// Whether no byte could make what was found longer.
fn is_over<A: Automaton>(automaton: &A, state: StateID) -> bool {
    (0..=u8::MAX).all(|byte| automaton.is_dead(automaton.next_state(Anchored::No, state, byte)))
}
