//! Masking of pipes: what the program prints under `run --mask`, what passes through `mask`, and what a runner is told.

use std::{
    io::{Read, Write},
    os::unix::process::ExitStatusExt,
    process::Stdio,
};

use super::ana_with;
use crate::harness::{PROGRAM, Person, Said, said};

const VALUE: &[u8] = b"s3cret/value?";

fn ana() -> Person {
    ana_with(&[("TOKEN", VALUE)])
}

/// What a shell line prints as a child of `run --mask`, both outputs.
#[track_caller]
fn masked(person: &Person, line: &str) -> (String, String) {
    let said = person.vault(&["run", "--mask", "--", "/bin/sh", "-c", line]).ok();
    (said.text(), said.err)
}

#[test]
fn values_are_masked_in_both_outputs_and_nothing_else() {
    let shown = masked(&ana(), "printf 'a %s b' $TOKEN; printf 'c %s\\377' $TOKEN | tr '\\377' d >&2");
    assert_eq!(shown, ("a [TOKEN] b".to_owned(), "c [TOKEN]d".to_owned()));
}

#[test]
fn bytes_that_are_no_text_pass() {
    let ana = ana();
    let bytes: Vec<u8> = (0..=255).cycle().take(100_000).collect();
    ana.write("bytes", &bytes);
    assert_eq!(ana.vault(&["run", "--mask", "--", "/bin/cat", "bytes"]).ok().out, bytes);
}

#[test]
fn encodings_of_the_usual_tools_are_masked() {
    let (shown, _) = masked(&ana(), "echo $TOKEN | base64; printf %s $TOKEN | od -An -tx1 | tr -d ' '");
    assert_eq!(shown, "[TOKEN]\n[TOKEN]\n");
}

#[test]
fn name_is_shown_as_it_was_given() {
    let ana = ana_with(&[("db/password", VALUE)]);
    assert_eq!(masked(&ana, "echo $DB_PASSWORD").0, "[db/password]\n");
}

#[test]
fn order_of_both_outputs_holds_where_they_are_one() {
    let line =
        format!("{PROGRAM} run --mask -- sh -c 'for i in 1 2 3; do echo o$i; echo $TOKEN >&2; done' 2>&1");
    assert_eq!(ana().sh(&line), "o1\n[TOKEN]\no2\n[TOKEN]\no3\n[TOKEN]\n");
}

#[test]
fn exit_code_under_a_mask_is_the_childs() {
    assert_eq!(ana().vault(&["run", "--mask", "--", "/bin/sh", "-c", "exit 7"]).code, 7);
}

#[test]
fn death_by_a_signal_under_a_mask_is_the_childs() {
    let ana = ana();
    let mut command = ana.command(PROGRAM);
    command.args(["run", "--mask", "--", "/bin/sh", "-c", "kill -TERM $$"]);
    command.stdin(Stdio::null()).stdout(Stdio::null());
    assert_eq!(command.status().unwrap().signal(), Some(15));
}

#[test]
fn program_that_is_not_there_is_127_under_a_mask() {
    let said = ana().vault(&["run", "--mask", "--", "no-such-program"]);
    said.refused(127, "error: there is no program `no-such-program`");
}

#[test]
fn standard_input_is_left_to_a_masked_child_whole() {
    let input = vec![b'y'; 300_000];
    assert_eq!(ana().vault_with(&["run", "--mask", "--", "/bin/cat"], &input).ok().out, input);
}

#[test]
fn what_the_program_leaves_running_is_not_waited_for() {
    let ana = ana();
    // Longer than a test may take, and ended by its own name.
    let (shown, _) = masked(&ana, "sleep 600 & echo $! > left; echo $TOKEN");
    ana.sh("kill $(cat left)");
    assert_eq!(shown, "[TOKEN]\n");
}

#[test]
fn program_is_told_when_nobody_reads_any_more() {
    // `yes` would write for ever.
    let line =
        format!("{{ {PROGRAM} run --mask -- yes || echo \"code $?\" >&2; }} 2>said | head -c2; cat said");
    assert_eq!(ana().sh(&line), "y\ncode 141\n");
}

#[test]
fn short_values_are_named_once() {
    let ana = ana_with(&[("TOKEN", VALUE), ("PIN", b"1234"), ("KEY", b"long enough\n}\n")]);
    assert_eq!(
        masked(&ana, "echo $PIN $TOKEN"),
        (
            "1234 [TOKEN]\n".to_owned(),
            "warning: not masked, since shorter than 6 bytes: `PIN`\n\
             warning: not masked where they stand alone, since shorter than 6 bytes: lines of `KEY`\n"
                .to_owned()
        )
    );
}

#[test]
fn ci_masks_by_itself() {
    let mut ana = ana();
    ana.set("CI", "true");
    assert_eq!(ana.vault(&["run", "--", "/bin/sh", "-c", "echo $TOKEN"]).ok().text(), "[TOKEN]\n");
}

#[test]
fn ci_masks_nothing_where_that_was_asked() {
    let mut ana = ana();
    ana.set("CI", "true");
    let said = ana.vault(&["run", "--no-mask", "--", "/bin/sh", "-c", "echo $TOKEN"]).ok();
    assert_eq!(said.out, [VALUE, b"\n"].concat());
}

#[test]
fn what_watching_changes_cannot_be_masked() {
    let said = ana().vault(&["run", "--mask", "--watch", "--", "/bin/true"]);
    said.refused(125, "error: what `--watch` changes cannot be masked");
}

