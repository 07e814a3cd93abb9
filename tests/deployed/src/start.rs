//! One function's process, started as Lambda would start it.

use std::collections::BTreeMap;
use std::io::Read as _;
use std::path::Path;
use std::process::{Command, Stdio};
use std::sync::Arc;
use std::time::Duration;

use anyhow::{Context as _, bail};
use axum::Router;
use axum::extract::State;
use axum::http::{StatusCode, Uri};
use tokio::net::TcpListener;
use tokio::sync::Notify;
use tokio::task::JoinHandle;
use tokio::time::Instant;

/// How long a start may take. Lambda allows ten seconds.
const PATIENCE: Duration = Duration::from_secs(10);
/// How often it is checked whether the process is still alive.
const LOOK_EVERY: Duration = Duration::from_millis(5);

/// The result of a start.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Start {
    /// The function asked for its first event.
    Ready,
    /// It ended before that.
    Ended {
        /// Its exit code; `None` for a signal.
        code: Option<i32>,
        /// What it wrote to its output, by line.
        lines: Vec<String>,
        /// What it wrote to standard error.
        errors: String,
    },
}

/// Lambda's runtime API, as far as a start needs it. It never has an event.
pub struct RuntimeApiHost {
    address: String,
    asked: Arc<Notify>,
    server: JoinHandle<()>,
}

impl RuntimeApiHost {
    /// Listens on a free port.
    ///
    /// # Errors
    /// When there is none.
    pub async fn listen() -> anyhow::Result<Self> {
        let listener = TcpListener::bind(("127.0.0.1", 0)).await?;
        let address = listener.local_addr()?.to_string();
        let asked = Arc::new(Notify::new());
        let router = Router::new().fallback(answer).with_state(asked.clone());
        let server = tokio::spawn(async move {
            // It serves until its task is aborted.
            let _ = axum::serve(listener, router).await;
        });
        Ok(Self { address, asked, server })
    }

    /// Starts `program` with these variables and Lambda's own, and waits for the result.
    ///
    /// # Errors
    /// When there is none in time.
    pub async fn start(&self, program: &Path, variables: &BTreeMap<String, String>) -> anyhow::Result<Start> {
        let mut process = function(program, variables, &self.address)
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .spawn()
            .with_context(|| program.display().to_string())?;
        let began = Instant::now();
        let code = loop {
            if let Some(status) = process.try_wait()? {
                break status.code();
            }
            let asked = tokio::time::timeout(LOOK_EVERY, self.asked.notified()).await.is_ok();
            if asked || began.elapsed() > PATIENCE {
                process.kill()?;
                process.wait()?;
                if asked {
                    return Ok(Start::Ready);
                }
                bail!("{} neither starts nor ends", program.display());
            }
        };
        let (mut output, mut errors) = (String::new(), String::new());
        process.stdout.take().context("no output")?.read_to_string(&mut output)?;
        process.stderr.take().context("no standard error")?.read_to_string(&mut errors)?;
        Ok(Start::Ended { code, lines: output.lines().map(str::to_owned).collect(), errors })
    }
}

/// A function's process with these variables and Lambda's own, whose runtime API is at `address`.
pub(crate) fn function(program: &Path, variables: &BTreeMap<String, String>, address: &str) -> Command {
    let mut command = Command::new(program);
    command
        .env_clear()
        .envs(variables)
        .env("AWS_LAMBDA_RUNTIME_API", address)
        .env("AWS_LAMBDA_FUNCTION_NAME", "function")
        .env("AWS_LAMBDA_FUNCTION_VERSION", "$LATEST")
        .env("AWS_LAMBDA_FUNCTION_MEMORY_SIZE", "256")
        .stdin(Stdio::null());
    command
}

impl Drop for RuntimeApiHost {
    fn drop(&mut self) {
        self.server.abort();
    }
}

/// The next event never comes; extensions are not known here.
async fn answer(State(asked): State<Arc<Notify>>, uri: Uri) -> StatusCode {
    if uri.path().ends_with("/runtime/invocation/next") {
        asked.notify_one();
        std::future::pending::<()>().await;
    }
    StatusCode::NOT_FOUND
}
