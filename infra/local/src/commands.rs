//! The commands, each in a file of its own.

mod backup;
mod check_settings;
mod completions;
mod connect_link;
mod dead_letters;
mod disconnect;
mod exceptions;
mod import_catalogue;
mod order;
mod orders;
mod remedy;
mod restore;
mod run;
mod test_mail;

use std::io::Write as _;
use std::process::ExitCode;

use anyhow::Context as _;
use serde::Serialize;

use crate::cli::{Cli, Command, DataArgs};

pub(crate) use dead_letters::{HandleDeadLetters, ListDeadLetters};
pub(crate) use disconnect::DisconnectShop;
pub(crate) use exceptions::ListExceptions;
pub(crate) use import_catalogue::ImportCatalogue;
pub(crate) use order::ShowOrder;
pub(crate) use orders::ListOrders;
pub(crate) use remedy::ApplyRemedy;

/// The port of a host with `--live`, and of links to it.
pub(crate) const LIVE_PORT: u16 = 8080;

/// How a command ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Completion {
    Done,
    /// Something is not, and the command has said what.
    NotAllDone,
    /// Somebody stopped the command.
    Interrupted,
}

impl From<Completion> for ExitCode {
    fn from(completion: Completion) -> Self {
        Self::from(match completion {
            Completion::Done => 0,
            Completion::NotAllDone => 1,
            // As shells count it: 128 and the number of SIGINT.
            Completion::Interrupted => 130,
        })
    }
}

/// Does what the command line says.
///
/// # Errors
/// With what went wrong, for a person.
pub async fn execute(cli: Cli) -> anyhow::Result<Completion> {
    let Some(command) = cli.command else {
        // It ends by an interruption, and prints its summary then.
        return run::execute(cli.run).await;
    };
    let mut interruption = Interruption::listen()?;
    tokio::select! {
        completion = Box::pin(dispatch(command)) => completion,
        () = interruption.wait() => {
            crate::text::note("Interrupted. The command may be partly done.");
            Ok(Completion::Interrupted)
        }
    }
}

async fn dispatch(command: Command) -> anyhow::Result<Completion> {
    match command {
        Command::Orders(args) => orders::execute(args).await,
        Command::Order(args) => order::execute(args).await,
        Command::Exceptions(args) => exceptions::execute(args).await,
        Command::Remedy { action } => remedy::execute(&action).await,
        Command::DeadLetters { action } => dead_letters::execute(action).await,
        Command::ImportCatalogue(args) => import_catalogue::execute(args).await,
        Command::ConnectLink(args) => connect_link::execute(&args),
        Command::Disconnect(args) => disconnect::execute(args).await,
        Command::TestMail { to } => test_mail::execute(&to).await,
        Command::CheckSettings { file } => check_settings::execute(&file),
        Command::Backup { file, data } => backup::execute(&file, &data),
        Command::Restore { file, labels_checked: true, data } => restore::execute(&file, &data),
        Command::Restore { file, labels_checked: false, .. } => restore::explain(&file),
        Command::Completions { shell } => completions::execute(shell),
    }
}

impl DataArgs {
    /// The environment's variables, with the folder of the command line.
    fn variables(&self) -> impl Fn(&str) -> Option<String> {
        move |name| match (&self.data, name) {
            (Some(folder), "PUNCTUAL_DATA") => Some(folder.clone()),
            _ => config::environment(name),
        }
    }
}

/// That somebody ends the program: with Ctrl-C, or, as systemd and container runtimes do, with SIGTERM.
#[cfg(unix)]
struct Interruption {
    interrupt: tokio::signal::unix::Signal,
    terminate: tokio::signal::unix::Signal,
}

#[cfg(unix)]
impl Interruption {
    /// From now on the signals are noticed, and no longer kill the process.
    fn listen() -> anyhow::Result<Self> {
        use tokio::signal::unix::{SignalKind, signal};
        Ok(Self {
            interrupt: signal(SignalKind::interrupt()).context("SIGINT can't be handled")?,
            terminate: signal(SignalKind::terminate()).context("SIGTERM can't be handled")?,
        })
    }

    async fn wait(&mut self) {
        tokio::select! {
            _ = self.interrupt.recv() => {}
            _ = self.terminate.recv() => {}
        }
    }
}

#[cfg(not(unix))]
struct Interruption;

#[cfg(not(unix))]
impl Interruption {
    fn listen() -> anyhow::Result<Self> {
        Ok(Self)
    }

    async fn wait(&mut self) {
        // Without a handler, Ctrl-C ends the process.
        if tokio::signal::ctrl_c().await.is_err() {
            std::future::pending::<()>().await;
        }
    }
}

/// Prints a result as one line of JSON.
fn print_json(value: &impl Serialize) -> anyhow::Result<()> {
    let mut out = std::io::stdout().lock();
    serde_json::to_writer(&mut out, value)?;
    Ok(writeln!(out)?)
}

/// Prints lines of a result.
fn print_lines(lines: impl IntoIterator<Item = impl AsRef<str>>) -> anyhow::Result<()> {
    let mut out = std::io::stdout().lock();
    for line in lines {
        writeln!(out, "{}", line.as_ref())?;
    }
    Ok(())
}
