#!/bin/sh
# The whole cycle in a temporary repository: make a vault, set a secret, give it to a program, share it, read it in CI.
#
#     sh examples/quick-start.sh
#
# It asks nothing and leaves nothing behind but the build. CARGO_VAULT names a program that is built already.
set -eu

here=$(cd "$(dirname "$0")/.." && pwd)
missing=
for tool in cargo cc git; do
    command -v "$tool" >/dev/null || missing="$missing $tool"
done
if [ -n "${CARGO_VAULT:-}" ]; then
    command -v git >/dev/null && missing= || missing=" git"
fi
if [ -n "$missing" ]; then
    echo "missing:$missing" >&2
    echo "help: on Debian and Ubuntu \`apt-get install build-essential git\`; cargo comes from https://rustup.rs" >&2
    exit 1
fi
if [ -z "${CARGO_VAULT:-}" ]; then
    (cd "$here" && cargo build --locked)
    CARGO_VAULT=${CARGO_TARGET_DIR:-$here/target}/debug/cargo-vault
    case $CARGO_VAULT in /*) ;; *) CARGO_VAULT=$here/$CARGO_VAULT ;; esac
fi

# Homes and settings of their own, so that nothing of yours is read or changed.
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
trap 'exit 130' INT TERM
unset CVAULT_KEY CVAULT_KEY_FILE CVAULT_KEY_COMMAND CVAULT_ENV CVAULT_DIR CVAULT_TRUST
unset XDG_CONFIG_HOME XDG_DATA_HOME XDG_STATE_HOME GIT_DIR GIT_WORK_TREE GIT_INDEX_FILE
export DBUS_SESSION_BUS_ADDRESS=disabled:  # and with it the keychain
export HOME="$work/ana" GIT_CONFIG_GLOBAL=/dev/null GIT_CONFIG_NOSYSTEM=1
export GIT_AUTHOR_NAME=Ana GIT_AUTHOR_EMAIL=ana@example.org GIT_COMMITTER_NAME=Ana GIT_COMMITTER_EMAIL=ana@example.org
mkdir "$work/ana" "$work/runner" "$work/project"

say() { printf '\n# %s\n' "$*"; }
vault() {
    printf '$ cargo vault %s\n' "$*"
    "$CARGO_VAULT" "$@"
}
expect() { # got, wanted
    [ "$1" = "$2" ] || { echo "quick-start: got \`$1\` instead of \`$2\`" >&2; exit 1; }
}

cd "$work/project"
git init -q -b main .

say "Ana makes a vault, sets a secret from a pipe, and a program finds it in its environment"
vault init --name ana
printf 'postgres://app:example@localhost/app' | vault set DATABASE_URL
vault run -- sh -c 'echo "the program sees ${#DATABASE_URL} characters"'
expect "$("$CARGO_VAULT" get DATABASE_URL)" 'postgres://app:example@localhost/app'

say "What lies in the repository is sealed, and anybody can check who wrote it"
vault list --long
! grep -rq 'app:example' .vault || { echo "quick-start: the value lies open in .vault" >&2; exit 1; }
vault verify

say "A CI job may read; its one key is shown once (not here)"
echo '$ cargo vault ci setup --for shell'
key=$("$CARGO_VAULT" ci setup --for shell | grep '^AGE-SECRET-KEY-1')
git add .vault
git commit -q -m 'vault'

say "The job: a fresh clone, an empty home, and CVAULT_KEY"
git clone -q "$work/project" "$work/clone"
cd "$work/clone"
export HOME="$work/runner"
(
    export CVAULT_KEY="$key"
    vault verify
    vault run -- sh -c 'echo "the job sees ${#DATABASE_URL} characters"; test -z "${CVAULT_KEY:-}"'
    expect "$("$CARGO_VAULT" get DATABASE_URL)" 'postgres://app:example@localhost/app'
    if printf 'x' | "$CARGO_VAULT" set DATABASE_URL 2>"$work/refused"; then
        echo "quick-start: a machine that may only read has written" >&2
        exit 1
    fi
    say "It cannot write"
    head -n 1 "$work/refused"
)

say "Done: $work goes away now"
