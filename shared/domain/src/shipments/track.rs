//! Where a parcel is, as its carrier reports it.

use std::fmt;

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use crate::private::Private;

/// Where a parcel is. Connectors translate their carriers' words into these.
#[derive(Clone, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum TrackStatus {
    /// Nothing is known yet.
    Unknown,
    /// A label exists, and the carrier has not seen the parcel.
    LabelCreated,
    /// Scanned and on its way.
    InTransit,
    OutForDelivery,
    /// Waiting for the recipient to pick it up.
    AvailableForPickup,
    Delivered,
    /// On its way back, or back.
    ReturnToSender,
    /// It could not be delivered: lost, damaged, refused by the carrier.
    DeliveryFailed,
    /// The label was voided.
    Cancelled,
    /// The carrier's tracking does not work, which says nothing of the parcel.
    TrackingFailed,
    /// A word that the connector does not know: stored and shown, never acted on.
    Other(String),
}

impl TrackStatus {
    /// Its name for people and logs; a word that the connector does not know is shown as it came.
    pub fn name(&self) -> &str {
        match self {
            Self::Unknown => "unknown",
            Self::LabelCreated => "label_created",
            Self::InTransit => "in_transit",
            Self::OutForDelivery => "out_for_delivery",
            Self::AvailableForPickup => "available_for_pickup",
            Self::Delivered => "delivered",
            Self::ReturnToSender => "return_to_sender",
            Self::DeliveryFailed => "delivery_failed",
            Self::Cancelled => "cancelled",
            Self::TrackingFailed => "tracking_failed",
            Self::Other(word) => word,
        }
    }
}

impl fmt::Display for TrackStatus {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Unknown => "unknown",
            Self::LabelCreated => "label created",
            Self::InTransit => "in transit",
            Self::OutForDelivery => "out for delivery",
            Self::AvailableForPickup => "available for pickup",
            Self::Delivered => "delivered",
            Self::ReturnToSender => "return to sender",
            Self::DeliveryFailed => "delivery failed",
            Self::Cancelled => "cancelled",
            Self::TrackingFailed => "tracking failed",
            Self::Other(word) => word,
        })
    }
}

impl TrackStatus {
    /// True when the status alone proves that the carrier has or had the parcel. A failed delivery alone does not, see
    /// [`Track::is_scanned`].
    pub fn is_scanned(&self) -> bool {
        match self {
            Self::InTransit
            | Self::OutForDelivery
            | Self::AvailableForPickup
            | Self::Delivered
            | Self::ReturnToSender => true,
            Self::Unknown
            | Self::LabelCreated
            | Self::DeliveryFailed
            | Self::Cancelled
            | Self::TrackingFailed
            | Self::Other(_) => false,
        }
    }
}

/// Something that the carrier noted of a parcel.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct TrackEvent {
    pub at: Timestamp,
    /// Where the parcel was after it. An event that only prints the label is [`TrackStatus::LabelCreated`], whatever else the
    /// carrier calls it.
    pub status: TrackStatus,
    /// The carrier's finer word, such as `arrived_at_facility`; empty where there is none. Never free text.
    pub detail: String,
    /// City and state, such as `RENO, NV`; empty where the carrier names none. The last one is the buyer's, so it is in no log.
    pub place: Private<String>,
}

impl TrackEvent {
    /// True when the carrier had the parcel in its hands: a scan, or a delivery that failed.
    fn is_possession(&self) -> bool {
        self.status.is_scanned() || self.status == TrackStatus::DeliveryFailed
    }
}

/// What a carrier knows of a parcel.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Track {
    pub status: TrackStatus,
    /// When this last changed, by the clock of the account that was asked.
    pub updated_at: Option<Timestamp>,
    /// The carrier's first event that proves possession. A label that was printed is none.
    pub first_scan_at: Option<Timestamp>,
    /// The latest event of any kind.
    pub last_event_at: Option<Timestamp>,
    /// The latest delivery, while the parcel counts as delivered.
    pub delivered_at: Option<Timestamp>,
    /// When the carrier means to deliver it.
    pub estimated_delivery: Option<Timestamp>,
    /// How many events there are.
    pub events: u32,
    pub last_event: Option<TrackEvent>,
}

impl Track {
    /// Sums up `events`, which may come in any order; of equal times the later in the list is the later event.
    pub fn new(
        status: TrackStatus,
        updated_at: Option<Timestamp>,
        estimated_delivery: Option<Timestamp>,
        events: &[TrackEvent],
    ) -> Self {
        let first_scan_at = events.iter().filter(|event| event.is_possession()).map(|event| event.at).min();
        let deliveries = events.iter().filter(|event| event.status == TrackStatus::Delivered);
        let delivered_at =
            deliveries.map(|event| event.at).max().filter(|_| status == TrackStatus::Delivered);
        let last_event = events.iter().max_by_key(|event| event.at).cloned();
        Self {
            status,
            updated_at,
            first_scan_at,
            last_event_at: last_event.as_ref().map(|event| event.at),
            delivered_at,
            estimated_delivery,
            events: u32::try_from(events.len()).unwrap_or(u32::MAX),
            last_event,
        }
    }

    /// True when the carrier has or had the parcel, by its status or by an event: scans still count after a failure.
    pub fn is_scanned(&self) -> bool {
        self.status.is_scanned() || self.first_scan_at.is_some()
    }
}
