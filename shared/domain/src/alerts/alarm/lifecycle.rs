//! One alarm: from the orders that fall due together to the last message about them.
//!
//! ```text
//! Batching{lease} -> Sending -> Done
//! a delivery: Waiting -> Claimed{lease} -> Sent | Refused | Unknown
//! a call that another function makes: Claimed -> Queued -> Calling{lease} -> Sent | Refused | Unknown
//! ```
//!
//! **Once.** The id names shop, kind and span ([`AlarmKind::notify_every`]), so there is one alarm of them. What falls due
//! later in the span stays due, and is in the alarm of the next one. An order belongs to it when the order's
//! own record says so, which is committed once. A delivery is claimed in a commit before the service is asked, and
//! from a claim whose outcome nobody knows no text message is sent and no call made again: the recipient hears of it over
//! another channel instead. An e-mail is sent again, under the same id.
//!
//! **Until somebody was told.** What was certainly not sent is sent again for as long as the alarm stands. An alarm that
//! has reached nobody is not done: it is looked at again, and says so ([`Alarm::undelivered`]), until somebody was told or what
//! it tells of is over.

use jiff::{SignedDuration, Timestamp};
use serde::{Deserialize, Serialize};

use crate::alarm::delivery::{Delivery, DeliveryClaim, DeliveryOutcome, DeliveryState, later};
use crate::alarm::{AlarmKind, Cause, minute_of, span_of};
use crate::ids::{AlarmId, DeliveryId, OrderId, RecipientId, ShopId};
use crate::recipient::{Channel, Recipient};

/// How long whoever gathers an alarm has for it, before another one takes it over. Shorter than the pause between two
/// sweeps: the next one takes up what the last one left.
pub const BATCH_WINDOW: SignedDuration = SignedDuration::from_secs(30);

/// How long a service may take to answer to a message, with room.
const CLAIM_LEASE: SignedDuration = SignedDuration::from_secs(30);
/// An alarm that has reached nobody for so long is itself told of.
pub const DELIVERED_WITHIN: SignedDuration = SignedDuration::from_mins(10);
/// How often an alarm that has reached nobody is looked at.
pub const RECHECK_EVERY: SignedDuration = SignedDuration::from_mins(15);

/// Where an alarm stands.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case", tag = "phase")]
pub enum AlarmPhase {
    /// Its orders are being marked.
    Batching {
        /// Until then by whoever began.
        lease_until: Timestamp,
    },
    /// Its orders are known; it is being told.
    Sending,
    /// Nothing is left to do.
    Done,
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
    pub phase: AlarmPhase,
    /// The orders that were due; which of them belong to it their records say. Empty for an alarm about the shop.
    pub candidates: Vec<OrderId>,
    /// The orders that it tells of.
    pub orders: Vec<OrderId>,
    /// The first dispatch deadline among them.
    pub first_deadline: Option<Timestamp>,
    /// What is known of why, the most frequent first.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub causes: Vec<Cause>,
    /// The messages. One that still waits when the alarm is done was never sent: the alarm was over before.
    pub deliveries: Vec<Delivery>,
    /// When it is looked at because nobody was told.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub recheck_at: Option<Timestamp>,
}

impl Alarm {
    /// An alarm of what is due at `now`. Committed before any order is marked with its id.
    pub fn new(shop: ShopId, kind: AlarmKind, candidates: Vec<OrderId>, now: Timestamp) -> Self {
        let span = span_of(now, kind.notify_every());
        Self {
            id: AlarmId::new(format!("{shop}/{}/{}", kind.name(), span.as_second())),
            shop,
            kind,
            minute: minute_of(now),
            phase: AlarmPhase::Batching { lease_until: later(now, BATCH_WINDOW) },
            candidates,
            orders: Vec::new(),
            first_deadline: None,
            causes: Vec::new(),
            deliveries: Vec::new(),
            recheck_at: None,
        }
    }

    /// The orders that belong to it are known: plans its messages to `recipients`.
    pub fn send_to(
        &mut self,
        orders: Vec<OrderId>,
        first_deadline: Option<Timestamp>,
        recipients: &[Recipient],
        now: Timestamp,
    ) {
        let of_shop = self.candidates.is_empty();
        self.candidates.clear();
        self.first_deadline = first_deadline;
        self.phase = if orders.is_empty() && !of_shop { AlarmPhase::Done } else { AlarmPhase::Sending };
        self.orders = orders;
        if self.phase == AlarmPhase::Sending {
            self.plan_all(recipients, now);
            self.recheck_at = Some(later(now, DELIVERED_WITHIN));
        }
        self.finish(now);
    }

