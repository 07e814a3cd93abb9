//! Configuration by variables: of the environment, of a secret, or of a test. What is missing or malformed is an error
//! that names the variable; a value is never shown, it may be a secret.

use domain::Private;
use domain::deadline::DispatchRules;
use domain::rates::RateRules;
use domain::settings::AllSettings;
use jiff::SignedDuration;

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
    /// Something that is compiled in can't be used: a defect of this build.
    #[error(transparent)]
    BuiltIn(#[from] domain::built_in::BuiltInError),
}

impl ConfigError {
    /// A variable that is not what was expected.
    pub fn malformed(name: &'static str, expected: impl Into<String>) -> Self {
        Self::Malformed { name, expected: expected.into() }
    }
}

/// Looks a variable up; an empty one counts as not set.
pub type Lookup<'a> = &'a dyn Fn(&str) -> Option<String>;

/// The environment of this process.
pub fn environment(name: &str) -> Option<String> {
    std::env::var(name).ok().filter(|value| !value.trim().is_empty())
}

/// A variable that must be set.
///
/// # Errors
/// When it is not.
pub fn required(lookup: Lookup<'_>, name: &'static str) -> Result<String, ConfigError> {
    lookup(name).ok_or(ConfigError::Missing(name))
}

/// The consent page of sellers in the United States, with the app's service id to follow.
const CONSENT_PAGE: &str = "https://services.us.tiktokshop.com/open/authorize";

/// TikTok: `TIKTOK_APP_KEY`, `TIKTOK_APP_SECRET`, `TIKTOK_SERVICE_ID`, `TIKTOK_API_URL`, `TIKTOK_AUTH_URL`,
/// `TIKTOK_CONSENT_URL`.
///
/// # Errors
/// When the key or the secret is missing, or an address is none.
pub fn tiktok(lookup: Lookup<'_>) -> Result<tiktok::Config, ConfigError> {
    let app_key = required(lookup, "TIKTOK_APP_KEY")?;
    let app_secret = Private::new(required(lookup, "TIKTOK_APP_SECRET")?);
    let auth_url = service_url(lookup, "TIKTOK_AUTH_URL", "https://auth.tiktok-shops.com")?;
    let consent_url = match lookup("TIKTOK_SERVICE_ID") {
        Some(id) => format!("{}?service_id={id}", service_url(lookup, "TIKTOK_CONSENT_URL", CONSENT_PAGE)?),
        // The older link, which knows the app by its key.
        None => format!("{auth_url}/oauth/authorize?app_key={app_key}"),
    };
    let api_url = service_url(lookup, "TIKTOK_API_URL", "https://open-api.tiktokglobalshop.com")?;
    Ok(tiktok::Config { api_url, auth_url, consent_url, app_key, app_secret })
}

/// `PUNCTUAL_POLL_SECONDS`: overrides the polling cadence.
///
/// # Errors
/// When it is no number of seconds.
pub fn poll_every(lookup: Lookup<'_>) -> Result<Option<SignedDuration>, ConfigError> {
    let Some(text) = lookup("PUNCTUAL_POLL_SECONDS") else { return Ok(None) };
    match text.trim().parse::<u32>() {
        Ok(seconds @ 1..) => Ok(Some(SignedDuration::from_secs(seconds.into()))),
        _ => Err(ConfigError::malformed("PUNCTUAL_POLL_SECONDS", "a number of seconds, 1 or more")),
    }
}

/// `PUNCTUAL_POLL_OVERLAP_SECONDS`: how far a poll looks back behind the one before.
///
/// # Errors
/// When it is no number of seconds from 60 (an answer takes its time) to 86,400 (a day).
pub fn poll_overlap(lookup: Lookup<'_>) -> Result<SignedDuration, ConfigError> {
    const NAME: &str = "PUNCTUAL_POLL_OVERLAP_SECONDS";
    let Some(text) = lookup(NAME) else { return Ok(domain::polling::OVERLAP) };
    match text.trim().parse::<u32>() {
        Ok(seconds @ 60..=86_400) => Ok(SignedDuration::from_secs(seconds.into())),
        _ => Err(ConfigError::malformed(NAME, "a number of seconds from 60 to 86400")),
    }
}

