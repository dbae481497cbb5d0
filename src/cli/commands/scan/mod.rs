//! `cargo vault scan`: looks for the vault's own values, and for tokens, where they should not lie.

mod known;
mod report;
mod sarif;

use std::path::PathBuf;

use clap::{ValueEnum, ValueHint};

use super::super::{End, ctx::Ctx, progress::told};
use crate::{
    git::{Commits, Repo},
    scan::{Around, Outcome, Scan, ScanError, Searcher, allow, is_fingerprint},
    store::{Disk, Edit, GitPlace, StoreError, place_for_new},
    ui::{Class, Failure},
    vault::{FirstUse, Hold},
};
pub(in crate::cli) use known::take_in;
use known::{Learnt, learnt};
use report::Answer;

/// Look for secrets where they should not lie
///
/// First the values of this vault, as they are and in the usual encodings, in the files that git knows or would take in; then
/// tokens of well-known shapes. No value is shown, and none is needed: fingerprints of them are kept, so that a hook unlocks
/// nothing. Values under 12 bytes are named and not searched for. What is none is allowed by its fingerprint, in
/// `.vault/scan-allow.toml`.
#[derive(Debug, clap::Args)]
#[command(after_help = "Examples:\n  cargo vault scan\n  cargo vault scan --staged\n  \
                  cargo vault scan --commits HEAD~1..HEAD\n  \
                  cargo vault scan --history --format sarif > scan.sarif\n\nExit codes:\n  \
                  1 if there is any")]
