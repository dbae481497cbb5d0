//! The secrets of the base vault, and what a seal is bound to (format.md §9).

use base64::{Engine, prelude::BASE64_STANDARD};
use cargo_vault::kernel::seal::sha256;

use super::{
    Case, Forge, case,
    forge::{AT, DEV, OLD_DEV, PROD, Sealing, pad, replaced},
};

/// The head of a body, up to `writer`.
fn head(forge: &Forge, full: &str, kind: &str, more: &str) -> String {
    let (epoch, key) = match full.split_once('/') {
        Some(("dev", _)) => (2, forge.commitment("dev", 2, &DEV)),
        _ => (1, forge.commitment("prod", 1, &PROD)),
    };
    format!(
        "format = 1\nsecret = \"{full}\"\nrevision = 1\nkind = \"{kind}\"\n{more}created = {AT}\nepoch = {epoch}\n\
         key = \"{}\"\nkeep = 1\nwriter = \"ana\"\n",
        &key[..16]
    )
}

fn version(number: u64, more: (&str, &str), sealed: &str) -> String {
    let (stages, after) = more;
    format!(
        "\n[[versions]]\nnumber = {number}\nstages = [{stages}]\ncreated = {AT}\nauthor = \"ana\"\nborn = 1\n{after}\
         sealed = \"{sealed}\"\n"
    )
}

/// A secret with one current value.
fn simple(forge: &Forge, full: &str, kind: &str, value: &[u8]) -> String {
    let (env, name) = full.split_once('/').expect("a full name has an environment");
    let sealing = match env {
        "dev" => forge.dev(name, 1, kind),
        _ => Sealing { key: PROD, env: "prod", epoch: 1, ..forge.dev(name, 1, kind) },
    };
    head(forge, full, kind, "") + &version(1, ("\"current\"", ""), &sealing.value(value))
}

pub(crate) const DATABASE_URL: &[u8] = b"postgres://app:pw3@db/app";
const LARGE: [u8; 1021] = [b'l'; 1021];

/// Every kind, stage and table of a secret's file.
pub(crate) fn base(forge: &mut Forge) {
    let url = |number, value: &[u8]| forge.dev("DATABASE_URL", number, "text").value(value);
    let tags =
        "description = \"primary database\"\ntags = { team = \"payments\", \"two words\" = \"yes\" }\n";
    let database = replaced(
        &head(forge, "dev/DATABASE_URL", "text", tags),
        &[("keep = 1", "keep = 2"), ("revision = 1", "revision = 7")],
    ) + &version(3, ("\"current\", \"AWSCURRENT\"", ""), &url(3, DATABASE_URL))
        + &version(
            2,
            ("\"previous\"", "until = 2026-11-23T12:00:00Z\n"),
            &url(2, b"postgres://app:pw2@db/app"),
        );
    let password = |number, value: &[u8]| forge.dev("db/password", number, "text").value(value);
    let rotation =
        "rotation = { id = \"r-1\", by = \"bob\", lease = 2026-11-22T12:05:00Z, applied = false }\n";
    let policy = "\n[rotation]\nevery = \"30d\"\ngrace = \"1d\"\ngenerate = \"alphanumeric:32\"\ntarget = \"pg-app\"\n";
    let rotated = head(forge, "dev/db/password", "text", "")
        + policy
        + &version(2, ("\"pending\"", rotation), &password(2, b"next"))
        + &version(1, ("\"current\"", ""), &password(1, b"now"));
    let gone = head(forge, "dev/GONE", "text", "") + "\n[deleted]\nat = 2026-11-22T10:00:00Z\nnumber = 4\n";
    let kept = head(forge, "dev/TRASH", "text", "")
        + "\n[deleted]\nat = 2026-11-22T10:00:00Z\nnumber = 1\nuntil = 2026-11-29T10:00:00Z\n"
        + &version(1, ("\"current\"", ""), &forge.dev("TRASH", 1, "text").value(b"restorable"));
    let shadow =
        head(forge, "prod/EMPTY", "text", "") + "\n[deleted]\nat = 2026-11-22T10:00:00Z\nnumber = 1\n";
    let bodies = [
        ("dev/DATABASE_URL", database),
        ("dev/db/password", rotated),
        ("dev/GONE", gone),
        ("dev/TRASH", kept),
        ("prod/EMPTY", shadow),
        ("dev/SETTINGS", simple(forge, "dev/SETTINGS", "json", b"{\"a\":[1,null]}")),
        ("dev/CERT", simple(forge, "dev/CERT", "binary", b"\0\xff\n\0")),
        ("dev/LOGIN", simple(forge, "dev/LOGIN", "userpass", b"{\"username\":\"u\",\"password\":\"p\"}")),
        ("dev/EMPTY", simple(forge, "dev/EMPTY", "text", b"")),
        ("dev/LARGE", simple(forge, "dev/LARGE", "text", &LARGE)),
        ("prod/API_KEY", simple(forge, "prod/API_KEY", "text", b"prod-key")),
    ];
    for (full, body) in bodies {
        let who = if full == "prod/API_KEY" { "bob" } else { "ana" };
        let body =
            if who == "bob" { replaced(&body, &[("writer = \"ana\"", "writer = \"bob\"")]) } else { body };
        let bytes = forge.sign_body(full, body.as_bytes(), who);
        forge.file(&format!("secrets/{full}.toml"), &bytes);
    }
}

