//! The settings: one row each, and what the user's own `cargo-vault/settings.toml` in the configuration folder sets. What can
//! weaken a check or run something is honoured from there only, never from a repository.

use std::{collections::BTreeSet, path::Path};

use serde::{Deserialize, Deserializer, de::Error};
use serde_json::{Value, json};

use crate::{
    kernel::limits,
    run::OnChange,
    store::{Links, read_text},
    vault::Color,
};

/// What an [`OnChange`] can be.
pub(super) const ON_CHANGE: &str = "`restart`, `signal:NAME` or `command:LINE`";

/// Everything that is to be known of a setting. A new one is a row here, and a field below that reads it.
pub(super) struct Row {
    /// Its name, as in the file: `table.key`.
    pub(super) key: &'static str,
    /// What it can be.
    pub(super) takes: Takes,
    /// Who says what it is.
    pub(super) by: By,
    /// What it is where nobody says, as it would be typed.
    pub(super) default: &'static str,
    /// What it is for, in one line.
    pub(super) about: &'static str,
}

/// What a setting can be.
#[derive(Clone, Copy)]
pub(super) enum Takes {
    /// `true` or `false`.
    Switch,
    /// One of these words.
    Word(&'static [&'static str]),
    /// A number in this range.
    Number,
    /// Any number of names.
    Names,
    /// The name of an environment.
    Environment,
    /// What is done when a value has changed.
    OnChange,
}

/// Who says what a setting is; who stands later wins.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum By {
    /// The user alone.
    User,
    /// The repository for everybody, and each user for himself.
    RepositoryThenUser,
    /// The repository alone.
    Repository,
    /// The vault, a variable, and the command.
    Command,
}

impl By {
    pub(super) fn user(self) -> bool {
        matches!(self, Self::User | Self::RepositoryThenUser)
    }

    pub(super) fn repository(self) -> bool {
        matches!(self, Self::Repository | Self::RepositoryThenUser)
    }
}

/// Every setting there is, in the order of their names.
pub(super) const ROWS: [Row; 9] = [
    Row {
        key: "audit.off",
        takes: Takes::Switch,
        by: By::User,
        default: "false",
        about: "Write no audit log",
    },
    Row {
        key: "audit.reads",
        takes: Takes::Switch,
        by: By::User,
        default: "false",
        about: "Write plain reads to the audit log too",
    },
    Row {
        key: "color",
        takes: Takes::Word(&["auto", "always", "never"]),
        by: By::RepositoryThenUser,
        default: "auto",
        about: "When to colour",
    },
    Row {
        key: "commit",
        takes: Takes::Switch,
        by: By::User,
        default: "false",
        about: "Make each change of a vault a commit",
    },
    Row {
        key: "env",
        takes: Takes::Environment,
        by: By::Command,
        default: "",
        about: "The environment of a command that names none",
    },
    Row {
        key: "keep",
        takes: Takes::Number,
        by: By::Repository,
        default: "1",
        about: "How many versions a new secret keeps in its file",
    },
    Row {
        key: "plugins.allow",
        takes: Takes::Names,
        by: By::User,
        default: "",
        about: "Age plugins that members may be wrapped to by",
    },
    Row {
        key: "run.allow",
        takes: Takes::Names,
        by: By::User,
        default: "",
        about: "Names that `run` lets through though they could change tools",
    },
    Row {
        key: "run.on_change",
        takes: Takes::OnChange,
        by: By::User,
        default: "restart",
        about: "What `run --watch` does when a value has changed",
    },
];

impl Row {
    /// The row of a name.
    pub(super) fn of(key: &str) -> Option<&'static Self> {
        ROWS.iter().find(|row| row.key == key)
    }

    /// What it is where nobody says; nothing where the vault says.
    pub(super) fn built_in(&self) -> Value {
        match self.takes {
            Takes::Environment => Value::Null,
            _ => self.takes.parse(&[self.default]).expect("a default is of its kind"),
        }
    }
}

impl Takes {
    /// What was typed, or nothing if it is not of this kind.
    pub(super) fn parse(self, typed: &[&str]) -> Option<Value> {
        match (self, typed) {
            (Self::Names, names) => {
                let names: Vec<&str> = names.iter().copied().filter(|name| !name.is_empty()).collect();
                names.iter().all(|name| is_name(name)).then(|| json!(names))
            }
            (Self::Switch, [word]) => word.parse::<bool>().ok().map(Value::from),
            (Self::Word(words), [word]) => words.contains(word).then(|| json!(word)),
            (Self::Number, [word]) => {
                word.parse().ok().filter(|number| limits::KEEP.contains(number)).map(|number| json!(number))
            }
            (Self::Environment, [word]) => Some(json!(word)),
            (Self::OnChange, [word]) => OnChange::parse(word).map(|_| json!(word)),
            (_, _) => None,
        }
    }

