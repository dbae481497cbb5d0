//! The commands, and what the audit log is told of each.

pub(super) mod allow;
pub(super) mod approve;
mod batch;
pub(super) mod bench;
pub(super) mod blame;
mod choose;
pub(super) mod ci;
pub(super) mod completions;
pub(super) mod config;
pub(super) mod cp;
pub(super) mod demo;
pub(super) mod deny;
pub(super) mod diff;
pub(super) mod doctor;
pub(super) mod edit;
pub(super) mod env;
pub(super) mod exposed;
pub(super) mod get;
pub(super) mod git;
pub(super) mod history;
pub(super) mod hook;
pub(super) mod identity;
pub(super) mod init;
pub(super) mod inject;
pub(super) mod join;
pub(super) mod list;
pub(super) mod log;
pub(super) mod man;
pub(super) mod mask;
pub(super) mod member;
pub(super) mod mv;
mod public_key;
pub(super) mod recovery;
mod references;
pub(super) mod rekey;
pub(super) mod repair;
pub(super) mod requests;
pub(super) mod resolve;
pub(super) mod rm;
pub(super) mod rollback;
pub(super) mod run;
pub(super) mod scan;
pub(super) mod set;
pub(super) mod show;
mod source;
pub(super) mod status;
pub(super) mod sync;
pub(super) mod test;
pub(super) mod trust;
pub(super) mod verify;
pub(super) mod whoami;

use super::{End, args::Command, ctx::Ctx, explain, own_commit::OwnCommit};
use crate::{
    audit::Durable,
    kernel::model::{Action, Outcome},
    ui::{Class, Failure},
};

/// Runs one command, tells the audit log of writes and refusals, of reads only if the user's settings ask, and commits what was
/// changed where that is asked for.
pub(super) fn dispatch(ctx: &Ctx, command: &Command) -> Result<End, Failure> {
    let Some((action, kind)) = action(command) else { return command.run(ctx) };
    let own = match OwnCommit::ready(ctx, action) {
        Ok(own) => own,
        Err(failure) => return Err(refused(ctx, action, failure)),
    };
    match (command.run(ctx), kind) {
        (Ok(End::Done), Kind::Write) => {
            written(ctx, action);
            own.map_or(Ok(()), |own| own.make(ctx))?;
            Ok(End::Done)
        }
        (Ok(End::Done), Kind::Read) => {
            read(ctx, action);
            Ok(End::Done)
        }
        // What writes answers when it has written, and what reads when it has read.
        (Err(failure), Kind::Write) if is_unread(&failure) => {
            written(ctx, action);
            let made = own.map_or(Ok(()), |own| own.make(ctx));
            let told = failure.code == explain::UNREAD;
            let failure = if told { failure.help("it was done: only the answer is lost") } else { failure };
            Err(match made {
                Ok(()) => failure,
                Err(commit) => failure.detail("not committed", commit.error),
            })
        }
        (Err(failure), Kind::Read) if is_unread(&failure) => {
            read(ctx, action);
            Err(failure)
        }
        (Err(failure), _) if is_refusal(&failure) => Err(refused(ctx, action, failure)),
        (other, _) => other,
    }
}

/// Records a write. That it cannot be is said, and stops nothing.
fn written(ctx: &Ctx, action: Action) {
    if let Err(error) = ctx.record(action, Outcome::Done, Durable::Now) {
        ctx.ui.warning(&format!("the audit log was not written: {error}"));
    }
}

/// Records a refusal. That it cannot be is said below the error, which comes first.
fn refused(ctx: &Ctx, action: Action, failure: Failure) -> Failure {
    match ctx.record(action, Outcome::Refused { code: failure.code }, Durable::Later) {
        Ok(()) => failure,
        Err(error) => failure.detail("audit log", format!("not written: {error}")),
    }
}

/// Records a read, if the user's settings ask.
pub(super) fn read(ctx: &Ctx, action: Action) {
    if ctx.settings.audit.reads
        && let Err(error) = ctx.record(action, Outcome::Done, Durable::Later)
    {
        ctx.ui.warning(&format!("the audit log was not written: {error}"));
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
        Command::Diff(args) if args.reveals() => (Action::Get, Kind::Read),
        Command::Set(_) => (Action::Set, Kind::Write),
        Command::Get(_) | Command::Show(_) => (Action::Get, Kind::Read),
        Command::Mask(_) => (Action::Get, Kind::Read),
        Command::List(_) => (Action::List, Kind::Read),
        Command::Rm(_) => (Action::Rm, Kind::Write),
        Command::Edit(_) => (Action::Edit, Kind::Write),
        Command::Mv(_) => (Action::Mv, Kind::Write),
        Command::Cp(_) => (Action::Cp, Kind::Write),
        Command::Rollback(_) => (Action::Rollback, Kind::Write),
        Command::Run(_) | Command::Test(_) | Command::Bench(_) => (Action::Run, Kind::Read),
        Command::Inject(_) => (Action::Inject, Kind::Read),
        Command::Env(args) => (args.action()?, Kind::Write),
        Command::Member(args) => (args.action()?, Kind::Write),
        Command::Identity(args) => (args.action()?, Kind::Write),
        Command::Trust(args) => (args.action()?, Kind::Write),
        Command::Rekey(_) => (Action::Rekey, Kind::Write),
        Command::Resolve(_) => (Action::Resolve, Kind::Write),
        Command::Repair(_) => (Action::Repair, Kind::Write),
        Command::Verify(_) => (Action::Verify, Kind::Read),
        Command::Scan(_) => (Action::Scan, Kind::Read),
        Command::Join(_) => (Action::Join, Kind::Write),
        Command::Approve(_) => (Action::Approve, Kind::Write),
        Command::Ci(_) | Command::Recovery(_) => (Action::MemberAdd, Kind::Write),
        Command::Config(args) => (args.action()?, Kind::Write),
        Command::Allow(args) => (args.action()?, Kind::Write),
        Command::Deny(_) => (Action::Deny, Kind::Write),
        Command::Sync(_) => (Action::Sync, Kind::Write),
        Command::Git(args) => (args.action(), Kind::Write),
        Command::Requests(_)
        | Command::Whoami(_)
        | Command::Exposed(_)
        | Command::Status(_)
        | Command::Log(_)
        | Command::History(_)
        | Command::Blame(_)
        | Command::Diff(_)
        | Command::Hook(_)
        | Command::Doctor(_)
        | Command::Demo(_)
        | Command::Completions(_)
        | Command::Man(_) => return None,
    })
}

fn is_refusal(failure: &Failure) -> bool {
    let refused = matches!(failure.class, Class::Refused | Class::Locked | Class::Tampered | Class::Conflict);
    refused && !is_unread(failure)
}

/// Whether all that went wrong is that nobody got the answer.
fn is_unread(failure: &Failure) -> bool {
    matches!(failure.code, explain::CLOSED | explain::UNREAD | explain::LOST_KEY)
}
