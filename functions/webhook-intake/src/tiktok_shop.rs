//! Webhooks of TikTok Shop.

use domain::message::{Message, Source};
use domain::{OrderKey, Timestamp};
use engine::EngineError;
use jiff::SignedDuration;
use steps::chain;
use tiktok::webhook::{self, Notification};

use crate::{Answer, BODY_BYTES_MAX, WebhookIntake};

/// How long a notification is remembered. TikTok repeats for about 15.5 hours.
const REMEMBERED: SignedDuration = SignedDuration::from_hours(24 * 7);

impl WebhookIntake {
    /// Takes a webhook of TikTok: its raw body and its `Authorization` header.
    pub async fn tiktok(&self, body: &[u8], authorization: Option<&str>) -> Answer {
        if body.len() > BODY_BYTES_MAX {
            tracing::warn!(bytes = body.len(), "webhook is too large");
            return Answer::TooLarge;
        }
        let senders = &self.senders;
        let genuine = authorization.is_some_and(|signature| {
            webhook::verify(&senders.tiktok_app_key, senders.tiktok_app_secret.expose(), body, signature)
        });
        if !genuine {
            tracing::warn!(bytes = body.len(), "webhook has no valid signature");
            return Answer::Forged;
        }
        let notification = match Notification::parse(body) {
            Ok(notification) => notification,
            Err(error) => {
                tracing::error!(bytes = body.len(), error = chain(&error), "webhook can't be read");
                return Answer::Unreadable;
            }
        };
        match self.take(&notification).await {
            Ok(()) => Answer::Taken,
            Err(error) => {
                tracing::error!(
                    notification = notification.id,
                    error = chain(&error),
                    "webhook is not taken"
                );
                Answer::OurFault
            }
        }
    }

    /// **Invariant:** noted only after it is in the queue; the other way round a crash would lose it.
    async fn take(&self, notification: &Notification) -> Result<(), EngineError> {
        let Some(shop) = &notification.shop else { return Ok(()) };
        let orders = notification.orders();
        if orders.is_empty() {
            return Ok(());
        }
        let now = self.clock.now();
        let id = format!("tiktok/{}", notification.id);
        if self.notices.is_noted(&id, now).await? {
            return Ok(());
        }
        let messages: Vec<Message> = orders
            .into_iter()
            .map(|order| Message::OrderChange {
                key: OrderKey::new(shop.clone(), order),
                source: Source::Webhook,
            })
            .collect();
        self.queues.send_all(&messages).await?;
        self.notices.note(&id, now.saturating_add(REMEMBERED).unwrap_or(Timestamp::MAX)).await
    }
}
