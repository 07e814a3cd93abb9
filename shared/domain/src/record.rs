//! What is stored of an order: TikTok's mirror, our shipments and exceptions.

use jiff::{SignedDuration, Timestamp};
use serde::{Deserialize, Serialize};

use crate::deadline::Deadline;
use crate::exception::{Exception, ExceptionKind};
use crate::ids::{OrderKey, ShipmentId, ShopId};
use crate::order::Order;
use crate::shipment::{Shipment, StepRefused};
use crate::stage::Event;

/// A stored order older than this is read back before money is spent or TikTok is told a tracking number: a
/// cancellation whose webhook is lost is found in time.
pub const FRESH_FOR: SignedDuration = SignedDuration::from_secs(120);

/// An order with all that is ours of it. It is loaded, changed and committed as a whole, under one version.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct OrderRecord {
    /// The shop that sold.
    pub shop: ShopId,
    /// TikTok's order.
    pub order: Order,
    /// Our shipments.
    pub shipments: Vec<Shipment>,
    /// Open and closed exceptions.
    pub exceptions: Vec<Exception>,
    /// By when it must be dispatched, by the order as it was last read back.
    pub deadline: Option<Deadline>,
    /// When we first heard of it.
    pub first_seen_at: Timestamp,
    /// When it was last read back.
    pub synced_at: Timestamp,
    /// The latest `update_time` that a webhook told of, to find changes that none told.
    pub told_until: Option<Timestamp>,
}

impl OrderRecord {
    /// The order's key.
    pub fn key(&self) -> OrderKey {
        OrderKey::new(self.shop.clone(), self.order.id.clone())
    }

    /// The earliest timer of all shipments.
    pub fn due_at(&self) -> Option<Timestamp> {
        self.shipments.iter().filter_map(|shipment| shipment.wake_at).min()
    }

    /// True while the record is young enough to act on.
    pub fn is_fresh(&self, now: Timestamp) -> bool {
        now.duration_since(self.synced_at) < FRESH_FOR
    }

    /// The shipment with this id.
    pub fn shipment(&self, id: &ShipmentId) -> Option<&Shipment> {
        self.shipments.iter().find(|shipment| shipment.id == *id)
    }

    /// The shipment with this id.
    pub fn shipment_mut(&mut self, id: &ShipmentId) -> Option<&mut Shipment> {
        self.shipments.iter_mut().find(|shipment| shipment.id == *id)
    }

    /// Opens an exception; one that is open already keeps its age and takes the new detail.
    pub fn open_exception(
        &mut self,
        kind: ExceptionKind,
        shipment: Option<&ShipmentId>,
        detail: impl Into<String>,
        now: Timestamp,
    ) {
        let detail = detail.into();
        let open = self.exceptions.iter_mut().find(|e| e.is(kind, shipment));
        match open {
            Some(exception) => exception.detail = detail,
            None => self.exceptions.push(Exception {
                kind,
                shipment: shipment.cloned(),
                detail,
                opened_at: now,
                closed_at: None,
            }),
        }
    }

    /// Closes an exception, if it is open.
    pub fn close_exception(&mut self, kind: ExceptionKind, shipment: Option<&ShipmentId>, now: Timestamp) {
        if let Some(exception) = self.exceptions.iter_mut().find(|e| e.is(kind, shipment)) {
            exception.closed_at = Some(now);
        }
    }

    /// Stops a shipment until a person acts, and opens the exception that says on what.
    pub fn block(
        &mut self,
        shipment: &ShipmentId,
        why: ExceptionKind,
        detail: impl Into<String>,
        now: Timestamp,
    ) -> Result<(), StepRefused> {
        if let Some(found) = self.shipment_mut(shipment) {
            found.apply(Event::Block { why }, now)?;
        }
        self.open_exception(why, Some(shipment), detail, now);
        self.settle(now);
        Ok(())
    }

    /// Closes the exceptions whose condition has ended.
    pub fn settle(&mut self, now: Timestamp) {
        let Self { shipments, exceptions, .. } = self;
        for exception in exceptions.iter_mut().filter(|e| e.closed_at.is_none()) {
            let Some(id) = &exception.shipment else {
                // What is shipped is no longer cancelled by a wish.
                let shipped = !shipments.is_empty() && shipments.iter().all(Shipment::is_uploaded);
                if exception.kind == ExceptionKind::CancelRequested && shipped {
                    exception.closed_at = Some(now);
                }
                continue;
            };
            let ended =
                shipments.iter().find(|s| s.id == *id).is_some_and(|s| s.has_left_behind(exception.kind));
            if ended {
                exception.closed_at = Some(now);
            }
        }
    }

    /// Open exceptions.
    pub fn open_exceptions(&self) -> impl Iterator<Item = &Exception> {
        self.exceptions.iter().filter(|exception| exception.closed_at.is_none())
    }
}

impl Exception {
    /// True for the open exception of this kind and shipment.
    fn is(&self, kind: ExceptionKind, shipment: Option<&ShipmentId>) -> bool {
        self.closed_at.is_none() && self.kind == kind && self.shipment.as_ref() == shipment
    }
}

impl Shipment {
    /// True when the condition of an exception of this kind no longer holds for the shipment.
    fn has_left_behind(&self, kind: ExceptionKind) -> bool {
        use crate::purchase::PurchaseState;
        use crate::stage::Stage;
        match kind {
            ExceptionKind::ServiceUnavailable | ExceptionKind::ShopAuthorization => self.trouble.is_none(),
            ExceptionKind::Stuck => !self.is_stuck(),
            ExceptionKind::PurchaseUnknown => {
                !matches!(self.ledger.last().map(|p| &p.state), Some(PurchaseState::Unknown { .. }))
            }
            // The rate that arrives late is given up.
            ExceptionKind::ArrivesLate if matches!(self.stage, Stage::Held { .. } | Stage::Ready) => true,
            // Notices stay with the shipment until it is over.
            ExceptionKind::ArrivesLate | ExceptionKind::OverCharged | ExceptionKind::UploadWarning => {
                matches!(
                    self.stage,
                    Stage::Delivered { .. } | Stage::Cancelled { .. } | Stage::ShippedElsewhere
                )
            }
            // A person must not miss these.
            ExceptionKind::VoidRefused
            | ExceptionKind::CancelRequested
            | ExceptionKind::CancelledAfterScan
            | ExceptionKind::NotSupported => false,
            _ => !matches!(&self.stage, Stage::Blocked { why, .. } if *why == kind),
        }
    }
}
