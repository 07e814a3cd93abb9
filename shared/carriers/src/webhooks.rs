//! The webhooks of the carrier accounts.

use std::fmt;
use std::sync::Arc;

use domain::TrackingNumber;
use system::SignatureError;

/// Whoever posts to `/webhooks/{kind}`: who it is and what its events say. An event is a hint, sent again until it is answered
/// with a 2xx.
pub trait WebhookSource: Send + Sync + 'static {
    /// The last part of the path, which is the connector's kind.
    fn kind(&self) -> &'static str;

    /// The header that holds the signature, in lower case.
    fn signature_header(&self) -> &'static str;

    /// Checks that `signature` was made for exactly these bytes by somebody who knows a secret.
    ///
    /// # Errors
    /// When the signature is missing, malformed, or does not match.
    fn verify(&self, raw_body: &[u8], signature: Option<&str>) -> Result<(), SignatureError>;

    /// Reads an event.
    ///
    /// # Errors
    /// When the body is none.
    fn parse(&self, raw_body: &[u8]) -> Result<CarrierEvent, UnreadableEvent>;
}

/// What happened at an account.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct CarrierEvent {
    /// The same in every delivery of the event, and of no other event of this source.
    pub id: String,
    pub about: EventSubject,
}

/// What an event is about. The parcel or the refund itself is read back.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum EventSubject {
    /// The parcel with this number moved. Carriers use numbers again after some months.
    Parcel(TrackingNumber),
    /// The label with this number is refunded.
    Refund(TrackingNumber),
    /// Nothing that is followed.
    Nothing,
}

/// The body is no event.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("the body is not an event from {0}")]
pub struct UnreadableEvent(pub &'static str);

/// Every source of webhooks, by its kind. Cheap to clone.
#[derive(Clone, Default)]
pub struct CarrierWebhooks(Arc<[Arc<dyn WebhookSource>]>);

impl CarrierWebhooks {
    pub fn new(sources: impl IntoIterator<Item = Arc<dyn WebhookSource>>) -> Self {
        Self(sources.into_iter().collect())
    }

    /// The source that posts to `/webhooks/{kind}`.
    pub fn get(&self, kind: &str) -> Option<&dyn WebhookSource> {
        self.0.iter().find(|source| source.kind() == kind).map(|source| &**source)
    }

    /// The last parts of their paths.
    pub fn kinds(&self) -> impl Iterator<Item = &'static str> {
        self.0.iter().map(|source| source.kind())
    }
}

impl fmt::Debug for CarrierWebhooks {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_list().entries(self.kinds()).finish()
    }
}
