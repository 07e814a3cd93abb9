//! Trackers and the webhooks that tell of them.

use axum::http::StatusCode;
use jiff::Timestamp;
use serde_json::{Value, json};

use super::core::Core;
use super::errors::ApiError;
use super::shipment::new_id;
use super::shipment_json::time;
use super::sign;
use crate::clock;
use crate::lock::locked;
use crate::net::Answer;
use crate::webhooks::Delivery;

/// Where a parcel is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum TrackerStatus {
    /// Nothing is known.
    Unknown,
    /// The label exists.
    PreTransit,
    /// The carrier has it.
    InTransit,
    /// On the last van.
    OutForDelivery,
    /// Arrived.
    Delivered,
    /// On its way back.
    ReturnToSender,
    /// Lost or destroyed.
    Failure,
}

impl TrackerStatus {
    /// The name in the API.
    pub fn name(self) -> &'static str {
        match self {
            Self::Unknown => "unknown",
            Self::PreTransit => "pre_transit",
            Self::InTransit => "in_transit",
            Self::OutForDelivery => "out_for_delivery",
            Self::Delivered => "delivered",
            Self::ReturnToSender => "return_to_sender",
            Self::Failure => "failure",
        }
    }

    fn detail(self) -> &'static str {
        match self {
            Self::Unknown => "unknown",
            Self::InTransit => "arrived_at_facility",
            Self::Delivered => "arrived_at_destination",
            _ => "status_update",
        }
    }
}

#[derive(Debug, Clone)]
pub(crate) struct Tracker {
    pub(crate) id: String,
    pub(crate) tracking_code: String,
    shipment_id: String,
    carrier: &'static str,
    created_at: Timestamp,
    pub(crate) status: TrackerStatus,
    history: Vec<(TrackerStatus, Timestamp)>,
}

impl Tracker {
    pub(crate) fn new(code: &str, shipment_id: &str, carrier: &'static str, now: Timestamp) -> Self {
        Self {
            id: new_id("trk"),
            tracking_code: code.to_owned(),
            shipment_id: shipment_id.to_owned(),
            carrier,
            created_at: now,
            status: TrackerStatus::Unknown,
            history: Vec::new(),
        }
    }
}

pub(crate) fn tracker_json(tracker: &Tracker) -> Value {
    let details: Vec<_> = tracker
        .history
        .iter()
        .map(|(status, at)| {
            json!({
                "object": "TrackingDetail",
                "message": format!("{}: {}", tracker.carrier, status.name()),
                "description": "",
                "status": status.name(),
                "status_detail": status.detail(),
                "datetime": time(*at),
                "source": tracker.carrier,
                "carrier_code": "",
                "tracking_location": {
                    "object": "TrackingLocation", "city": null, "state": null, "country": null, "zip": null,
                },
            })
        })
        .collect();
    let updated_at = tracker.history.last().map_or(tracker.created_at, |(_, at)| *at);
    json!({
        "id": tracker.id,
        "object": "Tracker",
        "mode": "test",
        "tracking_code": tracker.tracking_code,
        "status": tracker.status.name(),
        "status_detail": tracker.status.detail(),
        "created_at": time(tracker.created_at),
        "updated_at": time(updated_at),
        "signed_by": null,
        "weight": null,
        "est_delivery_date": null,
        "shipment_id": tracker.shipment_id,
        "carrier": tracker.carrier,
        "tracking_details": details,
        "fees": [],
        "carrier_detail": null,
        "public_url": format!("https://track.example.com/{}", tracker.id),
    })
}

pub(crate) fn get(core: &Core, id: &str) -> Result<Answer, ApiError> {
    let state = locked(&core.state);
    let tracker = state.trackers.get(id).ok_or_else(|| ApiError::not_found(id))?;
    Ok(Answer::json(StatusCode::OK, &tracker_json(tracker)))
}

impl Core {
    /// Moves the tracker of a code and tells of it; false when there is none.
    pub(crate) fn track(&self, code: &str, status: TrackerStatus) -> bool {
        let moved = {
            let mut state = locked(&self.state);
            let found = state.trackers.values_mut().find(|tracker| tracker.tracking_code == code);
            found.map(|tracker| {
                let before = std::mem::replace(&mut tracker.status, status);
                tracker.history.push((status, clock::now()));
                (tracker.clone(), before)
            })
        };
        let Some((tracker, before)) = moved else { return false };
        self.emit_tracker("tracker.updated", &tracker, Some(before));
        true
    }

    pub(crate) fn emit_tracker(&self, description: &str, tracker: &Tracker, before: Option<TrackerStatus>) {
        if !self.courier.listening() {
            return;
        }
        let id = new_id("evt");
        let now = clock::now().strftime("%Y-%m-%dT%H:%M:%S.000Z").to_string();
        let previous = before.map_or_else(|| json!({}), |before| json!({ "status": before.name() }));
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
            "result": tracker_json(tracker),
        });
        self.courier.send(&self.delivery(id, description.to_owned(), event.to_string().into_bytes()));
    }

    pub(crate) fn delivery(&self, id: String, topic: String, body: Vec<u8>) -> Delivery {
        let signature = sign::webhook(&locked(&self.webhook_secret), &body);
        Delivery { id, topic, signature: (sign::HEADER, signature), body: body.into() }
    }
}
