//! The call rate of one account.
//!
//! The answers of each second decide. While few calls are refused the rate grows, in larger steps the longer that lasts.
//! When more are refused, it falls to what was accepted. So a limit is found within seconds wherever it lies, and refusals
//! that come at random cost little more than the calls that they hit. A service that asks for a pause gets it, and one that
//! refuses everything is called less and less often.
//!
//! It is a token bucket, kept as the time of the next free turn. Times are those of a clock that never goes back
//! ([`system::Clock::monotonic`]).

use std::time::Duration;

use domain::retry::backoff;

/// The time over which answers are counted before the rate adapts.
const WINDOW: Duration = Duration::from_secs(1);
/// The share of refused calls up to which the rate still grows.
const REFUSED_SHARE_MAX: f64 = 0.1;
/// The growth in the first window after the rate fell. The part above 1 doubles with each window.
const GROWTH_FIRST: f64 = 1.05;
/// The largest growth in a window.
const GROWTH_MAX: f64 = 1.5;
/// The smallest factor by which the rate falls in a window.
const FALL_FACTOR_MIN: f64 = 0.25;
/// The slowest rate, in calls a second.
const RATE_MIN: f64 = 0.5;
/// Turns that may be saved up, as time: services count bursts shorter than a second, even at one call a second on average.
const BURST: Duration = Duration::from_millis(100);
/// The longest pause that is granted. A longer `Retry-After` is taken for a mistake.
const PAUSE_MAX: Duration = Duration::from_secs(3600);

/// What is known of a service before it is called.
#[derive(Clone, Copy, Debug)]
pub struct RateLimits {
    /// The initial rate in calls a second: above what most accounts need, so that only the service's answers slow them.
    pub first: f64,
    /// The highest rate in calls a second: an arithmetic error must not flood the service.
    pub most: f64,
    /// The longest that a caller waits for its turn. Beyond it, waiting in the queue is cheaper.
    pub wait_max: Duration,
}

/// The call rate of one account.
#[derive(Debug)]
pub struct Throttle {
    limits: RateLimits,
    rate: f64,
    growth: f64,
    next: Duration,
    window: AnswerCounts,
    /// The consecutive windows in which nothing was accepted.
    fully_refused: u32,
}

/// The answers of a window.
#[derive(Debug)]
struct AnswerCounts {
    began: Duration,
    accepted: u32,
    refused: u32,
}

impl AnswerCounts {
    fn new(began: Duration) -> Self {
        Self { began, accepted: 0, refused: 0 }
    }

    fn is_over(&self, now: Duration) -> bool {
        now.saturating_sub(self.began) >= WINDOW
    }
}

impl Throttle {
    /// An account for which no call has been made yet.
    pub fn new(limits: RateLimits, now: Duration) -> Self {
        let (rate, window) = (limits.first, AnswerCounts::new(now));
        Self { limits, rate, growth: GROWTH_MAX, next: now, window, fully_refused: 0 }
    }

    /// Takes the next turn. Returns the time until it comes.
    ///
    /// # Errors
    /// When that is longer than [`RateLimits::wait_max`], no turn is taken. The error is the time after which to try again:
    /// then half of those who wait now have had their turn.
    pub fn take(&mut self, now: Duration) -> Result<Duration, Duration> {
        let turn = self.next.max(now.saturating_sub(BURST));
        let wait = turn.saturating_sub(now);
        if wait > self.limits.wait_max {
            return Err(wait - self.limits.wait_max / 2);
        }
        self.next = turn + Duration::from_secs_f64(1.0 / self.rate);
        Ok(wait)
    }

    /// A call was accepted.
    pub fn succeeded(&mut self, now: Duration) {
        self.window.accepted += 1;
        if self.window.is_over(now) {
            self.adapt(now);
        }
    }

    /// A call was refused because there were too many, and the service asked for a pause, or named none. `random` spreads
    /// the processes. Returns the time until the next turn.
    pub fn refused(&mut self, now: Duration, requested: Option<Duration>, random: u64) -> Duration {
        self.window.refused += 1;
        if self.window.is_over(now) {
            self.adapt(now);
            // The rate is not the reason: nothing is accepted at present.
            if self.fully_refused > 1 {
                self.pause(now, backoff(self.fully_refused - 1, random));
            }
        }
        self.pause(now, requested.unwrap_or_default());
        self.next.saturating_sub(now)
    }

    fn pause(&mut self, now: Duration, pause: Duration) {
        self.next = self.next.max(now + pause.min(PAUSE_MAX));
    }

    /// Adapts the rate to the answers of a window that is over.
    fn adapt(&mut self, now: Duration) {
        let AnswerCounts { accepted, refused, .. } = self.window;
        let share = f64::from(refused) / f64::from(accepted + refused);
        if share > REFUSED_SHARE_MAX {
            self.rate = (self.rate * (1.0 - share).max(FALL_FACTOR_MIN)).max(RATE_MIN);
            self.growth = GROWTH_FIRST;
        } else {
            self.rate = (self.rate * self.growth).min(self.limits.most);
            self.growth = (2.0 * self.growth - 1.0).min(GROWTH_MAX);
        }
        self.fully_refused = if accepted == 0 { self.fully_refused.saturating_add(1) } else { 0 };
        self.window = AnswerCounts::new(now);
    }

    /// The present rate in calls a second.
    pub fn rate(&self) -> f64 {
        self.rate
    }
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::{RateLimits, Throttle};

    const START: Duration = Duration::from_secs(1_000);
    const LIMITS: RateLimits = RateLimits { first: 50.0, most: 200.0, wait_max: Duration::from_secs(2) };

