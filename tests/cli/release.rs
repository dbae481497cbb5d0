//! What the built program needs and touches, without any timing: its libraries, its dependencies, and the system calls of a
//! plain `get`.

use std::process::{Command, Stdio};

use crate::harness::{PROGRAM, Person, said, skipped};

/// libc, what belongs to it, and the compiler's own support library.
const KIN: [&str; 8] =
    ["linux-vdso", "linux-gate", "libc.", "libm.", "libgcc_s", "libpthread", "libdl.", "librt."];

/// Every call that opens a file, begins a thread or process, or reaches for a network.
const TRACED: &str = "trace=open,openat,openat2,clone,clone3,fork,vfork,socket,connect,execve";

#[test]
fn the_program_is_linked_to_libc_and_its_kin_only() {
    let Some(listed) = output(Command::new("ldd").arg(PROGRAM)) else { return skipped("no `ldd`") };
    let foreign: Vec<&str> = listed.lines().map(str::trim).filter(|line| !is_kin(line)).collect();
    assert_eq!(foreign, Vec::<&str>::new());
}

fn is_kin(line: &str) -> bool {
    let loader = line.starts_with('/') && line.contains("/ld-");
    loader || line.contains("statically linked") || KIN.iter().any(|kin| line.starts_with(kin))
}

#[test]
fn libgit2_is_built_without_https_and_ssh() {
    let mut tree = Command::new(env!("CARGO"));
    tree.args(["tree", "--locked", "--offline", "--edges", "normal,build", "--prefix", "none"]);
    tree.args(["--format", "{lib} {p}"]).current_dir(env!("CARGO_MANIFEST_DIR"));
    let listed = output(&mut tree).expect("`cargo tree` lists the dependencies");
    let foreign: Vec<&str> = listed.lines().filter(|line| is_network(line)).collect();
    assert_eq!((foreign, listed.contains(" libgit2-sys v")), (Vec::new(), true));
}

fn is_network(line: &str) -> bool {
    [" openssl-sys v", " openssl v", " libssh2-sys v", " native-tls v"].iter().any(|name| line.contains(name))
}

#[test]
fn get_is_one_thread_without_network_that_opens_few_files() {
    let ana = Person::with_vault("ana");
    ana.vault_with(&["set", "TOKEN"], b"t0ken").ok();
    ana.vault(&["get", "TOKEN"]).ok();
    let Some(calls) = traced(&ana, &["get", "TOKEN"]) else {
        return skipped("no `strace`, or it may not trace");
    };
    let begun: Vec<&String> = calls.iter().filter(|call| !is_open(call)).collect();
    assert_eq!(begun.len(), 1, "beside the program's own start: {begun:#?}");
    let opened: Vec<&String> = calls.iter().filter(|call| is_open(call) && is_our_own(call)).collect();
    assert!(opened.len() < 12, "{opened:#?}");
}

#[test]
fn completion_is_one_thread_without_network_that_opens_the_roster_and_a_folder() {
    let ana = Person::with_vault("ana");
    ana.vault_with(&["set", "TOKEN"], b"t0ken").ok();
    let Some(calls) = traced(&ana, &["__complete", "--", "get", "T"]) else {
        return skipped("no `strace`, or it may not trace");
    };
    let begun: Vec<&String> = calls.iter().filter(|call| !is_open(call)).collect();
    assert_eq!(begun.len(), 1, "beside the program's own start: {begun:#?}");
    let opened: Vec<&String> = calls.iter().filter(|call| is_open(call) && is_our_own(call)).collect();
    let known = |call: &&&String| {
        [".vault\"", "\"roster.toml\"", "\"secrets/dev\"", "\".\""].iter().any(|name| call.contains(name))
    };
    let other: Vec<&&String> =
        opened.iter().filter(|call| !known(call) || call.contains("O_WRONLY")).collect();
    assert_eq!((opened.len(), other), (4, Vec::new()), "{opened:#?}");
}

/// The traced calls that succeeded; none where nothing can be traced.
fn traced(person: &Person, args: &[&str]) -> Option<Vec<String>> {
    output(Command::new("strace").arg("-V"))?;
    let log = person.root().join("calls");
    let mut command = person.command("strace");
    command.args(["-f", "-qq", "-e", TRACED, "-o"]).arg(&log).arg(PROGRAM).args(args);
    if said(command, b"").code != 0 {
        return None;
    }
    let calls = std::fs::read_to_string(log).unwrap();
    Some(
        calls
            .lines()
            .filter(|call| !call.contains(" = -1 ") && call.contains('('))
            .map(str::to_owned)
            .collect(),
    )
}

fn is_open(call: &str) -> bool {
    call.contains(" open")
}

/// Whether a file is none that the loader or libc opens before the program begins.
fn is_our_own(call: &str) -> bool {
    !["\"/etc/ld.so", "\"/lib", "\"/usr/lib", "\"/proc/self/maps", "\"/sys/"]
        .iter()
        .any(|begin| call.contains(begin))
}

/// What a command prints; none if it is not there or fails.
fn output(command: &mut Command) -> Option<String> {
    let done = command.stdin(Stdio::null()).stderr(Stdio::null()).output().ok()?;
    done.status.success().then(|| String::from_utf8_lossy(&done.stdout).into_owned())
}
