//! A function's process that handles one event after the other, as on Lambda.

use std::collections::BTreeMap;
use std::path::Path;
use std::process::{Child, Stdio};
use std::sync::Arc;
use std::time::Duration;

use anyhow::Context as _;
use axum::Router;
use axum::body::{Body, Bytes};
use axum::extract::State;
use axum::http::{Response, StatusCode, Uri};
use serde_json::Value;
use tokio::net::TcpListener;
use tokio::sync::{Mutex, mpsc};
use tokio::task::JoinHandle;

use crate::start::function;

/// How long a run may take.
const PATIENCE: Duration = Duration::from_secs(30);
/// The deadline of a run, in the year 2100.
const DEADLINE_MS: &str = "4102444800000";

/// A function that runs. It ends when this is dropped.
pub struct Running {
    process: Child,
    server: JoinHandle<()>,
    events: mpsc::Sender<Event>,
    answers: mpsc::Receiver<Bytes>,
}

struct Event {
    body: String,
    trace: String,
}

/// The events and answers that pass through the runtime API.
struct Api {
    events: Mutex<mpsc::Receiver<Event>>,
    answers: mpsc::Sender<Bytes>,
}

impl Running {
    /// Starts `program` with these variables.
    ///
    /// # Errors
    /// When it can't be started.
    pub async fn start(program: &Path, variables: &BTreeMap<String, String>) -> anyhow::Result<Self> {
        let listener = TcpListener::bind(("127.0.0.1", 0)).await?;
        let address = listener.local_addr()?.to_string();
        let (events, received) = mpsc::channel(1);
        let (answered, answers) = mpsc::channel(1);
        let api = Arc::new(Api { events: Mutex::new(received), answers: answered });
        let router = Router::new().fallback(serve).with_state(api);
        let server = tokio::spawn(async move {
            // It serves until its task is aborted.
            let _ = axum::serve(listener, router).await;
        });
        let process = function(program, variables, &address).stdout(Stdio::null()).spawn();
        let process = process.with_context(|| program.display().to_string())?;
        Ok(Self { process, server, events, answers })
    }

    /// Sends it an event that belongs to the chain of runs in `trace`, and returns its answer.
    ///
    /// # Errors
    /// When it does not answer in time, or not with JSON.
    pub async fn run(&mut self, event: &Value, trace: &str) -> anyhow::Result<Value> {
        let event = Event { body: event.to_string(), trace: trace.to_owned() };
        self.events.send(event).await.context("the runtime API has ended")?;
        let answer =
            tokio::time::timeout(PATIENCE, self.answers.recv()).await.context("no answer in time")?;
        Ok(serde_json::from_slice(&answer.context("the runtime API has ended")?)?)
    }
}

impl Drop for Running {
    fn drop(&mut self) {
        self.server.abort();
        // An error target that it has ended.
        let _ = self.process.kill();
        let _ = self.process.wait();
    }
}

/// Extensions are not supported.
async fn serve(State(api): State<Arc<Api>>, uri: Uri, body: Bytes) -> Response<Body> {
    let path = uri.path();
    let mut answer = Response::new(Body::empty());
    *answer.status_mut() = StatusCode::NOT_FOUND;
    if path.ends_with("/runtime/invocation/next") {
        let Some(event) = api.events.lock().await.recv().await else { return answer };
        *answer.status_mut() = StatusCode::OK;
        *answer.body_mut() = event.body.into();
        for (name, value) in [
            ("lambda-runtime-aws-request-id", "run"),
            ("lambda-runtime-deadline-ms", DEADLINE_MS),
            (
                "lambda-runtime-invoked-function-arn",
                "arn:aws:lambda:us-east-1:000000000000:function:function",
            ),
            ("lambda-runtime-trace-id", event.trace.as_str()),
        ] {
            if let Ok(value) = value.parse() {
                answer.headers_mut().insert(name, value);
            }
        }
    } else if path.contains("/runtime/invocation/") && api.answers.send(body).await.is_ok() {
        *answer.status_mut() = StatusCode::ACCEPTED;
    }
    answer
}
