//! Configuration of the host, from the environment. The variables and how each is read are in the crate [`config`].

use std::path::PathBuf;

use carriers::CarrierWebhooks;
use carriers::registry::{self, AccountConfig};
use config::{ConfigError, Lookup};
use domain::Private;
use domain::deadline::DispatchRules;
use domain::rates::RateRules;
use domain::settings::AllSettings;
use order_poll::PollSettings;
use tiktok::TikTokConfig;

use crate::notify::Smtp;

/// What the host needs to know.
pub struct HostConfig {
    /// The embedded backend's folder.
    pub data: PathBuf,
    pub pace: PollSettings,
    pub rules: RateRules,
    pub dispatch_rules: DispatchRules,
    pub settings: AllSettings,
    /// The mail server; without one no e-mails are sent.
    pub smtp: Option<Smtp>,
    /// Where sellers and TikTok reach the host.
    pub public_url: Option<String>,
    pub tiktok: TikTokConfig,
    /// The carrier accounts, each by the variables of its connector.
    pub accounts: Vec<AccountConfig>,
    /// The carrier accounts' webhooks.
    pub carrier_webhooks: CarrierWebhooks,
}

/// The folder of the embedded backend.
pub fn data_folder(lookup: Lookup<'_>) -> Result<PathBuf, ConfigError> {
    Ok(config::DATA.required(lookup)?.into())
}

impl HostConfig {
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
            carrier_webhooks: registry::webhooks(|name| lookup(name).map(Private::new).into_iter().collect()),
        })
    }
}
