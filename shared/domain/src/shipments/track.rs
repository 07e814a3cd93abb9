//! Where a parcel is, as its carrier tells it.

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use crate::private::Private;

/// Where a parcel is, in the words of EasyPost's trackers.
#[derive(Clone, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(from = "String", into = "String")]
pub enum TrackStatus {
    /// Nothing is known yet.
    Unknown,
    /// A label exists, no scan.
    PreTransit,
    /// Scanned and on its way.
    InTransit,
    /// On the van.
    OutForDelivery,
    /// Waiting for the recipient to pick it up.
    AvailableForPickup,
    /// There.
    Delivered,
    /// On its way back, or back.
    ReturnToSender,
    /// It could not be delivered: lost, damaged, refused by the carrier.
    Failure,
    /// The label was voided.
    Cancelled,
    /// The carrier's tracking does not work; says nothing of the parcel.
    Error,
    /// A status that this version does not know: stored, shown, never acted on.
    Other(String),
}

impl From<String> for TrackStatus {
    fn from(status: String) -> Self {
        match status.as_str() {
            "" | "unknown" => Self::Unknown,
            "pre_transit" => Self::PreTransit,
            "in_transit" => Self::InTransit,
            "out_for_delivery" => Self::OutForDelivery,
            "available_for_pickup" => Self::AvailableForPickup,
            "delivered" => Self::Delivered,
            "return_to_sender" => Self::ReturnToSender,
            "failure" => Self::Failure,
            "cancelled" => Self::Cancelled,
            "error" => Self::Error,
            _ => Self::Other(status),
        }
    }
}

impl From<TrackStatus> for String {
    fn from(status: TrackStatus) -> Self {
        match status {
            TrackStatus::Unknown => "unknown".into(),
            TrackStatus::PreTransit => "pre_transit".into(),
            TrackStatus::InTransit => "in_transit".into(),
            TrackStatus::OutForDelivery => "out_for_delivery".into(),
            TrackStatus::AvailableForPickup => "available_for_pickup".into(),
            TrackStatus::Delivered => "delivered".into(),
            TrackStatus::ReturnToSender => "return_to_sender".into(),
            TrackStatus::Failure => "failure".into(),
            TrackStatus::Cancelled => "cancelled".into(),
            TrackStatus::Error => "error".into(),
            TrackStatus::Other(status) => status,
        }
    }
}

impl TrackStatus {
    /// True when the status alone proves that the carrier has or had the parcel. A failure alone does not: see
    /// [`Track::is_scanned`].
    pub fn is_scanned(&self) -> bool {
        match self {
            Self::InTransit
            | Self::OutForDelivery
            | Self::AvailableForPickup
            | Self::Delivered
            | Self::ReturnToSender => true,
            Self::Unknown
            | Self::PreTransit
            | Self::Failure
            | Self::Cancelled
            | Self::Error
            | Self::Other(_) => false,
        }
    }
}

/// Something that the carrier noted of a parcel.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct TrackEvent {
    /// When, by the carrier.
    pub at: Timestamp,
    /// What it made of the parcel.
    pub status: TrackStatus,
    /// The carrier's finer word, such as `arrived_at_facility`; empty where there is none. Never free text.
    pub detail: String,
    /// City and state, such as `RENO, NV`; empty where it is not told. The last one is the buyer's, so it is in no log.
    pub place: Private<String>,
}

/// The finer word for a label that was printed, whatever the status beside it.
const LABEL_CREATED: &str = "label_created";

impl TrackEvent {
    /// True when the carrier had the parcel in its hands: a scan, or a delivery that failed.
    fn is_possession(&self) -> bool {
        (self.status.is_scanned() || self.status == TrackStatus::Failure) && self.detail != LABEL_CREATED
    }
}

/// What a carrier knows of a parcel.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Track {
    /// Where it is.
    pub status: TrackStatus,
    /// When the tracker last changed, by the aggregator's clock.
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
    /// The latest event.
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

    /// True when the carrier has or had the parcel, by its status or by an event: a tracker that went on to an error or
    /// a failure keeps its scans.
    pub fn is_scanned(&self) -> bool {
        self.status.is_scanned() || self.first_scan_at.is_some()
    }
}
