//! TikTok can't be asked now: the hint comes again later, and people hear of a shipment that waits for it.

use std::time::Duration;

use domain::exception::ExceptionKind;
use domain::message::{ChangeSource, Message, ShipmentRef};
use domain::retry::Retry;
use domain::shipment::Shipment;
use domain::shop::ShopClosed;
use domain::stage::Stage;
use domain::{OrderKey, ShopId, Timestamp};
use tiktok::Class;
use workflow::{Deferral, StepError, error_chain, update_shop};

use crate::OrderSync;

/// The pause of a hint that no shipment waits for: the longest that is taken for one that does.
const PAUSE: Duration = Duration::from_secs(60);

/// True when the same question may be answered later.
pub(crate) fn may_pass(error: &tiktok::Error) -> bool {
    is_lost(error) || error.retry() != Retry::Never
}

/// True when the shop has to be connected again.
pub(crate) fn is_lost(error: &tiktok::Error) -> bool {
    matches!(error.class(), Class::Reauthorise | Class::MissingScope)
}

impl OrderSync {
    /// Shows at the shop that TikTok fails, or no longer: an order that is not stored yet has no exception of its own,
    /// and people are to hear when it lasts.
    pub(crate) async fn note_outage(&self, shop: &ShopId, failure: Option<String>) {
        let now = self.clock.now();
        let noted = update_shop(&*self.shops, shop, |shop| {
            let kind = ExceptionKind::ServiceUnavailable;
            let is_open = shop.open_exceptions().any(|exception| exception.kind == kind);
            match &failure {
                Some(failure) if !is_open => shop.open_exception(kind, failure.clone(), now),
                None if is_open => shop.close_exception(kind, now),
                Some(_) | None => return Ok(None),
            }
            Ok(Some(()))
        });
        if let Err(error) = noted.await {
            tracing::error!(%shop, error = error_chain(&error), "it can't be noted whether TikTok fails the shop");
        }
    }

    /// The shop is closed: a shipment that comes by its timer says so and looks again later; what webhooks and polls tell is
    /// dropped.
    pub(crate) async fn wait(
        &self,
        key: OrderKey,
        source: ChangeSource,
        closed: ShopClosed,
    ) -> Result<(), StepError> {
        if matches!(source, ChangeSource::Webhook | ChangeSource::Poll) {
            tracing::info!(order = %key, why = closed.why, "hint is dropped");
            return Ok(());
        }
        let now = self.clock.now();
        let stored = self.orders.load_order(&key).await?;
        let waiting = stored.as_ref().and_then(|stored| {
            stored.value.shipments.iter().find(|shipment| waits_for_tiktok(shipment, now))
        });
        let Some(shipment) = waiting else { return Ok(()) };
        let task = ShipmentRef { key: key.clone(), shipment: shipment.id.clone() };
        let again = Message::OrderChange { key, source };
        self.deferrer.defer(&task, again, Deferral::closed(closed)).await
    }

    /// Has the hint sent again after a pause.
    pub(crate) async fn later(
        &self,
        key: OrderKey,
        source: ChangeSource,
        error: &tiktok::Error,
    ) -> Result<(), StepError> {
        if let Retry::Paused(after) = error.retry() {
            return Err(StepError::Paused(after));
        }
        let now = self.clock.now();
        let stored = self.orders.load_order(&key).await?;
        let waiting = stored.as_ref().and_then(|stored| {
            stored.value.shipments.iter().find(|shipment| waits_for_tiktok(shipment, now))
        });
        let again = Message::OrderChange { key: key.clone(), source };
        let Some(shipment) = waiting else {
            tracing::warn!(order = %key, error = error_chain(error), "order can't be read back now");
            if !is_lost(error) && error.class() != Class::AppRefused {
                self.note_outage(&key.shop, Some(error_chain(error))).await;
            }
            return Ok(self.queues.send(&again, PAUSE).await?);
        };
        let task = ShipmentRef { key, shipment: shipment.id.clone() };
        let setback = match is_lost(error) {
            true => Deferral::told(error_chain(error), PAUSE, ExceptionKind::ShopUnauthorized),
            false => Deferral::passing(error_chain(error), error.retry()),
        };
        self.deferrer.defer(&task, again, setback).await
    }
}

/// True for a shipment that does not go on before its order is read back.
fn waits_for_tiktok(shipment: &Shipment, now: Timestamp) -> bool {
    match &shipment.stage {
        Stage::Ready | Stage::Rated { .. } | Stage::Labelled { .. } => true,
        Stage::Held { until, .. } => until.is_some_and(|until| until <= now),
        Stage::Buying { .. }
        | Stage::Uploaded { .. }
        | Stage::Scanned { .. }
        | Stage::Delivered { .. }
        | Stage::Blocked { .. }
        | Stage::Voiding { .. }
        | Stage::Cancelled { .. }
        | Stage::ShippedElsewhere => false,
    }
}