/// `PUNCTUAL_RATE_RULES`: a JSON file with the seller's rules, or the JSON itself, where there is no file to name;
/// else the default rules.
///
/// # Errors
/// When there is no such file, or it holds something else than rules of known services.
pub fn rate_rules(lookup: Lookup<'_>) -> Result<RateRules, ConfigError> {
    const NAME: &str = "PUNCTUAL_RATE_RULES";
    let Some(text) = json(lookup, NAME)? else { return Ok(RateRules::built_in()?) };
    let rules: RateRules = serde_json::from_str(&text)
        .map_err(|error| ConfigError::malformed(NAME, format!("a file with rate rules ({error})")))?;
    if rules.max_cost.minor <= 0 || rules.max_cost.always_minor < 0 {
        let expected = "a file with a max_cost that allows something: minor above 0, always_minor from 0";
        return Err(ConfigError::malformed(NAME, expected));
    }
    match rules.unknown_service() {
        None => Ok(rules),
        Some(service) => {
            let expected = format!("a file with known services only ({service:?} is none)");
            Err(ConfigError::malformed(NAME, expected))
        }
    }
}

/// `PUNCTUAL_SETTINGS`: a JSON file with the seller's settings, or the JSON itself, where there is no file to name; else
/// nobody is told of alarms.
///
/// # Errors
/// When there is no such file, or it holds something else than settings. No value is shown: it may be an address.
pub fn settings(lookup: Lookup<'_>) -> Result<AllSettings, ConfigError> {
    const NAME: &str = "PUNCTUAL_SETTINGS";
    let Some(text) = json(lookup, NAME)? else { return Ok(AllSettings::default()) };
    AllSettings::read(&text)
        .map_err(|error| ConfigError::malformed(NAME, format!("a file with settings ({error})")))
}

/// `PUNCTUAL_DISPATCH_RULES`: a JSON file with the markets' rules of dispatch and holidays, or the JSON itself, where
/// there is no file to name; else the default rules.
///
/// # Errors
/// When there is no such file, or it holds something else than rules of dispatch; the error names the entry and field.
pub fn dispatch_rules(lookup: Lookup<'_>) -> Result<DispatchRules, ConfigError> {
    const NAME: &str = "PUNCTUAL_DISPATCH_RULES";
    let Some(text) = json(lookup, NAME)? else { return Ok(DispatchRules::built_in()?) };
    serde_json::from_str(&text)
        .map_err(|error| ConfigError::malformed(NAME, format!("a file with dispatch rules ({error})")))
}

/// The JSON that a variable is, or that stands in the file it names; `None` when it is not set.
fn json(lookup: Lookup<'_>, name: &'static str) -> Result<Option<String>, ConfigError> {
    let Some(value) = lookup(name) else { return Ok(None) };
    if value.trim_start().starts_with('{') {
        return Ok(Some(value));
    }
    match std::fs::read_to_string(&value) {
        Ok(text) => Ok(Some(text)),
        Err(error) => Err(ConfigError::malformed(name, format!("a file that can be read ({error})"))),
    }
}

/// `PUNCTUAL_PUBLIC_URL`: where sellers and TikTok reach us, if it is set.
///
/// # Errors
/// When it is no address.
pub fn public_url(lookup: Lookup<'_>) -> Result<Option<String>, ConfigError> {
    const NAME: &str = "PUNCTUAL_PUBLIC_URL";
    let Some(url) = lookup(NAME) else { return Ok(None) };
    // An emulator's API may have a name that is no host's, such as `id.execute-api.127.0.0.1`.
    if is_emulated(lookup) && url.starts_with("http://") {
        return Ok(Some(url));
    }
    service_url(lookup, NAME, "").map(Some)
}

/// The address of an outside service, to which secrets and personal data are sent: by HTTPS, unless the service is on this
/// machine or AWS itself is emulated.
///
/// # Errors
/// When the variable is set to anything else.
pub fn service_url(lookup: Lookup<'_>, name: &'static str, default: &str) -> Result<String, ConfigError> {
    let Some(url) = lookup(name) else { return Ok(default.to_owned()) };
    let expected = "an https address, or an http address of this machine";
    let Ok(parsed) = reqwest::Url::parse(url.trim()) else {
        return Err(ConfigError::malformed(name, expected));
    };
    let is_safe = match parsed.scheme() {
        "https" => parsed.has_host(),
        "http" => is_loopback(&parsed) || is_emulated(lookup),
        _ => false,
    };
    match is_safe {
        true => Ok(url.trim().trim_end_matches('/').to_owned()),
        false => Err(ConfigError::malformed(name, expected)),
    }
}

fn is_emulated(lookup: Lookup<'_>) -> bool {
    lookup("AWS_ENDPOINT_URL").is_some()
}

fn is_loopback(url: &reqwest::Url) -> bool {
    let host = url.host_str().unwrap_or_default();
    let host = host.strip_prefix('[').and_then(|host| host.strip_suffix(']')).unwrap_or(host);
    host == "localhost" || host.parse().is_ok_and(|ip: std::net::IpAddr| ip.is_loopback())
}