    fn throttle() -> Throttle {
        Throttle::new(LIMITS, START)
    }

    #[test]
    fn spreads_callers_and_turns_away_those_who_would_wait_too_long() {
        let mut throttle = throttle();
        let waits: Vec<_> = (0..200).map(|_| throttle.take(START)).collect();
        assert_eq!(waits[0], Ok(Duration::ZERO));
        assert_eq!(waits[50], Ok(Duration::from_secs(1)));
        assert_eq!(waits.iter().filter(|wait| wait.is_ok()).count(), 101, "two seconds at 50 a second");
        let again = waits[150].unwrap_err();
        assert!((Duration::from_millis(1_000)..Duration::from_millis(1_100)).contains(&again), "{again:?}");
    }

    #[test]
    fn saves_up_no_more_than_a_short_burst() {
        let mut throttle = throttle();
        let later = START + Duration::from_secs(60);
        let at_once = (0..200).map_while(|_| throttle.take(later).ok()).filter(Duration::is_zero).count();
        assert_eq!(at_once, 6, "100 ms at 50 a second, and the present turn");
    }

    #[test]
    fn one_refusal_slows_and_stops_nobody() {
        let mut throttle = throttle();
        throttle.take(START).unwrap();
        let wait = throttle.refused(START, None, 0);
        assert!(wait < Duration::from_millis(25), "{wait:?}");
    }

    #[test]
    fn a_pause_that_is_asked_for_is_granted() {
        let mut throttle = throttle();
        let asked = Duration::from_secs(30);
        assert_eq!(throttle.refused(START, Some(asked), 0), asked);
        assert_eq!(throttle.take(START), Err(Duration::from_secs(29)));
        assert_eq!(throttle.take(START + Duration::from_secs(29)), Ok(Duration::from_secs(1)));
        let absurd = throttle.refused(START, Some(Duration::from_secs(1_000_000)), 0);
        assert_eq!(absurd, Duration::from_secs(3600));
    }

    #[test]
    fn a_service_that_refuses_everything_is_called_less_and_less_often() {
        let mut throttle = throttle();
        let (mut now, mut pauses) = (START, Vec::new());
        while now < START + Duration::from_secs(300) {
            now += throttle.take(now).unwrap_or_else(|wait| wait);
            let pause = throttle.refused(now, None, 0);
            pauses.extend(Some(pause.as_secs()).filter(|pause| *pause > 0));
            now += pause;
        }
        assert_eq!(pauses[..7], [1, 2, 4, 8, 16, 32, 60]);
        throttle.succeeded(now);
        assert!(throttle.refused(now, None, 0) < Duration::from_secs(3), "starts over");
    }

    /// Makes calls as fast as the throttle lets them. Returns how many a second were accepted in the second half.
    fn run(throttle: &mut Throttle, seconds: u64, mut is_refused: impl FnMut(u64) -> bool) -> f64 {
        let mut now = throttle.next.max(throttle.window.began);
        let (measured_from, end) =
            (now + Duration::from_secs(seconds) / 2, now + Duration::from_secs(seconds));
        let mut accepted = 0_u32;
        while now < end {
            now += throttle.take(now).unwrap_or_else(|wait| wait);
            let ms = u64::try_from(now.as_millis()).unwrap_or(u64::MAX);
            if is_refused(ms) {
                throttle.refused(now, None, 0);
            } else {
                throttle.succeeded(now);
                accepted += u32::from(now >= measured_from);
            }
        }
        f64::from(accepted) / (end - measured_from).as_secs_f64()
    }

    /// A service that accepts this many calls in each of its seconds.
    fn limit(a_second: u32) -> impl FnMut(u64) -> bool {
        let (mut second, mut taken) = (0, 0);
        move |ms| {
            if ms / 1000 != second {
                (second, taken) = (ms / 1000, 0);
            }
            taken += 1;
            taken > a_second
        }
    }

    #[test]
    fn a_limit_is_found_wherever_it_lies_and_nearly_used_up() {
        for calls in [1, 3, 10, 50, 150] {
            let rate = run(&mut throttle(), 60, limit(calls));
            let share = rate / f64::from(calls);
            assert!((0.85..=1.05).contains(&share), "{calls} a second: {rate}");
        }
    }

    /// Who begins far too fast is refused for a few seconds, and not for more.
    #[test]
    fn a_first_rate_that_is_far_too_high_costs_few_refusals() {
        for calls in [5, 10, 20, 50] {
            let mut throttle = Throttle::new(RateLimits { first: 200.0, most: 400.0, ..LIMITS }, START);
            let mut accepts = limit(calls);
            let mut refused = 0;
            run(&mut throttle, 3, |ms| {
                let is_refused = accepts(ms);
                refused += u32::from(is_refused);
                is_refused
            });
            assert!(throttle.rate() <= 1.3 * f64::from(calls), "{calls} a second: {}", throttle.rate());
            assert!(refused <= 300, "{calls} a second: {refused} refusals");
        }
    }

    #[test]
    fn a_limit_that_rises_is_found_within_seconds() {
        let mut throttle = throttle();
        run(&mut throttle, 30, limit(10));
        let rate = run(&mut throttle, 20, limit(100));
        assert!(rate > 85.0, "{rate}");
    }

    #[test]
    fn refusals_at_random_cost_little_more_than_the_calls_that_they_hit() {
        for seed in 0..10 {
            let mut random = fastrand::Rng::with_seed(seed);
            let rate = run(&mut throttle(), 60, |_| random.f64() < 0.05);
            assert!(rate > 0.8 * 190.0, "seed {seed}: {rate} of 190 a second");
        }
    }
}
