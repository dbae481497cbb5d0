//! The log: its chain, its signatures and its one spelling (format.md §7).

use base64::{Engine, prelude::BASE64_STANDARD};
use cargo_vault::kernel::{
    format::log,
    model::Line,
    seal::{Signature, sha256, vault_id},
};

use super::{
    Case, Forge, case,
    forge::replaced,
    roster::{NEUTRAL, public_key},
};
use crate::vector::Node;

fn put(name: &str, expect: &str, comment: &str, log: impl Into<Vec<u8>>) -> Case {
    case(&format!("log_{name}"), expect, "roster", comment).put("roster.log", log)
}

pub(crate) fn cases(forge: &Forge) -> Vec<Case> {
    let mut cases = chain(forge);
    cases.extend(lines(forge));
    cases.extend(signatures(forge));
    cases.extend(spelling(forge));
    cases.extend(whole(forge));
    cases.extend(admins(forge));
    cases.extend(anchors(forge));
    cases
}

/// The base roster, and a fourth line that ana signs after `change`.
fn fourth(forge: &Forge, change: impl FnOnce(&mut Line)) -> Vec<u8> {
    let mut line = forge.line(forge.text("roster.toml"), vec![forge.public("ana")]);
    change(&mut line);
    forge.log_with(&forge.sign_line(line, "ana"))
}

/// The whole log with one line changed and nothing signed again.
fn with(forge: &Forge, index: usize, change: impl FnOnce(&mut Line)) -> Vec<u8> {
    let mut lines = forge.lines();
    change(&mut lines[index]);
    log::print(&lines)
}

fn chain(forge: &Forge) -> Vec<Case> {
    let lines = forge.lines();
    let ordered = |order: &[usize]| log::print(&order.iter().map(|i| lines[*i].clone()).collect::<Vec<_>>());
    let founder = |change: &dyn Fn(&mut Line)| {
        let mut first = lines[0].clone();
        change(&mut first);
        log::print(&[&[forge.sign_line(first, "ana")], &lines[1..]].concat())
    };
    let mut other = Line { nonce: Some([7; 32]), ..lines[0].clone() };
    let vault = vault_id(&other.key, &[7; 32]);
    other.sig = forge.people["ana"].signing_key().sign(&log::message(&vault, &other));
    let elsewhere = log::print(&[&[other], &lines[1..]].concat());
    let dropped = sha256(b"a line of another branch");
    let mallory = forge.public("mallory");
    vec![
        put("fourth", "success", "A fourth line that changes nothing", fourth(forge, |_| {})),
        put(
            "drops",
            "success",
            "A line stands for one of another branch",
            fourth(forge, |l| l.drops = vec![dropped]),
        ),
        put("serial_skipped", "log-serial", "A serial skips one", fourth(forge, |l| l.serial = 5)),
        put("serial_again", "log-serial", "A serial stands still", fourth(forge, |l| l.serial = 3)),
        put("serial_zero", "log-serial", "A serial is zero", fourth(forge, |l| l.serial = 0)),
        put(
            "serial_top_bit",
            "log-serial",
            "A serial differs in the bit that LE64 clears",
            fourth(forge, |l| l.serial = 4 + (1 << 63)),
        ),
        put(
            "prev_absent",
            "log-previous",
            "A later line has no line before it",
            fourth(forge, |l| l.prev = None),
        ),
        put(
            "prev_other",
            "log-previous",
            "A line follows from another one",
            fourth(forge, |l| l.prev = Some([7; 32])),
        ),
        put(
            "nonce_later",
            "log-nonce",
            "A nonce stands in a later line",
            fourth(forge, |l| l.nonce = Some([7; 32])),
        ),
        put("nonce_missing", "log-nonce", "The first line has no nonce", founder(&|l| l.nonce = None)),
        put(
            "prev_in_first",
            "log-previous",
            "The first line has a line before it",
            founder(&|l| l.prev = Some([7; 32])),
        ),
        put(
            "first_two_admins",
            "log-admins",
            "The first line names another admin than the founder too",
            founder(&|l| {
                l.admins.push(mallory);
                l.admins.sort_by_key(|key| key.text());
            }),
        ),
        put(
            "first_other_admin",
            "log-admins",
            "The first line names an admin who did not sign it",
            founder(&|l| l.admins = vec![mallory]),
        ),
        put(
            "other_nonce",
            "log-signature",
            "The nonce is another, so the vault is",
            with(forge, 0, |l| l.nonce = Some([7; 32])),
        ),
        put("other_vault", "log-previous", "The first line founds another vault", elsewhere),
        put("cut", "roster-changed", "The last line is gone", ordered(&[0, 1])),
        put("first_missing", "log-nonce", "The first line is gone", ordered(&[1, 2])),
        put("middle_missing", "log-serial", "A line in the middle is gone", ordered(&[0, 2])),
        put("swapped", "log-serial", "Two lines are swapped", ordered(&[0, 2, 1])),
        put("repeated", "log-serial", "The last line stands twice", ordered(&[0, 1, 2, 2])),
    ]
}

