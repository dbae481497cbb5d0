//! Masking any bytes in any pieces: as a plain search has it, holding back no more than the beginning of a form, and all that is no
//! value byte for byte.

#![no_main]

use cargo_vault::{
    kernel::{forms::Forms, name::SecretName, secret::Secret},
    run::Mask,
};
use libfuzzer_sys::fuzz_target;

/// As much of a form as is recognised in one piece.
const HEAD: usize = 256;

fuzz_target!(|input: (Vec<Vec<u8>>, Vec<u8>, Vec<u8>)| {
    let (values, sizes, text) = input;
    let given: Vec<_> = values.iter().take(4).enumerate().map(secret).collect();
    let forms = Forms::of(given.iter().map(|(name, value)| (name, value)));
    let wanted = plainly(&forms, &text);
    let mask = Mask::of(forms);
    let (mut stream, mut out, mut rest) = (mask.stream(), Vec::new(), &text[..]);
    for size in sizes {
        let (piece, behind) = rest.split_at(usize::from(size).min(rest.len()));
        stream.feed(piece, &mut out);
        rest = behind;
    }
    stream.feed(rest, &mut out);
    stream.finish(&mut out);
    assert_eq!(out, wanted);
});

fn secret((number, value): (usize, &Vec<u8>)) -> (SecretName, Secret) {
    let name = SecretName::parse(&format!("S{number}")).expect("a letter and a digit");
    (name, Secret::new(value.clone()))
}

/// At each place the longest form, or what a long one has in common with what stands there.
fn plainly(forms: &Forms, text: &[u8]) -> Vec<u8> {
    let forms: Vec<(&str, &[u8])> =
        forms.iter().map(|form| (form.name.as_str(), form.text.expose())).collect();
    let (mut out, mut at) = (Vec::new(), 0);
    while at < text.len() {
        let rest = &text[at..];
        let common = |form: &[u8]| form.iter().zip(rest).take_while(|(a, b)| a == b).count();
        let fits = |form: &[u8]| Some(common(form)).filter(|common| *common >= form.len().min(HEAD));
        let Some(most) = forms.iter().filter_map(|(_, form)| fits(form)).max() else {
            out.push(rest[0]);
            at += 1;
            continue;
        };
        let head = &rest[..most.min(HEAD)];
        let found = forms.iter().find(|(_, form)| form[..form.len().min(HEAD)] == *head);
        out.extend_from_slice(format!("[{}]", found.expect("it was found before").0).as_bytes());
        at += most;
    }
    out
}
