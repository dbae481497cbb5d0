//! The forms in which a value is recognised: itself, its lines, and its encodings.

mod encode;
mod print;

use std::{collections::BTreeSet, ops::Range};

use zeroize::Zeroizing;

use encode::{Bytes, base64, hex, json, lossy, url};
pub use print::{PRINT, Print, PrintKey, WINDOW};

use super::{name::SecretName, secret::Secret};

/// What is shorter is found by chance too often to be masked.
const FEWEST: usize = 6;

/// So much of a form is recognised as one piece. What a longer one goes on with is compared as it comes and masked as far as
/// it agrees, so that neither the automaton nor what is held back grows with a value.
pub const HEAD: usize = 256;

/// Which forms of a value there are.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Wanted {
    /// Each of its lines too, since a program prints by lines.
    Lines,
    /// Those of all of it, since a line of a key or of a document is nothing that others may not have.
    Whole,
}

/// One form.
pub struct Form {
    /// The secret whose value it is.
    pub name: SecretName,
    /// What is masked.
    pub text: Secret,
}

/// The forms of all values, in the order of their bytes.
pub struct Forms {
    all: Vec<Form>,
    /// Secrets whose value is too short to be masked, or searched for.
    pub short: Vec<SecretName>,
    /// Secrets that are masked, but for some lines.
    pub short_lines: Vec<SecretName>,
}

impl Forms {
    /// The forms of these values and of their lines. Where two secrets share one, the first has it.
    pub fn of<'a>(values: impl IntoIterator<Item = (&'a SecretName, &'a Secret)>) -> Self {
        Self::made(values, Wanted::Lines)
    }

    /// The same without their lines, to search for.
    pub fn whole<'a>(values: impl IntoIterator<Item = (&'a SecretName, &'a Secret)>) -> Self {
        Self::made(values, Wanted::Whole)
    }

    fn made<'a>(values: impl IntoIterator<Item = (&'a SecretName, &'a Secret)>, wanted: Wanted) -> Self {
        let mut forms = Self { all: Vec::new(), short: Vec::new(), short_lines: Vec::new() };
        for (name, value) in values {
            forms.add(name, value.expose(), wanted);
        }
        // Stable, so of equal ones the first stays.
        forms.all.sort_by(|a, b| a.text.expose().cmp(b.text.expose()));
        forms.all.dedup_by(|b, a| a.text.expose() == b.text.expose());
        forms
    }

    fn add(&mut self, name: &SecretName, value: &[u8], wanted: Wanted) {
        let body = unbroken(value);
        if body.is_empty() {
            return;
        }
        let (fewest, lines) = match wanted {
            Wanted::Lines => (FEWEST, body),
            Wanted::Whole => (WINDOW, &body[..0]),
        };
        if body.len() < fewest {
            self.short.push(name.clone());
            return;
        }
        let lines = lines.split(|byte| *byte == b'\n').map(|line| line.strip_suffix(b"\r").unwrap_or(line));
        let (long, short): (BTreeSet<&[u8]>, BTreeSet<&[u8]>) =
            lines.filter(|line| !line.is_empty()).partition(|line| line.len() >= FEWEST);
        if !short.is_empty() {
            self.short_lines.push(name.clone());
        }
        let mut push = |mut text: Bytes| {
            let text = Secret::new(std::mem::take(&mut *text));
            self.all.push(Form { name: name.clone(), text });
        };
        push(Zeroizing::new(body.to_vec()));
        long.into_iter().for_each(|line| push(Zeroizing::new(line.to_vec())));
        lossy(body).into_iter().for_each(&mut push);
        // The line break at the end of a value is encoded with it, and one that `echo` adds too; printed by itself it belongs to
        // what follows.
        let echoed = Zeroizing::new([body, b"\n"].concat());
        base64(&echoed).into_iter().for_each(&mut push);
        for whole in [body, value] {
            [base64(whole), hex(whole), url(whole), json(whole)].into_iter().flatten().for_each(&mut push);
        }
    }

    /// Whether there is nothing to look for.
    pub fn is_empty(&self) -> bool {
        self.all.is_empty()
    }

    /// All of them.
    pub fn iter(&self) -> impl Iterator<Item = &Form> {
        self.all.iter()
    }

    /// Their fingerprints, with the secrets that they are of.
    pub fn prints(&self, key: &PrintKey) -> Vec<(&SecretName, Print)> {
        let print = |form: &Form| key.print(form.text.expose());
        self.all.iter().filter_map(|form| Some((&form.name, print(form)?))).collect()
    }

    /// The beginnings of all forms, each once, and lent to what looks for them; with the forms that begin so.
    pub fn heads(&self) -> Vec<(&[u8], Range<usize>)> {
        let head = |at: usize| {
            let text = self.all[at].text.expose();
            &text[..text.len().min(HEAD)]
        };
        let mut heads: Vec<(&[u8], Range<usize>)> = Vec::new();
        for at in 0..self.all.len() {
            match heads.last_mut() {
                // Those that share a beginning stand together.
                Some((last, range)) if *last == head(at) => range.end = at + 1,
                _ => heads.push((head(at), at..at + 1)),
            }
        }
        heads
    }

    /// How many of these bytes are what a form goes on with from here, and whether it ends with them.
    pub fn agree(&self, form: usize, from: usize, bytes: &[u8]) -> (usize, bool) {
        let rest = self.all[form].text.expose().get(from..).unwrap_or_default();
        let agreed = rest.iter().zip(bytes).take_while(|(a, b)| a == b).count();
        (agreed, agreed == rest.len())
    }

    /// The name of a form.
    pub fn name(&self, form: usize) -> &SecretName {
        &self.all[form].name
    }
}

/// A value without the line breaks at its end.
fn unbroken(value: &[u8]) -> &[u8] {
    let end = value.iter().rposition(|byte| !b"\r\n".contains(byte)).map_or(0, |at| at + 1);
    &value[..end]
}
