//! The script of `cargo vault demo`: who types what, and how it is to end. All of it is typed for real.

/// A part of the story.
pub(super) struct Part {
    /// What happens, for a person.
    pub(super) told: &'static str,
    pub(super) steps: &'static [Step],
}

/// A line that somebody types.
pub(super) struct Step {
    pub(super) who: &'static str,
    pub(super) line: &'static str,
    /// The exit code that it is to end with.
    pub(super) ends: i32,
    /// What somebody takes down from what is shown.
    pub(super) note: Option<Note>,
}

/// The last word of the first line that begins so becomes a variable of somebody's.
pub(super) struct Note {
    pub(super) line: &'static str,
    pub(super) of: &'static str,
    pub(super) variable: &'static str,
}

const fn step(who: &'static str, line: &'static str) -> Step {
    Step { who, line, ends: 0, note: None }
}

const fn refused(who: &'static str, line: &'static str, ends: i32) -> Step {
    Step { who, line, ends, note: None }
}

const fn noted(who: &'static str, line: &'static str, note: Note) -> Step {
    Step { who, line, ends: 0, note: Some(note) }
}

const KEY: &str = "AGE-SECRET-KEY-1";

/// The story.
pub(super) const PARTS: [Part; 8] = [
    Part {
        told: "Ana makes a vault in her project and sets two secrets",
        steps: &[
            step("ana", "git init -q -b main ."),
            step("ana", "cargo vault init --name ana"),
            step("ana", "printf 'postgres://app:tulip@db/shop' | cargo vault set DATABASE_URL"),
            step("ana", "cargo vault set SESSION_KEY --generate=hex:64 --description 'signs the cookies'"),
            step("ana", "cargo vault list"),
        ],
    },
    Part {
        told: "A program finds them in its environment, and the files hold nothing in the clear",
        steps: &[
            step(
                "ana",
                "cargo vault run -- sh -c 'echo \"${#DATABASE_URL} and ${#SESSION_KEY} characters\"'",
            ),
            refused("ana", "grep -r tulip .vault", 1),
        ],
    },
    Part {
        told: "She makes a key for CI, reads the vault's anchor to Bo, and pushes",
        steps: &[
            noted(
                "ana",
                "cargo vault ci setup --name runner --for shell",
                Note { line: KEY, of: "runner", variable: "CVAULT_KEY" },
            ),
            noted("ana", "cargo vault trust --show", Note { line: "anchor", of: "bo", variable: "ANCHOR" }),
            step("ana", "git add .vault && git commit -q -m 'a vault'"),
            step("ana", "git init -q --bare -b main ../../shop.git && git remote add origin ../../shop.git"),
            step("ana", "git push -q -u origin main"),
        ],
    },
    Part {
        told: "The CI job has a fresh clone and one variable, CVAULT_KEY. It reads, and cannot write",
        steps: &[
            step("runner", "git clone -q ../../shop.git ."),
            step("runner", "cargo vault run -- sh -c 'echo \"the job sees ${#DATABASE_URL} characters\"'"),
            refused("runner", "echo 'something else' | cargo vault set DATABASE_URL", 1),
        ],
    },
    Part {
        told: "Bo, on his own machine, trusts the vault by its anchor, asks to be let in, and reads his fingerprint to Ana",
        steps: &[
            step("bo", "git clone -q ../../shop.git ."),
            step("bo", "cargo vault trust $ANCHOR"),
            noted(
                "bo",
                "cargo vault join --name bo",
                Note { line: "fingerprint", of: "ana", variable: "FINGERPRINT" },
            ),
            step("bo", "git add .vault && git commit -q -m 'let me in' && git push -q"),
        ],
    },
    Part {
        told: "She lets him in if the fingerprint is the one he read. He changes a secret and pushes; she has it",
        steps: &[
            step("ana", "git pull -q"),
            step("ana", "cargo vault approve bo --fingerprint $FINGERPRINT"),
            step("ana", "git add .vault && git commit -q -m 'bo is in' && git push -q"),
            step("bo", "git pull -q"),
            step("bo", "cargo vault get DATABASE_URL; echo"),
            step("bo", "printf 'postgres://app:crocus@db/shop' | cargo vault set DATABASE_URL"),
            step("bo", "git commit -q -a -m 'a new password' && git push -q"),
            step("ana", "git pull -q"),
            step("ana", "cargo vault get DATABASE_URL; echo"),
        ],
    },
    Part {
        told: "Mallory can push, and has no key. He swaps two sealed files, and Ana pulls",
        steps: &[
            step("mallory", "git clone -q ../../shop.git ."),
            step(
                "mallory",
                "cd .vault/secrets/dev && mv DATABASE_URL.toml x && mv SESSION_KEY.toml DATABASE_URL.toml && \
                 mv x SESSION_KEY.toml",
            ),
            step("mallory", "git commit -q -a -m 'tidy up' && git push -q"),
            step("ana", "git pull -q"),
            refused("ana", "cargo vault get DATABASE_URL", 5),
            refused("ana", "cargo vault verify", 5),
            step("ana", "git revert --no-edit HEAD >/dev/null && git push -q && cargo vault verify"),
        ],
    },
    Part {
        told: "He writes himself into the roster, in Ana's place. Nothing is opened, and what was is put back",
        steps: &[
            step("mallory", "git pull -q"),
            step(
                "mallory",
                "sed 's/ana/mallory/' .vault/roster.toml > ../x && mv ../x .vault/roster.toml && \
                 git commit -q -a -m 'welcome' && git push -q",
            ),
            step("ana", "git pull -q"),
            refused("ana", "cargo vault run -- echo 'this is not reached'", 125),
            refused("ana", "cargo vault verify", 5),
            step("ana", "git revert --no-edit HEAD >/dev/null && git push -q && cargo vault verify"),
        ],
    },
];
