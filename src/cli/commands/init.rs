//! `cargo vault init`: makes a vault.

use std::path::{Path, PathBuf};

use serde_json::{Value, json};

use super::{
    super::{
        End,
        ctx::{Ctx, usage},
        explain::{EXISTS, lost_key},
    },
    identity, recovery,
};
use crate::{
    git,
    kernel::{
        name::{EnvName, MemberName},
        seal::{Identity, Recipient},
        secret::Secret,
    },
    store::{Place, place_for_new},
    ui::{Failure, Page, Report},
    vault::{Founded, Founding, Introduction, create},
};

/// Make a vault in this folder
///
/// You become its first admin, with the identity that you have or with a new one.
#[derive(Debug, clap::Args)]
#[command(
    after_help = "Examples:\n  cargo vault init\n  cargo vault init --name ana -e dev -e prod --recovery"
)]
pub(in crate::cli) struct Args {
    /// Your name in the vault; else git's user.name, else the login
    #[arg(long, value_parser = member_name)]
    name: Option<MemberName>,
    /// Protect a new identity with a passphrase
    #[arg(long)]
    passphrase: bool,
    /// Also add a recovery identity, shown once
    #[arg(long)]
    recovery: bool,
    /// Have `cargo publish` leave the vault out, in Cargo.toml
    #[arg(long)]
    exclude: bool,
}

/// Parses a member's name.
pub(in crate::cli) fn member_name(text: &str) -> Result<MemberName, String> {
    MemberName::parse(text).map_err(|refusal| refusal.to_string())
}

pub(in crate::cli) fn run(ctx: &Ctx, args: &Args) -> Result<End, Failure> {
    let place = place_for_new(&ctx.cwd)?;
    if place.vault.join("roster.toml").exists() {
        return Err(crate::vault::VaultError::Exists { path: place.vault }.into());
    }
    if args.recovery {
        ctx.can_show_a_key()?;
    }
    let founder = name(ctx, args, &place)?;
    let (identity, origin) = own_identity(ctx, args)?;
    let environments = match &ctx.envs[..] {
        [] => vec![EnvName::parse("dev").expect("`dev` is a name")],
        named => named.to_vec(),
    };
    if let Some(twice) = (1..environments.len()).find(|i| environments[..*i].contains(&environments[*i])) {
        return Err(usage("name", format!("environment `{}` is named twice", environments[twice])));
    }
    let (now, data) = (ctx.now, ctx.data());
    let (environments, identity, founder) = (&environments[..], &identity, &founder);
    let founding = Founding { place: &place, data, founder, identity, environments, now };
    let Founded { introduction, unkept } = create(&founding)?;
    ctx.about_vault(introduction.vault);
    ctx.about(Some(founder), environments.first());
    let reserve = recovery::default_name();
    let recovery = if args.recovery { Some(recovery::enrol(ctx, Some(identity), &reserve)?) } else { None };
    let anchor = introduction.anchor.clone();
    let report =
        Done { introduction, founder, environments, recipient: identity.recipient(), origin, recovery };
    ctx.ui.report(&report).map_err(|error| match args.recovery {
        true => lost_key(&reserve, "cargo vault recovery create", &error),
        false => error.into(),
    })?;
    if let Some(error) = unkept {
        let why = if ctx.has_home() { error.to_string() } else { "this user has no home folder".to_owned() };
        ctx.ui.warning(&format!("nothing here can remember that this vault is yours: {why}"));
        ctx.ui.help(&format!("`export CVAULT_TRUST={}` has each command know it", anchor));
    }
    exclude(ctx, args.exclude)?;
    if !args.recovery {
        ctx.ui.help("`cargo vault recovery create` adds a key to keep offline, should yours be lost");
    }
    ctx.ui.help("`cargo vault set DATABASE_URL` sets the first secret");
    Ok(End::Done)
}

