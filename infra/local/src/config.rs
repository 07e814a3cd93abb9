//! Configuration of the host, from the environment. The variables and how each is read are in the crate [`config`].

use std::path::PathBuf;

use carriers::CarrierWebhooks;
use carriers::registry::{self, AccountConfig};
use config::{ConfigError, Lookup};
use domain::deadline::DispatchRules;
use domain::rates::RateRules;
use domain::settings::AllSettings;
use order_poll::PollSettings;
use tiktok::TikTokConfig;
use tiktok::webhook::WebhookVerifier;

use crate::accepted::AcceptedFiles;
use crate::notify::Smtp;

/// What the host needs to know.
pub struct HostConfig {
    /// The embedded backend's folder.
    pub data: PathBuf,
    pub pace: PollSettings,
    pub rules: RateRules,
    pub dispatch_rules: DispatchRules,
    pub settings: AllSettings,
    /// The files that rules and settings came from.
    pub(crate) files: AcceptedFiles,
    /// The mail server; without one no e-mails are sent.
    pub smtp: Option<Smtp>,
    /// Where sellers and TikTok reach the host.
    pub public_url: Option<String>,
    pub tiktok: TikTokConfig,
    pub tiktok_webhooks: WebhookVerifier,
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
    /// Reads the whole configuration. For settings and rules that can't be used, those that were last accepted are taken.
    ///
    /// # Errors
    /// With the first other variable that is missing or malformed.
    pub fn read(lookup: Lookup<'_>) -> Result<Self, ConfigError> {
        domain::built_in::check()?;
        let tiktok = config::tiktok(lookup)?;
        let signed_with = |name: &str| config::current_and_former(lookup, name);
        let app_secrets = signed_with(&config::TIKTOK_APP_SECRET.name);
        let data = data_folder(lookup)?;
        let mut files = AcceptedFiles::in_data_folder(&data);
        Ok(Self {
            data,
            pace: PollSettings {
                interval: config::poll_every(lookup)?,
                overlap: config::poll_overlap(lookup)?,
            },
            rules: files.read(&config::RATE_RULES, lookup, config::rate_rules)?,
            dispatch_rules: files.read(&config::DISPATCH_RULES, lookup, config::dispatch_rules)?,
            settings: files.read(&config::SETTINGS, lookup, config::settings)?,
            files,
            smtp: Smtp::from_variables(lookup)?,
            public_url: config::public_url(lookup)?,
            tiktok_webhooks: WebhookVerifier::new(tiktok.app_key.clone(), app_secrets),
            tiktok,
            accounts: registry::accounts(lookup)?,
            carrier_webhooks: registry::webhooks(signed_with),
        })
    }
}
