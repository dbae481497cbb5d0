//! `cargo vault init`: makes a vault.

mod from;

use std::path::{Path, PathBuf};

use clap::ValueHint;
use serde_json::{Value, json};

use super::{
    super::{
        End,
        ctx::{Ctx, usage},
        explain::{IDENTITY_EXISTS, lost_key},
        reveal::text,
    },
    git::offer,
    identity, recovery,
};
use crate::{
    git,
    kernel::{
        name::{EnvName, MemberName},
        seal::{Identity, MemberKey, Recipient, Unwraps},
        secret::Secret,
    },
    store::{GitPlace, Place, StoreError, place_for_new},
    ui::{Failure, Page, Report},
    vault::{Founded, Founding, Introduction, VaultError, create, excluded, would_publish},
};

/// Make a vault in this folder
///
/// You become its first admin, with the identity that you have or with a new one.
///
/// With --from a new vault takes the place of one that has no admin left, or an admin's key of which was stolen: the values that
/// a key of yours opens come along, sealed anew, and nobody else does. Your identity in it is always a new one. With --at they
/// come from an earlier commit, which is verified by itself: name one from before the theft.
#[derive(Debug, clap::Args)]
#[command(
    after_help = "Examples:\n  cargo vault init\n  cargo vault init --name ana -e dev -e prod --recovery\n  \
                  cargo vault init --from --yes\n  cargo vault init --from --at HEAD --yes"
)]
pub(in crate::cli) struct Args {
    /// Your name in the vault; else git's user.name, else the login
    #[arg(long, value_parser = member_name, value_hint = ValueHint::Other)]
    name: Option<MemberName>,
    /// Protect a new identity with a passphrase
    #[arg(long)]
    passphrase: bool,
    /// Keep a new identity there
    #[arg(long = "in", value_name = "PLACE", value_enum, conflicts_with = "passphrase")]
    home: Option<identity::Home>,
    /// Also add a recovery identity, shown once
    #[arg(long)]
    recovery: bool,
    /// Have `cargo publish` leave the vault out, in Cargo.toml
    #[arg(long)]
    exclude: bool,
    /// Take the values of another vault: the one in this folder, or the one there
    #[arg(
        long,
        value_name = "DIR",
        num_args = 0..=1,
        default_missing_value = ".",
        value_hint = ValueHint::DirPath
    )]
    from: Option<PathBuf>,
    /// Take them as this commit has them
    #[arg(long, value_name = "REV", requires = "from", value_hint = ValueHint::Other)]
    at: Option<String>,
    /// The name of the new identity among yours; else `default`, or with a number
    #[arg(
        long = "as",
        value_name = "NAME",
        requires = "from",
        value_hint = ValueHint::Other,
        value_parser = identity::name
    )]
    own: Option<String>,
}

/// A vault that was made, and for whom.
struct Made {
    introduction: Introduction,
    unkept: Option<StoreError>,
    founder: MemberName,
    environments: Vec<EnvName>,
    key: MemberKey,
    origin: String,
    came: Option<from::Came>,
}

/// Parses a member's name.
pub(in crate::cli) fn member_name(text: &str) -> Result<MemberName, String> {
    MemberName::parse(text).map_err(|refusal| refusal.to_string())
}

