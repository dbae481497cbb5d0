//! The roster: its rules, and its one spelling (format.md §6).

use base64::{Engine, prelude::BASE64_STANDARD};

use super::{Case, Forge, case, forge::DEV};

/// A roster, changed and signed by its admin.
pub(crate) fn edited(
    forge: &Forge,
    name: &str,
    expect: &str,
    (comment, edits): (&str, &[(&str, &str)]),
) -> Case {
    case(&format!("roster_{name}"), expect, "roster", comment).signed(forge.roster_with(edits))
}

/// An OpenSSH public key of any 32 bytes.
pub(crate) fn public_key(raw: [u8; 32]) -> String {
    let blob = [&b"\0\0\0\x0bssh-ed25519\0\0\0\x20"[..], &raw].concat();
    format!("ssh-ed25519 {}", BASE64_STANDARD.encode(blob))
}

/// The neutral point: every message has a signature under it.
pub(crate) const NEUTRAL: [u8; 32] = {
    let mut raw = [0; 32];
    raw[0] = 1;
    raw
};

pub(crate) fn cases(forge: &Forge) -> Vec<Case> {
    let mut cases = vec![
        case("roster_base", "success", "roster", "The base vault's roster and log"),
        edited(forge, "signed_again", "success", ("The same roster, named by one line more", &[])),
    ];
    cases.extend(members(forge));
    cases.extend(signing_keys(forge));
    cases.extend(environments(forge));
    cases.extend(former(forge));
    cases
}

fn members(forge: &Forge) -> Vec<Case> {
    let key = |who: &str| forge.public(who).text();
    let age = |who: &str| forge.people[who].recipient().to_string();
    let (ana, bob, mallory) = (age("ana"), age("bob"), age("mallory"));
    let quoted = |text: &str| format!("\"{text}\"");
    let two = |a: &str, b: &str| format!("\"{a}\", \"{b}\"");
    let (high, low) = if bob < mallory { (&mallory, &bob) } else { (&bob, &mallory) };
    let bob_signs = format!("signs = [\"{}\"]", key("bob"));
    let ana_signs = format!("signs = [\"{}\"]", key("ana"));
    let ci_signs = format!("signs = [\"{}\"]", key("ci"));
    let of = |old: &str, new: String| (quoted(old), new);
    let (sorted, unsorted) = (of(&bob, two(low, high)), of(&bob, two(high, low)));
    let (twice, shared) = (of(&bob, two(&bob, &bob)), of(&bob, quoted(&ana)));
    let edit = |name: &str, expect: &str, comment: &str, (from, to): (&str, &str)| {
        edited(forge, name, expect, (comment, &[(from, to)]))
    };
    let recipient = |name: &str, expect: &str, comment: &str, text: &str| {
        edited(forge, name, expect, (comment, &[(&quoted(&bob), &quoted(text))]))
    };
    let bad_sum = format!("{}q", &mallory[..mallory.len() - 1]);
    vec![
        edit("role", "roster-role", "A role is none of the three", ("\"machine\"", "\"owner\"")),
        edit("two_devices", "success", "A member has two recipients", (&sorted.0, &sorted.1)),
        edit(
            "recipients_unsorted",
            "roster-unsorted",
            "Recipients do not ascend",
            (&unsorted.0, &unsorted.1),
        ),
        edit("recipient_twice", "roster-unsorted", "A recipient stands twice", (&twice.0, &twice.1)),
        edit(
            "recipient_shared",
            "roster-shared-key",
            "Two members have one recipient",
            (&shared.0, &shared.1),
        ),
        edit("no_recipient", "roster-no-recipient", "A member has no recipient", (&quoted(&bob), "")),
        edit("key_shared", "roster-shared-key", "Two members have one signing key", (&bob_signs, &ana_signs)),
        edit(
            "writer_cannot_sign",
            "roster-cannot-sign",
            "A writer has no signing key",
            (&bob_signs, "signs = []"),
        ),
        edit(
            "admin_cannot_sign",
            "roster-cannot-sign",
            "An admin who writes nothing has no signing key",
            (
                &format!("\"machine\"\nrecipients = [\"{}\"]\n{ci_signs}", age("ci")),
                &format!("\"admin\"\nrecipients = [\"{}\"]\nsigns = []", age("ci")),
            ),
        ),
        edit(
            "reader_cannot_sign",
            "success",
            "Who only reads needs no signing key",
            (&ci_signs, "signs = []"),
        ),
        edit(
            "no_admin",
            "admins-differ",
            "Nobody is an admin, but the log's line names one",
            ("\"admin\"", "\"member\""),
        ),
        recipient("recipient_checksum", "roster-recipient", "A recipient's checksum is wrong", &bad_sum),
        recipient("recipient_short", "roster-recipient", "A recipient of age is cut", "age1qqqqqq"),
        recipient("recipient_upper", "syntax", "A recipient in upper case is none", &mallory.to_uppercase()),
        recipient("recipient_private", "syntax", "A private key is no recipient", "AGE-SECRET-KEY-1QQQQQQ"),
        recipient("recipient_comment", "syntax", "A recipient has no comment", &format!("{mallory} bob")),
        recipient("recipient_ssh", "success", "An SSH key is a recipient", &key("mallory")),
        recipient(
            "recipient_ssh_other",
            "syntax",
            "SSH keys of other kinds are none",
            "ecdsa-sha2-nistp256 AAAA",
        ),
        recipient(
            "recipient_ssh_and_signs",
            "success",
            "One SSH key may unlock and sign, of one member",
            &key("bob"),
        ),
        recipient(
            "recipient_ssh_shared",
            "roster-shared-key",
            "One member's recipient is another's signing key",
            &key("ana"),
        ),
        recipient(
            "recipient_plugin",
            "success",
            "A plugin's recipient is accepted unread",
            "age1yubikey1qwt50d05nh5vutpdzmlg5wn80xq5negm4uj9ghv0snvdd3yysf5yw3rhl3t",
        ),
    ]
}