/// Fields changed after they were signed.
fn lines(forge: &Forge) -> Vec<Case> {
    let changed = |name: &str, comment: &str, change: &dyn Fn(&mut Line)| {
        put(&format!("changed_{name}"), "log-signature", comment, with(forge, 2, change))
    };
    let mallory = forge.public("mallory");
    vec![
        changed("why", "The reason was changed after it was signed", &|l| l.why = "nothing".to_owned()),
        changed("at", "The time was changed after it was signed", &|l| {
            l.at = cargo_vault::kernel::time::Timestamp::parse("2026-11-22T10:00:01Z").expect("it is a time");
        }),
        changed("roster", "The roster hash was changed after it was signed", &|l| l.roster[0] ^= 1),
        changed("drops", "A dropped line was added after it was signed", &|l| l.drops.push([7; 32])),
        changed("admins", "An admin was added after it was signed", &|l| {
            l.admins.push(mallory);
            l.admins.sort_by_key(|key| key.text());
        }),
        put(
            "changed_middle",
            "log-signature",
            "A line in the middle was changed",
            with(forge, 1, |l| l.why.push('!')),
        ),
    ]
}

/// L, the order of the base point, little end first.
const ORDER: [u8; 32] = [
    0xed, 0xd3, 0xf5, 0x5c, 0x1a, 0x63, 0x12, 0x58, 0xd6, 0x9c, 0xf7, 0xa2, 0xde, 0xf9, 0xde, 0x14, 0, 0, 0,
    0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0x10,
];

/// The same signature with S + L in place of S.
pub(crate) fn overflowed(sig: &Signature) -> String {
    let mut raw = BASE64_STANDARD.decode(sig.base64()).expect("it was encoded");
    let mut carry = 0;
    for (byte, add) in raw[32..].iter_mut().zip(ORDER) {
        let sum = u16::from(*byte) + u16::from(add) + carry;
        (*byte, carry) = ((sum & 0xff) as u8, sum >> 8);
    }
    BASE64_STANDARD.encode(raw)
}

/// R is the neutral point and S zero: good for every message under a neutral key where nobody looks.
pub(crate) fn neutral_signature() -> String {
    BASE64_STANDARD.encode([&NEUTRAL[..], &[0; 32]].concat())
}

fn signatures(forge: &Forge) -> Vec<Case> {
    let sig = |text: &str| Signature::parse(text).expect("it has 64 bytes");
    let last = &forge.lines()[2];
    let mut flipped = BASE64_STANDARD.decode(last.sig.base64()).expect("it was encoded");
    flipped[63] ^= 1;
    let roster = forge.text("roster.toml");
    let line = forge.line(&roster, vec![forge.public("ana")]);
    let foreign = |who: &str| forge.log_with(&forge.sign_line(line.clone(), who));
    let mut claimed = forge.sign_line(line.clone(), "mallory");
    claimed.key = forge.public("ana");
    let mut promoted = line.clone();
    promoted.admins = vec![forge.public("mallory")];
    let zero = forge.unsigned();
    vec![
        put(
            "sig_flipped",
            "log-signature",
            "A bit of a signature is changed",
            with(forge, 2, |l| l.sig = sig(&BASE64_STANDARD.encode(flipped))),
        ),
        put("sig_zero", "log-signature", "A signature is all zeros", with(forge, 2, |l| l.sig = zero)),
        put(
            "sig_overflowed",
            "log-signature",
            "A signature has S + L in place of S",
            with(forge, 2, |l| l.sig = sig(&overflowed(&last.sig))),
        ),
        put(
            "sig_neutral",
            "log-signature",
            "A signature of the neutral point",
            with(forge, 2, |l| l.sig = sig(&neutral_signature())),
        ),
        put(
            "sig_first",
            "log-signature",
            "The founder's signature is changed",
            with(forge, 0, |l| l.sig = last.sig),
        ),
        put("signer_member", "log-signer", "A member who is no admin signed", foreign("bob")),
        put("signer_machine", "log-signer", "A machine signed", foreign("ci")),
        put("signer_stranger", "log-signer", "A stranger signed", foreign("mallory")),
        put(
            "signer_claimed",
            "log-signature",
            "A stranger signed and wrote an admin's key",
            forge.log_with(&claimed),
        ),
        put(
            "signer_promotes_himself",
            "log-signer",
            "Who signs is an admin in his own line only",
            forge.log_with(&forge.sign_line(promoted, "mallory")),
        ),
    ]
}

