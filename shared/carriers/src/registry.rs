//! The one place that names every connector: makes them from the configuration.

use std::sync::Arc;

use config::{ConfigError, EASYPOST_WEBHOOK_SECRET, Lookup};
use domain::Private;
use system::Clock;

use crate::easypost::{self, EasyPost};
use crate::{CallCounter, CarrierAccounts, CarrierWebhooks, Connector, WebhookSource};

/// An account that is configured, with what its connector needs to know.
#[derive(Clone, Debug)]
pub enum AccountConfig {
    EasyPost(easypost::EasyPostConfig),
}

/// Reads the configured accounts; nothing is sent yet.
///
/// # Errors
/// When a variable is missing or malformed.
pub fn accounts(lookup: Lookup<'_>) -> Result<Vec<AccountConfig>, ConfigError> {
    Ok(vec![AccountConfig::EasyPost(easypost::EasyPostConfig::from_variables(lookup)?)])
}

/// What every connector is made with.
pub struct ConnectorParts<'a> {
    /// The client that all connectors share, from [`crate::http_client`].
    pub http: reqwest::Client,
    pub clock: Arc<dyn Clock>,
    /// Makes the counter of a connector's HTTP calls, by its kind.
    pub counter: Option<&'a dyn Fn(&'static str) -> CallCounter>,
}

/// Makes the connectors of these accounts.
pub fn connect(accounts: Vec<AccountConfig>, parts: &ConnectorParts<'_>) -> CarrierAccounts {
    CarrierAccounts::new(accounts.into_iter().map(|account| connector(account, parts)))
}

fn connector(account: AccountConfig, parts: &ConnectorParts<'_>) -> Arc<dyn Connector> {
    let (http, clock) = (parts.http.clone(), Arc::clone(&parts.clock));
    match account {
        AccountConfig::EasyPost(config) => {
            let connector = EasyPost::new(http, config, clock);
            match parts.counter {
                Some(counter) => Arc::new(connector.counting(counter(easypost::KIND))),
                None => Arc::new(connector),
            }
        }
    }
}

/// Who may post webhooks. `secrets` gives the secrets that a variable holds: the present one and, while it is rotated, the
/// one before. A source without a secret is known, and everything that it posts is refused.
pub fn webhooks(mut secrets: impl FnMut(&str) -> Vec<Private<String>>) -> CarrierWebhooks {
    let easypost = easypost::webhook::Webhooks::new(secrets(&EASYPOST_WEBHOOK_SECRET.name));
    let easypost: Arc<dyn WebhookSource> = Arc::new(easypost);
    CarrierWebhooks::new([easypost])
}
