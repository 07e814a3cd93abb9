//! One message of an alarm, to one recipient over one channel.

use jiff::{SignedDuration, Timestamp};
use serde::{Deserialize, Serialize};

use crate::ids::{DeliveryId, RecipientId};
use crate::recipient::Channel;
use crate::time::{later, mend};

/// How long a call that was passed on may take until somebody begins it.
const CALL_START_TIMEOUT: SignedDuration = SignedDuration::from_mins(3);
/// The pauses between two attempts double from the shortest to the longest.
const RETRY_PAUSE_MIN: SignedDuration = SignedDuration::from_secs(5);
const RETRY_PAUSE_MAX: SignedDuration = SignedDuration::from_mins(15);

/// Where a message to one recipient over one channel stands.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case", tag = "state")]
pub enum DeliveryState {
    /// To be sent, not before `at`.
    Waiting { at: Timestamp },
    /// Somebody is sending it.
    Claimed {
        /// After this instant nobody waits for the answer any more.
        lease_until: Timestamp,
    },
    /// Passed to the function that makes calls.
    Queued {
        /// By then it should have begun.
        until: Timestamp,
    },
    /// The function that makes calls is making it.
    Calling {
        /// After this instant nobody waits for the answer any more.
        lease_until: Timestamp,
    },
    /// The service accepted it.
    Sent { at: Timestamp },
    /// The service refused it for good.
    Refused { reason: String },
    /// Nobody knows whether it was sent.
    Unknown,
}

/// A message to one recipient over one channel.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Delivery {
    /// The same in every attempt.
    pub id: DeliveryId,
    pub recipient: RecipientId,
    pub channel: Channel,
    pub state: DeliveryState,
    /// How many attempts failed.
    pub attempts: u32,
    /// Why the last attempt failed, without personal data.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub last_error: Option<String>,
}

/// A delivery that may be sent now, by whoever commits the claim.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct DeliveryClaim {
    pub delivery: DeliveryId,
    pub recipient: RecipientId,
    pub channel: Channel,
}

/// What became of an attempt to deliver a message.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum DeliveryOutcome {
    /// The service accepted the message.
    Sent,
    /// Another function is to make the call.
    Queued,
    /// The service will never accept it.
    Refused { reason: String },
    /// The service certainly did not accept it this time.
    NotSent {
        reason: String,
        /// The shortest pause before the next attempt.
        after: SignedDuration,
    },
    /// Nobody knows whether the service accepted it.
    Unknown,
}

impl Delivery {
    /// A message that is to be sent at `now`.
    pub(super) fn new(id: DeliveryId, recipient: RecipientId, channel: Channel, now: Timestamp) -> Self {
        let state = DeliveryState::Waiting { at: now };
        Self { id, recipient, channel, state, attempts: 0, last_error: None }
    }

    /// Records what became of an attempt. A message that was certainly not sent is sent again after a growing pause, for as
    /// long as the alarm stands. So is an e-mail whose outcome nobody knows, under the same id: a second e-mail harms
    /// nobody, whereas a second call wakes somebody for nothing.
    pub(super) fn record(&mut self, outcome: DeliveryOutcome, now: Timestamp) {
        self.state = match outcome {
            DeliveryOutcome::Sent => DeliveryState::Sent { at: now },
            DeliveryOutcome::Queued => DeliveryState::Queued { until: later(now, CALL_START_TIMEOUT) },
            DeliveryOutcome::Refused { reason } => DeliveryState::Refused { reason },
            DeliveryOutcome::NotSent { reason, after } => self.retry(reason, after, now),
            DeliveryOutcome::Unknown if self.channel == Channel::Email => {
                self.retry("it is unknown whether it was sent".to_owned(), SignedDuration::ZERO, now)
            }
            DeliveryOutcome::Unknown => DeliveryState::Unknown,
        };
    }

    fn retry(&mut self, reason: String, after: SignedDuration, now: Timestamp) -> DeliveryState {
        self.attempts = self.attempts.saturating_add(1);
        self.last_error = Some(reason);
        let doubled = RETRY_PAUSE_MIN.saturating_mul(1 << self.attempts.min(8));
        DeliveryState::Waiting { at: later(now, doubled.max(after).min(RETRY_PAUSE_MAX)) }
    }

    /// True if the service accepted it.
    pub(super) fn is_sent(&self) -> bool {
        matches!(self.state, DeliveryState::Sent { .. })
    }

    /// True if nothing more will happen to it.
    pub(super) fn is_over(&self) -> bool {
        self.next_at().is_none()
    }

    /// True if it failed, for good or so far.
    pub(super) fn is_failing(&self) -> bool {
        match self.state {
            DeliveryState::Refused { .. } | DeliveryState::Unknown => true,
            DeliveryState::Waiting { .. } => self.attempts > 0,
            DeliveryState::Claimed { .. }
            | DeliveryState::Queued { .. }
            | DeliveryState::Calling { .. }
            | DeliveryState::Sent { .. } => false,
        }
    }

    /// Corrects times that were stored while the clock was ahead. True if there were any.
    pub(super) fn mend_times(&mut self, now: Timestamp) -> bool {
        match &mut self.state {
            DeliveryState::Waiting { at } => mend(at, RETRY_PAUSE_MAX, now),
            DeliveryState::Claimed { lease_until: until }
            | DeliveryState::Calling { lease_until: until }
            | DeliveryState::Queued { until } => mend(until, CALL_START_TIMEOUT, now),
            DeliveryState::Sent { .. } | DeliveryState::Refused { .. } | DeliveryState::Unknown => false,
        }
    }

    /// When it has to be looked at again.
    pub(super) fn next_at(&self) -> Option<Timestamp> {
        match self.state {
            DeliveryState::Waiting { at } => Some(at),
            DeliveryState::Claimed { lease_until: until }
            | DeliveryState::Calling { lease_until: until }
            | DeliveryState::Queued { until } => Some(until),
            DeliveryState::Sent { .. } | DeliveryState::Refused { .. } | DeliveryState::Unknown => None,
        }
    }

    /// Channel, recipient, and why the message has not been delivered, in one phrase.
    pub(super) fn describe_failure(&self) -> String {
        let why = match (&self.state, &self.last_error) {
            (DeliveryState::Refused { reason }, _) => reason.as_str(),
            (DeliveryState::Unknown, _) => "it is unknown whether it arrived",
            (_, Some(error)) => error.as_str(),
            (_, None) => "no answer yet",
        };
        format!("{} to {}: {why}", self.channel.name(), self.recipient)
    }
}
