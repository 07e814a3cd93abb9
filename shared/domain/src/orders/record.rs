//! What is stored about an order: a mirror of TikTok's, our shipments and exceptions, what people override, and the alarms.

mod cancellation;
mod forget;
mod overrides;
mod timed;

pub use cancellation::CancellationRequest;
pub use overrides::{AddressCorrection, CancellationResponse, Overrides};
pub use timed::{
    AlarmLog, COLLECTION_DUE_WITHIN, LABEL_ISSUED_WITHIN, LABELLED_WITHIN, RESPONSE_DUE_WITHIN,
    TRACKING_STALLED_AFTER,
};

use jiff::{SignedDuration, Timestamp};
use serde::{Deserialize, Serialize};

use crate::alarm::mend_raised;
use crate::combination::Combination;
use crate::deadline::Deadline;
use crate::exception::{self, Ends, Exception, ExceptionKind};
use crate::ids::{OrderKey, ShipmentId, ShopId, TrackingNumber};
use crate::order::Order;
use crate::purchase::PurchaseState;
use crate::rates::RefusedLabel;
use crate::route::Route;
use crate::shipment::{Shipment, TransitionError};
use crate::stage::{Event, Stage};
use crate::time::{earlier, is_within, mend};

/// A stored order older than this is read back before money is spent or a tracking number goes to TikTok, so that a
/// cancellation whose webhook was lost is found in time.
pub const FRESH_FOR: SignedDuration = SignedDuration::from_secs(120);

/// An order with everything we know and do about it. It is loaded, changed and committed as a whole, under one version.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct OrderRecord {
    /// The shop that sold it.
    pub shop: ShopId,
    /// As it was last read back.
    pub order: Order,
    pub shipments: Vec<Shipment>,
    /// Open and closed ones.
    #[serde(default, skip_serializing_if = "crate::record::is_default")]
    pub exceptions: Vec<Exception>,
    /// Whose label it needs and how TikTok learns of it, as of the last read-back. `None` where nothing is known of that.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub route: Option<Route>,
    /// The orders with which TikTok would ship it in one parcel, and what becomes of that.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub combination: Option<Combination>,
    /// By when it must be dispatched.
    pub deadline: Option<Deadline>,
    pub first_seen_at: Timestamp,
    /// When it was last read back.
    pub synced_at: Timestamp,
    /// The latest `update_time` that a webhook announced: later ones were found by polling.
    pub webhooks_seen_until: Option<Timestamp>,
    /// What a person, or the shop's policy, overrides.
    #[serde(default, skip_serializing_if = "is_default")]
    pub overrides: Overrides,
    /// The labels that were refused for it: they are not bought again.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub refused: Vec<RefusedLabel>,
    #[serde(default, skip_serializing_if = "is_default")]
    pub alarms: AlarmLog,
    /// The buyer's cancellation request that is waiting for an answer, as TikTok lists it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub cancellation: Option<CancellationRequest>,
    /// When its personal data is deleted.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub forget_at: Option<Timestamp>,
}

/// Default values are not stored: an order is written a dozen times, and DynamoDB bills each kilobyte.
pub(crate) fn is_default<T: Default + PartialEq>(value: &T) -> bool {
    *value == T::default()
}

impl OrderRecord {
    /// The key under which it is stored.
    pub fn key(&self) -> OrderKey {
        OrderKey::new(self.shop.clone(), self.order.id.clone())
    }

    /// When somebody has to look at it: the earliest timer of its shipments, or when its personal data is to be deleted.
    pub fn due_at(&self) -> Option<Timestamp> {
        self.shipments.iter().filter_map(|shipment| shipment.next_check_at).chain(self.forget_at).min()
    }

    /// The tracking number of the latest label.
    pub fn tracking(&self) -> Option<&TrackingNumber> {
        self.shipments.iter().rev().find_map(|shipment| shipment.stage.label()).map(|label| &label.tracking)
    }

    /// True while the record is recent enough to act on.
    pub fn is_fresh(&self, now: Timestamp) -> bool {
        is_within(self.synced_at, FRESH_FOR, now)
    }

    /// Corrects times that were stored while the clock was ahead: what waits for some time to pass after them must not be held
    /// up. True if there were any.
    pub fn mend_times(&mut self, now: Timestamp) -> bool {
        let mut mended = false;
        for shipment in &mut self.shipments {
            mended |= shipment.mend_times(now);
        }
        for exception in &mut self.exceptions {
            mended |= mend(&mut exception.opened_at, SignedDuration::ZERO, now);
        }
        mended |= mend_raised(&mut self.alarms.raised, now);
        if let Some(combination) = &mut self.combination {
            mended |= combination.mend_times(now);
        }
        // It is not known how old it is.
        if mend(&mut self.synced_at, SignedDuration::ZERO, now) {
            self.synced_at = earlier(now, FRESH_FOR);
            mended = true;
        }
        mended
    }

    /// The shipment with this id.
    pub fn shipment(&self, id: &ShipmentId) -> Option<&Shipment> {
        self.shipments.iter().find(|shipment| shipment.id == *id)
    }

