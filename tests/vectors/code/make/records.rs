//! A secret's file: its trailer, its record, who signed it, and its one spelling (format.md §9).

use base64::{Engine, prelude::BASE64_STANDARD};
use cargo_vault::kernel::seal::{Signature, pae, sha256};

use super::{
    Case, Forge, case,
    forge::{OLD_DEV, join, replaced},
    log::{neutral_signature, overflowed},
};

pub(crate) const FULL: &str = "dev/DATABASE_URL";
pub(crate) const PATH: &str = "secrets/dev/DATABASE_URL.toml";

pub(crate) fn put(name: &str, expect: &str, comment: &str, bytes: impl Into<Vec<u8>>) -> Case {
    case(&format!("record_{name}"), expect, "secret dev/DATABASE_URL", comment).by("ana").put(PATH, bytes)
}

/// The secret with its body changed, and signed again by ana.
pub(crate) fn edited(
    forge: &Forge,
    name: &str,
    expect: &str,
    (comment, edits): (&str, &[(&str, &str)]),
) -> Case {
    put(name, expect, comment, forge.changed(FULL, edits))
}

pub(crate) fn cases(forge: &Forge) -> Vec<Case> {
    let mut cases = trailers(forge);
    cases.extend(writers(forge));
    cases.extend(signatures(forge));
    cases.extend(places(forge));
    cases.extend(rules(forge));
    cases.extend(presence(forge));
    cases
}

fn trailers(forge: &Forge) -> Vec<Case> {
    let text = forge.text(PATH);
    let body = forge.body(FULL);
    let sig = text[text.len() - 90..text.len() - 2].to_owned();
    let bad =
        |name: &str, comment: &str, bytes: String| put(&format!("trailer_{name}"), "trailer", comment, bytes);
    let stray = format!("{}{}==", &sig[..85], if &sig[85..86] == "A" { "B" } else { "R" });
    let safe = format!("{}-{}", &sig[..40], &sig[41..]);
    let tables = format!("{body}\n[more]\nx = 1\n");
    vec![
        bad("none", "The file ends before its signature", body.clone()),
        bad("cut", "The last byte is gone", text[..text.len() - 1].to_owned()),
        bad("newline_behind", "A blank line stands behind", format!("{text}\n")),
        bad("nul_behind", "A NUL stands behind", format!("{text}\0")),
        bad("table_behind", "A table stands behind", format!("{text}\n[more]\nx = 1\n")),
        bad("key_behind", "A key stands behind the signature", format!("{text}alg = \"none\"\n")),
        bad(
            "crlf",
            "The trailer's lines end in CR LF",
            format!("{body}\r\n[signature]\r\nsig = \"{sig}\"\r\n"),
        ),
        bad(
            "no_blank_line",
            "No blank line stands before it",
            format!("{}[signature]\nsig = \"{sig}\"\n", body),
        ),
        bad(
            "spaces",
            "Two spaces stand where one belongs",
            format!("{body}\n[signature]\nsig  = \"{sig}\"\n"),
        ),
        bad(
            "single_quotes",
            "The signature is in single quotes",
            format!("{body}\n[signature]\nsig = '{sig}'\n"),
        ),
        bad(
            "short",
            "The signature has 63 bytes",
            format!("{body}\n[signature]\nsig = \"{}\"\n", BASE64_STANDARD.encode([1; 63])),
        ),
        bad(
            "long",
            "The signature has 65 bytes",
            format!("{body}\n[signature]\nsig = \"{}\"\n", BASE64_STANDARD.encode([1; 65])),
        ),
        bad(
            "66_bytes",
            "The signature has 66 bytes in 88 characters",
            format!("{body}\n[signature]\nsig = \"{}\"\n", BASE64_STANDARD.encode([1; 66])),
        ),
        bad("stray_bits", "The signature's base64 is not canonical", text.replace(&sig, &stray)),
        bad("url_alphabet", "The signature is in the alphabet for addresses", text.replace(&sig, &safe)),
        put(
            "trailer_twice",
            "syntax",
            "A second trailer stands before the last",
            String::from_utf8(forge.sign_body(FULL, text.as_bytes(), "ana")).expect("it is text"),
        ),
        put(
            "trailer_table_before",
            "syntax",
            "An unknown table stands before the signature",
            forge.sign_body(FULL, tables.as_bytes(), "ana"),
        ),
        put(
            "trailer_only",
            "syntax",
            "Nothing stands before the signature but a newline",
            forge.sign_body(FULL, b"\n", "ana"),
        ),
    ]
}

