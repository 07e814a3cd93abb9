//! A purchase whose outcome is unknown: only the carrier's own record leads out of that.

use std::time::Duration;

use domain::exception::ExceptionKind;
use domain::message::{Message, ShipmentRef};
use domain::purchase::{PurchaseEvent, PurchaseState};
use jiff::SignedDuration;
use workflow::{Change, Deferral, StepError, error_chain, update_order};

use crate::LabelCreate;

/// After this an unknown purchase is shown to people.
const UNKNOWN_IN_SILENCE: SignedDuration = SignedDuration::from_secs(110);

/// The longest pause between two read-backs.
const READ_BACK_EVERY: Duration = Duration::from_secs(30);

impl LabelCreate {
    /// Reads the purchase back from the carrier.
    pub(crate) async fn reconcile(&self, task: &ShipmentRef) -> Result<(), StepError> {
        let Some(stored) = self.orders.load_order(&task.key).await? else { return Ok(()) };
        let Some(shipment) = stored.value.shipment(&task.shipment) else { return Ok(()) };
        let Ok(purchase) = shipment.purchase() else { return Ok(()) };
        let PurchaseState::Unknown { since } = purchase.state else { return Ok(()) };
        let again = Message::LabelRequest(task.clone());

        match self.carrier.find_purchase(&purchase.chosen.carrier_shipment).await {
            Ok(Some(bought)) => return self.bought(task, &bought).await,
            Ok(None) => {}
            Err(error) => {
                self.show_when_lasting(task, since).await?;
                let setback = Deferral::passing(error_chain(&error), error.retry());
                return self.deferrer.defer(task, again, setback).await;
            }
        }

        // Counted from when the answer was given up, which is later than when the purchase was sent.
        let waited = Duration::try_from(self.clock.now().duration_since(since)).unwrap_or_default();
        let settle = self.carrier.capabilities().settle;
        if waited < settle {
            self.show_when_lasting(task, since).await?;
            return Ok(self.queues.send(&again, (settle - waited).min(READ_BACK_EVERY)).await?);
        }
        let now = self.clock.now();
        update_order(&*self.orders, &task.key, |record| {
            let Some(shipment) = record.shipment_mut(&task.shipment) else { return Ok(Change::Keep(())) };
            let unknown = matches!(
                shipment.purchase().map(|p| &p.state),
                Ok(PurchaseState::Unknown { since: still }) if *still == since
            );
            if !unknown {
                return Ok(Change::Keep(()));
            }
            shipment.purchase_event(PurchaseEvent::ProvenAbsent, now)?;
            record.refresh_exceptions(now);
            Ok(Change::Commit(()))
        })
        .await?;
        self.send(again).await
    }

    async fn show_when_lasting(&self, task: &ShipmentRef, since: domain::Timestamp) -> Result<(), StepError> {
        let now = self.clock.now();
        if now.duration_since(since) < UNKNOWN_IN_SILENCE {
            return Ok(());
        }
        update_order(&*self.orders, &task.key, |record| {
            let kind = ExceptionKind::PurchaseUnknown;
            let shown = record
                .open_exceptions()
                .any(|e| e.kind == kind && e.shipment.as_ref() == Some(&task.shipment));
            if shown {
                return Ok(Change::Keep(()));
            }
            let detail = "The carrier has not said whether it sold the label. Nothing is bought again.";
            record.open_exception(kind, Some(&task.shipment), detail, now);
            Ok(Change::Commit(()))
        })
        .await
    }
}
