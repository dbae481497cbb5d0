//! Key files (format.md §8).

use base64::{Engine, prelude::BASE64_STANDARD};

use super::{
    Case, Forge, case,
    forge::{DEV, OLD_DEV, PROD, age_file},
};
use crate::vector::Node;

const BEGIN: &str = "-----BEGIN AGE ENCRYPTED FILE-----\n";
const END: &str = "-----END AGE ENCRYPTED FILE-----\n";

/// Ana reads her key of dev from this file.
fn key(forge: &Forge, name: &str, expect: &str, (comment, file): (&str, &[u8])) -> Case {
    case(name, expect, "key dev", comment).by("ana").put(&forge.key_path("dev", "ana"), file)
}

pub(crate) fn cases(forge: &Forge) -> Vec<Case> {
    let mut cases = whose(forge);
    cases.extend(lengths(forge));
    cases.extend(armor(forge));
    cases.extend(stanzas(forge));
    cases
}

fn whose(forge: &Forge) -> Vec<Case> {
    let right = |who: &str| {
        case(&format!("key_of_{who}"), "success", "key dev", "Who may read has a key file").by(who)
    };
    let path = forge.key_path("dev", "ana");
    let prod = forge.base[&forge.key_path("prod", "ana")].clone();
    let bob = forge.base[&forge.key_path("dev", "bob")].clone();
    let missing = "The reader's own key file is not there";
    vec![
        right("ana"),
        right("bob"),
        right("ci"),
        case("key_missing", "key-missing", "key dev", missing).by("ana").lay(&path, Node::Missing),
        case("key_of_stranger", "key-missing", "key dev", "A stranger has no key file").by("mallory"),
        case("key_of_former_member", "key-missing", "key dev", "Who left has no key file").by("carl"),
        case(
            "key_of_another_missing",
            "success",
            "key dev",
            "Other members' key files are nothing to a reader",
        )
        .by("ana")
        .lay(&forge.key_path("dev", "bob"), Node::Missing),
        key(
            forge,
            "key_swapped_env",
            "commitment",
            ("The key file of another environment is in its place", &prod),
        ),
        key(
            forge,
            "key_swapped_member",
            "key-unwrap",
            ("The key file of another member is in its place", &bob),
        ),
        key(
            forge,
            "key_old_epoch",
            "commitment",
            ("The key of the epoch before is in its place", &forge.key_file(&OLD_DEV, "ana")),
        ),
        key(
            forge,
            "key_of_outsider",
            "commitment",
            ("An outsider wrapped 32 bytes of his own", &forge.key_file(&[7; 32], "ana")),
        ),
        key(forge, "key_zero", "commitment", ("A key of 32 zeros", &forge.key_file(&[0; 32], "ana"))),
        key(
            forge,
            "key_prod_as_dev",
            "commitment",
            ("The key of prod, wrapped anew", &forge.key_file(&PROD, "ana")),
        ),
        key(
            forge,
            "key_wrapped_anew",
            "success",
            ("The right key, wrapped by anybody", &forge.key_file(&DEV, "ana")),
        ),
    ]
}

fn lengths(forge: &Forge) -> Vec<Case> {
    let sizes = [0, 1, 31, 33, 64].map(|len| {
        let plain = [&DEV[..], &DEV].concat()[..len].to_vec();
        let comment = format!("A key file holds {len} bytes");
        key(forge, &format!("key_length_{len}"), "key-length", (&comment, &forge.key_file(&plain, "ana")))
    });
    sizes.into_iter().collect()
}

fn armor(forge: &Forge) -> Vec<Case> {
    let file = forge.text(&forge.key_path("dev", "ana"));
    let inside = file.strip_prefix(BEGIN).and_then(|rest| rest.strip_suffix(END)).expect("it is armored");
    let binary = binary_of(file.as_bytes());
    let bad = |name: &str, comment: &str, file: &str| {
        key(forge, &format!("key_armor_{name}"), "key-armor", (comment, file.as_bytes()))
    };
    let mut changed = binary.clone();
    *changed.last_mut().expect("it has bytes") ^= 1;
    let path = forge.key_path("dev", "ana");
    vec![
        key(forge, "key_armor_none", "key-armor", ("A binary age file", &binary)),
        bad("empty_file", "A key file has no byte", ""),
        key(
            forge,
            "key_armor_empty",
            "key-unwrap",
            ("An armor around nothing", format!("{BEGIN}{END}").as_bytes()),
        ),
        bad("garbage_before", "Something stands before the armor", &format!("hello\n{file}")),
        bad("space_before", "A blank line stands before the armor", &format!("\n{file}")),
        bad("garbage_behind", "Something stands behind the armor", &format!("{file}hello\n")),
        bad("two_files", "A second armored file stands behind the first", &format!("{file}{file}")),
        bad("wrong_label", "An armor of another kind", &file.replace("AGE ENCRYPTED FILE", "PGP MESSAGE")),
        bad("lower_case", "The first line in lower case", &file.replacen("BEGIN", "begin", 1)),
        bad("no_end", "The last line is missing", &file.replace(END, "")),
        bad(
            "short_line",
            "A line of the armor is cut in two",
            &format!("{BEGIN}{}\n{}{END}", &inside[..32], &inside[32..]),
        ),
        bad("character", "A character that is no base64", &file.replacen("\nYWdl", "\n!Wdl", 1)),
        bad("crlf_first_line", "The first line ends in CR LF", &file.replacen('\n', "\r\n", 1)),
        key(
            forge,
            "key_no_age_inside",
            "key-unwrap",
            ("An armor around something else", &armored(b"no age file")),
        ),
        key(
            forge,
            "key_cut",
            "key-unwrap",
            ("The file inside the armor is cut", &armored(&binary[..binary.len() - 1])),
        ),
        key(
            forge,
            "key_longer",
            "key-unwrap",
            ("The file inside the armor has a byte more", &armored(&[&binary[..], b"x"].concat())),
        ),
        key(forge, "key_flipped", "key-unwrap", ("The last bit of the file is changed", &armored(&changed))),
        case("key_too_large", "too-large", "key dev", "A key file has at most 16 KiB")
            .by("ana")
            .lay(&path, Node::Fill(16 * 1024 + 1)),
        case("key_16_kib_of_nothing", "key-armor", "key dev", "16 KiB are read, and are no key file")
            .by("ana")
            .lay(&path, Node::Fill(16 * 1024)),
        case("key_link", "not-plain", "key dev", "A key file is a link").by("ana").lay(&path, Node::Link),
        case("key_folder", "not-plain", "key dev", "A folder stands where a key file belongs")
            .by("ana")
            .put(&format!("{path}/x"), ""),
        case("key_folder_link", "not-plain", "key dev", "The folder of key files is a link")
            .by("ana")
            .lay("keys/dev", Node::Link),
    ]
}

