//! When a provider is content with an answer, and when it tries again.

use std::time::Duration;

/// How a provider retries.
#[derive(Debug)]
pub(crate) struct RetryPolicy {
    /// How long an answer may take.
    pub(crate) timeout: Duration,
    /// The waits before each retry; after the last one the event is never sent again.
    pub(crate) waits: &'static [Duration],
    /// Which statuses are final.
    pub(crate) accepts: fn(u16) -> bool,
    /// Whether a body in the answer makes it unacceptable.
    pub(crate) empty_body: bool,
}

const fn minutes(n: u64) -> Duration {
    Duration::from_secs(n * 60)
}

/// TikTok Shop: "200 or 401, body empty, within 3 seconds"; four retries.
pub(crate) static TIKTOK: RetryPolicy = RetryPolicy {
    timeout: Duration::from_secs(3),
    waits: &[minutes(2), minutes(30), minutes(180), minutes(720)],
    accepts: |status| status == 200 || status == 401,
    empty_body: true,
};

/// EasyPost: any 2xx within 7 seconds; growing waits up to about a day.
pub(crate) static EASYPOST: RetryPolicy = RetryPolicy {
    timeout: Duration::from_secs(7),
    waits: &[minutes(1), minutes(5), minutes(30), minutes(120), minutes(360), minutes(900)],
    accepts: |status| (200..300).contains(&status),
    empty_body: false,
};

/// How a simulator sends its webhooks.
#[derive(Debug, Clone)]
pub struct WebhookConfig {
    /// False loses every event, as a provider now and then does.
    pub enabled: bool,
    /// Where to; may also be set later. Events before that are lost.
    pub url: Option<String>,
    /// The waits of the retry table are divided by this; the time allowed for an answer is not.
    pub retry_shorten: u32,
    /// How often each event is sent besides the first time.
    pub extra_copies: u32,
    /// Each sending is delayed by a random time up to this, so events overtake each other.
    pub delay_max: Duration,
    /// The seed of those delays.
    pub seed: u64,
}

impl Default for WebhookConfig {
    fn default() -> Self {
        Self {
            enabled: true,
            url: None,
            retry_shorten: 1,
            extra_copies: 0,
            delay_max: Duration::ZERO,
            seed: 0,
        }
    }
}
