//! EasyPost's webhooks: who sent them and what they say.

use domain::track::TrackStatus;
use domain::{LabelHandle, Private, TrackingNumber, json};
use hmac::{Hmac, KeyInit, Mac};
use serde::Deserialize;
use serde_json::Value;
use sha2::{Digest, Sha256};
use system::SignatureError;
use unicode_normalization::UnicodeNormalization;

use super::{KIND, convert, track, wire};
use crate::{CarrierEvent, EventSubject, UnreadableEvent, WebhookSource};

/// How the value of the header begins; the rest is the MAC in hexadecimal.
const SCHEME: &str = "hmac-sha256-hex=";
/// How the ids of shipments begin.
const SHIPMENT_PREFIX: &str = "shp_";

/// Checks that `signature`, the header `X-Hmac-Signature`, was made for exactly these bytes with one of `secrets`: while a
/// secret is rotated, the new and the old one are both good.
///
/// The key is the NFKD form of the secret, as EasyPost's clients build it. The comparison takes constant time. An empty
/// secret verifies nothing.
///
/// # Errors
/// When the signature is missing, malformed, or does not match.
pub fn verify(
    secrets: &[Private<String>],
    raw_body: &[u8],
    signature: Option<&str>,
) -> Result<(), SignatureError> {
    let signature = signature.ok_or(SignatureError::Missing)?;
    let digits = signature.trim().strip_prefix(SCHEME).ok_or(SignatureError::Malformed)?;
    let given = hex::decode(digits).map_err(|_| SignatureError::Malformed)?;
    let is_made_with = |secret: &Private<String>| {
        let key: String = secret.expose().nfkd().collect();
        let Ok(mut mac) = Hmac::<Sha256>::new_from_slice(key.as_bytes()) else { return false };
        mac.update(raw_body);
        !key.is_empty() && mac.verify_slice(&given).is_ok()
    };
    if secrets.iter().any(is_made_with) { Ok(()) } else { Err(SignatureError::Mismatch) }
}

/// EasyPost as a sender of webhooks. A webhook is registered with a secret; without one nothing that comes is genuine.
pub struct Webhooks {
    secrets: Vec<Private<String>>,
}

impl Webhooks {
    /// `secrets` are the present one and, while it is rotated, the one before.
    pub fn new(secrets: Vec<Private<String>>) -> Self {
        Self { secrets }
    }
}

impl WebhookSource for Webhooks {
    fn kind(&self) -> &'static str {
        KIND
    }

    fn signature_header(&self) -> &'static str {
        "x-hmac-signature"
    }

    fn verify(&self, raw_body: &[u8], signature: Option<&str>) -> Result<(), SignatureError> {
        verify(&self.secrets, raw_body, signature)
    }

    fn parse(&self, raw_body: &[u8]) -> Result<CarrierEvent, UnreadableEvent> {
        let EasyPostEvent { id, content, kind, .. } = EasyPostEvent::parse(raw_body)?;
        let about = match kind {
            EventKind::Tracker { tracking, .. } => EventSubject::Parcel(tracking),
            EventKind::Refund { tracking: Some(tracking), .. } => EventSubject::Refund(tracking),
            // The shipment's timer asks after a refund whose label is not named.
            EventKind::Refund { tracking: None, .. } | EventKind::Other => EventSubject::Nothing,
        };
        Ok(CarrierEvent { id: format!("{id}/{content}"), about })
    }
}

/// What happened at EasyPost.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct EasyPostEvent {
    /// The same in every delivery of the event.
    pub id: String,
    /// A hash of what it says. An id that is used again for something else comes with another one.
    pub content: String,
    /// What happened, for example `tracker.updated`.
    pub description: String,
    /// What it is about.
    pub kind: EventKind,
}

/// What an event is about, as far as it helps to find the parcel. The parcel or the refund itself is read back.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum EventKind {
    /// A tracker is new or has changed: `tracker.created`, `tracker.updated`.
    Tracker {
        /// The shipment; absent for a tracker made by hand.
        shipment: Option<LabelHandle>,
        /// The parcel's number. Carriers use numbers again after some months.
        tracking: TrackingNumber,
        /// Where the parcel was then.
        status: TrackStatus,
    },
    /// `refund.successful`: at least one of both is there. A refund that is denied is not told.
    Refund {
        /// The shipment whose label is refunded.
        shipment: Option<LabelHandle>,
        tracking: Option<TrackingNumber>,
    },
    /// Anything else, or what can't be read.
    Other,
}

impl EasyPostEvent {
    /// Reads an event. What it does not know it leaves out; only id and description must be there.
    ///
    /// # Errors
    /// When the body is no event.
    pub fn parse(raw_body: &[u8]) -> Result<Self, UnreadableEvent> {
        const NOT_AN_EVENT: UnreadableEvent = UnreadableEvent("EasyPost");
        let event: wire::Event = json::read(raw_body).map_err(|_| NOT_AN_EVENT)?;
        let description = event.description.ok_or(NOT_AN_EVENT)?;
        let result = event.result.unwrap_or_default();
        let content = hex::encode(Sha256::digest(format!("{description}\n{result}")));
        let kind = match description.as_str() {
            "tracker.created" | "tracker.updated" => tracker(&result),
            "refund.successful" => refund(&result),
            _ => None,
        };
        Ok(Self {
            id: event.id.ok_or(NOT_AN_EVENT)?,
            content,
            description,
            kind: kind.unwrap_or(EventKind::Other),
        })
    }
}

fn tracker(result: &Value) -> Option<EventKind> {
    let tracker = wire::Tracker::deserialize(result).ok()?;
    Some(EventKind::Tracker {
        shipment: shipment(tracker.shipment_id),
        tracking: tracking(tracker.tracking_code)?,
        status: track::status(tracker.status.as_deref()),
    })
}

fn refund(result: &Value) -> Option<EventKind> {
    let refund = wire::Refund::deserialize(result).ok()?;
    let own_id = refund.id.filter(|id| id.starts_with(SHIPMENT_PREFIX));
    let (shipment, tracking) = (shipment(refund.shipment_id.or(own_id)), tracking(refund.tracking_code));
    (shipment.is_some() || tracking.is_some()).then_some(EventKind::Refund { shipment, tracking })
}

fn shipment(id: Option<String>) -> Option<LabelHandle> {
    convert::id(id.as_deref()).map(LabelHandle::new)
}

fn tracking(code: Option<String>) -> Option<TrackingNumber> {
    convert::tracking_number(code.as_deref())
}
