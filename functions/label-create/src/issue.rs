//! A label that is paid for and not issued yet: it is asked for until it comes, and has its tracking number then. TikTok sells its
//! own labels so.

use std::time::Duration;

use carriers::{Feature, Issue, IssuedLabel, SoldLabel};
use domain::combination::CombinedLabel;
use domain::message::{Message, ShipmentRef};
use domain::purchase::PurchaseEvent;
use domain::shipment::Shipment;
use domain::stage::{Event, HazmatSheet, PendingLabel, Stage, Upload};
use domain::{PackageId, Timestamp};
use jiff::SignedDuration;
use workflow::{Change, StepError, update_order};

use crate::LabelCreate;
use crate::failed_call::deferral_after;

/// When a label is asked for again, counted from the purchase; it is not there at once, and as a rule within the minute. After the
/// last of these the shipment's timer asks, every minute.
const ASKED_AFTER_SECONDS: [i64; 4] = [3, 9, 24, 54];

impl LabelCreate {
    /// Stores a label that is paid for and not issued yet, and asks for it. An order that was cancelled during the purchase has
    /// ended its label with it.
    pub(crate) async fn store_pending(&self, target: &ShipmentRef, sold: SoldLabel) -> Result<(), StepError> {
        let now = self.clock.now();
        let stored = update_order(&*self.orders, &target.key, |record| {
            let Some(Stage::Buying { fingerprint, .. }) =
                record.shipment(&target.shipment).map(|shipment| shipment.stage.clone())
            else {
                // It is stored already: the answer and a read-back may both bring it.
                return Ok(Change::Keep(None));
            };
            let mut label = pending_label(&sold, fingerprint, now);
            let members = match record.combined_parcel_mut() {
                Some(parcel) => {
                    let bought = CombinedLabel { label: label.clone(), orders: sold.orders.clone() };
                    label = bought.share(&target.key.order, fingerprint).unwrap_or(label);
                    parcel.bought = Some(Box::new(bought));
                    parcel.members.clone()
                }
                None => Vec::new(),
            };
            let Some(shipment) = record.shipment_mut(&target.shipment) else {
                return Ok(Change::Keep(None));
            };
            shipment.purchase_event(PurchaseEvent::Bought, now)?;
            shipment.apply(Event::LabelPending { label: Box::new(label.clone()) }, now)?;
            let is_wanted = matches!(shipment.stage, Stage::LabelPending { .. });
            record.refresh_exceptions(now);
            Ok(Change::Commit(Some((is_wanted.then_some(label), members))))
        })
        .await?;
        let Some((label, members)) = stored else { return Ok(()) };
        self.tell_members(target, &members).await?;
        let Some(label) = label else { return Ok(()) };
        tracing::info!(
            order = %target.key, shipment = %target.shipment, stage = "label_pending", cost = %sold.cost,
            account = %sold.account, "label is bought"
        );
        self.ask_for_label(target, &label).await
    }

    /// Asks for the label, and stores it when it is there.
    pub(crate) async fn ask_for_label(
        &self,
        target: &ShipmentRef,
        label: &PendingLabel,
    ) -> Result<(), StepError> {
        let Some(connector) = self.connector(target, &label.account).await? else { return Ok(()) };
        match connector.issued(&label.handle).await {
            Ok(Issue::Issued(issued)) => {
                let has_sheets = connector.capabilities().offers(Feature::HazmatSheet);
                self.store_issued(target, *issued, has_sheets).await
            }
            Ok(Issue::Pending) => self.ask_again(target, label).await,
            Ok(Issue::Gone) => self.give_up_label(target).await,
            Err(error) => self.defer(target, deferral_after(&error, &label.account)).await,
        }
    }

    async fn ask_again(&self, target: &ShipmentRef, label: &PendingLabel) -> Result<(), StepError> {
        let waited = self.clock.now().duration_since(label.bought_at);
        let next = ASKED_AFTER_SECONDS.into_iter().map(SignedDuration::from_secs).find(|at| *at > waited);
        // The shipment's timer takes over.
        let Some(next) = next else { return Ok(()) };
        let pause = Duration::try_from(next.saturating_sub(waited)).unwrap_or_default();
        Ok(self.queues.send(&Message::LabelRequest(target.clone()), pause).await?)
    }

    /// Stores a label that is issued: its file first, which may not be given again, then its number. TikTok has the number: it gave
    /// it.
    async fn store_issued(
        &self,
        target: &ShipmentRef,
        issued: IssuedLabel,
        has_sheets: bool,
    ) -> Result<(), StepError> {
        let IssuedLabel { tracking, file } = issued;
        let file = self.file_state(target, &tracking, &file).await;
        let now = self.clock.now();
        let is_stored = update_order(&*self.orders, &target.key, |record| {
            let needs_sheet =
                |shipment: &Shipment| has_sheets && record.order.part(&shipment.items).has_dangerous_goods;
            let needs_sheet = record.shipment(&target.shipment).is_some_and(needs_sheet);
            let sheet = if needs_sheet { HazmatSheet::Pending } else { HazmatSheet::None };
            let Some(shipment) = record.shipment_mut(&target.shipment) else {
                return Ok(Change::Keep(false));
            };
            // Another message was faster, or the order is cancelled.
            let Stage::LabelPending { label } = shipment.stage.clone() else {
                return Ok(Change::Keep(false));
            };
            let package = Some(PackageId::new(label.handle.as_str()));
            let label = Box::new(label.issued(tracking.clone(), file.clone(), sheet));
            shipment.apply(Event::Label { label }, now)?;
            shipment.apply(Event::Upload { upload: Upload { at: now, package, warning: None } }, now)?;
            record.refresh_exceptions(now);
            Ok(Change::Commit(true))
        })
        .await?;
        if !is_stored {
            return Ok(());
        }
        tracing::info!(
            order = %target.key, shipment = %target.shipment, stage = "uploaded", "label is issued"
        );
        self.keep_file(target).await
    }

    /// The label can't be had any more: the carrier has the parcel already, so somebody else printed it, or its order is over.
    async fn give_up_label(&self, target: &ShipmentRef) -> Result<(), StepError> {
        let now = self.clock.now();
        update_order(&*self.orders, &target.key, |record| {
            let Some(shipment) = record.shipment_mut(&target.shipment) else { return Ok(Change::Keep(())) };
            if !matches!(shipment.stage, Stage::LabelPending { .. }) {
                return Ok(Change::Keep(()));
            }
            shipment.apply(Event::ShippedElsewhere, now)?;
            record.refresh_exceptions(now);
            Ok(Change::Commit(()))
        })
        .await?;
        self.resync(target).await
    }
}

fn pending_label(sold: &SoldLabel, fingerprint: u64, now: Timestamp) -> PendingLabel {
    PendingLabel {
        account: sold.account.clone(),
        handle: sold.handle.clone(),
        service: sold.service.clone(),
        billed_to: sold.billed_to.clone(),
        cost: sold.cost,
        cost_basis: sold.cost_basis,
        bought_at: now,
        fingerprint,
    }
}
