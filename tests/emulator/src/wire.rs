//! The wire between a client and an emulator: counts what goes over it, and breaks it on demand.

use std::collections::VecDeque;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use axum::Router;
use axum::body::{Body, Bytes, to_bytes};
use axum::extract::{Request, State};
use axum::http::{HeaderMap, HeaderName, Response, StatusCode, header};
use futures_util::stream;
use tokio::net::TcpListener;
use tokio::task::JoinHandle;

use crate::cloud::install_tls;

/// No request or response in the tests is larger.
const BODY_BYTES_MAX: usize = 32 * 1024 * 1024;

/// What happens to a request on the way.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum WireFault {
    /// The service throttles it, with its own error.
    Throttled,
    /// The request is lost.
    LostRequest,
    /// The request is carried out and the response is lost.
    LostAnswer,
    /// The service fails: 500.
    ServiceFails,
    /// SNS denies it for lack of a permission.
    Denied,
    /// SNS says that there is no such topic.
    Gone,
}

impl WireFault {
    /// The kinds that pass by themselves.
    pub const ALL: [Self; 4] = [Self::Throttled, Self::LostRequest, Self::LostAnswer, Self::ServiceFails];
}

/// A request that went over the wire, with its response.
#[derive(Clone, Debug)]
pub struct WireCall {
    /// The service and its operation, for example `DynamoDB.PutItem`.
    pub operation: String,
    /// The request's headers.
    pub headers: HeaderMap,
    /// The request's body.
    pub request: Bytes,
    /// The status of the response; `None` if the response was lost.
    pub status: Option<u16>,
    /// The answer's body.
    pub answer: Bytes,
}

/// A proxy on its own port. It stops when it is dropped.
pub struct Wire {
    url: String,
    shared: Arc<Shared>,
    server: JoinHandle<()>,
}

struct Shared {
    to: String,
    host: Option<String>,
    client: reqwest::Client,
    state: Mutex<Log>,
}

#[derive(Default)]
struct Log {
    calls: Vec<WireCall>,
    /// The number of requests, including those that are not recorded.
    count: usize,
    keeps: bool,
    /// The requests, by their number from 1, that meet a fault.
    faults: VecDeque<(usize, WireFault)>,
    random: Option<(fastrand::Rng, f64)>,
    always: Option<WireFault>,
}

impl Wire {
    /// Forwards to `to`. With `host`, every request is made for this host.
    ///
    /// # Errors
    /// When there is no free port.
    pub async fn to(to: &str, host: Option<&str>) -> anyhow::Result<Self> {
        install_tls();
        let listener = TcpListener::bind(("127.0.0.1", 0)).await?;
        let url = format!("http://{}", listener.local_addr()?);
        let shared = Arc::new(Shared {
            to: to.to_owned(),
            host: host.map(str::to_owned),
            client: reqwest::Client::builder().redirect(reqwest::redirect::Policy::none()).build()?,
            state: Mutex::default(),
        });
        let router = Router::new().fallback(carry).with_state(shared.clone());
        let server = tokio::spawn(async move {
            // It serves until its task is aborted.
            let _ = axum::serve(listener, router).await;
        });
        Ok(Self { url, shared, server })
    }

    /// Where it listens.
    pub fn url(&self) -> &str {
        &self.url
    }

    /// Records requests from now on.
    pub fn keep(&self) {
        let mut log = self.shared.log();
        log.keeps = true;
        log.calls.clear();
    }

    /// Takes the recorded requests.
    pub fn take_calls(&self) -> Vec<WireCall> {
        std::mem::take(&mut self.shared.log().calls)
    }

    /// The number of requests so far.
    pub fn count(&self) -> usize {
        self.shared.log().count
    }

    /// Lets the `n`th request from now (from 1) meet `fault`.
    pub fn nth(&self, n: usize, fault: WireFault) {
        let mut log = self.shared.log();
        let at = log.count + n;
        log.faults.push_back((at, fault));
    }

    /// Lets every request meet one of the faults with this probability, drawn from `seed`.
    pub fn random(&self, seed: u64, probability: f64) {
        self.shared.log().random = Some((fastrand::Rng::with_seed(seed), probability));
    }

    /// Lets every request from now on meet `fault`.
    pub fn always(&self, fault: WireFault) {
        self.shared.log().always = Some(fault);
    }

    /// Lets nothing go wrong from now on.
    pub fn calm(&self) {
        let mut log = self.shared.log();
        log.always = None;
        log.random = None;
        log.faults.clear();
    }
}

impl Drop for Wire {
    fn drop(&mut self) {
        self.server.abort();
    }
}

impl Shared {
    fn log(&self) -> MutexGuard<'_, Log> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn next(&self) -> Option<WireFault> {
        let mut log = self.log();
        log.count += 1;
        let count = log.count;
        if let Some(place) = log.faults.iter().position(|(at, _)| *at == count) {
            return log.faults.remove(place).map(|(_, fault)| fault);
        }
        if log.always.is_some() {
            return log.always;
        }
        let (rng, probability) = log.random.as_mut()?;
        (rng.f64() < *probability).then(|| WireFault::ALL[rng.usize(..WireFault::ALL.len())])
    }

    fn note(&self, call: WireCall) {
        let mut log = self.log();
        if log.keeps {
            log.calls.push(call);
        }
    }
}

