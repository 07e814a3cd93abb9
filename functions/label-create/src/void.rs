//! A label that is not used is voided.

use carriers::{CarrierError, LabelRef, VoidOutcome};
use domain::exception::ExceptionKind;
use domain::message::ShipmentRef;
use domain::record::OrderRecord;
use domain::retry::Retry;
use domain::stage::{Event, Stage, Void};
use workflow::{Change, Deferral, StepError, error_chain, update_order};

use crate::LabelCreate;

impl LabelCreate {
    /// Asks the carrier for the refund. A repeated request is safe.
    pub(crate) async fn void(&self, task: &ShipmentRef, record: &OrderRecord) -> Result<(), StepError> {
        let Some(Stage::Voiding { label }) = record.shipment(&task.shipment).map(|s| &s.stage) else {
            return Ok(());
        };
        let mut detail = format!("The carrier did not take back a label of {}.", label.cost);
        let connector = match self.connector(&label.account) {
            Ok(connector) => connector,
            Err(deferral) => return self.defer(task, deferral).await,
        };
        let outcome = match connector.void(&LabelRef::from(label)).await {
            Ok(VoidOutcome::Submitted | VoidOutcome::AlreadyRequested) => Void::Submitted,
            Ok(VoidOutcome::Refunded) => Void::Refunded,
            Ok(VoidOutcome::NotApplicable) => Void::NotApplicable,
            Ok(VoidOutcome::Rejected) => Void::Rejected,
            Err(error) if error.retry() == Retry::Never => {
                tracing::warn!(order = %task.key, error = error_chain(&error), "label can't be voided");
                if let CarrierError::Rejected { text, .. } = &error {
                    detail = self.in_its_words(task, detail, text).await?;
                }
                Void::Rejected
            }
            Err(error) => {
                return self.defer(task, Deferral::passing(error_chain(&error), error.retry())).await;
            }
        };
        let now = self.clock.now();
        let ship_again = update_order(&*self.orders, &task.key, |record| {
            let Some(shipment) = record.shipment_mut(&task.shipment) else { return Ok(Change::Keep(false)) };
            if !matches!(shipment.stage, Stage::Voiding { .. }) {
                return Ok(Change::Keep(false));
            }
            shipment.apply(Event::Voided { outcome }, now)?;
            if outcome == Void::Rejected {
                record.open_exception(ExceptionKind::VoidRefused, Some(&task.shipment), detail.clone(), now);
            }
            record.refresh_exceptions(now);
            Ok(Change::Commit(record.awaits_replacement()))
        })
        .await?;
        // Another shipment takes the order up.
        if ship_again { self.resync(task).await } else { Ok(()) }
    }
}