pub(in crate::cli) struct Args {
    /// Search these files, and the files below these folders
    #[arg(value_name = "PATH", value_hint = ValueHint::AnyPath, conflicts_with_all = ["staged", "history", "target", "commits"])]
    paths: Vec<PathBuf>,
    /// Search what would be committed; and refuse what belongs in no commit, as a `.env` file
    #[arg(long, conflicts_with_all = ["history", "target", "commits"])]
    staged: bool,
    /// Search what every commit brought in that a reference leads to
    #[arg(long, conflicts_with_all = ["target", "commits"])]
    history: bool,
    /// Search what cargo has built, programs too
    #[arg(long, conflicts_with = "commits")]
    target: bool,
    /// Search what commits brought in that lead to B and not to A
    #[arg(long, value_name = "A..B", value_parser = range, value_hint = ValueHint::Other)]
    commits: Option<Range>,
    /// Tell too what only looks as if drawn at random, which much is that is no secret
    #[arg(long)]
    entropy: bool,
    /// Allow what is found under this fingerprint, in `.vault/scan-allow.toml`
    #[arg(long, value_name = "FINGERPRINT", value_parser = fingerprint, value_hint = ValueHint::Other)]
    allow: Option<String>,
    /// Why it is allowed, for whoever reviews it
    #[arg(long, value_name = "TEXT", requires = "allow", value_hint = ValueHint::Other)]
    reason: Option<String>,
    /// How to print the answer
    #[arg(long, value_enum, default_value_t = Format::Text)]
    format: Format,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
enum Format {
    /// For people
    Text,
    /// As SARIF 2.1.0, which forges show beside the code
    Sarif,
}

/// Commits from one to another.
#[derive(Clone, Debug)]
struct Range {
    from: String,
    to: String,
}

impl Args {
    /// Whether git's hook before a commit types it so.
    pub(in crate::cli) fn is_for_hooks(&self) -> bool {
        self.staged
    }
}

fn range(text: &str) -> Result<Range, String> {
    let parts = text.split_once("..").filter(|(from, to)| !from.is_empty() && !to.starts_with('.'));
    let (from, to) = parts.ok_or("it is written `A..B`")?;
    Ok(Range { from: from.to_owned(), to: if to.is_empty() { "HEAD" } else { to }.to_owned() })
}

fn fingerprint(text: &str) -> Result<String, String> {
    if is_fingerprint(text) { Ok(text.to_owned()) } else { Err("it is 16 digits of hex".to_owned()) }
}

pub(in crate::cli) fn run(ctx: &Ctx, args: &Args) -> Result<End, Failure> {
    // The repository that one stands in, which may lie below the vault's own.
    let git = place_for_new(&ctx.cwd)?.git;
    match ctx.find() {
        Ok(place) => ctx.with_vault_met(Hold::Shared, FirstUse::Look, |vault, keyring| {
            let learnt = learnt(ctx, vault, keyring)?;
            let own =
                place.git.as_ref().filter(|own| git.as_ref().is_some_and(|git| git.folder == own.folder));
            let around = Around {
                vault: Some(vault.roster().vault),
                inside: own.map(|own| own.inside.clone()),
                allowed: allow::Allowed::read(vault.tree())?,
            };
            searched(ctx, args, &learnt, (&around, git.as_ref()))
        }),
        Err(StoreError::NoVault { .. }) => {
            ctx.ui.note("there is no vault here or above: only known shapes are searched for");
            searched(ctx, args, &Learnt::nothing(), (&Around::default(), git.as_ref()))
        }
        Err(error) => Err(error.into()),
    }
}

fn searched(
    ctx: &Ctx,
    args: &Args,
    learnt: &Learnt,
    (around, git): (&Around, Option<&GitPlace>),
) -> Result<End, Failure> {
    let searcher = Searcher::new(&learnt.known, args.entropy);
    let mut scan = Scan::begin(&searcher, around);
    let repo = git.map(|git| Repo::open(&git.folder)).transpose().map_err(ScanError::Git);
    // What is named can be searched without.
    let repo = if args.paths.is_empty() { repo? } else { repo.unwrap_or_default() };
    let commits = search(ctx, args, &mut scan, repo.as_ref())?;
    let shallow = commits.is_some() && repo.is_some_and(|repo| repo.is_shallow());
    let mut outcome = scan.end();
    if let Some(fingerprint) = &args.allow {
        allow(ctx, &mut outcome, fingerprint, args.reason.as_deref())?;
    }
    let found = !outcome.findings.is_empty() && args.allow.is_none();
    learnt.tell(ctx);
    let answer = Answer { outcome, learnt, commits, shallow, staged: args.staged, format: args.format };
    answer.tell(ctx);
    answer.print(ctx)?;
    if found {
        answer.hints(args.staged).iter().for_each(|hint| ctx.ui.help(hint));
    }
    Ok(if found { End::Found(Class::Refused) } else { End::Done })
}

/// Searches what was asked for. How many commits that were, where it was commits.
fn search(
    ctx: &Ctx,
    args: &Args,
    scan: &mut Scan<'_>,
    repo: Option<&Repo>,
) -> Result<Option<usize>, Failure> {
    let needed = || repo.ok_or(ScanError::NoGit);
    if args.target {
        let named = ctx.variable("CARGO_TARGET_DIR").map_or_else(|| PathBuf::from("target"), PathBuf::from);
        let folder = ctx.cwd.join(&named);
        if !folder.is_dir() {
            return Err(ScanError::NoTarget { path: named }.into());
        }
        scan.below(&folder, &named)?;
    } else if args.staged {
        let index = ctx.variable("GIT_INDEX_FILE").map(|index| ctx.started().join(index));
        scan.staged(needed()?, index.as_deref())?;
    } else if args.history {
        return Ok(Some(scan.commits(needed()?, Commits::All, &told(&ctx.ui))?));
    } else if let Some(range) = &args.commits {
        let commit = |revision: &String| {
            let no_revision = |_| ScanError::NoRevision { revision: revision.clone() };
            needed()?.resolve(revision).map_err(no_revision)
        };
        let commits = Commits::Between(commit(&range.from)?, commit(&range.to)?);
        return Ok(Some(scan.commits(needed()?, commits, &told(&ctx.ui))?));
    } else if args.paths.is_empty() {
        scan.work_tree(needed()?)?;
    } else {
        for path in &args.paths {
            scan.path(&ctx.cwd.join(path), path, repo)?;
        }
    }
    Ok(None)
}

/// Writes down that a finding is none. The others stay.
fn allow(ctx: &Ctx, outcome: &mut Outcome, fingerprint: &str, reason: Option<&str>) -> Result<(), Failure> {
    let mut findings = outcome.findings.iter();
    let finding = findings.find(|finding| finding.fingerprint == fingerprint);
    let finding = finding.ok_or_else(|| ScanError::NoFinding { fingerprint: fingerprint.to_owned() })?;
    let place = ctx.find().map_err(|_| ScanError::NoVault)?;
    let disk = Disk::open(&place)?;
    let lock = disk.lock()?;
    let bytes = allow::with(&allow::text(&disk)?, finding, reason).into_bytes();
    lock.replace(vec![Edit::Put { path: allow::PATH.to_owned(), bytes }])?;
    ctx.ui.status(&format!("allowed: {} in `{}`", report::words(&finding.what), finding.path));
    ctx.ui.help("commit `.vault/scan-allow.toml`, so that others see what is allowed");
    outcome.allow(fingerprint);
    Ok(())
}
