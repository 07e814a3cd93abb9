//! One alarm: from the orders that fall due together to the last message about them.
//!
//! ```text
//! Gathering{lease} -> Telling -> Done
//! a delivery: Waiting -> Claimed{lease} -> Sent | Refused | Unknown
//! a call that another function makes: Claimed -> HandedOn -> Calling{lease} -> Sent | Refused | Unknown
//! ```
//!
//! **Once.** The id names shop, kind and span ([`AlarmKind::told_every`]), so there is one alarm of them. What falls due
//! later in the span stays due, and is in the alarm of the next one. An order belongs to it when the order's
//! own record says so, which is committed once. A delivery is claimed in a commit before the service is asked, and
//! from a claim whose outcome nobody knows nothing is sent again over that channel: the recipient hears of it over
//! another one instead. So a crash at any point neither doubles a message nor leaves a recipient in the dark who can be
//! reached otherwise.

use jiff::{SignedDuration, Timestamp};
use serde::{Deserialize, Serialize};

use crate::alarm::{AlarmKind, Cause, minute_of, span_of};
use crate::ids::{AlarmId, DeliveryId, OrderId, RecipientId, ShopId};
use crate::recipient::{Channel, Recipient};

/// How long whoever gathers an alarm has for it, before another one takes it over. Shorter than the pause between two
/// sweeps: the next one takes up what the last one left.
pub const GATHERING: SignedDuration = SignedDuration::from_secs(30);

/// How long a service may take to answer to a message, with room.
const CLAIM: SignedDuration = SignedDuration::from_secs(30);
/// How long a call that was handed on may take until somebody begins it.
const HANDED_ON: SignedDuration = SignedDuration::from_mins(3);
/// For how long a message that can't be sent is tried.
const TRIED_FOR: SignedDuration = SignedDuration::from_mins(30);
/// The shortest and the longest pause between two tries.
const PAUSE: (SignedDuration, SignedDuration) = (SignedDuration::from_secs(5), SignedDuration::from_secs(60));

/// Where an alarm stands.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case", tag = "phase")]
pub enum Phase {
    /// Its orders are being marked.
    Gathering {
        /// Until then by whoever began.
        lease_until: Timestamp,
    },
    /// Its orders are known; it is being told.
    Telling,
    /// Nothing is left to do.
    Done,
}

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
    HandedOn {
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
    /// The service refused it, or could not be reached for too long.
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
    /// How often it could not be sent.
    pub attempts: u32,
}

/// An alarm.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Alarm {
    /// Shop, kind and span.
    pub id: AlarmId,
    /// The shop.
    pub shop: ShopId,
    /// What it is about.
    pub kind: AlarmKind,
    /// The minute in which it was raised.
    pub minute: Timestamp,
    /// Where it stands.
    pub phase: Phase,
    /// The orders that were due; which of them belong to it their records say. Empty for an alarm about the shop.
    pub candidates: Vec<OrderId>,
    /// The orders that it tells of.
    pub orders: Vec<OrderId>,
    /// The first dispatch deadline among them.
    pub first_deadline: Option<Timestamp>,
    /// What is known of why, the most frequent first.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub causes: Vec<Cause>,
    /// The messages.
    pub deliveries: Vec<Delivery>,
}

/// A delivery that may be sent now, by whoever commits the claim.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Claim {
    /// The delivery.
    pub delivery: DeliveryId,
    /// To whom.
    pub recipient: RecipientId,
    /// How.
    pub channel: Channel,
}

/// What a service answered.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Told {
    /// It took the message.
    Sent,
    /// Another function is to make the call.
    HandedOn,
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
    /// Nobody knows.
    Unknown,
}

impl Alarm {
    /// An alarm of what is due at `now`. Committed before any order is marked with its id.
    pub fn gather(shop: ShopId, kind: AlarmKind, candidates: Vec<OrderId>, now: Timestamp) -> Self {
        let span = span_of(now, kind.told_every());
        Self {
            id: AlarmId::new(format!("{shop}/{}/{}", kind.name(), span.as_second())),
            shop,
            kind,
            minute: minute_of(now),
            phase: Phase::Gathering { lease_until: later(now, GATHERING) },
            candidates,
            orders: Vec::new(),
            first_deadline: None,
            causes: Vec::new(),
            deliveries: Vec::new(),
        }
    }