pub(crate) fn cases(forge: &Forge) -> Vec<Case> {
    let mut cases = opened();
    cases.extend(moved(forge));
    cases.extend(padded(forge));
    cases.extend(bytes_of_seals(forge));
    cases
}

fn opened() -> Vec<Case> {
    let read = |name: &str, full: &str, value: &[u8], comment: &str| {
        case(name, "success", &format!("secret {full}"), comment).by("ana").value(value)
    };
    vec![
        read("secret_text", "dev/DATABASE_URL", DATABASE_URL, "A text with tags and two versions"),
        read("secret_json", "dev/SETTINGS", b"{\"a\":[1,null]}", "A JSON document"),
        read("secret_binary", "dev/CERT", b"\0\xff\n\0", "Bytes that are no text"),
        read(
            "secret_userpass",
            "dev/LOGIN",
            b"{\"username\":\"u\",\"password\":\"p\"}",
            "A user and a password",
        ),
        read("secret_empty", "dev/EMPTY", b"", "A value may be empty"),
        read("secret_large", "dev/LARGE", &LARGE, "1,021 bytes are the fewest that need 2 KiB"),
        read("secret_with_slash", "dev/db/password", b"now", "The current value while another is pending"),
        read("secret_pending", "dev/db/password", b"next", "The pending value, by its number")
            .header("version", "2"),
        read(
            "secret_previous",
            "dev/DATABASE_URL",
            b"postgres://app:pw2@db/app",
            "The value before, by its number",
        )
        .header("version", "2"),
        case("secret_by_machine", "success", "secret dev/DATABASE_URL", "A machine reads what it is granted")
            .by("ci")
            .value(DATABASE_URL),
        case("secret_of_bob", "success", "secret prod/API_KEY", "Another writer than the founder signed")
            .by("ana")
            .value(b"prod-key"),
        case("secret_deleted", "success", "secret dev/GONE", "A tombstone is no value")
            .by("ana")
            .header("value", "none"),
        case(
            "secret_restorable",
            "success",
            "secret dev/TRASH",
            "A tombstone with values is no value either",
        )
        .by("ana")
        .header("value", "none"),
        case("secret_absent", "success", "secret dev/NOTHING", "No file is no value")
            .by("ana")
            .header("value", "none"),
        case(
            "lookup_extended",
            "success",
            "lookup prod/DATABASE_URL",
            "What prod lacks, dev has, which it extends",
        )
        .by("ci")
        .value(DATABASE_URL),
        case(
            "lookup_tombstone",
            "success",
            "lookup prod/EMPTY",
            "A tombstone does not hide the value of another environment",
        )
        .by("ci")
        .value(b""),
        case("lookup_not_backwards", "success", "lookup dev/API_KEY", "dev does not extend prod")
            .by("ci")
            .header("value", "none"),
    ]
}

