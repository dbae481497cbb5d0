//! What a search finds and what it passes over: values in every form across every border, tokens, files of no commit.

use std::io::Read;

use base64::{Engine, prelude::BASE64_STANDARD, prelude::BASE64_URL_SAFE_NO_PAD};
use proptest::prelude::*;

use super::{Hit, Known, Owner, Reach, Rule, Searcher, What, allow, found::Finding};
use crate::kernel::{
    name::{EnvName, SecretName},
    secret::Secret,
};

fn owner(name: &str) -> Owner {
    Owner { env: EnvName::parse("dev").unwrap(), name: SecretName::parse(name).unwrap() }
}

fn known(values: &[(&str, &[u8])]) -> Known {
    Known::of_values(values.iter().map(|(name, value)| (owner(name), Secret::new(value.to_vec()))).collect())
}

fn hits(known: &Known, entropy: bool, stream: &mut dyn Read) -> Vec<Hit> {
    let mut hits = Vec::new();
    Searcher::new(known, entropy).search(stream, &mut |hit| hits.push(hit)).unwrap();
    hits
}

/// What is found, as `line:column kind`.
fn told(known: &Known, bytes: &[u8]) -> Vec<String> {
    let hits = hits(known, false, &mut &*bytes);
    hits.iter().map(|hit| format!("{}:{} {}", hit.line, hit.column, hit.what.kind())).collect()
}

fn tokens(text: &str) -> Vec<String> {
    told(&Known::nothing(), text.as_bytes())
}

/// A stream that gives a few bytes at a time.
struct Dripping<'a>(&'a [u8], usize);

impl Read for Dripping<'_> {
    fn read(&mut self, out: &mut [u8]) -> std::io::Result<usize> {
        let len = self.1.min(self.0.len()).min(out.len());
        out[..len].copy_from_slice(&self.0[..len]);
        self.0 = &self.0[len..];
        Ok(len)
    }
}

const VALUE: &[u8] = b"correct horse/battery+staple?";

#[test]
fn value_is_found_by_line_and_by_column_in_characters() {
    let text = "a\nb\nñandú: correct horse/battery+staple?".as_bytes();
    assert_eq!(told(&known(&[("DB", VALUE)]), text), ["3:8 value"]);
}

#[test]
fn value_of_eleven_bytes_is_told_as_short_and_not_searched_for() {
    let known = known(&[("DB", b"0123456789a")]);
    assert_eq!((told(&known, b"0123456789a"), known.reach(&owner("DB"))), (vec![], Some(Reach::Short)));
}

#[test]
fn value_of_twelve_bytes_is_found() {
    assert_eq!(told(&known(&[("DB", b"0123456789ab")]), b"x0123456789ab"), ["1:2 value"]);
}

#[test]
fn beginning_of_a_value_is_none() {
    assert_eq!(told(&known(&[("DB", VALUE)]), &VALUE[..VALUE.len() - 1]), [""; 0]);
}

#[test]
fn what_differs_from_a_value_in_its_last_byte_is_none() {
    let other = [&VALUE[..VALUE.len() - 1], b"!"].concat();
    assert_eq!(told(&known(&[("DB", VALUE)]), &other), [""; 0]);
}

#[test]
fn line_of_a_value_is_none() {
    let value = b"-----BEGIN SOMETHING-----\nabcdefghijklmnop\n-----END SOMETHING-----\n";
    assert_eq!(told(&known(&[("KEY", value)]), b"-----BEGIN SOMETHING-----\n"), [""; 0]);
}

#[test]
fn value_with_other_line_breaks_at_its_end_is_found() {
    assert_eq!(told(&known(&[("DB", b"0123456789abcdef\n")]), b"0123456789abcdef\r\n"), ["1:1 value"]);
}

#[test]
fn value_that_two_secrets_have_is_told_once() {
    let known = known(&[("A", VALUE), ("B", VALUE)]);
    let found = hits(&known, false, &mut &*VALUE);
    assert_eq!(found, [Hit { line: 1, column: 1, what: What::Value(owner("A")) }]);
}

#[test]
fn value_in_hexadecimal_and_behind_percent_signs_is_found() {
    let hex: String = VALUE.iter().map(|byte| format!("{byte:02x}")).collect();
    let text = format!("{hex}\ncorrect%20horse%2Fbattery%2Bstaple%3F\n");
    assert_eq!(told(&known(&[("DB", VALUE)]), text.as_bytes()), ["1:1 value", "2:1 value"]);
}

#[test]
fn value_in_a_string_of_json_is_found() {
    let text = br#"{"a":"two \"quoted\"\nlines"}"#;
    assert_eq!(told(&known(&[("DB", b"two \"quoted\"\nlines")]), text), ["1:7 value"]);
}

