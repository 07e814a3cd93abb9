//! tracking-watch: follows a parcel from its first scan to the buyer.
//!
//! The message only names a shipment. It comes from a webhook of the carrier or from the shipment's own timer, and the parcel
//! is read back from the carrier. Where the carrier is ahead of TikTok, the order is read back too, because TikTok's own
//! status decides whether a dispatch was on time.

use std::sync::Arc;
use std::time::Duration;

use backend::{OrderStore, Queues, ShopStore};
use carriers::{CarrierAccounts, Connector, LabelRef, UnknownAccount};
use domain::Timestamp;
use domain::exception::ExceptionKind;
use domain::message::{ChangeSource, Message, ShipmentRef};
use domain::order::OrderStatus;
use domain::record::OrderRecord;
use domain::retry::Retry;
use domain::shipment::TransitionError;
use domain::stage::{Event, Label, Stage};
use domain::time::is_within;
use domain::track::{Track, TrackStatus};
use jiff::SignedDuration;
use platform_labels::PlatformLabels;
use system::{Clock, Random};
use tiktok::TikTok;
use workflow::{
    Change, Deferral, Deferrer, StepError, StoredShipment, StoredShop, error_chain, load_shipment, load_shop,
    update_order,
};

/// An order that was last read back this long ago is read back with its parcel: it may have been cancelled without a webhook
/// reaching us.
const READ_BACK_AFTER: SignedDuration = SignedDuration::from_hours(5);

/// Follows parcels to their delivery.
pub struct TrackingWatch {
    orders: Arc<dyn OrderStore>,
    shops: Arc<dyn ShopStore>,
    queues: Arc<dyn Queues>,
    accounts: CarrierAccounts,
    tiktok: TikTok,
    clock: Arc<dyn Clock>,
    deferrer: Deferrer,
}

/// What [`TrackingWatch`] works with.
pub struct TrackingWatchDeps {
    pub orders: Arc<dyn OrderStore>,
    pub shops: Arc<dyn ShopStore>,
    pub queues: Arc<dyn Queues>,
    pub accounts: CarrierAccounts,
    /// It knows the parcels with its own labels.
    pub tiktok: TikTok,
    pub clock: Arc<dyn Clock>,
    pub random: Arc<dyn Random>,
}

impl TrackingWatch {
    pub fn new(deps: TrackingWatchDeps) -> Self {
        let TrackingWatchDeps { orders, shops, queues, accounts, tiktok, clock, random } = deps;
        let deferrer = Deferrer::new(Arc::clone(&orders), Arc::clone(&queues), Arc::clone(&clock), random);
        Self { orders, shops, queues, accounts, tiktok, clock, deferrer }
    }

    /// Reads the shipment's parcel back from its carrier and stores what has changed.
    ///
    /// # Errors
    /// When the backend fails, or the account accepts no more calls for now.
    pub async fn handle(&self, target: &ShipmentRef) -> Result<(), StepError> {
        let Some(StoredShipment { shipment, .. }) = load_shipment(&*self.orders, target).await? else {
            return Ok(());
        };
        // In any other stage the parcel is not under way: it is delivered, or there is none.
        let (Stage::Uploaded { label, .. } | Stage::Scanned { label, .. }) = &shipment.stage else {
            return Ok(());
        };
        let connector = match self.connector(target, label).await? {
            Ok(connector) => connector,
            Err(deferral) => {
                let again = Message::ParcelCheck(target.clone());
                return self.deferrer.defer(target, again, deferral).await;
            }
        };
        match track(&*connector, target, label).await {
            Ok(track) => self.store_track(target, track.as_ref()).await,
            Err(deferral) => {
                self.deferrer.defer(target, Message::ParcelCheck(target.clone()), deferral).await
            }
        }
    }

    /// The account that sold the label, or why it can't be asked now.
    async fn connector(
        &self,
        target: &ShipmentRef,
        label: &Label,
    ) -> Result<Result<Arc<dyn Connector>, Deferral>, StepError> {
        let unknown = |unknown: UnknownAccount| Deferral::unknown_account(&unknown);
        if !label.account.is_platform() {
            return Ok(self.accounts.get(&label.account).map_err(unknown));
        }
        Ok(match load_shop(&*self.shops, &target.key.shop).await? {
            StoredShop::Open(shop) => {
                Ok(Arc::new(PlatformLabels::new(self.tiktok.clone(), &shop, self.clock.now())))
            }
            StoredShop::Closed(closed) => Err(Deferral::closed(closed)),
            StoredShop::NotConnected => Err(unknown(UnknownAccount(label.account.clone()))),
        })
    }

