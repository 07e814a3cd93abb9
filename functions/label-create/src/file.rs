//! The printable file of a label.

use carriers::{LabelRef, LabelSource};
use domain::message::ShipmentRef;
use domain::stage::{Event, LabelFileState, Stage};
use domain::{LabelDocument, TrackingNumber};
use workflow::{Change, Deferral, StepError, StoredShipment, error_chain, load_shipment, update_order};

use crate::LabelCreate;

impl LabelCreate {
    /// The state of the file of a label that was just bought. A file inside the answer is kept before anything else, because
    /// the account may not give it again; where that fails, the account is asked for it later.
    pub(crate) async fn file_state(
        &self,
        target: &ShipmentRef,
        tracking: &TrackingNumber,
        source: &LabelSource,
    ) -> LabelFileState {
        let document = match source {
            LabelSource::Inline(document) => document,
            LabelSource::Link(link) => return LabelFileState::Pending { link: Some(link.clone()) },
            LabelSource::Refetch => return LabelFileState::Pending { link: None },
        };
        match self.store_file(target, tracking, document).await {
            Ok(name) => LabelFileState::Kept { name },
            Err(error) => {
                tracing::warn!(order = %target.key, error = error_chain(&error), "label file can't be kept yet");
                LabelFileState::Pending { link: None }
            }
        }
    }

    /// Fetches the label's file from the account and keeps it, unless it is kept already. The upload of the tracking number
    /// does not wait for it.
    pub(crate) async fn keep_file(&self, target: &ShipmentRef) -> Result<(), StepError> {
        let Some(StoredShipment { shipment, .. }) = load_shipment(&*self.orders, target).await? else {
            return Ok(());
        };
        if !shipment.file_is_pending() {
            return Ok(());
        }
        let Some(label) = shipment.stage.label() else { return Ok(()) };
        let LabelFileState::Pending { link } = &label.file else { return Ok(()) };
        let Some(connector) = self.connector(target, &label.account).await? else { return Ok(()) };
        let document = match connector.label_file(&LabelRef::from(label), link.as_ref()).await {
            Ok(document) => document,
            Err(error) => {
                return self
                    .defer(target, Deferral::passing(error_chain(&error), error.retry()).of(&label.account))
                    .await;
            }
        };
        let name = self.store_file(target, &label.tracking, &document).await?;
        let now = self.clock.now();
        update_order(&*self.orders, &target.key, |record| {
            let Some(shipment) = record.shipment_mut(&target.shipment) else { return Ok(Change::Keep(())) };
            if !shipment.file_is_pending() {
                return Ok(Change::Keep(()));
            }
            shipment.apply(Event::KeepFile { name: name.clone() }, now)?;
            // In stage Labelled the outage may be one of the upload.
            if !matches!(shipment.stage, Stage::Labelled { .. }) {
                shipment.outage = None;
            }
            record.refresh_exceptions(now);
            Ok(Change::Commit(()))
        })
        .await
    }

    /// Stores a file and returns its name. The name holds the tracking number, so that a second label of the shipment does not
    /// replace the first.
    pub(crate) async fn store_file(
        &self,
        target: &ShipmentRef,
        tracking: &TrackingNumber,
        document: &LabelDocument,
    ) -> Result<String, StepError> {
        let name = format!("{}-{tracking}.pdf", target.shipment);
        self.labels.put_label(&name, document).await?;
        Ok(name)
    }
}
