//! Labels that were refused before and are not bought again, for an order or for a whole shop.

use std::fmt;

use jiff::{SignedDuration, Timestamp};
use serde::{Deserialize, Serialize};

use super::quote::Quote;
use super::services::{Carrier, Service};
use crate::exception::ExceptionKind;
use crate::ids::{CarrierAccountId, OrderId};

/// Who refused a label.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum RefusedBy {
    /// The carrier did not sell it: nothing was paid.
    Carrier,
    /// TikTok did not accept its tracking number: it was paid for.
    TikTok,
}

/// A label that was refused for an order.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct RefusedLabel {
    pub by: RefusedBy,
    pub service: Service,
    /// The carrier's contract that was to be billed.
    pub billed_to: CarrierAccountId,
    /// The parcel, see [`crate::order::Order::parcel_fingerprint`].
    pub fingerprint: u64,
    /// What blocks the order if nothing else can be bought.
    pub kind: ExceptionKind,
    pub reason: String,
}

impl RefusedLabel {
    /// True if `quote` for the parcel `fingerprint` would be refused again. A carrier refuses one service for one parcel, and
    /// may accept another address; TikTok refuses the carrier.
    pub fn covers(&self, quote: &Quote, fingerprint: u64) -> bool {
        match self.by {
            RefusedBy::Carrier => {
                self.service == quote.service
                    && self.billed_to == quote.billed_to
                    && self.fingerprint == fingerprint
            }
            RefusedBy::TikTok => self.service.carrier == quote.service.carrier,
        }
    }
}

/// After the same refusal for this many orders in a row, no more labels of a carrier are bought.
const REFUSALS_MAX: usize = 3;

/// For how long. Afterwards one label is tried: a refusal by the carrier costs nothing, one by TikTok costs a label.
const fn pause(by: RefusedBy) -> SignedDuration {
    match by {
        RefusedBy::Carrier => SignedDuration::from_hours(1),
        RefusedBy::TikTok => SignedDuration::from_hours(24),
    }
}

/// Refusals are forgotten after this time without another one.
const FORGOTTEN_AFTER: SignedDuration = SignedDuration::from_hours(7 * 24);

/// Somebody refused one of a shop's labels.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RefusalEvent<'a> {
    pub by: RefusedBy,
    pub carrier: Carrier,
    /// The carrier's contract that was to be billed.
    pub billed_to: &'a CarrierAccountId,
    pub order: &'a OrderId,
    /// The code, by which refusals are alike.
    pub code: &'a str,
    /// Why, without personal data.
    pub reason: &'a str,
}

/// Equal refusals in a row, for one carrier's labels of one shop.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct RefusalStreak {
    pub by: RefusedBy,
    pub carrier: Carrier,
    /// The contract that the carrier refused; `None` when TikTok did, for which all contracts are alike.
    pub billed_to: Option<CarrierAccountId>,
    pub code: String,
    pub reason: String,
    /// The orders whose labels were refused: several refusals of one order may be its own fault.
    pub orders: Vec<OrderId>,
    /// When the last one came.
    pub last_at: Timestamp,
    /// When buying was stopped.
    pub stopped_at: Option<Timestamp>,
}

impl RefusalStreak {
    fn is_about(&self, by: RefusedBy, carrier: Carrier, billed_to: &CarrierAccountId) -> bool {
        self.by == by && self.carrier == carrier && self.billed_to.as_ref().is_none_or(|own| own == billed_to)
    }

    /// True while `quote` must not be bought. If a person retried the order after the stop, at `retried_at`, it is tried once
    /// more.
    pub fn stops(&self, quote: &Quote, retried_at: Option<Timestamp>, now: Timestamp) -> bool {
        let Some(since) = self.stopped_at else { return false };
        self.is_about(self.by, quote.service.carrier, &quote.billed_to)
            && now.duration_since(since) < pause(self.by)
            && retried_at.is_none_or(|at| at < since)
    }
}

impl fmt::Display for RefusalStreak {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { by, carrier, billed_to, reason, .. } = self;
        match (by, billed_to) {
            (RefusedBy::TikTok, _) => {
                write!(f, "TikTok refused {carrier} labels of several orders in a row: {reason}")
            }
            (RefusedBy::Carrier, Some(billed_to)) => {
                write!(
                    f,
                    "{carrier} refused labels of several orders in a row on account {billed_to}: {reason}"
                )
            }
            (RefusedBy::Carrier, None) => {
                write!(f, "{carrier} refused labels of several orders in a row: {reason}")
            }
        }
    }
}

/// The refusals of a shop's labels.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(transparent)]
pub struct RefusalStreaks(Vec<RefusalStreak>);

impl RefusalStreaks {
    /// True when there are none.
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    pub fn iter(&self) -> impl Iterator<Item = &RefusalStreak> {
        self.0.iter()
    }

    /// Counts a refusal. Returns the streak when it stops the buying now.
    pub fn refused(&mut self, refusal: &RefusalEvent<'_>, now: Timestamp) -> Option<&RefusalStreak> {
        let RefusalEvent { by, carrier, billed_to, order, code, reason } = *refusal;
        let index = match self.0.iter().position(|streak| streak.is_about(by, carrier, billed_to)) {
            Some(index) => index,
            None => {
                let billed_to = (by == RefusedBy::Carrier).then(|| billed_to.clone());
                self.0.push(RefusalStreak {
                    by,
                    carrier,
                    billed_to,
                    code: code.to_owned(),
                    reason: String::new(),
                    orders: Vec::new(),
                    last_at: now,
                    stopped_at: None,
                });
                self.0.len() - 1
            }
        };
        let streak = self.0.get_mut(index)?;
        if streak.code != code {
            (streak.code, streak.orders, streak.stopped_at) = (code.to_owned(), Vec::new(), None);
        }
        if !streak.orders.contains(order) && streak.orders.len() < REFUSALS_MAX {
            streak.orders.push(order.clone());
        }
        (streak.reason, streak.last_at) = (reason.to_owned(), now);
        // Purchases that were under way when buying stopped are refused too; they do not restart the pause.
        let stopped = streak.stopped_at.is_some_and(|since| now.duration_since(since) < pause(by));
        if streak.orders.len() < REFUSALS_MAX || stopped {
            return None;
        }
        streak.stopped_at = Some(now);
        Some(streak)
    }

    /// A label of the carrier and contract was accepted by `by`: its refusals are over. Returns whether there were any.
    pub fn accepted(&mut self, by: RefusedBy, carrier: Carrier, billed_to: &CarrierAccountId) -> bool {
        let before = self.0.len();
        self.0.retain(|streak| !streak.is_about(by, carrier, billed_to));
        self.0.len() != before
    }

    /// Forgets streaks that are older than `FORGOTTEN_AFTER`.
    pub fn forget_old(&mut self, now: Timestamp) {
        self.0.retain(|streak| now.duration_since(streak.last_at) < FORGOTTEN_AFTER);
    }

    /// The streaks that stopped the buying, including those whose pause is over and that no accepted label has ended yet.
    pub fn stopped(&self) -> impl Iterator<Item = &RefusalStreak> {
        self.0.iter().filter(|streak| streak.stopped_at.is_some())
    }
}
