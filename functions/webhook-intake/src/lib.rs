//! webhook-intake: receives webhooks of TikTok and of the carrier accounts.
//!
//! A webhook is verified over its raw bytes, put into the queue and answered with an empty 200 within milliseconds; what it
//! says is read back from the API later. A 401 is final for TikTok, so only a wrong signature gets one. Our own faults are
//! 5xx, upon which TikTok delivers again.

mod carrier;
mod refusals;
mod tiktok_shop;

use std::sync::Arc;

use backend::{OrderStore, ProcessedEventStore, Queues, ShopStore};
use carriers::CarrierWebhooks;
use jiff::SignedDuration;
use system::Clock;
use tiktok::webhook::WebhookVerifier;

pub use refusals::Refusals;

/// The largest body that is read. TikTok's largest event, a chat message with its content, stays far below.
pub const BODY_BYTES_MAX: usize = 256 * 1024;

/// How long a webhook is remembered, so that a repeated delivery is recognized. TikTok repeats for about 15.5 hours, carriers
/// for about a day.
const REMEMBERED: SignedDuration = SignedDuration::from_hours(24 * 7);

/// The response to a webhook. The body is always empty.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum WebhookResponse {
    /// Accepted, or of no interest to us: 200.
    Accepted,
    /// Signed correctly, and yet it cannot be parsed: 400.
    Unreadable,
    /// The signature is missing or wrong: 401.
    Unauthenticated,
    /// Nobody posts to this path: 404.
    UnknownSender,
    /// Too large to be genuine: 413.
    TooLarge,
    /// Our own fault: 503.
    Unavailable,
}

impl WebhookResponse {
    /// The HTTP status of the response.
    pub fn status(self) -> u16 {
        match self {
            Self::Accepted => 200,
            Self::Unreadable => 400,
            Self::Unauthenticated => 401,
            Self::UnknownSender => 404,
            Self::TooLarge => 413,
            Self::Unavailable => 503,
        }
    }
}

/// Who may send webhooks.
#[derive(Clone, Debug)]
pub struct Senders {
    pub tiktok: WebhookVerifier,
    /// The carrier accounts' webhooks.
    pub carriers: CarrierWebhooks,
}

/// What [`WebhookIntake`] works with.
pub struct WebhookIntakeDeps {
    pub senders: Senders,
    /// Asked only which order a carrier's event is about.
    pub orders: Arc<dyn OrderStore>,
    /// Changed only when TikTok tells that an authorization ends.
    pub shops: Arc<dyn ShopStore>,
    pub processed_events: Arc<dyn ProcessedEventStore>,
    pub queues: Arc<dyn Queues>,
    pub clock: Arc<dyn Clock>,
}

/// Verifies webhooks and puts what they tell into the queues.
pub struct WebhookIntake {
    senders: Senders,
    orders: Arc<dyn OrderStore>,
    shops: Arc<dyn ShopStore>,
    processed_events: Arc<dyn ProcessedEventStore>,
    queues: Arc<dyn Queues>,
    clock: Arc<dyn Clock>,
    refusals: Refusals,
}

impl WebhookIntake {
    pub fn new(deps: WebhookIntakeDeps) -> Self {
        let WebhookIntakeDeps { senders, orders, shops, processed_events, queues, clock } = deps;
        Self { senders, orders, shops, processed_events, queues, clock, refusals: Refusals::default() }
    }

    /// The paths that webhooks are posted to.
    pub fn paths(&self) -> impl Iterator<Item = String> {
        let kinds = std::iter::once("tiktok").chain(self.senders.carriers.kinds());
        kinds.map(|kind| format!("/webhooks/{kind}"))
    }
}
