#!/bin/sh
# What a CI job does with a vault: check it, and start a program that was built before with its secrets.
#
#     sh ci/job.sh ./target/debug/app --its-arguments
#
# CVAULT_KEY is what `cargo vault ci setup` showed; its anchor says which vault this has to be. CVAULT_ENV names another
# environment than the default one.
#
# Build in a step or job that has no CVAULT_KEY: cargo hands its environment to the build scripts of every dependency.
set -eu

if [ -z "${CVAULT_KEY:-}" ]; then
    echo "job: CVAULT_KEY is not set" >&2
    echo "help: \`cargo vault ci setup\` shows it once; forks and unprotected branches do not get it" >&2
    exit 4
fi
cargo-vault verify
exec cargo-vault run -- "$@"