pub(in crate::cli) fn run(ctx: &Ctx, args: &Args) -> Result<End, Failure> {
    if args.recovery {
        ctx.can_show_a_key()?;
    }
    let made = match &args.from {
        Some(from) => from::found(ctx, args, from)?,
        None => new(ctx, args)?,
    };
    let Made { introduction, unkept, founder, environments, key, origin, came } = made;
    ctx.about_vault(introduction.vault);
    ctx.about(Some(&founder), environments.first());
    let recipient = key.recipient().clone();
    let reserve = recovery::default_name();
    let recovery = if args.recovery { Some(recovery::enrol(ctx, Some(key), &reserve)?) } else { None };
    let report = Done { introduction, founder, environments, recipient, origin, recovery, came };
    ctx.ui.report(&report).map_err(|error| match args.recovery {
        true => lost_key(&reserve, "cargo vault recovery create", &error),
        false => error.into(),
    })?;
    let Done { introduction, came, .. } = &report;
    if let Some(error) = unkept {
        let why = if ctx.has_home() { error.to_string() } else { "this user has no home folder".to_owned() };
        ctx.ui.warning(&format!("nothing here can remember that this vault is yours: {why}"));
        ctx.ui.help(&format!("`export CVAULT_TRUST={}` has each command know it", introduction.anchor));
    }
    exclude(ctx, args.exclude)?;
    if came.is_none() {
        offer(ctx);
    }
    if !args.recovery {
        ctx.ui.help("`cargo vault recovery create` adds a key to keep offline, should yours be lost");
    }
    match came {
        Some(_) => from::Came::advise(ctx, introduction),
        None => ctx.ui.help("`cargo vault set DATABASE_URL` sets the first secret"),
    }
    Ok(End::Done)
}

/// Founds an empty vault.
fn new(ctx: &Ctx, args: &Args) -> Result<Made, Failure> {
    let place = place_for_new(&ctx.cwd)?;
    not_there(&place)?;
    let founder = own_name(ctx, args.name.as_ref(), place.git.as_ref())?;
    let (key, origin) = own_key(ctx, args.passphrase, args.home)?;
    let environments = match &ctx.envs[..] {
        [] => vec![EnvName::parse("dev").expect("`dev` is a name")],
        named => named.to_vec(),
    };
    if let Some(twice) = (1..environments.len()).find(|i| environments[..*i].contains(&environments[*i])) {
        return Err(usage("name", format!("environment `{}` is named twice", environments[twice])));
    }
    let plugins = ctx.plugins(plugin(&key));
    let Founded { introduction, unkept } = create(
        &Founding {
            place: &place,
            data: ctx.data(),
            founder: &founder,
            key: &key,
            plugins: &*plugins,
            environments: &environments,
            now: ctx.now,
        },
        None,
    )?;
    Ok(Made { introduction, unkept, founder, environments, key, origin, came: None })
}

/// Refuses a place that has a vault.
fn not_there(place: &Place) -> Result<(), VaultError> {
    match place.vault.join("roster.toml").exists() {
        true => Err(VaultError::Exists { path: place.vault.clone() }),
        false => Ok(()),
    }
}

/// Somebody's own name: given, else git's, else the login.
pub(super) fn own_name(
    ctx: &Ctx,
    given: Option<&MemberName>,
    git: Option<&GitPlace>,
) -> Result<MemberName, Failure> {
    if let Some(name) = given {
        return Ok(name.clone());
    }
    let folder = git.map(|git| git.folder.as_path());
    let login = || {
        ctx.variable("USER")
            .or_else(|| ctx.variable("LOGNAME"))
            .map(|name| name.to_string_lossy().into_owned())
    };
    let known = [git::user_name(folder), login()].into_iter().flatten();
    let name = known.filter_map(|person| MemberName::from_person(&person)).next();
    name.ok_or_else(|| {
        usage("no-name", "neither git nor the system knows your name").help("`--name ana` gives one")
    })
}

/// The key that this command would use anyway, or a new identity of the user's. An SSH key is taken only if it was named: it
/// is there for something else.
fn own_key(
    ctx: &Ctx,
    passphrase: bool,
    home: Option<identity::Home>,
) -> Result<(MemberKey, String), Failure> {
    match found_key(ctx)? {
        Some(own) => Ok(own),
        None => new_key(ctx, passphrase, home),
    }
}

/// A new identity of the user's.
pub(super) fn new_key(
    ctx: &Ctx,
    passphrase: bool,
    home: Option<identity::Home>,
) -> Result<(MemberKey, String), Failure> {
    let made = Identity::generate();
    match identity::keep(ctx, &made, "default", passphrase, home) {
        Ok(place) => Ok((MemberKey::Native(made), place.to_string())),
        // Another command has made it meanwhile.
        Err(failure) if failure.code == IDENTITY_EXISTS => found_key(ctx)?.ok_or(failure),
        Err(failure) => Err(failure),
    }
}