fn name(ctx: &Ctx, args: &Args, place: &Place) -> Result<MemberName, Failure> {
    if let Some(name) = &args.name {
        return Ok(name.clone());
    }
    let folder = place.git.as_ref().map(|git| git.folder.as_path());
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

/// The identity that this command would use anyway, or a new one in the user's configuration folder.
fn own_identity(ctx: &Ctx, args: &Args) -> Result<(Identity, String), Failure> {
    if let Some(own) = found_identity(ctx)? {
        return Ok(own);
    }
    let path = ctx.identities()?.join("default.txt");
    let made = Identity::generate();
    match identity::store(ctx, &made, &path, args.passphrase) {
        Ok(()) => Ok((made, format!("`{}`", path.display()))),
        // Another command has made it meanwhile.
        Err(failure) if failure.code == EXISTS => found_identity(ctx)?.ok_or(failure),
        Err(failure) => Err(failure),
    }
}

fn found_identity(ctx: &Ctx) -> Result<Option<(Identity, String)>, Failure> {
    let Ok(candidate) = ctx.keyring()?.find(|_| true)? else { return Ok(None) };
    let origin = candidate.origin.to_string();
    Ok(Some((candidate.open(&ctx.ask())?, origin)))
}

/// `cargo publish` packs hidden folders too. Told, or with `--exclude` mended.
fn exclude(ctx: &Ctx, mend: bool) -> Result<(), Failure> {
    let manifest = ctx.cwd.join("Cargo.toml");
    let Some(text) = std::fs::read_to_string(&manifest).ok().filter(|text| would_publish(text)) else {
        return Ok(());
    };
    let excluded = text.replacen("[package]\n", "[package]\nexclude = [\"/.vault\"]\n", 1);
    // A second `exclude` in the table would be no TOML.
    let parses = toml::from_str::<toml::Table>(&excluded).is_ok();
    let mendable = excluded != text && parses && !would_publish(&excluded);
    if !mend || !mendable {
        ctx.ui.warning("`cargo publish` would pack `.vault` into the crate");
        let how = if mendable { "`cargo vault init --exclude` would have added" } else { "add" };
        ctx.ui.help(&format!("{how} `exclude = [\"/.vault\"]` under `[package]` in `Cargo.toml`"));
        return Ok(());
    }
    let written = replace(&manifest, &excluded);
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

/// Whether a manifest is of a package that may be published with what lies beside it.
fn would_publish(manifest: &str) -> bool {
    let Ok(table) = toml::from_str::<toml::Table>(manifest) else { return false };
    let Some(package) = table.get("package").and_then(toml::Value::as_table) else { return false };
    let lists_vault = |list: &toml::Value| {
        let items = list.as_array().into_iter().flatten().filter_map(toml::Value::as_str);
        items.into_iter().any(|item| item.trim_matches('/').starts_with(".vault"))
    };
    let nowhere = |publish: &toml::Value| {
        publish.as_bool() == Some(false) || publish.as_array().is_some_and(Vec::is_empty)
    };
    let published = !package.get("publish").is_some_and(nowhere);
    // cargo does not look at `exclude` where there is an `include`.
    let packed = match package.get("include") {
        Some(list) => lists_vault(list),
        None => !package.get("exclude").is_some_and(lists_vault),
    };
    published && packed
}

struct Done<'a> {
    introduction: Introduction,
    founder: &'a MemberName,
    environments: &'a [EnvName],
    recipient: &'a Recipient,
    origin: String,
    recovery: Option<Secret>,
}

impl Report for Done<'_> {
    fn text(&self, page: &mut Page) {
        let names = self.environments.iter().map(|env| format!("`{env}`")).collect::<Vec<_>>().join(", ");
        let word = if self.environments.len() == 1 { "environment" } else { "environments" };
        page.line(format!("created .vault with {word} {names}; you are `{}`, its first admin", self.founder));
        let identity = format!("{}  (in {})", self.recipient, self.origin);
        page.pairs(&[("vault", self.introduction.vault.to_string()), ("identity", identity)]);
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
            "recovery": self.recovery.as_ref().map(recovery::text),
        })
    }
}
