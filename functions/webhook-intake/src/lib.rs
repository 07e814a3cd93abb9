//! webhook-intake: takes webhooks of TikTok and of the carrier accounts.
//!
//! A webhook is verified over its raw bytes, put into the queue and answered with an empty 200 within milliseconds;
//! what it says is read back from the API later. For TikTok 401 is a final answer, so it is given only for a wrong
//! signature; our own faults are 5xx, upon which TikTok repeats.

mod carrier;
mod refusals;
mod tiktok_shop;

use std::sync::Arc;

use backend::{OrderStore, ProcessedEventStore, Queues, ShopStore};
use carriers::CarrierWebhooks;
use domain::Private;
use jiff::SignedDuration;
use system::Clock;

pub use refusals::Refusals;

/// The largest body that is looked at. TikTok's largest event, a message with its content, stays far below.
pub const BODY_BYTES_MAX: usize = 256 * 1024;

/// How long a notification is remembered. TikTok repeats for about 15.5 hours, carriers for about a day.
const REMEMBERED: SignedDuration = SignedDuration::from_hours(24 * 7);

/// What is answered; the body always is empty.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Answer {
    /// Taken, or none of our business: 200.
    Taken,
    /// Signed rightly and yet not readable: 400.
    Unreadable,
    /// The signature is missing or wrong: 401.
    Forged,
    /// Nobody posts to this path: 404.
    UnknownSender,
    /// Too large to be genuine: 413.
    TooLarge,
    /// Our own fault: 503.
    OurFault,
}

impl Answer {
    /// The HTTP status.
    pub fn status(self) -> u16 {
        match self {
            Self::Taken => 200,
            Self::Unreadable => 400,
            Self::Forged => 401,
            Self::UnknownSender => 404,
            Self::TooLarge => 413,
            Self::OurFault => 503,
        }
    }
}

/// Who may send webhooks.
#[derive(Clone, Debug)]
pub struct Senders {
    /// `app_key` at TikTok.
    pub tiktok_app_key: String,
    /// `app_secret` at TikTok.
    pub tiktok_app_secret: Private<String>,
    /// The carrier accounts' webhooks.
    pub carriers: CarrierWebhooks,
}

/// The step.
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
    /// Uses these. The orders are asked only for whose parcel an event of the carrier is, the shops are told only that
    /// their authorisation ends.
    pub fn new(
        senders: Senders,
        orders: Arc<dyn OrderStore>,
        shops: Arc<dyn ShopStore>,
        processed_events: Arc<dyn ProcessedEventStore>,
        queues: Arc<dyn Queues>,
        clock: Arc<dyn Clock>,
    ) -> Self {
        Self { senders, orders, shops, processed_events, queues, clock, refusals: Refusals::default() }
    }

    /// The paths that webhooks are posted to.
    pub fn paths(&self) -> impl Iterator<Item = String> {
        let kinds = std::iter::once("tiktok").chain(self.senders.carriers.kinds());
        kinds.map(|kind| format!("/webhooks/{kind}"))
    }
}
