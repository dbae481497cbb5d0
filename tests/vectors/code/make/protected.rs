//! Identities: their text, and their file under a passphrase (format.md §14).

use base64::{Engine, prelude::BASE64_STANDARD};
use cargo_vault::kernel::{
    format::identity_file::print_protected as print,
    seal::{Passphrase, Protected},
    secret::Secret,
};

use super::{Case, Forge, case, forge::replaced};

pub(crate) fn cases(forge: &Forge) -> Vec<Case> {
    let text = String::from_utf8(forge.people["dora"].reveal().expose().to_vec()).expect("it is text");
    let identity = |name: &str, expect: &str, comment: &str, text: &str| {
        case(&format!("identity_{name}"), expect, &format!("identity {text}"), comment)
    };
    let swapped = format!("{}{}", &text[..text.len() - 1], if text.ends_with('Q') { 'P' } else { 'Q' });
    let mut cases = vec![
        identity("native", "success", "A native identity of age", &text),
        identity("checksum", "identity", "An identity's checksum is wrong", &swapped),
        identity("cut", "identity", "An identity is cut", &text[..40]),
        identity(
            "recipient",
            "identity",
            "A recipient is no identity",
            forge.people["dora"].recipient().as_str(),
        ),
        identity(
            "plugin",
            "identity",
            "A plugin's identity is not held as text",
            "AGE-PLUGIN-YUBIKEY-1QQPQGQYRH3",
        ),
        identity("word", "identity", "A word is no identity", "hunter2"),
    ];
    cases.extend(files(forge));
    cases.extend(lists(&text));
    cases
}

fn files(forge: &Forge) -> Vec<Case> {
    let dora = &forge.people["dora"];
    let sealed = Protected::seal(dora, &Passphrase::new(Secret::new(b"correct horse".to_vec())));
    let file = print(&sealed);
    let mut flipped = sealed.clone();
    flipped.sealed[30] ^= 1;
    let other = Protected { recipient: forge.people["mallory"].recipient().clone(), ..sealed.clone() };
    let case = |name: &str, expect: &str, comment: &str, file: &str| {
        let case = case(&format!("protected_{name}"), expect, "protected", comment);
        case.header("passphrase", "correct horse").put("identity", file)
    };
    let edit = |from: &str, to: &str| replaced(&file, &[(from, to)]);
    let salt = sealed.kdf.rsplit('$').next().expect("it has a salt").to_owned();
    let hash = BASE64_STANDARD.encode([7; 32]).replace('=', "");
    vec![
        case("sound", "success", "An identity under a passphrase", &file),
        case("other_passphrase", "passphrase", "Another passphrase", &file).other_passphrase(),
        case("changed", "passphrase", "A bit of the sealed identity is changed", &print(&flipped)),
        case(
            "other_recipient",
            "passphrase",
            "Another recipient stands in front, to which the seal is bound",
            &print(&other),
        ),
        case("weak_memory", "protected", "The memory asked for is below 64 MiB", &edit("m=65536", "m=65535")),
        case(
            "costly_memory",
            "protected",
            "The memory asked for would hurt",
            &edit("m=65536", "m=4294967295"),
        ),
        case("weak_passes", "protected", "The passes asked for are below three", &edit("t=3", "t=2")),
        case(
            "costly_passes",
            "protected",
            "The passes asked for would take days",
            &edit("t=3", "t=4000000000"),
        ),
        case("costly_lanes", "protected", "The lanes asked for would hurt", &edit("p=1", "p=16777215")),
        case("argon2i", "protected", "The function is another of the family", &edit("argon2id", "argon2i")),
        case("version", "protected", "The function is of an older version", &edit("v=19", "v=16")),
        case("salt_short", "protected", "The salt has eight bytes", &edit(&salt, "AAAAAAAAAAA")),
        case(
            "hash",
            "protected",
            "The text names a hash, to which guesses could be compared",
            &edit(&salt, &format!("{salt}${hash}")),
        ),
        case("unknown_key", "protected", "A key is unknown", &edit("kdf", "hint = \"horse\"\nkdf")),
        case("newer", "protected", "A higher format", &edit("format = 1", "format = 2")),
        case("cut", "protected", "The file is cut", &file[..file.len() - 10]),
        case(
            "short_seal",
            "protected",
            "The sealed identity is shorter than a nonce",
            &print(&Protected { sealed: vec![0; 23], ..sealed }),
        ),
    ]
}

