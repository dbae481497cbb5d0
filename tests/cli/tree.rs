//! The commands as clap knows them, so that a test of all of them has each new one.

use clap::Command;

/// A command with the words that call it: `["env", "add"]`; none for the program itself.
pub(crate) struct Called {
    /// The words.
    pub(crate) words: Vec<String>,
    /// What clap knows of it.
    pub(crate) command: Command,
}

impl Called {
    /// Whether it does something itself, and is not a group of commands.
    pub(crate) fn acts(&self) -> bool {
        !self.command.has_subcommands()
    }

    /// `env-add`, by which files call it.
    pub(crate) fn name(&self) -> String {
        self.words.join("-")
    }

    /// What stands under `Examples:` in its help.
    pub(crate) fn examples(&self) -> Vec<String> {
        let help = self.command.get_after_help().map(ToString::to_string).unwrap_or_default();
        let block = help.lines().skip_while(|line| *line != "Examples:").skip(1);
        block.take_while(|line| !line.is_empty()).map(|line| line.trim().to_owned()).collect()
    }
}

/// The program and every command of it that is shown.
pub(crate) fn commands() -> Vec<Called> {
    let mut found = vec![Called { words: Vec::new(), command: cargo_vault::cli::commands() }];
    let mut next = 0;
    while let Some(Called { words, command }) = found.get(next) {
        let below = command.get_subcommands().filter(|below| !below.is_hide_set());
        let below: Vec<Called> = below
            .map(|below| Called {
                words: [&words[..], &[below.get_name().to_owned()]].concat(),
                command: below.clone(),
            })
            .collect();
        found.extend(below);
        next += 1;
    }
    found
}

/// The words of the command that these arguments of `cargo vault` call.
pub(crate) fn called<S: AsRef<str>>(args: &[S]) -> Vec<String> {
    let tree = cargo_vault::cli::commands();
    let (mut command, mut words, mut value) = (&tree, Vec::new(), false);
    for arg in args.iter().map(AsRef::as_ref) {
        let is_value =
            std::mem::replace(&mut value, matches!(arg, "-e" | "--env" | "-C" | "-i" | "--identity"));
        if let (false, Some(below)) = (is_value, command.find_subcommand(arg)) {
            words.push(below.get_name().to_owned());
            command = below;
        }
    }
    words
}
