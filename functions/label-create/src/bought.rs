//! A label that is paid for is stored, and its tracking number uploaded.

use carriers::BoughtLabel;
use domain::Timestamp;
use domain::exception::ExceptionKind;
use domain::message::{Message, ShipmentRef};
use domain::purchase::PurchaseEvent;
use domain::stage::{CostBasis, Event, HazmatSheet, Label, LabelFileState, PurchaseIntent, Stage};
use workflow::{Change, StepError, update_order};

use crate::LabelCreate;

impl LabelCreate {
    /// Stores a label that is paid for, requests the upload of its tracking number, and keeps its file. When the order was
    /// cancelled during the purchase, the label is voided instead.
    pub(crate) async fn store_label(
        &self,
        target: &ShipmentRef,
        bought: BoughtLabel,
    ) -> Result<(), StepError> {
        let now = self.clock.now();
        let file = self.file_state(target, &bought.tracking, &bought.file).await;
        let intent = update_order(&*self.orders, &target.key, |record| {
            let Some(shipment) = record.shipment_mut(&target.shipment) else {
                return Ok(Change::Keep(None));
            };
            // It is stored already: the account's answer and a read-back may both bring the label.
            let Stage::Buying { intent, fingerprint } = shipment.stage else { return Ok(Change::Keep(None)) };
            let limit = shipment.purchase()?.chosen.limit;
            shipment.purchase_event(PurchaseEvent::Bought, now)?;
            let label = Box::new(label(&bought, file.clone(), fingerprint, now));
            shipment.apply(Event::Label { label }, now)?;
            if bought.cost.currency != limit.currency || bought.cost.minor > limit.minor {
                let detail = format!("The carrier charged {}; the limit was {limit}.", bought.cost);
                record.open_exception(ExceptionKind::Overcharged, Some(&target.shipment), detail, now);
            }
            record.refresh_exceptions(now);
            Ok(Change::Commit(Some(intent)))
        })
        .await?;
        match intent {
            Some(PurchaseIntent::Ship) => {
                tracing::info!(
                    order = %target.key, shipment = %target.shipment, stage = "labelled", cost = %bought.cost,
                    account = %bought.account, "label is bought"
                );
                self.send(Message::TrackingUpload(target.clone())).await?;
                self.keep_file(target).await
            }
            // The shipment is in stage Voiding now.
            Some(PurchaseIntent::Void) => self.send(Message::LabelRequest(target.clone())).await,
            None => Ok(()),
        }
    }
}

fn label(bought: &BoughtLabel, file: LabelFileState, fingerprint: u64, now: Timestamp) -> Label {
    Label {
        account: bought.account.clone(),
        handle: bought.handle.clone(),
        tracking: bought.tracking.clone(),
        service: bought.service.clone(),
        billed_to: bought.billed_to.clone(),
        cost: bought.cost,
        cost_basis: CostBasis::Charged,
        bought_at: now,
        fingerprint,
        file,
        hazmat_sheet: HazmatSheet::None,
    }
}
