//! The life of a function's process.

use std::io::Write as _;
use std::process::ExitCode;
use std::sync::Arc;

use backend_aws::Sdk;
use lambda_runtime::{LambdaEvent, service_fn};
use manifest::Function;
use serde::Serialize;
use serde::de::DeserializeOwned;
use workflow::error_chain;

use crate::live::{Build, LiveFunction};
use crate::setup::StartError;
use crate::{logging, shutdown, tls};

/// Starts a function and lets it handle events until Lambda ends the process. A function that can't start says why in one
/// line.
pub(crate) fn run<F, E, A, H>(entry: &'static Function, build: Build<F>, handle: H) -> ExitCode
where
    F: Send + Sync + 'static,
    E: DeserializeOwned,
    A: Serialize,
    H: AsyncFn(Arc<F>, LambdaEvent<E>) -> Result<A, lambda_runtime::Error>,
{
    logging::start();
    // One thread: a function has a fraction of a processor, and mostly waits.
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build();
    let ended = match runtime {
        Ok(runtime) => runtime.block_on(serve(entry, build, handle)),
        Err(error) => Err(StartError::Runtime(error)),
    };
    match ended {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            tracing::error!(error = error_chain(&error), "function can't be started");
            // Lambda shows the last line of a process that ended.
            let _ = std::io::stdout().flush();
            ExitCode::FAILURE
        }
    }
}

async fn serve<F, E, A, H>(entry: &'static Function, build: Build<F>, handle: H) -> Result<(), StartError>
where
    F: Send + Sync + 'static,
    E: DeserializeOwned,
    A: Serialize,
    H: AsyncFn(Arc<F>, LambdaEvent<E>) -> Result<A, lambda_runtime::Error>,
{
    let http = tls::http_client()?;
    let sdk = Sdk::from_environment(config::environment, http.clone())?;
    let (live, ()) =
        tokio::join!(LiveFunction::start(entry, build, sdk, http.clone()), shutdown::ask_for_sigterm(&http));
    let live = live?;
    let (live, handle) = (&live, &handle);
    let service = service_fn(async move |event: LambdaEvent<E>| handle(live.get().await, event).await);
    tokio::select! {
        ended = lambda_runtime::run(service) => {
            if let Err(error) = ended {
                tracing::error!(error = error.to_string(), "events can't be fetched from Lambda");
            }
        }
        // The signal comes between events, and nothing is kept in memory that is not stored. Returning closes the connections.
        terminated = shutdown::terminated() => {
            terminated.map_err(StartError::Runtime)?;
            tracing::debug!("function is shutting down");
        }
    }
    Ok(())
}
