//! The rules themselves, each on a source that breaks it.

use super::{
    Source, expose_outside, exposures, head, imports, length, listed_in_vain, names, outside, owners,
    unit_tests,
};

#[test]
fn an_import_upwards_is_found_in_a_nested_group() {
    let source = Source::read(
        "store/disk.rs",
        "use crate::{\n\
             kernel::{name::EnvName, tree},\n\
             vault::{self, open::{Vault, Change as C}},\n\
         };\n",
    );
    assert_eq!(
        imports(&source),
        [
            "src/store/disk.rs:3: `store` imports upwards: `crate::vault`",
            "src/store/disk.rs:3: `store` imports upwards: `crate::vault::open::Vault`",
            "src/store/disk.rs:3: `store` imports upwards: `crate::vault::open::Change`",
        ]
    );
}

#[test]
fn an_import_sideways_is_found_in_an_expression() {
    let source = Source::read("git/mod.rs", "fn f() -> Disk {\n    crate::store::Disk::open()\n}\n");
    assert_eq!(imports(&source), ["src/git/mod.rs:2: `git` imports sideways: `crate::store::Disk::open`"]);
}

#[test]
fn an_import_by_way_of_super_is_found_in_a_module_of_tests_and_after_it() {
    let source = Source::read(
        "kernel/name.rs",
        "#[cfg(test)]\n\
         mod tests {\n\
             use super::super::super::ui::Ui;\n\
             use super::SecretName;\n\
         }\n\
         use super::{refusal, super::vault};\n",
    );
    assert_eq!(
        imports(&source),
        [
            "src/kernel/name.rs:3: `kernel` imports upwards: `crate::ui::Ui`",
            "src/kernel/name.rs:6: `kernel` imports upwards: `crate::vault`",
        ]
    );
}

#[test]
fn an_import_through_the_name_of_the_library_is_found() {
    let source = Source::read("unlock.rs", "use cargo_vault::audit;\n");
    assert_eq!(imports(&source), ["src/unlock.rs:1: `unlock` imports sideways: `crate::audit`"]);
}

#[test]
fn a_way_around_the_rooms_is_found() {
    let source = Source::read("audit.rs", "use crate::{self as house, Disk};\nuse super::*;\n");
    assert_eq!(
        imports(&source),
        [
            "src/audit.rs:1: renames the crate",
            "src/audit.rs:1: `crate::Disk` leads to no room",
            "src/audit.rs:2: `crate::*` leads to no room",
        ]
    );
}

#[test]
fn a_room_on_no_floor_is_found() {
    assert_eq!(
        imports(&Source::read("cellar/mod.rs", "")),
        ["src/cellar/mod.rs:1: `cellar` stands on no floor"]
    );
}

#[test]
fn imports_downwards_and_of_the_own_room_are_no_fault() {
    let source = Source::read(
        "vault/open.rs",
        "use crate::{kernel::name, store::Disk, vault::Change};\n\
         pub(crate) use super::x;\n\
         pub(in crate::vault) fn f() {}\n",
    );
    assert_eq!(imports(&source), [""; 0]);
}

#[test]
fn comments_and_literals_are_no_imports() {
    let source = Source::read(
        "kernel/x.rs",
        "// crate::vault\n\
         /* /* crate::vault */ crate::vault */\n\
         const A: &str = \"\\\" crate::vault\";\n\
         const B: &[u8] = br#\"\" crate::vault\"#;\n\
         const C: char = '\"';\n\
         fn f<'a>(r#mod: &'a str) -> u8 { b'\\'' }\n\
         use crate::vault;\n",
    );
    assert_eq!(imports(&source), ["src/kernel/x.rs:7: `kernel` imports upwards: `crate::vault`"]);
}

#[test]
fn a_file_a_clock_and_a_variable_are_found_in_the_kernel() {
    let source = Source::read(
        "kernel/x.rs",
        "use std::{fs, io::{self, Read}, env::var};\n\
         fn f() { io::stdin(); }\n\
         fn g() { std::time::SystemTime::now(); }\n\
         use std::time::Instant as Clock;\n",
    );
    assert_eq!(
        outside(&source),
        [
            "src/kernel/x.rs:1: the kernel does not reach outside: `std::fs`",
            "src/kernel/x.rs:1: the kernel does not reach outside: `std::env::var`",
            "src/kernel/x.rs:2: the kernel does not reach outside: `io::stdin`",
            "src/kernel/x.rs:3: the kernel does not reach outside: `std::time::SystemTime::now`",
            "src/kernel/x.rs:4: the kernel does not rename `std::time::Instant`",
        ]
    );
}

#[test]
fn a_file_outside_the_kernel_may_read_files() {
    assert_eq!(outside(&Source::read("store/x.rs", "use std::fs;\n")), [""; 0]);
}