async fn carry(State(shared): State<Arc<Shared>>, request: Request) -> Response<Body> {
    let (parts, body) = request.into_parts();
    let Ok(body) = to_bytes(body, BODY_BYTES_MAX).await else { return cut() };
    let operation = operation(&parts.headers, parts.method.as_str(), &body);
    let fault = shared.next();
    let call = |status: Option<StatusCode>, answer: Bytes| WireCall {
        operation: operation.clone(),
        headers: parts.headers.clone(),
        request: body.clone(),
        status: status.map(|status| status.as_u16()),
        answer,
    };
    match fault {
        Some(WireFault::LostRequest) => {
            shared.note(call(None, Bytes::new()));
            return cut();
        }
        Some(WireFault::Throttled) if operation.starts_with("SNS.") => return sns_error(400, "Throttling"),
        Some(WireFault::Throttled) => return throttled(&operation),
        Some(WireFault::Denied) => return sns_error(403, "AuthorizationError"),
        Some(WireFault::Gone) => return sns_error(404, "NotFound"),
        Some(WireFault::ServiceFails) => {
            return answer(StatusCode::INTERNAL_SERVER_ERROR, &HeaderMap::new(), "{}");
        }
        Some(WireFault::LostAnswer) | None => {}
    }
    let path = parts.uri.path_and_query().map_or("/", |path| path.as_str());
    let mut forward = shared.client.request(parts.method.clone(), format!("{}{path}", shared.to));
    for (name, value) in parts.headers.iter().filter(|(name, _)| is_of_the_message(name)) {
        forward = forward.header(name, value);
    }
    if let Some(host) = &shared.host {
        forward = forward.header(header::HOST, host);
    }
    let Ok(answered) = forward.body(body.clone()).send().await else { return cut() };
    let (status, headers) = (answered.status(), answered.headers().clone());
    let Ok(bytes) = answered.bytes().await else { return cut() };
    if fault == Some(WireFault::LostAnswer) {
        shared.note(call(None, bytes));
        return cut();
    }
    shared.note(call(Some(status), bytes.clone()));
    answer(status, &headers, bytes)
}

fn answer(status: StatusCode, headers: &HeaderMap, body: impl Into<Body>) -> Response<Body> {
    let mut response = Response::new(body.into());
    *response.status_mut() = status;
    for (name, value) in headers.iter().filter(|(name, _)| is_of_the_message(name)) {
        response.headers_mut().append(name.clone(), value.clone());
    }
    response
}

/// A response that breaks off in the middle.
fn cut() -> Response<Body> {
    Response::new(Body::from_stream(stream::once(async { Err::<Bytes, _>(std::io::Error::other("cut")) })))
}

/// The throttling error of DynamoDB and SQS, or that of S3.
fn throttled(operation: &str) -> Response<Body> {
    let body = match operation.split_once('.') {
        Some(("DynamoDB", "Query" | "GetItem" | "BatchGetItem")) => {
            r#"{"__type":"com.amazonaws.dynamodb.v20120810#ProvisionedThroughputExceededException","message":"The level of configured provisioned throughput for the table was exceeded."}"#
        }
        Some(("DynamoDB", _)) => {
            r#"{"__type":"com.amazon.coral.availability#ThrottlingException","message":"Throughput exceeds the current capacity of your table or index."}"#
        }
        _ => {
            r#"{"__type":"com.amazonaws.sqs#RequestThrottled","message":"The request was denied due to request throttling."}"#
        }
    };
    let headers = HeaderMap::from_iter(
        [(header::CONTENT_TYPE, "application/x-amz-json-1.0".parse().ok())]
            .into_iter()
            .filter_map(|(name, value)| Some((name, value?))),
    );
    answer(StatusCode::BAD_REQUEST, &headers, body)
}

/// An error of SNS.
fn sns_error(status: u16, code: &str) -> Response<Body> {
    let body = format!(
        "<ErrorResponse xmlns=\"http://sns.amazonaws.com/doc/2010-03-31/\"><Error><Type>Sender</Type>\
         <Code>{code}</Code><Message>of the test</Message></Error></ErrorResponse>"
    );
    let status = StatusCode::from_u16(status).unwrap_or(StatusCode::BAD_REQUEST);
    answer(status, &HeaderMap::new(), body)
}

/// Whether a header is passed on: those of a single connection are not.
fn is_of_the_message(name: &HeaderName) -> bool {
    !matches!(*name, header::HOST | header::CONNECTION | header::TRANSFER_ENCODING | header::CONTENT_LENGTH)
}

fn operation(headers: &HeaderMap, method: &str, body: &[u8]) -> String {
    // Of the services that are used only SNS has form bodies.
    if let Some(form) = body.strip_prefix(b"Action=") {
        let action = form.split(|byte| *byte == b'&').next().unwrap_or_default();
        return format!("SNS.{}", String::from_utf8_lossy(action));
    }
    let Some(target) = headers.get("x-amz-target").and_then(|target| target.to_str().ok()) else {
        return format!("S3.{method}");
    };
    let (service, operation) = target.split_once('.').unwrap_or((target, ""));
    let service = match service {
        "DynamoDB_20120810" => "DynamoDB",
        "AmazonSQS" => "SQS",
        "secretsmanager" => "SecretsManager",
        other => other,
    };
    format!("{service}.{operation}")
}