    /// The orders that belong to it are known: plans its messages to `recipients`.
    pub fn tell(
        &mut self,
        orders: Vec<OrderId>,
        first_deadline: Option<Timestamp>,
        recipients: &[Recipient],
        now: Timestamp,
    ) {
        let of_shop = self.candidates.is_empty();
        self.candidates.clear();
        self.first_deadline = first_deadline;
        self.phase = if orders.is_empty() && !of_shop { Phase::Done } else { Phase::Telling };
        self.orders = orders;
        if self.phase == Phase::Telling {
            for recipient in recipients {
                for channel in channels(self.kind, recipient, now) {
                    self.plan(recipient.id.clone(), channel, now);
                }
            }
        }
        self.finish();
    }

    /// Nothing is to be told after all.
    pub fn drop_it(&mut self) {
        self.candidates.clear();
        self.phase = Phase::Done;
    }

    fn plan(&mut self, recipient: RecipientId, channel: Channel, now: Timestamp) {
        let id = DeliveryId::new(format!("{}/{recipient}/{}", self.id, channel.name()));
        let state = DeliveryState::Waiting { at: now };
        self.deliveries.push(Delivery { id, recipient, channel, state, attempts: 0 });
    }

    /// Claims the next message that is to be sent at `now`.
    pub fn claim(&mut self, now: Timestamp) -> Option<Claim> {
        let waits =
            |delivery: &&mut Delivery| matches!(delivery.state, DeliveryState::Waiting { at } if at <= now);
        let delivery = self.deliveries.iter_mut().find(waits)?;
        delivery.state = DeliveryState::Claimed { lease_until: later(now, CLAIM) };
        let Delivery { id, recipient, channel, .. } = delivery.clone();
        Some(Claim { delivery: id, recipient, channel })
    }

    /// Claims a call that was handed on. `None` when it is not to be made any more: it was made, or given up.
    pub fn claim_call(&mut self, delivery: &DeliveryId, now: Timestamp) -> Option<Claim> {
        let delivery = self.deliveries.iter_mut().find(|candidate| candidate.id == *delivery)?;
        // The event may be faster than the commit of whoever handed it on.
        let open = matches!(delivery.state, DeliveryState::HandedOn { .. } | DeliveryState::Claimed { .. });
        if !open || delivery.channel != Channel::Call {
            return None;
        }
        delivery.state = DeliveryState::Calling { lease_until: later(now, CLAIM) };
        let Delivery { id, recipient, channel, .. } = delivery.clone();
        Some(Claim { delivery: id, recipient, channel })
    }

    /// Takes the answer to a claimed message. Who is reached by none of theirs is told otherwise.
    pub fn answered(&mut self, id: &DeliveryId, told: Told, recipients: &[Recipient], now: Timestamp) {
        let claimed = |state: &DeliveryState| matches!(state, DeliveryState::Claimed { .. });
        self.take_answer(id, claimed, told, recipients, now);
    }

    /// Takes the answer to a call that was claimed by [`Alarm::claim_call`].
    pub fn call_answered(&mut self, id: &DeliveryId, told: Told, recipients: &[Recipient], now: Timestamp) {
        let calling = |state: &DeliveryState| matches!(state, DeliveryState::Calling { .. });
        self.take_answer(id, calling, told, recipients, now);
    }

