//! Configuration from the environment. What is missing or malformed stops the start with one line that names the
//! variable; a value is never shown, it may be a secret.

use std::path::PathBuf;

use domain::Private;
use domain::rates::RateRules;
use jiff::SignedDuration;

/// What the host needs to know.
#[derive(Clone, Debug)]
pub struct Config {
    /// `PUNCTUAL_DATA`: the embedded engine's folder.
    pub data: PathBuf,
    /// `PUNCTUAL_POLL_SECONDS`: overrides the polling cadence.
    pub poll_every: Option<SignedDuration>,
    /// `PUNCTUAL_RATE_RULES`: a JSON file with the seller's rules, else the default rules.
    pub rules: RateRules,
    /// TikTok.
    pub tiktok: tiktok::Config,
    /// `EASYPOST_API_URL`.
    pub easypost_url: String,
    /// `EASYPOST_API_KEY`.
    pub easypost_key: Private<String>,
    /// `EASYPOST_WEBHOOK_SECRET`.
    pub easypost_webhook_secret: Option<Private<String>>,
}

/// Why the configuration can't be used.
#[derive(Debug, thiserror::Error)]
pub enum ConfigError {
    /// A variable that must be set is not.
    #[error("{0} is not set")]
    Missing(&'static str),
    /// A variable is set to something else than is expected.
    #[error("{name} is not {expected}")]
    Malformed {
        /// The variable.
        name: &'static str,
        /// What was expected.
        expected: String,
    },
}

/// Looks a variable up; an empty one counts as not set.
pub type Lookup<'a> = &'a dyn Fn(&str) -> Option<String>;

/// The environment of this process.
pub fn environment(name: &str) -> Option<String> {
    std::env::var(name).ok().filter(|value| !value.trim().is_empty())
}

/// The folder when `PUNCTUAL_DATA` is not set.
const DATA_DEFAULT: &str = "punctual-data";

/// The consent page of sellers in the United States, with the app's service id to follow.
const CONSENT_PAGE: &str = "https://services.us.tiktokshop.com/open/authorize";

/// Reads `PUNCTUAL_DATA`, and refuses an engine that this host is not.
pub fn data_folder(lookup: Lookup<'_>) -> Result<PathBuf, ConfigError> {
    match lookup("PUNCTUAL_ENGINE").as_deref() {
        None | Some("sqlite") => {}
        Some(_) => return Err(malformed("PUNCTUAL_ENGINE", "sqlite, the engine of this host")),
    }
    Ok(lookup("PUNCTUAL_DATA").unwrap_or_else(|| DATA_DEFAULT.to_owned()).into())
}

impl Config {
    /// Reads everything.
    pub fn read(lookup: Lookup<'_>) -> Result<Self, ConfigError> {
        let required = |name: &'static str| lookup(name).ok_or(ConfigError::Missing(name));
        let app_key = required("TIKTOK_APP_KEY")?;
        let app_secret = Private::new(required("TIKTOK_APP_SECRET")?);
        let auth_url = address(lookup, "TIKTOK_AUTH_URL", "https://auth.tiktok-shops.com")?;
        let consent_url = match lookup("TIKTOK_SERVICE_ID") {
            Some(id) => format!("{}?service_id={id}", address(lookup, "TIKTOK_CONSENT_URL", CONSENT_PAGE)?),
            // The older link, which knows the app by its key.
            None => format!("{auth_url}/oauth/authorize?app_key={app_key}"),
        };
        Ok(Self {
            data: data_folder(lookup)?,
            poll_every: poll_every(lookup)?,
            rules: rules(lookup)?,
            tiktok: tiktok::Config {
                api_url: address(lookup, "TIKTOK_API_URL", "https://open-api.tiktokglobalshop.com")?,
                auth_url,
                consent_url,
                app_key,
                app_secret,
            },
            easypost_url: address(lookup, "EASYPOST_API_URL", "https://api.easypost.com")?,
            easypost_key: Private::new(required("EASYPOST_API_KEY")?),
            easypost_webhook_secret: lookup("EASYPOST_WEBHOOK_SECRET").map(Private::new),
        })
    }
}

fn poll_every(lookup: Lookup<'_>) -> Result<Option<SignedDuration>, ConfigError> {
    let Some(text) = lookup("PUNCTUAL_POLL_SECONDS") else { return Ok(None) };
    match text.trim().parse::<u32>() {
        Ok(seconds @ 1..) => Ok(Some(SignedDuration::from_secs(seconds.into()))),
        _ => Err(malformed("PUNCTUAL_POLL_SECONDS", "a number of seconds, 1 or more")),
    }
}

fn rules(lookup: Lookup<'_>) -> Result<RateRules, ConfigError> {
    const NAME: &str = "PUNCTUAL_RATE_RULES";
    let Some(file) = lookup(NAME) else { return Ok(RateRules::default()) };
    let text = std::fs::read_to_string(&file)
        .map_err(|error| malformed(NAME, format!("a file that can be read ({error})")))?;
    let rules: RateRules = serde_json::from_str(&text)
        .map_err(|error| malformed(NAME, format!("a file with rate rules ({error})")))?;
    match rules.unknown_service() {
        None => Ok(rules),
        Some(service) => {
            Err(malformed(NAME, format!("a file with known services only ({service:?} is none)")))
        }
    }
}

fn address(lookup: Lookup<'_>, name: &'static str, default: &str) -> Result<String, ConfigError> {
    let Some(url) = lookup(name) else { return Ok(default.to_owned()) };
    match reqwest::Url::parse(url.trim()) {
        Ok(parsed) if matches!(parsed.scheme(), "http" | "https") && parsed.has_host() => {
            Ok(url.trim().trim_end_matches('/').to_owned())
        }
        _ => Err(malformed(name, "an http or https address")),
    }
}

fn malformed(name: &'static str, expected: impl Into<String>) -> ConfigError {
    ConfigError::Malformed { name, expected: expected.into() }
}

#[cfg(test)]
mod tests {
    use std::collections::HashMap;

