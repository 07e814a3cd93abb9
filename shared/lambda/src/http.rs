//! Events of an HTTP API (payload format 2.0) or of a function URL, which are the same.

use std::collections::HashMap;
use std::process::ExitCode;
use std::sync::Arc;

use base64::Engine as _;
use base64::prelude::BASE64_STANDARD;
use engine::batch;
use lambda_runtime::LambdaEvent;
use serde::{Deserialize, Serialize};
use tracing::Instrument as _;

use crate::run::run;
use crate::setup::{Setup, StartError};

/// A request: of the event's fields those that are used.
#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
struct Event {
    raw_path: String,
    #[serde(default)]
    headers: HashMap<String, String>,
    #[serde(default)]
    query_string_parameters: HashMap<String, String>,
    body: Option<String>,
    #[serde(default)]
    is_base64_encoded: bool,
}

/// An HTTP request. The method needs no look: the API has a route for each.
#[derive(Debug)]
pub struct Request {
    /// The path, for example `/webhooks/tiktok`.
    pub path: String,
    /// The raw body.
    pub body: Vec<u8>,
    headers: HashMap<String, String>,
    query: HashMap<String, String>,
}

impl Request {
    /// A header's value; `name` in small letters, as the API hands them on.
    pub fn header(&self, name: &str) -> Option<&str> {
        self.headers.get(name).map(String::as_str)
    }

    /// A query parameter's value, decoded.
    pub fn query(&self, name: &str) -> Option<&str> {
        self.query.get(name).map(String::as_str)
    }

    /// `None` where the body is not what the event says.
    fn of(event: Event) -> Option<Self> {
        let body = event.body.unwrap_or_default();
        let body = match event.is_base64_encoded {
            true => BASE64_STANDARD.decode(body).ok()?,
            false => body.into_bytes(),
        };
        let headers = event.headers.into_iter().map(|(name, value)| (name.to_ascii_lowercase(), value));
        Some(Self {
            path: event.raw_path,
            body,
            headers: headers.collect(),
            query: event.query_string_parameters,
        })
    }
}

/// An answer.
#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Response {
    status_code: u16,
    headers: HashMap<&'static str, String>,
    body: String,
}

impl Response {
    /// An answer without a body.
    pub fn empty(status: u16) -> Self {
        Self { status_code: status, headers: HashMap::new(), body: String::new() }
    }

    /// Plain text.
    pub fn text(status: u16, text: impl Into<String>) -> Self {
        let headers = HashMap::from([("content-type", "text/plain; charset=utf-8".to_owned())]);
        Self { status_code: status, headers, body: text.into() }
    }

    /// Sends a browser to `location`, which it must not remember.
    pub fn redirect(location: String) -> Self {
        let headers = HashMap::from([("location", location), ("cache-control", "no-store".to_owned())]);
        Self { status_code: 302, headers, body: String::new() }
    }
}

/// Runs a function that answers HTTP requests. A panic is answered with 500.
pub fn http<F, W>(build: impl Fn(&mut Setup) -> Result<F, StartError> + 'static, answer: W) -> ExitCode
where
    F: Send + Sync + 'static,
    W: AsyncFn(Arc<F>, Request) -> Response,
{
    run(Box::new(build), async |function: Arc<F>, event: LambdaEvent<Event>| {
        let span = tracing::error_span!("request", request_id = event.context.request_id);
        let work = async {
            let Some(request) = Request::of(event.payload) else { return Response::empty(400) };
            batch::catch(answer(function, request)).await.unwrap_or_else(|| {
                tracing::error!("request panicked");
                Response::empty(500)
            })
        };
        Ok(work.instrument(span).await)
    })
}

#[cfg(test)]
mod tests {
    use super::{Event, Request};

    fn request(json: &str) -> Option<Request> {
        Request::of(serde_json::from_str::<Event>(json).unwrap())
    }

    #[test]
    fn the_raw_body_is_what_was_sent() {
        let plain = request(
            r#"{"rawPath":"/webhooks/tiktok","body":"{\"a\": \"é\"}","headers":{"Authorization":"x"}}"#,
        );
        let plain = plain.unwrap();
        assert_eq!(
            (plain.body.as_slice(), plain.header("authorization")),
            ("{\"a\": \"é\"}".as_bytes(), Some("x"))
        );
        let encoded = request(r#"{"rawPath":"/","body":"/wAB","isBase64Encoded":true}"#).unwrap();
        assert_eq!(encoded.body, [0xff, 0, 1]);
        assert!(request(r#"{"rawPath":"/","body":"*","isBase64Encoded":true}"#).is_none());
        let asked = request(r#"{"rawPath":"/oauth","queryStringParameters":{"code":"c d"}}"#).unwrap();
        assert_eq!((asked.query("code"), asked.query("state"), asked.body.len()), (Some("c d"), None, 0));
    }
}
