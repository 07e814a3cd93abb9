//! What was sent and what came back.

use jiff::Timestamp;

/// One sending of one event.
#[derive(Debug, Clone)]
pub struct Attempt {
    /// The provider's id of the event.
    pub event_id: String,
    /// What it is about: `1`, `11`, `tracker.updated`, `raw`.
    pub topic: String,
    /// 1 for the first sending, 2 for the first retry.
    pub number: u32,
    /// When the answer came, or its absence was noticed.
    pub at: Timestamp,
    pub result: AttemptResult,
}

/// What came back.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum AttemptResult {
    /// An answer that the provider takes as final.
    Accepted(u16),
    /// An answer that it does not accept.
    Refused(u16),
    /// A right status, but with a body.
    BodyNotEmpty(u16),
    /// No answer in time.
    TimedOut,
    /// No connection, or a broken one.
    Unreachable,
}

/// All attempts of a simulator.
#[derive(Debug, Clone, Default)]
pub struct DeliveryLog {
    /// The attempts, in the order of their results.
    pub attempts: Vec<Attempt>,
    /// The events given up after the last retry.
    pub given_up: Vec<String>,
}

impl DeliveryLog {
    /// The attempts of one event.
    pub fn of<'a>(&'a self, event_id: &'a str) -> impl Iterator<Item = &'a Attempt> {
        self.attempts.iter().filter(move |attempt| attempt.event_id == event_id)
    }

    /// How many events were taken, counting each copy.
    pub fn accepted(&self) -> usize {
        self.attempts.iter().filter(|a| matches!(a.result, AttemptResult::Accepted(_))).count()
    }
}
