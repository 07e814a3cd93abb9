//! What is stored of an order: TikTok's mirror, our shipments and exceptions, what a person overrides, and the alarms.

mod cancellation;
mod forget;
mod overrides;
mod timed;

pub use cancellation::CancellationRequest;
pub use overrides::{AddressCorrection, CancellationResponse, Overrides};
pub use timed::{
    AlarmLog, COLLECTION_DUE_WITHIN, LABELLED_WITHIN, RESPONSE_DUE_WITHIN, TRACKING_STALLED_AFTER,
};

use jiff::{SignedDuration, Timestamp};
use serde::{Deserialize, Serialize};

use crate::deadline::Deadline;
use crate::exception::{self, Exception, ExceptionKind};
use crate::ids::{OrderKey, ShipmentId, ShopId, TrackingNumber};
use crate::order::Order;
use crate::rates::RefusedLabel;
use crate::shipment::{Shipment, TransitionError};
use crate::stage::{Event, Stage};

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
    pub webhooks_seen_until: Option<Timestamp>,
    /// What a person, or the shop's policy, overrides about it.
    #[serde(default, skip_serializing_if = "is_default")]
    pub overrides: Overrides,
    /// The labels that were refused for it: they are not bought again.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub refused: Vec<RefusedLabel>,
    /// The alarms that told of it.
    #[serde(default, skip_serializing_if = "is_default")]
    pub alarms: AlarmLog,
    /// The buyer's request to cancel that waits for an answer, as TikTok lists it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub cancellation: Option<CancellationRequest>,
    /// When its personal data is forgotten.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub forget_at: Option<Timestamp>,
}

/// What says nothing is not stored: an order is written a dozen times, and DynamoDB bills each kilobyte.
fn is_default<T: Default + PartialEq>(value: &T) -> bool {
    *value == T::default()
}

impl OrderRecord {
    /// The order's key.
    pub fn key(&self) -> OrderKey {
        OrderKey::new(self.shop.clone(), self.order.id.clone())
    }

    /// The earliest timer of all shipments, or the moment at which personal data is forgotten.
    pub fn due_at(&self) -> Option<Timestamp> {
        self.shipments.iter().filter_map(|shipment| shipment.next_check_at).chain(self.forget_at).min()
    }

    /// The tracking number of the latest label.
    pub fn tracking(&self) -> Option<&TrackingNumber> {
        self.shipments.iter().rev().find_map(|shipment| shipment.stage.label()).map(|label| &label.tracking)
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
        exception::open(&mut self.exceptions, kind, shipment, detail.into(), now);
    }

    /// Notes that a label was refused, so that it is not bought again.
    pub fn note_refused(&mut self, label: RefusedLabel) {
        if !self.refused.contains(&label) {
            self.refused.push(label);
        }
    }

    /// Closes an exception, if it is open.
    pub fn close_exception(&mut self, kind: ExceptionKind, shipment: Option<&ShipmentId>, now: Timestamp) {
        exception::close(&mut self.exceptions, kind, shipment, now);
    }

    /// Stops a shipment until a person acts, and opens the exception that says on what.
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
        for exception in exceptions.iter_mut().filter(|e| e.closed_at.is_none()) {
            let Some(id) = &exception.shipment else {
                // What is shipped is no longer cancelled by a wish.
                let shipped =
                    current(shipments).next().is_some() && current(shipments).all(Shipment::is_uploaded);
                if exception.kind == ExceptionKind::CancelRequested && shipped {
                    exception.closed_at = Some(now);
                }
                continue;
            };
            let ended = shipments.iter().find(|s| s.id == *id).is_some_and(|s| s.has_ended(exception.kind));
            if ended {
                exception.closed_at = Some(now);
            }
        }
        // Its own timers know nothing of the shipment that is to follow.
        if self.awaits_replacement()
            && let Some(last) = self.shipments.last_mut()
        {
            last.check_soon(now);
        }
        self.refresh_timed_exceptions(now);
    }

    /// True when a label was given back to buy another one, and the shipment that it will be for is not made yet: the next
    /// read-back makes it.
    pub fn awaits_replacement(&self) -> bool {
        self.overrides.ship_again
            && self.current_shipments().all(|shipment| matches!(shipment.stage, Stage::Cancelled { .. }))
    }

    /// The shipments that count: one whose label was given back counts only when there is no other.
    pub fn current_shipments(&self) -> impl Iterator<Item = &Shipment> {
        current(&self.shipments)
    }

    /// Open exceptions.
    pub fn open_exceptions(&self) -> impl Iterator<Item = &Exception> {
        self.exceptions.iter().filter(|exception| exception.closed_at.is_none())
    }
}

