//! What is refused is counted and logged once a minute: whoever floods us must not fill the disk.

use std::collections::BTreeMap;
use std::sync::{Mutex, PoisonError};
use std::time::{Duration, Instant};

const EVERY: Duration = Duration::from_secs(60);

/// Counts refused requests by why they were.
#[derive(Debug, Default)]
pub struct Refusals(Mutex<BTreeMap<&'static str, Counted>>);

#[derive(Debug, Default)]
struct Counted {
    /// Since the last line.
    count: u64,
    logged_at: Option<Instant>,
}

impl Refusals {
    /// Counts one. The first is logged at once, those that follow it in one line when a minute is over.
    pub fn note(&self, why: &'static str) {
        if let Some(count) = self.count(why, Instant::now()) {
            tracing::warn!(count, "{why}");
        }
    }

    /// Counts one; how many there were since the last line, when one is due.
    fn count(&self, why: &'static str, now: Instant) -> Option<u64> {
        let mut counted = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let Counted { count, logged_at } = counted.entry(why).or_default();
        *count += 1;
        if logged_at.is_some_and(|at| now.duration_since(at) < EVERY) {
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
    fn a_flood_is_a_line_a_minute() {
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