#[test]
fn value_as_long_as_a_value_may_be_is_found_between_others() {
    let long: Vec<u8> = (0..1024 * 1024_u32).map(|at| (at.wrapping_mul(2_654_435_761) >> 24) as u8).collect();
    let text = [&b"\0\xff"[..], &long, b"\n", VALUE].concat();
    let found = hits(&known(&[("LONG", &long), ("DB", VALUE)]), false, &mut &text[..]);
    assert_eq!(
        found.into_iter().map(|hit| hit.what).collect::<Vec<_>>(),
        ["LONG", "DB"].map(|name| What::Value(owner(name)))
    );
}

#[test]
fn value_that_is_a_token_too_is_told_as_the_value() {
    let token = "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";
    assert_eq!(told(&known(&[("GH", token.as_bytes())]), token.as_bytes()), ["1:1 value"]);
}

#[test]
fn value_inside_of_a_token_is_told_as_well() {
    let token = "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";
    let known = known(&[("PART", &token.as_bytes()[4..30])]);
    assert_eq!(told(&known, token.as_bytes()), ["1:1 github-token", "1:5 value"]);
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(48))]

    /// Of every value each form is found, wherever it lies and however the bytes come.
    #[test]
    fn value_planted_in_any_form_across_any_border_is_found(
        value in proptest::collection::vec(any::<u8>(), 12..200),
        form in 0..6_usize,
        before in prop_oneof![0..2000_usize, 262_000..262_200_usize, 266_500..266_760_usize],
        step in prop_oneof![1..50_usize, Just(1 << 20)],
    ) {
        let text = match form {
            0 => value.clone(),
            1 => BASE64_STANDARD.encode(&value).into_bytes(),
            2 => BASE64_URL_SAFE_NO_PAD.encode([&b"x"[..], &value].concat()).into_bytes(),
            3 => BASE64_STANDARD.encode([&b"xy"[..], &value, b"z"].concat()).into_bytes(),
            4 => value.iter().flat_map(|byte| format!("{byte:02X}").into_bytes()).collect(),
            _ => value.iter().flat_map(|byte| format!("%{byte:02X}").into_bytes()).collect(),
        };
        // Only what is escaped throughout is escaped so by an encoder.
        prop_assume!(form != 5 || value.iter().all(|byte| !byte.is_ascii_alphanumeric() && !b" -._~!*'();,/?:@&=+$#".contains(byte)));
        let body = value.iter().rposition(|byte| !b"\r\n".contains(byte)).map_or(0, |at| at + 1);
        prop_assume!(body >= 12);
        let bytes = [&vec![b'.'; before][..], &text, b"."].concat();
        let found = hits(&known(&[("DB", &value)]), false, &mut Dripping(&bytes, step));
        prop_assert_eq!(found.first().map(|hit| &hit.what), Some(&What::Value(owner("DB"))));
    }
}

#[test]
fn token_of_github_counts_only_with_its_checksum() {
    let text = "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 ghp_zQWBuTSOoRi4A9spHcVY5ncnsDkxkJ0mLq18";
    assert_eq!(tokens(text), ["1:1 github-token"]);
}

#[test]
fn token_inside_of_a_word_is_none() {
    assert_eq!(tokens("x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"), [""; 0]);
}

#[test]
fn key_of_aws_counts_only_with_its_secret_near() {
    let alone = "aws_access_key_id = AKIAQ3EGUJ5K7WFTWNPD\n";
    let both = format!("{alone}aws_secret_access_key = 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\n");
    assert_eq!((tokens(alone), tokens(&both)), (vec![], vec!["1:21 aws-key".to_owned()]));
}

#[test]
fn each_shape_is_found_once_and_its_example_in_a_manual_is_not() {
    let text = [
        "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",
        "cioZb4Ha81kQwLmXtP0vRn6Gs2UdEy9CjF7",
        "glpat-kQ3vZ8_mW1xR5tY-bN7p",
        "AIzaSyD4kQ9xZ7mW1vR5tYbN3pLs8HgC2fEuJ0a",
        concat!("sk_", "live_4eC39HqLyjWDarjtT1zdp7dc"),
        concat!("xox", "b-123456789012-123456789012-Zb4Ha81kQwLmXtP0vRn6Gs2U"),
        concat!("SG", ".kQ3vZ8_mW1xR5tY-bN7pLs.Zb4Ha81kQwLmXtP0vRn6Gs2UdEy9CjF7oTkQ3vZ8mW1"),
        "glpat-xxxxxxxxxxxxxxxxxxxx",
        "sk_live_xxxxxxxxxxxxxxxxxxxxxxxx",
        "AIzaXXXXXXXXXXXXXXXXXXXXXXXXXXXXXXXXXXX",
        "cioabcdefghijklmnopqrstuvwxyzabcdef",
    ];
    let found = [
        "npm-token",
        "cargo-token",
        "gitlab-token",
        "google-key",
        "stripe-key",
        "slack-token",
        "sendgrid-key",
    ];
    let found: Vec<String> =
        found.iter().enumerate().map(|(at, kind)| format!("{}:1 {kind}", at + 1)).collect();
    assert_eq!(tokens(&text.join("\n")), found);
}

