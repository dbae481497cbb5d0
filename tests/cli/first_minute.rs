//! From nothing to the first secret read back by a program: three commands, no question.

use crate::harness::Person;

#[test]
fn three_commands_bring_a_secret_to_a_program() {
    let ana = Person::new("ana");
    ana.vault(&["init"]).ok();
    ana.vault_with(&["set", "DATABASE_URL"], b"postgres://localhost/app\n").ok();
    let said = ana.vault(&["run", "--", "/bin/sh", "-c", "printf %s \"$DATABASE_URL\""]).ok();
    assert_eq!(said.text(), "postgres://localhost/app");
}
