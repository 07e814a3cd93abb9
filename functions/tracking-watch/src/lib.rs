//! tracking-watch: follows a parcel from its first scan to the buyer.
//!
//! The message only names a shipment: it comes from an event of the carrier, or from the shipment's own timer. What the
//! carrier knows is read back and stored. Where the carrier is ahead of TikTok, TikTok is asked again: its status is the
//! one by which a dispatch is on time.

use std::sync::Arc;
use std::time::Duration;

use backend::{OrderStore, Queues};
use carriers::{CarrierAccounts, LabelRef};
use domain::Timestamp;
use domain::exception::ExceptionKind;
use domain::message::{ChangeSource, Message, ShipmentRef};
use domain::order::OrderStatus;
use domain::record::OrderRecord;
use domain::retry::Retry;
use domain::shipment::TransitionError;
use domain::stage::{Event, Label, Stage};
use domain::track::{Track, TrackStatus};
use jiff::SignedDuration;
use system::{Clock, Random};
use workflow::{Change, Deferral, Deferrer, StepError, error_chain, update_order};

/// An order that was last read back so long ago is read back with its parcel: it may have been cancelled, and the webhook lost.
const READ_BACK: SignedDuration = SignedDuration::from_hours(5);

/// The pause before an account is looked for again that the configuration does not have.
const UNKNOWN_ACCOUNT_PAUSE: Duration = Duration::from_secs(60);

/// Follows parcels.
pub struct TrackingWatch {
    orders: Arc<dyn OrderStore>,
    queues: Arc<dyn Queues>,
    accounts: CarrierAccounts,
    clock: Arc<dyn Clock>,
    deferrer: Deferrer,
}

impl TrackingWatch {
    /// Makes the step.
    pub fn new(
        orders: Arc<dyn OrderStore>,
        queues: Arc<dyn Queues>,
        accounts: CarrierAccounts,
        clock: Arc<dyn Clock>,
        random: Arc<dyn Random>,
    ) -> Self {
        let deferrer = Deferrer::new(Arc::clone(&orders), Arc::clone(&queues), Arc::clone(&clock), random);
        Self { orders, queues, accounts, clock, deferrer }
    }

    /// Reads the shipment's parcel back from its carrier.
    pub async fn handle(&self, task: &ShipmentRef) -> Result<(), StepError> {
        // An order that is not stored was removed since the message was sent.
        let Some(stored) = self.orders.load_order(&task.key).await? else { return Ok(()) };
        let Some(shipment) = stored.value.shipment(&task.shipment) else { return Ok(()) };
        let (Stage::Uploaded { label, .. } | Stage::Scanned { label, .. }) = &shipment.stage else {
            // The parcel is there, or there is none.
            return Ok(());
        };
        match self.track(task, label).await {
            Ok(track) => self.note(task, track).await,
            Err(deferral) => self.deferrer.defer(task, Message::ParcelCheck(task.clone()), deferral).await,
        }
    }

    /// Where the parcel is; `None` when the account that sold its label can't say. The timer asks again then.
    async fn track(&self, task: &ShipmentRef, label: &Label) -> Result<Option<Track>, Deferral> {
        let connector = self.accounts.get(&label.account).map_err(|unknown| {
            Deferral::notifying(unknown.to_string(), UNKNOWN_ACCOUNT_PAUSE, ExceptionKind::ServiceUnavailable)
        })?;
        match connector.track(&[LabelRef::from(label)]).await {
            Ok(tracks) => Ok(tracks.into_iter().next().flatten()),
            Err(error) if error.retry() == Retry::Never => {
                tracing::warn!(order = %task.key, error = error_chain(&error), "parcel can't be followed");
                Ok(None)
            }
            Err(error) => Err(Deferral::passing(error_chain(&error), error.retry())),
        }
    }

    async fn note(&self, task: &ShipmentRef, track: Option<Track>) -> Result<(), StepError> {
        let now = self.clock.now();
        let behind = update_order(&*self.orders, &task.key, |record| {
            let known = record.shipment(&task.shipment).is_some_and(|shipment| {
                matches!(shipment.stage, Stage::Uploaded { .. } | Stage::Scanned { .. })
            });
            if !known {
                return Ok(Change::Keep(false));
            }
            follow(record, task, track.as_ref(), now)?;
            let old = now.duration_since(record.synced_at) >= READ_BACK;
            let is_ahead = track.as_ref().is_some_and(|track| is_ahead(track, &record.order.status));
            Ok(Change::Commit(old || is_ahead))
        })
        .await?;
        if behind {
            let again = Message::order_change(task.key.clone(), ChangeSource::Timer);
            self.queues.send(&again, Duration::ZERO).await?;
        }
        Ok(())
    }
}

/// Takes what the carrier reported into the record.
fn follow(
    record: &mut OrderRecord,
    task: &ShipmentRef,
    track: Option<&Track>,
    now: Timestamp,
) -> Result<(), TransitionError> {
    let Some(shipment) = record.shipment_mut(&task.shipment) else { return Ok(()) };
    shipment.outage = None;
    let Some(track) = track else {
        shipment.reschedule(now);
        record.refresh_exceptions(now);
        return Ok(());
    };
    shipment.track = Some(track.clone());
    match (&shipment.stage, &track.status) {
        (Stage::Uploaded { .. } | Stage::Scanned { .. }, TrackStatus::Delivered) => {
            shipment.apply(Event::Deliver, now)?;
        }
        (Stage::Uploaded { .. }, _) if track.is_scanned() => shipment.apply(Event::Scan, now)?,
        _ => shipment.reschedule(now),
    }
    let returned = matches!(track.status, TrackStatus::ReturnToSender | TrackStatus::DeliveryFailed);
    let kind = ExceptionKind::ParcelReturned;
    if returned {
        let number = record_tracking(record, task);
        let detail = format!("The carrier's status of parcel {number} is \"{}\".", track.status);
        record.open_exception(kind, Some(&task.shipment), detail, now);
    } else {
        record.close_exception(kind, Some(&task.shipment), now);
    }
    record.refresh_exceptions(now);
    Ok(())
}

fn record_tracking(record: &OrderRecord, task: &ShipmentRef) -> String {
    let label = record.shipment(&task.shipment).and_then(|shipment| shipment.stage.label());
    label.map(|label| label.tracking.to_string()).unwrap_or_default()
}

/// True when the carrier knows more of the parcel than TikTok shows.
fn is_ahead(track: &Track, at_tiktok: &OrderStatus) -> bool {
    match at_tiktok {
        OrderStatus::AwaitingShipment | OrderStatus::PartiallyShipping | OrderStatus::AwaitingCollection => {
            track.is_scanned()
        }
        OrderStatus::InTransit => track.status == TrackStatus::Delivered,
        _ => false,
    }
}
