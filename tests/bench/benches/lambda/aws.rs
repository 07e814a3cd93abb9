//! AWS where nothing is stored: tables without items, queues without messages, a bucket without objects, and the secrets.

use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex, PoisonError};

use axum::Router;
use axum::extract::State;
use axum::http::{HeaderMap, Method, StatusCode, Uri};
use axum::response::{IntoResponse, Response};
use axum::serve::ListenerExt as _;
use serde_json::json;
use tokio::net::TcpListener;

use crate::event::{APP_KEY, APP_SECRET};

/// The answer to a look for an object.
const NO_SUCH_KEY: &str = r#"<?xml version="1.0" encoding="UTF-8"?>
<Error><Code>NoSuchKey</Code><Message>The specified key does not exist.</Message><Key>check</Key></Error>"#;

/// The services, all at one address.
pub struct Aws {
    /// Where they answer.
    pub url: String,
    inside: Arc<Inside>,
}

struct Inside {
    secret: String,
    requests: AtomicUsize,
    unknown: Mutex<Option<String>>,
}

impl Aws {
    /// Listens until the process ends.
    pub async fn start() -> anyhow::Result<Self> {
        let inside =
            Arc::new(Inside { secret: secret(), requests: AtomicUsize::new(0), unknown: Mutex::new(None) });
        let router = Router::new().fallback(answer).with_state(Arc::clone(&inside));
        let listener = TcpListener::bind("127.0.0.1:0").await?;
        let url = format!("http://{}", listener.local_addr()?);
        let listener = listener.tap_io(|connection| drop(connection.set_nodelay(true)));
        tokio::spawn(async move { drop(axum::serve(listener, router).await) });
        Ok(Self { url, inside })
    }

    /// How many requests there were so far.
    ///
    /// # Errors
    /// When one of them has no answer here: what was measured then is how a function fails.
    pub fn requests(&self) -> anyhow::Result<usize> {
        match &*self.inside.unknown.lock().unwrap_or_else(PoisonError::into_inner) {
            Some(request) => anyhow::bail!("benches/lambda/aws.rs has no answer to {request}"),
            None => Ok(self.inside.requests.load(Ordering::Relaxed)),
        }
    }
}

/// One secret for both, with the fields of both: a function takes those of the one that it asked for.
fn secret() -> String {
    let fields = json!({
        "TIKTOK_APP_KEY": APP_KEY,
        "TIKTOK_APP_SECRET": APP_SECRET,
        "TIKTOK_SERVICE_ID": "7300000000000000001",
        "EASYPOST_API_KEY": "sample-api-key",
        "EASYPOST_WEBHOOK_SECRET": "sample-webhook-secret",
    });
    let answer = json!({
        "ARN": "arn:aws:secretsmanager:us-east-1:123456789012:secret:secret-AbCdEf",
        "Name": "secret",
        "VersionId": "a1b2c3d4-5678-90ab-cdef-000000000001",
        "SecretString": fields.to_string(),
    });
    answer.to_string()
}

async fn answer(State(inside): State<Arc<Inside>>, method: Method, uri: Uri, headers: HeaderMap) -> Response {
    inside.requests.fetch_add(1, Ordering::Relaxed);
    let operation = headers.get("x-amz-target").and_then(|target| target.to_str().ok());
    let body = match operation {
        Some("secretsmanager.GetSecretValue") => inside.secret.as_str(),
        Some("DynamoDB_20120810.GetItem" | "DynamoDB_20120810.PutItem") => "{}",
        Some("DynamoDB_20120810.Query" | "DynamoDB_20120810.Scan") => {
            r#"{"Items":[],"Count":0,"ScannedCount":0}"#
        }
        Some("AmazonSQS.GetQueueAttributes") => r#"{"Attributes":{"ApproximateNumberOfMessages":"0"}}"#,
        // The SDK does not look at the digest of what it sent.
        Some("AmazonSQS.SendMessage") => r#"{"MessageId":"059f36b4-87a3-44ab-83d2-661975830a7d"}"#,
        Some("AmazonSQS.ChangeMessageVisibility" | "AmazonSQS.ReceiveMessage") => "{}",
        None if method == Method::GET && uri.path() == "/labels/check" => {
            return (StatusCode::NOT_FOUND, [("content-type", "application/xml")], NO_SUCH_KEY)
                .into_response();
        }
        _ => {
            let request = operation.map_or_else(|| format!("{method} {}", uri.path()), str::to_owned);
            *inside.unknown.lock().unwrap_or_else(PoisonError::into_inner) = Some(request);
            return StatusCode::NOT_IMPLEMENTED.into_response();
        }
    };
    ([("content-type", "application/x-amz-json-1.0")], body.to_owned()).into_response()
}
