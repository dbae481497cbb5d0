//! Why a vault did not do what it was asked, as facts.

use std::path::PathBuf;

use crate::{
    git::GitError,
    kernel::{
        model::{Kind, Role},
        name::{EnvName, MemberName, SecretName},
        refusal::Refusal,
        seal::Recipient,
        time::Timestamp,
        tree::TreeError,
    },
    store::StoreError,
    unlock::{KeychainFault, Origin, Seen, UnlockError},
};

use super::{DriverFault, Introduction, Loses, MergeFault, PastFault, TeamFault};

/// Why a vault did not do what it was asked.
#[derive(Debug, thiserror::Error)]
#[expect(missing_docs, reason = "the message of each variant is its documentation")]
pub enum VaultError {
    #[error(transparent)]
    Refused(#[from] Refusal),
    #[error(transparent)]
    Store(#[from] StoreError),
    #[error("cannot read `.vault/{path}`: {source}")]
    Read { path: String, source: std::io::Error },
    #[error(transparent)]
    Git(#[from] GitError),
    #[error(transparent)]
    Unlock(#[from] UnlockError),
    #[error(transparent)]
    Past(Box<PastFault>),
    #[error(transparent)]
    Driver(Box<DriverFault>),
    #[error(transparent)]
    Merge(Box<MergeFault>),

    #[error("this vault is not known here yet")]
    FirstUse(Box<Introduction>),
    #[error("on the default branch, in commit {}: {fault}", commit.get(..12).unwrap_or(commit))]
    DefaultBranch { commit: String, fault: Refusal },
    #[error("there is a vault in `{}` already", path.display())]
    Exists { path: PathBuf },
    #[error("environment `{name}` does not exist")]
    NoEnvironment { name: EnvName, nearest: Option<EnvName> },
    #[error("environment `{name}` exists already")]
    EnvironmentExists { name: EnvName },
    #[error("`{name}` is the default environment")]
    EnvironmentIsDefault { name: EnvName },
    #[error("environment `{by}` extends `{name}`")]
    EnvironmentExtended { name: EnvName, by: EnvName },
    #[error("environment `{env}` has no secret `{name}`")]
    NoSecret { env: EnvName, name: SecretName, nearest: Option<SecretName>, elsewhere: Vec<EnvName> },
    #[error("`{env}/{name}` was deleted on {at}")]
    Deleted { env: EnvName, name: SecretName, at: Timestamp, elsewhere: Vec<EnvName> },
    #[error("`{env}/{name}` has no current value yet")]
    NotCurrent { env: EnvName, name: SecretName },
    #[error("`{env}/{name}` has no version {number} in its file")]
    NoVersion { env: EnvName, name: SecretName, number: u64, have: Vec<u64> },
    #[error("`{env}/{name}` exists already (version {number})")]
    SecretExists { env: EnvName, name: SecretName, number: u64 },
    #[error("`{env}/{name}` is where it should go already")]
    SamePlace { env: EnvName, name: SecretName },
    #[error("`{env}/{name}` stands in `{holder}`, which `{env}` extends")]
    Inherited { env: EnvName, name: SecretName, holder: EnvName },
    #[error("a rotation of `{env}/{name}` is not done yet")]
    Rotating { env: EnvName, name: SecretName },
    #[error("this value is not of kind `{}`", kind.as_str())]
    NotOfKind { kind: Kind },
    #[error("you have no identity `{name}`")]
    NoIdentity { name: String, nearest: Option<String> },
    #[error("you have an identity `{name}` already: {origin}")]
    IdentityExists { name: String, origin: Origin },
    #[error("several identities stand in it")]
    SeveralIdentities,
    #[error("this is an SSH key, which stays where ssh has it")]
    SshImport,
    #[error("this key is no admin's here, so it is no recovery key of this vault")]
    NotRecovery,
    #[error("there is no member `{name}`")]
    NoMember { name: MemberName, nearest: Option<MemberName> },
    #[error("`{recipient}` is a key of `{name}` already")]
    DeviceExists { name: MemberName, recipient: Recipient },
    #[error("`{name}` writes, so a signing key belongs to this recipient")]
    DeviceCannotSign { name: MemberName },
    #[error("`{name}` is a member already")]
    MemberExists { name: MemberName },
    #[error("`{name}` was a member once, and the name stays hers or his")]
    MemberWas { name: MemberName },
    #[error(transparent)]
    Team(#[from] TeamFault),

    #[error("`{name}` is the only admin here")]
    LastAdmin { name: MemberName },
    #[error("`{name}` is the only one who writes environment `{env}`")]
    LastWriter { name: MemberName, env: EnvName },
    #[error("`{name}` does not {} environment `{env}`", if *loses == Loses::Writing { "write" } else { "read" })]
    NotGranted { name: MemberName, env: EnvName, loses: Loses },
    #[error("`{name}` has no signing key, and an admin signs")]
    AdminCannotSign { name: MemberName },
    #[error("a new key of environment `{env}` is made by an admin who writes it, and `{me}` does not")]
    NotRenewer { env: EnvName, me: MemberName, able: Vec<MemberName> },
    #[error("who stays makes the new key of environment `{env}`, and `{me}` loses it")]
    OwnLeave { env: EnvName, me: MemberName, able: Vec<MemberName> },

    #[error("no key of yours was found, so environment `{env}` stays locked")]
    NoKey { env: EnvName, readers: Vec<MemberName>, approvers: Vec<MemberName> },
    #[error("{} open environment `{env}`", none_of(keys.len()))]
    Locked {
        env: EnvName,
        keys: Vec<Seen>,
        readers: Vec<MemberName>,
        /// Who has one of the keys.
        me: Option<Box<(MemberName, Role)>>,
        approvers: Vec<MemberName>,
    },
    #[error("`{me}` may not write environment `{env}`")]
    NotWriter {
        env: EnvName,
        me: MemberName,
        writers: Vec<MemberName>,
        /// Who could let him, if he can sign.
        approvers: Option<Vec<MemberName>>,
    },
    #[error("`{me}` may not change the roster")]
    NotAdmin { me: MemberName, admins: Vec<MemberName> },
    #[error("`{recipient}` signs nothing, and a vault's founder has to sign")]
    CannotFound { recipient: Recipient },
    #[error("`{me}` may only read with this key: the roster does not let it sign")]
    CannotSign { me: MemberName },
    #[error("this is an old commit or another branch, where environment `{env}` is not as it is now")]
    Aside { env: EnvName },
    #[error("this is an old commit or another branch, so the roster cannot be changed here")]
    AsideRoster,

    #[error("`{env}/{name}`: {fault}")]
    Of { env: EnvName, name: SecretName, fault: Box<VaultError> },
    #[error("{} things here are not in order", faults.len())]
    Several { faults: Vec<VaultError> },
}

fn none_of(keys: usize) -> String {
    if keys == 1 { "your one key cannot".to_owned() } else { format!("none of your {keys} keys can") }
}

impl From<TreeError> for VaultError {
    fn from(error: TreeError) -> Self {
        match error {
            TreeError::Refused(refusal) => Self::Refused(refusal),
            TreeError::Io { path, source } => Self::Read { path, source },
        }
    }
}

impl From<PastFault> for VaultError {
    fn from(fault: PastFault) -> Self {
        Self::Past(Box::new(fault))
    }
}

impl From<DriverFault> for VaultError {
    fn from(fault: DriverFault) -> Self {
        Self::Driver(Box::new(fault))
    }
}

impl From<MergeFault> for VaultError {
    fn from(fault: MergeFault) -> Self {
        Self::Merge(Box::new(fault))
    }
}

impl From<KeychainFault> for VaultError {
    fn from(fault: KeychainFault) -> Self {
        Self::Unlock(fault.into())
    }
}

impl VaultError {
    /// The same with the secret that it is about, where it does not name one itself.
    pub(super) fn of(self, env: &EnvName, name: &SecretName) -> Self {
        match self {
            Self::NotOfKind { .. } | Self::Refused(Refusal::ValueTooLarge { .. }) => {
                Self::Of { env: env.clone(), name: name.clone(), fault: Box::new(self) }
            }
            other => other,
        }
    }

    /// One error out of many: none for none, itself for one.
    pub(super) fn several(mut faults: Vec<Self>) -> Option<Self> {
        match faults.len() {
            0 => None,
            1 => faults.pop(),
            _ => Some(Self::Several { faults }),
        }
    }
}