/// The shipments that count: one whose label was given back counts only when there is no other.
fn current(shipments: &[Shipment]) -> impl Iterator<Item = &Shipment> {
    let given_up = |shipment: &Shipment| matches!(shipment.stage, Stage::Cancelled { .. });
    let all = shipments.iter().all(given_up);
    shipments.iter().filter(move |shipment| all || !given_up(shipment))
}

impl Shipment {
    /// True when the condition of an exception of this kind no longer holds for the shipment.
    fn has_ended(&self, kind: ExceptionKind) -> bool {
        use crate::purchase::PurchaseState;
        match kind {
            ExceptionKind::ServiceUnavailable
            | ExceptionKind::ShopUnauthorized
            | ExceptionKind::ShopNotAllowed => self.outage.is_none(),
            ExceptionKind::Stuck => !self.is_stuck(),
            ExceptionKind::PurchaseUnknown => {
                !matches!(self.ledger.last().map(|p| &p.state), Some(PurchaseState::Unknown { .. }))
            }
            // The rate that arrives late is given up.
            ExceptionKind::ArrivesLate if matches!(self.stage, Stage::Held { .. } | Stage::Ready) => true,
            // ProcessedEventTable stay with the shipment until it is over.
            ExceptionKind::ArrivesLate | ExceptionKind::Overcharged | ExceptionKind::UploadWarning => {
                matches!(
                    self.stage,
                    Stage::Delivered { .. } | Stage::Cancelled { .. } | Stage::ShippedElsewhere
                )
            }
            // The carrier says when these end.
            ExceptionKind::TrackingStalled | ExceptionKind::ParcelReturned | ExceptionKind::RefundOverdue
            // So does the time, see `OrderRecord::refresh_timed_exceptions`.
            | ExceptionKind::NotScanned
            // A person must not miss these.
            | ExceptionKind::VoidRefused
            | ExceptionKind::CancelRequested
            | ExceptionKind::CancelledAfterScan
            | ExceptionKind::NotSupported => false,
            // What blocks ends when the shipment goes on.
            ExceptionKind::AddressIncomplete
            | ExceptionKind::AddressUndeliverable
            | ExceptionKind::AddressMismatch
            | ExceptionKind::ChangedAfterLabel
            | ExceptionKind::WeightUnknown
            | ExceptionKind::WarehouseUnknown
            | ExceptionKind::NoRate
            | ExceptionKind::PriceIncreased
            | ExceptionKind::PriceTooHigh
            | ExceptionKind::PurchaseRefused
            | ExceptionKind::ProviderUnknown
            | ExceptionKind::UploadRefused
            | ExceptionKind::ShippedElsewhere
            | ExceptionKind::LabelNotAccepted
            | ExceptionKind::AddressUnprintable
            | ExceptionKind::CustomsFormNeeded
            | ExceptionKind::TooLargeForOneParcel
            | ExceptionKind::OutOfStock => {
                !matches!(&self.stage, Stage::Blocked { why, .. } if *why == kind)
            }
            // Never of one shipment: of the order as a whole, or of the shop.
            ExceptionKind::RouteUnknown
            | ExceptionKind::DispatchMissed
            | ExceptionKind::NotLabelled
            | ExceptionKind::BuyerAsksWhereOrderIs
            | ExceptionKind::BuyerReportsWrongAddress
            | ExceptionKind::BuyerWantsToCancel
            | ExceptionKind::CancellationResponseDue
            | ExceptionKind::AuthorizationEnding
            | ExceptionKind::TokenRefreshFailing
            | ExceptionKind::NoNewOrders
            | ExceptionKind::WebhooksMissed
            | ExceptionKind::CarrierSuspended
            | ExceptionKind::OrderSearchUnreliable
            | ExceptionKind::AppRefused
            | ExceptionKind::OrdersUnreadable
            | ExceptionKind::ClockWrong
            | ExceptionKind::AlarmUndelivered
            | ExceptionKind::RecipientNotSubscribed
            | ExceptionKind::DeadLetters
            | ExceptionKind::RecordsUnreadable => true,
        }
    }
}
