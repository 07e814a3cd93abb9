//! Refused requests are counted, and logged once a minute: whoever floods us must not fill the disk.

use std::collections::BTreeMap;
use std::sync::{Mutex, PoisonError};
use std::time::{Duration, Instant};

use system::SignatureError;

const LOGGED_EVERY: Duration = Duration::from_secs(60);

/// Counts refused requests by reason.
#[derive(Debug, Default)]
pub struct Refusals(Mutex<BTreeMap<&'static str, RefusalCount>>);

#[derive(Debug, Default)]
struct RefusalCount {
    /// Since the last log line.
    count: u64,
    logged_at: Option<Instant>,
}

impl Refusals {
    /// Counts one. The first is logged at once, and those that follow in one line when a minute is over.
    pub fn note(&self, why: &'static str) {
        if let Some(count) = self.count(why, Instant::now()) {
            tracing::warn!(count, "{why}");
        }
    }

    /// Counts one whose signature is not valid.
    pub(crate) fn note_signature(&self, error: SignatureError) {
        self.note(match error {
            SignatureError::Missing => "webhook has no signature",
            SignatureError::Malformed => "webhook has a malformed signature",
            SignatureError::Mismatch => "webhook has no valid signature",
        });
    }

    /// Counts one. Returns how many there were since the last log line, when one is due.
    fn count(&self, why: &'static str, now: Instant) -> Option<u64> {
        let mut counts = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let RefusalCount { count, logged_at } = counts.entry(why).or_default();
        *count += 1;
        if logged_at.is_some_and(|at| now.duration_since(at) < LOGGED_EVERY) {
            return None;
        }
        *logged_at = Some(now);
        Some(std::mem::take(count))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_flood_is_logged_once_a_minute() {
        let (refusals, began) = (Refusals::default(), Instant::now());
        let at = |seconds: u64| began + Duration::from_secs(seconds);
        assert_eq!(refusals.count("forged", at(0)), Some(1));
        for second in 0..60 {
            assert_eq!(refusals.count("forged", at(second)), None);
        }
        assert_eq!(refusals.count("too large", at(30)), Some(1), "another reason");
        assert_eq!(refusals.count("forged", at(60)), Some(61));
        assert_eq!(refusals.count("forged", at(61)), None);
    }
}
