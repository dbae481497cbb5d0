//! Masking against a plain reference, over borders of any kind; and which forms there are.

mod flood;

use std::sync::Arc;

use base64::{Engine, prelude::BASE64_STANDARD, prelude::BASE64_URL_SAFE};
use proptest::prelude::*;

use super::Mask;
use crate::kernel::{
    forms::{Forms, HEAD},
    name::SecretName,
    secret::Secret,
};

fn forms(values: &[(&str, &[u8])]) -> Forms {
    let one = |(name, value): &(&str, &[u8])| (SecretName::parse(name).unwrap(), Secret::new(value.to_vec()));
    let values: Vec<_> = values.iter().map(one).collect();
    Forms::of(values.iter().map(|(name, value)| (name, value)))
}

fn mask(values: &[(&str, &[u8])]) -> Arc<Mask> {
    Mask::of(forms(values))
}

/// What comes of these pieces, and what is there after each.
fn steps(mask: &Arc<Mask>, pieces: &[&[u8]]) -> (Vec<String>, String) {
    let (mut stream, mut out, mut seen) = (mask.stream(), Vec::new(), Vec::new());
    for piece in pieces {
        stream.feed(piece, &mut out);
        seen.push(String::from_utf8_lossy(&out).into_owned());
    }
    stream.finish(&mut out);
    (seen, String::from_utf8_lossy(&out).into_owned())
}

fn masked(values: &[(&str, &[u8])], text: &[u8]) -> String {
    steps(&mask(values), &[text]).1
}

/// What masking is to do, said as plainly as it can be: at each place the longest form, or the longest beginning of a form that
/// has more than a head in common with what stands there.
fn reference(values: &[(&str, &[u8])], text: &[u8]) -> Vec<u8> {
    let forms = forms(values);
    let forms: Vec<(&str, &[u8])> =
        forms.iter().map(|form| (form.name.as_str(), form.text.expose())).collect();
    let (mut out, mut at) = (Vec::new(), 0);
    while at < text.len() {
        let rest = &text[at..];
        let common = |form: &[u8]| form.iter().zip(rest).take_while(|(a, b)| a == b).count();
        let fits = |form: &[u8]| Some(common(form)).filter(|common| *common >= form.len().min(HEAD));
        let most = forms.iter().filter_map(|(_, form)| fits(form)).max();
        match most {
            Some(most) => {
                let head = &rest[..most.min(HEAD)];
                let (name, _) = forms.iter().find(|(_, form)| form[..form.len().min(HEAD)] == *head).unwrap();
                out.extend_from_slice(format!("[{name}]").as_bytes());
                at += most;
            }
            None => {
                out.push(rest[0]);
                at += 1;
            }
        }
    }
    out
}

fn in_pieces(mask: &Arc<Mask>, text: &[u8], sizes: &[usize]) -> Vec<u8> {
    let (mut stream, mut out, mut rest) = (mask.stream(), Vec::new(), text);
    for size in sizes.iter().cycle().take(text.len()) {
        let (piece, behind) = rest.split_at((*size).clamp(1, rest.len().max(1)).min(rest.len()));
        stream.feed(piece, &mut out);
        rest = behind;
    }
    stream.feed(rest, &mut out);
    stream.finish(&mut out);
    out
}

const VALUE: &[u8] = b"s3cret/value?";

#[test]
fn value_is_masked_and_nothing_else() {
    assert_eq!(masked(&[("TOKEN", VALUE)], b"a s3cret/value? b s3cret/valu"), "a [TOKEN] b s3cret/valu");
}

#[test]
fn value_that_comes_byte_by_byte_is_masked() {
    let pieces: Vec<&[u8]> = VALUE.chunks(1).collect();
    let (seen, all) = steps(&mask(&[("TOKEN", VALUE)]), &pieces);
    assert_eq!((seen[VALUE.len() - 2].as_str(), all.as_str()), ("", "[TOKEN]"));
}

#[test]
fn what_begins_no_value_goes_out_at_once() {
    let (seen, _) = steps(&mask(&[("TOKEN", VALUE)]), &[b"Password: ", b"s3", b"x", b"s3cret/value?"]);
    assert_eq!(seen, ["Password: ", "Password: ", "Password: s3x", "Password: s3x[TOKEN]"]);
}

#[test]
fn value_that_may_go_on_is_held_until_it_does_not() {
    let mask = mask(&[("A", b"abcdef"), ("B", b"abcdefgh")]);
    assert_eq!(
        steps(&mask, &[b"abcdef", b"g", b"x"]),
        (vec![String::new(), String::new(), "[A]gx".into()], "[A]gx".into())
    );
}

