//! Configuration of the host, from the environment. What is missing or malformed stops the start with one line that
//! names the variable; a value is never shown, it may be a secret.

use std::path::PathBuf;

use carriers::CarrierWebhooks;
use carriers::registry::{self, AccountConfig};
use config::{ConfigError, Lookup};
use domain::deadline::DispatchRules;
use domain::rates::RateRules;
use domain::settings::AllSettings;
use order_poll::PollSettings;

use crate::notify::Smtp;

/// What the host needs to know.
pub struct Config {
    /// `PUNCTUAL_DATA`: the embedded backend's folder.
    pub data: PathBuf,
    /// `PUNCTUAL_POLL_SECONDS`, `PUNCTUAL_POLL_OVERLAP_SECONDS`: how often and how far polls look.
    pub pace: PollSettings,
    /// `PUNCTUAL_RATE_RULES`: the seller's rules, else the default rules.
    pub rules: RateRules,
    /// `PUNCTUAL_DISPATCH_RULES`: the markets' rules of dispatch, else the default rules.
    pub dispatch_rules: DispatchRules,
    /// `PUNCTUAL_SETTINGS`: who is told of alarms, and what else the seller chose.
    pub settings: AllSettings,
    /// `PUNCTUAL_SMTP_URL`, `PUNCTUAL_SMTP_FROM`: where e-mails go.
    pub smtp: Option<Smtp>,
    /// `PUNCTUAL_PUBLIC_URL`: where sellers and TikTok reach the host.
    pub public_url: Option<String>,
    pub tiktok: tiktok::Config,
    /// The carrier accounts, each by the variables of its connector.
    pub accounts: Vec<AccountConfig>,
    /// The carrier accounts' webhooks.
    pub carrier_webhooks: CarrierWebhooks,
}

/// The folder when `PUNCTUAL_DATA` is not set.
const DATA_DEFAULT: &str = "punctual-data";

/// Reads `PUNCTUAL_DATA`, and refuses a backend that this host is not.
pub fn data_folder(lookup: Lookup<'_>) -> Result<PathBuf, ConfigError> {
    match lookup("PUNCTUAL_BACKEND").as_deref() {
        None | Some("sqlite") => {}
        Some(_) => {
            return Err(ConfigError::malformed("PUNCTUAL_BACKEND", "sqlite, the backend of this host"));
        }
    }
    Ok(lookup("PUNCTUAL_DATA").unwrap_or_else(|| DATA_DEFAULT.to_owned()).into())
}

impl Config {
    /// Reads everything.
    pub fn read(lookup: Lookup<'_>) -> Result<Self, ConfigError> {
        domain::built_in::check()?;
        Ok(Self {
            data: data_folder(lookup)?,
            pace: PollSettings {
                interval: config::poll_every(lookup)?,
                overlap: config::poll_overlap(lookup)?,
            },
            rules: config::rate_rules(lookup)?,
            dispatch_rules: config::dispatch_rules(lookup)?,
            settings: config::settings(lookup)?,
            smtp: Smtp::from_variables(lookup)?,
            public_url: config::public_url(lookup)?,
            tiktok: config::tiktok(lookup)?,
            accounts: registry::accounts(lookup)?,
            carrier_webhooks: registry::webhooks(lookup),
        })
    }
}

#[cfg(test)]
mod tests {
    use super::data_folder;

    #[test]
    fn the_host_has_one_engine() {
        let folder =
            |backend: &str| data_folder(&|name| (name == "PUNCTUAL_BACKEND").then(|| backend.to_owned()));
        assert_eq!(folder("sqlite").unwrap().to_str(), Some("punctual-data"));
        let error = folder("aws").unwrap_err().to_string();
        assert_eq!(error, "PUNCTUAL_BACKEND is not sqlite, the backend of this host");
    }
}