/// Files of identities as age writes them, and SSH keys.
fn lists(native: &str) -> Vec<Case> {
    let case = |name: &str, expect: &str, comment: &str, file: &str| {
        case(&format!("identities_{name}"), expect, "identities", comment).put("identity", file)
    };
    let plugin = "AGE-PLUGIN-TEST-1QQQSYQCYQ5RQWZQF3953CC";
    let recipient = "# recipient: age1test1qqqsyqcyq5rqwzqfupzeyc";
    vec![
        case(
            "plugin",
            "success",
            "A plugin's identity below its recipient",
            &format!("{recipient}\n{plugin}\n"),
        ),
        case(
            "several",
            "success",
            "A native identity and a plugin's",
            &format!("{native}\n\n{recipient}\n{plugin}\n"),
        ),
        case("ssh_ed25519", "success", "An SSH key without a passphrase", ED25519),
        case(
            "plugin_alone",
            "identity-recipient",
            "Nothing says the recipient of a plugin's identity",
            plugin,
        ),
        case(
            "plugin_other",
            "identity-recipient",
            "The recipient above a plugin's identity is another plugin's",
            &format!("{}\n{plugin}\n", recipient.replace("test", "other")),
        ),
        case(
            "plugin_after",
            "identity-recipient",
            "The recipient stands below the identity",
            &format!("{plugin}\n{recipient}\n"),
        ),
        case(
            "seed_damaged",
            "identity-seed",
            "The signing seed above a plugin's identity lost a character",
            &format!("{recipient}\n# cargo-vault signing seed: YWdl*A==\n{plugin}\n"),
        ),
        case(
            "seed_large",
            "identity-seed",
            "The signing seed above a plugin's identity is larger than any key file",
            &format!("{recipient}\n# cargo-vault signing seed: {}\n{plugin}\n", "AAAA".repeat(5462)),
        ),
        case("ssh_ecdsa", "ssh-key", "An SSH key of a kind that age has no use for", ECDSA),
        case("ssh_cut", "ssh-key", "An SSH key is cut", &ED25519[..200]),
        case("none", "identity", "Only comments stand in it", "# nothing\n\n"),
        case("word", "identity", "A word is no identity", "hunter2\n"),
    ]
}

/// Keys for tests only.
const ED25519: &str = "\
-----BEGIN OPENSSH PRIVATE KEY-----\n\
b3BlbnNzaC1rZXktdjEAAAAABG5vbmUAAAAEbm9uZQAAAAAAAAABAAAAMwAAAAtzc2gtZW\n\
QyNTUxOQAAACDmoCGxDhr+HJgYF3Ml0Np/iJFUH+Cgipf/WoTXVVy27QAAAIipLMlkqSzJ\n\
ZAAAAAtzc2gtZWQyNTUxOQAAACDmoCGxDhr+HJgYF3Ml0Np/iJFUH+Cgipf/WoTXVVy27Q\n\
AAAECF92CTnjNz+YRWJY3QhY5McmfGoMP5/Actynn5K/2b8+agIbEOGv4cmBgXcyXQ2n+I\n\
kVQf4KCKl/9ahNdVXLbtAAAAAAECAwQF\n\
-----END OPENSSH PRIVATE KEY-----\n";
const ECDSA: &str = "\
-----BEGIN OPENSSH PRIVATE KEY-----\n\
b3BlbnNzaC1rZXktdjEAAAAABG5vbmUAAAAEbm9uZQAAAAAAAAABAAAAaAAAABNlY2RzYS\n\
1zaGEyLW5pc3RwMjU2AAAACG5pc3RwMjU2AAAAQQTqxt1RcFzzk5viy62hZarAhLltnQgY\n\
8D5++f7LDXmj7paT5kLo2DadH5bITERLGcRl1jTnY8m1wn+a/JJE32HCAAAAmGkH/9tpB/\n\
/bAAAAE2VjZHNhLXNoYTItbmlzdHAyNTYAAAAIbmlzdHAyNTYAAABBBOrG3VFwXPOTm+LL\n\
raFlqsCEuW2dCBjwPn75/ssNeaPulpPmQujYNp0flshMREsZxGXWNOdjybXCf5r8kkTfYc\n\
IAAAAgfLsjlU4kytIMN7lOb09J44vhp/FCdH2yKnsia6UBFq0AAAAA\n\
-----END OPENSSH PRIVATE KEY-----\n";

impl Case {
    fn other_passphrase(mut self) -> Self {
        self.vector
            .headers
            .iter_mut()
            .filter(|(key, _)| key == "passphrase")
            .for_each(|(_, value)| value.push('s'));
        self
    }
}
