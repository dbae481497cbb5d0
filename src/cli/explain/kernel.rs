//! What to do when something is not as the format has it.

use super::listed;
use crate::{
    kernel::{
        format::path,
        refusal::{LineFault, Refusal},
        seal::PluginFault,
    },
    ui::{Class, Failure},
};

/// Explains a refusal.
pub(super) fn refusal(refusal: &Refusal) -> Failure {
    let (class, hint) = class_and_hint(refusal);
    let failure = Failure::new(class, refusal.code(), refusal.to_string());
    let failure = match refusal {
        Refusal::KeyMissing { readers, .. } => failure.detail("readable by", listed(readers)),
        _ => failure,
    };
    let failure = match hint {
        Some(hint) => failure.help(hint),
        None => failure,
    };
    match refusal {
        Refusal::RosterChanged { .. } | Refusal::AdminsDiffer => {
            failure.help("after a merge: `cargo vault resolve` brings both sides together")
        }
        _ => failure,
    }
}

fn who_changed(place: &str) -> String {
    // What lies there is not in git's history: git is told to leave it out.
    if place.starts_with(path::WORK) {
        return format!("`git clean -fdX -- .vault/{}` clears what was under way", path::WORK);
    }
    format!("`git log -p -- .vault/{}` shows who changed it", typable(place))
}

/// A path that can be typed in a shell as it stands, and does nothing there: where somebody chose another name, the folder that it
/// lies in.
fn typable(path: &str) -> &str {
    let plain = |b: u8| b.is_ascii_alphanumeric() || b"_-.+=@/".contains(&b);
    match path.bytes().position(|b| !plain(b)) {
        None => path,
        Some(at) => path[..at].rsplit_once('/').map_or("", |(folder, _)| folder),
    }
}

fn class_and_hint(refusal: &Refusal) -> (Class, Option<String>) {
    match refusal {
        Refusal::Name { .. } | Refusal::Anchor => (Class::Usage, None),
        Refusal::Variable { .. } => (Class::Conflict, None),
        Refusal::NameCase { .. } => (
            Class::Conflict,
            Some("a name keeps its spelling, even after it was moved or removed".to_owned()),
        ),
        Refusal::Conflict { .. } => (
            Class::Conflict,
            Some("`cargo vault resolve` brings both sides together".to_owned()),
        ),
        Refusal::Fixed { path } => (
            Class::Refused,
            Some(format!("`git checkout -- .vault/{path}` puts it back as it was committed")),
        ),
        Refusal::Newer { .. } | Refusal::Line { fault: LineFault::Newer, .. } => {
            (Class::Refused, Some("a newer cargo-vault reads it".to_owned()))
        }
        Refusal::DeadRecipient { .. } | Refusal::CannotWrap { .. } | Refusal::ValueTooLarge { .. } => {
            (Class::Refused, None)
        }
        Refusal::Identity | Refusal::Passphrase | Refusal::Protected => (Class::Locked, None),
        Refusal::IdentityRecipient => (
            Class::Locked,
            Some(
                "write `# recipient: age1…` above it, as the plugin said when it made the identity"
                    .to_owned(),
            ),
        ),
        Refusal::IdentitySeed => (
            Class::Locked,
            Some("copy the file anew from where it was whole: without that line you read and do not sign".to_owned()),
        ),
        Refusal::SshKey => (
            Class::Locked,
            Some(
                "`cargo vault identity new` makes an identity; `ssh-ed25519` and `ssh-rsa` keys open too"
                    .to_owned(),
            ),
        ),
        Refusal::Plugin(fault) => (Class::Locked, plugin(fault)),
        Refusal::KeyMissing { path, .. } => {
            let path = typable(path.strip_prefix(".vault/").unwrap_or(path));
            (Class::Locked, Some(format!("`git log -- .vault/{path}` shows who removed it")))
        }
        Refusal::Replaced { .. } | Refusal::AnchorVault { .. } => (
            Class::Tampered,
            Some(
                "if it was replaced on purpose: `cargo vault trust ANCHOR`, with what `cargo vault trust --show` shows a member"
                    .to_owned(),
            ),
        ),
        Refusal::Epoch { env, .. } | Refusal::OtherKey { env, .. } => {
            (Class::Tampered, Some(format!("`cargo vault repair -e {env}` seals it under the present key")))
        }
        other => (Class::Tampered, tampered_path(other).map(|path| who_changed(&path))),
    }
}

