//! A command line that is being typed: walked word by word along clap's definitions, up to the word that is to be completed.

use clap::{Arg, Command};

/// What was typed before the word to be completed, and what that word can be.
pub(super) struct Line<'a> {
    /// The command that the words lead to.
    pub(super) command: &'a Command,
    /// The flags given so far with their values, by id.
    pub(super) given: Vec<(&'a str, String)>,
    /// The words that are neither flags, their values, nor commands.
    pub(super) bare: Vec<String>,
    /// A flag that waits for its value.
    pub(super) pending: Option<&'a Arg>,
    /// Behind `--` there are no flags any more.
    pub(super) dashed: bool,
    /// Where the line of another program begins among the words, if it has begun.
    pub(super) program: Option<usize>,
    /// How many words there are.
    pub(super) words: usize,
}

impl<'a> Line<'a> {
    /// Walks the words before the one to be completed.
    pub(super) fn walk(root: &'a Command, words: &[String]) -> Self {
        let mut line = Self {
            command: root,
            given: Vec::new(),
            bare: Vec::new(),
            pending: None,
            dashed: false,
            program: None,
            words: words.len(),
        };
        for (i, word) in words.iter().enumerate() {
            if line.program.is_none() {
                line.word(word, i);
            }
        }
        line
    }

    fn word(&mut self, word: &str, at: usize) {
        if let Some(arg) = self.pending.take() {
            self.given.push((arg.get_id().as_str(), word.to_owned()));
        } else if word == "--" && !self.dashed {
            self.dashed = true;
        } else if let (false, Some(long)) = (self.dashed, word.strip_prefix("--")) {
            self.long(long);
        } else if let (false, Some(shorts)) = (self.dashed, word.strip_prefix('-').filter(|s| !s.is_empty()))
        {
            self.shorts(shorts);
        } else if let (true, Some(command)) = (self.bare.is_empty(), self.command.find_subcommand(word)) {
            self.command = command;
        } else if self.is_program() {
            self.program = Some(at);
        } else {
            self.bare.push(word.to_owned());
        }
    }

    fn long(&mut self, long: &str) {
        let (name, value) = long.split_once('=').map_or((long, None), |(name, value)| (name, Some(value)));
        match (self.flag(name), value) {
            (Some(arg), Some(value)) => self.given.push((arg.get_id().as_str(), value.to_owned())),
            (Some(arg), None) if takes_next(arg) => self.pending = Some(arg),
            _ => {}
        }
    }

    fn shorts(&mut self, shorts: &str) {
        for (i, short) in shorts.char_indices() {
            let Some(arg) = self.command.get_arguments().find(|arg| arg.get_short() == Some(short)) else {
                return;
            };
            if arg.get_action().takes_values() {
                match shorts[i + short.len_utf8()..].trim_start_matches('=') {
                    "" => self.pending = Some(arg),
                    value => self.given.push((arg.get_id().as_str(), value.to_owned())),
                }
                return;
            }
        }
    }

    /// The flag of a long name.
    pub(super) fn flag(&self, long: &str) -> Option<&'a Arg> {
        self.command.get_arguments().find(|arg| arg.get_long() == Some(long))
    }

    /// The argument that the next bare word would be.
    pub(super) fn positional(&self) -> Option<&'a Arg> {
        let mut positionals = self.command.get_positionals();
        let many = |arg: &&Arg| arg.get_num_args().is_some_and(|n| n.max_values() > 1);
        positionals.nth(self.bare.len()).or_else(|| self.command.get_positionals().last().filter(many))
    }

    /// Whether the next bare word begins the line of another program.
    pub(super) fn is_program(&self) -> bool {
        self.positional().is_some_and(Arg::is_trailing_var_arg_set)
    }
}

/// Whether a flag's value is the next word.
fn takes_next(arg: &Arg) -> bool {
    let needs = arg.get_num_args().is_none_or(|n| n.min_values() > 0);
    arg.get_action().takes_values() && needs && !arg.is_require_equals_set()
}