    /// The shipment with this id, to change it.
    pub fn shipment_mut(&mut self, id: &ShipmentId) -> Option<&mut Shipment> {
        self.shipments.iter_mut().find(|shipment| shipment.id == *id)
    }

    /// Opens an exception. One that is open already keeps its age and takes the new detail.
    pub fn open_exception(
        &mut self,
        kind: ExceptionKind,
        shipment: Option<&ShipmentId>,
        detail: impl Into<String>,
        now: Timestamp,
    ) {
        exception::open(&mut self.exceptions, kind, shipment, detail.into(), now);
    }

    /// Remembers a refused label, so that it is not bought again.
    pub fn note_refused(&mut self, label: RefusedLabel) {
        if !self.refused.contains(&label) {
            self.refused.push(label);
        }
    }

    /// Closes an exception if it is open.
    pub fn close_exception(&mut self, kind: ExceptionKind, shipment: Option<&ShipmentId>, now: Timestamp) {
        exception::close(&mut self.exceptions, kind, shipment, now);
    }

    /// Stops a shipment until a person acts, and opens the exception that says why.
    ///
    /// # Errors
    /// If the shipment's stage forbids it; then no exception opens.
    pub fn block(
        &mut self,
        shipment: &ShipmentId,
        why: ExceptionKind,
        detail: impl Into<String>,
        now: Timestamp,
    ) -> Result<(), TransitionError> {
        if let Some(found) = self.shipment_mut(shipment) {
            found.apply(Event::Block { why }, now)?;
        }
        self.open_exception(why, Some(shipment), detail, now);
        self.refresh_exceptions(now);
        Ok(())
    }

    /// Opens and closes the exceptions whose condition has begun or ended.
    pub fn refresh_exceptions(&mut self, now: Timestamp) {
        let Self { shipments, exceptions, .. } = self;
        let is_uploaded =
            current(shipments).next().is_some() && current(shipments).all(Shipment::is_uploaded);
        for exception in exceptions.iter_mut().filter(|e| e.closed_at.is_none()) {
            let ended = match &exception.shipment {
                // A buyer's request cannot cancel an order that has shipped.
                None => is_uploaded && exception.kind.facts().ends == Ends::WhenOrderIsUploaded,
                Some(id) => {
                    shipments.iter().find(|s| s.id == *id).is_some_and(|s| s.has_ended(exception.kind))
                }
            };
            if ended {
                exception.closed_at = Some(now);
            }
        }
        // The timers of the voided shipment know nothing of the one that is to follow it.
        if self.awaits_replacement()
            && let Some(last) = self.shipments.last_mut()
        {
            last.check_soon(now);
        }
        self.refresh_timed_exceptions(now);
    }

    /// True if a label was voided to buy another one, and the shipment for that one does not exist yet: the next read-back
    /// creates it.
    pub fn awaits_replacement(&self) -> bool {
        self.overrides.ship_again
            && self.current_shipments().all(|shipment| matches!(shipment.stage, Stage::Cancelled { .. }))
    }

    /// The shipments that count: a cancelled one counts only if there is no other.
    pub fn current_shipments(&self) -> impl Iterator<Item = &Shipment> {
        current(&self.shipments)
    }

    /// The exceptions that are open.
    pub fn open_exceptions(&self) -> impl Iterator<Item = &Exception> {
        self.exceptions.iter().filter(|exception| exception.closed_at.is_none())
    }
}

/// See [`OrderRecord::current_shipments`].
fn current(shipments: &[Shipment]) -> impl Iterator<Item = &Shipment> {
    let is_cancelled = |shipment: &Shipment| matches!(shipment.stage, Stage::Cancelled { .. });
    let all = shipments.iter().all(is_cancelled);
    shipments.iter().filter(move |shipment| all || !is_cancelled(shipment))
}

impl Shipment {
    /// True if the condition of an exception of this kind no longer holds for the shipment.
    fn has_ended(&self, kind: ExceptionKind) -> bool {
        let is_over =
            matches!(self.stage, Stage::Delivered { .. } | Stage::Cancelled { .. } | Stage::ShippedElsewhere);
        match kind.facts().ends {
            Ends::WhenUnblocked => !matches!(&self.stage, Stage::Blocked { why, .. } if *why == kind),
            Ends::WhenOutageEnds => self.outage.is_none(),
            Ends::WhenUnstuck => !self.is_stuck(),
            Ends::WhenPurchaseIsKnown => {
                !matches!(self.ledger.last().map(|p| &p.state), Some(PurchaseState::Unknown { .. }))
            }
            Ends::WhenRateIsGivenUp => is_over || matches!(self.stage, Stage::Held { .. } | Stage::Ready),
            Ends::WhenShipmentIsOver => is_over,
            // Closed elsewhere, if at all.
            Ends::ByTime | Ends::ByStep | Ends::WhenOrderIsUploaded | Ends::Never => false,
            // Never about a single shipment.
            Ends::WhenOrderIsDispatched | Ends::OfOrder | Ends::OfShop => true,
        }
    }
}