/// `dev/EMPTY` with its one seal made by somebody else's rules.
fn sealed(forge: &Forge, sealed: &str) -> Vec<u8> {
    let body = head(forge, "dev/EMPTY", "text", "") + &version(1, ("\"current\"", ""), sealed);
    forge.sign_body("dev/EMPTY", body.as_bytes(), "ana")
}

fn seal_case(forge: &Forge, name: &str, expect: &str, (comment, text): (&str, &str)) -> Case {
    case(name, expect, "secret dev/EMPTY", comment)
        .by("ana")
        .put("secrets/dev/EMPTY.toml", sealed(forge, text))
}

/// Seals that were made for another place, by somebody who has every key.
fn moved(forge: &Forge) -> Vec<Case> {
    let right = forge.dev("EMPTY", 1, "text");
    let other_vault = sha256(b"another vault");
    let wrong = [
        ("name", "The seal was made for another secret", Sealing { name: "GREETING", ..right.clone() }),
        (
            "case_of_name",
            "The seal was made for the name in other case",
            Sealing { name: "empty", ..right.clone() },
        ),
        ("number", "The seal was made for another version", Sealing { number: 2, ..right.clone() }),
        ("kind", "The seal was made for another kind", Sealing { kind: "json", ..right.clone() }),
        ("epoch", "The seal was made for another epoch", Sealing { epoch: 1, ..right.clone() }),
        ("env", "The seal was made for another environment", Sealing { env: "prod", ..right.clone() }),
        ("vault", "The seal was made for another vault", Sealing { vault: other_vault, ..right.clone() }),
        (
            "old_key",
            "The seal was made with the key of the epoch before",
            Sealing { key: OLD_DEV, ..right.clone() },
        ),
        (
            "other_key",
            "The seal was made with another environment's key",
            Sealing { key: PROD, ..right.clone() },
        ),
    ];
    let mut cases: Vec<Case> = wrong
        .iter()
        .map(|(what, comment, sealing)| {
            seal_case(forge, &format!("seal_other_{what}"), "seal", (comment, &sealing.value(b"x")))
        })
        .collect();
    cases.push(
        seal_case(
            forge,
            "seal_in_place",
            "success",
            ("The same seal in its own place opens", &right.value(b"x")),
        )
        .value(b"x"),
    );
    cases
}

fn padded(forge: &Forge) -> Vec<Case> {
    let right = forge.dev("EMPTY", 1, "text");
    let mut last = pad(b"value");
    last[63] = 1;
    let mut first = pad(b"value");
    first[9] = 0xff;
    let mut beyond = pad(b"value");
    beyond[..4].copy_from_slice(&61u32.to_le_bytes());
    let mut far = pad(b"value");
    far[..4].copy_from_slice(&u32::MAX.to_le_bytes());
    let mut big_endian = pad(b"value");
    big_endian[..4].copy_from_slice(&5u32.to_be_bytes());
    let resized = |value: &[u8], size: usize| {
        let mut padded = pad(value);
        padded.resize(size, 0);
        padded
    };
    let wrong = [
        ("last_byte", "The last byte of the padding is not zero", last),
        ("first_byte", "The first byte of the padding is not zero", first),
        ("length_beyond", "The length goes one byte beyond the end", beyond),
        ("length_huge", "The length is the largest that there is", far),
        ("length_big_endian", "The length is written big end first", big_endian),
        ("class_too_large", "A short value is padded to 128 bytes", resized(b"value", 128)),
        ("class_too_small", "61 bytes of value are not padded to 128 bytes", resized(&[b'v'; 61], 65)),
        ("between_classes", "A value is padded to 192 bytes, which is no class", resized(&[b'v'; 100], 192)),
        (
            "above_too_large",
            "A value above 1 KiB is padded by one KiB too many",
            resized(&[b'v'; 1021], 3072),
        ),
        ("above_power_of_two", "A value above 2 KiB is padded to 4 KiB, not 3", resized(&[b'v'; 2050], 4096)),
    ];
    let mut cases: Vec<Case> = wrong
        .iter()
        .map(|(what, comment, bytes)| {
            seal_case(forge, &format!("padding_{what}"), "padding", (comment, &right.padded(bytes)))
        })
        .collect();
    for (size, len) in [(64, 60), (128, 61), (128, 124), (256, 125), (1024, 1020), (2048, 2044), (3072, 2045)]
    {
        let value = vec![b'v'; len];
        let (name, comment) = (format!("padding_{len}_bytes"), format!("{len} bytes are padded to {size}"));
        let sealed = right.padded(&resized(&value, size));
        cases.push(seal_case(forge, &name, "success", (&comment, &sealed)).value(&value));
    }
    cases
}

