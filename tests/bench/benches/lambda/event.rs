//! Events as Lambda hands them over, made of the samples in `events`, and the answers that show that they were worked on.

use std::fs;
use std::path::Path;

use anyhow::Context as _;
use serde_json::{Value, json};
use sim::tiktok::TikTokConfig;

/// An event, by the sample that it is made of.
#[derive(Clone, Copy, Debug)]
pub enum Event {
    /// A batch of SQS with this one message.
    Queue(&'static str),
    /// This body, signed by TikTok.
    Webhook(&'static str),
    /// A browser asks for this path.
    Get(&'static str),
    /// A timer rings.
    Timer(&'static str),
}

impl Event {
    /// The event as JSON.
    pub fn payload(self) -> anyhow::Result<Vec<u8>> {
        let event = match self {
            Self::Queue(name) => batch(&sample(name)?),
            Self::Webhook(name) => {
                let TikTokConfig { app_key, app_secret, .. } = TikTokConfig::default();
                let body = sample(name)?;
                let signature = sim::tiktok::sign::webhook(&app_key, &app_secret, body.as_bytes());
                let headers = json!({"authorization": signature, "content-type": "application/json"});
                request("POST", "/webhooks/tiktok", headers, Some(&body))
            }
            Self::Get(path) => request("GET", path, json!({}), None),
            Self::Timer(name) => serde_json::from_str(&sample(name)?)?,
        };
        Ok(serde_json::to_vec(&event)?)
    }

    /// Whether the answer says that the event was worked on: figures of failures would be none.
    pub fn is_answered_by(self, answer: &[u8]) -> bool {
        let Ok(answer) = serde_json::from_slice::<Value>(answer) else { return false };
        match self {
            // The empty function answers with the event, which holds no failures either.
            Self::Queue(_) => answer["batchItemFailures"].as_array().is_none_or(Vec::is_empty),
            Self::Webhook(_) => answer["statusCode"] == 200,
            Self::Get(_) => answer["statusCode"] == 302,
            Self::Timer(_) => answer.is_null(),
        }
    }
}

fn sample(name: &str) -> anyhow::Result<String> {
    let file = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../events").join(name);
    fs::read_to_string(&file).with_context(|| file.display().to_string())
}

fn batch(body: &str) -> Value {
    json!({"Records": [{
        "messageId": "059f36b4-87a3-44ab-83d2-661975830a7d",
        "receiptHandle": "AQEBwJnKyrHigUMZj6rYigCgxlaS3SLy0a",
        "body": body,
        "attributes": {
            "ApproximateReceiveCount": "1",
            "SentTimestamp": "1795300000000",
            "SenderId": "AIDAIENQZJOLO23YVJ4VO",
            "ApproximateFirstReceiveTimestamp": "1795300000010",
        },
        "messageAttributes": {},
        "md5OfBody": "00000000000000000000000000000000",
        "eventSource": "aws:sqs",
        "eventSourceARN": "arn:aws:sqs:us-east-1:123456789012:queue",
        "awsRegion": "us-east-1",
    }]})
}

fn request(method: &str, path: &str, headers: Value, body: Option<&str>) -> Value {
    json!({
        "version": "2.0",
        "routeKey": format!("{method} {path}"),
        "rawPath": path,
        "rawQueryString": "",
        "headers": headers,
        "requestContext": {
            "accountId": "123456789012",
            "apiId": "api",
            "domainName": "api.execute-api.us-east-1.amazonaws.com",
            "domainPrefix": "api",
            "http": {
                "method": method,
                "path": path,
                "protocol": "HTTP/1.1",
                "sourceIp": "192.0.2.1",
                "userAgent": "bench",
            },
            "requestId": "JKJaXmPLvHcESHA=",
            "routeKey": format!("{method} {path}"),
            "stage": "$default",
            "time": "22/Nov/2026:20:00:00 +0000",
            "timeEpoch": 1_795_377_600_000_i64,
        },
        "body": body,
        "isBase64Encoded": false,
    })
}
