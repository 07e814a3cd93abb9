//! The shipment's entry in the purchase ledger: it is claimed, and what becomes of it is recorded.

use carriers::Connector;
use domain::Timestamp;
use domain::message::ShipmentRef;
use domain::purchase::{Purchase, PurchaseEvent};
use domain::record::OrderRecord;
use domain::shipment::Shipment;
use jiff::SignedDuration;
use workflow::{Change, StepError, update_order};

use crate::LabelCreate;

/// The least time that an account is given to sell: aggregators' own clients wait 60 s for the carrier.
const ANSWER_MIN: SignedDuration = SignedDuration::from_secs(60);
/// How much longer a claim on a purchase lasts than its answer is waited for: when it has ended, whoever made it is dead.
const LEASE_MARGIN: SignedDuration = SignedDuration::from_secs(15);

impl LabelCreate {
    /// Records that it is unknown whether the account sold at this attempt.
    pub(crate) async fn mark_unknown(
        &self,
        target: &ShipmentRef,
        attempt: u32,
        why: String,
    ) -> Result<(), StepError> {
        self.record_event(target, attempt, PurchaseEvent::Lost { why }).await
    }

    /// Records what became of an attempt, unless the purchase is no longer at this attempt.
    pub(crate) async fn record_event(
        &self,
        target: &ShipmentRef,
        attempt: u32,
        event: PurchaseEvent,
    ) -> Result<(), StepError> {
        let now = self.clock.now();
        update_order(&*self.orders, &target.key, |record| {
            let Some(shipment) = at_attempt(record, target, attempt) else { return Ok(Change::Keep(())) };
            shipment.purchase_event(event.clone(), now)?;
            record.refresh_exceptions(now);
            Ok(Change::Commit(()))
        })
        .await
    }
}

/// How long a claim on a purchase from this account lasts.
pub(crate) fn lease(connector: &dyn Connector) -> SignedDuration {
    let answer =
        SignedDuration::try_from(connector.capabilities().buy_timeout).unwrap_or(SignedDuration::MAX);
    answer.max(ANSWER_MIN).saturating_add(LEASE_MARGIN)
}

/// Claims the live purchase: whoever holds the claim may ask the account once.
pub(crate) fn claim(
    shipment: &mut Shipment,
    lease: SignedDuration,
    now: Timestamp,
) -> Result<Purchase, StepError> {
    let lease_until = now.saturating_add(lease).unwrap_or(Timestamp::MAX);
    shipment.purchase_event(PurchaseEvent::Start { lease_until }, now)?;
    Ok(shipment.purchase()?.clone())
}

/// The shipment, if its live purchase is still at this attempt. What a worker learns after its lease has ended says nothing
/// about another worker's attempt.
pub(crate) fn at_attempt<'a>(
    record: &'a mut OrderRecord,
    target: &ShipmentRef,
    attempt: u32,
) -> Option<&'a mut Shipment> {
    let shipment = record.shipment_mut(&target.shipment)?;
    shipment.purchase().is_ok_and(|purchase| purchase.attempts == attempt).then_some(shipment)
}
