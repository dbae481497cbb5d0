//! What to do when two commits were not brought together.

use super::{kernel::refusal, listed, past::short};
use crate::{
    kernel::{model::RosterClash, name::MemberName},
    ui::{Class, Failure},
    vault::MergeFault,
};

/// Explains why.
pub(super) fn merging(fault: &MergeFault) -> Failure {
    let failure = |class, code| Failure::new(class, code, fault.to_string());
    match fault {
        MergeFault::Nothing => failure(Class::Refused, "nothing-merged")
            .help("`cargo vault verify` says whether anything is wrong, and what mends it"),
        MergeFault::NotBefore { .. } => failure(Class::Refused, "not-before").help(
            "`git merge` brings another branch in, and `cargo vault resolve` what git cannot merge of it",
        ),
        MergeFault::NoVault { .. } => failure(Class::NotFound, "no-vault"),
        MergeFault::Side { fault: why, commit } => {
            let Failure { class, code, .. } = refusal(why);
            failure(class, code)
                .help(format!("`git log -p {} -- .vault` shows who made it so", short(commit)))
        }
        MergeFault::NoAdmin { .. } => failure(Class::Tampered, "forked")
            .help("git can take back what it began, as with `git merge --abort`")
            .help("what is wanted of it, an admin does again on the side that stays"),
        MergeFault::NoBase { .. } => failure(Class::NotFound, "no-base")
            .help("`git fetch --unshallow` fetches the older commits, `git fetch --all` other branches"),
        MergeFault::Clash(clash) => way_out(failure(Class::Conflict, "roster-clash"), clash),
        MergeFault::OwnLeave { able, .. } => who_can(failure(Class::Refused, "own-leave"), able),
        MergeFault::CannotOpen { readers, .. } => {
            failure(Class::Locked, "locked").detail("readable by", listed(readers))
        }
    }
}

fn way_out(failure: Failure, clash: &RosterClash) -> Failure {
    let begun = "git can take back what it began, as with `git merge --abort`";
    match clash {
        RosterClash::Member(name) => failure.help(begun).help(format!(
            "on the branch that nobody has yet, undo the commit that let `{name}` in, and use another name"
        )),
        RosterClash::Environment(name) => failure.help(begun).help(format!(
            "on the branch that nobody has yet, undo the commit that made `{name}`, and use another name; note its values first"
        )),
        RosterClash::Rule(_) => failure
            .help(begun)
            .help("change one side first so that both fit: `cargo vault member` and `cargo vault env` do it"),
    }
}

fn who_can(failure: Failure, able: &[MemberName]) -> Failure {
    if able.is_empty() { failure } else { failure.detail("who can", listed(able)) }
}
