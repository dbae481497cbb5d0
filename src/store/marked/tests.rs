//! A block goes in and comes out, and every other byte is as it was.

use std::{fs, os::unix::fs::PermissionsExt};

use super::{Marked, Spot, update_git_config, update_hook, with_block, without_block};
use crate::store::StoreError;

fn config(text: &str) -> (tempfile::TempDir, std::path::PathBuf) {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("config");
    #[expect(clippy::disallowed_methods, reason = "a test writes what git would")]
    fs::write(&path, text).unwrap();
    (folder, path)
}

#[test]
fn block_goes_to_the_end_and_out_again_without_a_trace() {
    for text in ["", "\n", "[a]\n\tb = c\n", "[a]\n\tb = c", "\r\n[a]\r\n"] {
        let with = with_block(text, "x\n", Spot::End);
        assert!(with.starts_with(text) && with.ends_with("\nx\n# end cargo-vault\n"), "{with:?}");
        assert_eq!(without_block(&with), text);
    }
}

#[test]
fn block_takes_the_place_of_the_one_before() {
    let twice = with_block(&with_block("a", "x\n", Spot::End), "y\n", Spot::End);
    assert_eq!(twice, with_block("a", "y\n", Spot::End));
}

#[test]
fn what_others_put_behind_the_block_stays() {
    let after = with_block("a\n", "x\n", Spot::End) + "b\n";
    assert_eq!(without_block(&after), "a\nb\n");
}

#[test]
fn block_without_an_end_is_left_as_it_is() {
    let cut = with_block("a\n", "x\n", Spot::End).replace("# end cargo-vault\n", "");
    assert_eq!(without_block(&cut), cut);
}

#[test]
fn configuration_is_as_it_was_after_both() {
    let (_folder, path) = config("[core]\n\tbare = false");
    let put = |block: &str| update_git_config(&path, |text| with_block(text, block, Spot::End)).unwrap();
    assert_eq!((put("x\n"), put("x\n"), put("y\n")), (Marked::New, Marked::Unchanged, Marked::Changed));
    assert_eq!(update_git_config(&path, without_block).unwrap(), Marked::Removed);
    assert_eq!(update_git_config(&path, without_block).unwrap(), Marked::Unchanged);
    assert_eq!(fs::read_to_string(&path).unwrap(), "[core]\n\tbare = false");
    assert!(!path.with_file_name("config.lock").exists());
}

#[test]
fn who_else_writes_the_configuration_is_not_overrun() {
    let (_folder, path) = config("a\n");
    let lock = path.with_file_name("config.lock");
    fs::File::create(&lock).unwrap();
    let refused = update_git_config(&path, |text| with_block(text, "x\n", Spot::End));
    assert!(matches!(refused, Err(StoreError::Exists { path }) if path.ends_with("config.lock")));
    assert_eq!((fs::read_to_string(&path).unwrap(), lock.exists()), ("a\n".to_owned(), true));
}

#[test]
fn block_goes_behind_the_first_line_of_a_hook_and_out_again_without_a_trace() {
    for text in ["#!/bin/sh\n", "#!/bin/sh", "#!/bin/sh\nexit 0\n", "#!/bin/sh\r\nexit 0"] {
        let with = with_block(text, "x\n", Spot::SecondLine);
        assert!(with.starts_with("#!/bin/sh") && with.contains("\nx\n# end cargo-vault\n"), "{with:?}");
        assert!(with.lines().nth(1).unwrap().starts_with("# begin cargo-vault"), "{with:?}");
        assert_eq!(without_block(&with), text);
    }
}

#[test]
fn hook_of_our_making_goes_and_what_others_added_to_it_stays() {
    let folder = tempfile::tempdir().unwrap();
    let hook = folder.path().join("hooks/pre-commit");
    let text = || fs::read_to_string(&hook).unwrap();
    assert_eq!(update_hook(&hook, Some("x\n")).unwrap(), Marked::New);
    assert_eq!(fs::metadata(&hook).unwrap().permissions().mode() & 0o777, 0o755);
    assert_eq!(update_hook(&hook, Some("y\n")).unwrap(), Marked::Changed);
    assert_eq!(update_hook(&hook, Some("y\n")).unwrap(), Marked::Unchanged);
    assert_eq!(update_hook(&hook, None).unwrap(), Marked::Removed);
    assert!(!hook.exists());
    update_hook(&hook, Some("x\n")).unwrap();
    #[expect(clippy::disallowed_methods, reason = "a test writes what another program would")]
    fs::write(&hook, text() + "theirs\n").unwrap();
    assert_eq!(update_hook(&hook, None).unwrap(), Marked::Removed);
    assert_eq!(text(), "#!/bin/sh\ntheirs\n");
}

#[test]
fn hook_that_is_there_keeps_its_mode_and_its_bytes() {
    let folder = tempfile::tempdir().unwrap();
    let hook = folder.path().join("pre-commit");
    #[expect(clippy::disallowed_methods, reason = "a test writes what another program would")]
    fs::write(&hook, "#!/bin/sh\ntheirs").unwrap();
    fs::set_permissions(&hook, fs::Permissions::from_mode(0o740)).unwrap();
    assert_eq!(update_hook(&hook, Some("x\n")).unwrap(), Marked::New);
    assert_eq!(update_hook(&hook, None).unwrap(), Marked::Removed);
    assert_eq!(fs::read_to_string(&hook).unwrap(), "#!/bin/sh\ntheirs");
    assert_eq!(fs::metadata(&hook).unwrap().permissions().mode() & 0o777, 0o740);
}
