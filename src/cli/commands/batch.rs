//! `cargo vault set --batch`: sets many secrets at once, from standard input.

use serde_json::{Value, json};

use super::{
    super::{
        End,
        ctx::{Ctx, usage},
        progress::told,
    },
    scan::take_in,
    set::{Args, Form, line},
    source,
};
use crate::{
    interchange::{self, Entry},
    kernel::{
        model::Subject,
        name::{EnvName, SecretName},
    },
    ui::{Failure, Page, Report},
    vault::{Config, Draft, Hold, Written},
};

pub(super) fn run(ctx: &Ctx, args: &Args) -> Result<End, Failure> {
    // Before the vault is held, so that nobody waits for a slow pipe.
    let entries = read(ctx, args.batch.unwrap_or(Form::Lines))?;
    ctx.names(entries.iter().map(|entry| Subject::Secret(entry.name.clone())));
    let done = ctx.with_vault(Hold::Exclusive, |vault, keyring| {
        let env = ctx.one_env(vault.roster())?;
        ctx.about(None, Some(&env));
        let unlocked = vault.unlock(keyring, &ctx.ask(), std::slice::from_ref(&env))?;
        ctx.about(Some(unlocked.me()), None);
        let progress = told(&ctx.ui);
        let mut change = unlocked.begin(ctx.now)?.telling(&progress);
        let config = vault.config()?;
        let drafts: Vec<Draft<'_>> = entries.iter().map(|entry| draft(&env, entry, args, &config)).collect();
        let written = change.set_all(&env, &drafts)?;
        change.commit()?;
        take_in(ctx, vault, &env, entries.iter().map(|entry| (&entry.name, &entry.value)));
        let names = entries.iter().map(|entry| entry.name.clone());
        Ok(Done { secrets: names.zip(written).collect(), env })
    })?;
    for entry in entries.iter().filter(|entry| entry.value.is_empty()) {
        ctx.ui.warning(&format!("the value of `{}` is empty", entry.name));
    }
    ctx.ui.report(&done)?;
    Ok(End::Done)
}

fn read(ctx: &Ctx, form: Form) -> Result<Vec<Entry>, Failure> {
    if ctx.ui.stdin_is_terminal() {
        return Err(usage("terminal", "what is typed here would be shown, and `--batch` reads it").help(
            "`cargo vault set --batch < FILE`, or a pipe, or `cargo vault set NAME` for one at a time",
        ));
    }
    let form = match form {
        Form::Lines => interchange::Form::Lines,
        Form::Null => interchange::Form::Null,
        Form::Json => interchange::Form::Json,
    };
    Ok(interchange::parse(&source::whole_input()?, form)?)
}

fn draft<'a>(env: &'a EnvName, entry: &'a Entry, args: &Args, config: &Config) -> Draft<'a> {
    Draft {
        env,
        name: &entry.name,
        value: &entry.value,
        kind: args.kind,
        description: None,
        tags: args.tags.iter().cloned().collect(),
        keep: args.keep.or(config.keep),
    }
}

struct Done {
    env: EnvName,
    secrets: Vec<(SecretName, Written)>,
}

impl Report for Done {
    fn text(&self, page: &mut Page) {
        self.secrets.iter().for_each(|(name, written)| page.line(line(&self.env, name, *written)));
    }

    fn json(&self) -> Value {
        let secrets = self.secrets.iter().map(
            |(name, written)| json!({ "name": name, "version": written.number(), "written": written.word() }),
        );
        json!({ "env": self.env, "secrets": secrets.collect::<Vec<_>>() })
    }
}
