//! How fast one shop may be asked: a rate that adapts, and a stop after a refusal.
//!
//! TikTok gives no numbers: quotas are dynamic, per app and authorised shop. So the rate grows by one call a second
//! each second of success and halves at each "too many requests" (AIMD). It is a token bucket, kept as the instant of
//! the next free slot.

use std::time::Duration;

use domain::Timestamp;
use domain::retry::backoff;
use jiff::SignedDuration;

/// Calls a second at first: far above what a shop needs, so that only TikTok's own answers slow it.
const RATE_FIRST: f64 = 50.0;
/// The least: a stopped shop is asked once a second, which tells when the quota is back.
const RATE_MIN: f64 = 1.0;
/// The most: nothing here needs more, and an error of arithmetic must not flood TikTok.
const RATE_MAX: f64 = 200.0;
/// Slots that may be saved up, as time: bursts below a second count at TikTok, even at one call a second on average.
const BURST: SignedDuration = SignedDuration::from_millis(100);
/// The longest rest. One that is longer comes from a clock that was set back, and is forgotten.
const REST_MAX: Duration = Duration::from_secs(3600);
/// A caller waits no longer than this; its queue can wait more cheaply.
pub const WAIT_MAX: Duration = Duration::from_secs(2);

/// The pace of one shop.
#[derive(Debug)]
pub struct Throttle {
    rate: f64,
    next: Timestamp,
    stops: Stops,
}

/// The refusals in a row.
#[derive(Debug, Default)]
struct Stops {
    in_a_row: u32,
    /// Counts all refusals that had a consequence, see [`Permit`].
    total: u64,
}

/// The right to make one call. Names the stop that came before it, so that ten calls under way that are all refused
/// count as one refusal.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Permit {
    after_stop: u64,
}

impl Throttle {
    /// A shop that has not been asked yet.
    pub fn new(now: Timestamp) -> Self {
        Self { rate: RATE_FIRST, next: now, stops: Stops::default() }
    }

    /// Takes the next slot: the pause until it comes, or `Err` with the pause when that is longer than [`WAIT_MAX`].
    pub fn take(&mut self, now: Timestamp) -> Result<(Permit, Duration), Duration> {
        if until(now, self.next) > REST_MAX {
            self.next = now;
        }
        let saved_up = now.checked_sub(BURST).unwrap_or(now);
        let slot = self.next.max(saved_up);
        let wait = until(now, slot);
        if wait > WAIT_MAX {
            return Err(wait);
        }
        let interval = SignedDuration::from_secs_f64(1.0 / self.rate);
        self.next = slot.checked_add(interval).unwrap_or(slot);
        Ok((Permit { after_stop: self.stops.total }, wait))
    }

    /// A call was let through.
    pub fn succeeded(&mut self) {
        self.rate = (self.rate + 1.0 / self.rate).min(RATE_MAX);
        self.stops.in_a_row = 0;
    }

    /// A call was refused: the shop rests `1 s * 2^n` and jitter, or as long as TikTok asks for. The rest.
    pub fn refused(&mut self, now: Timestamp, permit: Permit, asked: Duration, random: u64) -> Duration {
        if permit.after_stop == self.stops.total {
            self.stops.total += 1;
            self.stops.in_a_row = self.stops.in_a_row.saturating_add(1);
            self.rate = (self.rate / 2.0).max(RATE_MIN);
            self.rest(now, backoff(self.stops.in_a_row, random));
        }
        self.rest(now, asked);
        until(now, self.next)
    }

    fn rest(&mut self, now: Timestamp, pause: Duration) {
        let end = now.checked_add(pause.min(REST_MAX)).unwrap_or(now);
        self.next = self.next.max(end);
    }
}

fn until(now: Timestamp, then: Timestamp) -> Duration {
    Duration::try_from(then.duration_since(now)).unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use domain::Timestamp;

    use super::{Permit, Throttle};

    const NOW: Timestamp = Timestamp::UNIX_EPOCH;

    fn permit(throttle: &mut Throttle, now: Timestamp) -> Permit {
        throttle.take(now).unwrap().0
    }

    #[test]
    fn paces_and_sends_away_who_would_wait_too_long() {
        let mut throttle = Throttle::new(NOW);
        let waits: Vec<_> = (0..200).map(|_| throttle.take(NOW).map(|(_, wait)| wait)).collect();
        assert_eq!(waits[0], Ok(Duration::ZERO));
        assert_eq!(waits[50], Ok(Duration::from_secs(1)));
        assert_eq!(waits.iter().filter(|wait| wait.is_ok()).count(), 101, "two seconds at 50 a second");
        assert!(waits[150].is_err());
    }

    #[test]
    fn rests_longer_with_every_refusal_in_a_row() {
        let mut throttle = Throttle::new(NOW);
        let mut now = NOW;
        let rests: Vec<u64> = (0..8)
            .map(|_| {
                let permit = permit(&mut throttle, now);
                let rest = throttle.refused(now, permit, Duration::ZERO, 0);
                now += rest;
                rest.as_secs()
            })
            .collect();
        assert_eq!(rests, [1, 2, 4, 8, 16, 32, 60, 60]);
        permit(&mut throttle, now);
        throttle.succeeded();
        now += Duration::from_secs(5);
        let permit = permit(&mut throttle, now);
        assert_eq!(throttle.refused(now, permit, Duration::ZERO, 0), Duration::from_secs(1), "starts again");
    }

    #[test]
    fn calls_under_way_count_as_one_refusal() {
        let mut throttle = Throttle::new(NOW);
        let permits: Vec<_> = (0..5).map(|_| permit(&mut throttle, NOW)).collect();
        for permit in permits {
            assert_eq!(throttle.refused(NOW, permit, Duration::ZERO, 0), Duration::from_secs(1));
        }
        assert_eq!(throttle.rate, 25.0);
    }

    #[test]
    fn does_what_tiktok_asks() {
        let mut throttle = Throttle::new(NOW);
        let permit = permit(&mut throttle, NOW);
        assert_eq!(throttle.refused(NOW, permit, Duration::from_secs(30), 0), Duration::from_secs(30));
        assert_eq!(throttle.take(NOW), Err(Duration::from_secs(30)));
        let later = NOW + Duration::from_secs(29);
        assert_eq!(throttle.take(later).unwrap().1, Duration::from_secs(1));
    }

    #[test]
    fn a_clock_that_is_set_back_stops_nobody() {
        let mut throttle = Throttle::new(NOW);
        let yesterday = NOW - Duration::from_secs(86_400);
        assert_eq!(throttle.take(yesterday).unwrap().1, Duration::ZERO);
    }

    #[test]
    fn grows_by_one_a_second_of_success() {
        let mut throttle = Throttle::new(NOW);
        for _ in 0..50 {
            throttle.succeeded();
        }
        assert!((50.9..51.0).contains(&throttle.rate), "{}", throttle.rate);
        for _ in 0..100_000 {
            throttle.succeeded();
        }
        assert_eq!(throttle.rate, 200.0);
    }
}
