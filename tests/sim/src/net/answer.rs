//! The reply of a service.

use axum::body::Body;
use axum::http::header::{CONTENT_TYPE, DATE, LOCATION, RETRY_AFTER};
use axum::http::{HeaderValue, Response, StatusCode};
use bytes::Bytes;
use jiff::SignedDuration;
use serde_json::Value;

use crate::clock;

/// A reply before it is sent, so that faults can still change it.
#[derive(Debug, Clone)]
pub(crate) struct Answer {
    pub(crate) status: StatusCode,
    pub(crate) content_type: &'static str,
    pub(crate) location: Option<String>,
    pub(crate) body: Bytes,
    /// How far the clock of its `Date` is ahead.
    pub(crate) clock_ahead_seconds: i64,
    /// Its `Retry-After`, in seconds.
    pub(crate) retry_after: Option<u64>,
}

impl Answer {
    pub(crate) fn json(status: StatusCode, body: &Value) -> Self {
        Self::bytes(status, "application/json", body.to_string())
    }

    pub(crate) fn bytes(status: StatusCode, content_type: &'static str, body: impl Into<Bytes>) -> Self {
        let body = body.into();
        Self { status, content_type, location: None, body, clock_ahead_seconds: 0, retry_after: None }
    }

    pub(crate) fn redirect(location: String) -> Self {
        let mut answer = Self::bytes(StatusCode::FOUND, "text/html", "");
        answer.location = Some(location);
        answer
    }

    /// The same answer with the second half of its body missing.
    pub(crate) fn truncated(mut self) -> Self {
        self.status = StatusCode::OK;
        self.body.truncate(self.body.len() / 2);
        self
    }

    pub(crate) fn into_response(self) -> Response<Body> {
        let mut response = Response::new(Body::from(self.body));
        *response.status_mut() = self.status;
        response.headers_mut().insert(CONTENT_TYPE, HeaderValue::from_static(self.content_type));
        if let Some(location) = self.location.and_then(|l| HeaderValue::try_from(l).ok()) {
            response.headers_mut().insert(LOCATION, location);
        }
        if let Some(seconds) = self.retry_after {
            response.headers_mut().insert(RETRY_AFTER, HeaderValue::from(seconds));
        }
        if self.clock_ahead_seconds != 0 {
            let at = clock::now() + SignedDuration::from_secs(self.clock_ahead_seconds);
            let date = at.strftime("%a, %d %b %Y %H:%M:%S GMT").to_string();
            response.headers_mut().extend(HeaderValue::try_from(date).ok().map(|date| (DATE, date)));
        }
        response
    }
}
