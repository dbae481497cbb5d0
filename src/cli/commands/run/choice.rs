//! Which secrets a program gets, and which variables win: the flags of everything that starts one.

use std::collections::BTreeSet;

use super::super::{super::ctx::Ctx, set::name};
use crate::{
    kernel::name::{EnvName, SecretName},
    run::{Given, Rules},
    ui::{Class, Failure},
    vault::Unlocked,
};

/// Which secrets.
#[derive(Clone, Debug, clap::Args)]
pub(in crate::cli) struct Pick {
    /// Take only these secrets
    #[arg(long, value_name = "NAMES", value_delimiter = ',', value_parser = name, conflicts_with = "except")]
    only: Vec<SecretName>,
    /// Take all but these
    #[arg(long, value_name = "NAMES", value_delimiter = ',', value_parser = name)]
    except: Vec<SecretName>,
}

/// The flags of a program that gets them.
#[derive(Clone, Debug, clap::Args)]
pub(in crate::cli) struct Choice {
    #[command(flatten)]
    pick: Pick,
    /// Put this in front of every variable
    #[arg(long, value_name = "PREFIX", default_value = "", hide_default_value = true, value_parser = prefix)]
    prefix: String,
    /// Let the program inherit only HOME, PATH and their like
    #[arg(long)]
    clean_env: bool,
    /// Let this inherited variable win over the vault's
    #[arg(long, value_name = "VARIABLE", value_delimiter = ',')]
    keep: Vec<String>,
    /// Let every inherited variable win
    #[arg(long)]
    keep_all: bool,
}

fn prefix(text: &str) -> Result<String, String> {
    let sound = text.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'_')
        && !text.starts_with(|c: char| c.is_ascii_digit());
    if sound {
        Ok(text.to_owned())
    } else {
        Err("it holds letters, digits and `_`, and begins with no digit".to_owned())
    }
}

impl Pick {
    /// Opens the values that were chosen, here or by name elsewhere, later environments before earlier ones.
    pub(in crate::cli) fn values(
        &self,
        unlocked: &Unlocked<'_>,
        envs: &[EnvName],
        named: &BTreeSet<&SecretName>,
    ) -> Result<Vec<Given>, Failure> {
        let except: BTreeSet<&SecretName> = self.except.iter().collect();
        let only: BTreeSet<&SecretName> = self.only.iter().collect();
        let chosen = |name: &SecretName| match only.is_empty() {
            true => !except.contains(name),
            false => only.contains(name),
        };
        let opened = unlocked.all(envs, |name| chosen(name) || named.contains(name))?;
        let found: BTreeSet<&SecretName> = opened.iter().map(|opened| &opened.record.name).collect();
        let missing: Vec<&SecretName> =
            only.union(named).filter(|name| !found.contains(*name)).copied().collect();
        if let Some(first) = missing.first() {
            let all = missing.iter().map(|name| format!("`{name}`")).collect::<Vec<_>>().join(", ");
            let env = envs.last().map(|env| format!("-e {env} ")).unwrap_or_default();
            let names = envs.iter().map(|env| format!("`{env}`")).collect::<Vec<_>>().join(", ");
            let failure = Failure::new(Class::NotFound, "no-secret", format!("{names} has no secret {all}"));
            let near = envs.last().map(|env| Failure::from(unlocked.vault().no_secret(env, first)).hints);
            let failure = near.into_iter().flatten().fold(failure, Failure::help);
            return Err(failure.help(format!("`cargo vault set {env}{first}` sets it")));
        }
        Ok(opened.into_iter().map(|opened| Given { name: opened.record.name, value: opened.value }).collect())
    }
}

impl Choice {
    /// Opens the values that were chosen.
    pub(super) fn values(
        &self,
        unlocked: &Unlocked<'_>,
        envs: &[EnvName],
        named: &BTreeSet<&SecretName>,
    ) -> Result<Vec<Given>, Failure> {
        self.pick.values(unlocked, envs, named)
    }

    /// The same with these secrets alone.
    pub(super) fn only(&self, names: &[SecretName]) -> Self {
        Self { pick: Pick { only: names.to_vec(), except: Vec::new() }, ..self.clone() }
    }

    /// Which variables win.
    pub(super) fn rules(&self, ctx: &Ctx) -> Rules {
        Rules {
            keep: self.keep.iter().cloned().collect(),
            keep_all: self.keep_all,
            clean: self.clean_env,
            prefix: self.prefix.clone(),
            allow: ctx.settings.run.allow.clone(),
        }
    }
}
