//! Lambda's runtime API and extensions API, for one process of a function.

use std::fmt;
use std::net::SocketAddr;
use std::sync::{Arc, PoisonError};
use std::time::{Duration, Instant};

use anyhow::Context as _;
use axum::Router;
use axum::body::Bytes;
use axum::extract::State;
use axum::http::StatusCode;
use axum::response::{AppendHeaders, IntoResponse, Response};
use axum::routing::{get, post};
use axum::serve::ListenerExt as _;
use tokio::net::TcpListener;
use tokio::sync::Mutex;
use tokio::sync::mpsc::{UnboundedReceiver, UnboundedSender, unbounded_channel};
use tokio::task::JoinHandle;

/// What a function does, in turn: it asks for an event and answers it.
pub enum RuntimeCall {
    /// It waits for an event since this instant.
    Asked(Instant),
    /// It has answered.
    Answered {
        /// The time since it was sent the event.
        took: Duration,
        /// The answer.
        answer: Bytes,
    },
    /// It has reported a failure.
    Failed(Bytes),
}

impl fmt::Display for RuntimeCall {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Asked(_) => f.write_str("it asked for an event"),
            Self::Answered { answer, .. } => write!(f, "it answered {}", String::from_utf8_lossy(answer)),
            Self::Failed(error) => write!(f, "it failed with {}", String::from_utf8_lossy(error)),
        }
    }
}

/// The APIs, on their own port.
pub struct RuntimeApi {
    /// The value of `AWS_LAMBDA_RUNTIME_API`.
    pub address: SocketAddr,
    events: UnboundedSender<Bytes>,
    call: UnboundedReceiver<RuntimeCall>,
    server: JoinHandle<()>,
}

struct Inside {
    events: Mutex<UnboundedReceiver<Bytes>>,
    call: UnboundedSender<RuntimeCall>,
    handed_at: std::sync::Mutex<Instant>,
}

impl RuntimeApi {
    /// Listens.
    pub async fn start() -> anyhow::Result<Self> {
        let (events, receiver) = unbounded_channel();
        let (sender, call) = unbounded_channel();
        let inside = Inside {
            events: Mutex::new(receiver),
            call: sender,
            handed_at: std::sync::Mutex::new(Instant::now()),
        };
        let router = Router::new()
            .route("/2018-06-01/runtime/invocation/next", get(next))
            .route("/2018-06-01/runtime/invocation/{id}/response", post(answered))
            .route("/2018-06-01/runtime/invocation/{id}/error", post(failed))
            .route("/2020-01-01/extension/register", post(register))
            .route("/2020-01-01/extension/event/next", get(std::future::pending::<()>))
            .with_state(Arc::new(inside));
        let listener = TcpListener::bind("127.0.0.1:0").await?;
        let address = listener.local_addr()?;
        let listener = listener.tap_io(|connection| drop(connection.set_nodelay(true)));
        let server = tokio::spawn(async move { drop(axum::serve(listener, router).await) });
        Ok(Self { address, events, call, server })
    }

    /// Sends the function its next event.
    pub fn hand_over(&self, event: Bytes) -> anyhow::Result<()> {
        self.events.send(event).context("the runtime API has ended")
    }

    /// What the function does next.
    pub async fn call(&mut self) -> anyhow::Result<RuntimeCall> {
        self.call.recv().await.context("the runtime API has ended")
    }
}

impl Drop for RuntimeApi {
    fn drop(&mut self) {
        self.server.abort();
    }
}

/// Answers with the next event when there is one.
async fn next(State(inside): State<Arc<Inside>>) -> Response {
    inside.tell(RuntimeCall::Asked(Instant::now()));
    let Some(event) = inside.events.lock().await.recv().await else {
        return StatusCode::GONE.into_response();
    };
    let headers = AppendHeaders([
        ("content-type", "application/json"),
        ("lambda-runtime-aws-request-id", "8476a536-e9f4-11e8-9739-2dfe598c3fcd"),
        // In the year 2100, so that nothing is late.
        ("lambda-runtime-deadline-ms", "4102444800000"),
        ("lambda-runtime-invoked-function-arn", "arn:aws:lambda:us-east-1:123456789012:function:function"),
        (
            "lambda-runtime-trace-id",
            "Root=1-5bef4de7-ad49b0e87f6ef6c87fc2e700;Parent=9a9197af755a6419;Sampled=0",
        ),
    ]);
    *inside.handed_at.lock().unwrap_or_else(PoisonError::into_inner) = Instant::now();
    (headers, event).into_response()
}

async fn answered(State(inside): State<Arc<Inside>>, answer: Bytes) -> StatusCode {
    let took = inside.handed_at.lock().unwrap_or_else(PoisonError::into_inner).elapsed();
    inside.tell(RuntimeCall::Answered { took, answer });
    StatusCode::ACCEPTED
}

async fn failed(State(inside): State<Arc<Inside>>, error: Bytes) -> StatusCode {
    inside.tell(RuntimeCall::Failed(error));
    StatusCode::ACCEPTED
}

async fn register() -> impl IntoResponse {
    let headers = AppendHeaders([
        ("content-type", "application/json"),
        ("lambda-extension-identifier", "d3f7b9e0-1c2a-4b5d-8e6f-000000000001"),
    ]);
    (headers, r#"{"functionName":"function","functionVersion":"$LATEST","handler":"bootstrap"}"#)
}

impl Inside {
    fn tell(&self, call: RuntimeCall) {
        // Nobody listens any more once the process was stopped.
        let _ = self.call.send(call);
    }
}
