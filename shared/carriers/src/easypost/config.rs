//! What the connector needs to know.

use std::fmt;
use std::time::Duration;

use ::config::Presence::{DefaultsTo, Optional, Required};
use ::config::ReadOn::{Aws, Everywhere, OneMachine};
use ::config::{ConfigError, Lookup, Variable, service_url, variable};
use domain::{AccountId, Private};
use reqwest::Url;
use reqwest::header::HeaderValue;

pub static API_KEY: Variable = variable(
    "EASYPOST_API_KEY",
    Required,
    Everywhere,
    Some(&SECRET),
    "The key of the EasyPost account. A test key buys test labels.",
);
pub static API_URL: Variable =
    variable("EASYPOST_API_URL", DefaultsTo("https://api.easypost.com"), Everywhere, None, "EasyPost's API.");
pub static WEBHOOK_SECRET: Variable = variable(
    "EASYPOST_WEBHOOK_SECRET",
    Optional,
    Everywhere,
    Some(&SECRET),
    "Signs EasyPost's webhooks. Without it they are refused.",
);
pub static WEBHOOK_SECRET_FORMER: Variable = variable(
    "EASYPOST_WEBHOOK_SECRET_FORMER",
    Optional,
    OneMachine,
    None,
    "The secret of EasyPost's webhooks before the current one. On AWS it is the secret's previous version.",
);
pub static SECRET: Variable = variable(
    "PUNCTUAL_EASYPOST_SECRET",
    Optional,
    Aws,
    None,
    "ARN of the secret with EasyPost's credentials.",
);

/// Calls under way at once: each has a connection. At one second a call this is enough for more than 7,000 orders a
/// minute with four calls each.
const CONCURRENCY_MAX: usize = 512;

/// How the connector reaches EasyPost.
#[derive(Clone)]
pub struct EasyPostConfig {
    pub account: AccountId,
    /// Base address without the version, for example `https://api.easypost.com`.
    pub(super) url: Url,
    /// `Bearer` and the API key, which alone decides between test and production.
    pub(super) authorization: HeaderValue,
    pub timeouts: EasyPostTimeouts,
    /// The most calls under way at once.
    pub concurrency_max: usize,
}

/// How long to wait for the whole answer to a call.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct EasyPostTimeouts {
    /// Rating. Recorded: median 0.9 s, slowest 3.9 s; EasyPost waits for every carrier of the account.
    pub quote: Duration,
    /// Buying. EasyPost's own clients wait 60 s: whoever gives up earlier only makes outcomes unknown.
    pub buy: Duration,
    /// Anything else of the API. Recorded: under 2 s.
    pub other: Duration,
    /// The file of a label.
    pub download: Duration,
    /// For a free place among the calls under way. The call is not sent when none gets free.
    pub place: Duration,
}

impl Default for EasyPostTimeouts {
    fn default() -> Self {
        Self {
            quote: Duration::from_secs(20),
            buy: Duration::from_secs(60),
            other: Duration::from_secs(15),
            download: Duration::from_secs(20),
            place: Duration::from_secs(2),
        }
    }
}

/// Which part of the configuration can't be used. The value itself is not shown.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum InvalidConfig {
    #[error("the base URL is not an absolute http or https URL")]
    Url,
    #[error("the API key is empty or has invalid characters")]
    Key,
}

impl EasyPostConfig {
    /// The account `easypost:default`: `EASYPOST_API_URL`, `EASYPOST_API_KEY`.
    ///
    /// # Errors
    /// When the key is missing or can't be one, or the address is none.
    pub fn from_variables(lookup: Lookup<'_>) -> Result<Self, ConfigError> {
        let url = service_url(lookup, &API_URL)?;
        let key = Private::new(API_KEY.required(lookup)?);
        Self::new(&url, &key).map_err(|invalid| match invalid {
            InvalidConfig::Url => API_URL.malformed("an absolute http or https URL"),
            InvalidConfig::Key => API_KEY.malformed("an API key: it has invalid characters"),
        })
    }