fn writers(forge: &Forge) -> Vec<Case> {
    let body = forge.body(FULL);
    let by = |name: &str, expect: &str, (comment, writer, signer): (&str, &str, &str)| {
        let body = replaced(&body, &[("writer = \"ana\"", &format!("writer = \"{writer}\""))]);
        put(&format!("writer_{name}"), expect, comment, forge.sign_body(FULL, body.as_bytes(), signer))
    };
    let carl = forge.public("carl").text();
    let bob = forge.public("bob").text();
    let again = "[members.ci]";
    // Carl is a member again with another key, under his own name: the old one stays dead.
    let carl_again = format!(
        "[members.carl]\nrole = \"member\"\nrecipients = [\"{}\"]\nsigns = [\"{}\"]\nsince = 2026-11-22T10:00:00Z\n\n[members.ci]",
        forge.people["mallory"].recipient(),
        forge.public("mallory").text()
    );
    let writes = (
        "write = [\"ana\", \"bob\"]\nread = [\"ci\"]\nextends = []",
        "write = [\"ana\", \"bob\", \"carl\"]\nread = [\"ci\"]\nextends = []",
    );
    let present = forge.roster_with(&[(again, &carl_again), writes]);
    let same_key = carl_again.replace(&forge.public("mallory").text(), &carl);
    let granted = forge.roster_with(&[(again, &same_key), writes]);
    // Bob lost dev for a while, so his key is named as a former one there, and he was granted it again.
    let former = format!(
        "[former.bob]\nkeys = [\"{bob}\"]\nleft = 2026-11-22T10:00:00Z\nenvironments = {{ dev = 1 }}\n\n[former.carl]"
    );
    let regained = forge.roster_with(&[("[former.carl]", &former)]);
    vec![
        by("other", "success", ("Another writer signed", "bob", "bob")).value(super::secrets::DATABASE_URL),
        by("reader", "not-writer", ("A machine that may only read signed", "ci", "ci")),
        by("stranger", "not-writer", ("Who signed is no member", "mallory", "mallory")),
        by("former_member", "not-writer", ("Who signed has left", "carl", "carl")),
        by("claimed", "signature", ("A reader signed and wrote a writer's name", "ana", "ci")),
        by("claimed_by_writer", "signature", ("A writer signed and wrote another's name", "bob", "ana")),
        by(
            "claimed_by_former_member",
            "signature",
            ("A former member signed and wrote a writer's name", "ana", "carl"),
        ),
        by(
            "former_key",
            "former-key",
            ("A member who came back signed with the key that died", "carl", "carl"),
        )
        .signed(present),
        by(
            "key_granted_again",
            "success",
            ("A member who came back has the key that died granted again", "carl", "carl"),
        )
        .value(super::secrets::DATABASE_URL)
        .signed(granted),
        by("regained", "success", ("A member who lost the environment was granted it again", "bob", "bob"))
            .value(super::secrets::DATABASE_URL)
            .signed(regained),
        by("no_name", "syntax", ("The writer's name is none", "Ana", "ana")),
    ]
}

fn signatures(forge: &Forge) -> Vec<Case> {
    let (text, body) = (forge.text(PATH), forge.body(FULL));
    let sig = Signature::parse(&text[text.len() - 90..text.len() - 2]).expect("it is one");
    let with = |name: &str, comment: &str, sig: &str| {
        put(&format!("sig_{name}"), "signature", comment, join(body.as_bytes(), sig))
    };
    let mut flipped = BASE64_STANDARD.decode(sig.base64()).expect("it was encoded");
    flipped[0] ^= 1;
    let key = forge.people["ana"].signing_key();
    let vault = *forge.vault.as_bytes();
    let over = |label: &[u8], vault: [u8; 32], (env, name): (&str, &str)| {
        key.sign(&pae(&[label, &vault, env.as_bytes(), name.as_bytes(), body.as_bytes()])).base64()
    };
    let place = ("dev", "DATABASE_URL");
    let changed = |name: &str, comment: &str, from: &str, to: &str| {
        put(&format!("changed_{name}"), "signature", comment, replaced(&text, &[(from, to)]))
    };
    vec![
        with("flipped", "A bit of the signature is changed", &BASE64_STANDARD.encode(flipped)),
        with("zero", "The signature is all zeros", &forge.unsigned().base64()),
        with("overflowed", "The signature has S + L in place of S", &overflowed(&sig)),
        with("neutral", "A signature of the neutral point", &neutral_signature()),
        with("bare", "The signature is over the file's bytes alone", &key.sign(body.as_bytes()).base64()),
        with("label", "The signature is a request's", &over(b"cvault/v1/request", vault, place)),
        with(
            "vault",
            "The signature is for another vault",
            &over(b"cvault/v1/secret", sha256(b"other"), place),
        ),
        with(
            "env",
            "The signature is for another environment",
            &over(b"cvault/v1/secret", vault, ("prod", "DATABASE_URL")),
        ),
        with(
            "name",
            "The signature is for another name",
            &over(b"cvault/v1/secret", vault, ("dev", "OTHER")),
        ),
        with(
            "boundary",
            "The signature is for pieces cut elsewhere",
            &over(b"cvault/v1/secret", vault, ("devD", "ATABASE_URL")),
        ),
        changed("description", "The description was changed after it was signed", "primary", "another"),
        changed("revision", "The revision was changed after it was signed", "revision = 7", "revision = 8"),
        changed("stage", "A stage was moved after it was signed", "[\"previous\"]", "[\"older\"]"),
        changed("tag", "A tag was changed after it was signed", "payments", "anyone"),
    ]
}

