//! Names that could run code or change the tools in the child, kept as data. Only the user's own settings allow one.

/// Exact names.
const EXACT: [&str; 47] = [
    "BASH_ENV",
    "CDPATH",
    "COMSPEC",
    "DOTNET_STARTUP_HOOKS",
    "EDITOR",
    "ENV",
    "GCONV_PATH",
    "GIT_ASKPASS",
    "GIT_DIR",
    "GIT_EDITOR",
    "GIT_EXEC_PATH",
    "GIT_EXTERNAL_DIFF",
    "GIT_PAGER",
    "GIT_PROXY_COMMAND",
    "GIT_SEQUENCE_EDITOR",
    "GIT_SSH",
    "GIT_SSH_COMMAND",
    "GIT_TEMPLATE_DIR",
    "GIT_WORK_TREE",
    "GLIBC_TUNABLES",
    "HOME",
    "HOSTALIASES",
    "IFS",
    "JAVA_TOOL_OPTIONS",
    "JDK_JAVA_OPTIONS",
    "LESSCLOSE",
    "LESSOPEN",
    "LOCPATH",
    "MALLOC_CONF",
    "NIX_LD",
    "NLSPATH",
    "NODE_OPTIONS",
    "NODE_PATH",
    "OPENSSL_CONF",
    "OPENSSL_MODULES",
    "PAGER",
    "PATH",
    "PATHEXT",
    "PROMPT_COMMAND",
    "PS4",
    "RUBYLIB",
    "RUBYOPT",
    "SHELL",
    "SHELLOPTS",
    "VISUAL",
    "ZDOTDIR",
    "_JAVA_OPTIONS",
];
const ALSO_EXACT: [&str; 6] =
    ["RUSTDOCFLAGS", "RUSTFLAGS", "SSH_AUTH_SOCK", "SSLKEYLOGFILE", "TERMINFO", "XDG_CONFIG_HOME"];

/// Beginnings of names.
const BEGINNINGS: [&str; 15] = [
    "BASH_FUNC_",
    "CVAULT_",
    "DYLD_",
    "GIT_CONFIG",
    "LD_",
    "NPM_CONFIG_",
    "PERL5",
    "PIP_",
    "PYTHON",
    "RUSTC",
    "RUSTUP_",
    "SSH_ASKPASS",
    "SSL_CERT_",
    "UV_",
    "npm_config_",
];

/// Ends of names.
const ENDS: [&str; 2] = ["_PROXY", "_proxy"];

/// Whether a variable of this name could run code or change the tools in the child.
pub(super) fn is_refused(variable: &str) -> bool {
    EXACT.contains(&variable)
        || ALSO_EXACT.contains(&variable)
        || BEGINNINGS.iter().any(|beginning| variable.starts_with(beginning))
        || ENDS.iter().any(|end| variable.ends_with(end))
        || (variable.starts_with("CARGO") && !is_registry_token(variable))
}

/// `CARGO_REGISTRY_TOKEN` and `CARGO_REGISTRIES_<NAME>_TOKEN` are ordinary secrets.
pub(super) fn is_registry_token(variable: &str) -> bool {
    let named = variable.strip_prefix("CARGO_REGISTRIES_").and_then(|rest| rest.strip_suffix("_TOKEN"));
    variable == "CARGO_REGISTRY_TOKEN" || named.is_some_and(|name| !name.is_empty())
}

#[cfg(test)]
mod tests {
    use super::is_refused;

    #[test]
    fn names_that_steer_tools_are_refused() {
        let names = [
            "PATH",
            "LD_PRELOAD",
            "DYLD_INSERT_LIBRARIES",
            "BASH_ENV",
            "BASH_FUNC_x%%",
            "GIT_CONFIG_COUNT",
            "GIT_SSH",
            "PYTHONPATH",
            "HTTPS_PROXY",
            "all_proxy",
            "RUSTC_WRAPPER",
            "RUSTFLAGS",
            "CARGO",
            "CARGO_HOME",
            "CVAULT_KEY",
            "CARGO_REGISTRIES__TOKEN",
            "SSL_CERT_FILE",
            "SHELL",
            "NODE_OPTIONS",
            "NPM_CONFIG_REGISTRY",
        ];
        assert_eq!(names.map(is_refused), [true; 20]);
    }

    #[test]
    fn ordinary_secrets_are_not() {
        let names = [
            "DATABASE_URL",
            "GIT_TOKEN",
            "SSH_PRIVATE_KEY",
            "CARGO_REGISTRY_TOKEN",
            "CARGO_REGISTRIES_MINE_TOKEN",
            "PATH_TO_X",
            "MY_PATH",
            "PROXY",
            "GITHUB_TOKEN",
            "PGPASSWORD",
        ];
        assert_eq!(names.map(is_refused), [false; 10]);
    }
}
