//! A label that is not needed is voided.

use carriers::{CarrierError, LabelRef, VoidOutcome};
use domain::exception::ExceptionKind;
use domain::message::ShipmentRef;
use domain::retry::Retry;
use domain::stage::{Event, Label, Stage, Void};
use workflow::{Change, StepError, error_chain, update_order};

use crate::LabelCreate;
use crate::failed_call::deferral_after;

impl LabelCreate {
    /// Asks the account for the label's refund, and records its answer. A repeated request is safe.
    pub(crate) async fn void(&self, target: &ShipmentRef, label: &Label) -> Result<(), StepError> {
        let mut detail = format!("The carrier refused to void a label of {}.", label.cost);
        let Some(connector) = self.connector(target, &label.account).await? else { return Ok(()) };
        let outcome = match connector.void(&LabelRef::from(label)).await {
            Err(CarrierError::Unsupported(_)) => Void::NotOffered,
            Ok(VoidOutcome::Submitted | VoidOutcome::AlreadyRequested) => Void::Submitted,
            Ok(VoidOutcome::Refunded) => Void::Refunded,
            Ok(VoidOutcome::NotApplicable) => Void::NotApplicable,
            Ok(VoidOutcome::Rejected) => Void::Rejected,
            Err(error) if error.retry() == Retry::Never => {
                tracing::warn!(order = %target.key, error = error_chain(&error), "label can't be voided");
                if let CarrierError::Rejected { text, .. } = &error {
                    detail = self.with_carrier_text(target, detail, text).await?;
                }
                Void::Rejected
            }
            Err(error) => return self.defer(target, deferral_after(&error, connector.account())).await,
        };
        let now = self.clock.now();
        let needs_replacement = update_order(&*self.orders, &target.key, |record| {
            let Some(shipment) = record.shipment_mut(&target.shipment) else {
                return Ok(Change::Keep(false));
            };
            if !matches!(shipment.stage, Stage::Voiding { .. }) {
                return Ok(Change::Keep(false));
            }
            shipment.apply(Event::Voided { outcome }, now)?;
            if outcome == Void::Rejected {
                record.open_exception(
                    ExceptionKind::VoidRefused,
                    Some(&target.shipment),
                    detail.clone(),
                    now,
                );
            }
            record.refresh_exceptions(now);
            Ok(Change::Commit(record.awaits_replacement()))
        })
        .await?;
        // order-sync makes the shipment that replaces this one.
        if needs_replacement { self.resync(target).await } else { Ok(()) }
    }
}
