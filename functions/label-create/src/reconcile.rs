//! A purchase whose outcome is unknown: only the account's own record leads out of that.

use std::time::Duration;

use carriers::{Certainty, Found};
use domain::exception::ExceptionKind;
use domain::message::{Message, ShipmentRef};
use domain::purchase::{Purchase, PurchaseEvent, PurchaseState};
use domain::retry::Retry;
use domain::{Timestamp, TrackingNumber};
use jiff::SignedDuration;
use workflow::{Change, Deferral, StepError, error_chain, update_order};

use crate::LabelCreate;

/// After this an unknown purchase is shown to people: no order is over two minutes without an exception.
const UNKNOWN_GRACE: SignedDuration = SignedDuration::from_secs(110);

/// The longest pause between two read-backs.
const READ_BACK_PAUSE_MAX: Duration = Duration::from_secs(30);

impl LabelCreate {
    /// Reads the purchase back from the account.
    pub(crate) async fn reconcile(&self, task: &ShipmentRef) -> Result<(), StepError> {
        let Some(stored) = self.orders.load_order(&task.key).await? else { return Ok(()) };
        let Some(shipment) = stored.value.shipment(&task.shipment) else { return Ok(()) };
        // Another worker has found it out.
        let Ok(purchase) = shipment.purchase() else { return Ok(()) };
        let PurchaseState::Unknown { since } = purchase.state else { return Ok(()) };
        let connector = match self.connector(&purchase.chosen.quote.account) {
            Ok(connector) => connector,
            Err(deferral) => return self.defer(task, deferral).await,
        };
        let settle = connector.capabilities().settle;
        match connector.find_purchase(purchase).await {
            Ok(Found::Label(bought)) => self.bought(task, *bought).await,
            Ok(Found::Nothing(Certainty::Proof)) => self.absent(task, purchase, since, settle).await,
            Ok(Found::Nothing(Certainty::Weak)) => {
                self.show_when_lasting(task, purchase, since).await?;
                let what = "the account's record can't show whether it sold the label";
                self.defer(task, Deferral::passing(what, Retry::After(READ_BACK_PAUSE_MAX))).await
            }
            Ok(Found::Bare { tracking, .. }) => self.bare(task, purchase, &tracking).await,
            Err(error) => {
                self.show_when_lasting(task, purchase, since).await?;
                self.defer(task, Deferral::passing(error_chain(&error), error.retry())).await
            }
        }
    }

    /// The record shows no purchase: that counts once one would have to show.
    async fn absent(
        &self,
        task: &ShipmentRef,
        purchase: &Purchase,
        since: Timestamp,
        settle: Duration,
    ) -> Result<(), StepError> {
        let again = Message::LabelRequest(task.clone());
        let now = self.clock.now();
        // Counted from when the answer was given up, which is later than when the purchase was sent.
        let waited = Duration::try_from(now.duration_since(since)).unwrap_or_default();
        if waited < settle {
            self.show_when_lasting(task, purchase, since).await?;
            return Ok(self.queues.send(&again, (settle - waited).min(READ_BACK_PAUSE_MAX)).await?);
        }
        update_order(&*self.orders, &task.key, |record| {
            let Some(shipment) = record.shipment_mut(&task.shipment) else { return Ok(Change::Keep(())) };
            let unknown = matches!(
                shipment.purchase().map(|p| &p.state),
                Ok(PurchaseState::Unknown { since: still }) if *still == since
            );
            if !unknown {
                return Ok(Change::Keep(()));
            }
            shipment.purchase_event(PurchaseEvent::ProvenAbsent, now)?;
            record.refresh_exceptions(now);
            Ok(Change::Commit(()))
        })
        .await?;
        self.send(again).await
    }

    /// The label is paid for and can't be had: nothing is bought, and people see its number at once.
    async fn bare(
        &self,
        task: &ShipmentRef,
        purchase: &Purchase,
        tracking: &TrackingNumber,
    ) -> Result<(), StepError> {
        let detail = format!(
            "The label with the number {tracking} is paid for, and its file can't be had. Nothing is bought again. {}.",
            purchase.pretty()
        );
        self.show_unknown(task, detail).await?;
        let what = "the label is paid for, and can't be had";
        self.defer(task, Deferral::passing(what, Retry::After(READ_BACK_PAUSE_MAX))).await
    }

    async fn show_when_lasting(
        &self,
        task: &ShipmentRef,
        purchase: &Purchase,
        since: Timestamp,
    ) -> Result<(), StepError> {
        if self.clock.now().duration_since(since) < UNKNOWN_GRACE {
            return Ok(());
        }
        let detail = format!(
            "The carrier has not said whether it sold the label. Nothing is bought again. {}.",
            purchase.pretty()
        );
        self.show_unknown(task, detail).await
    }

    async fn show_unknown(&self, task: &ShipmentRef, detail: String) -> Result<(), StepError> {
        let now = self.clock.now();
        update_order(&*self.orders, &task.key, |record| {
            let kind = ExceptionKind::PurchaseUnknown;
            let shown = record
                .open_exceptions()
                .any(|e| e.kind == kind && e.shipment.as_ref() == Some(&task.shipment));
            if shown {
                return Ok(Change::Keep(()));
            }
            record.open_exception(kind, Some(&task.shipment), detail.clone(), now);
            Ok(Change::Commit(()))
        })
        .await
    }
}
