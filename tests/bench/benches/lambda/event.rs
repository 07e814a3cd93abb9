//! The events: the samples in `events`, and how an answer shows that its event was handled.

use std::fs;
use std::path::Path;

use anyhow::Context as _;
use serde_json::Value;
use shop_authorization::connect_link;
use system::{Clock as _, SystemClock};

/// An event, by the file with its sample.
#[derive(Clone, Copy, Debug)]
pub enum Event {
    /// A batch of SQS.
    Batch(&'static str),
    /// A webhook, signed with the credentials of the samples.
    Webhook(&'static str),
    /// An event of a schedule or a topic, whose answer is empty.
    Unanswered(&'static str),
    /// A remedy for orders.
    Remedy(&'static str),
    /// A seller begins to connect shops. The sample is the end of that, for which TikTok would be called, so it is changed.
    Connect,
}

/// The app key in the samples.
pub const APP_KEY: &str = "sample-app-key";
/// The secret with which their webhooks are signed.
pub const APP_SECRET: &str = "sample-app-secret";

impl Event {
    /// The event as JSON.
    pub fn payload(self) -> anyhow::Result<Vec<u8>> {
        match self {
            Self::Batch(name) | Self::Webhook(name) | Self::Unanswered(name) | Self::Remedy(name) => {
                sample(name)
            }
            Self::Connect => {
                let mut request: Value =
                    serde_json::from_slice(&sample(manifest::SHOP_AUTHORIZATION.sample_event)?)?;
                let link = connect_link(&APP_SECRET.into(), "", SystemClock.now());
                let ticket = link.url.expose().split_once("ticket=").map(|(_, ticket)| ticket);
                request["rawPath"] = "/oauth/tiktok/start".into();
                request["queryStringParameters"] = serde_json::json!({ "ticket": ticket });
                Ok(serde_json::to_vec(&request)?)
            }
        }
    }

    /// Whether the answer says that the event was handled. The time that a failure takes means nothing.
    pub fn is_answered_by(self, answer: &[u8]) -> bool {
        let Ok(answer) = serde_json::from_slice::<Value>(answer) else { return false };
        match self {
            // The empty function answers with the event itself, which lists no failures either.
            Self::Batch(_) => answer["batchItemFailures"].as_array().is_none_or(Vec::is_empty),
            Self::Webhook(_) => answer["statusCode"] == 200,
            Self::Unanswered(_) => answer.is_null(),
            Self::Remedy(_) => answer["outcomes"].is_array(),
            Self::Connect => answer["statusCode"] == 302,
        }
    }
}

fn sample(name: &str) -> anyhow::Result<Vec<u8>> {
    let file = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../events").join(name);
    fs::read(&file).with_context(|| file.display().to_string())
}
