//! An identity of an age plugin: what it holds lies in a token or chip, and a program on this machine opens with it. The
//! kernel starts no program; the port [`Plugin`] is given to it.

use std::{collections::HashSet, io, rc::Rc};

use age::{armor::Format, secrecy::ExposeSecret};
use age_core::format::{FILE_KEY_BYTES, Stanza as AgeStanza};
use zeroize::Zeroizing;

use super::{PublicKey, Recipient, SigningKey, Unwraps, envelope, random, unwrap_file};
use crate::kernel::{format::stanza::Stanza, refusal::Refusal};

const PREFIX: &str = "AGE-PLUGIN-";

/// What a plugin's identity file says.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PluginIdentity {
    /// The plugin's name, as in `age-plugin-NAME`.
    pub plugin: String,
    /// `AGE-PLUGIN-NAME-1…`, which only the plugin understands.
    pub text: String,
    /// The public half.
    pub recipient: Recipient,
    /// The seed that it signs with, wrapped to the recipient as a binary age file.
    pub seed: Option<Vec<u8>>,
}

impl PluginIdentity {
    /// The plugin that an identity's text names.
    pub fn name_of(text: &str) -> Option<String> {
        let (human, data) = text.strip_prefix(PREFIX)?.rsplit_once('1')?;
        let name = human.strip_suffix('-')?.to_ascii_lowercase();
        let sound = is_plugin_name(&name)
            && data.len() >= 6
            && data.bytes().all(|b| b.is_ascii_uppercase() || b.is_ascii_digit());
        sound.then_some(name)
    }
}

impl PluginIdentity {
    /// Gives it a key to sign with unless it has one, wrapped to its own recipient, and tells the public half.
    pub fn with_signing_key(self, plugins: Rc<dyn Plugins>) -> Result<(Self, PublicKey), Refusal> {
        if self.seed.is_some() {
            let key = PluginKey::new(self.clone(), plugins).signing_key()?;
            return key.map(|key| (self, key.public())).ok_or(Refusal::Identity);
        }
        let seed = Zeroizing::new(random::<32>());
        let wrapped = envelope::wrap(&*plugins, &self.recipient, &seed[..], Format::Binary)?;
        let key = SigningKey::from_seed(&seed[..]).expect("it has 32 bytes");
        Ok((Self { seed: Some(wrapped), ..self }, key.public()))
    }
}

/// Whether a name may follow `age-plugin-`: it becomes the name of a program.
pub(super) fn is_plugin_name(name: &str) -> bool {
    !name.is_empty() && name.bytes().all(|b| b.is_ascii_alphanumeric() || b"+-._".contains(&b))
}

/// The 16 bytes that an age file's header wraps.
pub struct FileKey(Zeroizing<[u8; FILE_KEY_BYTES]>);

impl FileKey {
    /// Takes it out of a stanza's body; none unless it has 16 bytes.
    pub fn of(stanza: &Stanza) -> Option<Self> {
        stanza.body[..].try_into().ok().map(|key| Self(Zeroizing::new(key)))
    }

    /// Puts it into a stanza of the plugins' protocol.
    pub fn stanza(&self, tag: &str) -> Stanza {
        Stanza::new(tag, &[], &*self.0)
    }
}

/// The port to the programs of plugins.
pub trait Plugins {
    /// Opens the stanzas of one header with an identity: the file key, or none if no stanza is its own.
    fn unwrap(&self, identity: &PluginIdentity, stanzas: &[Stanza]) -> Result<Option<FileKey>, PluginFault>;

    /// Wraps a file key to a recipient.
    fn wrap(&self, recipient: &Recipient, file_key: &FileKey) -> Result<Vec<Stanza>, PluginFault>;
}

/// Why a plugin did not do its part.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum PluginFault {
    /// The user's own settings do not name it.
    #[error("plugin `{plugin}` is not allowed to run")]
    NotAllowed {
        /// The plugin's name.
        plugin: String,
    },
    /// There is no such program.
    #[error("there is no program `age-plugin-{plugin}` on the PATH")]
    NoProgram {
        /// The plugin's name.
        plugin: String,
    },
    /// PATH has an entry that is no whole path: who can write the project could put a program there.
    #[error("PATH has the relative entry `{entry}`, so no plugin is started")]
    RelativePath {
        /// The entry; an empty one stands for the current folder.
        entry: String,
    },
    /// It could not be started, ended early, or broke the protocol.
    #[error("`age-plugin-{plugin}` {what}")]
    Failed {
        /// The plugin's name.
        plugin: String,
        /// How, in one clause.
        what: String,
    },
    /// It said that it cannot.
    #[error("`age-plugin-{plugin}` says: {message}")]
    Says {
        /// The plugin's name.
        plugin: String,
        /// Its own words.
        message: String,
    },
}

