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

/// Ana's project on a server, as a runner has checked it out, and a pull request number 7 of what `change` leaves committed.
fn pull_request(change: impl FnOnce(&Project)) -> (Project, String) {
    let project = Project::new();
    let git = |line: &str| project.run("sh", &["-euc", line]);
    fs::copy(Path::new(EXAMPLES).join("ci/review.sh"), project.path("project/ci/review.sh")).unwrap();
    project.with_vault();
    let commit = "git add -A; git -c user.name=Test -c user.email=test@example.org commit -q -m work";
    git(commit);
    git("git clone -q --bare . ../origin.git");
    change(&project);
    git(commit);
    git("git push -q ../origin.git HEAD:refs/pull/7/head");
    let tip = git("git rev-parse HEAD").trim().to_owned();
    git("find . -mindepth 1 -delete; git clone -q ../origin.git .");
    (project, tip)
}

fn reviewed(project: &Project, tip: &str) -> Output {
    let mut review = project.command("runner", "/bin/sh", &["ci/review.sh"]);
    review.env("NUMBER", "7").env("COMMIT", tip).output().unwrap()
}

#[test]
fn review_of_a_pull_request_says_what_its_ciphertexts_do_not_show() {
    let (project, tip) = pull_request(|project| {
        project.run("cargo-vault", &["set", "DATABASE_URL", "postgres://elsewhere"]);
        project.run("cargo-vault", &["set", "API_KEY", "new"]);
        project.run("cargo-vault", &["ci", "setup", "--name", "deploy"]);
    });
    let said = done(reviewed(&project, &tip));
    let first = said.lines().next().unwrap();
    assert!(first.starts_with("::notice title=cargo vault::changed since commit "), "{said}");
    for told in [
        "%0A  deploy is a new machine, by ana%0A",
        "%0A  deploy may now read dev, by ana%0A",
        "%0A  dev/API_KEY new: 1 by ana%0A",
        "%0A  dev/DATABASE_URL 1 → 2 by ana%0A",
    ] {
        assert!(first.contains(told), "{told}: {said}");
    }
    assert_eq!(said.lines().count(), 2);
}

#[test]
#[expect(clippy::disallowed_methods, reason = "a test writes what an attacker would")]
fn review_refuses_a_forged_pull_request_and_runs_nothing_of_it() {
    let (project, tip) = pull_request(|project| {
        let secret = project.path("project/.vault/secrets/dev/DATABASE_URL.toml");
        let text = fs::read_to_string(&secret).unwrap().replace("revision = 1", "revision = 2");
        fs::write(secret, text).unwrap();
        fs::write(project.path("project/ci/review.sh"), "touch ../ran; exit 0\n").unwrap();
        fs::create_dir(project.path("project/.cargo")).unwrap();
        fs::write(project.path("project/.cargo/config.toml"), "[alias]\nvault = \"version\"\n").unwrap();
    });
    let output = reviewed(&project, &tip);
    let said = String::from_utf8_lossy(&output.stdout).into_owned();
    assert_eq!(output.status.code(), Some(5), "{said}");
    let error = "::error file=.vault/secrets/dev/DATABASE_URL.toml,title=signature::";
    assert!(said.lines().next().unwrap().starts_with(error), "{said}");
    assert!(said.contains("%0A  dev/DATABASE_URL does not verify\n"), "{said}");
    assert!(!project.path("ran").exists());
}

#[test]
fn review_takes_no_number_or_commit_that_is_none() {
    let project = Project::new();
    fs::copy(Path::new(EXAMPLES).join("ci/review.sh"), project.path("project/ci/review.sh")).unwrap();
    let code = |number: &str, commit: &str| {
        let mut review = project.command("runner", "/bin/sh", &["ci/review.sh"]);
        review.env("NUMBER", number).env("COMMIT", commit).output().unwrap().status.code()
    };
    assert_eq!((code("7;x", "abc"), code("", "abc")), (Some(2), Some(2)));
    assert_eq!((code("7", "--upload-pack=x"), code("7", "")), (Some(2), Some(2)));
}

#[test]
fn review_workflow_checks_out_no_pull_request_and_may_only_read() {
    let workflow = read("ci/review.yml");
    let lines: Vec<&str> = workflow.lines().filter(|line| !line.trim().starts_with('#')).collect();
    assert!(lines.contains(&"on: pull_request_target") && !lines.iter().any(|line| line.contains("ref:")));
    assert!(workflow.contains("\npermissions:\n  contents: read\n") && !workflow.contains("secrets."));
    let runs: Vec<&&str> = lines.iter().filter(|line| line.contains("run:")).collect();
    assert_eq!(runs, [&"      - run: sh ci/review.sh"]);
}
