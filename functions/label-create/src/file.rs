//! The printable file of a label.

use carriers::{BoughtLabel, LabelRef, LabelSource};
use domain::message::ShipmentRef;
use domain::stage::{Event, LabelFileState, Stage};
use domain::{LabelDocument, TrackingNumber};
use workflow::{Change, Deferral, StepError, error_chain, update_order};

use crate::LabelCreate;

impl LabelCreate {
    /// Where the file of a label is that was just bought. One that came with the answer may never come again: it is kept before
    /// anything else, and asked for anew where that fails.
    pub(crate) async fn file_state(&self, task: &ShipmentRef, bought: &BoughtLabel) -> LabelFileState {
        let document = match &bought.file {
            LabelSource::Inline(document) => document,
            LabelSource::Link(link) => return LabelFileState::Pending { link: Some(link.clone()) },
            LabelSource::Refetch => return LabelFileState::Pending { link: None },
        };
        match self.put(task, &bought.tracking, document).await {
            Ok(name) => LabelFileState::Kept { name },
            Err(error) => {
                tracing::warn!(order = %task.key, error = error_chain(&error), "label is not kept yet");
                LabelFileState::Pending { link: None }
            }
        }
    }

    /// Fetches the file and keeps it. The tracking number does not wait for it.
    pub(crate) async fn keep_file(&self, task: &ShipmentRef) -> Result<(), StepError> {
        let Some(stored) = self.orders.load_order(&task.key).await? else { return Ok(()) };
        let Some(shipment) = stored.value.shipment(&task.shipment) else { return Ok(()) };
        if !shipment.file_is_pending() {
            return Ok(());
        }
        let Some(label) = shipment.stage.label() else { return Ok(()) };
        let LabelFileState::Pending { link } = &label.file else { return Ok(()) };
        let connector = match self.connector(&label.account) {
            Ok(connector) => connector,
            Err(deferral) => return self.defer(task, deferral).await,
        };
        let document = match connector.label_file(&LabelRef::from(label), link.as_ref()).await {
            Ok(document) => document,
            Err(error) => {
                return self.defer(task, Deferral::passing(error_chain(&error), error.retry())).await;
            }
        };
        let name = self.put(task, &label.tracking, &document).await?;
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

    /// Keeps a file and returns its name. The tracking number is in it: a second label of the same shipment does not replace the
    /// first.
    async fn put(
        &self,
        task: &ShipmentRef,
        tracking: &TrackingNumber,
        document: &LabelDocument,
    ) -> Result<String, StepError> {
        let name = format!("{}-{tracking}.pdf", task.shipment);
        self.labels.put_label(&name, document).await?;
        Ok(name)
    }
}
