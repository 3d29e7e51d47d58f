//! tailon: log files in the browser, live.
//!
//! A library only so that its parts can be tested and documented; the program
//! is all there is to it.

pub mod args;
pub mod config;
pub mod gate;
pub mod serve;

mod assets;
pub mod auth;
mod bridge;
pub mod demo;
mod live;
mod routes;
mod run;
mod state;

use std::{io::Write as _, process::ExitCode};

use args::Command;

/// Does what the command line says, and returns the exit code: 0 ended on
/// request, 1 failed, 2 wrong usage or configuration.
pub fn main() -> ExitCode {
    match args::parse(std::env::args_os()) {
        Ok(Command::Serve(args)) => run::serve(&args),
        Ok(Command::Check(args)) => run::check(&args),
        Ok(Command::Print(text)) => {
            // Whoever closed the pipe does not want to read it.
            let _ = std::io::stdout().write_all(text.as_bytes());
            ExitCode::SUCCESS
        }
        Err(refusal) => {
            let _ = writeln!(std::io::stderr(), "{}", refusal.text.trim_end());
            ExitCode::from(args::EXIT_USAGE)
        }
    }
}
