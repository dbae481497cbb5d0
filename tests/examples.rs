//! What lies in `examples/`, run as its readers run it.

#![expect(clippy::unwrap_used, reason = "a test that cannot go on fails")]

use std::{
    fs,
    path::{Path, PathBuf},
    process::{Command, Output},
};

use tempfile::TempDir;

const PROGRAM: &str = env!("CARGO_BIN_EXE_cargo-vault");
const EXAMPLES: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/examples");

/// A repository with the example program and a vault in it, and homes for Ana and for a CI runner.
struct Project {
    root: TempDir,
}

impl Project {
    fn new() -> Self {
        let root = tempfile::Builder::new().prefix("cargo-vault-test-").tempdir().unwrap();
        let project = Self { root };
        for folder in ["home", "runner", "project/src", "project/ci", "bin"] {
            fs::create_dir_all(project.path(folder)).unwrap();
        }
        for file in ["Cargo.toml", "Cargo.lock", "src/main.rs"] {
            fs::copy(Path::new(EXAMPLES).join("app").join(file), project.path("project").join(file)).unwrap();
        }
        fs::copy(Path::new(EXAMPLES).join("ci-job/job.sh"), project.path("project/ci/job.sh")).unwrap();
        std::os::unix::fs::symlink(PROGRAM, project.path("bin/cargo-vault")).unwrap();
        project
    }

    fn path(&self, below: &str) -> PathBuf {
        self.root.path().join(below)
    }

    /// Somebody's command in the project, with `cargo-vault` on the PATH.
    fn command(&self, home: &str, program: &str, args: &[&str]) -> Command {
        let mut command = Command::new(program);
        command
            .args(args)
            .current_dir(self.path("project"))
            .env_clear()
            .env("DBUS_SESSION_BUS_ADDRESS", "disabled:")
            .env("HOME", self.path(home));
        let bin = self.path("bin");
        command.env("PATH", format!("{}:/usr/local/bin:/usr/bin:/bin", bin.display())).env("USER", "ana");
        command
    }

    #[track_caller]
    fn run(&self, program: &str, args: &[&str]) -> String {
        done(self.command("home", program, args).output().unwrap())
    }

    /// Ana's vault with one secret, and the key of a machine.
    fn with_vault(&self) -> String {
        self.run("git", &["init", "-q", "-b", "main", "."]);
        self.run("cargo-vault", &["init", "-q"]);
        self.run("cargo-vault", &["set", "DATABASE_URL", "postgres://app:example@localhost/app"]);
        let answer = self.run("cargo-vault", &["ci", "setup", "--json"]);
        let answer: serde_json::Value = serde_json::from_str(&answer).unwrap();
        answer["key"].as_str().unwrap().to_owned()
    }

    /// Builds the program as its owner does, with cargo's own settings and without any key.
    fn build(&self) -> String {
        let mut cargo = Command::new(env!("CARGO"));
        cargo.args(["build", "-q", "--locked", "--offline"]).current_dir(self.path("project"));
        done(cargo.env("CARGO_TARGET_DIR", self.path("project/target")).output().unwrap())
    }
}

#[track_caller]
fn done(output: Output) -> String {
    let said = String::from_utf8_lossy(&output.stdout).into_owned();
    assert!(output.status.success(), "{said}\n{}", String::from_utf8_lossy(&output.stderr));
    said
}

fn read(example: &str) -> String {
    fs::read_to_string(Path::new(EXAMPLES).join(example)).unwrap()
}

#[test]
fn quick_start_goes_from_nothing_to_a_ci_job_and_leaves_nothing_behind() {
    let root = tempfile::tempdir().unwrap();
    let mut script = Command::new("/bin/sh");
    script.arg(Path::new(EXAMPLES).join("quick-start.sh")).env("CARGO_VAULT", PROGRAM);
    script.env("TMPDIR", root.path()).env("HOME", root.path());
    let said = done(script.output().unwrap());
    assert!(said.contains("the program sees 36 characters") && said.contains("the job sees 36 characters"));
    assert!(!said.contains("AGE-SECRET-KEY-1") && !said.contains("app:example"), "{said}");
    assert_eq!(fs::read_dir(root.path()).unwrap().count(), 0);
}

#[test]
fn example_program_finds_its_secret_when_it_is_run_with_the_vault() {
    let project = Project::new();
    project.with_vault();
    project.build();
    let said = project.run("cargo-vault", &["run", "--", "./target/debug/app"]);
    assert_eq!(said, "DATABASE_URL is set, 36 bytes\n");
    let bare = project.command("home", "./target/debug/app", &[]).output().unwrap();
    assert_eq!((bare.status.code(), bare.stdout), (Some(1), Vec::new()));
}

#[test]
fn ci_job_runs_a_program_with_one_variable_and_an_empty_home() {
    let project = Project::new();
    let key = project.with_vault();
    project.build();
    let mut job = project.command("runner", "/bin/sh", &["ci/job.sh", "./target/debug/app"]);
    let said = done(job.env("CVAULT_KEY", key).output().unwrap());
    assert_eq!(said.lines().last(), Some("DATABASE_URL is set, 36 bytes"));
}

#[test]
fn ci_job_without_its_key_says_so() {
    let project = Project::new();
    project.with_vault();
    let output = project.command("runner", "/bin/sh", &["ci/job.sh", "/bin/true"]).output().unwrap();
    let first = String::from_utf8_lossy(&output.stderr).lines().next().map(str::to_owned);
    assert_eq!((output.status.code(), first.as_deref()), (Some(4), Some("job: CVAULT_KEY is not set")));
}

#[test]
fn github_workflow_gives_the_key_to_the_step_that_runs_the_program_alone() {
    let workflow = read("ci-job/github.yml");
    let steps: Vec<&str> = workflow.split("      - ").skip(1).collect();
    let with_key: Vec<&&str> = steps.iter().filter(|step| step.contains("CVAULT_KEY:")).collect();
    assert_eq!((steps.len(), with_key.len()), (3, 1));
    assert!(with_key[0].starts_with("run: sh ci/job.sh ./target/debug/app\n"));
}

#[test]
fn gitlab_job_calls_the_same_script() {
    let jobs = read("ci-job/.gitlab-ci.yml");
    assert_eq!(jobs.lines().last(), Some("    - sh ci/job.sh ./target/debug/app"));
}
