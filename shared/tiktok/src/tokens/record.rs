//! A seller's tokens as they are stored.

use domain::{Private, Timestamp};
use jiff::SignedDuration;
use serde::{Deserialize, Serialize};
use system::{BackendError, Secret};

use super::TokenSet;

/// How long before its expiry an access token is refreshed: an outage of TikTok's authorization host, or of ours, may last a
/// day before a call fails. Access tokens live seven days.
const REFRESH_AHEAD: SignedDuration = SignedDuration::from_hours(24);

/// How long a refresh keeps others away: three times what its call to TikTok may take, so that a slow store does not let a
/// second one start.
const LEASE: SignedDuration = SignedDuration::from_secs(30);

/// What one write replaces as a whole: both tokens, and whether somebody is refreshing them.
#[derive(Clone, Serialize, Deserialize)]
pub struct TokenRecord {
    #[serde(flatten)]
    pub tokens: TokenSet,
    pub obtained_at: Timestamp,
    /// The lease of the process that is refreshing. It has failed if nothing changed by then.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub refreshing_until: Option<Timestamp>,
}

/// A record with the version that its next commit must name.
#[derive(Clone)]
pub struct StoredTokens {
    pub record: TokenRecord,
    pub version: u64,
}

impl TokenRecord {
    pub fn new(tokens: TokenSet, now: Timestamp) -> Self {
        Self { tokens, obtained_at: now, refreshing_until: None }
    }

    /// When the access token should be refreshed: a day before it expires, but never in the first half of its life, so that
    /// short-lived tokens are not refreshed all the time.
    pub fn refresh_at(&self) -> Timestamp {
        let end = self.tokens.access_expires_at;
        let half = end.duration_since(self.obtained_at).max(SignedDuration::ZERO) / 2;
        end.checked_sub(half.min(REFRESH_AHEAD)).unwrap_or(end)
    }

    pub fn is_expired(&self, now: Timestamp) -> bool {
        now >= self.tokens.access_expires_at
    }

    /// Whether somebody is refreshing. A lease that ends later than any lease can was taken before the clock was set back, and
    /// counts as lapsed. The clocks of two machines differ by less than a lease.
    pub fn is_leased(&self, now: Timestamp) -> bool {
        self.refreshing_until.is_some_and(|until| now < until && until.duration_since(now) <= LEASE * 2)
    }

    pub fn leased(&self, now: Timestamp) -> Self {
        Self { refreshing_until: now.checked_add(LEASE).ok(), ..self.clone() }
    }

    pub fn released(&self) -> Self {
        Self { refreshing_until: None, ..self.clone() }
    }

    pub fn to_secret(&self) -> Result<Private<String>, BackendError> {
        serde_json::to_string(self).map(Private::new).map_err(corrupt)
    }
}

impl StoredTokens {
    /// `None` when the tokens were deleted.
    pub fn read(secret: &Secret) -> Result<Option<Self>, BackendError> {
        let record: Option<TokenRecord> = serde_json::from_str(secret.value.expose()).map_err(corrupt)?;
        Ok(record.map(|record| Self { record, version: secret.version }))
    }

    /// Whether somebody refreshed the tokens since `old` was read. A lease alone is no refresh.
    pub fn is_newer_than(&self, old: &Self) -> bool {
        let (new, old) = (&self.record, &old.record);
        new.tokens.access != old.tokens.access || new.obtained_at != old.obtained_at
    }

    pub fn access(&self) -> Private<String> {
        self.record.tokens.access.clone()
    }
}

/// What is stored in place of deleted tokens.
pub fn deleted() -> Private<String> {
    Private::from("null")
}

/// The name of an account's record in the store.
pub fn name(account: &str) -> String {
    format!("tiktok/tokens/{account}")
}

/// Keeps only the position at which parsing failed: serde's message may quote the record.
fn corrupt(error: serde_json::Error) -> BackendError {
    let place = format!("line {}, column {}", error.line(), error.column());
    BackendError::Corrupt { what: "a seller's tokens".to_owned(), source: place.into() }
}

#[cfg(test)]
mod tests {
    use domain::{Private, Timestamp};
    use jiff::SignedDuration;

    use super::{TokenRecord, TokenSet};

    const NOW: Timestamp = Timestamp::UNIX_EPOCH;

    #[track_caller]
    fn check(life: SignedDuration, expect: SignedDuration) {
        let tokens = TokenSet {
            access: Private::from("a"),
            refresh: Private::from("r"),
            access_expires_at: NOW + life,
            refresh_expires_at: NOW + life,
            open_id: "o".into(),
            seller_name: String::new(),
            region: "US".into(),
            granted_scopes: Vec::new(),
        };
        assert_eq!(TokenRecord::new(tokens, NOW).refresh_at(), NOW + expect, "life {life}");
    }

    #[test]
    fn refreshes_a_day_ahead_but_not_before_half_of_the_life() {
        check(SignedDuration::from_hours(168), SignedDuration::from_hours(144));
        check(SignedDuration::from_hours(24), SignedDuration::from_hours(12));
        check(SignedDuration::from_secs(60), SignedDuration::from_secs(30));
        check(SignedDuration::from_secs(-60), SignedDuration::from_secs(-60));
    }

    #[test]
    fn is_stored_as_one_flat_object_without_a_lease() {
        let json = r#"{"access":"a","refresh":"r","access_expires_at":"1970-01-08T00:00:00Z",
            "refresh_expires_at":"1971-01-01T00:00:00Z","open_id":"o","seller_name":"s","region":"US",
            "granted_scopes":[],"obtained_at":"1970-01-01T00:00:00Z"}"#;
        let record: TokenRecord = serde_json::from_str(json).unwrap();
        assert!(!record.is_leased(NOW));
        let leased = record.leased(NOW);
        assert!(!leased.is_leased(NOW - SignedDuration::from_hours(1)), "the clock was set back");
        assert!(leased.is_leased(NOW) && !leased.is_leased(NOW + SignedDuration::from_secs(30)));
        assert!(!leased.released().is_leased(NOW));
    }
}
