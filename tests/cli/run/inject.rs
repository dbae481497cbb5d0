//! `run --inject`: the variables of a dotenv file in the place of all secrets.

use super::{ana_with, child};
use crate::harness::Person;

fn ana() -> Person {
    let ana = ana_with(&[("A", b"a"), ("PW", b"p\"w$x"), ("OTHER", b"never")]);
    ana.vault(&["env", "add", "prod"]).ok();
    ana.vault_with(&["set", "-e", "prod", "A"], b"prod").ok();
    ana.write(
        ".env",
        "# safe to commit\nexport DB=cvault://prod/A\nURL=\"postgres://u:{{ vault \"PW\" }}@h\" # yes\nPLAIN='$x'\n",
    );
    ana
}

#[test]
fn child_gets_the_variables_of_the_file_and_no_other_secret() {
    let ana = ana();
    let env = ana.vault(&["run", "--clean-env", "--inject", ".env", "--", "/usr/bin/env"]).ok().text();
    let mut lines: Vec<&str> = env.lines().collect();
    lines.sort_unstable();
    lines.retain(|line| !["HOME=", "LC_ALL=", "PATH=", "USER="].iter().any(|known| line.starts_with(known)));
    assert_eq!(lines, ["DB=prod", "PLAIN=$x", "URL=postgres://u:p\"w$x@h"]);
}

#[test]
fn later_files_win() {
    let ana = ana();
    ana.write("more", "DB=cvault://dev/A\nMORE={{ vault 'A' }}");
    let line = "echo \"$DB-$MORE-$PLAIN\"";
    assert_eq!(child(&ana, &["--inject", ".env", "--inject", "more"], line), "a-a-$x\n");
    assert_eq!(child(&ana, &["--inject", "more", "--inject", ".env"], line), "prod-a-$x\n");
}

#[test]
fn file_without_references_needs_no_vault() {
    let bob = Person::new("bob");
    bob.write(".env", "A=1");
    assert_eq!(child(&bob, &["--inject", ".env"], "echo $A"), "1\n");
}

#[test]
fn inherited_variable_wins_where_it_is_kept() {
    let mut ana = ana();
    ana.set("DB", "inherited");
    assert_eq!(child(&ana, &["--inject", ".env"], "echo $DB"), "prod\n");
    assert_eq!(child(&ana, &["--inject", ".env", "--keep", "DB"], "echo $DB"), "inherited\n");
}

#[test]
fn names_that_could_run_code_are_refused_from_a_file_too() {
    let ana = ana();
    ana.write("bad", "LD_PRELOAD=x\nPATH=y\nFINE=z\n");
    ana.vault(&["run", "--inject", "bad", "--", "/bin/true"])
        .refused(125, "error: `LD_PRELOAD`, `PATH` could run code or change the tools in the child");
}

#[test]
fn what_is_missing_is_named_with_file_and_line_and_nothing_is_started() {
    let ana = ana();
    ana.write("more", "\nX=cvault://prod/B\nY={{ vault \"Z\" }}");
    let args = ["run", "--inject", ".env", "--inject", "more", "--", "/usr/bin/touch", "started"];
    let said = ana.vault(&args).refused(125, "error: 2 references lead to no value");
    assert!(
        said.err.contains("`more`, line 3: environment `dev` has no secret `Z`\n")
            && said.err.contains("`more`, line 2: environment `prod` has no secret `B`\n"),
        "{}",
        said.err
    );
    assert!(!ana.path("started").exists());
}

#[test]
fn mistake_in_a_file_is_named_by_its_line_and_never_shown() {
    let ana = ana();
    ana.write("bad", "A=1\nsecret words\nB=${A}");
    let said = ana.vault(&["run", "--inject", "bad", "--", "/usr/bin/touch", "started"]);
    let said = said.refused(125, "error: `bad`: 2 things are not in order");
    assert!(said.err.contains("line 2 has no `=`") && !said.err.contains("words"), "{}", said.err);
    assert!(!ana.path("started").exists());
}

#[test]
fn file_and_a_choice_of_secrets_contradict_each_other() {
    let ana = ana();
    for flag in [["--only", "A"], ["--except", "A"], ["--prefix", "X_"]] {
        let said = ana.vault(&["run", "--inject", ".env", flag[0], flag[1], "--", "/bin/true"]);
        assert_eq!(said.code, 2, "{}", said.err);
    }
}
