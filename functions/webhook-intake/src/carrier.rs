//! Webhooks of the carrier accounts.

use carriers::{CarrierEvent, EventSubject, WebhookSource};
use domain::TrackingNumber;
use domain::message::{Message, ShipmentRef};
use domain::shipment::Shipment;
use workflow::{StepError, error_chain};

use crate::{BODY_BYTES_MAX, REMEMBERED, WebhookIntake, WebhookResponse};

impl WebhookIntake {
    /// Handles a webhook that was posted to `/webhooks/{kind}`, given its raw body and a lookup of its headers by their names
    /// in lower case.
    ///
    /// A webhook is only a hint that a parcel moved or that a refund came; both are read back. A genuine event about nothing
    /// of ours is answered with 200, so that the sender does not disable the webhook.
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
        match self.accept_event(source.kind(), &event).await {
            Ok(()) => WebhookResponse::Accepted,
            Err(error) => {
                tracing::error!(event = event.id, error = error_chain(&error), "webhook can't be accepted");
                WebhookResponse::Unavailable
            }
        }
    }

    /// **Invariant:** marked as processed only after it is in the queue. The other way round, a crash would lose it.
    async fn accept_event(&self, kind: &str, event: &CarrierEvent) -> Result<(), StepError> {
        let now = self.clock.now();
        let id = format!("{kind}/{}", event.id);
        if self.processed_events.is_processed(&id, now).await? {
            return Ok(());
        }
        let messages = match &event.about {
            EventSubject::Parcel(tracking) => self.messages_for(tracking, Message::ParcelCheck).await?,
            EventSubject::Refund(tracking) => self.messages_for(tracking, Message::LabelRequest).await?,
            EventSubject::Nothing => Vec::new(),
        };
        // Not marked as processed: when the event is delivered again, the label may have been stored.
        if messages.is_empty() {
            return Ok(());
        }
        self.queues.send_all(&messages).await?;
        Ok(self
            .processed_events
            .mark_processed(&id, now.saturating_add(REMEMBERED).unwrap_or(domain::Timestamp::MAX))
            .await?)
    }

    /// The messages for the shipments whose label has this number. There are none for a label that is still being bought:
    /// nothing has happened to its parcel yet.
    async fn messages_for(
        &self,
        tracking: &TrackingNumber,
        message: fn(ShipmentRef) -> Message,
    ) -> Result<Vec<Message>, StepError> {
        let Some(key) = self.orders.find_by_tracking(tracking).await? else { return Ok(Vec::new()) };
        let stored = match self.orders.load_order(&key).await {
            // A repeated delivery could not read it either. deadline-alarm raises an alarm for it.
            Err(error) if error.is_corrupt() => None,
            stored => stored?,
        };
        let Some(stored) = stored else { return Ok(Vec::new()) };
        let of_label = stored
            .value
            .shipments
            .iter()
            .filter(|shipment| shipment.stage.label().is_some_and(|label| label.tracking == *tracking));
        let target = |shipment: &Shipment| ShipmentRef { key: key.clone(), shipment: shipment.id.clone() };
        Ok(of_label.map(|shipment| message(target(shipment))).collect())
    }
}
