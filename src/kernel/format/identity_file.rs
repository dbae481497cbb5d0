//! An identity's file (format.md §14): as age writes it, one a line with comments between, or under a passphrase.
//!
//! A comment above a plugin's identity says its recipient, which the identity itself does not tell, and may hold the seed that
//! it signs with, wrapped to that recipient.

use base64::{Engine, prelude::BASE64_STANDARD};

use super::toml::{Printer, Reader};
use crate::kernel::{
    limits,
    refusal::Refusal,
    seal::{Identity, PluginIdentity, Protected, Recipient, SshFile},
    secret::Secret,
};

/// The first line of a file under a passphrase.
const FIRST_LINE: &[u8] = b"format = 1\n";

/// What stands before a recipient in a comment; age's own tools and its plugins each have their word for it.
const RECIPIENT: [&str; 2] = ["public key:", "recipient:"];
/// What stands before a wrapped signing seed, in base64.
const SEED: &str = "cargo-vault signing seed:";

/// One identity of a file.
pub enum Entry {
    /// A native one.
    Native(Identity),
    /// A plugin's.
    Plugin(PluginIdentity),
}

/// Parses a file. Behind a key may stand `#` and an anchor's text, of which the first is given too.
pub fn parse(file: &Secret) -> Result<(Vec<Entry>, Option<String>), Refusal> {
    let text = std::str::from_utf8(file.expose()).map_err(|_| Refusal::Identity)?;
    let (mut entries, mut anchor, mut told) = (Vec::new(), None, Told::default());
    for line in text.lines().map(str::trim).filter(|line| !line.is_empty()) {
        if let Some(comment) = line.strip_prefix('#') {
            told.learn(comment.trim())?;
            continue;
        }
        let (key, behind) = line.split_once('#').map_or((line, None), |(key, behind)| (key, Some(behind)));
        anchor = anchor.or(behind.map(str::to_owned));
        entries.push(entry(key.trim(), std::mem::take(&mut told))?);
    }
    if entries.is_empty() { Err(Refusal::Identity) } else { Ok((entries, anchor)) }
}

fn entry(key: &str, told: Told) -> Result<Entry, Refusal> {
    let Some(plugin) = PluginIdentity::name_of(key) else {
        return Identity::parse(key).map(Entry::Native);
    };
    let recipient = told.recipient.ok_or(Refusal::IdentityRecipient)?;
    if recipient.plugin() != Some(plugin.as_str()) {
        return Err(Refusal::IdentityRecipient);
    }
    Ok(Entry::Plugin(PluginIdentity { plugin, text: key.to_owned(), recipient, seed: told.seed }))
}

/// What the comments above an identity say of it.
#[derive(Default)]
struct Told {
    recipient: Option<Recipient>,
    seed: Option<Vec<u8>>,
}

impl Told {
    fn learn(&mut self, comment: &str) -> Result<(), Refusal> {
        if let Some(seed) = comment.strip_prefix(SEED) {
            let small = |bytes: &Vec<u8>| bytes.len() as u64 <= limits::KEY_FILE;
            // One that was damaged is not none: without it a new seed would be made, which no roster knows.
            let seed = BASE64_STANDARD.decode(seed.trim()).ok().filter(small);
            self.seed = Some(seed.ok_or(Refusal::IdentitySeed)?);
        }
        let lower = comment.to_ascii_lowercase();
        let word = RECIPIENT.iter().find(|word| lower.starts_with(*word));
        if let Some(recipient) = word.and_then(|word| Recipient::parse(comment[word.len()..].trim())) {
            self.recipient = Some(recipient);
        }
        Ok(())
    }
}

/// Prints the file of a plugin's identity.
pub fn print_plugin(identity: &PluginIdentity, created: &str) -> String {
    let PluginIdentity { text, recipient, seed, .. } = identity;
    let seed = seed.as_ref().map(|seed| format!("# {SEED} {}\n", BASE64_STANDARD.encode(seed)));
    format!("# created: {created}\n# recipient: {recipient}\n{}{text}\n", seed.unwrap_or_default())
}

