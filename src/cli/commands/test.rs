//! `cargo vault test`: cargo's tests with the secrets in their environment.

use std::ffi::OsString;

use super::{
    super::{End, ctx::Ctx},
    run::{Build, Choice, Masking, cargo},
};
use crate::ui::Failure;

/// Run cargo's tests with the secrets in their environment
///
/// The same as `cargo vault run -- cargo test`: what is built gets no secret, and what is run gets them. Flags of this command
/// come first; what it does not know is cargo's.
#[derive(Debug, clap::Args)]
#[command(after_help = "Examples:\n  cargo vault test\n  cargo vault test -e prod --release -- --nocapture")]
pub(in crate::cli) struct Args {
    #[command(flatten)]
    choice: Choice,
    #[command(flatten)]
    build: Build,
    #[command(flatten)]
    masking: Masking,
    /// Arguments of `cargo test`
    #[arg(allow_hyphen_values = true, value_name = "ARGUMENT")]
    words: Vec<OsString>,
    /// Arguments of the tests
    #[arg(last = true, allow_hyphen_values = true, value_name = "ARGUMENT")]
    behind: Vec<OsString>,
}

pub(in crate::cli) fn run(ctx: &Ctx, args: &Args) -> Result<End, Failure> {
    let mut words: Vec<OsString> = ["test".into()].into_iter().chain(args.words.iter().cloned()).collect();
    if !args.behind.is_empty() {
        words.extend([OsString::from("--")].into_iter().chain(args.behind.iter().cloned()));
    }
    let (choice, build, masking) = (&args.choice, &args.build, &args.masking);
    cargo::run(ctx, cargo::Asked { choice, build, masking, injected: None }, (&"cargo".into(), &words))
}