fn spelling(forge: &Forge) -> Vec<Case> {
    let text = forge.text("roster.log");
    let edit = |name: &str, expect: &str, comment: &str, (from, to): (&str, &str)| {
        put(name, expect, comment, replaced(&text, &[(from, to)]))
    };
    let hash =
        forge.lines()[1].prev.map(|hash| cargo_vault::kernel::format::hex::print(&hash)).expect("it has one");
    let key = forge.public("ana").text();
    let odd = fourth(forge, |l| {
        l.why = "tab\t quote\" back\\ bell\u{7} del\u{7f} slash/ \u{fc}\u{1f512}\u{2028}".to_owned()
    });
    let odd = String::from_utf8(odd).expect("it is text");
    let respelled = |name: &str, expect: &str, comment: &str, (from, to): (&str, &str)| {
        put(name, expect, comment, replaced(&odd, &[(from, to)]))
    };
    vec![
        put("escapes", "success", "Every kind of character in a reason", odd.clone()),
        respelled(
            "escape_upper",
            "log-reprint",
            "A control character's escape in upper case",
            ("\\u0007", "\\U0007"),
        )
        .expect_syntax(),
        respelled("escape_long", "log-reprint", "A tab written by its number", ("tab\\t", "tab\\u0009")),
        respelled("escape_del", "log-reprint", "A DEL is not escaped in this format", ("\u{7f}", "\\u007f")),
        respelled("escape_unicode", "log-reprint", "A letter beyond ASCII is escaped", ("\u{fc}", "\\u00fc")),
        respelled("escape_slash", "log-reprint", "A slash is escaped", ("slash/", "slash\\/")),
        edit("newer", "log-newer", "A higher v is a newer program's", ("{\"v\":1,", "{\"v\":2,")),
        edit(
            "newer_unknown",
            "log-newer",
            "A higher v is looked at before other keys",
            ("{\"v\":1,", "{\"v\":2,\"news\":{},"),
        ),
        edit("v_zero", "log-syntax", "Formats count from one", ("{\"v\":1,", "{\"v\":0,")),
        edit("v_text", "log-syntax", "v is a number", ("{\"v\":1,", "{\"v\":\"1\",")),
        edit("space", "log-reprint", "A space stands behind a colon", ("\"serial\":1", "\"serial\": 1")),
        edit("space_in_front", "log-reprint", "A space stands before a line", ("{\"v\":1,", " {\"v\":1,")),
        edit("space_behind", "log-reprint", "A space stands behind a line", ("}\n", "} \n")),
        edit("crlf", "log-reprint", "A line ends in CR LF", ("}\n", "}\r\n")),
        edit("escaped_letter", "log-reprint", "A letter is escaped", ("found", "\\u0066ound")),
        edit("escaped_key", "log-reprint", "A letter of a key is escaped", ("\"why\"", "\"\\u0077hy\"")),
        edit(
            "order",
            "log-reprint",
            "Two keys are swapped",
            ("\"v\":1,\"serial\":1", "\"serial\":1,\"v\":1"),
        ),
        edit("duplicate_key", "log-syntax", "A key stands twice", ("\"v\":1,", "\"v\":1,\"v\":1,")),
        edit("unknown_key", "log-syntax", "A key is unknown", ("\"v\":1,", "\"v\":1,\"x\":1,")),
        edit("missing_key", "log-syntax", "A key is missing", ("\"drops\":[],", "")),
        edit("float", "log-syntax", "A serial is no whole number", ("\"serial\":1,", "\"serial\":1.0,")),
        edit("negative", "log-syntax", "A serial is negative", ("\"serial\":1,", "\"serial\":-1,")),
        edit("null", "log-syntax", "A prev is null", ("\"prev\":\"\"", "\"prev\":null")),
        edit(
            "nonce_null",
            "log-syntax",
            "A nonce is null in a later line",
            ("\"drops\":[],\"roster\"", "\"nonce\":null,\"drops\":[],\"roster\""),
        )
        .expect_nonce(forge),
        edit("prev_upper", "log-syntax", "Hex is lower case", (&hash, &hash.to_uppercase())),
        edit("prev_short", "log-syntax", "A hash has 64 digits", (&hash, &hash[..62])),
        edit(
            "key_comment",
            "log-syntax",
            "A key has a comment",
            (&format!("\"key\":\"{key}\""), &format!("\"key\":\"{key} ana\"")),
        ),
        edit("time", "log-syntax", "A time has an offset", ("T10:00:00Z", "T10:00:00+00:00")),
        edit("sig_unpadded", "log-syntax", "A signature lacks its padding", ("==\"}", "\"}")),
        edit("array", "log-syntax", "A line is an array", ("{\"v\":1,", "[{\"v\":1,")),
        edit(
            "bom",
            "log-syntax",
            "A byte order mark stands in front",
            ("{\"v\":1,\"serial\":1", "\u{feff}{\"v\":1,\"serial\":1"),
        ),
        edit("trailing", "log-syntax", "Something stands behind the object", ("}\n", "}{}\n")),
    ]
}

