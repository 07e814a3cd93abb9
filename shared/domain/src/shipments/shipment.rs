//! A shipment: one parcel of an order, with its stage, its ledger and its timer.

use jiff::{SignedDuration, Timestamp};
use serde::{Deserialize, Serialize};

use crate::exception::ExceptionKind;
use crate::hold::HoldReason;
use crate::ids::{LineItemId, OrderKey, PurchaseKey, ShipmentId, WarehouseId};
use crate::message::{ChangeSource, Message, ShipmentRef};
use crate::money::Money;
use crate::purchase::{InvalidPurchaseTransition, Purchase, PurchaseEvent};
use crate::rates::ChosenQuote;
use crate::retry::backoff;
use crate::stage::{Event, HazmatSheet, InvalidTransition, Label, LabelFileState, Stage, Void};
use crate::time::{later, mend};
use crate::track::Track;

/// When a shipment that a message should have moved is checked again. Longer than a step takes with all its calls.
const WORKER_TIMER: SignedDuration = SignedDuration::from_secs(90);
/// When a shipment is checked again that waits for the outside world: TikTok's holds, carrier scans without a webhook.
const OUTSIDE_TIMER: SignedDuration = SignedDuration::from_hours(6);
/// How often the stock is checked again for a shipment that waits for it: a restock does not change the order.
const STOCK_TIMER: SignedDuration = SignedDuration::from_hours(1);
/// How often an order is read again if TikTok's answer lacks something: the next answer may have it, although nothing in the
/// order changes.
const UNCLEAR_TIMER: SignedDuration = SignedDuration::from_mins(15);
/// How often the refund of a voided label is checked: carriers take days or weeks.
const REFUND_TIMER: SignedDuration = SignedDuration::from_hours(24);
/// How often a label that is bought and not issued is asked for, once the first minute has passed.
const LABEL_TIMER: SignedDuration = SignedDuration::from_secs(60);
/// How often an order that another one's purchase includes looks what has become of that purchase. The other tells it, too.
const COMBINED_TIMER: SignedDuration = SignedDuration::from_secs(60);
/// The longest pause between two checks of a shipment that does not move.
const TIMER_MAX: SignedDuration = SignedDuration::from_mins(30);
/// The furthest ahead that a timer is set while a worker is waited for: the longest pause of an outside service, an hour, and
/// the longest timer.
const PAUSED_TIMER_MAX: SignedDuration = SignedDuration::from_mins(90);
/// After how many timers without progress a shipment counts as stuck. After the first: no order stands still for over two
/// minutes without an exception, which closes by itself when the shipment moves.
const STUCK_AFTER: u32 = 1;
/// How long an outside service may fail before an exception opens: no order stands still for over two minutes without one.
pub const OUTAGE_GRACE: SignedDuration = SignedDuration::from_secs(110);

/// An outside service keeps failing the shipment's current step.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Outage {
    pub since: Timestamp,
    /// How many attempts have failed.
    pub attempts: u32,
    /// The last error, without personal data.
    pub last: String,
}

/// A shipment reached another stage; kept for people to see.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct StageChange {
    pub at: Timestamp,
    /// The stage that it went to.
    pub stage: String,
}

/// One parcel of an order.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Shipment {
    pub id: ShipmentId,
    /// The units in it.
    pub items: Vec<LineItemId>,
    /// The warehouse that sends it.
    pub warehouse: Option<WarehouseId>,
    pub stage: Stage,
    /// Every purchase, the latest last. At most one is live.
    pub ledger: Vec<Purchase>,
    /// What is failing at the moment.
    #[serde(default, skip_serializing_if = "crate::record::is_default")]
    pub outage: Option<Outage>,
    /// When it is checked again. `None` only if it is finished, or waits for a person.
    pub next_check_at: Option<Timestamp>,
    /// How often its timer has fired since it last moved.
    #[serde(default, skip_serializing_if = "crate::record::is_default")]
    pub timer_fires: u32,
    pub history: Vec<StageChange>,
    /// What the carrier last reported about the parcel.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub track: Option<Track>,
    /// The most that its label may cost, since the price of a chosen one rose; until a person accepts more.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub price_limit: Option<Money>,
    /// The lowest price that was too high when it was last rated: what a person may accept.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub price_too_high: Option<Money>,
    /// The price above the highest one of the rules that a person accepted.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub price_accepted: Option<Money>,
}

