//! Names by which a shell itself is steered, kept as data: its prompt, its search paths, its hooks, its history, what it counts by.
//! Letters count in either case, since zsh has `path` beside `PATH`.

const EXACT: [&str; 63] = [
    "_",
    "ARGV",
    "BAUD",
    "CDPATH",
    "COLUMNS",
    "CONFIG",
    "DIRSTACK",
    "EGID",
    "ERRNO",
    "EUID",
    "FCEDIT",
    "FIGNORE",
    "FPATH",
    "FUNCNEST",
    "GID",
    "GLOBIGNORE",
    "GROUPS",
    "HOST",
    "HOSTFILE",
    "HOSTNAME",
    "IGNOREEOF",
    "INPUTRC",
    "KEYTIMEOUT",
    "LANG",
    "LINENO",
    "LINES",
    "LISTMAX",
    "LOGCHECK",
    "LOGNAME",
    "MAIL",
    "MAILCHECK",
    "MAILPATH",
    "MANPATH",
    "MODULE_PATH",
    "NULLCMD",
    "OLDPWD",
    "OPTARG",
    "OPTERR",
    "OPTIND",
    "PERIOD",
    "POSIXLY_CORRECT",
    "POSTEDIT",
    "PPID",
    "PSVAR",
    "PWD",
    "RANDOM",
    "READNULLCMD",
    "REPORTTIME",
    "SAVEHIST",
    "SECONDS",
    "SHLVL",
    "SRANDOM",
    "STATUS",
    "STTY",
    "TERM",
    "TMOUT",
    "TTY",
    "UID",
    "UMASK",
    "USER",
    "USERNAME",
    "VERSION",
    "WATCH",
];

const BEGINNINGS: [&str; 26] = [
    "BASH",
    "CHPWD",
    "COMP_",
    "DIRENV_",
    "ENV_CONVERSIONS",
    "FISH_",
    "HIST",
    "LC_",
    "NU_",
    "PERIODIC",
    "PIPESTATUS",
    "PRECMD",
    "PREEXEC",
    "PROMPT",
    "PS0",
    "PS1",
    "PS2",
    "PS3",
    "PS4",
    "PSMODULEPATH",
    "READLINE_",
    "RPROMPT",
    "RPS",
    "SPROMPT",
    "TRANSIENT_PROMPT",
    "ZSH",
];

const ENDS: [&str; 2] = ["_FUNCTIONS", "_ATTRIBUTE"];

/// Whether a variable of this name steers a shell that has it, though it is harmless in a program.
pub(super) fn steers_a_shell(variable: &str) -> bool {
    let upper = variable.to_ascii_uppercase();
    EXACT.contains(&upper.as_str())
        // In any case here, since zsh ties `path` to `PATH`.
        || super::is_refused(&upper)
        || BEGINNINGS.iter().any(|beginning| upper.starts_with(beginning))
        || ENDS.iter().any(|end| upper.ends_with(end))
}

#[cfg(test)]
mod tests {
    use super::steers_a_shell;

    #[test]
    fn names_that_steer_a_shell_are_known_in_either_case() {
        let names = [
            "PS1",
            "path",
            "fpath",
            "MAILPATH",
            "precmd_functions",
            "fish_user_paths",
            "PROMPT_EOL_MARK",
            "SECONDS",
            "BASHOPTS",
            "DIRENV_DIFF",
            "PSModulePath",
            "config",
            "HISTFILE",
            "prompt",
            "TMOUT",
        ];
        assert_eq!(names.map(steers_a_shell), [true; 15]);
    }

    #[test]
    fn ordinary_secrets_steer_none() {
        let names = [
            "DATABASE_URL",
            "HOST_KEY",
            "MAIL_PASSWORD",
            "USER_TOKEN",
            "PSK",
            "PGUSER",
            "TERMINAL_ID",
            "PATHLIKE",
        ];
        assert_eq!(names.map(steers_a_shell), [false; 8]);
    }
}
