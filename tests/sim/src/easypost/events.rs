//! The webhooks of an account.

use serde_json::{Value, json};

use super::core::Core;
use super::shipment::new_id;
use super::sign;
use super::tracker::{Tracker, TrackerStatus, tracker_json};
use crate::clock;
use crate::lock::locked;
use crate::webhooks::Delivery;

impl Core {
    pub(crate) fn emit_tracker(&self, description: &str, tracker: &Tracker, before: Option<TrackerStatus>) {
        let previous = before.map_or_else(|| json!({}), |before| json!({ "status": before.name() }));
        self.emit(description, &previous, &tracker_json(tracker));
    }

    /// Sends an event about `result`, if an address is set.
    pub(crate) fn emit(&self, description: &str, previous: &Value, result: &Value) {
        if !self.courier.listening() {
            return;
        }
        let id = new_id("evt");
        let now = clock::now().strftime("%Y-%m-%dT%H:%M:%S.000Z").to_string();
        let event = json!({
            "id": id,
            "object": "Event",
            "description": description,
            "mode": "test",
            "previous_attributes": previous,
            "created_at": now,
            "updated_at": now,
            "pending_urls": [],
            "completed_urls": [],
            "user_id": "user_00000000000000000000000000000001",
            "status": "pending",
            "result": result,
        });
        self.courier.send(&self.delivery(id, description.to_owned(), event.to_string().into_bytes()));
    }

    pub(crate) fn delivery(&self, id: String, topic: String, body: Vec<u8>) -> Delivery {
        let signature = sign::webhook(&locked(&self.webhook_secret), &body);
        Delivery { id, topic, signature: (sign::HEADER, signature), body: body.into() }
    }
}
