//! `punctual`: everything on one machine, and the commands of its operator.

use std::io;
use std::process::ExitCode;

use clap::Parser as _;
use clap::error::ErrorKind;
use punctual::cli::Cli;
use punctual::commands::{self, Completion};
use punctual::logging;
use punctual::text::note;

/// The exit code of a command line that can't be used.
const USAGE: u8 = 2;

fn main() -> ExitCode {
    let cli = match Cli::try_parse() {
        Ok(cli) => cli,
        Err(shown) if matches!(shown.kind(), ErrorKind::DisplayHelp | ErrorKind::DisplayVersion) => {
            return match shown.print() {
                Ok(()) => ExitCode::SUCCESS,
                Err(_) => ExitCode::FAILURE,
            };
        }
        Err(error) => {
            let text = error.to_string();
            note(&format!("punctual: {}", text.strip_prefix("error: ").unwrap_or(&text).trim_end()));
            return ExitCode::from(USAGE);
        }
    };
    logging::start();
    // Connections, to the outside and from it, are files; many systems start with a limit of 1,024.
    if let Err(error) = rlimit::increase_nofile_limit(u64::MAX) {
        tracing::warn!(%error, "the limit on open files can't be raised");
    }
    let runtime = match tokio::runtime::Runtime::new() {
        Ok(runtime) => runtime,
        Err(error) => {
            note(&format!("punctual: the runtime can't be started: {error}"));
            return ExitCode::FAILURE;
        }
    };
    match runtime.block_on(commands::execute(cli)) {
        Ok(completion) => completion.into(),
        // Whoever reads the output has seen enough, for example `head`.
        Err(error) if is_broken_pipe(&error) => Completion::Done.into(),
        Err(error) => {
            note(&format!("punctual: {error:#}"));
            ExitCode::FAILURE
        }
    }
}

fn is_broken_pipe(error: &anyhow::Error) -> bool {
    error.downcast_ref::<io::Error>().is_some_and(|error| error.kind() == io::ErrorKind::BrokenPipe)
}