#[cfg(test)]
mod tests {
    use super::{
        dispatch_rules, poll_every, poll_overlap, public_url, rate_rules, service_url, settings, tiktok,
    };

    #[track_caller]
    fn check<T>(
        read: fn(super::Lookup<'_>) -> Result<T, super::ConfigError>,
        name: &str,
        value: &str,
        expect: &str,
    ) {
        let lookup = |asked: &str| match asked {
            _ if asked == name => Some(value.to_owned()).filter(|value| !value.is_empty()),
            "TIKTOK_APP_SECRET" => Some("hush-hush".to_owned()),
            "TIKTOK_APP_KEY" => Some("key".to_owned()),
            _ => None,
        };
        let error = read(&lookup).err().map(|error| error.to_string()).unwrap_or_default();
        assert!(error.starts_with(expect), "{name}={value}: {error:?}");
        assert!(!error.contains("hush-hush"));
    }

    #[test]
    fn names_the_variable_and_shows_no_value() {
        check(tiktok, "TIKTOK_APP_KEY", "", "TIKTOK_APP_KEY is not set");
        check(tiktok, "TIKTOK_APP_SECRET", "", "TIKTOK_APP_SECRET is not set");
        check(tiktok, "TIKTOK_API_URL", "ftp://secret", "TIKTOK_API_URL is not an https address");
        let expect = "PUNCTUAL_POLL_SECONDS is not a number of seconds, 1 or more";
        check(poll_every, "PUNCTUAL_POLL_SECONDS", "0", expect);
        let expect = "PUNCTUAL_POLL_OVERLAP_SECONDS is not a number of seconds from 60 to 86400";
        for value in ["0", "59", "86401", "-5", "10m"] {
            check(poll_overlap, "PUNCTUAL_POLL_OVERLAP_SECONDS", value, expect);
        }
        check(
            rate_rules,
            "PUNCTUAL_RATE_RULES",
            "/no/such/file",
            "PUNCTUAL_RATE_RULES is not a file that can be read",
        );
        check(rate_rules, "PUNCTUAL_RATE_RULES", "{}", "PUNCTUAL_RATE_RULES is not a file with rate rules");
    }

    #[test]
    fn rate_rules_that_allow_no_label_are_refused() {
        let rules = |minor: i64, always: i64| {
            format!(
                r#"{{"tolerance_percent": 5, "tolerance_minor": 50, "max_cost":
                {{"minor": {minor}, "percent_of_value": 100, "always_minor": {always}}}}}"#
            )
        };
        let expect = "PUNCTUAL_RATE_RULES is not a file with a max_cost that allows something";
        for (minor, always) in [(0, 0), (-1, 0), (10_000, -1)] {
            check(rate_rules, "PUNCTUAL_RATE_RULES", &rules(minor, always), expect);
        }
        let given = rate_rules(&|_| Some(rules(1, 0))).unwrap();
        assert_eq!((given.max_cost.minor, given.max_cost.always_minor), (1, 0));
    }

    #[test]
    fn secrets_go_over_https_or_stay_on_this_machine() {
        let url = |name: &'static str, value: &str, emulated: bool| {
            let lookup = |asked: &str| match asked {
                _ if asked == name => Some(value.to_owned()),
                "AWS_ENDPOINT_URL" => emulated.then(|| "http://10.0.0.5:4566".to_owned()),
                "TIKTOK_SERVICE_ID" => Some("73".to_owned()),
                "TIKTOK_APP_KEY" | "TIKTOK_APP_SECRET" => Some("key".to_owned()),
                _ => None,
            };
            match name {
                "CARRIER_API_URL" => service_url(&lookup, name, ""),
                "PUNCTUAL_PUBLIC_URL" => public_url(&lookup).map(Option::unwrap_or_default),
                "TIKTOK_API_URL" => tiktok(&lookup).map(|config| config.api_url),
                "TIKTOK_AUTH_URL" => tiktok(&lookup).map(|config| config.auth_url),
                _ => tiktok(&lookup).map(|config| config.consent_url.replace("?service_id=73", "")),
            }
        };
        let names = [
            "TIKTOK_API_URL",
            "TIKTOK_AUTH_URL",
            "TIKTOK_CONSENT_URL",
            "CARRIER_API_URL",
            "PUNCTUAL_PUBLIC_URL",
        ];
        for name in names {
            for good in ["https://a.example", "http://127.0.0.1:8", "http://localhost:8", "http://[::1]:8/x"]
            {
                assert_eq!(url(name, good, false).unwrap(), good, "{name}");
            }
            for bad in [
                "http://a.example",
                "http://127.0.0.1.a.example",
                "http://localhost.a.example:8",
                "http://10.0.0.1",
                "http://a@b.example",
            ] {
                let error = url(name, bad, false).unwrap_err().to_string();
                let expect = format!("{name} is not an https address, or an http address of this machine");
                assert_eq!(error, expect, "{bad}");
                assert_eq!(url(name, bad, true).unwrap(), bad, "{name}: AWS is emulated");
            }
            let odd = url(name, "http://id.execute-api.127.0.0.1:4566", true);
            assert_eq!(odd.is_ok(), name == "PUNCTUAL_PUBLIC_URL", "{name}");
            assert!(url(name, "ftp://127.0.0.1", true).is_err());
        }
    }

    #[test]
    fn polls_overlap_by_ten_minutes_unless_told_otherwise() {
        assert_eq!(poll_overlap(&|_| None).unwrap().as_mins(), 10);
        assert_eq!(poll_overlap(&|_| Some(" 1800 ".to_owned())).unwrap().as_mins(), 30);
    }

    #[test]
    fn dispatch_rules_name_what_is_wrong() {
        const NAME: &str = "PUNCTUAL_DISPATCH_RULES";
        check(
            dispatch_rules,
            NAME,
            "/no/such/file",
            "PUNCTUAL_DISPATCH_RULES is not a file that can be read",
        );
        check(dispatch_rules, NAME, "{}", "PUNCTUAL_DISPATCH_RULES is not a file with dispatch rules");
        let rules = r#"{"rules": [], "holidays": {"usa": {"source": "", "dates": []}}}"#;
        let expect =
            "PUNCTUAL_DISPATCH_RULES is not a file with dispatch rules (holidays of \"usa\": market ";
        check(dispatch_rules, NAME, rules, expect);
    }

    #[test]
    fn rules_may_be_given_as_they_are() {
        let default = serde_json::to_string(&domain::rates::RateRules::built_in().unwrap()).unwrap();
        let rules = rate_rules(&|_| Some(format!(" {default}"))).unwrap();
        assert_eq!(serde_json::to_string(&rules).unwrap(), default);
        let none = dispatch_rules(&|_| Some(r#" {"rules": []}"#.to_owned())).unwrap();
        assert_ne!(none, domain::deadline::DispatchRules::built_in().unwrap());
        assert_eq!(dispatch_rules(&|_| None).unwrap(), domain::deadline::DispatchRules::built_in().unwrap());
    }

    #[test]
    fn settings_come_from_a_file_or_as_they_are() {
        assert_eq!(settings(&|_| None).unwrap(), domain::settings::AllSettings::default());
        let json = r#" {"default": {"recipients": [{"id": "ann", "email": "ann@example.com"}]}}"#;
        let given = settings(&|_| Some(json.to_owned())).unwrap();
        assert_eq!(given.default.recipients[0].id.as_str(), "ann");
        let file = std::env::temp_dir().join(format!("punctual-settings-{}.json", std::process::id()));
        std::fs::write(&file, json).unwrap();
        let read = settings(&|_| file.to_str().map(str::to_owned));
        std::fs::remove_file(&file).unwrap();
        assert_eq!(read.unwrap(), given);
    }

    #[test]
    fn settings_that_can_t_be_used_are_named() {
        let name = "PUNCTUAL_SETTINGS";
        check(settings, name, "/no/such/file", "PUNCTUAL_SETTINGS is not a file that can be read");
        let phone = r#"{"default": {"recipients": [{"id": "ann", "phone": "hush-hush"}]}}"#;
        let expect =
            "PUNCTUAL_SETTINGS is not a file with settings (default.recipients[0].phone is not a number";
        check(settings, name, phone, expect);
        let place = "PUNCTUAL_SETTINGS is not a file with settings (invalid settings at line 1, column 13)";
        check(settings, name, r#"{ "hush-hush": 1}"#, place);
    }

    #[test]
    fn defaults_are_the_real_services() {
        let config = tiktok(&|name| name.starts_with("TIKTOK_APP").then(|| "hush-hush".to_owned())).unwrap();
        assert_eq!(config.api_url, "https://open-api.tiktokglobalshop.com");
        assert_eq!(config.auth_url, "https://auth.tiktok-shops.com");
        assert!(!format!("{:?}", config.app_secret).contains("hush-hush"));
        let config = tiktok(&|name| match name {
            "TIKTOK_SERVICE_ID" => Some("73".to_owned()),
            "TIKTOK_APP_KEY" | "TIKTOK_APP_SECRET" => Some("key".to_owned()),
            _ => None,
        });
        let expected = "https://services.us.tiktokshop.com/open/authorize?service_id=73";
        assert_eq!(config.unwrap().consent_url, expected);
    }
}
