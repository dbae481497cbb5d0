//! `cargo vault`: the process, before and after the command line.

use std::{collections::BTreeMap, ffi::OsString, panic::catch_unwind, process::ExitCode};

use cargo_vault::{
    cli::{self, Folders, World},
    run::forbid_dumps,
};

fn main() -> ExitCode {
    let args: Vec<OsString> = std::env::args_os().collect();
    if let Some(code) = cli::version(&args) {
        return code;
    }
    if let Some(code) = cli::called_by_cargo(&args) {
        return code;
    }
    let core = forbid_dumps();
    catch_unwind(|| cli::run(world(args, core))).unwrap_or_else(|_| cli::bug())
}

/// Everything of the outside that commands get to know, looked at once.
#[expect(clippy::disallowed_methods, reason = "this is the one place that reads the environment")]
fn world(args: Vec<OsString>, core: cargo_vault::run::CoreLimit) -> World {
    World {
        args,
        env: std::env::vars_os().collect::<BTreeMap<_, _>>(),
        cwd: std::env::current_dir(),
        now: std::time::SystemTime::now().into(),
        folders: Folders {
            config: dirs::config_dir(),
            data: dirs::data_local_dir(),
            home: dirs::home_dir(),
            state: dirs::state_dir().or_else(dirs::data_local_dir),
        },
        core,
    }
}
