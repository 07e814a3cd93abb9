//! An order is cancelled, or its buyer asks for it, at every outside call: no label is kept for nothing, and a wish that
//! is known is not overridden by an upload.

use jiff::SignedDuration;
use pipeline::{BackendKind, FaultPlan, World, WorldConfig, labels_kept};
use punctual::summary::{OrderOutcome, outcome};
use sim::faults::{CallKind, PausePoint};
use sim::sandbox::Kind;
use sim::tiktok::CancelledBy;

use crate::cancel_support::{At, at_the_call, ends_cancelled};

pipeline::on_both_backends!(
    a_cancellation_at_every_outside_call_keeps_no_label,
    a_wish_to_cancel_at_every_outside_call_is_not_overridden_once_it_is_known,
    a_label_that_the_carrier_does_not_take_back_is_shown,
);

async fn a_cancellation_at_every_outside_call_keeps_no_label(backend_kind: BackendKind) {
    for at in At::all(&backend_kind).await {
        let world = World::new(WorldConfig::one(Kind::Light).on(&backend_kind)).await.unwrap();
        let order = world.sandbox.kinds().keys().next().unwrap().clone();
        let cancel = || world.sandbox.tiktok.cancel(&order, CancelledBy::Buyer).unwrap();
        let found = Box::pin(at_the_call(at, &world, &order, cancel)).await;
        let mut drive = world.drive(FaultPlan::none()).unwrap();
        ends_cancelled(at, &world, &world.key(&order), &mut drive).await;
        if at.told && !found.bought {
            assert_eq!(
                world.sandbox.easypost.labels_bought(),
                0,
                "{at:?}: it was known and bought all the same"
            );
        }
        let expected = usize::from(at.kind == CallKind::MarkShipped && at.point == PausePoint::AfterEffect);
        let uploads = world.sandbox.tiktok.uploads().len();
        if found.uploading || at.told {
            assert!(uploads <= usize::from(found.uploading), "{at:?}");
        }
        assert!(uploads >= expected, "{at:?}");
    }
}

async fn a_wish_to_cancel_at_every_outside_call_is_not_overridden_once_it_is_known(
    backend_kind: BackendKind,
) {
    for at in At::all(&backend_kind).await {
        let world = World::new(WorldConfig::one(Kind::Light).on(&backend_kind)).await.unwrap();
        let order = world.sandbox.kinds().keys().next().unwrap().clone();
        let ask = || world.sandbox.tiktok.request_cancel(&order).unwrap();
        let found = Box::pin(at_the_call(at, &world, &order, ask)).await;
        let mut drive = world.drive(FaultPlan::none()).unwrap();
        // TikTok gives the seller hours to answer; nothing must happen in them.
        drive.work_for(SignedDuration::from_mins(20)).await.unwrap();
        let uploads = world.sandbox.tiktok.uploads().len();
        if at.told && !found.uploading {
            assert_eq!(uploads, 0, "{at:?}: the upload rejects the buyer's wish");
            let bought = world.sandbox.easypost.labels_bought();
            assert!(found.bought || bought == 0, "{at:?}: a label for an order that may be cancelled");
        }
        if uploads == 0 {
            world.sandbox.tiktok.cancel(&order, CancelledBy::Buyer).unwrap();
            drive.notify().await.unwrap();
            ends_cancelled(at, &world, &world.key(&order), &mut drive).await;
        } else {
            drive.until_done().await.unwrap_or_else(|error| panic!("{at:?}: {error}"));
            let record = world.record(&order).await.unwrap().unwrap();
            assert_eq!(outcome(&record), OrderOutcome::Uploaded, "{at:?}: {:?}", record.shipments);
            assert_eq!(labels_kept(&world.sandbox, &order).len(), 1, "{at:?}");
            world.check().await.unwrap_or_else(|error| panic!("{at:?}: {error}"));
        }
    }
}

/// The carrier has the parcel, so the label stays paid: a person has to hear of it.
async fn a_label_that_the_carrier_does_not_take_back_is_shown(backend_kind: BackendKind) {
    let world = World::new(WorldConfig::one(Kind::Light).on(&backend_kind)).await.unwrap();
    let order = world.sandbox.kinds().keys().next().unwrap().clone();
    let mut drive = world.drive(FaultPlan::none()).unwrap();
    drive.notify().await.unwrap();
    drive.until_done().await.unwrap();
    // The carrier has scanned it and TikTok has not heard of that yet.
    let tracking = world.sandbox.tiktok.order(&order).unwrap().tracking_number.unwrap();
    assert!(world.sandbox.easypost.scan(&tracking));
    world.sandbox.tiktok.cancel(&order, CancelledBy::Seller).unwrap();
    drive.notify().await.unwrap();
    drive.work_for(SignedDuration::from_mins(5)).await.unwrap();
    let record = world.record(&order).await.unwrap().unwrap();
    let kinds: Vec<_> = record.open_exceptions().map(|exception| exception.kind).collect();
    assert_eq!(kinds, [domain::exception::ExceptionKind::VoidRefused]);
}