    use super::Config;

    fn read(pairs: &[(&str, &str)]) -> Result<Config, String> {
        let mut values: HashMap<&str, &str> = HashMap::from([
            ("TIKTOK_APP_KEY", "key"),
            ("TIKTOK_APP_SECRET", "hush-hush"),
            ("EASYPOST_API_KEY", "EZTK"),
        ]);
        values.extend(pairs.iter().copied());
        let lookup = |name: &str| values.get(name).filter(|v| !v.is_empty()).map(|v| (*v).to_owned());
        Config::read(&lookup).map_err(|error| error.to_string())
    }

    #[test]
    fn names_the_variable_and_shows_no_value() {
        for (pairs, expect) in [
            ([("TIKTOK_APP_KEY", "")], "TIKTOK_APP_KEY is not set"),
            ([("TIKTOK_APP_SECRET", "")], "TIKTOK_APP_SECRET is not set"),
            ([("EASYPOST_API_KEY", "")], "EASYPOST_API_KEY is not set"),
            ([("TIKTOK_API_URL", "ftp://secret")], "TIKTOK_API_URL is not an http or https address"),
            ([("EASYPOST_API_URL", "nowhere")], "EASYPOST_API_URL is not an http or https address"),
            ([("PUNCTUAL_POLL_SECONDS", "0")], "PUNCTUAL_POLL_SECONDS is not a number of seconds, 1 or more"),
            ([("PUNCTUAL_ENGINE", "aws")], "PUNCTUAL_ENGINE is not sqlite, the engine of this host"),
        ] {
            assert_eq!(read(&pairs).unwrap_err(), expect);
        }
    }

    #[test]
    fn defaults_are_the_real_services() {
        let config = read(&[]).unwrap();
        assert_eq!(config.tiktok.api_url, "https://open-api.tiktokglobalshop.com");
        assert_eq!(config.tiktok.auth_url, "https://auth.tiktok-shops.com");
        assert_eq!(config.easypost_url, "https://api.easypost.com");
        assert!(!format!("{config:?}").contains("hush-hush"));
        let config = read(&[("TIKTOK_SERVICE_ID", "73")]).unwrap();
        assert_eq!(
            config.tiktok.consent_url,
            "https://services.us.tiktokshop.com/open/authorize?service_id=73"
        );
    }
}
