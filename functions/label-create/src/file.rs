//! The printable file of a label.

use std::fmt::Write as _;

use carriers::{LabelRef, LabelSource};
use domain::message::ShipmentRef;
use domain::stage::{Event, HazmatSheet, LabelFileState, Stage};
use domain::{LabelDocument, TrackingNumber};
use workflow::{Change, StepError, StoredShipment, error_chain, load_shipment, update_order};

use crate::LabelCreate;
use crate::failed_call::deferral_after;

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

    /// Fetches the label's file from the account, and the sheet for dangerous goods where the parcel needs one, and keeps them,
    /// unless they are kept already. The upload of the tracking number does not wait for them.
    pub(crate) async fn keep_file(&self, target: &ShipmentRef) -> Result<(), StepError> {
        let Some(StoredShipment { shipment, .. }) = load_shipment(&*self.orders, target).await? else {
            return Ok(());
        };
        if !shipment.file_is_pending() {
            return Ok(());
        }
        let Some(label) = shipment.stage.label() else { return Ok(()) };
        let Some(connector) = self.connector(target, &label.account).await? else { return Ok(()) };
        if let LabelFileState::Pending { link } = &label.file {
            let document = match connector.label_file(&LabelRef::from(label), link.as_ref()).await {
                Ok(document) => document,
                Err(error) => return self.defer(target, deferral_after(&error, &label.account)).await,
            };
            let name = self.store_file(target, &label.tracking, &document).await?;
            self.apply_kept(target, Event::KeepFile { name }).await?;
        }
        if label.hazmat_sheet == HazmatSheet::Pending {
            let sheet = match connector.hazmat_sheet(&LabelRef::from(label)).await {
                Ok(Some(document)) => {
                    let name = file_name(target, &label.tracking, "-hazmat.pdf");
                    self.labels.put_label(&name, &document).await?;
                    HazmatSheet::Kept { name }
                }
                Ok(None) => HazmatSheet::None,
                Err(error) => return self.defer(target, deferral_after(&error, &label.account)).await,
            };
            self.apply_kept(target, Event::KeepHazmatSheet { sheet }).await?;
        }
        Ok(())
    }

    async fn apply_kept(&self, target: &ShipmentRef, event: Event) -> Result<(), StepError> {
        let now = self.clock.now();
        update_order(&*self.orders, &target.key, |record| {
            let Some(shipment) = record.shipment_mut(&target.shipment) else { return Ok(Change::Keep(())) };
            if !shipment.file_is_pending() {
                return Ok(Change::Keep(()));
            }
            shipment.apply(event.clone(), now)?;
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
        let name = file_name(target, tracking, ".pdf");
        self.labels.put_label(&name, document).await?;
        Ok(name)
    }
}

/// The name under which the file of a label is stored. Carriers write `/` and `.` in some numbers, which would make another
/// folder of a name: every character that is neither a letter, a digit nor `-` becomes `_` and its code, so that two numbers
/// never share a name.
fn file_name(target: &ShipmentRef, tracking: &TrackingNumber, ending: &str) -> String {
    let mut name = String::new();
    for c in format!("{}-{tracking}", target.shipment).chars() {
        if c.is_ascii_alphanumeric() || c == '-' {
            name.push(c);
        } else {
            // Writing to a string can't fail.
            let _ = write!(name, "_{:x}_", u32::from(c));
        }
    }
    name + ending
}

#[cfg(test)]
mod tests {
    use domain::message::ShipmentRef;
    use domain::{OrderId, OrderKey, ShopId, TrackingNumber};

    #[test]
    fn no_tracking_number_leads_to_another_folder_or_file() {
        let key = OrderKey::new(ShopId::new("shop"), OrderId::new("5771"));
        let target = ShipmentRef { shipment: key.shipment(1), key };
        let name = |tracking: &str| super::file_name(&target, &TrackingNumber::new(tracking), ".pdf");
        assert_eq!(name("1Z999AA10123456784"), "5771-1-1Z999AA10123456784.pdf");
        assert_eq!(name("AB/12-3"), "5771-1-AB_2f_12-3.pdf");
        assert_eq!(name("../.."), "5771-1-_2e__2e__2f__2e__2e_.pdf");
        assert_eq!(name("A_2f_B"), "5771-1-A_5f_2f_5f_B.pdf");
    }
}
