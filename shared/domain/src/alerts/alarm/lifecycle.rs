//! The life of one alarm: from the orders that fall due together to the last message about them.
//!
//! ```text
//! Batching{lease} -> Sending -> Done
//! a delivery: Waiting -> Claimed{lease} -> Sent | Refused | Unknown
//! a call that another function makes: Claimed -> Queued -> Calling{lease} -> Sent | Refused | Unknown
//! ```
//!
//! **Once.** The id names shop, kind and span ([`AlarmKind::notify_every`]), so there is only one such alarm. What falls
//! due later in the span stays due and joins the alarm of the next one. An order belongs to an alarm if the order's own
//! record says so, which is committed once. A delivery is claimed in a commit before the service is called, and a claim
//! whose outcome nobody knows is never repeated as a text message or a call: the recipient is notified over another
//! channel instead. An e-mail is sent again, under the same id.
//!
//! **Until somebody was reached.** A message that was certainly not sent is sent again for as long as the alarm stands. An
//! alarm that has reached nobody is not done: it is checked again, and says so ([`Alarm::undelivered`]), until somebody is
//! reached or what it is about is over.

use std::collections::BTreeSet;

use jiff::{SignedDuration, Timestamp};
use serde::{Deserialize, Serialize};

use crate::alarm::delivery::{Delivery, DeliveryClaim, DeliveryOutcome, DeliveryState};
use crate::alarm::{AlarmCause, AlarmKind, GROWN_AFTER, minute_of, span_of};
use crate::ids::{AlarmId, DeliveryId, OrderId, RecipientId, ShopId};
use crate::recipient::{Channel, Recipient};
use crate::time::{later, mend};

/// How long a sweep has to mark the orders of an alarm before the next one takes over. Shorter than the pause between two
/// sweeps, so that what one of them leaves unfinished is picked up by the next.
pub const BATCH_WINDOW: SignedDuration = SignedDuration::from_secs(30);

/// How long a service may take to answer a message, with room to spare.
const CLAIM_LEASE: SignedDuration = SignedDuration::from_secs(30);
/// An alarm that has reached nobody for this long becomes an exception itself.
pub const DELIVERED_WITHIN: SignedDuration = SignedDuration::from_mins(10);
/// How often an alarm that has reached nobody is checked.
pub const RECHECK_EVERY: SignedDuration = SignedDuration::from_mins(15);

/// Where an alarm stands.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case", tag = "phase")]
pub enum AlarmPhase {
    /// Its orders are being marked.
    Batching {
        /// Until then, this is up to whoever began it.
        lease_until: Timestamp,
    },
    /// Its orders are known; its messages are being sent.
    Sending,
    /// Nothing is left to do.
    Done,
}

/// An alarm about orders of one shop, or about the shop itself.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Alarm {
    /// Names shop, kind and span.
    pub id: AlarmId,
    pub shop: ShopId,
    pub kind: AlarmKind,
    /// The minute in which it was raised.
    pub minute: Timestamp,
    pub phase: AlarmPhase,
    /// The orders that were due; their records say which of them belong to it. Empty for an alarm about the shop.
    pub candidates: Vec<OrderId>,
    /// The orders that belong to it.
    pub orders: Vec<OrderId>,
    /// The first dispatch deadline among them.
    pub first_deadline: Option<Timestamp>,
    /// The known causes, the most frequent first.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub causes: Vec<AlarmCause>,
    /// The messages. One that still waits when the alarm is done was never sent: the alarm was over before.
    pub deliveries: Vec<Delivery>,
    /// When it is checked because nobody was reached.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub recheck_at: Option<Timestamp>,
    /// The records that cannot be read of which it told, or a later one of its span ([`Alarm::of_later_hour`]).
    #[serde(default, skip_serializing_if = "BTreeSet::is_empty")]
    pub records: BTreeSet<String>,
}

