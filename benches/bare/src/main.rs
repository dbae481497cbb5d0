//! The bare program: reads a vault with nothing around it, and makes vaults to be read.

mod history;
mod make;
mod read;

use std::{env::args_os, ffi::OsString, path::PathBuf, process::ExitCode};

const USAGE: &str = "bare get VAULT KEPT DATA KEY_FILE NAME\n\
                     bare run VAULT KEPT DATA KEY_FILE PROGRAM\n\
                     bare make PROJECT DATA KEY_FILE COUNT\n\
                     bare history PROJECT KEY_FILE COUNT\n\
                     bare nothing\n";

type Failure = Box<dyn std::error::Error>;

fn main() -> Result<ExitCode, Failure> {
    let args: Vec<OsString> = args_os().skip(1).collect();
    let text = |i: usize| args.get(i).and_then(|arg| arg.to_str()).unwrap_or_default();
    let path = |i: usize| args.get(i).map(PathBuf::from).unwrap_or_default();
    let known = || read::Known { vault: path(1), kept: path(2), data: path(3), key_file: path(4) };
    match (text(0), args.len()) {
        ("get", 6) => read::get(&known(), text(5))?,
        ("run", 6) => return Err(read::run(&known(), &args[5])?.into()),
        ("nothing", 1) => {}
        ("history", 4) => history::history(&path(1), &path(2), text(3).parse()?)?,
        ("make", 5) => make::make(&path(1), &path(2), &path(3), text(4).parse()?)?,
        _ => {
            eprint!("{USAGE}");
            return Ok(ExitCode::from(2));
        }
    }
    Ok(ExitCode::SUCCESS)
}
