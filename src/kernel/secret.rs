//! Plaintext: the only type that holds a value in the clear, and the page that holds a key.
//!
//! Neither can be cloned, compared with `==`, printed or serialised. `expose()` is the one door, and
//! `tests/architecture.rs` lists the files that may open it.

use std::fmt;

use hmac::{Hmac, Mac};
use serde::de::DeserializeOwned;
use sha2::Sha256;
use subtle::ConstantTimeEq;
use zeroize::{Zeroize, Zeroizing};

/// How long a mark is, in bytes.
pub const MARK: usize = 16;

/// A value in the clear; wiped when dropped.
pub struct Secret(Zeroizing<Vec<u8>>);

impl Secret {
    /// Takes ownership of bytes that are secret from here on.
    pub fn new(bytes: Vec<u8>) -> Self {
        Self(Zeroizing::new(bytes))
    }

    /// Lends the bytes. Called at the last possible line, and never bound to an owned value.
    pub fn expose(&self) -> &[u8] {
        &self.0
    }

    /// Length in bytes, which the padding of a sealed value does not show exactly.
    pub fn len(&self) -> usize {
        self.0.len()
    }

    /// Whether there is no byte at all.
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// Compares in constant time for equal lengths.
    pub fn same_as(&self, other: &Secret) -> bool {
        self.0.ct_eq(&other.0).into()
    }

    /// Whether there is a NUL byte, which no environment variable can carry.
    pub fn has_nul(&self) -> bool {
        self.0.contains(&0)
    }

    /// Whether its last byte ends a line.
    pub fn ends_a_line(&self) -> bool {
        self.0.last() == Some(&b'\n')
    }

    /// Whether it is UTF-8 text.
    pub fn is_text(&self) -> bool {
        std::str::from_utf8(&self.0).is_ok()
    }

    /// Whether it is text of which nothing steers a terminal.
    pub fn is_printable(&self) -> bool {
        std::str::from_utf8(&self.0)
            .is_ok_and(|text| !text.contains(|c: char| c.is_control() && !"\n\r\t".contains(c)))
    }

    /// Whether it is a JSON document of this shape. `T` keeps nothing of it, and is dropped at once.
    pub(super) fn is_json<T: DeserializeOwned>(&self) -> bool {
        serde_json::from_slice::<T>(&self.0).is_ok()
    }

    /// Makes one of several, in their order. It is made in one piece, so that no copy is left behind by growing.
    pub fn concat(parts: &[&Secret]) -> Self {
        let mut whole = Vec::with_capacity(parts.iter().map(|part| part.len()).sum());
        parts.iter().for_each(|part| whole.extend_from_slice(&part.0));
        Self::new(whole)
    }

    /// Both sides of a conflict, marked as git marks them, for a person to edit.
    pub fn in_conflict(ours: &Self, theirs: &Self) -> Self {
        let [begin, middle, end] =
            ["<<<<<<< ours\n", "\n=======\n", "\n>>>>>>> theirs\n"].map(|mark| Self::new(mark.into()));
        Self::concat(&[&begin, ours, &middle, theirs, &end])
    }

    /// Whether a mark of a conflict begins one of its lines.
    pub fn is_in_conflict(&self) -> bool {
        let marks = |line: &[u8]| line.starts_with(b"<<<<<<< ") || line.starts_with(b">>>>>>> ");
        self.0.split(|byte| *byte == b'\n').any(marks)
    }

    /// A keyed mark, by which a value that is not kept is known again. To whoever lacks the key it tells nothing.
    pub fn mark(&self, key: &[u8; 32], about: &[u8]) -> [u8; MARK] {
        let mut mac = Hmac::<Sha256>::new_from_slice(key).expect("HMAC takes a key of any length");
        mac.update(&(about.len() as u64).to_le_bytes());
        mac.update(about);
        mac.update(&self.0);
        let mut mark = [0; MARK];
        mark.copy_from_slice(&mac.finalize().into_bytes()[..MARK]);
        mark
    }

    /// Drops one final newline, as an editor or `echo` leaves it.
    pub fn without_final_newline(mut self) -> Self {
        if self.0.last() == Some(&b'\n') {
            self.0.pop();
            if self.0.last() == Some(&b'\r') {
                self.0.pop();
            }
        }
        self
    }
}

impl fmt::Debug for Secret {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("[secret]")
    }
}

const PAGE: usize = 4096;

#[repr(align(4096))]
struct Page([u8; PAGE]);

/// A key of up to 4096 bytes in a page of its own, locked into memory where the system's limit allows, wiped when
/// dropped.
pub(super) struct Locked {
    /// Before the page, so that it is unlocked while it is still there.
    _guard: Option<region::LockGuard>,
    page: Box<Page>,
    len: usize,
}

impl Locked {
    /// Lets `fill` write `len` bytes straight into the locked page.
    pub(super) fn filled(len: usize, fill: impl FnOnce(&mut [u8])) -> Self {
        assert!(len <= PAGE, "a key fits its page");
        let mut page = Box::new(Page([0; PAGE]));
        let guard = region::lock(page.0.as_ptr(), PAGE).ok();
        fill(&mut page.0[..len]);
        Self { _guard: guard, page, len }
    }

    pub(super) fn bytes(&self) -> &[u8] {
        &self.page.0[..self.len]
    }
}

impl Drop for Locked {
    fn drop(&mut self) {
        self.page.0[..self.len].zeroize();
    }
}

/// Whether the system lets this process lock one page of memory.
pub fn memory_can_be_locked() -> bool {
    let page = Box::new(Page([0; PAGE]));
    region::lock(page.0.as_ptr(), PAGE).is_ok()
}