#[test]
fn a_file_of_501_lines_is_found() {
    let source = Source::read("ui/x.rs", &"\n".repeat(501));
    assert_eq!(length(&source), ["src/ui/x.rs:501: has 501 lines, over 500"]);
}

#[test]
fn a_file_without_a_head_is_found() {
    let source = Source::read("ui/x.rs", "use std::fmt;\n//! Late.\n");
    assert_eq!(head(&source), ["src/ui/x.rs:1: does not begin with `//! `"]);
}

#[test]
fn an_exposure_outside_the_list_is_found() {
    let source = Source::read(
        "ui/x.rs",
        "fn f(s: &Secret) {\n\
             s\n\
                 .expose();\n\
             map(Secret::expose);\n\
         }\n",
    );
    assert_eq!(
        expose_outside(&source, &["vault.rs"]),
        [
            "src/ui/x.rs:3: calls `expose()` and is not in `EXPOSING`",
            "src/ui/x.rs:4: calls `expose()` and is not in `EXPOSING`",
        ]
    );
}

#[test]
fn the_door_itself_and_tests_are_no_exposure() {
    let source = Source::read(
        "kernel/secret.rs",
        "pub fn expose(&self) {}\n\
         #[cfg(test)]\n\
         mod tests {\n\
             fn f() { s.expose(); }\n\
         }\n",
    );
    assert_eq!(exposures(&source), [0; 0]);
}

#[test]
fn a_listed_file_that_exposes_nothing_is_found() {
    let silent = Source::read("ui/x.rs", "// s.expose()\n");
    let exposing = Source::read("ui/y.rs", "fn f() { s.expose(); }\n");
    assert_eq!(
        listed_in_vain(&[silent, exposing], &["ui/x.rs", "ui/y.rs", "ui/gone.rs"]),
        [
            "src/ui/x.rs:1: is in `EXPOSING` and does not call `expose()`",
            "src/ui/gone.rs:1: is in `EXPOSING` and does not call `expose()`",
        ]
    );
}

#[test]
fn a_crate_outside_its_room_is_found() {
    let source = Source::read(
        "vault/x.rs",
        "use git2::Repository;\n\
         #[derive(clap::Parser)]\n\
         struct A { age: u8 }\n\
         fn f() { ::age::x25519::Identity::generate(); }\n\
         use {rpassword as r, dirs::home_dir};\n",
    );
    assert_eq!(
        owners(&source),
        [
            "src/vault/x.rs:1: `git2` belongs to git",
            "src/vault/x.rs:2: `clap` belongs to cli and main",
            "src/vault/x.rs:4: `age` belongs to kernel/seal",
            "src/vault/x.rs:5: `rpassword` belongs to ui",
            "src/vault/x.rs:5: `dirs` belongs to main and store",
        ]
    );
}

#[test]
fn a_crate_in_its_room_is_no_fault() {
    assert_eq!(owners(&Source::read("kernel/seal/key.rs", "use age::x25519;\n")), [""; 0]);
}

#[test]
fn a_room_whose_name_begins_like_the_owner_is_no_owner() {
    assert_eq!(
        owners(&Source::read("github.rs", "use git2::Oid;\n")),
        ["src/github.rs:1: `git2` belongs to git"]
    );
}

#[test]
fn a_file_and_a_folder_that_say_nothing_are_found() {
    assert_eq!(
        names(&Source::read("common/helpers.rs", "")),
        [
            "src/common/helpers.rs:1: `common` says nothing about what is in it",
            "src/common/helpers.rs:1: `helpers` says nothing about what is in it",
        ]
    );
}

#[test]
fn a_module_of_81_lines_of_tests_is_found() {
    let text =
        format!("\n#[cfg(test)]\n#[expect(unused, reason = \"}}\")]\nmod tests {{{}}}\n", "\n".repeat(78));
    let source = Source::read("ui/x.rs", &text);
    assert_eq!(unit_tests(&source), ["src/ui/x.rs:2: over 80 lines of tests: they move to a `tests.rs`"]);
}

#[test]
fn a_module_of_80_lines_of_tests_is_no_fault() {
    let source = Source::read("ui/x.rs", &format!("#[cfg(test)]\nmod tests {{{}}}\n", "\n".repeat(78)));
    assert_eq!(unit_tests(&source), [""; 0]);
}

#[test]
fn a_test_outside_a_module_of_tests_is_found() {
    let source = Source::read("ui/x.rs", "#[cfg(not(test))]\nmod real {\n#[test]\nfn f() {}\n}\n");
    assert_eq!(unit_tests(&source), ["src/ui/x.rs:3: a test outside a module of tests"]);
}