/// Seals changed as bytes, in a file that is signed as it stands.
fn bytes_of_seals(forge: &Forge) -> Vec<Case> {
    let text = forge.dev("EMPTY", 1, "text").value(b"x");
    let bytes = BASE64_STANDARD.decode(&text).expect("it was encoded");
    let flipped = |at: usize| {
        let mut bytes = bytes.clone();
        bytes[at] ^= 1;
        BASE64_STANDARD.encode(bytes)
    };
    let short = forge.dev("EMPTY", 1, "text").padded(&[0; 4]);
    let cut = BASE64_STANDARD.encode(&bytes[..103]);
    let longer = BASE64_STANDARD.encode([&bytes[..], b"\0"].concat());
    // 104 bytes end in one `=`, so the last character but that has two stray bits.
    let stray =
        text.strip_suffix('=').map(|t| format!("{}{}=", &t[..t.len() - 1], next(t))).expect("104 bytes");
    let unpadded = text.trim_end_matches('=').to_owned();
    let safe = format!("{}-_{}", &text[..8], &text[10..]);
    vec![
        seal_case(forge, "seal_flipped_nonce", "seal", ("A bit of the nonce is changed", &flipped(0))),
        seal_case(
            forge,
            "seal_flipped_ciphertext",
            "seal",
            ("A bit of the ciphertext is changed", &flipped(30)),
        ),
        seal_case(forge, "seal_flipped_tag", "seal", ("A bit of the tag is changed", &flipped(103))),
        seal_case(forge, "seal_103_bytes", "seal", ("The seal is cut by one byte", &cut)),
        seal_case(forge, "seal_105_bytes", "seal", ("The seal has a byte more", &longer)),
        seal_case(
            forge,
            "seal_too_short",
            "seal",
            ("Four padded bytes, rightly sealed, are below the least size", &short),
        ),
        seal_case(forge, "seal_empty", "seal", ("The seal has no byte", "")),
        seal_case(forge, "seal_stray_bits", "syntax", ("The base64 of the seal is not canonical", &stray)),
        seal_case(forge, "seal_unpadded", "syntax", ("The base64 of the seal lacks its padding", &unpadded)),
        seal_case(forge, "seal_url_alphabet", "syntax", ("The seal is in the alphabet for addresses", &safe)),
        seal_case(forge, "seal_space_behind", "syntax", ("White space is no base64", &format!("{text} "))),
    ]
}

/// The character whose lowest bit differs from that of the last.
fn next(text: &str) -> char {
    const ALPHABET: &[u8] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
    let last = text.as_bytes()[text.len() - 1];
    let at = ALPHABET.iter().position(|b| *b == last).expect("it is base64");
    char::from(ALPHABET[at ^ 1])
}
