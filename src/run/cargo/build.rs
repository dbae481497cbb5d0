//! Building what is going to be run, while there is no socket yet: then no build script can find one.

use std::{
    collections::BTreeMap,
    fs,
    io::{BufRead, BufReader, PipeReader, pipe},
    path::PathBuf,
    process::Command,
    thread,
};

use serde::Deserialize;

use super::{
    super::{CoreLimit, Ended, Step, Supervisor},
    CargoError,
};

/// The tests that were built, and the manifest of the package of each.
pub(super) type Built = BTreeMap<PathBuf, PathBuf>;

/// Builds, and lists the tests; or says how cargo ended, if it did not build.
pub(super) fn build(
    supervisor: &Supervisor,
    mut command: Command,
    listed: bool,
    core: &CoreLimit,
) -> Result<Result<Built, Ended>, CargoError> {
    let program = command.get_program().to_owned();
    let failed = |_| CargoError::Asked { program: program.clone() };
    let mut reading = None;
    if listed {
        let (reader, writer) = pipe().map_err(failed)?;
        command.stdout(writer);
        reading = Some(thread::spawn(move || tests(reader)));
    }
    let child = supervisor.spawn(&mut command, core)?;
    // It holds an end of the pipe, which is read until all are closed.
    drop(command);
    let ended = loop {
        if let Step::Ended(ended) = supervisor.wait(child, None).map_err(failed)? {
            break ended;
        }
    };
    let built = reading.and_then(|reading| reading.join().ok()).unwrap_or_default();
    Ok(if ended == Ended::Code(0) { Ok(built) } else { Err(ended) })
}

#[derive(Deserialize)]
struct Message {
    reason: String,
    executable: Option<PathBuf>,
    manifest_path: Option<PathBuf>,
    profile: Option<Profile>,
}

#[derive(Deserialize)]
struct Profile {
    test: bool,
}

/// The tests among what cargo says that it has built.
fn tests(said: PipeReader) -> Built {
    let mut built = Built::new();
    let mut said = BufReader::new(said);
    let mut line = Vec::new();
    while said.read_until(b'\n', &mut line).is_ok_and(|read| read > 0) {
        if let Ok(message) = serde_json::from_slice::<Message>(&line)
            && message.reason == "compiler-artifact"
            && message.profile.is_some_and(|profile| profile.test)
            && let (Some(program), Some(manifest)) = (message.executable, message.manifest_path)
        {
            built.insert(fs::canonicalize(&program).unwrap_or(program), manifest);
        }
        line.clear();
    }
    built
}
