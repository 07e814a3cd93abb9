//! The HTTP server: webhooks and the connection of shops, on the same paths as on AWS.

mod oauth;

use std::sync::Arc;

use axum::Router;
use axum::body::Bytes;
use axum::extract::{DefaultBodyLimit, Path, State};
use axum::http::{HeaderMap, StatusCode, header};
use axum::middleware::from_fn_with_state;
use axum::response::{IntoResponse, Response};
use axum::routing::{get, post};
use tokio::net::TcpListener;
use webhook_intake::{BODY_BYTES_MAX, Refusals, WebhookResponse};

use crate::connections::{self, ServerLimits};
use crate::functions::Functions;

/// Serves within these limits until the task is dropped.
pub async fn serve(listener: TcpListener, functions: Arc<Functions>, limits: ServerLimits) {
    let refusals = Arc::<Refusals>::default();
    let router = Router::new()
        .route("/webhooks/tiktok", post(tiktok_webhook))
        .route("/webhooks/{sender}", post(carrier_webhook))
        .layer(from_fn_with_state(limits.answer, connections::in_time))
        .route("/oauth/tiktok/start", get(oauth::start))
        .route("/oauth/tiktok/callback", get(oauth::callback))
        .layer(from_fn_with_state((limits.body, refusals), connections::whole_body))
        // One byte more than the function accepts, so that it is the function that refuses.
        .layer(DefaultBodyLimit::max(BODY_BYTES_MAX + 1))
        .with_state(functions);
    connections::serve(listener, router, limits).await;
}

async fn tiktok_webhook(
    State(functions): State<Arc<Functions>>,
    headers: HeaderMap,
    body: Bytes,
) -> Response {
    let signature = headers.get(header::AUTHORIZATION).and_then(|value| value.to_str().ok());
    to_response(functions.webhook_intake.tiktok(&body, signature).await)
}

async fn carrier_webhook(
    State(functions): State<Arc<Functions>>,
    Path(sender): Path<String>,
    headers: HeaderMap,
    body: Bytes,
) -> Response {
    let header = |name| headers.get(name).and_then(|value: &header::HeaderValue| value.to_str().ok());
    to_response(functions.webhook_intake.carrier(&sender, &body, header).await)
}

fn to_response(answer: WebhookResponse) -> Response {
    StatusCode::from_u16(answer.status()).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR).into_response()
}
