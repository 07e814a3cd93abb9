//! The refund of a voided label, until it has come or is refused.

use carriers::{LabelRef, RefundStatus};
use domain::exception::ExceptionKind;
use domain::message::ShipmentRef;
use domain::retry::Retry;
use domain::stage::{Event, Label, Void};
use jiff::SignedDuration;
use workflow::{Change, StepError, error_chain, update_order};

use crate::LabelCreate;
use crate::failed_call::deferral_after;

impl LabelCreate {
    /// Reads the status of the refund of `label`, and records it when it is final. A refund that is overdue opens an exception.
    pub(crate) async fn follow_refund(&self, target: &ShipmentRef, label: &Label) -> Result<(), StepError> {
        let Some(connector) = self.connector(target, &label.account).await? else { return Ok(()) };
        let outcome = match connector.refund(&LabelRef::from(label)).await {
            Ok(RefundStatus::Refunded) => Some(Void::Refunded),
            Ok(RefundStatus::Rejected) => Some(Void::Rejected),
            Ok(RefundStatus::NotApplicable) => Some(Void::NotApplicable),
            // NotAsked: the account's record does not show the request that it accepted. People are told once the refund is
            // overdue.
            Ok(RefundStatus::NotAsked | RefundStatus::Submitted) => None,
            Err(error) if error.retry() == Retry::Never => {
                tracing::warn!(order = %target.key, error = error_chain(&error), "refund can't be followed");
                None
            }
            Err(error) => return self.defer(target, deferral_after(&error, connector.account())).await,
        };
        let overdue_after = connector.capabilities().refund_overdue_after(label.service.carrier);
        self.record_refund(target, label, outcome, overdue_after).await
    }

    /// Records the end of the refund; without an `outcome`, that it was checked, and opens an exception when it has taken
    /// longer than `overdue_after`.
    async fn record_refund(
        &self,
        target: &ShipmentRef,
        label: &Label,
        outcome: Option<Void>,
        overdue_after: Option<SignedDuration>,
    ) -> Result<(), StepError> {
        let now = self.clock.now();
        update_order(&*self.orders, &target.key, |record| {
            let Some(shipment) = record.shipment_mut(&target.shipment) else { return Ok(Change::Keep(())) };
            // Another worker has recorded the outcome.
            if !shipment.awaits_refund() {
                return Ok(Change::Keep(()));
            }
            shipment.outage = None;
            let kind = ExceptionKind::RefundOverdue;
            match outcome {
                Some(outcome) => {
                    shipment.apply(Event::Refund { outcome }, now)?;
                    record.close_exception(kind, Some(&target.shipment), now);
                    if outcome == Void::Rejected {
                        let detail = format!("The carrier refused the refund of a label of {}.", label.cost);
                        record.open_exception(
                            ExceptionKind::VoidRefused,
                            Some(&target.shipment),
                            detail,
                            now,
                        );
                    }
                }
                None => {
                    shipment.reschedule(now);
                    let since = shipment.in_stage_since().unwrap_or(now);
                    if overdue_after.is_some_and(|after| now.duration_since(since) > after) {
                        let detail = format!("The refund of a label of {} is overdue.", label.cost);
                        record.open_exception(kind, Some(&target.shipment), detail, now);
                    }
                }
            }
            record.refresh_exceptions(now);
            Ok(Change::Commit(()))
        })
        .await
    }
}
