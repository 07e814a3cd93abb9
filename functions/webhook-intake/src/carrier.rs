//! Webhooks of the carrier accounts.

use carriers::{CarrierEvent, EventSubject, WebhookSource};
use domain::TrackingNumber;
use domain::message::{Message, ShipmentRef};
use workflow::{StepError, error_chain};

use crate::{BODY_BYTES_MAX, REMEMBERED, WebhookIntake, WebhookResponse};

impl WebhookIntake {
    /// Takes a webhook that was posted to `/webhooks/{kind}`: its raw body, and its headers by their names in lower case.
    ///
    /// It says only that a parcel moved or that a refund came: both are read back. A genuine event that is about
    /// nothing of ours is answered with 200, so that the sender does not switch the webhook off.
    pub async fn carrier<'h>(
        &self,
        kind: &str,
        body: &[u8],
        header: impl Fn(&'static str) -> Option<&'h str>,
    ) -> WebhookResponse {
        let Some(source) = self.senders.carriers.get(kind) else { return WebhookResponse::UnknownSender };
        let signature = header(source.signature_header());
        self.carrier_event(source, body, signature).await
    }

    async fn carrier_event(
        &self,
        source: &dyn WebhookSource,
        body: &[u8],
        signature: Option<&str>,
    ) -> WebhookResponse {
        if body.len() > BODY_BYTES_MAX {
            self.refusals.note("webhook is too large");
            return WebhookResponse::TooLarge;
        }
        if let Err(error) = source.verify(body, signature) {
            self.refusals.note_signature(error);
            return WebhookResponse::Unauthenticated;
        }
        let event = match source.parse(body) {
            Ok(event) => event,
            Err(error) => {
                tracing::error!(bytes = body.len(), error = error_chain(&error), "webhook can't be read");
                return WebhookResponse::Unreadable;
            }
        };
        match self.take_event(source.kind(), &event).await {
            Ok(()) => WebhookResponse::Accepted,
            Err(error) => {
                tracing::error!(event = event.id, error = error_chain(&error), "webhook is not taken");
                WebhookResponse::Unavailable
            }
        }
    }

    /// **Invariant:** an event is noted only after it is in the queue; the other way round a crash would lose it.
    async fn take_event(&self, kind: &str, event: &CarrierEvent) -> Result<(), StepError> {
        let now = self.clock.now();
        let id = format!("{kind}/{}", event.id);
        if self.processed_events.is_processed(&id, now).await? {
            return Ok(());
        }
        let messages = match &event.about {
            EventSubject::Parcel(tracking) => self.about(tracking, Message::ParcelCheck).await?,
            EventSubject::Refund(tracking) => self.about(tracking, Message::LabelRequest).await?,
            EventSubject::Nothing => Vec::new(),
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
            // It can't be read when the sender repeats itself either; deadline-alarm tells people of it.
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
