//! A child that is restarted, or told, when something that it was given has changed.

use std::{
    ffi::{OsStr, OsString},
    io,
    os::fd::AsFd,
    process::{Command, Stdio},
    thread,
    time::{Duration, Instant},
};

use rustix::process::{Pid, Signal, kill_process};

use super::{Ended, Given, Refused, Step, Supervisor};
use crate::kernel::secret::Secret;

/// How long it must be quiet after a change: a pull touches many files.
const QUIET: Duration = Duration::from_millis(200);
/// How long it may go on until it is looked at all the same.
const RESTLESS: Duration = Duration::from_secs(3);
/// How long a child has to end by itself.
const PATIENCE: Duration = Duration::from_secs(10);

/// What is done when the child has something that has changed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum OnChange {
    /// It is ended, and started anew.
    Restart,
    /// It gets this signal.
    Signal(Signal),
    /// A line of the shell is run.
    Command(String),
}

/// Signals that a program may take for a hint, by name.
const SIGNALS: [(&str, Signal); 8] = [
    ("HUP", Signal::HUP),
    ("INT", Signal::INT),
    ("QUIT", Signal::QUIT),
    ("TERM", Signal::TERM),
    ("USR1", Signal::USR1),
    ("USR2", Signal::USR2),
    ("WINCH", Signal::WINCH),
    ("CONT", Signal::CONT),
];

impl OnChange {
    /// `restart`, `signal:NAME` or `command:LINE`.
    pub fn parse(text: &str) -> Option<Self> {
        match text.split_once(':') {
            None => (text == "restart").then_some(Self::Restart),
            Some(("signal", name)) => {
                let name = name.strip_prefix("SIG").unwrap_or(name);
                let found = SIGNALS.iter().find(|(known, _)| *known == name);
                found.map(|(_, signal)| Self::Signal(*signal))
            }
            Some(("command", line)) => (!line.trim().is_empty()).then(|| Self::Command(line.to_owned())),
            Some(_) => None,
        }
    }
}

/// What a child has of the vault.
#[derive(Default)]
pub struct Gifts {
    /// In variables, inherited ones among them.
    pub environment: Vec<(OsString, Secret)>,
    /// In files.
    pub filed: Vec<Given>,
}

impl Gifts {
    /// Which of these are not the same among others, as variables or secrets. What those have besides is not asked.
    pub fn changed(&self, others: &Self) -> Vec<String> {
        let variables = self.environment.iter().filter(|(name, value)| {
            let other = others.environment.iter().find(|(other, _)| other == name);
            !other.is_some_and(|(_, other)| other.same_as(value))
        });
        let variables = variables.map(|(name, _)| name.to_string_lossy().into_owned());
        let files = self.filed.iter().filter(|given| {
            let other = others.filed.iter().find(|other| other.name == given.name);
            !other.is_some_and(|other| other.value.same_as(&given.value))
        });
        variables.chain(files.map(|given| given.name.to_string())).collect()
    }
}

/// What is done for a child while it lives.
pub trait Care {
    /// Starts it.
    fn start(&mut self, gifts: &Gifts) -> Result<Pid, Refused>;

    /// What there is now, in the place of what the child has, if anything of that has changed and all can be had. Files are
    /// replaced when this returns.
    fn look(&mut self, has: &Gifts) -> Option<Gifts>;

    /// Runs the line of the shell that was asked for.
    fn run(&mut self, line: &str);

    /// What it means that the child cannot be waited for.
    fn lost(&self, source: io::Error) -> Refused;
}

/// Stays with a child until it ends by itself, or because this process was told to.
pub fn live(
    supervisor: &Supervisor,
    on_change: &OnChange,
    mut gifts: Gifts,
    care: &mut impl Care,
) -> Result<Ended, Refused> {
    let mut child = care.start(&gifts)?;
    loop {
        if let Some(ended) = changed(supervisor, child).map_err(|source| care.lost(source))? {
            return Ok(ended);
        }
        let Some(fresh) = care.look(&gifts) else { continue };
        match on_change {
            OnChange::Restart => {
                let ended = end(supervisor, child).map_err(|source| care.lost(source))?;
                if supervisor.was_told_to_end() {
                    return Ok(ended);
                }
                child = care.start(&fresh)?;
            }
            // A child that has just ended gets none, and is found ended next.
            OnChange::Signal(signal) => drop(kill_process(child, *signal)),
            OnChange::Command(line) => care.run(line),
        }
        gifts = fresh;
    }
}

