//! The one place that names every connector: makes them from the configuration.

use std::sync::Arc;

use config::{ConfigError, Lookup, Variable};
use domain::Private;
use system::Clock;

use crate::easypost::{self, EasyPost};
use crate::{AccountRefused, CallCounter, CarrierAccounts, CarrierWebhooks, Connector, WebhookSource};

/// The names of the connectors.
pub const KINDS: &[&str] = &[easypost::KIND];
/// What connectors read to call their APIs.
pub const CALL_VARIABLES: &[&Variable] = &[&easypost::API_KEY, &easypost::API_URL];
/// What they read to verify webhooks.
pub const WEBHOOK_VARIABLES: &[&Variable] = &[&easypost::WEBHOOK_SECRET];
/// The secrets that came before those, on one machine.
const FORMER_WEBHOOK_VARIABLES: &[&Variable] = &[&easypost::WEBHOOK_SECRET_FORMER];
/// What names the secrets on AWS in which some of these stand.
pub const SECRETS: &[&Variable] = &[&easypost::SECRET];

/// Every variable of every connector.
pub fn variables() -> impl Iterator<Item = &'static Variable> {
    CALL_VARIABLES.iter().chain(WEBHOOK_VARIABLES).chain(FORMER_WEBHOOK_VARIABLES).chain(SECRETS).copied()
}

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
    /// Hears whenever an account does not accept its credentials.
    pub on_refusal: Option<AccountRefused>,
}

/// Makes the connectors of these accounts.
pub fn connect(accounts: Vec<AccountConfig>, parts: &ConnectorParts<'_>) -> CarrierAccounts {
    CarrierAccounts::new(accounts.into_iter().map(|account| connector(account, parts)))
}

fn connector(account: AccountConfig, parts: &ConnectorParts<'_>) -> Arc<dyn Connector> {
    let (http, clock) = (parts.http.clone(), Arc::clone(&parts.clock));
    match account {
        AccountConfig::EasyPost(config) => {
            let mut connector = EasyPost::new(http, config, clock);
            if let Some(counter) = parts.counter {
                connector = connector.counting(counter(easypost::KIND));
            }
            if let Some(on_refusal) = &parts.on_refusal {
                connector = connector.reporting_refusals(Arc::clone(on_refusal));
            }
            Arc::new(connector)
        }
    }
}

/// Who may post webhooks. `secrets` gives the secrets that a variable holds: the present one and, while it is rotated, the
/// one before. A source without a secret is known, and everything that it posts is refused.
pub fn webhooks(mut secrets: impl FnMut(&str) -> Vec<Private<String>>) -> CarrierWebhooks {
    let easypost = easypost::webhook::Webhooks::new(secrets(&easypost::WEBHOOK_SECRET.name));
    let easypost: Arc<dyn WebhookSource> = Arc::new(easypost);
    CarrierWebhooks::new([easypost])
}

#[cfg(test)]
mod tests {
    use super::{FORMER_WEBHOOK_VARIABLES, WEBHOOK_VARIABLES};

    #[test]
    fn a_former_secret_is_looked_up_behind_the_name_of_the_current_one() {
        let looked_up = WEBHOOK_VARIABLES.iter().map(|variable| format!("{variable}_FORMER"));
        let listed = FORMER_WEBHOOK_VARIABLES.iter().map(|variable| variable.name.to_string());
        assert_eq!(looked_up.collect::<Vec<_>>(), listed.collect::<Vec<_>>());
    }
}
