//! The secrets whose names the environment gives.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use backend_aws::{Credentials, Sdk, Version, read_credentials};
use domain::Private;
use futures_util::future::try_join_all;
use workflow::error_chain;

use crate::setup::StartError;

/// The variables that name a secret, and what its fields' names begin with. Other fields are not taken: a secret must
/// not be able to change what it was not made for. The rules are no secret, but may be too long for a variable.
const SECRETS: [(&str, &[&str]); 3] = [
    ("PUNCTUAL_TIKTOK_SECRET", &["TIKTOK_"]),
    ("PUNCTUAL_EASYPOST_SECRET", &["EASYPOST_"]),
    ("PUNCTUAL_SETTINGS_SECRET", &["PUNCTUAL_SETTINGS", "PUNCTUAL_DISPATCH_RULES", "PUNCTUAL_RATE_RULES"]),
];

/// The fields of all secrets, and their versions.
#[derive(Clone, Debug, Default)]
pub(crate) struct Secrets {
    fields: BTreeMap<String, Private<String>>,
    versions: Vec<String>,
    /// Somebody refused what was made of them. Clones share it.
    refused: Arc<AtomicBool>,
}

/// The variable that names the secret in which `field` stands, if there is one.
pub(crate) fn secret_with(field: &str) -> Option<&'static str> {
    let is_named = |variable: &str| config::environment(variable).is_some();
    let holds = |prefixes: &[&str]| prefixes.iter().any(|prefix| field.starts_with(prefix));
    SECRETS.iter().find(|(variable, prefixes)| holds(prefixes) && is_named(variable)).map(|(name, _)| *name)
}

impl Secrets {
    /// Reads those that are named: the version that was stored last, and the one before of those in `previous`.
    pub(crate) async fn read(sdk: &Sdk, previous: &[&'static str]) -> Result<Self, StartError> {
        let named = SECRETS.iter().filter_map(|(variable, prefixes)| {
            config::environment(variable).map(|id| (*variable, *prefixes, id))
        });
        let client = sdk.secrets_manager();
        let reads = named.map(|(variable, prefixes, id)| {
            let client = client.clone();
            let version = if previous.contains(&variable) { Version::Previous } else { Version::Current };
            async move {
                let read = read_credentials(&client, &id, version).await;
                read.map(|read| (prefixes, read)).map_err(|why| StartError::Secret { variable, why })
            }
        });
        let mut secrets = Self::default();
        for (prefixes, read) in try_join_all(reads).await? {
            secrets.take(prefixes, read);
        }
        Ok(secrets)
    }

    /// Reads the version before the present one of those that are named. A secret that was never rotated has none, and one
    /// that cannot be read only shortens the time in which both versions are good.
    pub(crate) async fn read_former(sdk: &Sdk) -> Self {
        let client = sdk.secrets_manager();
        let mut former = Self::default();
        for (variable, prefixes) in SECRETS {
            let Some(id) = config::environment(variable) else { continue };
            match read_credentials(&client, &id, Version::Previous).await {
                Ok(read) => former.take(prefixes, read),
                Err(error) => {
                    tracing::debug!(variable, error = error_chain(&error), "no former version of a secret");
                }
            }
        }
        former
    }

    /// Takes the fields of a secret that it was made for.
    fn take(&mut self, prefixes: &[&str], read: Credentials) {
        self.versions.push(read.version);
        let is_meant = |name: &str| prefixes.iter().any(|prefix| name.starts_with(prefix));
        self.fields.extend(read.fields.into_iter().filter(|(name, _)| is_meant(name)));
    }

    /// These fields.
    #[cfg(test)]
    pub(crate) fn of(fields: &[(&str, &str)]) -> Self {
        let field = |(name, value): &(&str, &str)| ((*name).to_owned(), Private::from(*value));
        Self { fields: fields.iter().map(field).collect(), ..Self::default() }
    }

    /// The field of this name, if it is not empty.
    pub(crate) fn get(&self, name: &str) -> Option<String> {
        self.fields.get(name).map(|value| value.expose().clone()).filter(|value| !value.trim().is_empty())
    }

    /// Notes that a service refuses what was made of them: they may have been rotated.
    pub(crate) fn note_refused(&self) {
        self.refused.store(true, Ordering::Relaxed);
    }

    /// True when that was noted, and not said before.
    pub(crate) fn take_refused(&self) -> bool {
        self.refused.swap(false, Ordering::Relaxed)
    }

    /// True when nothing can be rotated.
    pub(crate) fn is_empty(&self) -> bool {
        self.versions.is_empty()
    }

    /// True when both are of the same versions.
    pub(crate) fn is_same(&self, other: &Self) -> bool {
        self.versions == other.versions
    }
}

#[cfg(test)]
mod tests {
    use backend_aws::Credentials;
    use domain::Private;

    use super::{SECRETS, Secrets};

    #[test]
    fn a_refusal_is_seen_by_who_holds_the_secrets_and_once() {
        let held = Secrets::default();
        let given = held.clone();
        assert!(!held.take_refused());
        given.note_refused();
        given.note_refused();
        assert!(held.take_refused() && !held.take_refused());
    }

    #[test]
    fn the_secret_of_the_settings_brings_rules_and_nothing_that_is_not_its_own() {
        const OURS: [&str; 3] = ["PUNCTUAL_SETTINGS", "PUNCTUAL_DISPATCH_RULES", "PUNCTUAL_RATE_RULES"];
        let fields = [OURS[0], OURS[1], OURS[2], "TIKTOK_APP_KEY", "PUNCTUAL_LOG"];
        let fields = fields.map(|name| (name.to_owned(), Private::from("{}"))).into();
        let (_, prefixes) =
            SECRETS.into_iter().find(|(name, _)| *name == "PUNCTUAL_SETTINGS_SECRET").unwrap();
        let mut secrets = Secrets::default();
        secrets.take(prefixes, Credentials { fields, version: "1".to_owned() });
        let rules = config::dispatch_rules(&|name| secrets.get(name));
        assert!(rules.is_err(), "the rules of the secret are read: {rules:?}");
        let rates = config::rate_rules(&|name| secrets.get(name));
        assert!(rates.is_err(), "the rules of the secret are read: {rates:?}");
        assert!(secrets.get("PUNCTUAL_SETTINGS").is_some());
        assert_eq!(secrets.get("TIKTOK_APP_KEY").or(secrets.get("PUNCTUAL_LOG")), None);
    }
}