    /// Nothing is to be told after all, or any more.
    pub fn cancel(&mut self) {
        self.candidates.clear();
        self.recheck_at = None;
        self.phase = AlarmPhase::Done;
    }

    /// Sends nothing until it is looked at again.
    pub fn snooze(&mut self, now: Timestamp) {
        let next = later(now, RECHECK_EVERY);
        for delivery in &mut self.deliveries {
            if let DeliveryState::Waiting { at } = &mut delivery.state {
                *at = next.max(*at);
            }
        }
        self.recheck_at = Some(next);
    }

    /// Messages to those of `recipients` who have none yet.
    fn plan_all(&mut self, recipients: &[Recipient], now: Timestamp) {
        for recipient in recipients {
            if self.deliveries.iter().all(|delivery| delivery.recipient != recipient.id) {
                for channel in channels(self.kind, recipient, now) {
                    self.plan(recipient.id.clone(), channel, now);
                }
            }
        }
    }

    fn plan(&mut self, recipient: RecipientId, channel: Channel, now: Timestamp) {
        let id = DeliveryId::new(format!("{}/{recipient}/{}", self.id, channel.name()));
        self.deliveries.push(Delivery::new(id, recipient, channel, now));
    }

    /// Claims the next message that is to be sent at `now`.
    pub fn claim(&mut self, now: Timestamp) -> Option<DeliveryClaim> {
        let waits =
            |delivery: &&mut Delivery| matches!(delivery.state, DeliveryState::Waiting { at } if at <= now);
        let delivery = self.deliveries.iter_mut().find(waits)?;
        delivery.state = DeliveryState::Claimed { lease_until: later(now, CLAIM_LEASE) };
        let Delivery { id, recipient, channel, .. } = delivery.clone();
        Some(DeliveryClaim { delivery: id, recipient, channel })
    }

    /// Claims a call that was handed on. `None` when it is not to be made any more: it was made, or given up.
    pub fn claim_call(&mut self, delivery: &DeliveryId, now: Timestamp) -> Option<DeliveryClaim> {
        let delivery = self.deliveries.iter_mut().find(|candidate| candidate.id == *delivery)?;
        // The event may be faster than the commit of whoever handed it on.
        let open = matches!(delivery.state, DeliveryState::Queued { .. } | DeliveryState::Claimed { .. });
        if !open || delivery.channel != Channel::Call {
            return None;
        }
        delivery.state = DeliveryState::Calling { lease_until: later(now, CLAIM_LEASE) };
        let Delivery { id, recipient, channel, .. } = delivery.clone();
        Some(DeliveryClaim { delivery: id, recipient, channel })
    }

    /// Takes the answer to a claimed message. Who is reached by none of theirs is told otherwise.
    pub fn record_outcome(
        &mut self,
        id: &DeliveryId,
        told: DeliveryOutcome,
        recipients: &[Recipient],
        now: Timestamp,
    ) {
        let claimed = |state: &DeliveryState| matches!(state, DeliveryState::Claimed { .. });
        self.take_answer(id, claimed, told, recipients, now);
    }

    /// Takes the answer to a call that was claimed by [`Alarm::claim_call`].
    pub fn record_call_outcome(
        &mut self,
        id: &DeliveryId,
        told: DeliveryOutcome,
        recipients: &[Recipient],
        now: Timestamp,
    ) {
        let calling = |state: &DeliveryState| matches!(state, DeliveryState::Calling { .. });
        self.take_answer(id, calling, told, recipients, now);
    }

    fn take_answer(
        &mut self,
        id: &DeliveryId,
        awaited: impl Fn(&DeliveryState) -> bool,
        told: DeliveryOutcome,
        recipients: &[Recipient],
        now: Timestamp,
    ) {
        let delivery =
            self.deliveries.iter_mut().find(|delivery| delivery.id == *id && awaited(&delivery.state));
        let Some(delivery) = delivery else { return };
        delivery.take(told, now);
        self.fall_back(recipients, now);
        self.finish(now);
    }

