//! The rate of one account.
//!
//! The answers of each second decide. While few calls are refused the rate grows, by larger steps the longer that
//! lasts; when more are, it falls to what was let through. So a limit is found within seconds wherever it lies, and
//! refusals that come at random cost no more than the calls that they hit. A service that asks for a pause gets it, and
//! one that refuses everything is asked ever more rarely.
//!
//! It is a token bucket, kept as the time of the next free turn. Times are those of a clock that never goes back
//! ([`system::Clock::monotonic`]).

use std::time::Duration;

use domain::retry::backoff;

/// The time after which the answers are counted up.
const WINDOW: Duration = Duration::from_secs(1);
/// The share of refused calls up to which the rate grows.
const REFUSED_SHARE: f64 = 0.1;
/// What the rate grows by in the first window after it fell. The part above 1 doubles with each window.
const GROWTH_FIRST: f64 = 1.05;
/// The most that the rate grows by in a window.
const GROWTH_MAX: f64 = 1.5;
/// The most that the rate falls to at once.
const FALL_MAX: f64 = 0.25;
/// The slowest rate, in calls a second.
const RATE_MIN: f64 = 0.5;
/// Turns that may be saved up, as time: services count bursts below a second, even at one call a second on average.
const BURST: Duration = Duration::from_millis(100);
/// The longest pause that is granted; a `Retry-After` beyond it is taken for a mistake.
const PAUSE_MAX: Duration = Duration::from_secs(3600);

/// What is known of a service before it is asked.
#[derive(Clone, Copy, Debug)]
pub struct RateLimits {
    /// Calls a second at first: above what most accounts need, so that only the service's own answers slow them.
    pub first: f64,
    /// Calls a second at most: an error of arithmetic must not flood the service.
    pub most: f64,
    /// How long a caller waits for its turn. Beyond it, its queue can wait more cheaply.
    pub wait_max: Duration,
}

/// The rate of one account.
#[derive(Debug)]
pub struct Throttle {
    limits: RateLimits,
    rate: f64,
    growth: f64,
    next: Duration,
    window: Window,
    /// The windows in a row in which nothing was let through.
    vain: u32,
}

/// The answers since it began.
#[derive(Debug)]
struct Window {
    began: Duration,
    passed: u32,
    refused: u32,
}

impl Window {
    fn new(began: Duration) -> Self {
        Self { began, passed: 0, refused: 0 }
    }

    fn is_over(&self, now: Duration) -> bool {
        now.saturating_sub(self.began) >= WINDOW
    }
}

impl Throttle {
    /// An account that has not been asked yet.
    pub fn new(limits: RateLimits, now: Duration) -> Self {
        let (rate, window) = (limits.first, Window::new(now));
        Self { limits, rate, growth: GROWTH_MAX, next: now, window, vain: 0 }
    }

    /// Takes the next turn: the time until it comes.
    ///
    /// # Errors
    /// When that is longer than [`RateLimits::wait_max`], no turn is taken. The error is the time after which to ask again:
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

    /// A call was let through.
    pub fn succeeded(&mut self, now: Duration) {
        self.window.passed += 1;
        if self.window.is_over(now) {
            self.adapt(now);
        }
    }

    /// A call was refused because there were too many, and the service asked for a pause or named none. `random` spreads
    /// the processes. The time until the next turn.
    pub fn refused(&mut self, now: Duration, asked: Option<Duration>, random: u64) -> Duration {
        self.window.refused += 1;
        if self.window.is_over(now) {
            self.adapt(now);
            // It is not the rate: nothing is let through at present.
            if self.vain > 1 {
                self.pause(now, backoff(self.vain - 1, random));
            }
        }
        self.pause(now, asked.unwrap_or_default());
        self.next.saturating_sub(now)
    }

    fn pause(&mut self, now: Duration, pause: Duration) {
        self.next = self.next.max(now + pause.min(PAUSE_MAX));
    }

    /// Follows the answers of a window that is over.
    fn adapt(&mut self, now: Duration) {
        let Window { passed, refused, .. } = self.window;
        let share = f64::from(refused) / f64::from(passed + refused);
        if share > REFUSED_SHARE {
            self.rate = (self.rate * (1.0 - share).max(FALL_MAX)).max(RATE_MIN);
            self.growth = GROWTH_FIRST;
        } else {
            self.rate = (self.rate * self.growth).min(self.limits.most);
            self.growth = (2.0 * self.growth - 1.0).min(GROWTH_MAX);
        }
        self.vain = if passed == 0 { self.vain.saturating_add(1) } else { 0 };
        self.window = Window::new(now);
    }

    /// Calls a second at present.
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
    fn spreads_callers_and_sends_away_who_would_wait_too_long() {
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
    fn who_refuses_everything_is_asked_ever_more_rarely() {
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
        assert!(throttle.refused(now, None, 0) < Duration::from_secs(3), "begins anew");
    }

    /// Runs calls as fast as the throttle lets them; the share of them that were let through a second, at the end.
    fn run(throttle: &mut Throttle, seconds: u64, mut is_refused: impl FnMut(u64) -> bool) -> f64 {
        let mut now = throttle.next.max(throttle.window.began);
        let (measured_from, end) =
            (now + Duration::from_secs(seconds) / 2, now + Duration::from_secs(seconds));
        let mut passed = 0_u32;
        while now < end {
            now += throttle.take(now).unwrap_or_else(|wait| wait);
            let ms = u64::try_from(now.as_millis()).unwrap_or(u64::MAX);
            if is_refused(ms) {
                throttle.refused(now, None, 0);
            } else {
                throttle.succeeded(now);
                passed += u32::from(now >= measured_from);
            }
        }
        f64::from(passed) / (end - measured_from).as_secs_f64()
    }

    /// A service that takes so many calls in each of its seconds.
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
            let pace = run(&mut throttle(), 60, limit(calls));
            let share = pace / f64::from(calls);
            assert!((0.85..=1.05).contains(&share), "{calls} a second: {pace}");
        }
    }

    #[test]
    fn a_limit_that_rises_is_found_within_seconds() {
        let mut throttle = throttle();
        run(&mut throttle, 30, limit(10));
        let pace = run(&mut throttle, 20, limit(100));
        assert!(pace > 85.0, "{pace}");
    }

    #[test]
    fn refusals_at_random_cost_little_more_than_the_calls_that_they_hit() {
        for seed in 0..10 {
            let mut random = fastrand::Rng::with_seed(seed);
            let pace = run(&mut throttle(), 60, |_| random.f64() < 0.05);
            assert!(pace > 0.8 * 190.0, "seed {seed}: {pace} of 190 a second");
        }
    }
}