    fn take_answer(
        &mut self,
        id: &DeliveryId,
        awaited: impl Fn(&DeliveryState) -> bool,
        told: Told,
        recipients: &[Recipient],
        now: Timestamp,
    ) {
        let minute = self.minute;
        let delivery =
            self.deliveries.iter_mut().find(|delivery| delivery.id == *id && awaited(&delivery.state));
        let Some(delivery) = delivery else { return };
        delivery.state = match told {
            Told::Sent => DeliveryState::Sent { at: now },
            Told::HandedOn => DeliveryState::HandedOn { until: later(now, HANDED_ON) },
            Told::Refused { reason } => DeliveryState::Refused { reason },
            Told::NotSent { reason, .. } if now.duration_since(minute) >= TRIED_FOR => {
                DeliveryState::Refused { reason }
            }
            Told::NotSent { after, .. } => {
                delivery.attempts += 1;
                let pause = PAUSE.0.saturating_mul(1 << delivery.attempts.min(4)).max(after).min(PAUSE.1);
                DeliveryState::Waiting { at: later(now, pause) }
            }
            Told::Unknown => DeliveryState::Unknown,
        };
        self.reach_otherwise(recipients, now);
        self.finish();
    }

    /// Gives up what nobody waits for any more.
    pub fn expire(&mut self, recipients: &[Recipient], now: Timestamp) {
        for delivery in &mut self.deliveries {
            if let DeliveryState::Claimed { lease_until: until }
            | DeliveryState::Calling { lease_until: until }
            | DeliveryState::HandedOn { until } = delivery.state
                && until <= now
            {
                delivery.state = DeliveryState::Unknown;
            }
        }
        self.reach_otherwise(recipients, now);
        self.finish();
    }

    /// A recipient whose messages all failed or are unknown is told over a channel that was not used.
    fn reach_otherwise(&mut self, recipients: &[Recipient], now: Timestamp) {
        for recipient in recipients {
            let of_theirs = || self.deliveries.iter().filter(|delivery| delivery.recipient == recipient.id);
            let lost = |delivery: &Delivery| {
                matches!(delivery.state, DeliveryState::Refused { .. } | DeliveryState::Unknown)
            };
            if of_theirs().next().is_none() || !of_theirs().all(lost) {
                continue;
            }
            let unused = Channel::ALL.into_iter().find(|channel| {
                recipient.address(*channel).is_some()
                    && (*channel == Channel::Email || !recipient.is_quiet(now))
                    && of_theirs().all(|delivery| delivery.channel != *channel)
            });
            if let Some(channel) = unused {
                self.plan(recipient.id.clone(), channel, now);
            }
        }
    }

    fn finish(&mut self) {
        let over = |delivery: &Delivery| {
            matches!(
                delivery.state,
                DeliveryState::Sent { .. } | DeliveryState::Refused { .. } | DeliveryState::Unknown
            )
        };
        if self.phase == Phase::Telling && self.deliveries.iter().all(over) {
            self.phase = Phase::Done;
        }
    }

    /// When it has to be looked at again; `None` when it is done.
    pub fn next_at(&self) -> Option<Timestamp> {
        match self.phase {
            Phase::Gathering { lease_until } => Some(lease_until),
            Phase::Telling => self
                .deliveries
                .iter()
                .filter_map(|delivery| match delivery.state {
                    DeliveryState::Waiting { at } => Some(at),
                    DeliveryState::Claimed { lease_until } | DeliveryState::Calling { lease_until } => {
                        Some(lease_until)
                    }
                    DeliveryState::HandedOn { until } => Some(until),
                    DeliveryState::Sent { .. } | DeliveryState::Refused { .. } | DeliveryState::Unknown => {
                        None
                    }
                })
                .min(),
            Phase::Done => None,
        }
    }
}

/// The channels over which `recipient` is told of `kind` at `now`: those of the kind by which they can be reached; in
/// their quiet hours an e-mail takes the place of SMS and call; and who can be reached by none gets an e-mail.
fn channels(kind: AlarmKind, recipient: &Recipient, now: Timestamp) -> Vec<Channel> {
    let quiet = recipient.is_quiet(now);
    let mut channels: Vec<Channel> = kind
        .channels()
        .iter()
        .copied()
        .filter(|channel| recipient.address(*channel).is_some() && (*channel == Channel::Email || !quiet))
        .collect();
    if channels.is_empty() && recipient.address(Channel::Email).is_some() {
        channels.push(Channel::Email);
    }
    channels
}

fn later(now: Timestamp, by: SignedDuration) -> Timestamp {
    now.saturating_add(by).unwrap_or(Timestamp::MAX)
}
