//! The secrets that the environment names.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use backend_aws::{Credentials, Sdk, Version, read_credentials};
use config::Variable;
use domain::{Private, Timestamp};
use futures_util::future::try_join_all;
use jiff::SignedDuration;
use manifest::{Function, variables};
use system::{Clock as _, SystemClock};
use workflow::error_chain;

use crate::setup::StartError;

/// How long what was signed with the version before is accepted after a new one was stored: TikTok repeats webhooks that were
/// signed with it for less than a day.
const ROTATION_TAKES: SignedDuration = SignedDuration::from_hours(24);

/// The fields of a function's secrets, and the secrets' versions.
#[derive(Clone, Debug, Default)]
pub(crate) struct Secrets {
    fields: BTreeMap<String, Private<String>>,
    versions: Vec<String>,
    /// The variables of the secrets whose current version is so new that the one before is still accepted.
    rotating: Vec<&'static str>,
    /// A service has refused these credentials. Clones share the mark.
    refused: Arc<AtomicBool>,
}

/// The variable that names the secret in which the variable `name` stands, if it stands in one.
pub(crate) fn secret_with(name: &str) -> Option<&'static str> {
    let variable = variables().find(|variable| variable.name == name)?;
    let secret: &'static Variable = variable.secret?;
    config::environment(&secret.name).map(|_| &*secret.name)
}

impl Secrets {
    /// Reads the function's secrets: the current version of each, or the one before for those in `previous`.
    pub(crate) async fn read(
        sdk: &Sdk,
        function: &Function,
        previous: &[&'static str],
    ) -> Result<Self, StartError> {
        let client = sdk.secrets_manager();
        let named = function.secrets().into_iter();
        let named = named.filter_map(|secret| config::environment(&secret.name).map(|id| (secret, id)));
        let reads = named.map(|(secret, id)| {
            let client = client.clone();
            let variable: &'static str = &secret.name;
            let version = if previous.contains(&variable) { Version::Previous } else { Version::Current };
            async move {
                let read = read_credentials(&client, &id, version).await;
                read.map(|read| (secret, read)).map_err(|source| StartError::Secret { variable, source })
            }
        });
        let (mut secrets, now) = (Self::default(), SystemClock.now());
        for (secret, read) in try_join_all(reads).await? {
            secrets.add(secret, read, now);
        }
        Ok(secrets)
    }

    /// Reads the version before the current one of those of the function's secrets that are being rotated. A new secret has none,
    /// and one that can't be read only shortens the time in which both versions are good.
    pub(crate) async fn read_former(&self, sdk: &Sdk, function: &Function) -> Self {
        let client = sdk.secrets_manager();
        let (mut former, now) = (Self::default(), SystemClock.now());
        for secret in function.secrets() {
            if !self.rotating.contains(&&*secret.name) {
                continue;
            }
            let Some(id) = config::environment(&secret.name) else { continue };
            match read_credentials(&client, &id, Version::Previous).await {
                Ok(read) => former.add(secret, read, now),
                Err(error) => {
                    tracing::debug!(
                        variable = &*secret.name,
                        error = error_chain(&error),
                        "secret has no previous version that can be read"
                    );
                }
            }
        }
        former
    }

    /// Takes the fields that the list of variables keeps in this secret, and no others: a secret must not be able to change
    /// what it was not made for.
    fn add(&mut self, secret: &'static Variable, read: Credentials, now: Timestamp) {
        self.versions.push(read.version);
        if read.stored_at.is_none_or(|at| now.duration_since(at) < ROTATION_TAKES) {
            self.rotating.push(&secret.name);
        }
        let belongs =
            |name: &str| variables().any(|variable| variable.name == name && variable.secret == Some(secret));
        self.fields.extend(read.fields.into_iter().filter(|(name, _)| belongs(name)));
    }

    #[cfg(test)]
    pub(crate) fn of(fields: &[(&str, &str)]) -> Self {
        let field = |(name, value): &(&str, &str)| ((*name).to_owned(), Private::from(*value));
        Self { fields: fields.iter().map(field).collect(), ..Self::default() }
    }

    /// The value of a field; an empty one counts as not set.
    pub(crate) fn get(&self, name: &str) -> Option<String> {
        self.fields.get(name).map(|value| value.expose().clone()).filter(|value| !value.trim().is_empty())
    }

    /// Records that a service refuses these credentials: they may have been rotated.
    pub(crate) fn mark_refused(&self) {
        self.refused.store(true, Ordering::Relaxed);
    }

    /// True when [`Secrets::mark_refused`] was called since the last call of this.
    pub(crate) fn take_refused(&self) -> bool {
        self.refused.swap(false, Ordering::Relaxed)
    }

    /// Whether there is nothing that could be rotated.
    pub(crate) fn is_empty(&self) -> bool {
        self.versions.is_empty()
    }

    pub(crate) fn has_same_versions(&self, other: &Self) -> bool {
        self.versions == other.versions
    }

    /// Whether a function built with the one would accept the same as one built with the other.
    pub(crate) fn accept_the_same(&self, other: &Self) -> bool {
        self.has_same_versions(other) && self.rotating == other.rotating
    }
}

#[cfg(test)]
mod tests {
    use backend_aws::Credentials;
    use domain::{Private, Timestamp};
    use jiff::SignedDuration;

