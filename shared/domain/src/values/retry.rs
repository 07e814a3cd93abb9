//! Whether and when to try again.

use std::time::Duration;

use serde::{Deserialize, Serialize};

/// What an error says about another attempt.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Retry {
    /// It did not happen; the same request may be sent again after this time.
    After(Duration),
    /// Nothing happened and nothing failed: the service accepts no more calls for now. The same request may be sent again
    /// after this time.
    Paused(Duration),
    /// Another attempt would fail in the same way.
    Never,
    /// It may have happened: read the state back before doing anything else.
    Reconcile,
}

// TikTok prescribes `1 s * 2^n`, at most 60 s, with 0 to 500 ms of jitter.
const BACKOFF_FIRST: Duration = Duration::from_secs(1);
const BACKOFF_MAX: Duration = Duration::from_secs(60);
const JITTER_MAX_MS: u64 = 500;

/// The pause before attempt `attempt` (the first repetition is 1). `random` is any number; it spreads the callers out.
pub fn backoff(attempt: u32, random: u64) -> Duration {
    let doubled =
        BACKOFF_FIRST.saturating_mul(1_u32.checked_shl(attempt.saturating_sub(1)).unwrap_or(u32::MAX));
    doubled.min(BACKOFF_MAX) + Duration::from_millis(random % (JITTER_MAX_MS + 1))
}

#[cfg(test)]
mod tests {
    use super::backoff;

    #[test]
    fn doubles_up_to_a_minute() {
        let seconds: Vec<u64> = [1, 2, 3, 6, 7, 8, 40].map(|n| backoff(n, 0).as_secs()).into();
        assert_eq!(seconds, [1, 2, 4, 32, 60, 60, 60]);
        assert_eq!(backoff(1, 501).as_millis(), 1000);
        assert_eq!(backoff(1, 500).as_millis(), 1500);
    }
}