fn found_key(ctx: &Ctx) -> Result<Option<(MemberKey, String)>, Failure> {
    let keyring = ctx.keyring()?;
    let named = keyring.is_named();
    let Ok(candidate) = keyring.find(|recipient| named || !recipient.is_ssh())? else { return Ok(None) };
    let origin = candidate.origin.to_string();
    Ok(Some((candidate.open(&ctx.ask())?, origin)))
}

/// The plugin that may run, since the key is its own.
fn plugin(key: &MemberKey) -> Option<&str> {
    match key {
        MemberKey::Plugin(key) => Some(key.plugin()),
        MemberKey::Native(_) | MemberKey::Ssh(_) => None,
    }
}

/// `cargo publish` packs hidden folders too. Told, or with `--exclude` mended.
fn exclude(ctx: &Ctx, mend: bool) -> Result<(), Failure> {
    let manifest = ctx.cwd.join("Cargo.toml");
    let text = std::fs::read_to_string(&manifest).ok();
    let Some(text) = text.filter(|text| would_publish(text, ".vault")) else { return Ok(()) };
    let excluded = excluded(&text, ".vault");
    let Some(excluded) = excluded.as_ref().filter(|_| mend) else {
        ctx.ui.warning("`cargo publish` would pack `.vault` into the crate");
        let how = if excluded.is_some() { "`cargo vault init --exclude` would have added" } else { "add" };
        ctx.ui.help(&format!("{how} `exclude = [\"/.vault\"]` under `[package]` in `Cargo.toml`"));
        return Ok(());
    };
    let written = replace(&manifest, excluded);
    written.map_err(|e| {
        Failure::new(crate::ui::Class::Refused, "write", format!("`Cargo.toml` cannot be written: {e}"))
    })?;
    ctx.ui.status("excluded `.vault` from the published crate, in `Cargo.toml`");
    Ok(())
}

fn replace(manifest: &Path, text: &str) -> std::io::Result<()> {
    use std::io::Write;
    let staged: PathBuf = manifest.with_extension("toml.new");
    let mut file = std::fs::OpenOptions::new().write(true).create_new(true).open(&staged)?;
    let moved = file.write_all(text.as_bytes()).and_then(|()| std::fs::rename(&staged, manifest));
    moved.inspect_err(|_| {
        // The first error is the one to tell.
        let _ = std::fs::remove_file(&staged);
    })
}

struct Done {
    introduction: Introduction,
    founder: MemberName,
    environments: Vec<EnvName>,
    recipient: Recipient,
    origin: String,
    recovery: Option<Secret>,
    came: Option<from::Came>,
}

impl Report for Done {
    fn text(&self, page: &mut Page) {
        let names = self.environments.iter().map(|env| format!("`{env}`")).collect::<Vec<_>>().join(", ");
        let word = if self.environments.len() == 1 { "environment" } else { "environments" };
        page.line(format!("created .vault with {word} {names}; you are `{}`, its first admin", self.founder));
        let identity = format!("{}  (in {})", self.recipient, self.origin);
        let mut pairs = vec![("vault", self.introduction.vault.to_string()), ("identity", identity)];
        pairs.extend(self.came.iter().flat_map(from::Came::pairs));
        page.pairs(&pairs);
        if let Some(key) = &self.recovery {
            recovery::print(page, key);
        }
    }

    fn json(&self) -> Value {
        json!({
            "vault": self.introduction.vault.hex(),
            "anchor": self.introduction.anchor.to_string(),
            "environments": self.environments,
            "member": self.founder,
            "recipient": self.recipient.as_str(),
            "identity": self.origin,
            "recovery": self.recovery.as_ref().map(text),
            "from": self.came.as_ref().map(from::Came::json),
        })
    }
}
