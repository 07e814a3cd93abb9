//! A TikTok that answers as a test says, and remembers what it was asked.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use axum::Router;
use axum::body::Bytes;
use axum::extract::Query;
use axum::http::{HeaderMap, Method, StatusCode, Uri};
use axum::response::{IntoResponse, Response};
use serde_json::{Value, json};

/// A request that arrived.
#[derive(Clone)]
pub struct Seen {
    pub method: Method,
    pub path: String,
    pub query: BTreeMap<String, String>,
    pub token: String,
    pub body: String,
}

/// An answer.
pub struct Reply {
    status: u16,
    retry_after: Option<u64>,
    delay: Duration,
    location: Option<String>,
    body: String,
}

impl Reply {
    pub fn redirect(location: &str) -> Self {
        Self { location: Some(location.to_owned()), ..Self::text(301, "") }
    }

    pub fn data(data: Value) -> Self {
        Self::json(200, json!({"code": 0, "message": "Success", "request_id": "abc1", "data": data}))
    }

    pub fn code(code: i64, message: &str) -> Self {
        Self::json(200, json!({"code": code, "message": message, "request_id": "abc1"}))
    }

    pub fn json(status: u16, body: Value) -> Self {
        Self::text(status, body.to_string())
    }

    pub fn text(status: u16, body: impl Into<String>) -> Self {
        Self { status, retry_after: None, delay: Duration::ZERO, location: None, body: body.into() }
    }

    pub fn retry_after(self, seconds: u64) -> Self {
        Self { retry_after: Some(seconds), ..self }
    }

    pub fn after(self, delay: Duration) -> Self {
        Self { delay, ..self }
    }
}

pub struct Server {
    pub url: String,
    seen: Arc<Mutex<Vec<Seen>>>,
}

impl Server {
    /// Answers with what `reply` says of the request and of the number of requests before it.
    pub async fn start(reply: impl Fn(&Seen, usize) -> Reply + Send + Sync + 'static) -> Self {
        let seen: Arc<Mutex<Vec<Seen>>> = Arc::default();
        let (log, reply) = (Arc::clone(&seen), Arc::new(reply));
        let handler = move |method: Method, uri: Uri, Query(query), headers: HeaderMap, body: Bytes| {
            let token = headers.get("x-tts-access-token").map_or("", |v| v.to_str().unwrap()).to_owned();
            let body = String::from_utf8(body.to_vec()).unwrap();
            let request = Seen { method, path: uri.path().to_owned(), query, token, body };
            let before = {
                let mut log = log.lock().unwrap();
                log.push(request.clone());
                log.len() - 1
            };
            let reply = reply(&request, before);
            async move {
                tokio::time::sleep(reply.delay).await;
                respond(reply)
            }
        };
        let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
        let url = format!("http://{}", listener.local_addr().unwrap());
        tokio::spawn(async move { axum::serve(listener, Router::new().fallback(handler)).await });
        Self { url, seen }
    }

    pub fn seen(&self) -> Vec<Seen> {
        self.seen.lock().unwrap().clone()
    }

    /// How many requests came for paths that end so.
    pub fn count(&self, path: &str) -> usize {
        self.seen().iter().filter(|seen| seen.path.ends_with(path)).count()
    }
}

fn respond(reply: Reply) -> Response {
    let status = StatusCode::from_u16(reply.status).unwrap();
    let mut response = (status, reply.body).into_response();
    if let Some(seconds) = reply.retry_after {
        response.headers_mut().insert("retry-after", seconds.into());
    }
    if let Some(location) = reply.location {
        response.headers_mut().insert("location", location.parse().unwrap());
    }
    response
}
