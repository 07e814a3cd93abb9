//! Trackers: what a carrier noted of a parcel.

use jiff::Timestamp;
use serde_json::{Value, json};

use super::address::Address;
use super::shipment::new_id;
use super::shipment_json::time;

/// Where a parcel is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum TrackerStatus {
    /// Nothing is known.
    Unknown,
    /// The label exists.
    PreTransit,
    /// The carrier has it.
    InTransit,
    /// On the last van.
    OutForDelivery,
    /// Waiting for the recipient.
    AvailableForPickup,
    /// Arrived.
    Delivered,
    /// On its way back.
    ReturnToSender,
    /// Lost or destroyed.
    Failure,
    /// The label was given up.
    Cancelled,
    /// The carrier could not be asked.
    Error,
}

impl TrackerStatus {
    /// The name in the API.
    pub fn name(self) -> &'static str {
        match self {
            Self::Unknown => "unknown",
            Self::PreTransit => "pre_transit",
            Self::InTransit => "in_transit",
            Self::OutForDelivery => "out_for_delivery",
            Self::AvailableForPickup => "available_for_pickup",
            Self::Delivered => "delivered",
            Self::ReturnToSender => "return_to_sender",
            Self::Failure => "failure",
            Self::Cancelled => "cancelled",
            Self::Error => "error",
        }
    }

    fn detail(self) -> Option<&'static str> {
        match self {
            Self::Unknown => Some("unknown"),
            Self::InTransit => Some("arrived_at_facility"),
            Self::OutForDelivery => Some("out_for_delivery"),
            Self::AvailableForPickup => Some("arrived_at_pickup_location"),
            Self::Delivered => Some("arrived_at_destination"),
            Self::ReturnToSender => Some("return"),
            Self::Failure => Some("failure"),
            Self::Cancelled => Some("cancelled"),
            Self::PreTransit => Some("status_update"),
            Self::Error => None,
        }
    }

    fn is_scan(self) -> bool {
        !matches!(self, Self::Unknown | Self::PreTransit | Self::Cancelled | Self::Error)
    }
}

/// City and state: carriers tell no street.
#[derive(Debug, Clone, Default)]
pub(crate) struct Place {
    city: Option<String>,
    state: Option<String>,
}

impl Place {
    pub(crate) fn of(address: &Address) -> Self {
        let text = |name| Some(address.get(name).to_uppercase()).filter(|text| !text.is_empty());
        Self { city: text("city"), state: text("state") }
    }
}

#[derive(Debug, Clone)]
struct Step {
    status: TrackerStatus,
    at: Timestamp,
}

#[derive(Debug, Clone)]
pub(crate) struct Tracker {
    pub(crate) id: String,
    pub(crate) tracking_code: String,
    pub(crate) carrier: String,
    pub(crate) created_at: Timestamp,
    pub(crate) status: TrackerStatus,
    /// The label's shipment; none for a tracker made by hand.
    shipment_id: Option<String>,
    origin: Place,
    destination: Place,
    steps: Vec<Step>,
}

impl Tracker {
    /// A tracker made by hand: only the number is known.
    pub(crate) fn new(tracking_code: &str, carrier: &str, now: Timestamp) -> Self {
        Self {
            id: new_id("trk"),
            tracking_code: tracking_code.to_owned(),
            carrier: carrier.to_owned(),
            created_at: now,
            status: TrackerStatus::Unknown,
            shipment_id: None,
            origin: Place::default(),
            destination: Place::default(),
            steps: Vec::new(),
        }
    }

    /// The tracker of a label's shipment.
    pub(crate) fn of_shipment(self, shipment_id: &str, origin: Place, destination: Place) -> Self {
        Self { shipment_id: Some(shipment_id.to_owned()), origin, destination, ..self }
    }

    /// The carrier notes a status; the one before is returned.
    pub(crate) fn step(&mut self, status: TrackerStatus, now: Timestamp) -> TrackerStatus {
        self.steps.push(Step { status, at: now });
        std::mem::replace(&mut self.status, status)
    }

    /// Whether the carrier ever had the parcel.
    pub(crate) fn was_scanned(&self) -> bool {
        self.steps.iter().any(|step| step.status.is_scan())
    }

    fn detail_json(&self, step: &Step) -> Value {
        let place = match step.status {
            TrackerStatus::Unknown | TrackerStatus::Cancelled | TrackerStatus::Error => &Place::default(),
            TrackerStatus::PreTransit | TrackerStatus::InTransit => &self.origin,
            _ => &self.destination,
        };
        json!({
            "object": "TrackingDetail",
            "message": format!("{}: {}", self.carrier, step.status.name()),
            "description": "",
            "status": step.status.name(),
            "status_detail": step.status.detail(),
            "datetime": time(step.at),
            "source": self.carrier,
            "carrier_code": "",
            "tracking_location": {
                "object": "TrackingLocation", "city": place.city, "state": place.state, "country": null, "zip": null,
            },
        })
    }
}

pub(crate) fn tracker_json(tracker: &Tracker) -> Value {
    let details: Vec<_> = tracker.steps.iter().map(|step| tracker.detail_json(step)).collect();
    let updated_at = tracker.steps.last().map_or(tracker.created_at, |step| step.at);
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
