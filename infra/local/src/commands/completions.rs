//! `punctual completions`: a completion script for a shell.

use clap::CommandFactory as _;
use clap_complete::Shell;

use super::Completion;
use crate::cli::Cli;

pub(super) fn execute(shell: Shell) -> anyhow::Result<Completion> {
    let mut script = Vec::new();
    clap_complete::generate(shell, &mut Cli::command(), "punctual", &mut script);
    super::print_lines([String::from_utf8(script)?.trim_end()])?;
    Ok(Completion::Done)
}
