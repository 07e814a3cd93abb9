//! How an EasyPost account is set up.

use std::time::Duration;

use crate::Faults;
use crate::webhooks::WebhookConfig;

/// One of the account's accounts at a carrier. Several of one carrier repeat its services.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CarrierAccount {
    /// Its id.
    pub id: String,
    /// The carrier, by EasyPost's name: `USPS`, `UPSDAP`, `FedExDefault`, `DhlEcs`.
    pub carrier: String,
    /// In which it quotes and bills.
    pub currency: &'static str,
}

impl CarrierAccount {
    /// An account that bills in US dollars.
    pub fn new(id: &str, carrier: &str) -> Self {
        Self { id: id.to_owned(), carrier: carrier.to_owned(), currency: "USD" }
    }
}

/// What a purchase costs when prices rose after the rate was quoted.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum StaleRates {
    /// The quoted price.
    Honoured,
    /// The new price, which `selected_rate` shows.
    Repriced,
    /// The purchase is refused.
    Refused,
}

/// How an EasyPost account is set up.
#[derive(Debug, Clone)]
pub struct EasyPostConfig {
    /// The port; 0 takes any free one.
    pub port: u16,
    /// The API key.
    pub api_key: String,
    /// The accounts at carriers.
    pub accounts: Vec<CarrierAccount>,
    /// How long a purchase is in progress.
    pub buy_takes: Duration,
    /// How long a refund stays submitted.
    pub refund_takes: Duration,
    /// What becomes of rates quoted before [`raise_prices`](super::EasyPost::raise_prices).
    pub stale_rates: StaleRates,
    /// What goes wrong.
    pub faults: Faults,
    /// How webhooks are sent.
    pub webhooks: WebhookConfig,
    /// The secret that signs webhooks.
    pub webhook_secret: String,
}

impl Default for EasyPostConfig {
    fn default() -> Self {
        Self {
            port: 0,
            api_key: "EZTKsandbox0000000000000000000001".to_owned(),
            accounts: vec![
                CarrierAccount::new("ca_00000000000000000000000000000001", "USPS"),
                CarrierAccount::new("ca_00000000000000000000000000000002", "UPSDAP"),
                CarrierAccount::new("ca_00000000000000000000000000000003", "FedExDefault"),
                CarrierAccount::new("ca_00000000000000000000000000000004", "DhlEcs"),
            ],
            buy_takes: Duration::ZERO,
            refund_takes: Duration::from_secs(15 * 24 * 3600),
            stale_rates: StaleRates::Honoured,
            faults: Faults::none(),
            webhooks: WebhookConfig::default(),
            webhook_secret: "sandbox-webhook-secret".to_owned(),
        }
    }
}