#[test]
fn identity_of_age_counts_only_with_its_checksum() {
    let text = "AGE-SECRET-KEY-1GFPYYSJZGFPYYSJZGFPYYSJZGFPYYSJZGFPYYSJZGFPYYSJZGFPQ4EGAEX\n\
                AGE-SECRET-KEY-1GFPYYSJZGFPYYSJZGFPYYSJZGFPYYSJZGFPYYSJZGFPYYSJZGFPQ4EGAEZ\n";
    assert_eq!(tokens(text), ["1:1 age-identity"]);
}

#[test]
fn label_of_a_key_without_a_key_is_none() {
    let text = "if pem.starts_with(\"-----BEGIN PRIVATE KEY-----\") {\n-----BEGIN PRIVATE KEY-----\n...\n";
    assert_eq!(tokens(text), [""; 0]);
}

#[test]
fn key_in_pem_is_found_on_lines_and_in_one_line_of_json() {
    let body = "MC4CAQAwBQYDK2VwBCIEIBf3Zb4Ha81kQwLmXtP0vRn6Gs2UdEy9CjF7oTkQ3vZ8";
    let text = format!(
        "-----BEGIN PRIVATE KEY-----\r\n{body}\r\n-----END PRIVATE KEY-----\n\
         \"-----BEGIN PRIVATE KEY-----\\n{body}\\n-----END PRIVATE KEY-----\\n\"\n"
    );
    assert_eq!(tokens(&text), ["1:1 private-key", "4:2 private-key"]);
}

#[test]
fn what_looks_random_is_told_only_on_request() {
    let text = "token = Zb4Ha81kQwLmXtP0vRn6Gs2U\nplain = words_that_are_written_by_people\n";
    let found = |entropy| hits(&Known::nothing(), entropy, &mut text.as_bytes()).len();
    assert_eq!((found(false), found(true)), (0, 1));
}

fn rule(path: &str) -> Option<Rule> {
    Rule::broken(Some("app/.vault"), path, b"plain")
}

#[test]
fn dotenv_file_is_to_be_in_no_commit_and_its_example_may() {
    let paths = ["a/.env", ".env.local", ".env.example", "x.env", ".environment", ".env.production.sample"];
    let refused: Vec<&str> = paths.into_iter().filter(|path| rule(path) == Some(Rule::Dotenv)).collect();
    assert_eq!(refused, ["a/.env", ".env.local"]);
}

#[test]
fn dotenv_file_that_refers_to_secrets_may_be_committed() {
    let rules = [&b"A={{ vault \"DB\" }}"[..], b"A=cvault://dev/DB", b"A=x"];
    let rules = rules.map(|bytes| Rule::broken(None, ".env", bytes));
    assert_eq!(rules, [None, None, Some(Rule::Dotenv)]);
}

#[test]
fn file_below_the_vault_is_one_of_its_own_and_sealed() {
    let paths = [
        "app/.vault/notes.txt",
        "app/.vault/secrets/dev/DB.toml",
        "app/.vault/keys/dev/ana.0.age",
        "app/.vault/config.toml",
        ".vault/notes.txt",
    ];
    let rules = paths.map(rule);
    assert_eq!(rules, [Some(Rule::Stray), Some(Rule::Unsealed), Some(Rule::Unsealed), None, None]);
}

fn finding(name: &str, path: &str) -> Finding {
    let what = What::Value(owner(name));
    let fingerprint = what.fingerprint(None, path);
    Finding { what, path: path.to_owned(), commit: None, at: Some((1, 1)), fingerprint }
}

#[test]
fn what_is_allowed_is_written_behind_what_people_wrote() {
    let text = allow::with("# ours\n", &finding("DB", "a \"b\"/c"), Some("a test's"));
    assert_eq!(
        text,
        "# ours\n\n[[allow]]\nfingerprint = \"6016690ceb0a8faa\"\nkind = \"value\"\npath = 'a \"b\"/c'\nreason = \"a test's\"\n"
    );
}

#[test]
fn finding_of_another_path_or_name_is_not_allowed() {
    let text = allow::with("", &finding("DB", "a"), None);
    let allowed = allow::Allowed::parse(text.as_bytes()).unwrap();
    let has = [("DB", "a"), ("DB", "b"), ("OTHER", "a")]
        .map(|(name, path)| allowed.has(&finding(name, path).fingerprint));
    assert_eq!(has, [true, false, false]);
}

#[test]
fn allow_file_with_a_key_that_it_does_not_know_is_refused() {
    let parse = |text: &str| allow::Allowed::parse(text.as_bytes()).map_err(|refusal| refusal.to_string());
    let refused = [
        "paths = [\"**\"]",
        "[[allow]]\nfingerprint = \"9d10ea63c9a22ae4\"\nglob = \"*\"",
        "[[allow]]\nfingerprint = \"*\"",
        "[[allow]]\npath = \"a\"",
    ];
    assert_eq!(refused.map(|text| parse(text).is_err()), [true; 4]);
}
