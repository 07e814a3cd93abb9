//! EasyPost's webhooks: who sent them and what they say.

use config::Lookup;
use domain::track::TrackStatus;
use domain::{LabelHandle, Private, TrackingNumber};
use hmac::{Hmac, KeyInit, Mac};
use serde::Deserialize;
use serde_json::Value;
use sha2::{Digest, Sha256};
use unicode_normalization::UnicodeNormalization;

use super::{KIND, convert, track, wire};
use crate::{CarrierEvent, EventSubject, UnreadableEvent, WebhookSource};

/// How the value of the header begins; the rest is the MAC in hexadecimal.
const SCHEME: &str = "hmac-sha256-hex=";
/// How the ids of shipments begin.
const SHIPMENT_PREFIX: &str = "shp_";

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

/// EasyPost as a sender of webhooks. It registers a webhook with a secret; without one, nothing that comes is genuine.
pub struct Webhooks {
    secret: Option<Private<String>>,
}

impl Webhooks {
    /// Reads `EASYPOST_WEBHOOK_SECRET`.
    pub fn from_variables(lookup: Lookup<'_>) -> Self {
        Self { secret: lookup("EASYPOST_WEBHOOK_SECRET").map(Private::new) }
    }
}

impl WebhookSource for Webhooks {
    fn kind(&self) -> &'static str {
        KIND
    }

    fn signature_header(&self) -> &'static str {
        "x-hmac-signature"
    }

    fn is_genuine(&self, raw_body: &[u8], signature: &str) -> bool {
        self.secret.as_ref().is_some_and(|secret| verify(secret, raw_body, signature))
    }

    fn parse(&self, raw_body: &[u8]) -> Result<CarrierEvent, UnreadableEvent> {
        let Event { id, content, kind, .. } = Event::parse(raw_body)?;
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
pub struct Event {
    /// The same in every delivery of the event.
    pub id: String,
    /// A hash of what it says. An id that is used again for something else comes with another one.
    pub content: String,
    /// For example `tracker.updated`.
    pub description: String,
    /// What it is about.
    pub kind: EventKind,
}

/// What an event is about, as far as it helps to find the parcel. The parcel or the refund itself is read back.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum EventKind {
    /// `tracker.created`, `tracker.updated`.
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
        /// The label's number.
        tracking: Option<TrackingNumber>,
    },
    /// Anything else, or what can't be read.
    Other,
}

impl Event {
    /// Reads an event. What it does not know it leaves out; only id and description must be there.
    ///
    /// # Errors
    /// When the body is no event.
    pub fn parse(raw_body: &[u8]) -> Result<Self, UnreadableEvent> {
        const NOT_AN_EVENT: UnreadableEvent = UnreadableEvent("EasyPost");
        let event: wire::Event = serde_json::from_slice(raw_body).map_err(|_| NOT_AN_EVENT)?;
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