impl Case {
    /// A JSON parser knows no such escape.
    fn expect_syntax(mut self) -> Self {
        self.vector.headers[0].1 = "log-syntax".to_owned();
        self
    }

    /// The third line is the one to carry it: the first may have a nonce.
    fn expect_nonce(mut self, forge: &Forge) -> Self {
        let text = forge.text("roster.log");
        let at = text.rfind("\"drops\"").expect("every line has it");
        let log = format!("{}\"nonce\":null,{}", &text[..at], &text[at..]);
        self.vector.headers[0].1 = "log-reprint".to_owned();
        self.vector.sections = vec![("roster.log".to_owned(), Node::File(log.into_bytes()))];
        self
    }
}

fn whole(forge: &Forge) -> Vec<Case> {
    let text = forge.text("roster.log");
    let nodes = |name: &str, expect: &str, comment: &str, node: Node| {
        case(&format!("log_{name}"), expect, "roster", comment).lay("roster.log", node)
    };
    let two = text.find("\n").expect("it has lines") + 1;
    let marked = format!("{}<<<<<<< ours\n{}=======\n>>>>>>> theirs\n", &text[..two], &text[two..]);
    let no_utf8 = [&text.as_bytes()[..text.len() - 4], b"\xff\"}\n"].concat();
    vec![
        put("empty", "log-empty", "The log has no byte", ""),
        put("only_newline", "log-syntax", "The log is one empty line", "\n"),
        put("no_final_newline", "log-syntax", "The last line does not end", text.trim_end()),
        put("empty_line", "log-syntax", "An empty line stands at the end", format!("{text}\n")),
        put("nul", "log-syntax", "A line is a NUL", format!("{text}\0\n")),
        put("not_text", "log-syntax", "A line is no UTF-8", no_utf8),
        put("conflict", "conflict", "Git left conflict markers", marked),
        put(
            "conflict_end",
            "conflict",
            "A conflict's last marker was left behind",
            format!("{text}>>>>>>> theirs\n"),
        ),
        put("no_json", "log-syntax", "A line is no JSON", format!("{text}hello\n")),
        put(
            "deep",
            "log-syntax",
            "A line is a deeply nested array",
            format!("{text}{}\n", "[".repeat(10_000)),
        ),
        nodes("line_too_long", "log-syntax", "A log of 1 MiB that does not end", Node::Fill(1024 * 1024)),
        nodes(
            "line_over_limit",
            "log-too-long",
            "A line is one byte over 1 MiB",
            Node::Line(1024 * 1024 + 1),
        ),
        nodes(
            "line_at_limit",
            "log-syntax",
            "A line of 1 MiB is read, and is none of this format",
            Node::Line(1024 * 1024),
        ),
        nodes("too_large", "too-large", "A log has at most 64 MiB", Node::Fill(64 * 1024 * 1024 + 1)),
        nodes("missing", "missing", "The log is not there", Node::Missing),
        nodes("link", "not-plain", "The log is a link", Node::Link),
    ]
}