/// Waits for a change, and then until it is quiet; or gives how the child ended.
fn changed(supervisor: &Supervisor, child: Pid) -> io::Result<Option<Ended>> {
    let mut begun: Option<Instant> = None;
    loop {
        let most = begun.map(|begun| QUIET.min(RESTLESS.saturating_sub(begun.elapsed())));
        match supervisor.wait(child, most)? {
            Step::Ended(ended) => return Ok(Some(ended)),
            Step::TimeOver => return Ok(None),
            Step::Woken => {
                begun.get_or_insert_with(Instant::now);
            }
        }
    }
}

/// Ends a child: asks first. What changes meanwhile is looked at after that.
fn end(supervisor: &Supervisor, child: Pid) -> io::Result<Ended> {
    supervisor.forget_what_was_told();
    let _ = kill_process(child, Signal::TERM);
    // One that is stopped would hear of it when it is continued.
    let _ = kill_process(child, Signal::CONT);
    let (begun, mut woken) = (Instant::now(), false);
    loop {
        let left = PATIENCE.saturating_sub(begun.elapsed());
        match supervisor.wait(child, Some(left).filter(|left| !left.is_zero()))? {
            Step::Ended(ended) => {
                if woken {
                    supervisor.waker().wake();
                }
                return Ok(ended);
            }
            Step::TimeOver => drop(kill_process(child, Signal::KILL)),
            Step::Woken => woken = true,
        }
    }
}

/// Runs a line of the shell beside a child, with what it prints on standard error; tells how it ended if that was not well.
pub fn run_beside(
    line: &str,
    environment: &[(OsString, OsString)],
    failed: impl FnOnce(String) + Send + 'static,
) -> io::Result<()> {
    let mut command = Command::new("/bin/sh");
    command.arg("-c").arg(line).env_clear();
    command.envs(environment.iter().map(|(name, value)| (OsStr::new(name), OsStr::new(value))));
    // Standard output is the program's.
    let output = io::stderr().as_fd().try_clone_to_owned()?;
    let mut child = command.stdin(Stdio::null()).stdout(output).spawn()?;
    thread::Builder::new().name("command".to_owned()).spawn(move || match child.wait() {
        Ok(status) if status.success() => {}
        Ok(status) => failed(status.to_string()),
        Err(error) => failed(error.to_string()),
    })?;
    Ok(())
}

#[cfg(test)]
mod tests {
    use rustix::process::Signal;

    use super::{Gifts, OnChange};
    use crate::kernel::secret::Secret;

    #[test]
    fn what_is_done_is_written_in_three_ways() {
        let command = OnChange::Command("kill -HUP $(cat pid): now".to_owned());
        let texts = ["restart", "signal:HUP", "signal:SIGUSR1", "command:kill -HUP $(cat pid): now"];
        let parsed =
            [OnChange::Restart, OnChange::Signal(Signal::HUP), OnChange::Signal(Signal::USR1), command];
        assert_eq!(texts.map(OnChange::parse), parsed.map(Some));
    }

    #[test]
    fn what_is_written_otherwise_is_nothing() {
        let texts =
            ["", "Restart", "signal", "signal:", "signal:hup", "signal:9", "command:", "command: ", "x:y"];
        assert_eq!(texts.map(OnChange::parse), [const { None }; 9]);
    }

    fn gifts(environment: &[(&str, &str)]) -> Gifts {
        let one = |(name, value): &(&str, &str)| ((*name).into(), Secret::new(value.as_bytes().to_vec()));
        Gifts { environment: environment.iter().map(one).collect(), filed: Vec::new() }
    }

    #[test]
    fn only_what_there_was_can_have_changed() {
        let had = gifts(&[("A", "1"), ("B", "2"), ("C", "3")]);
        let has = gifts(&[("B", "2"), ("C", "x"), ("D", "4")]);
        assert_eq!(had.changed(&has), ["A", "C"]);
    }
}