#[test]
fn last_of_two_flags_counts() {
    let ana = ana();
    let run = |flags: [&str; 2]| {
        ana.vault(&[&["run"], &flags[..], &["--", "/bin/sh", "-c", "echo $TOKEN"]].concat()).ok().text()
    };
    assert_eq!(run(["--no-mask", "--mask"]), "[TOKEN]\n");
    assert_eq!(run(["--mask", "--no-mask"]), "s3cret/value?\n");
}

#[test]
fn filter_masks_what_passes_through() {
    let said = ana().vault_with(&["mask"], b"a s3cret/value?\xff\n").ok();
    assert_eq!((said.out, said.err), (b"a [TOKEN]\xff\n".to_vec(), String::new()));
}

#[test]
fn filter_masks_the_chosen_ones_of_the_environments_that_were_named() {
    let ana = ana_with(&[("A", b"value of A"), ("B", b"value of B")]);
    ana.vault(&["env", "add", "prod"]).ok();
    ana.vault_with(&["set", "-e", "prod", "C"], b"value of C").ok();
    let text = b"value of A, value of B, value of C";
    let shown = |args: &[&str]| ana.vault_with(args, text).ok().text();
    assert_eq!(shown(&["mask", "--only", "A"]), "[A], value of B, value of C");
    assert_eq!(shown(&["mask", "-e", "dev", "-e", "prod", "--except", "A"]), "value of A, [B], [C]");
}

#[test]
fn filter_gives_out_at_once_what_is_no_value() {
    let ana = ana();
    let mut command = ana.command(PROGRAM);
    let mut filter = command.arg("mask").stdin(Stdio::piped()).stdout(Stdio::piped()).spawn().unwrap();
    let (mut to, mut from) = (filter.stdin.take().unwrap(), filter.stdout.take().unwrap());
    to.write_all(b"Password: ").unwrap();
    let mut shown = [0; 10];
    from.read_exact(&mut shown).unwrap();
    drop(to);
    assert_eq!((&shown, filter.wait().unwrap().code()), (b"Password: ", Some(0)));
}

#[test]
fn filter_whose_reader_has_gone_is_silent_and_done() {
    let line = format!("{{ yes | {PROGRAM} mask; echo $? >&2; }} 2>said | head -c2; cat said");
    assert_eq!(ana().sh(&line), "y\n0\n");
}

#[test]
fn filter_without_a_key_lets_nothing_pass() {
    let mut bob = ana().clone_for("bob");
    bob.set("CVAULT_TRUST", "first-use");
    let said = bob.vault_with(&["mask"], b"a s3cret/value?");
    assert_eq!((said.code, said.text().as_str()), (4, ""));
}

#[test]
fn filter_of_what_cannot_be_read_says_so() {
    let ana = ana();
    let said = ana.sh(&format!("{PROGRAM} mask <. 2>said || echo \"code $?\"; cat said"));
    assert_eq!(said, "code 1\nerror: standard input: Is a directory (os error 21)\n");
}

/// Runs a shell line as a step of a runner would, with what the runner is called, and gives what its log has.
#[track_caller]
fn step(person: &Person, line: &str) -> Said {
    // The last command is no `exec`, so that the runner stays the step's parent.
    person.write("Runner.Worker", "#!/bin/sh\n/bin/sh -c \"$1\"\nexit $?\n");
    person.sh("chmod +x Runner.Worker");
    let mut command = person.command("./Runner.Worker");
    command.arg(format!("{line}\n:")).env("GITHUB_ACTIONS", "true").env("CI", "true");
    said(command, b"").ok()
}

#[test]
fn runner_is_told_each_line_and_form_before_the_program_begins() {
    let ana = ana_with(&[("KEY", b"first 50%\nsecond line\n")]);
    let log = step(&ana, &format!("{PROGRAM} run -- echo begun")).text();
    let (told, shown): (Vec<&str>, Vec<&str>) =
        log.lines().partition(|line| line.starts_with("::add-mask::"));
    assert_eq!(shown, ["begun"], "{log}");
    assert!(log.ends_with("begun\n"), "{log}");
    let hex = "666972737420353025";
    for line in ["first 50%25", "second line", "first 50%25%0Asecond line", hex] {
        assert!(told.iter().any(|told| told.starts_with(&format!("::add-mask::{line}"))), "{line}: {log}");
    }
}

#[test]
fn runner_is_told_nothing_where_the_output_is_not_its_log() {
    let ana = ana();
    let line = format!(
        "x=$({PROGRAM} run -- echo begun 2>&1); echo \"<$x>\"; {PROGRAM} run -- echo begun 2>&1 | cat"
    );
    assert_eq!(step(&ana, &line).text(), "<begun>\nbegun\n");
}

#[test]
fn runner_is_told_on_its_other_output_if_that_is_the_log() {
    let ana = ana();
    let line = format!("x=$({PROGRAM} run -- echo begun); echo \"<$x>\"");
    let said = step(&ana, &line);
    assert_eq!(said.text(), "<begun>\n");
    assert!(said.err.contains("::add-mask::s3cret/value?\n"), "{}", said.err);
}

#[test]
fn nobody_is_told_outside_a_runner() {
    let mut ana = ana();
    ana.set("GITHUB_ACTIONS", "true").set("CI", "true");
    let said = ana.vault(&["run", "--", "/bin/echo", "begun"]).ok();
    assert_eq!((said.text().as_str(), said.err.as_str()), ("begun\n", ""));
}

#[test]
fn gitlab_is_told_nothing() {
    let mut ana = ana();
    ana.set("GITLAB_CI", "true").set("CI", "true");
    assert_eq!(ana.vault(&["run", "--", "/bin/sh", "-c", "echo $TOKEN"]).ok().text(), "[TOKEN]\n");
}