fn signing_keys(forge: &Forge) -> Vec<Case> {
    let (bob, ana) = (forge.public("bob").text(), forge.public("ana").text());
    let mut order_two = [0xff; 32];
    (order_two[0], order_two[31]) = (0xec, 0x7f);
    let mut order_four = [0; 32];
    order_four[31] = 0x80;
    let mut over_p = [0xff; 32];
    (over_p[0], over_p[31]) = (0xf0, 0x7f);
    let mut no_point = [0; 32];
    no_point[0] = 2;
    let sign = |name: &str, expect: &str, comment: &str, text: &str| {
        edited(forge, &format!("key_{name}"), expect, (comment, &[(&bob, text)]))
    };
    let small = public_key(NEUTRAL);
    let (high, low) = if ana < small { (&small, &ana) } else { (&ana, &small) };
    let both = format!("\"{low}\", \"{high}\"");
    vec![
        sign("neutral", "roster-signing-key", "A signing key is the neutral point", &small),
        sign("order_two", "roster-signing-key", "A signing key has order two", &public_key(order_two)),
        sign("order_four", "roster-signing-key", "A signing key has order four", &public_key(order_four)),
        sign("over_p", "roster-signing-key", "A signing key is not reduced", &public_key(over_p)),
        sign(
            "no_point",
            "roster-signing-key",
            "A signing key is no point of the curve",
            &public_key(no_point),
        ),
        edited(
            forge,
            "key_admin_small",
            "roster-signing-key",
            (
                "An admin's second signing key is the neutral point",
                &[(&format!("signs = [\"{ana}\"]"), &format!("signs = [{both}]"))],
            ),
        ),
        sign("comment", "syntax", "A signing key has a comment", &format!("{bob} bob@host")),
        sign("two_spaces", "syntax", "Two spaces stand in a signing key", &bob.replacen(' ', "  ", 1)),
        sign("short", "syntax", "A signing key is cut", &bob[..bob.len() - 4]),
        sign("long", "syntax", "A signing key has three bytes more", &format!("{bob}AAAA")),
        sign("rsa", "syntax", "Only Ed25519 signs", "ssh-rsa AAAAB3NzaC1yc2EAAAADAQABAAAAgQC7"),
        sign(
            "other_type_inside",
            "syntax",
            "A signing key names another type inside",
            &bob.replacen("AAAAC3", "AAAAC4", 1),
        ),
        sign(
            "age",
            "syntax",
            "A recipient of age does not sign",
            forge.people["mallory"].recipient().as_str(),
        ),
    ]
}

