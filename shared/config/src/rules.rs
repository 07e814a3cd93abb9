//! What the seller decides: settings, rules and the pace of polling.

use domain::deadline::DispatchRules;
use domain::rates::RateRules;
use domain::settings::AllSettings;
use jiff::SignedDuration;

use crate::error::ConfigError;
use crate::variables::{DISPATCH_RULES, Lookup, POLL_OVERLAP_SECONDS, POLL_SECONDS, RATE_RULES, SETTINGS};

/// The time between two polls of a shop, where the seller overrides it.
///
/// # Errors
/// When it is not a positive number of seconds.
pub fn poll_every(lookup: Lookup<'_>) -> Result<Option<SignedDuration>, ConfigError> {
    let Some(text) = POLL_SECONDS.value(lookup) else { return Ok(None) };
    match text.trim().parse::<u32>() {
        Ok(seconds @ 1..) => Ok(Some(SignedDuration::from_secs(seconds.into()))),
        _ => Err(POLL_SECONDS.malformed("a number of seconds, 1 or more")),
    }
}

/// How far a poll overlaps the one before.
///
/// # Errors
/// When it is not a number of seconds from 60 (a search takes its time) to 86,400 (a day).
pub fn poll_overlap(lookup: Lookup<'_>) -> Result<SignedDuration, ConfigError> {
    match POLL_OVERLAP_SECONDS.required(lookup)?.trim().parse::<u32>() {
        Ok(seconds @ 60..=86_400) => Ok(SignedDuration::from_secs(seconds.into())),
        _ => Err(POLL_OVERLAP_SECONDS.malformed("a number of seconds from 60 to 86400")),
    }
}

/// The rules by which a rate is chosen; the built-in ones unless the seller gives others.
///
/// # Errors
/// When they can't be read, name an unknown service, or allow no label at all.
pub fn rate_rules(lookup: Lookup<'_>) -> Result<RateRules, ConfigError> {
    let Some(text) = RATE_RULES.json(lookup)? else { return Ok(RateRules::built_in()?) };
    let rules: RateRules = serde_json::from_str(&text)
        .map_err(|error| RATE_RULES.malformed(format!("a file with rate rules ({error})")))?;
    if rules.max_cost.minor <= 0 || rules.max_cost.always_minor < 0 {
        let expected = "a file with a max_cost that allows something: minor above 0, always_minor from 0";
        return Err(RATE_RULES.malformed(expected));
    }
    match rules.unknown_service() {
        None => Ok(rules),
        Some(service) => {
            let expected = format!("a file with known services only ({service:?} is unknown)");
            Err(RATE_RULES.malformed(expected))
        }
    }
}

/// The seller's settings; the default ones, by which nobody is notified, unless the seller gives others.
///
/// # Errors
/// When they can't be read. The error shows no value: it may be an address.
pub fn settings(lookup: Lookup<'_>) -> Result<AllSettings, ConfigError> {
    let Some(text) = SETTINGS.json(lookup)? else { return Ok(AllSettings::default()) };
    AllSettings::read(&text).map_err(|error| SETTINGS.malformed(format!("a file with settings ({error})")))
}

/// The markets' deadlines and holidays; the built-in ones unless the seller gives others.
///
/// # Errors
/// When they can't be read; the error names the entry and the field.
pub fn dispatch_rules(lookup: Lookup<'_>) -> Result<DispatchRules, ConfigError> {
    let Some(text) = DISPATCH_RULES.json(lookup)? else { return Ok(DispatchRules::built_in()?) };
    serde_json::from_str(&text)
        .map_err(|error| DISPATCH_RULES.malformed(format!("a file with dispatch rules ({error})")))
}
