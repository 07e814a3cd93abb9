//! The refund of a voided label is followed to its end.

use carriers::{LabelRef, RefundStatus};
use domain::exception::ExceptionKind;
use domain::message::ShipmentRef;
use domain::record::OrderRecord;
use domain::retry::Retry;
use domain::stage::{Event, Label, Stage, Void};
use workflow::{Change, Deferral, StepError, error_chain, update_order};

use crate::LabelCreate;

impl LabelCreate {
    /// Reads how far the refund is, and notes its end.
    pub(crate) async fn follow_refund(
        &self,
        task: &ShipmentRef,
        record: &OrderRecord,
    ) -> Result<(), StepError> {
        let Some(label) = awaited(record, task) else { return Ok(()) };
        let connector = match self.connector(&label.account) {
            Ok(connector) => connector,
            Err(deferral) => return self.defer(task, deferral).await,
        };
        let outcome = match connector.refund(&LabelRef::from(label)).await {
            Ok(RefundStatus::Refunded) => Some(Void::Refunded),
            Ok(RefundStatus::Rejected) => Some(Void::Rejected),
            Ok(RefundStatus::NotApplicable) => Some(Void::NotApplicable),
            // Also when the account's record does not show the request that it took: it is shown once it is overdue.
            Ok(RefundStatus::NotAsked | RefundStatus::Submitted) => None,
            Err(error) if error.retry() == Retry::Never => {
                tracing::warn!(order = %task.key, error = error_chain(&error), "refund can't be followed");
                None
            }
            Err(error) => {
                return self.defer(task, Deferral::passing(error_chain(&error), error.retry())).await;
            }
        };
        let now = self.clock.now();
        let overdue_after = connector.capabilities().refund_overdue_after(label.service.carrier);
        update_order(&*self.orders, &task.key, |record| {
            let Some(label) = awaited(record, task).cloned() else { return Ok(Change::Keep(())) };
            let Some(shipment) = record.shipment_mut(&task.shipment) else { return Ok(Change::Keep(())) };
            shipment.outage = None;
            let kind = ExceptionKind::RefundOverdue;
            match outcome {
                Some(outcome) => {
                    shipment.apply(Event::Refund { outcome }, now)?;
                    record.close_exception(kind, Some(&task.shipment), now);
                    if outcome == Void::Rejected {
                        let detail = format!("The carrier refused the refund of a label of {}.", label.cost);
                        record.open_exception(ExceptionKind::VoidRefused, Some(&task.shipment), detail, now);
                    }
                }
                None => {
                    shipment.reschedule(now);
                    let since = shipment.in_stage_since().unwrap_or(now);
                    if overdue_after.is_some_and(|after| now.duration_since(since) > after) {
                        let detail = format!("The refund of a label of {} has not come.", label.cost);
                        record.open_exception(kind, Some(&task.shipment), detail, now);
                    }
                }
            }
            record.refresh_exceptions(now);
            Ok(Change::Commit(()))
        })
        .await
    }
}

/// The voided label whose refund is under way.
fn awaited<'a>(record: &'a OrderRecord, task: &ShipmentRef) -> Option<&'a Label> {
    match &record.shipment(&task.shipment)?.stage {
        Stage::Cancelled { voided: Some((label, Void::Submitted)) } => Some(label),
        _ => None,
    }
}
