//! TikTok cannot be asked now: the hint comes again later, and people hear of a shipment that waits for it.

use std::time::Duration;

use domain::exception::ExceptionKind;
use domain::message::{ChangeSource, Message, OrderChange, ShipmentRef};
use domain::retry::Retry;
use domain::shipment::Shipment;
use domain::shop::ShopClosed;
use domain::stage::Stage;
use domain::{OrderKey, ShopId, Timestamp};
use workflow::{Change, Deferral, FailureScope, Pause, StepError, error_chain, update_shop};

use crate::OrderSync;

/// The pause of a hint that no shipment waits for: the longest that a waiting shipment takes, too.
const PAUSE: Duration = Duration::from_secs(60);

/// True when the same question may be answered later.
pub(crate) fn may_pass(error: &tiktok::Error) -> bool {
    FailureScope::of(error) != FailureScope::Call || error.retry() != Retry::Never
}

impl OrderSync {
    /// No order of the shop can be read now: has the hint sent again after a pause.
    pub(crate) async fn retry_later(
        &self,
        change: OrderChange,
        error: &tiktok::Error,
    ) -> Result<(), StepError> {
        let waiting = self.waiting_shipment(&change.key).await?;
        if let Retry::Paused(after) = error.retry() {
            if let Some(waiting) = waiting {
                self.deferrer.await_turn(&waiting, after).await?;
            }
            return Err(StepError::Paused(Pause::of_tiktok(after)));
        }
        let shop = change.key.shop.clone();
        let is_waited_for = self.retry_order_later(change, waiting, error).await?;
        if !is_waited_for && FailureScope::of(error) == FailureScope::Call {
            self.note_outage(&shop, &error_chain(error)).await;
        }
        Ok(())
    }

    /// Has the hint sent again after a pause, as long as a failure may be about this order alone. True when a shipment waits
    /// for it, which tells of the failure.
    pub(crate) async fn retry_order_later(
        &self,
        change: OrderChange,
        waiting: Option<ShipmentRef>,
        error: &tiktok::Error,
    ) -> Result<bool, StepError> {
        if let Some(waiting) = waiting {
            let again = Message::OrderChange(change);
            self.deferrer.defer(&waiting, again, Deferral::after_call(error)).await?;
            return Ok(true);
        }
        tracing::warn!(order = %change.key, error = error_chain(error), "order can't be read back yet");
        self.queues.send(&Message::OrderChange(change), PAUSE).await?;
        Ok(false)
    }

    /// The shop is closed. A shipment that came by its own timer says so and checks again later. What webhooks and polls
    /// tell is dropped: when the shop is opened again, it is polled from the beginning.
    pub(crate) async fn wait_until_open(
        &self,
        change: OrderChange,
        closed: ShopClosed,
    ) -> Result<(), StepError> {
        if matches!(change.source, ChangeSource::Webhook | ChangeSource::Poll) {
            tracing::info!(order = %change.key, why = closed.why, "order change is dropped");
            return Ok(());
        }
        // An order without a waiting shipment needs nothing from TikTok.
        let Some(waiting) = self.waiting_shipment(&change.key).await? else { return Ok(()) };
        self.deferrer.defer(&waiting, Message::OrderChange(change), Deferral::closed(closed)).await
    }

    pub(crate) async fn waiting_shipment(&self, key: &OrderKey) -> Result<Option<ShipmentRef>, StepError> {
        let now = self.clock.now();
        let stored = self.orders.load_order(key).await?;
        Ok(stored.and_then(|stored| {
            let waiting = stored.value.shipments.iter().find(|shipment| waits_for_tiktok(shipment, now))?;
            Some(ShipmentRef { key: key.clone(), shipment: waiting.id.clone() })
        }))
    }

    /// Shows at the shop that TikTok fails: an order that is not stored yet has no exception of its own, and people must
    /// hear of it when it lasts. The next successful read closes it.
    async fn note_outage(&self, shop: &ShopId, failure: &str) {
        let now = self.clock.now();
        let noted = update_shop(&*self.shops, shop, |shop| {
            let kind = ExceptionKind::ServiceUnavailable;
            if shop.open_exceptions().any(|exception| exception.kind == kind) {
                return Ok(Change::Keep(()));
            }
            shop.open_exception(kind, failure, now);
            Ok(Change::Commit(()))
        });
        if let Err(error) = noted.await {
            tracing::error!(%shop, error = error_chain(&error), "TikTok's outage can't be recorded for the shop");
        }
    }
}

/// True for a shipment that cannot go on before its order is read back.
fn waits_for_tiktok(shipment: &Shipment, now: Timestamp) -> bool {
    match &shipment.stage {
        Stage::Ready | Stage::Rated { .. } | Stage::Labelled { .. } => true,
        Stage::Held { until, .. } => until.is_some_and(|until| until <= now),
        Stage::Buying { .. }
        | Stage::LabelPending { .. }
        | Stage::Uploaded { .. }
        | Stage::Scanned { .. }
        | Stage::Delivered { .. }
        | Stage::Blocked { .. }
        | Stage::Voiding { .. }
        | Stage::Cancelled { .. }
        | Stage::ShippedElsewhere => false,
    }
}
