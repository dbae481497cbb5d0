//! Key files: an environment's key wrapped with age for one recipient (format.md §8).

use std::{
    fmt,
    io::{Read, Write},
    str::FromStr,
};

use age::{
    DecryptError, Decryptor, EncryptError, Encryptor,
    armor::{ArmoredReader, ArmoredWriter, Format},
};
use zeroize::Zeroizing;

use super::{
    EnvKey, NoPlugins, Plugins, PublicKey, Unwraps,
    hash::sha256,
    plugin::{self, PluginRecipient, is_plugin_name},
    small_order::is_small_order,
    ssh,
};
use crate::kernel::{format::hex, limits, refusal::Refusal};

const ARMOR: &[u8] = b"-----BEGIN AGE ENCRYPTED FILE-----\n";

/// A public key of age's, as its text.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Recipient(String);

impl Recipient {
    /// Takes anything that has a recipient's form: `age1…`, `ssh-ed25519 …`, `ssh-rsa …`. Whether one can be wrapped to is
    /// asked by [`Recipient::is_sound`].
    pub fn parse(text: &str) -> Option<Self> {
        let plain = |part: &str, other: &[u8]| {
            !part.is_empty() && part.bytes().all(|b| b.is_ascii_alphanumeric() || other.contains(&b))
        };
        let formed = match text.split_once(' ') {
            Some(("ssh-ed25519" | "ssh-rsa", key)) => plain(key, b"+/="),
            Some(_) => false,
            None => text.strip_prefix("age1").is_some_and(|rest| plain(rest, b"-_.+")),
        };
        formed.then(|| Self(text.to_owned()))
    }

    pub(super) fn of_native(identity: &age::x25519::Identity) -> Self {
        Self(identity.to_public().to_string())
    }

    /// The text.
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// Whether it is an SSH key.
    pub fn is_ssh(&self) -> bool {
        self.0.starts_with("ssh-")
    }

    /// As people recognise it: its kind and its end.
    pub fn short(&self) -> String {
        let tail = &self.0[self.0.len().saturating_sub(4)..];
        match self.0.split_once(' ') {
            Some((kind, _)) => format!("{kind} …{tail}"),
            None if self.0.len() <= 24 => self.0.clone(),
            None => format!("{}…{tail}", &self.0[..10]),
        }
    }

    /// The first 8 hex digits of `SHA-256(recipient string)`, which name its key files.
    pub fn id(&self) -> String {
        hex::print(&sha256(self.0.as_bytes())[..4])
    }

    /// The plugin that its text names, which only the user's own settings can let run.
    pub fn plugin(&self) -> Option<&str> {
        let (name, _) = self.0.strip_prefix("age1")?.rsplit_once('1')?;
        (is_plugin_name(name) && self.target().is_none()).then_some(name)
    }

    /// Whether this crate can wrap to it, or a plugin could; and no SSH key that is a key by its form alone.
    pub fn is_sound(&self) -> bool {
        let target = || self.target().is_some();
        match self.0.split_once(' ') {
            Some(("ssh-rsa", _)) => ssh::is_long_rsa(&self.0) && target(),
            Some(_) => PublicKey::parse(&self.0).is_some_and(|key| key.is_sound()) && target(),
            None if is_small_order(&self.0) => false,
            None => target() || self.0.strip_prefix("age1").is_some_and(|rest| rest.contains('1')),
        }
    }

    fn target(&self) -> Option<Box<dyn age::Recipient>> {
        fn boxed<R: FromStr + age::Recipient + 'static>(text: &str) -> Option<Box<dyn age::Recipient>> {
            text.parse::<R>().ok().map(|r| Box::new(r) as Box<dyn age::Recipient>)
        }
        boxed::<age::x25519::Recipient>(&self.0)
            .or_else(|| boxed::<age::ssh::Recipient>(&self.0))
            .or_else(|| boxed::<age::tag::Recipient>(&self.0))
            .or_else(|| boxed::<age::tagpq::Recipient>(&self.0))
    }
}

