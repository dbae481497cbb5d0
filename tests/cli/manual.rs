//! Manual pages: one for every command, with each of its flags, that mandoc reads without an error.

use std::{collections::BTreeSet, fs};

use clap::Command;

use crate::{
    harness::{Person, said, skipped},
    pty::{is_here, shell_at_terminal},
    tree::{Called, commands},
};

fn page_name(command: &Command) -> String {
    command.get_display_name().unwrap_or_else(|| command.get_name()).to_owned()
}

/// Ana with all pages in the folder `pages`.
fn ana_with_pages() -> Person {
    let ana = Person::new("ana");
    ana.vault(&["man", "--dir", "pages"]).ok();
    ana
}

#[test]
fn every_command_has_a_page() {
    let ana = ana_with_pages();
    let written: BTreeSet<String> = fs::read_dir(ana.path("pages"))
        .unwrap()
        .map(|page| page.unwrap().file_name().into_string().unwrap())
        .collect();
    let wanted: BTreeSet<String> =
        commands().iter().map(|called| format!("{}.1", page_name(&called.command))).collect();
    assert_eq!(written, wanted);
    assert!(written.contains("cargo-vault.1") && written.contains("cargo-vault-env-add.1"), "{written:?}");
}

#[test]
fn every_page_names_each_flag_and_example_of_its_command() {
    let ana = ana_with_pages();
    for Called { command, .. } in commands() {
        let page = String::from_utf8(ana.read(&format!("pages/{}.1", page_name(&command)))).unwrap();
        let page = page.replace("\\-", "-").replace("\\*(Aq", "'").replace("\\\\", "\\");
        let flags = command.get_arguments().filter(|arg| !arg.is_hide_set());
        let flags = flags.filter_map(|arg| {
            arg.get_long()
                .map(|long| format!("--{long}"))
                .or(arg.get_short().map(|short| format!("-{short}")))
        });
        let examples = command.get_after_help().map(ToString::to_string).unwrap_or_default();
        let lines =
            examples.lines().filter_map(|line| line.strip_prefix("  ")).map(|line| line.trim().to_owned());
        let missing: Vec<String> = flags.chain(lines).filter(|text| !page.contains(text)).collect();
        assert_eq!(missing, Vec::<String>::new(), "{}\n{page}", page_name(&command));
    }
}

#[test]
fn mandoc_reads_every_page_without_an_error() {
    let ana = ana_with_pages();
    let mut mandoc = ana.command("sh");
    mandoc.args(["-c", "command -v mandoc >/dev/null || exit 100; mandoc -T lint -W error pages/*.1"]);
    let said = said(mandoc, b"");
    if said.code == 100 {
        return skipped("there is no mandoc");
    }
    assert_eq!((said.code, said.text(), said.err), (0, String::new(), String::new()));
}

#[test]
fn page_goes_into_a_pipe_as_roff() {
    let said = Person::new("ana").vault(&["man", "env", "add"]).ok();
    let text = said.text();
    assert!(text.contains("\n\\fBcargo vault env add\\fR [OPTIONS] <NAME>\n"), "{text}");
    assert_eq!(text.matches(".ds Aq").count(), 2, "the head of a page stands there once: {text}");
    assert!(
        text.contains(".TH cargo-vault-env-add 1 \" \" \"cargo-vault 0.1.0\" \"cargo vault\"\n")
            && text.contains(".SH NAME\ncargo\\-vault\\-env\\-add \\- Make"),
        "{text}"
    );
}

#[test]
fn page_without_a_command_is_the_program_s() {
    let text = Person::new("ana").vault(&["man"]).ok().text();
    assert!(text.contains(".TH cargo-vault 1") && text.contains("cargo\\-vault\\-get\\fR(1)"), "{text}");
}

#[test]
fn page_in_json_is_the_page() {
    let ana = Person::new("ana");
    let answer: serde_json::Value =
        serde_json::from_slice(&ana.vault(&["man", "get", "--json"]).ok().out).unwrap();
    assert_eq!((&answer["schema"], &answer["page"]), (&1.into(), &"cargo-vault-get".into()));
    assert_eq!(answer["roff"], ana.vault(&["man", "get"]).ok().text());
}

#[test]
fn pages_of_one_command_are_those_below_it_too() {
    let ana = Person::new("ana");
    let said = ana.vault(&["man", "env", "--dir", "pages", "--json"]).ok();
    let answer: serde_json::Value = serde_json::from_slice(&said.out).unwrap();
    let root = ana.cwd.to_str().unwrap();
    let written: Vec<&str> = answer["written"]
        .as_array()
        .unwrap()
        .iter()
        .map(|path| path.as_str().unwrap().strip_prefix(root).unwrap())
        .collect();
    assert_eq!(written[..2], ["/pages/cargo-vault-env.1", "/pages/cargo-vault-env-list.1"]);
}

#[test]
fn pages_replace_older_ones_and_follow_no_link() {
    let ana = ana_with_pages();
    ana.write("precious", "precious");
    ana.sh("ln -sf ../precious pages/cargo-vault.1; echo old > pages/cargo-vault-get.1");
    ana.vault(&["man", "--dir", "pages"]).ok();
    assert_eq!(ana.read("precious"), b"precious");
    assert!(ana.read("pages/cargo-vault.1").starts_with(b".ie"));
    assert!(ana.read("pages/cargo-vault-get.1").starts_with(b".ie"));
}

#[test]
fn folder_that_cannot_be_is_named() {
    let ana = Person::new("ana");
    ana.write("file", "");
    let said = ana.vault(&["man", "--dir", "file"]);
    let folder = ana.path("file");
    said.refused(1, &format!("error: `{}` cannot be written: File exists (os error 17)", folder.display()));
}

#[test]
fn command_that_does_not_exist_is_not_found() {
    let said = Person::new("ana").vault(&["man", "env", "nonsense"]);
    insta::assert_snapshot!(said.conversation(), @r"
    exit 3
    --- stdout
    --- stderr
    error: `cargo vault env` has no command `nonsense`

    help: `cargo vault env --help` shows what there is
    ");
}

#[test]
fn person_at_a_terminal_sees_the_page_through_man_which_gets_no_key() {
    let ana = Person::new("ana");
    if !is_here(&ana) {
        return;
    }
    ana.write("bin/man", "#!/bin/sh\necho \"man $*: $(grep -c TH) ${CVAULT_KEY:-no key}\"\n");
    ana.sh("chmod +x bin/man");
    let line = "CVAULT_KEY=x PATH=$PWD/bin:$PATH $0 man get";
    assert_eq!(shell_at_terminal(&ana, &[], line).ok().text(), "man -l -: 1 no key\n");
    let relative = shell_at_terminal(&ana, &[], "PATH=bin $0 man get").ok().text();
    assert!(relative.contains(".TH cargo-vault-get 1"), "{relative}");
}

#[test]
fn person_at_a_terminal_sees_roff_where_man_fails() {
    let ana = Person::new("ana");
    if !is_here(&ana) {
        return;
    }
    ana.write("bin/man", "#!/bin/sh\nexit 1\n");
    ana.sh("chmod +x bin/man");
    let shown = shell_at_terminal(&ana, &[], "PATH=$PWD/bin $0 man get").ok().text();
    assert!(shown.contains(".TH cargo-vault-get 1"), "{shown}");
}