    /// EasyPost at `url` with `key`, and the defaults for the rest.
    ///
    /// # Errors
    /// When `url` is not an absolute http or https URL, or `key` can't be one.
    pub fn new(url: &str, key: &Private<String>) -> Result<Self, InvalidConfig> {
        let url = Url::parse(url.trim()).map_err(|_| InvalidConfig::Url)?;
        if !matches!(url.scheme(), "http" | "https") || !url.has_host() {
            return Err(InvalidConfig::Url);
        }
        let authorization = bearer(key.expose().trim()).ok_or(InvalidConfig::Key)?;
        let account = AccountId::default_of(super::KIND);
        Ok(Self {
            account,
            url,
            authorization,
            timeouts: EasyPostTimeouts::default(),
            concurrency_max: CONCURRENCY_MAX,
        })
    }
}

fn bearer(key: &str) -> Option<HeaderValue> {
    if key.is_empty() || !key.bytes().all(|b| b.is_ascii_graphic()) {
        return None;
    }
    let mut header = HeaderValue::try_from(format!("Bearer {key}")).ok()?;
    header.set_sensitive(true);
    Some(header)
}

impl fmt::Debug for EasyPostConfig {
    /// Without address and key: both may hold credentials.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("EasyPostConfig")
            .field("timeouts", &self.timeouts)
            .field("concurrency_max", &self.concurrency_max)
            .finish_non_exhaustive()
    }
}

#[cfg(test)]
mod tests {
    use super::{EasyPostConfig, InvalidConfig};

    #[test]
    fn takes_only_web_addresses() {
        for url in ["https://api.easypost.com", "http://127.0.0.1:8080/", " https://host/prefix "] {
            assert!(EasyPostConfig::new(url, &"key".into()).is_ok(), "{url}");
        }
        for url in ["", "api.easypost.com", "file:///etc", "mailto:a@b"] {
            assert_eq!(EasyPostConfig::new(url, &"key".into()).err(), Some(InvalidConfig::Url), "{url}");
        }
    }

    #[test]
    fn takes_only_keys() {
        let check = |key: &str| EasyPostConfig::new("https://host", &key.into()).err();
        assert_eq!(check(" EZTK1\n"), None, "a file's last line break");
        for key in ["", " ", "EZ\nTK", "schl\u{fc}ssel"] {
            assert_eq!(check(key), Some(InvalidConfig::Key), "{key:?}");
        }
    }

    #[test]
    fn debug_shows_no_key() {
        let config = EasyPostConfig::new("https://user:pass@host", &"EZTK1".into()).unwrap();
        let shown = format!("{config:?}");
        assert!(!shown.contains("EZTK1") && !shown.contains("pass"), "{shown}");
    }

    #[track_caller]
    fn check_variables(name: &str, value: &str, expect: &str) {
        let lookup = |asked: &str| match asked {
            _ if asked == name => Some(value.to_owned()).filter(|value| !value.is_empty()),
            "EASYPOST_API_KEY" => Some("EZTK".to_owned()),
            _ => None,
        };
        let error = EasyPostConfig::from_variables(&lookup).err().map(|error| error.to_string());
        assert!(error.unwrap_or_default().starts_with(expect), "{name}={value}");
    }

    #[test]
    fn errors_name_the_variable() {
        check_variables("EASYPOST_API_KEY", "", "EASYPOST_API_KEY is not set");
        check_variables("EASYPOST_API_KEY", "EZ\nTK", "EASYPOST_API_KEY is not an API key");
        check_variables("EASYPOST_API_URL", "nowhere", "EASYPOST_API_URL is not an https URL");
        check_variables("EASYPOST_API_URL", "http://a.example", "EASYPOST_API_URL is not an https URL");
        check_variables("EASYPOST_API_URL", "", "");
    }

    #[test]
    fn the_default_is_the_real_service() {
        let config =
            EasyPostConfig::from_variables(&|name| (name == "EASYPOST_API_KEY").then(|| "EZTK".to_owned()));
        let config = config.unwrap();
        assert_eq!(
            (config.url.as_str(), config.account.as_str()),
            ("https://api.easypost.com/", "easypost:default")
        );
    }
}
