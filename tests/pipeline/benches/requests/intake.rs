//! webhook-intake behind an HTTP server, as API Gateway stands before it.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use axum::Router;
use axum::body::Bytes;
use axum::extract::State;
use axum::http::{HeaderMap, StatusCode, header};
use axum::routing::post;
use punctual::functions::Functions;
use tokio::net::TcpListener;
use tokio::task::JoinHandle;

/// The server. It ends when it is dropped.
pub struct Intake {
    /// Where it listens.
    pub url: String,
    shared: Arc<Shared>,
    server: JoinHandle<()>,
}

struct Shared {
    functions: Functions,
    requests: AtomicUsize,
}

impl Intake {
    /// Starts it.
    pub async fn start(functions: Functions) -> anyhow::Result<Self> {
        let listener = TcpListener::bind(("127.0.0.1", 0)).await?;
        let url = format!("http://{}/webhooks/tiktok", listener.local_addr()?);
        let shared = Arc::new(Shared { functions, requests: AtomicUsize::new(0) });
        let router = Router::new().route("/webhooks/tiktok", post(take)).with_state(shared.clone());
        let server = tokio::spawn(async move {
            // It serves until its task is ended.
            let _ = axum::serve(listener, router).await;
        });
        Ok(Self { url, shared, server })
    }

    /// How many webhooks came.
    pub fn requests(&self) -> usize {
        self.shared.requests.load(Ordering::SeqCst)
    }
}

impl Drop for Intake {
    fn drop(&mut self) {
        self.server.abort();
    }
}

async fn take(State(shared): State<Arc<Shared>>, headers: HeaderMap, body: Bytes) -> StatusCode {
    shared.requests.fetch_add(1, Ordering::SeqCst);
    let signature = headers.get(header::AUTHORIZATION).and_then(|value| value.to_str().ok());
    let answer = shared.functions.webhook_intake.tiktok(&body, signature).await;
    StatusCode::from_u16(answer.status()).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR)
}