impl fmt::Display for Recipient {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl fmt::Debug for Recipient {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

/// Wraps an environment's key to one recipient: an armored age file. A plugin's recipient is refused.
pub fn wrap_key(recipient: &Recipient, key: &EnvKey) -> Result<Vec<u8>, Refusal> {
    wrap_key_with(&NoPlugins, recipient, key)
}

/// The same, where a recipient of a plugin is wrapped to by that plugin.
pub fn wrap_key_with(plugins: &dyn Plugins, recipient: &Recipient, key: &EnvKey) -> Result<Vec<u8>, Refusal> {
    wrap(plugins, recipient, key.bytes(), Format::AsciiArmor)
}

/// Wraps bytes to one recipient, in armor or not.
pub(super) fn wrap(
    plugins: &dyn Plugins,
    recipient: &Recipient,
    bytes: &[u8],
    format: Format,
) -> Result<Vec<u8>, Refusal> {
    let refuse = || Refusal::CannotWrap { recipient: recipient.to_string() };
    let by_plugin = || {
        let plugin: Box<dyn age::Recipient + '_> = Box::new(PluginRecipient { recipient, plugins });
        recipient.plugin().map(|_| plugin)
    };
    let target = match recipient.target() {
        Some(target) => target,
        None => by_plugin().ok_or_else(refuse)?,
    };
    let encryptor = Encryptor::with_recipients(std::iter::once(&*target)).map_err(|error| match error {
        EncryptError::Io(error) => plugin::fault_of(error).map_or_else(refuse, Refusal::Plugin),
        _ => refuse(),
    })?;
    let mut file = Vec::new();
    let armor = ArmoredWriter::wrap_output(&mut file, format).expect("writing to memory does not fail");
    let mut writer = encryptor.wrap_output(armor).expect("writing to memory does not fail");
    writer.write_all(bytes).expect("writing to memory does not fail");
    writer.finish().and_then(ArmoredWriter::finish).expect("writing to memory does not fail");
    Ok(file)
}

/// Unwraps the key file at `path` (named in refusals) with one key of a member.
pub fn unwrap_key(path: &str, file: &[u8], identity: &dyn Unwraps) -> Result<EnvKey, Refusal> {
    let binary = dearmor(path, file)?;
    let plain = unwrap_file(path, &binary, identity)?;
    EnvKey::from_bytes(&plain).ok_or_else(|| Refusal::KeyLength { path: path.to_owned(), len: plain.len() })
}

/// Takes the armor off a key file, which must have it.
pub fn dearmor(path: &str, file: &[u8]) -> Result<Vec<u8>, Refusal> {
    if file.len() as u64 > limits::KEY_FILE {
        return Err(Refusal::TooLarge { path: path.to_owned(), limit: limits::KEY_FILE });
    }
    let refuse = || Refusal::KeyArmor { path: path.to_owned() };
    if !file.starts_with(ARMOR) {
        return Err(refuse());
    }
    let mut binary = Vec::with_capacity(file.len());
    ArmoredReader::new(file).read_to_end(&mut binary).map_err(|_| refuse())?;
    Ok(binary)
}

/// Looks at the header of a binary age file before any cryptography: reading it costs more than its length where it has many
/// stanzas, and a passphrase stanza would cost what its author likes.
pub fn check_header(path: &str, binary: &[u8]) -> Result<(), Refusal> {
    let mut stanzas = 0;
    for line in binary.split(|b| *b == b'\n').take_while(|line| !line.starts_with(b"---")) {
        stanzas += usize::from(line.starts_with(b"-> "));
        if line.starts_with(b"-> scrypt") {
            return Err(Refusal::KeyScrypt { path: path.to_owned() });
        }
    }
    if stanzas > limits::STANZAS { Err(Refusal::KeyStanzas { path: path.to_owned() }) } else { Ok(()) }
}

/// Opens the binary age file of a key.
pub fn unwrap_file(path: &str, binary: &[u8], identity: &dyn Unwraps) -> Result<Zeroizing<Vec<u8>>, Refusal> {
    check_header(path, binary)?;
    let refuse = || Refusal::KeyUnwrap { path: path.to_owned() };
    let decryptor = Decryptor::new_buffered(binary).map_err(|_| refuse())?;
    let mut reader = decryptor.decrypt(std::iter::once(identity.age())).map_err(|error| match error {
        DecryptError::Io(error) => plugin::fault_of(error).map_or_else(refuse, Refusal::Plugin),
        _ => refuse(),
    })?;
    // Within capacity from the start, so that no partial copy is left unwiped.
    let mut plain = Zeroizing::new(Vec::with_capacity(binary.len()));
    reader.read_to_end(&mut plain).map_err(|_| refuse())?;
    Ok(plain)
}
