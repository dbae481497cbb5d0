//! `cargo vault identity`: the keys that unlock and sign, yours to make, keep and carry.

mod enrol;
mod export;
mod forget;
mod import;
mod list;
mod new;
mod protect;
mod show;

use clap::ValueEnum;

use super::super::{
    End,
    ctx::{Ctx, usage},
    explain::{IDENTITY_EXISTS, KEYCHAIN},
};
use crate::{
    kernel::{
        model::Action,
        seal::{Identity, MemberKey, Passphrase},
    },
    ui::{Class, Failure},
    unlock::Index,
    vault::{Identities, Keeping, Own},
};

pub(super) use new::keep;

/// Make, keep and carry the keys that unlock and sign
#[derive(Debug, clap::Args)]
#[command(after_help = "Examples:\n  cargo vault identity new laptop\n  \
                  cargo vault identity show\n  \
                  cargo vault identity export default -o offline.txt")]
pub(in crate::cli) struct Args {
    #[command(subcommand)]
    command: Command,
}

#[derive(Debug, clap::Subcommand)]
enum Command {
    New(new::Args),
    #[command(visible_alias = "ls")]
    List(list::Args),
    Show(show::Args),
    Import(import::Args),
    Export(export::Args),
    Protect(protect::Args),
    Forget(forget::Args),
    Enrol(enrol::Args),
}

impl Args {
    pub(super) fn action(&self) -> Option<Action> {
        Some(match self.command {
            Command::List(_) | Command::Show(_) => return None,
            Command::New(_) => Action::IdentityNew,
            Command::Import(_) => Action::IdentityImport,
            Command::Export(_) => Action::IdentityExport,
            Command::Protect(_) => Action::IdentityProtect,
            Command::Forget(_) => Action::IdentityForget,
            Command::Enrol(_) => Action::DeviceAdd,
        })
    }
}

pub(in crate::cli) fn run(ctx: &Ctx, args: &Args) -> Result<End, Failure> {
    match &args.command {
        Command::New(args) => new::run(ctx, args),
        Command::List(args) => list::run(ctx, args),
        Command::Show(args) => show::run(ctx, args),
        Command::Import(args) => import::run(ctx, args),
        Command::Export(args) => export::run(ctx, args),
        Command::Protect(args) => protect::run(ctx, args),
        Command::Forget(args) => forget::run(ctx, args),
        Command::Enrol(args) => enrol::run(ctx, args),
    }
}

/// Where to keep an identity.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(in crate::cli) enum Home {
    /// The system's keychain
    Keychain,
    /// A file of mode 0600 in your configuration folder
    File,
}

/// The place that was asked for, or the best there is.
pub(super) fn keeping(home: Option<Home>) -> Keeping {
    match home {
        None => Keeping::Best,
        Some(Home::Keychain) => Keeping::Keychain,
        Some(Home::File) => Keeping::File,
    }
}

/// The name of an identity that there is, so that completion knows it.
#[derive(Clone, Debug)]
pub(in crate::cli) struct OwnName(String);

impl std::ops::Deref for OwnName {
    type Target = str;

    fn deref(&self) -> &str {
        &self.0
    }
}

/// Parses the name of an identity that is to be there.
pub(super) fn own_name(text: &str) -> Result<OwnName, String> {
    name(text).map(OwnName)
}

/// Parses the name of an identity, which becomes the name of a file.
pub(super) fn name(text: &str) -> Result<String, String> {
    if Index::is_name(text) {
        Ok(text.to_owned())
    } else {
        Err("it has 1 to 64 letters, digits, `-` and `_`".to_owned())
    }
}

/// Lends the user's own identities.
pub(super) fn with_own<T>(
    ctx: &Ctx,
    act: impl FnOnce(&Identities<'_>) -> Result<T, Failure>,
) -> Result<T, Failure> {
    let (config, keychain) = (ctx.config()?, ctx.keychain());
    act(&Identities { config, keychain: &keychain, now: ctx.now })
}

/// A new passphrase, typed twice.
pub(super) fn new_passphrase(ctx: &Ctx) -> Result<Passphrase, Failure> {
    let typed = ctx.ui.hidden_twice("New passphrase")?;
    if typed.is_empty() {
        return Err(usage("no-passphrase", "an empty passphrase protects nothing"));
    }
    Ok(Passphrase::new(typed))
}

/// The one native identity of a name, opened.
fn native(ctx: &Ctx, identities: &Identities<'_>, name: &str) -> Result<(Identity, Own), Failure> {
    let mut found = identities.named(name)?;
    let own = found.pop().expect("a name that is found has an identity");
    if !found.is_empty() {
        return Err(Failure::new(Class::Refused, "several", format!("`{name}` holds several identities"))
            .help("give each a file of its own"));
    }
    // Opened from a second look, since the first is what the caller goes on with.
    let again = identities.named(name)?.pop().expect("it was just found");
    match again.candidate.open(&ctx.ask())? {
        MemberKey::Native(identity) => Ok((identity, own)),
        MemberKey::Plugin(_) => Err(not_native(&own, "a plugin's identity", "its token guards it")),
        MemberKey::Ssh(_) => Err(not_native(&own, "an SSH key", "`ssh-keygen -p` guards it by a passphrase")),
    }
}

fn not_native(own: &Own, what: &str, guard: &str) -> Failure {
    let error = format!("{} is {what}", own.candidate.origin);
    Failure::new(Class::Refused, "not-native", error).help(format!("it can be copied as it is; {guard}"))
}

/// A failure to keep an identity, with the other place that there is.
fn not_kept(failure: Failure) -> Failure {
    match failure.code {
        KEYCHAIN => failure.help("`--in file` keeps it in a file of yours"),
        _ => failure,
    }
}

/// The same, with what gives it another name.
pub(super) fn not_named(failure: Failure, other: impl Into<String>) -> Failure {
    match failure.code {
        IDENTITY_EXISTS => failure.help(other),
        _ => failure,
    }
}
