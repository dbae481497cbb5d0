//! Why two commits were not brought together, as facts.

use crate::{
    kernel::{
        model::RosterClash,
        name::{EnvName, MemberName},
        refusal::Refusal,
    },
    vault::history::short,
};

/// Why two commits were not brought together.
#[derive(Debug, thiserror::Error)]
#[expect(missing_docs, reason = "the message of each variant is its documentation")]
pub enum MergeFault {
    #[error("nothing is being merged here")]
    Nothing,
    #[error("`{}` names no commit that leads to HEAD", revision.escape_debug())]
    NotBefore { revision: String },
    #[error("commit {} has no vault, so there is nothing to bring together", short(commit))]
    NoVault { commit: String },
    #[error("of the two sides, commit {} is not in order: {fault}", short(commit))]
    Side { commit: String, fault: Refusal },
    #[error(
        "line {line} of the log of commit {} was signed by somebody who is no admin any more",
        short(commit)
    )]
    NoAdmin { commit: String, line: usize },
    #[error("no commit here has the roster of line {line}, from which the two sides part")]
    NoBase { line: usize },
    #[error(transparent)]
    Clash(#[from] RosterClash),
    #[error("the other side takes from `{me}` what the line that brings both together needs")]
    OwnLeave { me: MemberName, able: Vec<MemberName> },
    #[error("`{me}` cannot open environment `{env}` as commit {} has it", short(commit))]
    CannotOpen { me: MemberName, env: EnvName, commit: String, readers: Vec<MemberName> },
}