/// Whether a file is a protected identity rather than a plain one of age's.
pub fn is_protected(file: &Secret) -> bool {
    file.expose().starts_with(FIRST_LINE)
}

/// Whether a file looks like a private key of SSH's, which says nothing about what is in it.
pub fn is_ssh(file: &Secret) -> bool {
    file.expose().trim_ascii_start().starts_with(b"-----BEGIN ")
}

/// Parses a private key of SSH's, which perhaps is under a passphrase.
pub fn parse_ssh(file: &Secret) -> Result<SshFile, Refusal> {
    SshFile::parse(file.expose())
}

/// Parses a file under a passphrase; costs out of bounds are refused before any passphrase is asked for.
pub fn parse_protected(file: &Secret) -> Result<Protected, Refusal> {
    let mut reader = Reader::begin("identity", file.expose()).map_err(|_| Refusal::Protected)?;
    let mut read = || {
        let recipient = reader.parsed("recipient", Recipient::parse)?;
        let kdf = reader.text("kdf")?;
        let sealed = reader.base64("sealed")?;
        Ok::<_, Refusal>(Protected { recipient, kdf, sealed })
    };
    let protected = read().map_err(|_| Refusal::Protected)?;
    reader.end(&print_protected(&protected)).map_err(|_| Refusal::Protected)?;
    if protected.is_sound() { Ok(protected) } else { Err(Refusal::Protected) }
}

/// Prints a file under a passphrase.
pub fn print_protected(protected: &Protected) -> String {
    let mut printer = Printer::begin();
    printer.text("recipient", protected.recipient.as_str());
    printer.text("kdf", &protected.kdf);
    printer.base64("sealed", &protected.sealed);
    printer.end()
}

#[cfg(test)]
mod tests {
    use super::{Entry, parse, print_plugin};
    use crate::kernel::{refusal::Refusal, seal::PluginIdentity, secret::Secret};

    const KEY: &str = "AGE-PLUGIN-TEST-1QQQSYQCYQ5RQWZQF3953CC";
    const RECIPIENT: &str = "age1test1qqqsyqcyq5rqwzqfupzeyc";

    fn plugin(file: &str) -> Result<PluginIdentity, Refusal> {
        match parse(&Secret::new(file.into()))?.0.remove(0) {
            Entry::Plugin(plugin) => Ok(plugin),
            Entry::Native(_) => panic!("it is a plugin's"),
        }
    }

    #[test]
    fn recipient_of_a_plugin_is_read_from_the_comment_above() {
        for word in ["public key:", "Recipient:", "   recipient: "] {
            let read = plugin(&format!("# serial: 1\n#{word}{RECIPIENT}\n{KEY}\n")).unwrap();
            assert_eq!((read.plugin.as_str(), read.recipient.as_str()), ("test", RECIPIENT));
        }
    }

    #[test]
    fn plugin_identity_without_its_own_recipient_is_refused() {
        let foreign = "# recipient: age1other1qqqsyqcyq5rqwzqfupzeyc\n";
        for file in [KEY.to_owned(), format!("{foreign}{KEY}"), format!("{KEY}\n# recipient: {RECIPIENT}")] {
            assert_eq!(plugin(&file).err(), Some(Refusal::IdentityRecipient), "{file}");
        }
    }

    #[test]
    fn printed_plugin_identity_is_read_again_with_its_seed() {
        let text = format!("# recipient: {RECIPIENT}\n{KEY}\n");
        let identity = PluginIdentity { seed: Some(vec![7; 300]), ..plugin(&text).unwrap() };
        let again = plugin(&print_plugin(&identity, "2026-11-22T10:00:00Z")).unwrap();
        assert_eq!(again, identity);
    }
}
