//! Events of an HTTP API (payload format 2.0). Those of a function URL have the same form.

use std::collections::HashMap;
use std::error::Error;
use std::process::ExitCode;
use std::sync::Arc;

use backend::batch;
use base64::Engine as _;
use base64::prelude::BASE64_STANDARD;
use lambda_runtime::LambdaEvent;
use manifest::Function;
use serde::{Deserialize, Serialize};
use serde_json::Value;
use tracing::Instrument as _;

use crate::invoked;
use crate::run::run;
use crate::setup::{Setup, StartError};

/// An event of the API, with the fields that are used.
#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
struct HttpEvent {
    raw_path: String,
    #[serde(default)]
    headers: HashMap<String, String>,
    #[serde(default)]
    query_string_parameters: HashMap<String, String>,
    /// The API passes cookies here; emulators of a function URL leave them in the header.
    #[serde(default)]
    cookies: Vec<String>,
    body: Option<String>,
    #[serde(default)]
    is_base64_encoded: bool,
}

/// An HTTP request. It has no method, because the API has a route for each.
#[derive(Debug)]
pub struct HttpRequest {
    /// The path, for example `/webhooks/tiktok`.
    pub path: String,
    /// The raw body, over which a webhook is signed.
    pub body: Vec<u8>,
    headers: HashMap<String, String>,
    query: HashMap<String, String>,
    cookies: Option<String>,
}

impl HttpRequest {
    /// A header's value; `name` is in lower case.
    pub fn header(&self, name: &str) -> Option<&str> {
        self.headers.get(name).map(String::as_str)
    }

    /// A query parameter's value, decoded.
    pub fn query(&self, name: &str) -> Option<&str> {
        self.query.get(name).map(String::as_str)
    }

    /// All cookies, in the form of the header `Cookie`.
    pub fn cookies(&self) -> Option<&str> {
        self.cookies.as_deref().or_else(|| self.header("cookie"))
    }

    /// `None` when the body is not the base64 that the event says it is.
    fn of(event: HttpEvent) -> Option<Self> {
        let body = event.body.unwrap_or_default();
        let body =
            if event.is_base64_encoded { BASE64_STANDARD.decode(body).ok()? } else { body.into_bytes() };
        let headers = event.headers.into_iter().map(|(name, value)| (name.to_ascii_lowercase(), value));
        Some(Self {
            path: event.raw_path,
            body,
            headers: headers.collect(),
            query: event.query_string_parameters,
            cookies: Some(event.cookies.join("; ")).filter(|cookies| !cookies.is_empty()),
        })
    }
}

/// The answer to a request.
#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct HttpResponse {
    status_code: u16,
    headers: HashMap<&'static str, String>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    cookies: Vec<String>,
    body: String,
}

impl HttpResponse {
    /// An answer without a body.
    pub fn empty(status: u16) -> Self {
        Self::new(status, Vec::new(), String::new())
    }

    /// An answer with these headers, whose names are in lower case.
    pub fn new(status: u16, headers: Vec<(&'static str, String)>, body: String) -> Self {
        // The API wants cookies apart from the other headers.
        let (cookies, headers): (Vec<_>, Vec<_>) =
            headers.into_iter().partition(|(name, _)| *name == "set-cookie");
        let cookies = cookies.into_iter().map(|(_, cookie)| cookie).collect();
        Self { status_code: status, headers: headers.into_iter().collect(), cookies, body }
    }
}

/// Runs a function that answers HTTP requests. A panic is answered with 500.
pub fn http<F, W>(
    function: &'static Function,
    build: impl Fn(&mut Setup) -> Result<F, StartError> + 'static,
    answer: W,
) -> ExitCode
where
    F: Send + Sync + 'static,
    W: AsyncFn(Arc<F>, HttpRequest) -> HttpResponse,
{
    run(function, Box::new(build), async |function: Arc<F>, event: LambdaEvent<HttpEvent>| {
        Ok(respond(function, event, &answer).await)
    })
}

/// Runs a function that answers HTTP requests as [`http()`] does, and direct invocations as
/// [`invoked()`](crate::invoked()) does. An HTTP request can't pass for an invocation, because the API wraps whatever it is
/// sent.
pub fn http_or_invoked<F, M, A, E, W, O>(
    function: &'static Function,
    build: impl Fn(&mut Setup) -> Result<F, StartError> + 'static,
    answer: W,
    work: O,
) -> ExitCode
where
    F: Send + Sync + 'static,
    M: TryFrom<Value, Error: Error>,
    A: Serialize,
    E: Error,
    W: AsyncFn(Arc<F>, HttpRequest) -> HttpResponse,
    O: AsyncFn(Arc<F>, M) -> Result<A, E>,
{
    run(function, Box::new(build), async |function: Arc<F>, event: LambdaEvent<Value>| {
        let LambdaEvent { payload, context } = event;
        if payload.get("rawPath").is_none() {
            let answered = invoked::respond(function, LambdaEvent { payload, context }, &work).await?;
            return Ok(HttpOrInvokedAnswer::Invoked(answered));
        }
        let payload: HttpEvent = serde_json::from_value(payload)?;
        Ok(HttpOrInvokedAnswer::Http(respond(function, LambdaEvent { payload, context }, &answer).await))
    })
}

/// The answer of a function that is called in both ways.
#[derive(Serialize)]
#[serde(untagged)]
enum HttpOrInvokedAnswer<A> {
    Http(HttpResponse),
    Invoked(A),
}

async fn respond<F, W>(function: Arc<F>, event: LambdaEvent<HttpEvent>, answer: &W) -> HttpResponse
where
    W: AsyncFn(Arc<F>, HttpRequest) -> HttpResponse,
{
    let span = tracing::error_span!("request", request_id = event.context.request_id);
    let work = async {
        let Some(request) = HttpRequest::of(event.payload) else { return HttpResponse::empty(400) };
        batch::catch(answer(function, request)).await.unwrap_or_else(|| {
            tracing::error!("request panicked");
            HttpResponse::empty(500)
        })
    };
    work.instrument(span).await
}

#[cfg(test)]
mod tests {
    use super::{HttpEvent, HttpRequest, HttpResponse};

    fn request(json: &str) -> Option<HttpRequest> {
        HttpRequest::of(serde_json::from_str::<HttpEvent>(json).unwrap())
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

    #[test]
    fn cookies_come_in_a_list_and_go_in_one() {
        let cookies = |json: &str| request(json).unwrap().cookies().map(str::to_owned);
        assert_eq!(cookies(r#"{"rawPath":"/","cookies":["a=1","b=2"]}"#).as_deref(), Some("a=1; b=2"));
        assert_eq!(cookies(r#"{"rawPath":"/","headers":{"Cookie":"a=1"}}"#).as_deref(), Some("a=1"));
        assert_eq!(cookies(r#"{"rawPath":"/"}"#), None);
        let headers = vec![("set-cookie", "a=1".to_owned()), ("location", "/b".to_owned())];
        let answer = serde_json::to_value(HttpResponse::new(302, headers, String::new())).unwrap();
        let expect = serde_json::json!(
            { "statusCode": 302, "headers": { "location": "/b" }, "cookies": ["a=1"], "body": "" }
        );
        assert_eq!(answer, expect);
    }
}
