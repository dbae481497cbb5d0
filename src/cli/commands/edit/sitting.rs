//! One sitting at an editor: what was there when it began, what is to be changed, and whether anybody else did so meanwhile.

use std::{collections::BTreeMap, slice};

use super::{
    super::{
        super::{ctx::Ctx, explain},
        scan::take_in,
    },
    Done,
};
use crate::{
    interchange::{Form, document, parse},
    kernel::{
        model::{Kind, Subject, Version},
        name::{EnvName, SecretName, VaultId},
        secret::Secret,
    },
    ui::{Class, Failure},
    vault::{Draft, FirstUse, HeldKey, Hold, Introduction, Opened, Unlocked, Vault},
};

/// A secret as it was.
struct Before {
    value: Secret,
    kind: Kind,
}

pub(super) struct Sitting {
    env: EnvName,
    vault: VaultId,
    /// The one secret that is edited; else all of the environment.
    name: Option<SecretName>,
    before: BTreeMap<SecretName, Before>,
    /// The current version of each when it was looked at last.
    seen: BTreeMap<SecretName, Version>,
    /// So that nobody is asked for a passphrase twice.
    key: HeldKey,
}

/// What is to be changed.
#[derive(Default)]
struct Plan {
    set: Vec<(SecretName, Secret, Option<Kind>)>,
    remove: Vec<SecretName>,
}

impl Sitting {
    /// Opens what is to be edited, for somebody who may write it.
    pub(super) fn begun(ctx: &Ctx, name: Option<&SecretName>) -> Result<Self, Failure> {
        ctx.with_vault(Hold::Shared, |vault, keyring| {
            let env = ctx.one_env(vault.roster())?;
            ctx.about(None, Some(&env));
            let unlocked = vault.unlock(keyring, &ctx.ask(), slice::from_ref(&env))?;
            ctx.about(Some(unlocked.me()), None);
            unlocked.check_may_write(&env, ctx.now)?;
            let opened = match name {
                Some(name) => vec![one(&unlocked, &env, name)?],
                None => unlocked.own(&env)?,
            };
            let (mut before, mut seen) = (BTreeMap::new(), BTreeMap::new());
            for Opened { record, value, .. } in opened {
                seen.extend(record.current().map(|version| (record.name.clone(), version.clone())));
                before.insert(record.name, Before { value, kind: record.kind });
            }
            let (vault, name) = (vault.roster().vault, name.cloned());
            let key = unlocked.held();
            Ok(Self { env, vault, name, before, seen, key })
        })
    }

    /// What the file is called.
    pub(super) fn file_name(&self) -> String {
        match &self.name {
            Some(name) => name.as_str().rsplit('/').next().unwrap_or_default().to_owned(),
            None => format!("{}.toml", self.env),
        }
    }

    /// What is edited.
    pub(super) fn text(&self) -> Secret {
        match &self.name {
            Some(name) => Secret::concat(&[&self.before[name].value]),
            None => {
                let secrets: Vec<_> =
                    self.before.iter().map(|(name, before)| (name, &before.value)).collect();
                document(&self.env, &secrets)
            }
        }
    }

    /// Takes what was typed: all of it, or nothing.
    pub(super) fn taken(&mut self, ctx: &Ctx, text: &Secret) -> Result<Done, Failure> {
        let plan = self.plan(text)?;
        if plan.set.is_empty() && plan.remove.is_empty() {
            return Ok(Done { env: self.env.clone(), written: Vec::new(), removed: Vec::new() });
        }
        self.confirm(ctx, &plan.remove)?;
        let same = |met: &Introduction| met.vault == self.vault;
        let mut news = Vec::new();
        let done = ctx.with_vault_met(Hold::Exclusive, FirstUse::Ask(&same), |vault, _| {
            let unlocked = vault.unlock_again(&self.key, slice::from_ref(&self.env))?;
            self.put(ctx, &unlocked, &plan, &mut news)
        });
        for (name, version) in news {
            match version {
                Some(version) => self.seen.insert(name, version),
                None => self.seen.remove(&name),
            };
        }
        if done.is_ok() {
            let names = plan.set.iter().map(|(name, ..)| name).chain(&plan.remove);
            ctx.names(names.cloned().map(Subject::Secret));
        }
        // Of what can be typed against it, a kind cannot be typed here.
        done.map_err(|mut failure| {
            failure.hints.retain(|hint| !hint.starts_with("`--kind"));
            failure
        })
    }

    fn plan(&self, text: &Secret) -> Result<Plan, Failure> {
        let mut plan = Plan::default();
        if let Some(name) = &self.name {
            let before = &self.before[name];
            let text = Secret::concat(&[text]);
            let text = if before.value.ends_a_line() { text } else { text.without_final_newline() };
            if !text.same_as(&before.value) {
                plan.set.push((name.clone(), text, Some(before.kind)));
            }
            return Ok(plan);
        }
        let entries = parse(text, Form::Toml).map_err(|error| explain::values("the text", &error))?;
        let gone = |name: &&SecretName| !entries.iter().any(|entry| entry.name == **name);
        plan.remove = self.before.keys().filter(gone).cloned().collect();
        for entry in entries {
            let before = self.before.get(&entry.name);
            if before.is_none_or(|before| !before.value.same_as(&entry.value)) {
                let kind = before.map(|before| before.kind).filter(|_| !entry.encoded);
                plan.set.push((entry.name, entry.value, kind));
            }
        }
        Ok(plan)
    }