    /// Gives up what nobody waits for any more, and what would disturb somebody in their quiet hours; sees to those who
    /// were added to the settings since, while nobody was told.
    pub fn expire(&mut self, recipients: &[Recipient], now: Timestamp) {
        for delivery in &mut self.deliveries {
            let lost = match delivery.state {
                DeliveryState::Claimed { lease_until: until }
                | DeliveryState::Calling { lease_until: until }
                | DeliveryState::Queued { until } => until <= now,
                _ => false,
            };
            let quiet = || recipients.iter().any(|r| r.id == delivery.recipient && r.is_quiet(now));
            if lost {
                delivery.take(DeliveryOutcome::Unknown, now);
                // The lease was pause enough for the first time.
                if let (DeliveryState::Waiting { at }, 1) = (&mut delivery.state, delivery.attempts) {
                    *at = now;
                }
            } else if matches!(delivery.state, DeliveryState::Waiting { .. })
                && delivery.channel != Channel::Email
                && quiet()
            {
                delivery.take(DeliveryOutcome::Refused { reason: "quiet hours".to_owned() }, now);
            }
        }
        if !self.is_delivered() {
            self.plan_all(recipients, now);
            if self.recheck_at.is_none_or(|at| at <= now) {
                self.recheck_at = Some(later(now, RECHECK_EVERY));
            }
        }
        self.fall_back(recipients, now);
        self.finish(now);
    }

    /// A recipient whose messages all fail or are unknown is told over a channel that was not used: at once by e-mail,
    /// which disturbs nobody; by text message and call when there is no hope for the others, or none came through in ten
    /// minutes.
    fn fall_back(&mut self, recipients: &[Recipient], now: Timestamp) {
        let patient = !self.is_overdue(now);
        for recipient in recipients {
            let of_theirs = || self.deliveries.iter().filter(|delivery| delivery.recipient == recipient.id);
            let lost = |delivery: &Delivery, by: Channel| {
                delivery.is_failing() && (delivery.is_over() || by == Channel::Email || !patient)
            };
            if of_theirs().next().is_none() {
                continue;
            }
            let unused = Channel::ALL.into_iter().find(|channel| {
                recipient.address(*channel).is_some()
                    && (*channel == Channel::Email || !recipient.is_quiet(now))
                    && of_theirs().all(|delivery| delivery.channel != *channel && lost(delivery, *channel))
            });
            if let Some(channel) = unused {
                self.plan(recipient.id.clone(), channel, now);
            }
        }
    }

    fn finish(&mut self, now: Timestamp) {
        if self.phase != AlarmPhase::Sending {
            return;
        }
        if self.is_delivered() {
            self.recheck_at = None;
            if self.deliveries.iter().all(Delivery::is_over) {
                self.phase = AlarmPhase::Done;
            }
        } else {
            self.recheck_at.get_or_insert_with(|| later(now, RECHECK_EVERY));
        }
    }

    /// True when some service took a message of it for somebody.
    pub fn is_delivered(&self) -> bool {
        self.deliveries.iter().any(Delivery::is_sent)
    }

    /// True when so much time has passed that it must be asked whether the alarm still stands.
    pub fn is_overdue(&self, now: Timestamp) -> bool {
        now.duration_since(self.minute) >= DELIVERED_WITHIN
    }

    /// Why nobody was told, when nobody can be, or was in [`DELIVERED_WITHIN`]. Without personal data.
    pub fn undelivered(&self, now: Timestamp) -> Option<String> {
        let hopes = !self.deliveries.iter().all(Delivery::is_over);
        if self.phase != AlarmPhase::Sending || self.is_delivered() || (hopes && !self.is_overdue(now)) {
            return None;
        }
        if self.deliveries.is_empty() {
            return Some("the settings name nobody who can be told".to_owned());
        }
        Some(self.deliveries.iter().map(Delivery::outage).collect::<Vec<_>>().join("; "))
    }

    /// When it has to be looked at again; `None` when it is done.
    pub fn next_at(&self) -> Option<Timestamp> {
        match self.phase {
            AlarmPhase::Batching { lease_until } => Some(lease_until),
            AlarmPhase::Sending => {
                self.deliveries.iter().filter_map(Delivery::next_at).chain(self.recheck_at).min()
            }
            AlarmPhase::Done => None,
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
