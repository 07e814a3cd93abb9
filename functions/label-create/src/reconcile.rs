//! A purchase whose outcome is unknown. Only the account's own record can tell.

use std::time::Duration;

use carriers::{Certainty, Found};
use domain::exception::ExceptionKind;
use domain::message::{Message, ShipmentRef};
use domain::order::OrderPart;
use domain::purchase::{Purchase, PurchaseEvent, PurchaseState};
use domain::retry::Retry;
use domain::{Timestamp, TrackingNumber};
use jiff::SignedDuration;
use workflow::{Change, Deferral, StepError, StoredShipment, load_shipment, update_order};

use crate::LabelCreate;
use crate::failed_call::deferral_after;

/// People are told of an unknown purchase after this time, so that no order fails for two minutes without an exception.
const UNKNOWN_GRACE: SignedDuration = SignedDuration::from_secs(110);

/// The longest pause between two read-backs.
const READ_BACK_PAUSE_MAX: Duration = Duration::from_secs(30);

impl LabelCreate {
    /// Reads the purchase back from the account, and records what its record shows. Nothing is bought.
    pub(crate) async fn reconcile(&self, target: &ShipmentRef) -> Result<(), StepError> {
        let Some(StoredShipment { record, shipment }) = load_shipment(&*self.orders, target).await? else {
            return Ok(());
        };
        // Another worker has learned the outcome.
        let Ok(purchase) = shipment.purchase() else { return Ok(()) };
        let PurchaseState::Unknown { since } = purchase.state else { return Ok(()) };
        let Some(connector) = self.connector(target, &purchase.chosen.quote.account).await? else {
            return Ok(());
        };
        // The clock was set back since: the settling time is counted from now.
        if since > self.clock.now() {
            return self.await_settling(target, purchase.attempts).await;
        }
        let settle = connector.capabilities().settle;
        let others = record.combined_parcel().map(|parcel| &parcel.members);
        let combined_with = others.into_iter().flatten().map(|member| member.order.clone()).collect();
        let part = OrderPart { combined_with, ..record.order.part(&shipment.items) };
        match connector.find_purchase(purchase, &part).await {
            Ok(Found::Label(bought)) => self.store_label(target, *bought).await,
            Ok(Found::Pending(sold)) => self.store_pending(target, *sold).await,
            Ok(Found::Nothing(Certainty::Proof)) => {
                self.record_absence(target, purchase, since, settle).await
            }
            Ok(Found::Nothing(Certainty::Weak)) => {
                self.report_lasting_unknown(target, purchase, since).await?;
                let what = "the account's record can't prove whether it sold the label";
                self.defer(target, Deferral::passing(what, Retry::After(READ_BACK_PAUSE_MAX))).await
            }
            Ok(Found::Bare { tracking, .. }) => {
                self.report_label_without_file(target, purchase, &tracking).await
            }
            Err(error) => {
                self.report_lasting_unknown(target, purchase, since).await?;
                self.defer(target, deferral_after(&error, connector.account())).await
            }
        }
    }

    async fn await_settling(&self, target: &ShipmentRef, attempt: u32) -> Result<(), StepError> {
        self.mark_unknown(target, attempt, "the clock was set back since".to_owned()).await?;
        self.send(Message::LabelRequest(target.clone())).await
    }

    /// The account's record shows no purchase. That is proof only after the settling time, in which a purchase may not show yet;
    /// until then the record is read again.
    async fn record_absence(
        &self,
        target: &ShipmentRef,
        purchase: &Purchase,
        since: Timestamp,
        settle: Duration,
    ) -> Result<(), StepError> {
        let again = Message::LabelRequest(target.clone());
        let now = self.clock.now();
        // Counted from when the answer was given up: that is later than the purchase was sent, so it errs on the safe side.
        let waited = Duration::try_from(now.duration_since(since)).unwrap_or_default();
        if waited < settle {
            self.report_lasting_unknown(target, purchase, since).await?;
            return Ok(self.queues.send(&again, (settle - waited).min(READ_BACK_PAUSE_MAX)).await?);
        }
        update_order(&*self.orders, &target.key, |record| {
            let Some(shipment) = record.shipment_mut(&target.shipment) else { return Ok(Change::Keep(())) };
            let is_unknown = matches!(
                shipment.purchase().map(|p| &p.state),
                Ok(PurchaseState::Unknown { since: stored }) if *stored == since
            );
            // Another worker has learned the outcome.
            if !is_unknown {
                return Ok(Change::Keep(()));
            }
            shipment.purchase_event(PurchaseEvent::ProvenAbsent, now)?;
            record.refresh_exceptions(now);
            Ok(Change::Commit(()))
        })
        .await?;
        self.send(again).await
    }

    /// The label is paid for, but the account can't give it. Nothing is bought, and people are told its number at once.
    async fn report_label_without_file(
        &self,
        target: &ShipmentRef,
        purchase: &Purchase,
        tracking: &TrackingNumber,
    ) -> Result<(), StepError> {
        let detail = format!(
            "The label with tracking number {tracking} is paid for, but its file is not available. No other label is bought. {}.",
            purchase.pretty()
        );
        self.open_unknown(target, detail).await?;
        let what = "the label is paid for, but its file is not available";
        self.defer(target, Deferral::passing(what, Retry::After(READ_BACK_PAUSE_MAX))).await
    }

    /// Opens the exception of an unknown purchase once it has been unknown for [`UNKNOWN_GRACE`].
    async fn report_lasting_unknown(
        &self,
        target: &ShipmentRef,
        purchase: &Purchase,
        since: Timestamp,
    ) -> Result<(), StepError> {
        if self.clock.now().duration_since(since) < UNKNOWN_GRACE {
            return Ok(());
        }
        let detail = format!(
            "The carrier has not confirmed whether it sold the label. No other label is bought. {}.",
            purchase.pretty()
        );
        self.open_unknown(target, detail).await
    }

    /// Opens the exception of an unknown purchase, unless it is open: its first detail stands.
    async fn open_unknown(&self, target: &ShipmentRef, detail: String) -> Result<(), StepError> {
        let now = self.clock.now();
        update_order(&*self.orders, &target.key, |record| {
            let kind = ExceptionKind::PurchaseUnknown;
            let is_open = record
                .open_exceptions()
                .any(|e| e.kind == kind && e.shipment.as_ref() == Some(&target.shipment));
            if is_open {
                return Ok(Change::Keep(()));
            }
            record.open_exception(kind, Some(&target.shipment), detail.clone(), now);
            Ok(Change::Commit(()))
        })
        .await
    }
}
