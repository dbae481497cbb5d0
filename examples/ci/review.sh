#!/bin/sh
# What CI does with a pull request: says what it changes in the vault, and refuses what no member signed.
#
#     NUMBER=7 COMMIT=<the commit to be merged> sh ci/review.sh
#
# Run it in a checkout of the base branch, with its whole history. The pull request's commits are fetched and read as data;
# they are never checked out, so nothing in them runs: not their copy of this script, of a hook, or of .cargo/config.toml.
# CVAULT_TRUST may hold an anchor, which the base branch's vault has to have then.
set -eu

case "${NUMBER:-}" in
    '' | *[!0-9]*) echo "review: NUMBER is not the number of a pull request" >&2; exit 2 ;;
esac
case "${COMMIT:-}" in
    '' | *[!0-9a-f]*) echo "review: COMMIT is not the name of a commit" >&2; exit 2 ;;
esac
git fetch -q --no-tags --no-recurse-submodules origin "refs/pull/$NUMBER/head"
exec cargo-vault verify --base HEAD --tip "$COMMIT" --strict --format github
