//! `run --watch`: the flags, and what is done for a child whose values change.

use std::{
    ffi::OsString,
    io,
    sync::mpsc::{Receiver, Sender, channel},
};

use rustix::process::Pid;

use super::{
    super::super::{
        ctx::Ctx,
        settings::{ON_CHANGE, Reaction},
    },
    Again, Args, Started, gifts, values,
};
use crate::{
    run::{Care, Ended, Files, Gifts, OnChange, Refused, Supervisor, live, run_beside, watch, without_keys},
    ui::Failure,
};

/// The flags.
#[derive(Debug, clap::Args)]
pub(super) struct Watch {
    /// Restart the program when a value that it has changes
    ///
    /// By an edit, a pull, a checkout or `cargo vault set`. It is asked to end by SIGTERM, and killed after ten seconds. A vault that
    /// cannot be used as it is leaves the program as it is, with a warning. The key is kept in memory meanwhile; a token may want a
    /// touch each time.
    #[arg(long)]
    pub(super) watch: bool,
    /// Do this instead: restart, signal:NAME or command:LINE
    ///
    /// Variables of a running program cannot be changed, so a signal or a command is for `--file` and `--dir`, whose files are
    /// replaced before, and for programs that ask the vault again. LINE is for the shell, and gets no key. Else
    /// `run.on_change` in your own settings says what is done.
    #[arg(long, value_name = "WHAT", requires = "watch", value_parser = reaction)]
    on_change: Option<Reaction>,
}

fn reaction(text: &str) -> Result<Reaction, String> {
    OnChange::parse(text).map(Reaction).ok_or_else(|| format!("it is {ON_CHANGE}"))
}

/// All that it takes to start the program again.
pub(super) struct Watched<'a> {
    pub(super) args: &'a Args,
    pub(super) started: &'a Started<'a>,
    pub(super) again: Again,
    pub(super) files: Option<Files>,
}

impl Watched<'_> {
    /// Stays with the program until it ends by itself.
    pub(super) fn live(self, gifts: Gifts) -> Result<Ended, Failure> {
        let ctx = self.started.ctx;
        let broken = |source| self.started.refused(self.started.broken(source));
        let supervisor = Supervisor::begin().map_err(broken)?;
        watch(self.again.place.vault.clone(), supervisor.waker()).map_err(broken)?;
        let of_user = ctx.settings.run.on_change.as_ref();
        let on_change = self.args.watch.on_change.as_ref().or(of_user).map(|Reaction(what)| what);
        let on_change = on_change.unwrap_or(&OnChange::Restart).clone();
        let (failing, failed) = channel();
        let started = self.started;
        let mut carer = Carer { watched: self, supervisor: &supervisor, failing, failed, said: None };
        live(&supervisor, &on_change, gifts, &mut carer).map_err(|refused| started.refused(refused))
    }

    /// What the vault has now, if anything of what the program has is not the same; its files are replaced then.
    fn fresh(&mut self, has: &Gifts) -> Result<Option<Gifts>, Failure> {
        let (ctx, Again { place, anchor, held, envs }) = (self.started.ctx, &self.again);
        let given = ctx.with_vault_again(place, anchor.as_ref(), |vault| {
            vault.steady(|vault| values(self.args, &vault.unlock_again(held, envs)?, envs))
        })?;
        let mut fresh = gifts(ctx, self.args, given)?;
        if let Some(files) = &self.files {
            let filing = self.args.files.filing();
            filing.name_in(&mut fresh.environment, files, &self.args.choice.rules(ctx));
        }
        let changed = has.changed(&fresh);
        if changed.is_empty() {
            return Ok(None);
        }
        if let Some(Files::Folder(folder)) = &mut self.files {
            folder.lay(&fresh.filed)?;
        }
        let changed = changed.iter().map(|name| format!("`{name}`")).collect::<Vec<_>>().join(", ");
        ctx.ui.status(&format!("changed: {changed}"));
        Ok(Some(fresh))
    }
}

/// What is done for the program while it lives.
struct Carer<'a> {
    watched: Watched<'a>,
    supervisor: &'a Supervisor,
    failing: Sender<String>,
    failed: Receiver<String>,
    /// What was said of a vault that cannot be used, so that it is said once.
    said: Option<String>,
}

impl Carer<'_> {
    fn ctx(&self) -> &Ctx {
        self.watched.started.ctx
    }

    fn program(&self) -> String {
        self.watched.started.program.0.to_string_lossy().into_owned()
    }

    fn warn(&mut self, failure: &Failure) {
        let faults = failure.details.iter().filter(|(name, _)| name.is_empty() || name == "faults");
        let faults: String = faults.map(|(_, fault)| format!("; {fault}")).collect();
        let text = format!(
            "`{}` goes on with what it has, since the vault cannot be used as it is: {}{faults}",
            self.program(),
            failure.error
        );
        if self.said.as_ref() != Some(&text) {
            self.ctx().ui.warning(&text);
            self.said = Some(text);
        }
    }
}

impl Care for Carer<'_> {
    fn start(&mut self, gifts: &Gifts) -> Result<Pid, Refused> {
        self.watched.started.spawn(self.supervisor, &gifts.environment)
    }

    fn look(&mut self, has: &Gifts) -> Option<Gifts> {
        for how in self.failed.try_iter() {
            self.ctx().ui.warning(&format!("the command of `--on-change` was not done: {how}"));
        }
        match self.watched.fresh(has) {
            Ok(fresh) => {
                self.said = None;
                fresh
            }
            Err(failure) => {
                self.warn(&failure);
                None
            }
        }
    }

    fn run(&mut self, line: &str) {
        let environment: Vec<(OsString, OsString)> =
            without_keys(&self.ctx().env).map(|(name, value)| (name.clone(), value.clone())).collect();
        let (failing, waker) = (self.failing.clone(), self.supervisor.waker());
        let failed = move |how| {
            // Nobody hears it when the program has ended.
            let _ = failing.send(how);
            waker.wake();
        };
        if let Err(error) = run_beside(line, &environment, failed) {
            self.ctx().ui.warning(&format!("the command of `--on-change` was not started: {error}"));
        }
    }

    fn lost(&self, source: io::Error) -> Refused {
        self.watched.started.broken(source)
    }
}
