//! Webhooks of EasyPost.

use carriers::easypost::webhook::{self, Event, EventKind};
use domain::TrackingNumber;
use domain::message::{Message, ShipmentRef};
use workflow::{StepError, error_chain};

use crate::{BODY_BYTES_MAX, REMEMBERED, WebhookIntake, WebhookResponse};

impl WebhookIntake {
    /// Handles a webhook of EasyPost, given its raw body and its `X-Hmac-Signature` header.
    ///
    /// It says only that a parcel moved or that a refund came: both are read back. A genuine event that is about nothing of
    /// ours is answered with 200, so that EasyPost does not disable the webhook.
    pub async fn easypost(&self, body: &[u8], signature: Option<&str>) -> WebhookResponse {
        if body.len() > BODY_BYTES_MAX {
            self.refusals.note("webhook is too large");
            return WebhookResponse::TooLarge;
        }
        if let Err(error) = webhook::verify(&self.senders.easypost_secrets, body, signature) {
            self.refusals.note_signature(error);
            return WebhookResponse::Unauthenticated;
        }
        let event = match Event::parse(body) {
            Ok(event) => event,
            Err(error) => {
                tracing::error!(bytes = body.len(), error = error_chain(&error), "webhook can't be read");
                return WebhookResponse::Unreadable;
            }
        };
        match self.take_event(&event).await {
            Ok(()) => WebhookResponse::Accepted,
            Err(error) => {
                tracing::error!(event = event.id, error = error_chain(&error), "webhook is not taken");
                WebhookResponse::Unavailable
            }
        }
    }

    /// **Invariant:** noted only after it is in the queue; the other way round a crash would lose it.
    async fn take_event(&self, event: &Event) -> Result<(), StepError> {
        let now = self.clock.now();
        let id = format!("easypost/{}/{}", event.id, event.content);
        if self.processed_events.is_processed(&id, now).await? {
            return Ok(());
        }
        let messages = match &event.kind {
            EventKind::Tracker { tracking, .. } => self.about(tracking, Message::ParcelCheck).await?,
            EventKind::Refund { tracking: Some(tracking), .. } => {
                self.about(tracking, Message::LabelRequest).await?
            }
            // The shipment's timer asks after a refund whose label is not named.
            EventKind::Refund { tracking: None, .. } | EventKind::Other => Vec::new(),
        };
        if messages.is_empty() {
            return Ok(());
        }
        self.queues.send_all(&messages).await?;
        Ok(self
            .processed_events
            .mark_processed(&id, now.saturating_add(REMEMBERED).unwrap_or(domain::Timestamp::MAX))
            .await?)
    }

    /// The messages for the shipments whose label has this number. An event of a label that is just being bought finds
    /// none: nothing has happened to its parcel yet.
    async fn about(
        &self,
        tracking: &TrackingNumber,
        message: fn(ShipmentRef) -> Message,
    ) -> Result<Vec<Message>, StepError> {
        let Some(key) = self.orders.find_by_tracking(tracking).await? else { return Ok(Vec::new()) };
        let stored = match self.orders.load_order(&key).await {
            // It will not be read when EasyPost repeats itself either; deadline-alarm tells of it.
            Err(error) if error.is_corrupt() => None,
            stored => stored?,
        };
        let Some(stored) = stored else { return Ok(Vec::new()) };
        let of_label = stored
            .value
            .shipments
            .iter()
            .filter(|shipment| shipment.stage.label().is_some_and(|label| label.tracking == *tracking));
        let task = |shipment: &domain::shipment::Shipment| ShipmentRef {
            key: key.clone(),
            shipment: shipment.id.clone(),
        };
        Ok(of_label.map(|shipment| message(task(shipment))).collect())
    }
}
