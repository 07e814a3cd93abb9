//! `punctual`: everything on one machine.

use std::process::ExitCode;

use punctual::args::{Args, HELP};
use punctual::{logging, run};

fn main() -> ExitCode {
    let args = match Args::parse(std::env::args_os()) {
        Ok(args) => args,
        Err(error) => {
            eprintln!("punctual: {error}\n\n{HELP}");
            return ExitCode::from(2);
        }
    };
    if args.help {
        use std::io::Write as _;
        return match std::io::stdout().write_all(HELP.as_bytes()) {
            Ok(()) => ExitCode::SUCCESS,
            Err(_) => ExitCode::FAILURE,
        };
    }
    logging::start();
    // Connections, to the outside and from it, are files; many systems begin with as few as 1,024.
    if let Err(error) = rlimit::increase_nofile_limit(u64::MAX) {
        tracing::warn!(%error, "the limit of open files can't be raised");
    }
    let runtime = match tokio::runtime::Runtime::new() {
        Ok(runtime) => runtime,
        Err(error) => {
            eprintln!("punctual: the runtime does not start: {error}");
            return ExitCode::FAILURE;
        }
    };
    match runtime.block_on(run::run(args)) {
        Ok(run::Ended::AllDone) => ExitCode::SUCCESS,
        Ok(run::Ended::NotAllDone) => ExitCode::FAILURE,
        Err(error) => {
            eprintln!("punctual: {error:#}");
            ExitCode::FAILURE
        }
    }
}
