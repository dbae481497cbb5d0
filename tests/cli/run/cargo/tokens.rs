//! Tokens of registries: cargo gets the one that it asks for, and nothing that it starts gets any.

use std::{
    io::{BufRead, BufReader, Lines},
    process::{Child, ChildStdout, Command, Stdio},
};

use super::{CANARY, ana_with_cargo, cargo, package};
use crate::{harness::Person, pty::is_here};

/// A registry on this machine, ended with the test.
struct Registry {
    server: Child,
    lines: Lines<BufReader<ChildStdout>>,
}

impl Registry {
    /// The next request.
    fn request(&mut self) -> String {
        self.lines.next().unwrap().unwrap()
    }
}

impl Drop for Registry {
    fn drop(&mut self) {
        let _ = self.server.kill();
        let _ = self.server.wait();
    }
}

/// Somebody whose cargo knows a registry named `our-own`, and whose vault has its token.
fn ana_with_registry() -> Option<(Person, Registry)> {
    let mut ana = ana_with_cargo()?;
    if !is_here(&ana) {
        return None;
    }
    let mut server = Command::new("/usr/bin/python3");
    server.args(["-c", include_str!("registry.py")]).stdout(Stdio::piped());
    let mut server = server.spawn().unwrap();
    let mut lines = BufReader::new(server.stdout.take().unwrap()).lines();
    let port = lines.next().unwrap().unwrap();
    let registry = Registry { server, lines };
    ana.write(
        ".cargo/config.toml",
        format!("[registries.our-own]\nindex = \"sparse+http://127.0.0.1:{port}/\"\n"),
    );
    ana.vault_with(&["set", "CARGO_REGISTRIES_OUR_OWN_TOKEN"], b"token-of-our-own").ok();
    ana.vault_with(&["set", "CARGO_REGISTRY_TOKEN"], b"token-of-another").ok();
    ana.set("CARGO_NET_OFFLINE", "false");
    package(
        &ana,
        "",
        "app",
        "license = \"MIT\"\ndescription = \"x\"\npublish = [\"our-own\"]\ninclude = [\"src\", \"build.rs\"]\n",
    );
    // No token and no secret is anywhere that a build script looks.
    ana.write(
        "build.rs",
        "fn main() { for (_, v) in std::env::vars() { assert!(!v.contains(\"token-of\") && !v.contains(\"canary-\")); } \
         println!(\"cargo:rerun-if-changed=never\"); }",
    );
    Some((ana, registry))
}

#[test]
fn owners_are_asked_for_with_the_registrys_own_token() {
    let Some((ana, mut registry)) = ana_with_registry() else { return };
    let said = cargo(&ana, &["owner", "-q", "--list", "--registry", "our-own", "app"]).ok();
    assert_eq!(said.text(), "ana (Ana)\n");
    assert_eq!(registry.request(), "GET /api/v1/crates/app/owners token-of-our-own");
}

#[test]
fn version_is_yanked_with_the_registrys_own_token() {
    let Some((ana, mut registry)) = ana_with_registry() else { return };
    cargo(&ana, &["yank", "-q", "--registry", "our-own", "--version", "0.1.0", "app"]).ok();
    assert_eq!(registry.request(), "DELETE /api/v1/crates/app/0.1.0/yank token-of-our-own");
}

#[test]
fn package_is_built_without_and_published_with_the_token() {
    let Some((ana, mut registry)) = ana_with_registry() else { return };
    let said = cargo(&ana, &["publish", "--registry", "our-own", "--allow-dirty"]).ok();
    assert_eq!(registry.request(), "PUT /api/v1/crates/new token-of-our-own");
    // It was verified, which is to build it, once.
    assert_eq!(said.err.matches("Verifying app").count(), 1, "{}", said.err);
    assert!(!said.err.contains("token-of") && !said.err.contains(CANARY), "{}", said.err);
}

#[test]
fn wrapper_that_becomes_the_provider_gets_no_token() {
    let Some((ana, _registry)) = ana_with_registry() else { return };
    let seen = ana.root().join("seen");
    ana.write(
        "wrapper",
        format!(
            "#!/bin/sh\nsocket=$(tr '\\0' '\\n' </proc/$PPID/cmdline | sed -n 's/.*__cargo-credential\", \"\\([^\"]*\\)\".*/\\1/p')\n\
             if [ -n \"$socket\" ]; then\n\
             printf '{{\"v\":1,\"registry\":{{\"index-url\":\"x\",\"name\":\"our-own\"}},\"kind\":\"get\",\"operation\":\"publish\",\"args\":[\"__cargo-credential\",\"%s\"]}}\\n' \"$socket\" >{0}.in\n\
             exec {1} --cargo-plugin <{0}.in >>{0}\nfi\nexec \"$@\"\n",
            seen.display(),
            crate::harness::PROGRAM
        ),
    );
    ana.sh("chmod +x wrapper");
    let config = String::from_utf8(ana.read(".cargo/config.toml")).unwrap();
    ana.write(
        ".cargo/config.toml",
        format!("{config}[build]\nrustc-wrapper = \"{}\"\n", ana.path("wrapper").display()),
    );
    cargo(&ana, &["publish", "-q", "--registry", "our-own", "--allow-dirty"]).ok();
    assert!(!seen.exists(), "{}", std::fs::read_to_string(&seen).unwrap_or_default());
}

#[test]
fn registry_without_a_secret_is_cargos_own_affair() {
    let Some((ana, mut registry)) = ana_with_registry() else { return };
    ana.vault(&["rm", "CARGO_REGISTRIES_OUR_OWN_TOKEN"]).ok();
    let mut command = ana.command(crate::harness::PROGRAM);
    command.args(["run", "--", "cargo", "owner", "-q", "--list", "--registry", "our-own", "app"]);
    command.env("CARGO_REGISTRIES_OUR_OWN_TOKEN", "inherited");
    crate::harness::said(command, b"").ok();
    assert_eq!(registry.request(), "GET /api/v1/crates/app/owners inherited");
}
