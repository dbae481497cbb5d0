//! A team's secrets, encrypted and signed in the project's own git repository.

#[cfg(windows)]
compile_error!("cargo-vault is for Linux and macOS: on Windows, build and run it in WSL");

pub mod audit;
pub mod cli;
pub mod git;
pub mod interchange;
pub mod kernel;
pub mod run;
pub mod scan;
pub mod store;
pub mod ui;
pub mod unlock;
pub mod vault;
