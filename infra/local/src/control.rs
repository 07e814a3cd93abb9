//! Commands that work on the data folder, performed by whichever process holds it.
//!
//! While a host runs it has the folder locked, and a command asks it over the socket `control.sock` in the folder. When no
//! host runs, the command opens the folder itself. Either way the same code performs the [`Operation`], and the command
//! prints the same reply.

mod client;
#[cfg(unix)]
mod server;
mod socket;
mod wire;

use std::future::Future;
use std::path::Path;
use std::sync::Arc;
use std::time::Duration;

use backend::Backend;
use backend_sqlite::{OpenError, SqliteBackend};
use config::Lookup;
use serde::Serialize;
use serde::de::DeserializeOwned;
use system::{Clock, SystemClock};
use tokio::time::Instant;

use crate::config::{HostConfig, data_folder};
use crate::functions::Functions;
use crate::host::Wiring;

#[cfg(unix)]
pub(crate) use server::{listen, serve};

/// How long a command waits for a data folder that is in use although no host answers: another command may be at work, or
/// a host is starting or stopping.
const FOLDER_BUSY_MAX: Duration = Duration::from_secs(10);
const FOLDER_RETRY: Duration = Duration::from_millis(100);

/// What a command asks of the process that holds the data folder.
pub(crate) trait Operation: Serialize + DeserializeOwned + Send + Sync + 'static {
    /// Its name on the socket.
    const NAME: &'static str;
    /// How long the reply may take.
    const TIMEOUT: Duration;
    /// What is said when the reply is lost: whether something may have been done, and how to find out.
    const IF_REPLY_LOST: &'static str;
    /// What it works with.
    type Context: CommandContext;
    /// What it returns to the command, through the socket if need be.
    type Reply: Serialize + DeserializeOwned + Send;

    /// Performs it, in the process that holds the data folder.
    fn perform(self, context: &Self::Context) -> impl Future<Output = anyhow::Result<Self::Reply>> + Send;
}

/// What an operation works with when no host runs.
pub(crate) trait CommandContext: Sized + Send + Sync {
    /// Opens the data folder that `variables` name.
    ///
    /// # Errors
    /// When it can't be opened; [`OpenError::InUse`] when another process holds it.
    fn open(variables: Lookup<'_>) -> anyhow::Result<Self>;
}

/// What is stored. Needs no configuration but the folder.
#[derive(Clone)]
pub(crate) struct DataStores {
    pub(crate) backend: Backend,
    /// The same backend, for what only it can do.
    pub(crate) sqlite: SqliteBackend,
    pub(crate) clock: Arc<dyn Clock>,
}

impl CommandContext for DataStores {
    fn open(variables: Lookup<'_>) -> anyhow::Result<Self> {
        let clock: Arc<dyn Clock> = Arc::new(SystemClock);
        let sqlite = SqliteBackend::open(&data_folder(variables)?, Arc::clone(&clock))?;
        Ok(Self { backend: Backend::of(sqlite.clone()), sqlite, clock })
    }
}

/// The stores of a folder that has data already: a mistyped path is an error, not a new folder.
pub(crate) struct ExistingData(pub(crate) DataStores);

impl CommandContext for ExistingData {
    fn open(variables: Lookup<'_>) -> anyhow::Result<Self> {
        let folder = data_folder(variables)?;
        let has_data = backend_sqlite::has_database(&folder);
        anyhow::ensure!(has_data, "there is no data in the folder {}", folder.display());
        Ok(Self(DataStores::open(variables)?))
    }
}

/// The functions, with TikTok and the carriers behind them.
pub(crate) struct Services(pub(crate) Arc<Functions>);

impl CommandContext for Services {
    fn open(variables: Lookup<'_>) -> anyhow::Result<Self> {
        let config = HostConfig::read(variables)?;
        let clock: Arc<dyn Clock> = Arc::new(SystemClock);
        let backend = SqliteBackend::open(&config.data, Arc::clone(&clock))?;
        Ok(Self(Wiring::new(config, backend, clock)?.functions))
    }
}

/// Who performed an operation.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum PerformedBy {
    Host,
    /// This process, on a data folder that nobody else was using.
    ThisProcess,
}

/// Has `operation` performed by the host that holds the data folder, or by this process when no host runs.
///
/// # Errors
/// When the operation fails, the data folder can't be used, or the host's reply does not come.
pub(crate) async fn perform<O: Operation>(
    operation: O,
    variables: Lookup<'_>,
) -> anyhow::Result<(O::Reply, PerformedBy)> {
    let folder = data_folder(variables)?;
    let deadline = Instant::now() + FOLDER_BUSY_MAX;
    let context = loop {
        if let Some(stream) = socket::connect(&folder).await? {
            let reply = client::ask(stream, &operation, O::TIMEOUT).await?;
            return Ok((reply, PerformedBy::Host));
        }
        match O::Context::open(variables) {
            Ok(context) => break context,
            Err(error) if is_in_use(&error) && Instant::now() < deadline => {
                tokio::time::sleep(FOLDER_RETRY).await;
            }
            Err(error) if is_in_use(&error) => return Err(error.context("no host answered the command")),
            Err(error) => return Err(error),
        }
    };
    Ok((operation.perform(&context).await?, PerformedBy::ThisProcess))
}

/// Opens the data folder for a host. A command that is at work on it is waited for; another host is not.
///
/// # Errors
/// When it can't be opened, or another host has it.
pub(crate) async fn open_for_host(folder: &Path, clock: &Arc<dyn Clock>) -> anyhow::Result<SqliteBackend> {
    let deadline = Instant::now() + FOLDER_BUSY_MAX;
    loop {
        match SqliteBackend::open(folder, Arc::clone(clock)) {
            Err(OpenError::InUse { .. })
                if Instant::now() < deadline && socket::connect(folder).await?.is_none() =>
            {
                tokio::time::sleep(FOLDER_RETRY).await;
            }
            opened => return Ok(opened?),
        }
    }
}

fn is_in_use(error: &anyhow::Error) -> bool {
    matches!(error.downcast_ref(), Some(OpenError::InUse { .. }))
}