#[test]
fn longest_of_two_is_masked() {
    assert_eq!(masked(&[("A", b"abcdef"), ("B", b"abcdefgh")], b"abcdefgh abcdef"), "[B] [A]");
}

#[test]
fn leftmost_of_two_that_overlap_is_masked() {
    assert_eq!(masked(&[("A", b"abcdef"), ("B", b"efghij")], b"abcdefghij"), "[A]ghij");
}

#[test]
fn bytes_behind_a_value_that_seemed_to_go_on_are_looked_at_again() {
    let values: [(&str, &[u8]); 3] = [("A", b"abcdef"), ("B", b"abcdefghijklm"), ("C", b"ghijkl")];
    assert_eq!(masked(&values, b"abcdefghijklx"), "[A][C]x");
}

#[test]
fn first_of_two_names_of_one_value_is_shown() {
    assert_eq!(masked(&[("B", VALUE), ("A", VALUE)], VALUE), "[B]");
}

#[test]
fn base64_of_what_has_the_value_somewhere_shows_no_more_than_half_a_byte_at_each_end() {
    let shown = |before: &str, behind: &str| {
        masked(
            &[("T", VALUE)],
            BASE64_STANDARD.encode([before.as_bytes(), VALUE, behind.as_bytes()].concat()).as_bytes(),
        )
    };
    assert_eq!([shown("", ""), shown("x", ""), shown("xy", "")], ["[T]", "eH[T]", "eHl[T]"]);
    assert_eq!(
        [shown("xyz", "x"), shown("xyzx", "x"), shown("xyzxy", "x")],
        ["eHl6[T]3g=", "eHl6eH[T]94", "eHl6eHl[T]eA=="]
    );
}

#[test]
fn base64_of_what_echo_prints_is_masked_whole() {
    let shown = |value: &[u8]| {
        let encoded = BASE64_STANDARD.encode([value, b"\n"].concat());
        masked(&[("T", value)], encoded.as_bytes())
    };
    assert_eq!([shown(b"seven77"), shown(b"eight888"), shown(b"nine99999")], ["[T]", "[T]", "[T]"]);
}

#[test]
fn base64_for_urls_is_masked() {
    let value = b"\xff\xfe\xfd\xfc\xfb\xfa\xff\xbf";
    assert_ne!(BASE64_STANDARD.encode(value), BASE64_URL_SAFE.encode(value));
    assert_eq!(masked(&[("T", value)], BASE64_URL_SAFE.encode(value).as_bytes()), "[T]");
}

#[test]
fn hexadecimal_digits_are_masked() {
    assert_eq!(
        masked(&[("T", b"\x00\xabcdef")], b"00ab63646566 00AB63646566 00Ab63646566"),
        "[T] [T] 00Ab63646566"
    );
}

#[test]
fn percent_encoding_is_masked() {
    let shown = masked(
        &[("T", b"a b/c?d~e")],
        b"a%20b%2Fc%3Fd~e a%20b%2fc%3fd~e a+b%2Fc%3Fd~e a+b%2Fc%3Fd%7Ee a%20b/c%3Fd~e a%20b/c?d~e",
    );
    assert_eq!(shown, "[T] [T] [T] [T] [T] [T]");
}

#[test]
fn json_strings_are_masked() {
    let value = "a\"b\\c/d\n\u{1}é𝄞<".as_bytes();
    let as_serde = serde_json::to_string(std::str::from_utf8(value).unwrap()).unwrap();
    let others = r#"a\"b\\c\/d\n\u0001é𝄞< a\"b\\c/d\n\u0001\u00e9\ud834\udd1e< a\"b\\c/d\n\u0001é𝄞\u003c"#;
    assert_eq!(masked(&[("T", value)], format!("{as_serde} {others}").as_bytes()), "\"[T]\" [T] [T] [T]");
}

#[test]
fn bytes_that_are_no_text_are_masked_and_left() {
    let mask = mask(&[("T", b"\xff\x00\xfe\x80\xc3\x28")]);
    let (mut stream, mut out) = (mask.stream(), Vec::new());
    stream.feed(b"\xff\x00\xfe\x80\xc3\x28\xff\x00\xfe", &mut out);
    stream.finish(&mut out);
    assert_eq!(out, b"[T]\xff\x00\xfe");
}

#[test]
fn each_line_of_a_value_is_masked_whatever_ends_it() {
    let value = b"first line\r\nsecond line\nx\n\n";
    assert_eq!(masked(&[("T", value)], b"second line\r\n first line\r\nx\n"), "[T]\r\n [T]\r\nx\n");
}