/// A plugin's identity together with the way to its program.
pub struct PluginKey {
    identity: PluginIdentity,
    plugins: Rc<dyn Plugins>,
}

impl PluginKey {
    /// Joins the two.
    pub fn new(identity: PluginIdentity, plugins: Rc<dyn Plugins>) -> Self {
        Self { identity, plugins }
    }

    /// The plugin's name.
    pub fn plugin(&self) -> &str {
        &self.identity.plugin
    }

    /// The key that it signs with, if there is a seed beside it.
    pub(super) fn signing_key(&self) -> Result<Option<SigningKey>, Refusal> {
        let Some(file) = &self.identity.seed else { return Ok(None) };
        let seed = unwrap_file("the signing seed of this identity", file, self)?;
        SigningKey::from_seed(&seed).map(Some).ok_or(Refusal::Identity)
    }
}

impl Unwraps for PluginKey {
    fn recipient(&self) -> &Recipient {
        &self.identity.recipient
    }

    fn age(&self) -> &dyn age::Identity {
        self
    }
}

impl age::Identity for PluginKey {
    fn unwrap_stanza(
        &self,
        stanza: &AgeStanza,
    ) -> Option<Result<age_core::format::FileKey, age::DecryptError>> {
        self.unwrap_stanzas(std::slice::from_ref(stanza))
    }

    /// All at once, so that a plugin asks its person once a file.
    fn unwrap_stanzas(
        &self,
        stanzas: &[AgeStanza],
    ) -> Option<Result<age_core::format::FileKey, age::DecryptError>> {
        let stanzas: Vec<Stanza> = stanzas.iter().map(of_age).collect();
        let opened = self.plugins.unwrap(&self.identity, &stanzas);
        let opened = opened.map_err(|fault| age::DecryptError::Io(io::Error::other(fault))).transpose()?;
        Some(opened.map(|key| age_core::format::FileKey::init_with_mut(|out| *out = *key.0)))
    }
}

/// A plugin's recipient together with the way to its program.
pub(super) struct PluginRecipient<'a> {
    pub(super) recipient: &'a Recipient,
    pub(super) plugins: &'a dyn Plugins,
}

impl age::Recipient for PluginRecipient<'_> {
    fn wrap_file_key(
        &self,
        file_key: &age_core::format::FileKey,
    ) -> Result<(Vec<AgeStanza>, HashSet<String>), age::EncryptError> {
        let file_key = FileKey(Zeroizing::new(*file_key.expose_secret()));
        let wrapped = self.plugins.wrap(self.recipient, &file_key);
        let stanzas = wrapped.map_err(|fault| age::EncryptError::Io(io::Error::other(fault)))?;
        Ok((stanzas.into_iter().map(to_age).collect(), HashSet::new()))
    }
}

/// Where no plugin may run.
pub struct NoPlugins;

impl Plugins for NoPlugins {
    fn unwrap(&self, identity: &PluginIdentity, _: &[Stanza]) -> Result<Option<FileKey>, PluginFault> {
        Err(PluginFault::NotAllowed { plugin: identity.plugin.clone() })
    }

    fn wrap(&self, recipient: &Recipient, _: &FileKey) -> Result<Vec<Stanza>, PluginFault> {
        Err(PluginFault::NotAllowed { plugin: recipient.plugin().unwrap_or_default().to_owned() })
    }
}

fn of_age(stanza: &AgeStanza) -> Stanza {
    let AgeStanza { tag, args, body } = stanza;
    Stanza { tag: tag.clone(), args: args.clone(), body: Zeroizing::new(body.clone()) }
}

fn to_age(stanza: Stanza) -> AgeStanza {
    AgeStanza { tag: stanza.tag, args: stanza.args, body: stanza.body.to_vec() }
}

/// The fault of a plugin that lies within an error of the system's.
pub(super) fn fault_of(error: io::Error) -> Option<PluginFault> {
    error.into_inner()?.downcast::<PluginFault>().ok().map(|fault| *fault)
}
