//! What the client is configured with: where TikTok is, the app's credentials, and time limits.

use std::time::Duration;

use domain::Private;

/// Where TikTok is, and who we are there.
#[derive(Clone, Debug)]
pub struct TikTokConfig {
    /// The API's origin: `https://open-api.tiktokglobalshop.com` in every market.
    pub api_url: String,
    /// The origin that exchanges and refreshes tokens: `https://auth.tiktok-shops.com` in every market.
    pub auth_url: String,
    /// The seller's consent link without the state, for example
    /// `https://services.us.tiktokshop.com/open/authorize?service_id=…`. TikTok's own pages name two hosts for the
    /// United States, so it is not built in.
    pub consent_url: String,
    pub app_key: String,
    /// Signs calls and webhooks.
    pub app_secret: Private<String>,
}

/// How long one HTTP request may take, from the first byte sent to the last byte read.
#[derive(Clone, Copy, Debug)]
pub struct TikTokTimeouts {
    /// For calls that change nothing. Long enough for a page of 100 orders, and short enough that a repetition still fits in
    /// the minute that a step has.
    pub read: Duration,
    /// For calls that change something. Longer, because a lost answer costs a reconciliation, and TikTok checks a tracking
    /// number with the carrier before it answers.
    pub write: Duration,
}

impl Default for TikTokTimeouts {
    fn default() -> Self {
        Self { read: Duration::from_secs(15), write: Duration::from_secs(30) }
    }
}