fn stanzas(forge: &Forge) -> Vec<Case> {
    let (ana, others) = (forge.recipient("ana"), ["bob", "ci", "carl", "dora", "mallory"]);
    let others = others.map(|who| forge.recipient(who));
    let many = |count: usize| {
        let before = others.iter().cycle().take(count).map(|other| &**other);
        age_file(&DEV, &before.chain([&*ana]).collect::<Vec<_>>())
    };
    let beside = |stanza: &str| armored(&with_stanza(&many(0), stanza));
    let files = (1..8).map(many).collect::<Vec<_>>();
    let eight =
        files.iter().find(|file| stanza_count(file) == 8).expect("some number of recipients gives eight");
    let nine = many(files.iter().position(|file| file == eight).expect("it is one of them") + 2);
    vec![
        key(
            forge,
            "key_two_recipients",
            "success",
            ("A stanza for somebody else stands in front", &files[0]),
        ),
        key(
            forge,
            "key_eight_stanzas",
            "success",
            ("Eight stanzas, grease among them, one of which opens", eight),
        ),
        key(forge, "key_nine_stanzas", "key-stanzas", ("Nine stanzas, one of which would open", &nine)),
        key(forge, "key_forty_stanzas", "key-stanzas", ("Forty stanzas", &many(39))),
        key(
            forge,
            "key_header_changed",
            "key-unwrap",
            ("A stanza was added that the header's code does not cover", &beside("-> grease x\nAAAA\n")),
        ),
        key(
            forge,
            "key_scrypt_beside",
            "key-scrypt",
            ("A passphrase stanza is refused unread", &beside("-> scrypt bBjlhJVYZeE4aqUdmtRHfw 15\nAAAA\n")),
        ),
        key(
            forge,
            "key_scrypt_costly",
            "key-scrypt",
            (
                "A passphrase stanza that would cost hours",
                &beside("-> scrypt bBjlhJVYZeE4aqUdmtRHfw 30\nAAAA\n"),
            ),
        ),
        key(forge, "key_passphrase", "key-scrypt", ("A file under a passphrase", &passphrase_file())),
    ]
}

fn binary_of(armored: &[u8]) -> Vec<u8> {
    let text = std::str::from_utf8(armored).expect("armor is ASCII");
    let inside = text.strip_prefix(BEGIN).and_then(|rest| rest.strip_suffix(END)).expect("it is armored");
    BASE64_STANDARD.decode(inside.replace('\n', "")).expect("it is base64")
}

fn armored(binary: &[u8]) -> Vec<u8> {
    let text = BASE64_STANDARD.encode(binary);
    let lines: Vec<&[u8]> = text.as_bytes().chunks(64).collect();
    [BEGIN.as_bytes(), &lines.join(&b'\n'), b"\n", END.as_bytes()].concat()
}

fn stanza_count(file: &[u8]) -> usize {
    let binary = binary_of(file);
    let header = binary.split(|b| *b == b'\n').take_while(|line| !line.starts_with(b"---"));
    header.filter(|line| line.starts_with(b"-> ")).count()
}

/// The file with a stanza put before its others.
fn with_stanza(file: &[u8], stanza: &str) -> Vec<u8> {
    let binary = binary_of(file);
    let head = binary.iter().position(|b| *b == b'\n').expect("it has a first line") + 1;
    [&binary[..head], stanza.as_bytes(), &binary[head..]].concat()
}

fn passphrase_file() -> Vec<u8> {
    let mut recipient = age::scrypt::Recipient::new("passphrase".to_owned().into());
    recipient.set_work_factor(1);
    age_file(&DEV, &[&recipient])
}
