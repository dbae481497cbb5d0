//! The log of a GitHub runner, if one of this process's streams leads there.
//!
//! What is said to a runner stands where it says it: in a file or another program's input it would be the value itself. So a
//! stream counts as the log only if it is the very pipe that the step's shell was started with.

use std::{
    fs::{read_link, read_to_string},
    path::PathBuf,
};

/// What the runner's process is called.
const WORKER: &str = "Runner.Worker";
/// No step is so deep.
const MOST_PARENTS: usize = 200;

/// A stream of this process.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Stream {
    /// Standard output.
    Out,
    /// Standard error.
    Err,
}

/// Which of the streams is the runner's log. None where the system does not tell.
pub fn log() -> Option<Stream> {
    let step = step()?;
    let logs = [lead(&step, 1), lead(&step, 2)];
    let is_log = |descriptor| lead("self", descriptor).is_some_and(|led| logs.contains(&Some(led)));
    if is_log(1) { Some(Stream::Out) } else { is_log(2).then_some(Stream::Err) }
}

/// Where a stream leads, if that is a pipe.
fn lead(process: &str, descriptor: u8) -> Option<PathBuf> {
    let led = read_link(format!("/proc/{process}/fd/{descriptor}")).ok()?;
    led.to_string_lossy().starts_with("pipe:").then_some(led)
}

/// The process that the runner started for this step: its child among the ancestors of this process, or in a container the first
/// that was started from outside.
fn step() -> Option<String> {
    let mut process = "self".to_owned();
    for _ in 0..MOST_PARENTS {
        let status = read_to_string(format!("/proc/{process}/status")).ok()?;
        let parent = status.lines().find_map(|line| line.strip_prefix("PPid:"))?.trim().to_owned();
        if parent == "0" {
            return (process != "1").then_some(process);
        }
        let name = read_to_string(format!("/proc/{parent}/comm")).ok()?;
        if name.trim_end() == WORKER {
            return Some(process);
        }
        process = parent;
    }
    None
}
