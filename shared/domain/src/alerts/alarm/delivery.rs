//! One message of an alarm, to one recipient over one channel.

use jiff::{SignedDuration, Timestamp};
use serde::{Deserialize, Serialize};

use crate::ids::{DeliveryId, RecipientId};
use crate::recipient::Channel;

/// How long a call that was handed on may take until somebody begins it.
const CALL_START_TIMEOUT: SignedDuration = SignedDuration::from_mins(3);
/// The shortest and the longest pause between two tries.
const PAUSE: (SignedDuration, SignedDuration) = (SignedDuration::from_secs(5), SignedDuration::from_mins(15));

/// Where a message to one recipient over one channel stands.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case", tag = "state")]
pub enum DeliveryState {
    /// To be sent.
    Waiting {
        /// Not before.
        at: Timestamp,
    },
    /// Somebody is sending it.
    Claimed {
        /// After this instant nobody waits for the answer any more.
        lease_until: Timestamp,
    },
    /// The function that makes the call has been told of it.
    Queued {
        /// By then it should have begun.
        until: Timestamp,
    },
    /// The function that makes the call is making it.
    Calling {
        /// After this instant nobody waits for the answer any more.
        lease_until: Timestamp,
    },
    /// The service took it.
    Sent {
        /// When.
        at: Timestamp,
    },
    /// The service refused it for good.
    Refused {
        /// Why, without personal data.
        reason: String,
    },
    /// Nobody knows.
    Unknown,
}

/// A message to one recipient over one channel.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Delivery {
    /// The same in every attempt.
    pub id: DeliveryId,
    /// To whom.
    pub recipient: RecipientId,
    /// How.
    pub channel: Channel,
    /// Where it stands.
    pub state: DeliveryState,
    /// How often it was tried in vain.
    pub attempts: u32,
    /// Why the last try was in vain, without personal data.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub outage: Option<String>,
}

/// A delivery that may be sent now, by whoever commits the claim.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct DeliveryClaim {
    /// The delivery.
    pub delivery: DeliveryId,
    /// To whom.
    pub recipient: RecipientId,
    /// How.
    pub channel: Channel,
}

/// What a service answered.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum DeliveryOutcome {
    /// It took the message.
    Sent,
    /// Another function is to make the call.
    Queued,
    /// It will not take it.
    Refused {
        /// Why, without personal data.
        reason: String,
    },
    /// It certainly did not take it now.
    NotSent {
        /// Why, without personal data.
        reason: String,
        /// The least pause.
        after: SignedDuration,
    },
    /// Nobody knows whether it did.
    Unknown,
}

impl Delivery {
    /// A message that is to be sent at `now`.
    pub(super) fn new(id: DeliveryId, recipient: RecipientId, channel: Channel, now: Timestamp) -> Self {
        Self { id, recipient, channel, state: DeliveryState::Waiting { at: now }, attempts: 0, outage: None }
    }

    /// Takes what the service answered. What was certainly not sent is sent again after a pause that grows, for as long
    /// as the alarm stands. So is an e-mail of which nobody knows, under the same id: a second one harms nobody, where a
    /// second call wakes somebody for nothing.
    pub(super) fn take(&mut self, told: DeliveryOutcome, now: Timestamp) {
        let otherwise = match told {
            DeliveryOutcome::Sent => Ok(DeliveryState::Sent { at: now }),
            DeliveryOutcome::Queued => Ok(DeliveryState::Queued { until: later(now, CALL_START_TIMEOUT) }),
            DeliveryOutcome::Refused { reason } => Ok(DeliveryState::Refused { reason }),
            DeliveryOutcome::NotSent { reason, after } => Err((reason, after)),
            DeliveryOutcome::Unknown if self.channel == Channel::Email => {
                Err(("nobody knows whether it was sent".to_owned(), SignedDuration::ZERO))
            }
            DeliveryOutcome::Unknown => Ok(DeliveryState::Unknown),
        };
        self.state = match otherwise {
            Ok(state) => state,
            Err((reason, after)) => {
                self.attempts = self.attempts.saturating_add(1);
                self.outage = Some(reason);
                let pause = PAUSE.0.saturating_mul(1 << self.attempts.min(8)).max(after).min(PAUSE.1);
                DeliveryState::Waiting { at: later(now, pause) }
            }
        };
    }

    /// True when the service took it.
    pub(super) fn is_sent(&self) -> bool {
        matches!(self.state, DeliveryState::Sent { .. })
    }

    /// Nothing more comes of it.
    pub(super) fn is_over(&self) -> bool {
        self.next_at().is_none()
    }

    /// It failed, for good or so far.
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

    /// Channel, recipient, and why it is not told, in one phrase.
    pub(super) fn outage(&self) -> String {
        let why = match (&self.state, &self.outage) {
            (DeliveryState::Refused { reason }, _) => reason.as_str(),
            (DeliveryState::Unknown, _) => "nobody knows whether it arrived",
            (_, Some(outage)) => outage.as_str(),
            (_, None) => "no answer yet",
        };
        format!("{} to {}: {why}", self.channel.name(), self.recipient)
    }
}

pub(super) fn later(now: Timestamp, by: SignedDuration) -> Timestamp {
    now.saturating_add(by).unwrap_or(Timestamp::MAX)
}