/// Files that are sound elsewhere.
fn places(forge: &Forge) -> Vec<Case> {
    let moved = |name: &str, expect: &str, comment: &str, from: &str| {
        put(&format!("moved_{name}"), expect, comment, forge.base[&format!("secrets/{from}.toml")].clone())
    };
    let old = forge.commitment("dev", 1, &OLD_DEV);
    let new = forge.commitment("dev", 2, &super::forge::DEV);
    let other = forge.commitment("dev", 2, &[9; 32]);
    let edit = |name: &str, expect: &str, comment: &str, edits: &[(&str, &str)]| {
        edited(forge, name, expect, (comment, edits))
    };
    let key = |hex: &str| format!("key = \"{}\"", &hex[..16]);
    let (now, before, beside) = (key(&new), key(&old), key(&other));
    vec![
        moved("name", "path", "Another secret's file is in its place", "dev/EMPTY"),
        moved("env", "path", "A file of another environment is in its place", "prod/API_KEY"),
        edit(
            "path_case",
            "path",
            "The name inside differs in case",
            &[("dev/DATABASE_URL", "dev/database_url")],
        ),
        edit("path_name", "syntax", "The name inside is none", &[("dev/DATABASE_URL", "dev/../X")]),
        edit(
            "path_no_env",
            "syntax",
            "The name inside has no environment",
            &[("\"dev/DATABASE_URL\"", "\"DATABASE_URL\"")],
        ),
        edit(
            "epoch_before",
            "epoch",
            "The file is of the epoch before",
            &[("epoch = 2", "epoch = 1"), (&now, &before)],
        ),
        edit("epoch_after", "epoch", "The file is of an epoch to come", &[("epoch = 2", "epoch = 3")]),
        edit("key_other", "other-key", "The file is of another key of the same epoch", &[(&now, &beside)]),
        edit("key_before", "other-key", "The file names the key of the epoch before", &[(&now, &before)]),
        edit(
            "key_upper",
            "syntax",
            "The key is in upper case",
            &[(&now, &now.to_uppercase().replace("KEY", "key").replace(&new[..16], "ABCDEFABCDEFABCD"))],
        ),
        edit("key_long", "syntax", "The key has 18 digits", &[(&now, &format!("key = \"{}\"", &new[..18]))]),
    ]
}

