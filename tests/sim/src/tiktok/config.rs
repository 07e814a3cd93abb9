//! How a TikTok Shop is set up.

use std::time::Duration;

use super::{LabelRule, PlatformConfig, ShopSpec};
use crate::Faults;
use crate::webhooks::WebhookConfig;

/// What happens to the old access token when a refresh issues a new one.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum OldAccessToken {
    /// It stays valid until it expires.
    StaysValid,
    /// It is refused from then on.
    Invalidated,
}

/// How a TikTok Shop is set up.
#[derive(Debug, Clone)]
pub struct TikTokConfig {
    /// The port; 0 takes any free one.
    pub port: u16,
    pub app_key: String,
    pub app_secret: String,
    /// The app's service id, used by the newer consent link.
    pub service_id: String,
    /// Where the consent page sends the seller; may be set later.
    pub redirect_url: Option<String>,
    /// The shops whose seller may consent.
    pub shops: Vec<ShopSpec>,
    /// How long an access token is valid. TikTok's are valid for seven days.
    pub access_token_life: Duration,
    /// How long a refresh token is valid.
    pub refresh_token_life: Duration,
    /// What a refresh does to the old access token.
    pub old_access_token: OldAccessToken,
    /// How long a seller has to answer a buyer who asks to cancel.
    pub cancel_respond_within: Duration,
    /// Whether the seller granted the scope of customer service.
    pub customer_service: bool,
    /// How many customer service calls are allowed before 45101004. TikTok counts them per day, the simulator in all.
    pub chat_calls_max: u64,
    /// Labels that are refused.
    pub label_rules: Vec<LabelRule>,
    /// Calls per second and shop before 429; `None` sets no limit.
    pub shop_qps_max: Option<u32>,
    /// Where ids of orders, units, packages and notifications begin: two runs that must not share any begin far apart.
    pub first_id: u64,
    /// How the platform's own labels behave.
    pub platform: PlatformConfig,
    pub faults: Faults,
    /// How webhooks are sent.
    pub webhooks: WebhookConfig,
}

impl Default for TikTokConfig {
    fn default() -> Self {
        Self {
            port: 0,
            app_key: "6sandboxkey01".to_owned(),
            app_secret: "0f1e2d3c4b5a69788796a5b4c3d2e1f0aabbccdd".to_owned(),
            service_id: "7300000000000000001".to_owned(),
            redirect_url: None,
            shops: vec![ShopSpec::sample()],
            access_token_life: Duration::from_secs(7 * 24 * 3600),
            refresh_token_life: Duration::from_secs(365 * 24 * 3600),
            old_access_token: OldAccessToken::StaysValid,
            cancel_respond_within: Duration::from_secs(48 * 3600),
            customer_service: true,
            chat_calls_max: 10_000,
            label_rules: LabelRule::PUBLISHED.to_vec(),
            shop_qps_max: None,
            first_id: 1,
            platform: PlatformConfig::default(),
            faults: Faults::none(),
            webhooks: WebhookConfig::default(),
        }
    }
}
