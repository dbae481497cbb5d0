//! A program that needs a secret and knows nothing of any vault: it looks into its environment.

use std::{env, process::ExitCode};

fn main() -> ExitCode {
    match env::var_os("DATABASE_URL") {
        Some(url) => {
            // That it is there, and never what it is: output ends up in logs.
            println!("DATABASE_URL is set, {} bytes", url.len());
            ExitCode::SUCCESS
        }
        None => {
            eprintln!("DATABASE_URL is not set; start this with `cargo vault run -- ./target/debug/app`");
            ExitCode::FAILURE
        }
    }
}
