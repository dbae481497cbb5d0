//! `--version`, which is answered before anything else is looked at.

use std::process::Stdio;

use crate::harness::{PROGRAM, Person};

#[test]
fn version_is_printed_in_every_way_of_asking() {
    let ana = Person::new("ana");
    let expected = format!("cargo-vault {}\n", env!("CARGO_PKG_VERSION"));
    for asked in
        [&["--version"][..], &["-V"], &["vault", "--version"], &["vault", "-V"], &["--version", "--json"]]
    {
        assert_eq!(ana.vault(asked).ok().text(), expected, "{asked:?}");
    }
}

#[test]
fn version_needs_no_folder_and_no_settings_that_parse() {
    let ana = Person::new("ana");
    ana.write("../ana-home/.config/cargo-vault/settings.toml", "nonsense");
    ana.sh(&format!("mkdir gone; cd gone; rmdir ../gone; '{PROGRAM}' --version"));
}

#[test]
fn version_with_a_version_behind_it_is_a_flag_of_the_command() {
    let said = Person::with_vault("ana").vault(&["get", "NAME", "--version", "1"]);
    said.refused(3, "error: environment `dev` has no secret `NAME`");
}

#[test]
fn version_that_nobody_reads_is_no_failure_and_one_that_cannot_be_written_is() {
    let ana = Person::new("ana");
    ana.sh(&format!("'{PROGRAM}' --version >&-"));
    let mut full = ana.command(PROGRAM);
    let device = std::fs::OpenOptions::new().write(true).open("/dev/full").unwrap();
    let said = full.arg("--version").stdout(device).stderr(Stdio::piped()).output().unwrap();
    assert_eq!(said.status.code(), Some(1));
    assert!(String::from_utf8_lossy(&said.stderr).starts_with("error: cannot write to standard output: "));
}