impl Alarm {
    /// An alarm about what is due at `now`. Committed before any order is marked with its id.
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
            records: BTreeSet::new(),
        }
    }

    /// Another alarm of the same kind and span, for when there is more to tell: one for each hour since this one was raised;
    /// `None` in the first.
    pub fn of_later_hour(&self, now: Timestamp) -> Option<Self> {
        let hours = now.duration_since(self.minute).as_secs() / GROWN_AFTER.as_secs();
        if hours < 1 {
            return None;
        }
        let mut later = Self::new(self.shop.clone(), self.kind, Vec::new(), now);
        later.id = AlarmId::new(format!("{}/{hours}", self.id));
        Some(later)
    }

    /// Takes the orders that belong to it and plans its messages to `recipients`.
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

    /// Ends it: there is nothing to notify anyone about, or no longer.
    pub fn cancel(&mut self) {
        self.candidates.clear();
        self.recheck_at = None;
        self.phase = AlarmPhase::Done;
    }

    /// Sends nothing until the next check.
    pub fn snooze(&mut self, now: Timestamp) {
        let next = later(now, RECHECK_EVERY);
        for delivery in &mut self.deliveries {
            if let DeliveryState::Waiting { at } = &mut delivery.state {
                *at = next.max(*at);
            }
        }
        self.recheck_at = Some(next);
    }

    /// Plans messages to those of `recipients` who have none yet.
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

    /// Claims the next message that may be sent at `now`.
    pub fn claim(&mut self, now: Timestamp) -> Option<DeliveryClaim> {
        let waits =
            |delivery: &&mut Delivery| matches!(delivery.state, DeliveryState::Waiting { at } if at <= now);
        let delivery = self.deliveries.iter_mut().find(waits)?;
        delivery.state = DeliveryState::Claimed { lease_until: later(now, CLAIM_LEASE) };
        let Delivery { id, recipient, channel, .. } = delivery.clone();
        Some(DeliveryClaim { delivery: id, recipient, channel })
    }

    /// Claims a call that was passed to the calling function. `None` if it must not be made any more: it was made or given
    /// up.
    pub fn claim_call(&mut self, delivery: &DeliveryId, now: Timestamp) -> Option<DeliveryClaim> {
        let delivery = self.deliveries.iter_mut().find(|candidate| candidate.id == *delivery)?;
        // The event may overtake the commit of whoever sent it, so that the call is still only claimed.
        let open = matches!(delivery.state, DeliveryState::Queued { .. } | DeliveryState::Claimed { .. });
        if !open || delivery.channel != Channel::Call {
            return None;
        }
        delivery.state = DeliveryState::Calling { lease_until: later(now, CLAIM_LEASE) };
        let Delivery { id, recipient, channel, .. } = delivery.clone();
        Some(DeliveryClaim { delivery: id, recipient, channel })
    }

    /// Records the outcome of a claimed message. A recipient whom none of their messages reach is notified over another
    /// channel.
    pub fn record_outcome(
        &mut self,
        id: &DeliveryId,
        outcome: DeliveryOutcome,
        recipients: &[Recipient],
        now: Timestamp,
    ) {
        let claimed = |state: &DeliveryState| matches!(state, DeliveryState::Claimed { .. });
        self.record(id, claimed, outcome, recipients, now);
    }

    /// Records the outcome of a call that was claimed by [`Alarm::claim_call`].
    pub fn record_call_outcome(
        &mut self,
        id: &DeliveryId,
        outcome: DeliveryOutcome,
        recipients: &[Recipient],
        now: Timestamp,
    ) {
        let calling = |state: &DeliveryState| matches!(state, DeliveryState::Calling { .. });
        self.record(id, calling, outcome, recipients, now);
    }

    fn record(
        &mut self,
        id: &DeliveryId,
        awaited: impl Fn(&DeliveryState) -> bool,
        outcome: DeliveryOutcome,
        recipients: &[Recipient],
        now: Timestamp,
    ) {
        let delivery =
            self.deliveries.iter_mut().find(|delivery| delivery.id == *id && awaited(&delivery.state));
        // Somebody else has recorded an outcome, or the claim has expired.
        let Some(delivery) = delivery else { return };
        delivery.record(outcome, now);
        self.fall_back(recipients, now);
        self.finish(now);
    }

    /// Gives up claims whose lease has ended and messages that would disturb somebody in their quiet hours. While nobody
    /// has been reached, also plans messages to recipients who were added to the settings since.
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
                delivery.record(DeliveryOutcome::Unknown, now);
                // The first time, the lease was pause enough.
                if let (DeliveryState::Waiting { at }, 1) = (&mut delivery.state, delivery.attempts) {
                    *at = now;
                }
            } else if matches!(delivery.state, DeliveryState::Waiting { .. })
                && delivery.channel != Channel::Email
                && quiet()
            {
                delivery.record(DeliveryOutcome::Refused { reason: "quiet hours".to_owned() }, now);
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

    /// A recipient whose messages all fail or are unknown is notified over an unused channel: by e-mail at once, because it
    /// disturbs nobody; by text message and call only if there is no hope for the others, or none came through in ten
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
            let unused = Channel::ALL.iter().copied().find(|channel| {
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

    /// True if some service has accepted a message of it for somebody.
    pub fn is_delivered(&self) -> bool {
        self.deliveries.iter().any(Delivery::is_sent)
    }

    /// True once so much time has passed that it has to be checked whether the alarm still stands.
    pub fn is_overdue(&self, now: Timestamp) -> bool {
        now.duration_since(self.minute) >= DELIVERED_WITHIN
    }

    /// Corrects times that were stored while the clock was ahead: what waits for them is due. True if there were any.
    pub fn mend_times(&mut self, now: Timestamp) -> bool {
        let mut mended = match &mut self.phase {
            AlarmPhase::Batching { lease_until } => mend(lease_until, BATCH_WINDOW, now),
            AlarmPhase::Sending | AlarmPhase::Done => false,
        };
        if let Some(at) = &mut self.recheck_at {
            mended |= mend(at, RECHECK_EVERY, now);
        }
        if mend(&mut self.minute, SignedDuration::ZERO, now) {
            self.minute = minute_of(now);
            mended = true;
        }
        for delivery in &mut self.deliveries {
            mended |= delivery.mend_times(now);
        }
        mended
    }

    /// Why nobody was reached, if nobody can be or nobody was within [`DELIVERED_WITHIN`]. Without personal data.
    pub fn undelivered(&self, now: Timestamp) -> Option<String> {
        let hopes = !self.deliveries.iter().all(Delivery::is_over);
        if self.phase != AlarmPhase::Sending || self.is_delivered() || (hopes && !self.is_overdue(now)) {
            return None;
        }
        if self.deliveries.is_empty() {
            return Some("the settings name nobody who can be notified".to_owned());
        }
        Some(self.deliveries.iter().map(Delivery::describe_failure).collect::<Vec<_>>().join("; "))
    }

    /// When it has to be looked at again; `None` if it is done.
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

/// The channels over which `recipient` is notified of `kind` at `now`: those of the kind over which they can be reached. In
/// their quiet hours an e-mail takes the place of SMS and call, and somebody who can be reached over none of them gets an
/// e-mail.
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