/// Why a shipment can't take a step.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum TransitionError {
    /// The stage forbids it.
    #[error(transparent)]
    Stage(#[from] InvalidTransition),
    /// The ledger forbids it.
    #[error(transparent)]
    Ledger(#[from] InvalidPurchaseTransition),
    /// There is no live purchase to speak of.
    #[error("the ledger of shipment {0} has no live purchase")]
    NoPurchase(ShipmentId),
    /// There is a live purchase already.
    #[error("the ledger of shipment {0} already has a live purchase")]
    SecondPurchase(ShipmentId),
    /// A live purchase may still turn out to be paid: the shipment stays with it.
    #[error("the ledger of shipment {0} has a live purchase, which has to be completed first")]
    PurchaseOpen(ShipmentId),
}

impl Shipment {
    /// A new shipment of `items`, which may or may not be shipped yet: the next event says.
    pub fn new(
        id: ShipmentId,
        items: Vec<LineItemId>,
        warehouse: Option<WarehouseId>,
        now: Timestamp,
    ) -> Self {
        let mut shipment = Self {
            id,
            items,
            warehouse,
            stage: Stage::Ready,
            ledger: Vec::new(),
            outage: None,
            next_check_at: None,
            timer_fires: 0,
            history: vec![StageChange { at: now, stage: Stage::Ready.name().to_owned() }],
            track: None,
            price_limit: None,
            price_too_high: None,
            price_accepted: None,
        };
        shipment.set_timer(now);
        shipment
    }

    /// Applies `event` at `now`. Moving to another stage ends any outage and restarts the timer. An event that is refused
    /// changes nothing.
    pub fn apply(&mut self, event: Event, now: Timestamp) -> Result<(), TransitionError> {
        let next = self.stage.clone().after(event)?;
        let moves = next.name() != self.stage.name();
        if moves && matches!(self.stage, Stage::Buying { .. }) && self.purchase().is_ok() {
            return Err(TransitionError::PurchaseOpen(self.id.clone()));
        }
        if moves {
            self.history.push(StageChange { at: now, stage: next.name().to_owned() });
            self.outage = None;
        }
        // One hold may follow another, and each has its own timer.
        if moves || matches!(next, Stage::Held { .. }) && next != self.stage {
            self.timer_fires = 0;
        }
        let waits_on = self.stage == next && self.awaits_refund();
        self.stage = next;
        // An event that changes nothing must not postpone the check of a refund.
        if !waits_on {
            self.set_timer(now);
        }
        Ok(())
    }

    /// Enters a purchase into the ledger and moves to [`Stage::Buying`].
    pub fn begin_purchase(
        &mut self,
        key: PurchaseKey,
        chosen: ChosenQuote,
        now: Timestamp,
    ) -> Result<(), TransitionError> {
        if self.ledger.iter().any(Purchase::is_live) {
            return Err(TransitionError::SecondPurchase(self.id.clone()));
        }
        self.apply(Event::Buy, now)?;
        self.ledger.push(Purchase::intend(key, chosen));
        Ok(())
    }

    /// The live purchase; an error if the ledger has none.
    pub fn purchase(&self) -> Result<&Purchase, TransitionError> {
        self.ledger
            .last()
            .filter(|purchase| purchase.is_live())
            .ok_or_else(|| TransitionError::NoPurchase(self.id.clone()))
    }

    /// Applies `event` to the live purchase.
    pub fn purchase_event(&mut self, event: PurchaseEvent, now: Timestamp) -> Result<(), TransitionError> {
        let id = &self.id;
        let purchase = self
            .ledger
            .last_mut()
            .filter(|purchase| purchase.is_live())
            .ok_or_else(|| TransitionError::NoPurchase(id.clone()))?;
        purchase.apply(event, now)?;
        self.set_timer(now);
        Ok(())
    }

    /// Records that an outside service failed, and returns the pause before the next attempt, at least `at_least`. A shipment
    /// that has meanwhile been finished, or waits for a person, gets no outage and no timer.
    pub fn record_failure(
        &mut self,
        error: String,
        at_least: std::time::Duration,
        random: u64,
        now: Timestamp,
    ) -> std::time::Duration {
        let (since, attempts) =
            self.outage.as_ref().map_or((now, 1), |t| (t.since, t.attempts.saturating_add(1)));
        let pause = backoff(attempts, random).max(at_least);
        if self.is_at_rest() {
            return pause;
        }
        self.outage = Some(Outage { since, attempts, last: error });
        // If the delayed message is lost, the timer finds the shipment.
        let pause_signed = SignedDuration::try_from(pause).unwrap_or(SignedDuration::MAX);
        self.next_check_at =
            Some(later(now, WORKER_TIMER.saturating_add(pause_signed))).max(self.lease_until(now));
        pause
    }

    /// The service that its step needs takes no more calls for `pause`. That is no failure: nothing is counted, and the timer
    /// leaves the message the time that it has to wait. Returns whether that changes anything: most pauses are over long
    /// before the timer fires, and cost no commit.
    pub fn await_turn(&mut self, pause: std::time::Duration, now: Timestamp) -> bool {
        let pause = SignedDuration::try_from(pause).unwrap_or(SignedDuration::MAX);
        let turn = later(now, pause);
        let is_in_time = self.next_check_at.is_none_or(|at| at >= later(turn, WORKER_TIMER / 2));
        if self.is_at_rest() || is_in_time {
            return false;
        }
        self.next_check_at = Some(later(turn, WORKER_TIMER)).max(self.lease_until(now));
        // Nor does the time of the pause count as time in which the service failed.
        if let Some(outage) = &mut self.outage {
            outage.since = later(outage.since, pause);
        }
        true
    }

    /// The timer fired, and a message for the shipment still waits in its queue: nothing is lost, and nothing is counted.
    pub fn await_message(&mut self, now: Timestamp) {
        if self.next_check_at.is_some() {
            self.next_check_at = Some(later(now, WORKER_TIMER)).max(self.lease_until(now));
        }
    }

    /// True once people have to know about a failing service.
    pub fn is_failing_too_long(&self, now: Timestamp) -> bool {
        self.outage.as_ref().is_some_and(|outage| now.duration_since(outage.since) >= OUTAGE_GRACE)
    }

    /// The timer fired: returns the message that resumes the shipment, and restarts the timer with a longer pause.
    pub fn on_timer(&mut self, key: &OrderKey, now: Timestamp) -> Message {
        self.timer_fires = self.timer_fires.saturating_add(1);
        self.set_timer(now);
        let target = ShipmentRef { key: key.clone(), shipment: self.id.clone() };
        match &self.stage {
            Stage::Buying { .. } | Stage::LabelPending { .. } | Stage::Voiding { .. } => {
                Message::LabelRequest(target)
            }
            _ if self.file_is_pending() || self.awaits_refund() => Message::LabelRequest(target),
            Stage::Held { why: HoldReason::Combined, .. } => Message::RateRequest(target),
            Stage::Uploaded { .. } | Stage::Scanned { .. } => Message::ParcelCheck(target),
            _ => Message::order_change(key.clone(), ChangeSource::Timer),
        }
    }

    /// True if the shipment should have moved and did not, although it was sent again.
    pub fn is_stuck(&self) -> bool {
        self.timer_fires >= STUCK_AFTER && self.waits_for_a_worker()
    }

    /// True when TikTok has the tracking number.
    pub fn is_uploaded(&self) -> bool {
        matches!(self.stage, Stage::Uploaded { .. } | Stage::Scanned { .. } | Stage::Delivered { .. })
    }

    /// True when TikTok counts it as shipped: it has the tracking number, or sold the label itself.
    pub fn is_dispatched(&self) -> bool {
        self.is_uploaded() || matches!(self.stage, Stage::LabelPending { .. })
    }

    /// True while the label's file, or the sheet that goes with it, has not been stored.
    pub fn file_is_pending(&self) -> bool {
        let is_pending = |label: &Label| {
            matches!(label.file, LabelFileState::Pending { .. }) || label.hazmat_sheet == HazmatSheet::Pending
        };
        matches!(self.stage, Stage::Labelled { .. } | Stage::Uploaded { .. } | Stage::Scanned { .. })
            && self.stage.label().is_some_and(is_pending)
    }

    /// True while the refund of a voided label is under way.
    pub fn awaits_refund(&self) -> bool {
        matches!(self.stage, Stage::Cancelled { voided: Some((_, Void::Submitted)) })
    }

    /// When the shipment came to its present stage.
    pub fn in_stage_since(&self) -> Option<Timestamp> {
        self.history.last().map(|moment| moment.at)
    }

    /// True while the shipment is stopped because TikTok's inventory has too few units for it.
    pub fn awaits_stock(&self) -> bool {
        matches!(self.stage, Stage::Blocked { why: ExceptionKind::OutOfStock, label: None })
    }

    fn waits_for_a_worker(&self) -> bool {
        matches!(
            self.stage,
            // Once the hold has ended, a worker has to resume it.
            Stage::Held { until: Some(_), .. }
                | Stage::Ready
                | Stage::Rated { .. }
                | Stage::Buying { .. }
                | Stage::Labelled { .. }
                | Stage::Voiding { .. }
        ) || self.file_is_pending()
    }

    /// True if it is finished, or blocked until a person acts.
    fn is_at_rest(&self) -> bool {
        matches!(
            self.stage,
            Stage::Blocked { .. }
                | Stage::Delivered { .. }
                | Stage::Cancelled { .. }
                | Stage::ShippedElsewhere
        ) && !self.awaits_refund()
    }

    /// Until when a worker waits for the carrier's answer to a purchase.
    fn lease_until(&self, now: Timestamp) -> Option<Timestamp> {
        match (&self.stage, self.ledger.last()?) {
            (Stage::Buying { .. }, purchase) => purchase.claimed_until(now),
            _ => None,
        }
    }

    /// Corrects times that were stored while the clock was ahead: a timer that is further ahead than it can have been set is
    /// due. True if there were any.
    pub fn mend_times(&mut self, now: Timestamp) -> bool {
        let mut mended = self.ledger.last_mut().is_some_and(|purchase| purchase.mend_times(now));
        if let Some(outage) = &mut self.outage {
            mended |= mend(&mut outage.since, PAUSED_TIMER_MAX, now);
        }
        let longest = match &self.stage {
            // As far ahead as TikTok says.
            Stage::Held { until: Some(until), .. } if *until > now => until.duration_since(now),
            _ if self.awaits_refund() => REFUND_TIMER,
            Stage::LabelPending { .. } => PAUSED_TIMER_MAX,
            _ if self.waits_for_a_worker() => PAUSED_TIMER_MAX,
            _ => OUTSIDE_TIMER,
        };
        if let Some(at) = &mut self.next_check_at {
            mended |= mend(at, longest, now);
        }
        mended
    }

    /// Has it checked soon, whatever else it waits for.
    pub(crate) fn check_soon(&mut self, now: Timestamp) {
        let soon = later(now, WORKER_TIMER);
        self.next_check_at = Some(self.next_check_at.map_or(soon, |at| at.min(soon)));
    }

    /// It was checked and stays in its stage: restarts its timer.
    pub fn reschedule(&mut self, now: Timestamp) {
        self.timer_fires = 0;
        self.set_timer(now);
    }

    /// By when a worker must have handled a message; longer after every timer without progress.
    fn worker_timer(&self) -> SignedDuration {
        WORKER_TIMER.saturating_mul(1 << self.timer_fires.min(8)).min(TIMER_MAX)
    }

    /// **Invariant:** every shipment that is neither finished nor waiting for a person has a timer.
    fn set_timer(&mut self, now: Timestamp) {
        if self.is_at_rest() {
            self.next_check_at = self.awaits_stock().then(|| later(now, STOCK_TIMER));
            return;
        }
        let next_check_at = match &self.stage {
            Stage::Held { until: Some(until), .. } if *until > now => Some(*until),
            _ if self.waits_for_a_worker() => Some(later(now, self.worker_timer())),
            // The message that the timer sent may be lost: then it is sent again before another day has passed.
            _ if self.awaits_refund() && self.timer_fires > 0 => Some(later(now, self.worker_timer())),
            _ if self.awaits_refund() => Some(later(now, REFUND_TIMER)),
            Stage::LabelPending { .. } => Some(later(now, LABEL_TIMER)),
            Stage::Held { why: HoldReason::Combined, .. } => Some(later(now, COMBINED_TIMER)),
            Stage::Held { why: HoldReason::RouteUnknown | HoldReason::StatusNotUnderstood, .. } => {
                Some(later(now, UNCLEAR_TIMER))
            }
            _ => Some(later(now, OUTSIDE_TIMER)),
        };
        self.next_check_at = next_check_at.max(self.lease_until(now));
    }
}
