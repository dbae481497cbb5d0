# The recipes of the house; `just --list` shows them.

# Formatting, lints and documentation
check:
    cargo fmt --check
    cargo clippy --locked --all-targets -- -D warnings
    RUSTDOCFLAGS="-D warnings" cargo doc --locked --no-deps

# Every test
test:
    cargo test --locked

# The measurements
bench:
    benches/run

# The binary as it is shipped for Linux: libc linked in, which starts in three quarters of the time
release:
    RUSTFLAGS="-C target-feature=+crt-static" cargo build --locked --release --target "$(rustc -vV | sed -n 's/^host: //p')"

# One fuzz target until it is stopped; it needs cargo-fuzz and a nightly toolchain
fuzz TARGET:
    cargo +nightly fuzz run {{TARGET}}

# Licences, advisories, bans and sources of the dependencies; it needs cargo-deny
deny:
    cargo deny check
