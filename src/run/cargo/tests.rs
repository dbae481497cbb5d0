//! cargo's command lines, as they are read and written again.

use std::ffi::OsString;

use super::line::{Kind, Line};

fn line(text: &str) -> Line {
    let words: Vec<OsString> = text.split(' ').map(OsString::from).collect();
    Line::read(&words).expanded(&|name| (name == "mine").then(|| vec!["-q".to_owned(), "t".to_owned()]))
}

fn shown(words: &[OsString]) -> String {
    words.join(OsString::from(" ").as_os_str()).into_string().unwrap()
}

/// The words with a setting put in.
fn with(text: &str) -> String {
    shown(&line(text).with(&["--config".into(), "S".into()], &[]))
}

#[test]
fn kind_is_told_by_the_command_behind_the_global_options() {
    let kinds =
        ["+nightly -v --color always run", "-C sub t --lib", "bench -- --no-run", "nextest --color never r"];
    let kinds = kinds.map(|text| line(text).kind());
    assert_eq!(kinds, [Kind::Run, Kind::Tests, Kind::Tests, Kind::Nextest]);
}

#[test]
fn what_runs_nothing_is_no_run() {
    let kinds = ["test --no-run", "run --help", "nextest list", "build", "-V", "publish -n", "foo"];
    assert_eq!(kinds.map(|text| line(text).kind()), [Kind::Other; 7]);
}

#[test]
fn no_verify_of_publish_builds_nothing() {
    let kinds = ["publish", "publish --no-verify", "yank --version 1.0.0 x", "owner --list x"];
    assert_eq!(
        kinds.map(|text| line(text).kind()),
        [true, false, false, false].map(|builds| Kind::Registry { builds })
    );
}

#[test]
fn alias_that_stands_for_another_is_followed() {
    assert_eq!(with("mine --lib -- x"), "-q --config S test --lib -- x");
}

#[test]
fn arguments_of_a_program_are_no_options() {
    assert_eq!(line("run --bin a x --target y").values("--target"), Vec::<String>::new());
    assert_eq!(line("run --target=a --target b -- --target c").values("--target"), ["a", "b"]);
}

#[test]
fn setting_stands_where_it_wins() {
    assert_eq!(with("+x -q run a"), "+x -q --config S run a");
    assert_eq!(with("--config A run --config B a"), "--config A run --config B --config S a");
    assert_eq!(with("nextest run --lib"), "nextest run --config S --lib");
}

#[test]
fn building_leaves_out_what_is_for_running() {
    let building = |text: &str| shown(&line(text).building());
    let json = "--no-run --message-format=json-render-diagnostics";
    assert_eq!(
        building("test --doc --message-format short name -- --nocapture"),
        format!("test {json} name")
    );
    assert_eq!(building("nextest run --retries 2 -j4 --lib"), "nextest run --no-run --lib");
    assert_eq!(building("publish --registry r"), "publish --dry-run --registry r");
}

#[cfg(target_os = "linux")]
mod peer {
    use std::process::{Command, id};

    use super::super::peer::Process;

    fn own() -> Process {
        Process::of(i32::try_from(id()).unwrap()).unwrap()
    }

    #[test]
    fn process_that_runs_another_file_is_not_ours() {
        let mut child = Command::new("sleep").arg("60").spawn().unwrap();
        let other = Process::of(i32::try_from(child.id()).unwrap()).unwrap();
        let found = (own().is_ours(), other.is_ours(), other.parent == own().pid, other.speaks_as(&own()));
        child.kill().unwrap();
        child.wait().unwrap();
        assert_eq!(found, (true, false, true, true));
        assert!(own().is_same() && !other.is_same());
    }

    #[test]
    fn output_that_goes_elsewhere_is_told_apart() {
        let mut child = Command::new("sleep").arg("60").stdout(std::process::Stdio::null()).spawn().unwrap();
        let other = Process::of(i32::try_from(child.id()).unwrap()).unwrap();
        let same = other.speaks_as(&own());
        child.kill().unwrap();
        child.wait().unwrap();
        assert!(!same);
    }

    #[test]
    fn variables_and_arguments_are_those_that_it_was_started_with() {
        let mut child = Command::new("sleep").args(["60"]).env_clear().env("A", "x=y").spawn().unwrap();
        let other = Process::of(i32::try_from(child.id()).unwrap()).unwrap();
        let found = (other.arguments(), other.variable("A"), other.variable("B"));
        child.kill().unwrap();
        child.wait().unwrap();
        assert_eq!(found, (vec!["sleep".into(), "60".into()], Some("x=y".into()), None));
    }
}
