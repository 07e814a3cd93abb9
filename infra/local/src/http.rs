//! The HTTP server: webhooks and shop connection, on the same paths as on AWS.

mod oauth;

use std::sync::Arc;

use axum::Router;
use axum::body::Bytes;
use axum::extract::rejection::BytesRejection;
use axum::extract::{DefaultBodyLimit, State};
use axum::http::{HeaderMap, StatusCode, header};
use axum::response::{IntoResponse, Response};
use axum::routing::{get, post};
use steps::chain;
use tokio::net::TcpListener;
use webhook_intake::{Answer, BODY_BYTES_MAX};

use crate::functions::Functions;

/// Serves until the task is dropped.
pub async fn serve(listener: TcpListener, functions: Arc<Functions>) {
    let router = Router::new()
        .route("/webhooks/tiktok", post(tiktok_webhook))
        .route("/webhooks/easypost", post(easypost_webhook))
        // One byte more than the step looks at, so that it is the step that refuses.
        .layer(DefaultBodyLimit::max(BODY_BYTES_MAX + 1))
        .route("/oauth/tiktok/start", get(oauth::start))
        .route("/oauth/tiktok/callback", get(oauth::callback))
        .with_state(functions);
    if let Err(error) = axum::serve(listener, router).await {
        tracing::error!(error = chain(&error), "HTTP server has stopped");
    }
}

async fn tiktok_webhook(
    State(functions): State<Arc<Functions>>,
    headers: HeaderMap,
    body: Result<Bytes, BytesRejection>,
) -> Response {
    let body = match body {
        Ok(body) => body,
        Err(rejection) => return no_body(&rejection),
    };
    let signature = headers.get(header::AUTHORIZATION).and_then(|value| value.to_str().ok());
    answer(functions.webhook_intake.tiktok(&body, signature).await)
}

async fn easypost_webhook(
    State(functions): State<Arc<Functions>>,
    headers: HeaderMap,
    body: Result<Bytes, BytesRejection>,
) -> Response {
    let body = match body {
        Ok(body) => body,
        Err(rejection) => return no_body(&rejection),
    };
    let signature = headers.get("x-hmac-signature").and_then(|value| value.to_str().ok());
    answer(functions.webhook_intake.easypost(&body, signature).await)
}

/// A body that is too large to be read to its end, or that broke off. Like every answer to a webhook, it is empty.
fn no_body(rejection: &BytesRejection) -> Response {
    let status = rejection.status();
    tracing::warn!(status = status.as_u16(), "webhook has no body that can be read");
    status.into_response()
}

fn answer(answer: Answer) -> Response {
    StatusCode::from_u16(answer.status()).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR).into_response()
}