fn admins(forge: &Forge) -> Vec<Case> {
    let roster = forge.text("roster.toml");
    let (ana, bob) = (forge.public("ana"), forge.public("bob"));
    let named = |admins: Vec<_>| forge.log_with(&forge.sign_line(forge.line(&roster, admins), "ana"));
    let (low, high) = if ana.text() < bob.text() { (ana, bob) } else { (bob, ana) };
    // Bob is made an admin, who may then sign; and the neutral point is, in whose name everybody may.
    let promoted =
        replaced(&roster, &[("[members.bob]\nrole = \"member\"", "[members.bob]\nrole = \"admin\"")]);
    let by_bob = |roster: &str| {
        let promotion = forge.sign_line(forge.line(roster, vec![low, high]), "ana");
        let mut next = forge.line(roster, vec![low, high]);
        next.serial += 1;
        next.prev = Some(sha256(&log::message(&forge.vault, &promotion)));
        (promotion, next)
    };
    let (promotion, next) = by_bob(&promoted);
    let two = [forge.log_with(&promotion), log::print(&[forge.sign_line(next, "bob")])].concat();
    let neutral = cargo_vault::kernel::seal::PublicKey::parse(&public_key(NEUTRAL)).expect("it has the form");
    let mut everybody = vec![ana, neutral];
    everybody.sort_by_key(|key| key.text());
    let small = forge.sign_line(forge.line(&roster, everybody), "ana");
    let mut forged = forge.line(&roster, vec![ana]);
    forged.serial += 1;
    forged.prev = Some(sha256(&log::message(&forge.vault, &small)));
    forged.key = neutral;
    forged.sig = Signature::parse(&neutral_signature()).expect("it has 64 bytes");
    let forged = [forge.log_with(&small), log::print(&[forged])].concat();
    vec![
        put("admins_empty", "log-admins", "A line names no admin", named(vec![])),
        put("admins_unsorted", "log-admins", "Admins do not ascend", named(vec![high, low])),
        put("admins_twice", "log-admins", "An admin stands twice", named(vec![ana, ana])),
        put(
            "admins_more",
            "admins-differ",
            "The last line names an admin whom the roster does not",
            named(vec![low, high]),
        ),
        put(
            "admins_other",
            "admins-differ",
            "The last line names another admin than the roster",
            named(vec![bob]),
        ),
        case("log_second_admin", "success", "roster", "A new admin signs the next line")
            .put("roster.toml", promoted)
            .put("roster.log", two),
        put(
            "small_order_signer",
            "log-signature",
            "A line is signed under a key of small order that a line before names",
            forged,
        ),
    ]
}

fn anchors(forge: &Forge) -> Vec<Case> {
    let lines = forge.lines();
    let vault = forge.vault.hex();
    let short = |i: usize| {
        cargo_vault::kernel::format::hex::print(&sha256(&log::message(&forge.vault, &lines[i]))[..16])
    };
    let anchor = |name: &str, expect: &str, comment: &str, text: String| {
        case(&format!("anchor_{name}"), expect, &format!("anchor {text}"), comment)
    };
    let other = "ab".repeat(32);
    vec![
        anchor("first", "success", "An anchor names the first line", format!("{vault}.1.{}", short(0))),
        anchor("last", "success", "An anchor names the last line", format!("{vault}.3.{}", short(2))),
        anchor(
            "cut",
            "anchor-cut",
            "The log ends before the anchor's line",
            format!("{vault}.4.{}", short(2)),
        ),
        anchor(
            "far",
            "anchor-cut",
            "The anchor's line is the last that a number can name",
            format!("{vault}.18446744073709551615.{}", short(2)),
        ),
        anchor("differs", "anchor-differs", "Another line stands there", format!("{vault}.2.{}", short(2))),
        anchor("vault", "anchor-vault", "The anchor is another vault's", format!("{other}.1.{}", short(0))),
        anchor("serial_zero", "anchor", "Serials count from one", format!("{vault}.0.{}", short(0))),
        anchor(
            "serial_leading_zero",
            "anchor",
            "A serial begins with zero",
            format!("{vault}.01.{}", short(0)),
        ),
        anchor("serial_plus", "anchor", "A serial has a sign", format!("{vault}.+1.{}", short(0))),
        anchor("hash_short", "anchor", "The hash has 32 digits", format!("{vault}.1.{}", &short(0)[..30])),
        anchor("hash_upper", "anchor", "Hex is lower case", format!("{vault}.1.{}", short(0).to_uppercase())),
        anchor("four_parts", "anchor", "An anchor has three parts", format!("{vault}.1.{}.x", short(0))),
        anchor("two_parts", "anchor", "An anchor has three parts", format!("{vault}.1")),
        anchor(
            "vault_short",
            "anchor",
            "A vault id has 64 digits",
            format!("{}.1.{}", &vault[..32], short(0)),
        ),
    ]
}
