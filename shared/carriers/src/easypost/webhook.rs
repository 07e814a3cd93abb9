//! EasyPost's webhooks: who sent them and what they say. They are hints, told again until answered with a 2xx:
//! de-duplicate by [`Event::id`].

use domain::{CarrierShipmentId, Private, TrackingNumber};
use hmac::{Hmac, KeyInit, Mac};
use serde::Deserialize;
use sha2::Sha256;
use unicode_normalization::UnicodeNormalization;

use super::wire;

/// How the value of the header begins; the rest is the MAC in hexadecimal.
const SCHEME: &str = "hmac-sha256-hex=";

/// True when `signature`, the header `X-Hmac-Signature`, was made for exactly these bytes with `secret`.
///
/// The key is the NFKD form of the secret, as EasyPost's clients build it. The comparison takes constant time. An empty
/// secret verifies nothing.
pub fn verify(secret: &Private<String>, raw_body: &[u8], signature: &str) -> bool {
    let key: String = secret.expose().nfkd().collect();
    let Some(Ok(given)) = signature.trim().strip_prefix(SCHEME).map(hex::decode) else { return false };
    let Ok(mut mac) = Hmac::<Sha256>::new_from_slice(key.as_bytes()) else { return false };
    mac.update(raw_body);
    !key.is_empty() && mac.verify_slice(&given).is_ok()
}

/// What happened at EasyPost.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Event {
    /// The same in every delivery of the event.
    pub id: String,
    /// For example `tracker.updated`.
    pub description: String,
    /// The parcel that it is about, if it is about one.
    pub tracker: Option<TrackerNews>,
}

/// News of a parcel.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct TrackerNews {
    /// Its number. Carriers use numbers again after some months.
    pub tracking_code: TrackingNumber,
    /// The shipment; absent for a tracker made by hand.
    pub carrier_shipment: Option<CarrierShipmentId>,
    /// Where it is.
    pub status: TrackerStatus,
}

/// Where a parcel is, in EasyPost's words.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum TrackerStatus {
    /// Nothing is known yet, or the word is none that we know.
    Unknown,
    /// A label exists, no scan.
    PreTransit,
    /// Scanned and on its way.
    InTransit,
    /// On the van.
    OutForDelivery,
    /// There.
    Delivered,
    /// Waiting to be picked up by the recipient.
    AvailableForPickup,
    /// On its way back.
    ReturnToSender,
    /// It could not be delivered.
    Failure,
    /// The label was voided.
    Cancelled,
    /// The carrier's tracking does not work.
    Error,
}

/// The body is no event.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("the body is not an event of EasyPost")]
pub struct NotAnEvent;

impl Event {
    /// Reads an event. What it does not know it leaves out; only id and description must be there.
    ///
    /// # Errors
    /// When the body is no event.
    pub fn parse(raw_body: &[u8]) -> Result<Self, NotAnEvent> {
        let event: wire::Event = serde_json::from_slice(raw_body).map_err(|_| NotAnEvent)?;
        let description = event.description.ok_or(NotAnEvent)?;
        let result = event.result.filter(|_| description.starts_with("tracker."));
        let tracker = result.and_then(|result| wire::Tracker::deserialize(result).ok()).and_then(news);
        Ok(Self { id: event.id.ok_or(NotAnEvent)?, description, tracker })
    }
}

fn news(tracker: wire::Tracker) -> Option<TrackerNews> {
    Some(TrackerNews {
        tracking_code: TrackingNumber::new(tracker.tracking_code.filter(|code| !code.is_empty())?),
        carrier_shipment: tracker.shipment_id.map(CarrierShipmentId::new),
        status: TrackerStatus::read(tracker.status.as_deref().unwrap_or_default()),
    })
}

impl TrackerStatus {
    /// Reads EasyPost's word.
    pub fn read(word: &str) -> Self {
        match word {
            "pre_transit" => Self::PreTransit,
            "in_transit" => Self::InTransit,
            "out_for_delivery" => Self::OutForDelivery,
            "delivered" => Self::Delivered,
            "available_for_pickup" => Self::AvailableForPickup,
            "return_to_sender" => Self::ReturnToSender,
            "failure" => Self::Failure,
            "cancelled" => Self::Cancelled,
            "error" => Self::Error,
            _ => Self::Unknown,
        }
    }

    /// True once the carrier has the parcel.
    pub fn is_scanned(self) -> bool {
        match self {
            Self::InTransit
            | Self::OutForDelivery
            | Self::Delivered
            | Self::AvailableForPickup
            | Self::ReturnToSender
            | Self::Failure => true,
            Self::Unknown | Self::PreTransit | Self::Cancelled | Self::Error => false,
        }
    }
}
