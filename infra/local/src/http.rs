//! The HTTP server: webhooks and shop connection, on the same paths as on AWS.

use std::sync::Arc;

use axum::Router;
use axum::body::Bytes;
use axum::extract::rejection::BytesRejection;
use axum::extract::{DefaultBodyLimit, Query, State};
use axum::http::{HeaderMap, StatusCode, header};
use axum::response::{IntoResponse, Response};
use axum::routing::{get, post};
use domain::Private;
use serde::Deserialize;
use shop_authorization::Callback;
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
        .route("/oauth/tiktok/start", get(start))
        .route("/oauth/tiktok/callback", get(callback))
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

async fn start(State(functions): State<Arc<Functions>>) -> Response {
    let to = functions.shop_authorization.start();
    (StatusCode::FOUND, [(header::LOCATION, to), (header::CACHE_CONTROL, "no-store".to_owned())])
        .into_response()
}

#[derive(Deserialize)]
struct CallbackQuery {
    code: Option<String>,
    state: Option<String>,
    error: Option<String>,
}

async fn callback(State(functions): State<Arc<Functions>>, Query(query): Query<CallbackQuery>) -> Response {
    let callback = Callback { code: query.code.map(Private::new), state: query.state, error: query.error };
    let page = functions.shop_authorization.callback_page(&callback).await;
    let status = StatusCode::from_u16(page.status).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR);
    (status, page.text).into_response()
}