fn rules(forge: &Forge) -> Vec<Case> {
    let edit = |name: &str, expect: &str, comment: &str, (from, to): (&str, &str)| {
        edited(forge, name, expect, (comment, &[(from, to)]))
    };
    let stages = "[\"current\", \"AWSCURRENT\"]";
    let pending =
        "rotation = { id = \"r\", by = \"bob\", lease = 2026-11-22T12:05:00Z, applied = true }\nsealed";
    vec![
        edit("kind", "record-kind", "A kind is unknown", ("kind = \"text\"", "kind = \"number\"")),
        edit(
            "kind_other",
            "seal",
            "The kind is another than the seals'",
            ("kind = \"text\"", "kind = \"binary\""),
        ),
        edit("revision_zero", "record-zero", "Revisions count from one", ("revision = 7", "revision = 0")),
        edit("number_zero", "record-zero", "Numbers count from one", ("number = 2", "number = 0")),
        edit("born_zero", "record-zero", "Epochs count from one", ("born = 1", "born = 0")),
        edit("epoch_zero", "record-zero", "Epochs count from one", ("epoch = 2", "epoch = 0")),
        edit("keep_zero", "record-keep", "keep is at least 1", ("keep = 2", "keep = 0")),
        edit("keep_101", "record-keep", "keep is at most 100", ("keep = 2", "keep = 101")),
        edit("keep_100", "success", "keep may be 100", ("keep = 2", "keep = 100"))
            .value(super::secrets::DATABASE_URL),
        edit("order", "record-order", "Numbers rise", ("number = 2", "number = 4")),
        edit("number_twice", "record-order", "A number stands twice", ("number = 2", "number = 3")),
        edit(
            "number_moved",
            "seal",
            "A version has another number than its seal",
            ("number = 3", "number = 4"),
        ),
        edit("stage_empty", "record-stage", "A stage is empty", (stages, "[\"current\", \"\"]")),
        edit(
            "stage_twice",
            "record-stage",
            "A stage stands twice at one version",
            (stages, "[\"current\", \"current\"]"),
        ),
        edit(
            "stage_two_versions",
            "record-stage",
            "Two versions are current",
            ("[\"previous\"]", "[\"current\"]"),
        ),
        edit(
            "stage_unknown",
            "success",
            "Other clients have stages of their own",
            (stages, "[\"current\", \"blue\"]"),
        )
        .value(super::secrets::DATABASE_URL),
        edit("stages_empty", "success", "A version without a stage", ("[\"previous\"]", "[]"))
            .value(super::secrets::DATABASE_URL),
        edit("no_current", "record-no-current", "No version is current", (stages, "[]")),
        edit(
            "rotation_not_pending",
            "record-rotation",
            "A rotation stands at a version that is not pending",
            ("sealed", pending),
        ),
        edit(
            "pending_no_rotation",
            "record-rotation",
            "A pending version has no rotation",
            ("[\"previous\"]", "[\"pending\"]"),
        ),
        edit(
            "born_later",
            "record-born",
            "A value was born after the file's epoch",
            ("born = 1", "born = 3"),
        ),
        edit("born_now", "success", "A value was born in the file's epoch", ("born = 1", "born = 2"))
            .value(super::secrets::DATABASE_URL),
    ]
}

fn presence(forge: &Forge) -> Vec<Case> {
    let of = |full: &str, name: &str, expect: &str, (comment, edits): (&str, &[(&str, &str)])| {
        let bytes = forge.changed(full, edits);
        case(&format!("record_{name}"), expect, &format!("secret {full}"), comment)
            .by("ana")
            .put(&format!("secrets/{full}.toml"), bytes)
    };
    let versions = forge
        .body(FULL)
        .split_once("\n[[versions]]")
        .map(|(_, v)| format!("\n[[versions]]{v}"))
        .expect("it has some");
    let current = forge.body("dev/db/password");
    let at = current.rfind("\n[[versions]]").expect("it has two");
    let until = "until = 2026-11-29T10:00:00Z\n";
    vec![
        of(FULL, "no_versions", "record-empty", ("Neither a version nor a tombstone", &[(&versions, "")])),
        of(
            "dev/db/password",
            "pending_alone",
            "success",
            ("A pending version alone has no current value", &[(&current[at..], "")]),
        )
        .header("value", "none"),
        of(
            "dev/TRASH",
            "tombstone_number",
            "record-zero",
            (
                "A tombstone has number zero",
                &[(
                    "[deleted]\nat = 2026-11-22T10:00:00Z\nnumber = 1",
                    "[deleted]\nat = 2026-11-22T10:00:00Z\nnumber = 0",
                )],
            ),
        ),
        of(
            "dev/TRASH",
            "tombstone_below",
            "record-tombstone",
            (
                "A tombstone's number is below a version's",
                &[("[[versions]]\nnumber = 1", "[[versions]]\nnumber = 2")],
            ),
        ),
        of(
            "dev/TRASH",
            "tombstone_values",
            "record-tombstone",
            ("A tombstone that cannot be undone has values", &[(until, "")]),
        ),
        of(
            "dev/GONE",
            "tombstone_until",
            "success",
            (
                "A tombstone may be undone, but has no values",
                &[("number = 4\n", &format!("number = 4\n{until}"))],
            ),
        )
        .header("value", "none"),
        of(
            "dev/GONE",
            "tombstone_unsigned_by_writer",
            "success",
            ("A tombstone of any number", &[("number = 4", "number = 400")]),
        )
        .header("value", "none"),
    ]
}
