//! What is wrong between a tree and the commits before it, as facts.

use crate::{
    git::{Commit, GitError},
    kernel::{
        name::{EnvName, MemberName, SecretName, VaultId},
        refusal::Refusal,
    },
    unlock::Seen,
};

/// A commit, and who made it as it says itself.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct By {
    /// The commit.
    pub commit: String,
    /// Nobody has signed that.
    pub author: String,
}

impl By {
    pub(super) fn of(commit: &Commit) -> Self {
        Self { commit: commit.id.to_string(), author: commit.author.clone() }
    }
}

/// What is wrong between a tree and the commits before it.
#[derive(Debug, thiserror::Error)]
#[expect(missing_docs, reason = "the message of each variant is its documentation")]
pub enum PastFault {
    #[error(
        "`{env}/{name}` was put back: commit {} has revision {had}, here is revision {found}",
        short(commit)
    )]
    PutBack { env: EnvName, name: SecretName, had: u64, found: u64, commit: String, by: Option<By> },
    #[error(
        "`{env}/{name}` has other bytes here than in commit {}: both are revision {revision}",
        short(commit)
    )]
    Twice { env: EnvName, name: SecretName, revision: u64, commit: String, by: Option<By> },
    #[error("`{env}/{name}` has vanished without a tombstone: commit {} has revision {had}", short(commit))]
    Lost { env: EnvName, name: SecretName, had: u64, commit: String, by: Option<By> },
    #[error(
        "`.vault/roster.log` lacks line {line}, which commit {} has and no admin has dropped",
        short(commit)
    )]
    LogCut { line: usize, commit: String, by: Option<By> },
    #[error("commit {} has another vault ({found}) than the one here ({known})", short(commit))]
    OtherVault { commit: String, known: VaultId, found: VaultId },

    #[error("in commit {}: {fault}", short(commit))]
    There { commit: String, fault: Refusal },
    #[error("commit {} has no environment `{env}`", short(commit))]
    NoEnvironment { env: EnvName, commit: String },
    #[error("environment `{env}` has no secret `{name}` in commit {}", short(commit))]
    NoSecret { env: EnvName, name: SecretName, commit: String, nearest: Option<SecretName> },
    #[error("{} environment `{env}` as commit {} has it", locked(keys.len()), short(commit))]
    Locked { env: EnvName, commit: String, keys: Vec<Seen>, readers: Vec<MemberName> },
    #[error("no commit that leads here has version {number} of `{env}/{name}`")]
    NoVersion { env: EnvName, name: SecretName, number: u64, have: Vec<u64> },
    #[error("`{env}/{name}` was changed while it was looked at")]
    Changed { env: EnvName, name: SecretName },
    #[error("no commit here has a key that you open for `{env}/{name}` as it was signed")]
    NoKey { env: EnvName, name: SecretName, former: Option<MemberName> },

    #[error("there is no git repository around this vault")]
    NoGit,
    #[error("git finds no commit `{}`", revision.escape_debug())]
    NoRevision { revision: String, fault: Box<GitError> },
    #[error("commit {} has no vault", short(commit))]
    NoVault { commit: String },
    #[error("`{}` and commit {} have no commit in common here", base.escape_debug(), short(commit))]
    Unrelated { base: String, commit: String, shallow: bool },
}

fn locked(keys: usize) -> String {
    match keys {
        0 => "no key of yours was found to open".to_owned(),
        1 => "your one key does not open".to_owned(),
        many => format!("none of your {many} keys opens"),
    }
}

/// The first digits of a commit's name, as people write it.
pub(in crate::vault) fn short(commit: &str) -> &str {
    commit.get(..12).unwrap_or(commit)
}
