//! The commands, and what the audit log is told of each.

mod batch;
pub(super) mod ci;
pub(super) mod completions;
pub(super) mod config;
pub(super) mod cp;
pub(super) mod demo;
pub(super) mod doctor;
pub(super) mod env;
pub(super) mod get;
pub(super) mod identity;
pub(super) mod init;
pub(super) mod list;
pub(super) mod man;
pub(super) mod mv;
pub(super) mod recovery;
pub(super) mod rm;
pub(super) mod run;
pub(super) mod set;
mod source;
pub(super) mod trust;
pub(super) mod verify;
pub(super) mod whoami;

use super::{End, args::Command, ctx::Ctx, explain};
use crate::{
    audit::Durable,
    kernel::model::{Action, Outcome},
    ui::{Class, Failure},
};

/// Runs one command, and tells the audit log of writes and refusals, of reads only if the user's settings ask.
pub(super) fn dispatch(ctx: &Ctx, command: &Command) -> Result<End, Failure> {
    let action = action(command);
    let result = command.run(ctx);
    match (&result, action) {
        (Ok(End::Done), Some((action, Kind::Write))) => ctx.record(action, Outcome::Done, Durable::Now),
        (Ok(End::Done), Some((action, Kind::Read))) => read(ctx, action),
        (Err(failure), Some((action, _))) if is_refusal(failure) => {
            ctx.record(action, Outcome::Refused { code: failure.code }, Durable::Later);
        }
        _ => {}
    }
    result
}

/// Records a read, if the user's settings ask.
pub(super) fn read(ctx: &Ctx, action: Action) {
    if ctx.settings.audit.reads {
        ctx.record(action, Outcome::Done, Durable::Later);
    }
}

#[derive(Clone, Copy)]
enum Kind {
    Read,
    Write,
}

fn action(command: &Command) -> Option<(Action, Kind)> {
    Some(match command {
        Command::Init(_) => (Action::Init, Kind::Write),
        Command::Set(_) => (Action::Set, Kind::Write),
        Command::Get(_) => (Action::Get, Kind::Read),
        Command::List(_) => (Action::List, Kind::Read),
        Command::Rm(_) => (Action::Rm, Kind::Write),
        Command::Mv(_) => (Action::Mv, Kind::Write),
        Command::Cp(_) => (Action::Cp, Kind::Write),
        Command::Run(_) => (Action::Run, Kind::Read),
        Command::Env(args) => (args.action()?, Kind::Write),
        Command::Identity(args) => (args.action()?, Kind::Write),
        Command::Trust(args) => (args.action()?, Kind::Write),
        Command::Verify(_) => (Action::Verify, Kind::Read),
        Command::Ci(_) | Command::Recovery(_) => (Action::MemberAdd, Kind::Write),
        Command::Config(args) => (args.action()?, Kind::Write),
        Command::Whoami(_)
        | Command::Doctor(_)
        | Command::Demo(_)
        | Command::Completions(_)
        | Command::Man(_) => return None,
    })
}

fn is_refusal(failure: &Failure) -> bool {
    let refused = matches!(failure.class, Class::Refused | Class::Locked | Class::Tampered | Class::Conflict);
    refused && failure.code != explain::CLOSED
}