#[test]
fn value_of_several_lines_is_masked_in_one_and_what_ends_it_stays() {
    assert_eq!(masked(&[("T", b"first line\nsecond line\n")], b"<first line\nsecond line\n>"), "<[T]\n>");
}

#[test]
fn short_values_and_lines_are_named_and_not_masked() {
    let forms =
        forms(&[("A", b"12345\n"), ("B", b"123456"), ("C", b"long enough\n}\n"), ("D", b""), ("E", b"\n\n")]);
    let names = |names: &[SecretName]| names.iter().map(ToString::to_string).collect::<Vec<_>>().join(" ");
    assert_eq!((names(&forms.short), names(&forms.short_lines)), ("A".to_owned(), "C".to_owned()));
    assert_eq!(steps(&Mask::of(forms), &[b"12345 123456 }"]).1, "12345 [B] }");
}

#[test]
fn nothing_is_masked_where_there_is_no_value() {
    assert_eq!(masked(&[], b"abc"), "abc");
}

fn long_value() -> Vec<u8> {
    (0..4000_u32).map(|i| b"abcdefghijklmnopqrstuvwxyz0123456789-_"[(i * i + i / 7) as usize % 38]).collect()
}

#[test]
fn long_value_is_masked_whole_and_not_held_back() {
    let value = long_value();
    let mask = mask(&[("LONG", &value)]);
    let (seen, all) = steps(&mask, &[&value[..HEAD], &value[HEAD..3000], &value[3000..], b"!"]);
    assert_eq!((seen[0].as_str(), all.as_str()), ("[LONG]", "[LONG]!"));
}

#[test]
fn long_value_that_is_cut_is_masked_as_far_as_it_goes() {
    let value = long_value();
    assert_eq!(
        masked(&[("LONG", &value)], &[&value[..700], b"! ", &value[..HEAD - 1]].concat()),
        format!("[LONG]! {}", String::from_utf8_lossy(&value[..HEAD - 1]))
    );
}

#[test]
fn no_more_than_a_head_is_ever_held() {
    let value = vec![b'a'; 5000];
    let mask = mask(&[("A", &value[..HEAD]), ("B", &value)]);
    let (mut stream, mut out) = (mask.stream(), Vec::new());
    stream.feed(&value[..HEAD - 1], &mut out);
    assert_eq!(out.len(), 0);
    stream.feed(b"a", &mut out);
    assert_eq!(out, b"[A]");
}

/// Values that have much in common with each other and with what is printed.
const ALIKE: [(&str, &[u8]); 6] = [
    ("A", b"aaaaaaaaab"),
    ("B", b"aaaaab"),
    ("C", b"abaabaab"),
    ("D", b"aabaab\nbbabab\na"),
    ("E", b"bababaabb\xff"),
    ("F", &[b'a'; 2 * HEAD]),
];

proptest! {
    #![proptest_config(ProptestConfig::with_cases(64))]

    #[test]
    fn any_text_in_any_pieces_is_masked_as_the_reference_has_it(
        text in prop::collection::vec(prop_oneof![6 => Just(b'a'), 4 => Just(b'b'), 1 => Just(b'\n'), 1 => any::<u8>()], 0..1500),
        sizes in prop::collection::vec(1..40_usize, 1..6),
    ) {
        prop_assert_eq!(in_pieces(&mask(&ALIKE), &text, &sizes), reference(&ALIKE, &text));
    }

    #[test]
    fn any_value_in_any_form_is_masked_as_the_reference_has_it(
        values in prop::collection::vec(prop::collection::vec(prop_oneof![3 => b' '..b'~', 1 => any::<u8>()], 1..600), 1..5),
        plan in prop::collection::vec((any::<prop::sample::Index>(), any::<u8>(), 0..700_usize), 1..20),
        sizes in prop::collection::vec(1..90_usize, 1..6),
    ) {
        let names = ["A", "B", "C", "D", "E"];
        let values: Vec<(&str, &[u8])> = names.into_iter().zip(values.iter().map(Vec::as_slice)).collect();
        let forms = forms(&values);
        let all: Vec<&[u8]> = forms.iter().map(|form| form.text.expose()).collect();
        let mut text = Vec::new();
        for (which, byte, cut) in plan {
            if !all.is_empty() {
                let form = all[which.index(all.len())];
                text.extend_from_slice(&form[..form.len().min(cut)]);
            }
            text.push(byte);
        }
        prop_assert_eq!(in_pieces(&mask(&values), &text, &sizes), reference(&values, &text));
    }
}