    /// Stores what the carrier reported, and has the order read back where TikTok may know less or more.
    async fn store_track(&self, target: &ShipmentRef, track: Option<&Track>) -> Result<(), StepError> {
        let now = self.clock.now();
        let needs_read_back = update_order(&*self.orders, &target.key, |record| {
            let is_under_way = record.shipment(&target.shipment).is_some_and(|shipment| {
                matches!(shipment.stage, Stage::Uploaded { .. } | Stage::Scanned { .. })
            });
            if !is_under_way {
                return Ok(Change::Keep(false));
            }
            apply_track(record, target, track, now)?;
            let is_old = !is_within(record.synced_at, READ_BACK_AFTER, now);
            let is_ahead = track.is_some_and(|track| is_ahead(track, &record.order.status));
            Ok(Change::Commit(is_old || is_ahead))
        })
        .await?;
        if needs_read_back {
            let read_back = Message::order_change(target.key.clone(), ChangeSource::Timer);
            self.queues.send(&read_back, Duration::ZERO).await?;
        }
        Ok(())
    }
}

/// Applies what the carrier reported to the record.
fn apply_track(
    record: &mut OrderRecord,
    target: &ShipmentRef,
    track: Option<&Track>,
    now: Timestamp,
) -> Result<(), TransitionError> {
    let Some(shipment) = record.shipment_mut(&target.shipment) else { return Ok(()) };
    shipment.outage = None;
    let Some(track) = track else {
        shipment.reschedule(now);
        record.refresh_exceptions(now);
        return Ok(());
    };
    shipment.track = Some(track.clone());
    if track.status == TrackStatus::Delivered {
        shipment.apply(Event::Deliver, now)?;
    } else if track.is_scanned() && matches!(shipment.stage, Stage::Uploaded { .. }) {
        shipment.apply(Event::Scan, now)?;
    } else {
        shipment.reschedule(now);
    }
    let number = shipment.stage.label().map(|label| label.tracking.to_string()).unwrap_or_default();
    let kind = ExceptionKind::ParcelReturned;
    if is_returned(&track.status) {
        let detail = format!("The carrier's status of parcel {number} is \"{}\".", track.status);
        record.open_exception(kind, Some(&target.shipment), detail, now);
    } else {
        record.close_exception(kind, Some(&target.shipment), now);
    }
    record.refresh_exceptions(now);
    Ok(())
}

/// Reads where the parcel is. `None` when the account that sold its label can't tell; the shipment's timer asks again.
async fn track(
    connector: &dyn Connector,
    target: &ShipmentRef,
    label: &Label,
) -> Result<Option<Track>, Deferral> {
    match connector.track(&[LabelRef::from(label)]).await {
        Ok(tracks) => Ok(tracks.into_iter().next().flatten()),
        Err(error) if error.is_about_account() => Err(Deferral::account_refused(&error)),
        Err(error) if error.retry() == Retry::Never => {
            tracing::warn!(order = %target.key, error = error_chain(&error), "parcel can't be tracked");
            Ok(None)
        }
        Err(error) => Err(Deferral::passing(error_chain(&error), error.retry()).of(connector.account())),
    }
}

/// True for a parcel that will not reach the buyer, as far as the carrier knows.
fn is_returned(status: &TrackStatus) -> bool {
    match status {
        TrackStatus::ReturnToSender | TrackStatus::DeliveryFailed => true,
        TrackStatus::Unknown
        | TrackStatus::LabelCreated
        | TrackStatus::InTransit
        | TrackStatus::OutForDelivery
        | TrackStatus::AvailableForPickup
        | TrackStatus::Delivered
        | TrackStatus::Cancelled
        | TrackStatus::TrackingFailed
        | TrackStatus::Other(_) => false,
    }
}

/// True when the carrier knows more of the parcel than TikTok shows.
fn is_ahead(track: &Track, at_tiktok: &OrderStatus) -> bool {
    match at_tiktok {
        OrderStatus::AwaitingShipment | OrderStatus::PartiallyShipping | OrderStatus::AwaitingCollection => {
            track.is_scanned()
        }
        OrderStatus::InTransit => track.status == TrackStatus::Delivered,
        // TikTok shows the end, or a status from which no parcel is sent.
        OrderStatus::Unpaid
        | OrderStatus::OnHold
        | OrderStatus::Delivered
        | OrderStatus::Completed
        | OrderStatus::Cancelled
        | OrderStatus::Unknown(_) => false,
    }
}
