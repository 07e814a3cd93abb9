//! Webhooks of EasyPost.

use carriers::easypost::webhook::{self, Event};
use steps::chain;

use crate::{Answer, BODY_BYTES_MAX, WebhookIntake};

impl WebhookIntake {
    /// Takes a webhook of EasyPost: its raw body and its `X-Hmac-Signature` header.
    ///
    /// Trackers are not followed yet: TikTok's own status says when a parcel was scanned or delivered. A genuine event
    /// is answered with 200, so that EasyPost does not switch the webhook off.
    pub async fn easypost(&self, body: &[u8], signature: Option<&str>) -> Answer {
        if body.len() > BODY_BYTES_MAX {
            tracing::warn!(bytes = body.len(), "webhook is too large");
            return Answer::TooLarge;
        }
        let genuine = match (&self.senders.easypost_secret, signature) {
            (Some(secret), Some(signature)) => webhook::verify(secret, body, signature),
            _ => false,
        };
        if !genuine {
            tracing::warn!(bytes = body.len(), "webhook has no valid signature");
            return Answer::Forged;
        }
        match Event::parse(body) {
            Ok(event) => {
                tracing::debug!(event = event.id, "event of EasyPost");
                Answer::Taken
            }
            Err(error) => {
                tracing::error!(bytes = body.len(), error = chain(&error), "webhook can't be read");
                Answer::Unreadable
            }
        }
    }
}