    /// What it can be, in one clause.
    pub(super) fn told(self) -> String {
        match self {
            Self::Switch => "`true` or `false`".to_owned(),
            Self::Word(words) => {
                let words: Vec<String> = words.iter().map(|word| format!("`{word}`")).collect();
                let (last, others) = words.split_last().expect("there are several words");
                format!("{} or {last}", others.join(", "))
            }
            Self::Number => format!("a number from {} to {}", limits::KEEP.start(), limits::KEEP.end()),
            Self::Names => "names, with commas between them".to_owned(),
            Self::Environment => "the name of an environment".to_owned(),
            Self::OnChange => ON_CHANGE.to_owned(),
        }
    }
}

/// Names of variables, plugins and their like; nothing that a list or a path would take apart.
fn is_name(text: &str) -> bool {
    text.bytes().all(|b| b.is_ascii_alphanumeric() || b"_-.".contains(&b)) && !text.starts_with(['-', '.'])
}

/// What the user's own file sets.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub(super) struct Settings {
    /// When to colour.
    pub(super) color: Option<Color>,
    /// Whether each change of a vault becomes a commit.
    pub(super) commit: bool,
    /// The audit log.
    pub(super) audit: Audit,
    /// `run`.
    pub(super) run: Run,
    /// Age plugins.
    pub(super) plugins: Plugins,
}

/// What is written to the audit log.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub(super) struct Audit {
    /// Nothing at all.
    pub(super) off: bool,
    /// Plain reads too.
    pub(super) reads: bool,
}

/// What `run` lets through.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub(super) struct Run {
    /// Names that are refused otherwise.
    pub(super) allow: BTreeSet<String>,
    /// What is done when a value has changed.
    pub(super) on_change: Option<Reaction>,
}

/// An [`OnChange`] as it is written.
#[derive(Clone, Debug)]
pub(super) struct Reaction(pub(super) OnChange);

impl<'de> Deserialize<'de> for Reaction {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let text = String::deserialize(deserializer)?;
        OnChange::parse(&text).map(Self).ok_or_else(|| D::Error::custom(format!("it is {ON_CHANGE}")))
    }
}

/// Which age plugins may be wrapped to.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub(super) struct Plugins {
    /// Their names, as in `age-plugin-NAME`.
    pub(super) allow: BTreeSet<String>,
}

impl Settings {
    /// Reads the file; none is the same as an empty one. Gives what is wrong with it in one clause.
    pub(super) fn read(path: &Path) -> Result<Self, String> {
        match read_text(path, Links::Follow) {
            Ok(text) => Self::parse(&text.unwrap_or_default()),
            Err(error) => Err(error.to_string()),
        }
    }

    /// Reads the file's text.
    pub(super) fn parse(text: &str) -> Result<Self, String> {
        toml::from_str(text).map_err(|error| error.message().to_owned())
    }
}

#[cfg(test)]
mod tests {
    use super::{ROWS, Settings};

    #[test]
    fn every_row_that_the_user_sets_has_a_field_that_reads_it() {
        for row in ROWS.iter().filter(|row| row.by.user()) {
            let text = format!("{} = {}\n", row.key, row.built_in());
            Settings::parse(&text).unwrap_or_else(|what| panic!("{text}{what}"));
        }
    }

    #[test]
    fn a_row_that_the_user_does_not_set_is_refused_in_his_file() {
        for row in ROWS.iter().filter(|row| !row.by.user()) {
            assert!(Settings::parse(&format!("{} = 1\n", row.key)).is_err(), "{}", row.key);
        }
    }

    #[test]
    fn every_field_has_a_row() {
        let fields = format!("{:?}", Settings::default());
        let tables = fields.matches(" { ").count() - 1;
        let rows = ROWS.iter().filter(|row| row.by.user()).count();
        assert_eq!(fields.matches(": ").count() - tables, rows, "{fields}");
    }

    #[test]
    fn rows_stand_in_the_order_of_their_names() {
        assert!(ROWS.is_sorted_by_key(|row| row.key));
    }
}