fn environments(forge: &Forge) -> Vec<Case> {
    let edit = |name: &str, expect: &str, comment: &str, (from, to): (&str, &str)| {
        edited(forge, name, expect, (comment, &[(from, to)]))
    };
    let dev = forge.commitment("dev", 2, &DEV);
    let short = &dev[..62];
    let writers = "write = [\"ana\", \"bob\"]\nread = [\"ci\"]\nextends = []";
    let with = |text: &str| writers.replacen("\"ana\", \"bob\"", text, 1);
    let stage = |epoch: u64| {
        format!(
            "[environments.stage]\nepoch = {epoch}\ncommitment = \"{dev}\"\nwrite = [\"ana\"]\nread = []\nextends = []\n\n[former.carl]"
        )
    };
    vec![
        edit(
            "default",
            "roster-default",
            "The default is no environment",
            ("default = \"dev\"", "default = \"qa\""),
        ),
        edit("no_writer", "roster-no-writer", "Nobody writes an environment", (writers, &with(""))),
        edit(
            "no_member_writes",
            "roster-no-member",
            "A writer is no member",
            (writers, &with("\"ana\", \"zoe\"")),
        ),
        edit(
            "former_member_writes",
            "roster-no-member",
            "A writer has left",
            (writers, &with("\"ana\", \"carl\"")),
        ),
        edit(
            "no_member_reads",
            "roster-no-member",
            "A reader is no member",
            ("read = [\"ci\"]", "read = [\"zoe\"]"),
        ),
        edit(
            "listed_twice",
            "roster-listed-twice",
            "A writer is listed as a reader too",
            ("read = [\"ci\"]", "read = [\"bob\", \"ci\"]"),
        ),
        edit(
            "writers_unsorted",
            "roster-unsorted",
            "Writers do not ascend",
            (writers, &with("\"bob\", \"ana\"")),
        ),
        edit(
            "writer_twice",
            "roster-unsorted",
            "A writer stands twice",
            (writers, &with("\"ana\", \"ana\"")),
        ),
        edit(
            "extends_nothing",
            "roster-extends",
            "An environment extends one that does not exist",
            ("extends = [\"dev\"]", "extends = [\"qa\"]"),
        ),
        edit(
            "extends_retired",
            "roster-extends",
            "An environment extends one that was removed",
            ("extends = [\"dev\"]", "extends = [\"stage\"]"),
        ),
        edit(
            "extends_itself",
            "roster-circle",
            "An environment extends itself",
            ("extends = [\"dev\"]", "extends = [\"prod\"]"),
        ),
        edit(
            "circle",
            "roster-circle",
            "Two environments extend each other",
            ("extends = []", "extends = [\"prod\"]"),
        ),
        edit("epoch_zero", "roster-epoch", "Epochs count from one", ("epoch = 2", "epoch = 0")),
        edit(
            "epoch_retired",
            "roster-epoch",
            "An environment made again goes on above its last epoch",
            ("[former.carl]", &stage(3)),
        ),
        edit(
            "epoch_above_retired",
            "success",
            "An environment made again, above its last epoch",
            ("[former.carl]", &stage(4)),
        ),
        edit(
            "epoch_too_large",
            "syntax",
            "A number is at most 2^63 - 1",
            ("epoch = 2", "epoch = 9223372036854775808"),
        ),
        edit("epoch_negative", "syntax", "A number has no sign", ("epoch = 2", "epoch = -2")),
        edit("epoch_text", "syntax", "An epoch is a number", ("epoch = 2", "epoch = \"2\"")),
        edit("commitment_short", "syntax", "A commitment has 64 digits", (&dev, short)),
        edit("commitment_upper", "syntax", "Hex is lower case", (&dev, &dev.to_uppercase())),
        edit(
            "environment_reserved",
            "name",
            "An environment has a name of the agent's paths",
            ("[environments.dev]", "[environments.auth]"),
        ),
        edit(
            "environment_name",
            "name",
            "An environment's name begins with a digit",
            ("[environments.dev]", "[environments.1dev]"),
        ),
        edit(
            "member_name",
            "name",
            "A member's name has an upper-case letter",
            ("[members.bob]", "[members.Bob]"),
        ),
        edit("other_commitment", "success", "A roster may commit to any key", (&dev, &"0".repeat(64))),
    ]
}

fn former(forge: &Forge) -> Vec<Case> {
    let edit = |name: &str, expect: &str, comment: &str, (from, to): (&str, &str)| {
        edited(forge, &format!("former_{name}"), expect, (comment, &[(from, to)]))
    };
    let (carl, ana) =
        (forge.people["carl"].recipient().to_string(), forge.people["ana"].recipient().to_string());
    let sign = forge.public("carl").text();
    let keys = format!("keys = [\"{carl}\", \"{sign}\"]");
    let swapped = format!("keys = [\"{sign}\", \"{carl}\"]");
    let last = "environments = { dev = 1 }";
    let again = format!("recipients = [\"{carl}\"]");
    let bob = format!("recipients = [\"{}\"]", forge.people["bob"].recipient());
    vec![
        edit(
            "key_of_member",
            "roster-shared-key",
            "A former member's key is a present member's",
            (&carl, &ana),
        ),
        edit(
            "key_at_other_name",
            "roster-shared-key",
            "Who left comes back under another name",
            (&bob, &again),
        ),
        edit("keys_unsorted", "roster-unsorted", "Former keys do not ascend", (&keys, &swapped)),
        edit(
            "two_environments",
            "success",
            "Who left had two environments",
            (last, "environments = { dev = 1, prod = 1 }"),
        ),
        edit(
            "environments_unsorted",
            "reprint",
            "Former environments do not ascend",
            (last, "environments = { prod = 1, dev = 1 }"),
        ),
        edit(
            "environment_twice",
            "reprint",
            "A former environment stands twice",
            (last, "environments = { dev = 1, dev = 1 }"),
        ),
        edit("environments_empty", "syntax", "An inline table is not empty", (last, "environments = {}")),
        edit(
            "environments_quoted",
            "reprint",
            "A key that may be bare is quoted",
            (last, "environments = { \"dev\" = 1 }"),
        ),
        edit(
            "environment_name",
            "name",
            "A former environment's name is none",
            (last, "environments = { Dev = 1 }"),
        ),
        edit("no_keys", "roster-former", "Who left has no key", (&keys, "keys = []")),
        edit(
            "epoch_zero",
            "roster-former",
            "Who left could open epoch zero",
            (last, "environments = { dev = 0 }"),
        ),
        edit("key_no_key", "syntax", "A former key is none", (&carl, "nothing")),
        edit(
            "left",
            "syntax",
            "When he left is no time",
            ("left = 2026-11-22T10:00:00Z", "left = 2026-11-31T10:00:00Z"),
        ),
    ]
}
