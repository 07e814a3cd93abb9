//! The printable file of a label.

use domain::message::{Message, ShipmentRef};
use domain::stage::{Event, LabelFileState, Stage};
use workflow::{Change, Deferral, StepError, error_chain, update_order};

use crate::LabelCreate;

impl LabelCreate {
    /// Fetches the file and keeps it. The tracking number does not wait for it.
    pub(crate) async fn keep_file(&self, task: &ShipmentRef) -> Result<(), StepError> {
        let Some(stored) = self.orders.load_order(&task.key).await? else { return Ok(()) };
        let Some(shipment) = stored.value.shipment(&task.shipment) else { return Ok(()) };
        if !shipment.file_is_pending() {
            return Ok(());
        }
        let Some(label) = shipment.stage.label() else { return Ok(()) };
        let LabelFileState::Pending { url } = &label.file else { return Ok(()) };
        let file = match self.carrier.label_file(&label.carrier_shipment, Some(url)).await {
            Ok(file) => file,
            Err(error) => {
                let setback = Deferral::passing(error_chain(&error), error.retry());
                return self.deferrer.defer(task, Message::LabelRequest(task.clone()), setback).await;
            }
        };
        // Named by the tracking number: a second label of the same shipment does not replace the first.
        let name = format!("{}-{}.pdf", task.shipment, label.tracking);
        let kept =
            backend::LabelFile { bytes: file.bytes.to_vec(), content_type: file.content_type.to_string() };
        self.labels.put_label(&name, &kept).await?;
        let now = self.clock.now();
        update_order(&*self.orders, &task.key, |record| {
            let Some(shipment) = record.shipment_mut(&task.shipment) else { return Ok(Change::Keep(())) };
            if !shipment.file_is_pending() {
                return Ok(Change::Keep(()));
            }
            shipment.apply(Event::KeepFile { name: name.clone() }, now)?;
            // In stage Labelled the outage may be that of the upload.
            if !matches!(shipment.stage, Stage::Labelled { .. }) {
                shipment.outage = None;
            }
            record.refresh_exceptions(now);
            Ok(Change::Commit(()))
        })
        .await
    }
}
