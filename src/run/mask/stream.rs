//! Masking a stream: bytes in, bytes out, and between them no more than what may yet become a value.
//!
//! Of forms that overlap the leftmost is masked, and of those that begin at one place the longest. A byte is held back while
//! it stands in the beginning of a form, so at most `HEAD` are. Each is looked at once, and again only if the form that it
//! seemed to go on with did not: at most `HEAD` bytes behind each form that was masked.

use std::sync::Arc;

use zeroize::Zeroizing;

use super::matcher::{Found, Matcher, Search, Stop};
use crate::kernel::forms::{Forms, HEAD};

/// So much is best given at once. Of what is more, a copy is left behind by growing that nobody wipes.
pub const CHUNK: usize = 64 * 1024;

/// What is masked, for any number of streams.
pub struct Mask {
    forms: Forms,
    matcher: Matcher,
}

impl Mask {
    /// Masks these forms.
    pub fn of(forms: Forms) -> Arc<Self> {
        let matcher = Matcher::of(&forms);
        Arc::new(Self { forms, matcher })
    }

    /// A stream that is masked by itself.
    pub fn stream(self: &Arc<Self>) -> Stream {
        let search = Search { state: self.matcher.start, at: 0, found: None };
        let held = Zeroizing::new(Vec::with_capacity(CHUNK + HEAD));
        Stream { mask: self.clone(), held, given: 0, search, long: None }
    }
}

/// One stream.
pub struct Stream {
    mask: Arc<Mask>,
    /// What was not given out yet, and during a call what comes in.
    held: Zeroizing<Vec<u8>>,
    /// How many of these were given out.
    given: usize,
    search: Search,
    long: Option<Long>,
}

/// In a form that is longer than its head: those that the bytes agree with so far.
struct Long {
    forms: Vec<usize>,
    at: usize,
}

impl Stream {
    /// Takes the next bytes, and adds to `out` what can be said of all so far.
    pub fn feed(&mut self, bytes: &[u8], out: &mut Vec<u8>) {
        self.held.extend_from_slice(bytes);
        self.advance(out);
        let depth = self.mask.matcher.depth(self.search.state);
        let mut sure = self.search.at - depth;
        if let Some((pattern, end)) = self.search.found {
            sure = sure.min(end - self.mask.matcher.found(pattern).len);
        }
        out.extend_from_slice(&self.held[self.given..sure]);
        self.drop_before(sure);
    }

    /// Adds what is still held: nothing more comes.
    pub fn finish(mut self, out: &mut Vec<u8>) {
        while self.search.found.is_some() {
            self.replace(out);
            self.advance(out);
        }
        out.extend_from_slice(&self.held[self.given..]);
    }

    /// Looks at all that came, and replaces what is decided.
    fn advance(&mut self, out: &mut Vec<u8>) {
        loop {
            if self.long.is_some() && self.is_in_long() {
                return;
            }
            match self.search.run(&self.mask.matcher, &self.held) {
                Stop::Decided => self.replace(out),
                Stop::End => return,
            }
        }
    }

    /// Gives out what stands before what was found, and its name in its place.
    fn replace(&mut self, out: &mut Vec<u8>) {
        let Some((pattern, end)) = self.search.found.take() else { return };
        let Found { len, forms } = self.mask.matcher.found(pattern).clone();
        out.extend_from_slice(&self.held[self.given..end - len]);
        out.push(b'[');
        out.extend_from_slice(self.mask.forms.name(forms.start).as_str().as_bytes());
        out.push(b']');
        self.go_on_at(end);
        if len == HEAD {
            self.long = Some(Long { forms: forms.collect(), at: HEAD });
        }
    }

    fn go_on_at(&mut self, at: usize) {
        self.given = at;
        self.search = Search { state: self.mask.matcher.start, at, found: None };
    }

    /// Swallows what a long form goes on with. Whether all that came was that.
    fn is_in_long(&mut self) -> bool {
        let Some(Long { forms, at }) = self.long.take() else { return false };
        let bytes = &self.held[self.given..];
        let agreed = forms.into_iter().map(|form| (form, self.mask.forms.agree(form, at, bytes)));
        let agreed: Vec<(usize, (usize, bool))> = agreed.collect();
        let most = agreed.iter().map(|(_, (len, _))| *len).max().unwrap_or(0);
        let on = most == bytes.len();
        let forms = agreed.into_iter().filter(|(_, (len, over))| *len == most && !over);
        let forms: Vec<usize> = forms.map(|(form, _)| form).collect();
        self.go_on_at(self.given + most);
        if on && !forms.is_empty() {
            self.long = Some(Long { forms, at: at + most });
            return true;
        }
        false
    }

    fn drop_before(&mut self, sure: usize) {
        let kept = self.held.len() - sure;
        self.held.copy_within(sure.., 0);
        self.held.truncate(kept);
        self.given = 0;
        self.search.at -= sure;
        if let Some((_, end)) = &mut self.search.found {
            *end -= sure;
        }
    }
}