fn plugin(fault: &PluginFault) -> Option<String> {
    match fault {
        PluginFault::NotAllowed { plugin } => {
            Some(format!("`cargo vault config set plugins.allow {plugin}` lets it run"))
        }
        PluginFault::NoProgram { plugin } => {
            Some(format!("install `age-plugin-{plugin}` in a folder of the PATH"))
        }
        PluginFault::RelativePath { .. } => Some(
            "take the entry out of PATH: whoever writes the project could put a program there".to_owned(),
        ),
        PluginFault::Failed { .. } | PluginFault::Says { .. } => None,
    }
}

/// The file to look at for what can only come from tampering, or from a mistake that looks like it.
#[expect(clippy::too_many_lines, reason = "a table is as long as it is")]
fn tampered_path(refusal: &Refusal) -> Option<String> {
    match refusal {
        Refusal::NotPlain { path }
        | Refusal::NotFolder { path }
        | Refusal::TooLarge { path, .. }
        | Refusal::Missing { path }
        | Refusal::Stray { path }
        | Refusal::NotText { path }
        | Refusal::Trailer { path }
        | Refusal::Syntax { path, .. }
        | Refusal::Reprint { path, .. }
        | Refusal::Path { path, .. }
        | Refusal::Record { path, .. }
        | Refusal::NotWriter { path, .. }
        | Refusal::FormerKey { path, .. }
        | Refusal::Signature { path, .. }
        | Refusal::Seal { path, .. }
        | Refusal::Padding { path, .. }
        | Refusal::KeyArmor { path }
        | Refusal::KeyStanzas { path }
        | Refusal::KeyScrypt { path }
        | Refusal::KeyUnwrap { path }
        | Refusal::KeyLength { path, .. }
        | Refusal::Commitment { path }
        | Refusal::RequestName { path, .. }
        | Refusal::RequestKeys { path }
        | Refusal::RequestSignature { path } => Some(path.clone()),
        Refusal::Roster(_)
        | Refusal::RosterChanged { .. }
        | Refusal::AdminsDiffer
        | Refusal::RosterVault { .. } => Some(path::ROSTER.to_owned()),
        Refusal::Line { .. }
        | Refusal::EmptyLog
        | Refusal::Forked { .. }
        | Refusal::AnchorCut { .. }
        | Refusal::AnchorDiffers { .. } => Some(path::LOG.to_owned()),
        Refusal::RolledBack { env, name, .. }
        | Refusal::Rewritten { env, name, .. }
        | Refusal::Vanished { env, name, .. } => Some(path::secret(env, name)),
        Refusal::Name { .. }
        | Refusal::Anchor
        | Refusal::NameCase { .. }
        | Refusal::Variable { .. }
        | Refusal::Conflict { .. }
        | Refusal::Fixed { .. }
        | Refusal::Newer { .. }
        | Refusal::DeadRecipient { .. }
        | Refusal::CannotWrap { .. }
        | Refusal::ValueTooLarge { .. }
        | Refusal::Identity
        | Refusal::IdentityRecipient
        | Refusal::IdentitySeed
        | Refusal::SshKey
        | Refusal::Plugin(_)
        | Refusal::Passphrase
        | Refusal::Protected
        | Refusal::KeyMissing { .. }
        | Refusal::Replaced { .. }
        | Refusal::AnchorVault { .. }
        | Refusal::Epoch { .. }
        | Refusal::OtherKey { .. } => None,
    }
}