    use super::{ROTATION_TAKES, Secrets};

    fn read(stored_at: Timestamp) -> Credentials {
        Credentials { fields: [].into(), version: "1".to_owned(), stored_at: Some(stored_at) }
    }

    #[test]
    fn the_version_before_is_good_for_a_day_after_a_rotation() {
        let at = |age: SignedDuration| {
            let mut secrets = Secrets::default();
            let now = Timestamp::UNIX_EPOCH + age;
            secrets.add(&config::TIKTOK_SECRET, read(Timestamp::UNIX_EPOCH), now);
            secrets
        };
        let (fresh, old) = (at(ROTATION_TAKES - SignedDuration::from_secs(1)), at(ROTATION_TAKES));
        assert_eq!(fresh.rotating, [&*config::TIKTOK_SECRET.name]);
        assert_eq!(old.rotating, [""; 0]);
        assert!(fresh.has_same_versions(&old) && !fresh.accept_the_same(&old), "it is built again then");
    }

    #[test]
    fn a_refusal_is_seen_through_every_clone_and_once() {
        let held = Secrets::default();
        let given = held.clone();
        assert!(!held.take_refused());
        given.mark_refused();
        given.mark_refused();
        assert!(held.take_refused() && !held.take_refused());
    }

    #[test]
    fn the_secret_of_the_settings_brings_rules_and_nothing_else() {
        const OURS: [&str; 3] = ["PUNCTUAL_SETTINGS", "PUNCTUAL_DISPATCH_RULES", "PUNCTUAL_RATE_RULES"];
        let fields = [OURS[0], OURS[1], OURS[2], "TIKTOK_APP_KEY", "PUNCTUAL_LOG"];
        let fields = fields.map(|name| (name.to_owned(), Private::from("{}"))).into();
        let mut secrets = Secrets::default();
        secrets.add(&config::SETTINGS_SECRET, Credentials { fields, ..read(Timestamp::MIN) }, Timestamp::MIN);
        let rules = config::dispatch_rules(&|name| secrets.get(name));
        assert!(rules.is_err(), "the rules of the secret are read: {rules:?}");
        let rates = config::rate_rules(&|name| secrets.get(name));
        assert!(rates.is_err(), "the rules of the secret are read: {rates:?}");
        assert!(secrets.get("PUNCTUAL_SETTINGS").is_some());
        assert_eq!(secrets.get("TIKTOK_APP_KEY").or(secrets.get("PUNCTUAL_LOG")), None);
    }
}
