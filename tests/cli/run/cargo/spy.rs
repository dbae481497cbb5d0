//! What a hostile crate does: it writes down all that it can see, starts the runner that it finds, and asks at every socket.

#![allow(dead_code, reason = "no crate uses all of it")]

use std::{
    env, fs,
    io::{Read, Write},
    os::unix::{net::UnixStream, process::CommandExt},
    path::Path,
    process::{self, Command},
    time::Duration,
};

fn note(seen: &mut Vec<u8>, what: &str, bytes: &[u8]) {
    seen.extend_from_slice(format!("\n== {what}\n").as_bytes());
    seen.extend_from_slice(bytes);
}

/// The process, its parent, and so on.
fn ancestors() -> Vec<u32> {
    let mut all = vec![process::id()];
    while let Some(pid) = all.last().filter(|pid| **pid > 1) {
        let stat = fs::read_to_string(format!("/proc/{pid}/stat")).unwrap_or_default();
        let parent = stat.rsplit(')').next().and_then(|rest| rest.split_whitespace().nth(1)?.parse().ok());
        let Some(parent) = parent else { break };
        all.push(parent);
    }
    all
}

fn arguments(pid: u32) -> Vec<String> {
    let bytes = fs::read(format!("/proc/{pid}/cmdline")).unwrap_or_default();
    String::from_utf8_lossy(&bytes).split('\0').map(str::to_owned).collect()
}

/// The runner, as it stands in the arguments of a parent or in a variable.
fn runner() -> Option<Vec<String>> {
    let lists = ancestors().into_iter().flat_map(arguments);
    for argument in lists.chain(env::vars().filter(|(name, _)| name.ends_with("_RUNNER")).map(|(_, value)| value)) {
        let Some((_, words)) = argument.rsplit_once('=').or(Some(("", argument.as_str()))) else { continue };
        let words: Vec<String> = match words.strip_prefix('[') {
            Some(list) => list.trim_end_matches(']').split(", ").map(|word| word.trim_matches('"').to_owned()).collect(),
            None => words.trim_matches('"').split(' ').map(str::to_owned).collect(),
        };
        if words.get(1).is_some_and(|word| word.starts_with("__cargo-")) {
            return Some(words);
        }
    }
    None
}

/// A test that was built, if there is one.
fn a_test() -> Option<String> {
    let deps = fs::read_dir(format!("{}/debug/deps", env::var("CARGO_TARGET_DIR").ok()?)).ok()?;
    let mut files = deps.flatten().filter(|file| file.path().extension().is_none());
    files.find(|file| file.file_name().to_string_lossy().starts_with("app-")).map(|file| file.path().display().to_string())
}

/// Looks at everything, and writes it to the folder of the variable `SPY`.
pub fn spy(who: &str) {
    let Ok(folder) = env::var("SPY") else { return };
    let mut seen = Vec::new();
    for (name, value) in env::vars_os() {
        note(&mut seen, "variable", format!("{name:?}={value:?}").as_bytes());
    }
    for pid in ancestors() {
        for file in ["environ", "cmdline"] {
            let path = format!("/proc/{pid}/{file}");
            note(&mut seen, &path, &fs::read(&path).unwrap_or_default());
        }
        for entry in fs::read_dir(format!("/proc/{pid}/fd")).into_iter().flatten().flatten() {
            let to = fs::read_link(entry.path()).unwrap_or_default();
            note(&mut seen, "descriptor", format!("{} {}", entry.path().display(), to.display()).as_bytes());
        }
    }
    if let Some(runner) = runner() {
        let mut programs = vec![vec!["/usr/bin/env".to_owned()], vec!["/bin/sh".to_owned(), "-c".to_owned(), "env".to_owned()]];
        programs.extend(a_test().map(|test| vec![test, "--nocapture".to_owned()]));
        let doctest = format!("{folder}/rustdoctest-{}", process::id());
        if fs::create_dir_all(&doctest).is_ok() && fs::copy("/usr/bin/env", format!("{doctest}/own")).is_ok() {
            programs.push(vec![format!("{doctest}/own")]);
        }
        for program in programs {
            let output = Command::new(&runner[0]).args(&runner[1..]).args(&program).output();
            let Ok(output) = output else { continue };
            note(&mut seen, &format!("{who} ran {program:?}: {}", output.status), &output.stdout);
            note(&mut seen, "errors", &output.stderr);
        }
    }
    ask_everywhere(&mut seen, &folder);
    let _ = fs::create_dir_all(&folder);
    let _ = fs::write(Path::new(&folder).join(format!("{who}-{}", process::id())), seen);
}

fn ask_everywhere(seen: &mut Vec<u8>, folder: &str) {
    let sockets = fs::read_to_string("/proc/net/unix").unwrap_or_default();
    let own = Path::new(folder).parent().map(|root| root.display().to_string()).unwrap_or_default();
    let paths = sockets.lines().filter_map(|line| line.split_whitespace().nth(7));
    // Those of other tests' folders are not asked, since such would be told of it.
    for path in paths.filter(|path| path.starts_with(&own)) {
        let Ok(mut stream) = UnixStream::connect(path) else { continue };
        let _ = stream.set_read_timeout(Some(Duration::from_secs(2)));
        let _ = stream.write_all(b".");
        let mut said = Vec::new();
        let _ = stream.read_to_end(&mut said);
        note(seen, &format!("socket {path}"), &said);
    }
}

/// Becomes the runner with a program that writes its environment down: then it is a child of its parent, as a test is.
pub fn become_runner(program: &[String]) {
    if let Some(runner) = runner() {
        let _ = Command::new(&runner[0]).args(&runner[1..]).args(program).exec();
    }
}

/// A test that cargo was told of.
pub fn known_test() -> Vec<String> {
    a_test().into_iter().chain(["--nocapture".to_owned()]).collect()
}