    fn confirm(&self, ctx: &Ctx, names: &[SecretName]) -> Result<(), Failure> {
        if names.is_empty() || ctx.yes {
            return Ok(());
        }
        let all = names.iter().map(|name| format!("`{name}`")).collect::<Vec<_>>().join(", ");
        let failure = || {
            let what = format!("{all} would be removed from `{}`, which is asked first", self.env);
            Failure::new(Class::Usage, "not-confirmed", what)
        };
        if !ctx.ui.can_ask() {
            return Err(failure().help("`--yes` removes what has no line any more"));
        }
        let yes = ctx.ui.confirm(&format!("Remove {all} from `{}`?", self.env), false)?;
        if yes { Ok(()) } else { Err(failure()) }
    }

    /// Makes the change, unless somebody else changed the same meanwhile: then that is the news.
    fn put(
        &self,
        ctx: &Ctx,
        unlocked: &Unlocked<'_>,
        plan: &Plan,
        news: &mut Vec<(SecretName, Option<Version>)>,
    ) -> Result<Done, Failure> {
        let (vault, env) = (unlocked.vault(), &self.env);
        news.extend(self.news(vault, plan)?);
        if !news.is_empty() {
            return Err(self.meanwhile(news));
        }
        let keep = vault.config()?.keep;
        let drafts: Vec<Draft<'_>> = plan
            .set
            .iter()
            .map(|(name, value, kind)| {
                let (description, tags) = (None, BTreeMap::new());
                Draft { env, name, value, kind: *kind, description, tags, keep }
            })
            .collect();
        let mut change = unlocked.begin(ctx.now)?;
        let written = change.set_all(env, &drafts)?;
        for name in &plan.remove {
            change.remove(env, name)?;
        }
        change.commit()?;
        take_in(ctx, vault, env, plan.set.iter().map(|(name, value, _)| (name, value)));
        let written = plan.set.iter().map(|(name, ..)| name.clone()).zip(written).collect();
        Ok(Done { env: env.clone(), written, removed: plan.remove.clone() })
    }

    fn news(&self, vault: &Vault<'_>, plan: &Plan) -> Result<Vec<(SecretName, Option<Version>)>, Failure> {
        let mut news = Vec::new();
        for name in plan.set.iter().map(|(name, ..)| name).chain(&plan.remove) {
            let now = vault.own_version(&self.env, name)?;
            if now.as_ref() != self.seen.get(name) {
                news.push((name.clone(), now));
            }
        }
        Ok(news)
    }

    fn meanwhile(&self, news: &[(SecretName, Option<Version>)]) -> Failure {
        let env = &self.env;
        let what = match news {
            [(name, _)] => format!("`{env}/{name}` was changed while the editor was open"),
            _ => format!("{} secrets were changed while the editor was open", news.len()),
        };
        let failure = Failure::new(Class::Conflict, "meanwhile", what);
        let told = |(name, version): &(SecretName, Option<Version>)| match version {
            Some(version) => (name.to_string(), format!("version {}, by {}", version.number, version.author)),
            None => (name.to_string(), "removed".to_owned()),
        };
        let failure = news.iter().map(told).fold(failure, |failure, (name, text)| failure.detail(name, text));
        let there = news.iter().find(|(_, version)| version.is_some());
        match there {
            Some((name, _)) => {
                failure.help(format!("`cargo vault get -e {env} {name}` shows what it is now"))
            }
            None => failure,
        }
    }
}

/// The secret that is edited alone: one that the environment has of its own, of text that an editor can show.
fn one(unlocked: &Unlocked<'_>, env: &EnvName, name: &SecretName) -> Result<Opened, Failure> {
    let opened = unlocked.get(env, name, None)?;
    let holder = &opened.record.env;
    if holder != env {
        let what = format!("`{env}/{name}` stands in `{holder}`, which `{env}` extends");
        return Err(Failure::new(Class::Refused, "inherited", what)
            .help(format!("`cargo vault edit -e {holder} {name}` edits it for all that extend `{holder}`"))
            .help(format!("`cargo vault set -e {env} {name}` gives `{env}` one of its own")));
    }
    if !opened.value.is_printable() {
        return Err(Failure::new(Class::Refused, "binary", "this value is not text for an editor")
            .help(format!("`cargo vault get -e {env} {name} -o FILE` writes it to a file"))
            .help(format!("`cargo vault set -e {env} {name} --file FILE` takes it from one")));
    }
    Ok(opened)
}
