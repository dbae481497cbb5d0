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
    RUSTFLAGS="-C target-feature=+crt-static -C link-arg=-Wl,-z,pack-relative-relocs" cargo build --locked --release --target "$(rustc -vV | sed -n 's/^host: //p')"

# What is shipped beside the program: the list of all that is built in (CycloneDX), and its licences
packaging:
    PACKAGING_WRITE=1 cargo test --locked --test packages

# The list of all that is built in alone
sbom:
    PACKAGING_WRITE=1 cargo test --locked --test packages list_of_what_is_built_in

# The manual pages, into target/man
man:
    rm -rf target/man
    cargo run --locked --release --quiet -- man --dir target/man

# A package for Debian, into target/debian; it needs cargo-deb
deb: man
    cargo deb --locked --no-build

# An archive for Linux, into target/dist, as cargo-binstall looks for it
archive: release man
    #!/bin/sh
    set -eu
    target=$(rustc -vV | sed -n 's/^host: //p')
    folder=target/dist/cargo-vault-$target
    rm -rf "$folder"
    mkdir -p "$folder/man"
    cp "target/$target/release/cargo-vault" README.md CHANGELOG.md LICENSE-* packaging/THIRD-PARTY.txt "$folder"
    cp -r completions "$folder"
    cp target/man/*.1 "$folder/man"
    tar -C target/dist -czf "$folder.tar.gz" "cargo-vault-$target"

# One fuzz target until it is stopped; it needs cargo-fuzz and a nightly toolchain
fuzz TARGET:
    cargo +nightly fuzz run {{TARGET}}

# Licences, advisories, bans and sources of the dependencies; it needs cargo-deny
deny:
    cargo deny check
