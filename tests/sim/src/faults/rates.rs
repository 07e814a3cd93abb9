//! How often each fault occurs.

use std::ops::RangeInclusive;
use std::time::Duration;

use fastrand::Rng;

use super::{CallKind, CallRecord, Fault};

/// Probabilities from 0 to 1 and the range of latencies. At most one fault befalls a call.
#[derive(Debug, Clone)]
pub struct FaultRates {
    /// Added to every call, in milliseconds.
    pub latency_ms: RangeInclusive<u64>,
    pub too_many_requests: f64,
    pub server_error: f64,
    /// [`Fault::LostRequest`].
    pub lost_request: f64,
    /// [`Fault::LostAnswer`].
    pub lost_answer: f64,
    /// [`Fault::BrokenBody`].
    pub broken_body: f64,
    /// [`Fault::HangWithoutEffect`] or [`Fault::HangAfterEffect`], one as often as the other.
    pub hang: f64,
    /// The kinds that meet faults; `None` means all. Latency is added to all calls in any case.
    pub only: Option<Vec<CallKind>>,
}

impl Default for FaultRates {
    fn default() -> Self {
        Self {
            latency_ms: 0..=0,
            too_many_requests: 0.0,
            server_error: 0.0,
            lost_request: 0.0,
            lost_answer: 0.0,
            broken_body: 0.0,
            hang: 0.0,
            only: None,
        }
    }
}

impl FaultRates {
    /// A bad day: `p` for every fault but hanging, which costs a client its whole timeout and stays rare.
    pub fn each(p: f64) -> Self {
        Self {
            too_many_requests: p,
            server_error: p,
            lost_request: p,
            lost_answer: p,
            broken_body: p,
            hang: p / 10.0,
            ..Self::default()
        }
    }

    pub(crate) fn draw(&self, seed: u64, record: CallRecord) -> (Duration, Option<Fault>) {
        let mut rng = Rng::with_seed(mixed(seed, record));
        let latency = Duration::from_millis(rng.u64(self.latency_ms.clone()));
        if self.only.as_ref().is_some_and(|only| !only.contains(&record.kind)) {
            return (latency, None);
        }
        let server_error = Fault::Status(if rng.bool() { 500 } else { 503 });
        let hang = if rng.bool() { Fault::HangAfterEffect } else { Fault::HangWithoutEffect };
        let table = [
            (self.too_many_requests, Fault::TooManyRequests),
            (self.server_error, server_error),
            (self.lost_request, Fault::LostRequest),
            (self.lost_answer, Fault::LostAnswer),
            (self.broken_body, Fault::BrokenBody),
            (self.hang, hang),
        ];
        let mut ticket = rng.f64();
        for (p, fault) in table {
            if ticket < p {
                return (latency, Some(fault));
            }
            ticket -= p;
        }
        (latency, None)
    }
}

/// One seed for one call: neighbours must not look alike.
fn mixed(seed: u64, record: CallRecord) -> u64 {
    let mut x = seed ^ (record.kind as u64).wrapping_mul(0x9E37_79B9_7F4A_7C15) ^ record.nth.rotate_left(32);
    for _ in 0..2 {
        x = (x ^ (x >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
        x ^= x >> 27;
    }
    x
}
