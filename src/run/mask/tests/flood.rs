//! 200 MB of random and adversarial output, with a form of a value across every border between pieces.

use super::{Mask, forms};
use crate::{kernel::forms::HEAD, run::mask::CHUNK};

const PIECES: usize = 200 * 1000 * 1000 / CHUNK + 1;

/// Values of which each has something that makes a search slow: repetition, a beginning in common, lines, length.
fn values() -> Vec<(String, Vec<u8>)> {
    let mut random = Random(1);
    let mut all = vec![
        ("SAME".to_owned(), [&[b'a'; 63][..], b"b"].concat()),
        ("TURNS".to_owned(), [b"ab".repeat(40), b"c".to_vec()].concat()),
        ("LONG".to_owned(), [b"ab".repeat(HEAD / 3), b"cd".repeat(HEAD)].concat()),
        ("LINES".to_owned(), b"-- first line --\n-- second line --\n".to_vec()),
        ("BYTES".to_owned(), (128..=255).collect()),
    ];
    all.extend((0..20).map(|i| (format!("S{i}"), (0..40).map(|_| b'0' + random.next(75)).collect())));
    all
}

/// A generator that is the same each time.
struct Random(u64);

impl Random {
    fn next(&mut self, below: u8) -> u8 {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        u8::try_from((self.0 >> 32) % u64::from(below)).unwrap()
    }

    fn pick(&mut self, below: usize) -> usize {
        (usize::from(self.next(255)) * 255 + usize::from(self.next(255))) % below
    }
}

/// What no form has in it, but beginnings of forms: bytes at random, one letter, two in turns, and halves of forms.
fn fillings(forms: &[(String, Vec<u8>)]) -> Vec<Vec<u8>> {
    let mut random = Random(2);
    let end = |mut bytes: Vec<u8>| {
        bytes.push(b'\n');
        bytes
    };
    let halves: Vec<u8> = forms
        .iter()
        .filter(|(name, form)| form.len() < HEAD && name != "LINES")
        .flat_map(|(_, form)| end(form[..form.len() / 2].to_vec()))
        .collect();
    vec![
        end((0..3 * CHUNK).map(|_| random.next(200)).collect()),
        end(vec![b'a'; 2 * CHUNK]),
        end(b"ab".repeat(CHUNK)),
        end(halves.iter().copied().cycle().take(2 * CHUNK).collect()),
    ]
}

#[test]
fn value_planted_across_every_border_is_masked_and_every_other_byte_stays() {
    let values = values();
    let values: Vec<(&str, &[u8])> =
        values.iter().map(|(name, value)| (name.as_str(), value.as_slice())).collect();
    let forms = forms(&values);
    let all: Vec<(String, Vec<u8>)> =
        forms.iter().map(|form| (form.name.to_string(), form.text.expose().to_vec())).collect();
    let fillings = fillings(&all);
    let mask = Mask::of(forms);
    let (mut stream, mut random) = (mask.stream(), Random(3));
    let (mut text, mut wanted, mut out) = (Vec::new(), Vec::new(), Vec::new());
    for piece in 0..PIECES {
        // Up to somewhere before the border, and then a form that reaches beyond it.
        let (name, form) = &all[random.pick(all.len())];
        let before = 1 + random.pick(form.len() - 1);
        let filling = &fillings[piece % fillings.len()];
        while text.len() < CHUNK - before {
            let some = filling.len().min(CHUNK - before - text.len());
            text.extend_from_slice(&filling[filling.len() - some..]);
            wanted.extend_from_slice(&filling[filling.len() - some..]);
        }
        text.extend_from_slice(form);
        wanted.extend_from_slice(format!("[{name}]").as_bytes());
        text.push(b'\n');
        wanted.push(b'\n');
        stream.feed(&text[..CHUNK], &mut out);
        text.drain(..CHUNK);
        assert!(wanted.starts_with(&out), "piece {piece}, {name}: {:?}", first_difference(&out, &wanted));
        wanted.drain(..out.len());
        out.clear();
    }
    stream.feed(&text, &mut out);
    stream.finish(&mut out);
    assert_eq!(out, wanted);
}

fn first_difference(out: &[u8], wanted: &[u8]) -> Option<(usize, String, String)> {
    let at = out.iter().zip(wanted).position(|(a, b)| a != b)?;
    let show = |bytes: &[u8]| {
        bytes[at.saturating_sub(10)..].iter().take(60).map(|b| b.escape_ascii().to_string()).collect()
    };
    Some((at, show(out), show(wanted)))
}
