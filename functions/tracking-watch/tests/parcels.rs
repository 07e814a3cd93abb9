//! From what a carrier notes of a parcel to the stored order, over real sockets.
#![allow(clippy::unwrap_used, reason = "a test that cannot go on panics")]

mod support;

use domain::LabelHandle;
use domain::exception::ExceptionKind as K;
use domain::message::{ChangeSource, Message, Queue, ShipmentRef};
use domain::stage::Stage;
use domain::track::TrackStatus;
use jiff::SignedDuration;
use sim::easypost::TrackerStatus;
use sim::faults::{CallKind, Fault};
use support::World;
use workflow::StepError;

fn read_back(target: &ShipmentRef) -> Message {
    Message::order_change(target.key.clone(), ChangeSource::Timer)
}

async fn stage(world: &World, target: &ShipmentRef) -> &'static str {
    world.shipment(target).await.stage.name()
}

async fn status(world: &World, target: &ShipmentRef) -> Option<TrackStatus> {
    world.shipment(target).await.track.map(|track| track.status)
}

/// **Invariant:** a parcel that is under way has a timer that has not fired yet.
async fn assert_timer_set(world: &World, target: &ShipmentRef) {
    let next_check_at = world.shipment(target).await.next_check_at;
    assert!(next_check_at.is_some_and(|at| at > world.now()), "{next_check_at:?}");
}

#[tokio::test]
async fn a_parcel_is_followed_from_its_first_scan_to_the_buyer() {
    let world = World::new().await;
    let target = world.uploaded().await;
    let number = world.number(&target).await;

    world.check(&target).await;
    assert_eq!(stage(&world, &target).await, "uploaded");
    assert_eq!(status(&world, &target).await, Some(TrackStatus::Unknown));
    assert_eq!(world.take(Queue::OrderChanges).await, [], "the carrier is not ahead of TikTok");
    assert_timer_set(&world, &target).await;

    assert!(world.parcels.scan(&number));
    world.check(&target).await;
    assert_eq!(stage(&world, &target).await, "scanned");
    let track = world.shipment(&target).await.track.unwrap();
    assert_eq!((track.status.clone(), track.events), (TrackStatus::InTransit, 1));
    assert!(track.first_scan_at.is_some() && track.delivered_at.is_none(), "{track:?}");
    assert_timer_set(&world, &target).await;

    assert!(world.parcels.deliver(&number));
    world.check(&target).await;
    let shipment = world.shipment(&target).await;
    assert!(matches!(shipment.stage, Stage::Delivered { .. }));
    assert_eq!(shipment.next_check_at, None);
    assert!(shipment.track.is_some_and(|track| track.delivered_at.is_some()));
    assert_eq!(world.open(&target).await, []);

    // A late message finds nothing to do.
    let before = (world.record(&target).await, world.parcels.calls());
    world.check(&target).await;
    assert_eq!((world.record(&target).await, world.parcels.calls()), before);
}

#[tokio::test]
async fn a_parcel_may_be_delivered_before_we_see_a_scan() {
    let world = World::new().await;
    let target = world.uploaded().await;
    let number = world.number(&target).await;
    world.parcels.scan(&number);
    world.parcels.deliver(&number);
    world.check(&target).await;
    assert_eq!(stage(&world, &target).await, "delivered");
}

#[tokio::test]
async fn the_order_is_read_back_while_the_carrier_is_ahead_of_tiktok() {
    let world = World::new().await;
    let target = world.uploaded().await;
    let (number, order) = (world.number(&target).await, target.key.order.to_string());
    world.parcels.scan(&number);
    world.check(&target).await;
    assert_eq!(world.take(Queue::OrderChanges).await, [read_back(&target)], "not collected yet at TikTok");

    world.sim.carrier_scan(&order).unwrap();
    world.sync(&target.key).await;
    world.check(&target).await;
    assert_eq!(world.take(Queue::OrderChanges).await, [], "in transit for both");

    world.parcels.deliver(&number);
    world.check(&target).await;
    assert_eq!(world.take(Queue::OrderChanges).await, [read_back(&target)], "not delivered yet at TikTok");
}

#[tokio::test]
async fn an_order_that_was_not_read_for_five_hours_is_read_back_with_its_parcel() {
    let world = World::new().await;
    let target = world.uploaded().await;
    world.advance(SignedDuration::from_mins(295));
    world.check(&target).await;
    assert_eq!(world.take(Queue::OrderChanges).await, []);
    world.advance(SignedDuration::from_mins(6));
    world.check(&target).await;
    assert_eq!(world.take(Queue::OrderChanges).await, [read_back(&target)]);
}

#[tokio::test]
async fn a_returned_parcel_has_an_exception_until_it_is_delivered_after_all() {
    let world = World::new().await;
    let target = world.uploaded().await;
    let number = world.number(&target).await;
    world.parcels.return_to_sender(&number);
    world.check(&target).await;
    assert_eq!(stage(&world, &target).await, "scanned", "the carrier has it");
    assert_eq!(world.open(&target).await, [K::ParcelReturned]);
    let record = world.record(&target).await;
    let told = record.open_exceptions().next().unwrap();
    assert_eq!(told.detail, format!("The carrier's status of parcel {number} is \"return to sender\"."));
    assert_eq!(told.shipment.as_ref(), Some(&target.shipment));
    let opened_at = told.opened_at;

    // The same report again opens no second exception.
    world.advance(SignedDuration::from_hours(1));
    world.check(&target).await;
    let record = world.record(&target).await;
    assert_eq!(record.open_exceptions().map(|told| told.opened_at).collect::<Vec<_>>(), [opened_at]);

    world.parcels.deliver(&number);
    world.check(&target).await;
    assert_eq!((stage(&world, &target).await, world.open(&target).await), ("delivered", vec![]));
}

#[tokio::test]
async fn a_failed_delivery_opens_an_exception_and_is_no_scan() {
    let world = World::new().await;
    let target = world.uploaded().await;
    let number = world.number(&target).await;
    world.parcels.set_tracker(&number, TrackerStatus::PreTransit);
    world.check(&target).await;
    assert_eq!(stage(&world, &target).await, "uploaded");
    world.parcels.set_tracker(&number, TrackerStatus::Failure);
    world.check(&target).await;
    assert_eq!(world.open(&target).await, [K::ParcelReturned]);
    world.parcels.set_tracker(&number, TrackerStatus::OutForDelivery);
    world.check(&target).await;
    assert_eq!((stage(&world, &target).await, world.open(&target).await), ("scanned", vec![]));
}

#[tokio::test]
async fn a_check_is_deferred_while_the_carrier_is_down_and_a_lasting_outage_opens_an_exception() {
    // Each with the number of calls that the client makes before it gives up.
    let faults = [(Fault::Status(503), 3), (Fault::LostAnswer, 3), (Fault::BrokenBody, 1)];
    for (fault, calls) in faults {
        let world = World::new().await;
        let target = world.uploaded().await;
        let check = Message::ParcelCheck(target.clone());
        let down = || {
            let so_far = world.parcels.calls().get(&CallKind::ShipmentGet).copied().unwrap_or(0);
            for nth in 1..=calls {
                world.parcels.faults().on_call(CallKind::ShipmentGet, so_far + nth, fault);
            }
        };
        down();
        world.check(&target).await;
        let outage = world.shipment(&target).await.outage;
        assert_eq!(outage.map(|outage| outage.attempts), Some(1), "{fault:?}");
        assert_eq!(world.open(&target).await, [], "{fault:?}");
        assert_timer_set(&world, &target).await;
        assert_eq!(world.take(Queue::ParcelChecks).await, [], "not at once: {fault:?}");

        world.advance(SignedDuration::from_mins(2));
        assert_eq!(world.take(Queue::ParcelChecks).await, [check], "{fault:?}");
        down();
        world.check(&target).await;
        assert_eq!(world.open(&target).await, [K::ServiceUnavailable], "{fault:?}");
        assert_timer_set(&world, &target).await;
        assert_eq!(stage(&world, &target).await, "uploaded");

        // Any answer ends the outage, also one without news.
        world.check(&target).await;
        assert_eq!(
            (stage(&world, &target).await, world.open(&target).await),
            ("uploaded", vec![]),
            "{fault:?}"
        );
        assert_eq!(world.shipment(&target).await.outage, None);
        let number = world.number(&target).await;
        world.parcels.scan(&number);
        world.check(&target).await;
        assert_eq!(
            (stage(&world, &target).await, world.open(&target).await),
            ("scanned", vec![]),
            "{fault:?}"
        );
        assert_timer_set(&world, &target).await;
    }
}

/// The client itself repeats a throttled call three times.
#[tokio::test]
async fn a_throttled_check_is_paused_and_records_no_failure() {
    let world = World::new().await;
    let target = world.uploaded().await;
    let so_far = world.parcels.calls().get(&CallKind::ShipmentGet).copied().unwrap_or(0);
    for nth in 1..=4 {
        world.parcels.faults().on_call(CallKind::ShipmentGet, so_far + nth, Fault::TooManyRequests);
    }
    let before = world.record(&target).await;
    let error = world.step().handle(&target).await.unwrap_err();
    assert!(matches!(error, StepError::Paused(_)), "{error}");
    assert!(world.parcels.faults().all_fired());
    assert_eq!(world.record(&target).await, before);
    assert_eq!(world.take(Queue::ParcelChecks).await, [], "whoever runs the step sends it again");
}

#[tokio::test]
async fn a_parcel_that_the_carrier_does_not_know_is_checked_again_by_its_timer() {
    let world = World::new().await;
    let target = world.uploaded().await;
    let stored = world.backend.orders.load_order(&target.key).await.unwrap().unwrap();
    let mut record = stored.value;
    let shipment = record.shipment_mut(&target.shipment).unwrap();
    let Stage::Uploaded { label, .. } = &mut shipment.stage else { panic!("not uploaded") };
    label.handle = LabelHandle::new("shp_00000000000000000000000000000000");
    world.backend.orders.commit_order(&record, stored.version).await.unwrap();

    world.check(&target).await;
    let shipment = world.shipment(&target).await;
    assert_eq!((shipment.stage.name(), shipment.outage, shipment.track), ("uploaded", None, None));
    assert_timer_set(&world, &target).await;
    world.advance(SignedDuration::from_mins(15));
    assert_eq!(world.take(Queue::ParcelChecks).await, [], "the timer is enough");
    assert_eq!(world.open(&target).await, []);

    // Each check sets the timer again, and people are told of the silence as of any other.
    world.advance(SignedDuration::from_hours(73));
    world.check(&target).await;
    assert_timer_set(&world, &target).await;
    assert_eq!(world.open(&target).await, [K::TrackingStalled]);
}

#[tokio::test]
async fn three_days_without_news_open_an_exception_until_there_is_news() {
    // The carrier's clock can't be advanced, so ours begins behind it.
    let world = World::begun_before(SignedDuration::from_hours(74)).await;
    let target = world.uploaded().await;
    world.advance(SignedDuration::from_hours(71));
    world.check(&target).await;
    assert_eq!(world.open(&target).await, []);
    world.advance(SignedDuration::from_hours(2));
    world.check(&target).await;
    assert_eq!(world.open(&target).await, [K::TrackingStalled]);

    let number = world.number(&target).await;
    world.parcels.scan(&number);
    world.check(&target).await;
    assert_eq!((stage(&world, &target).await, world.open(&target).await), ("scanned", vec![]));

    // A scanned parcel may stall as well.
    world.advance(SignedDuration::from_hours(74));
    world.check(&target).await;
    assert_eq!(world.open(&target).await, [K::TrackingStalled]);
    world.parcels.deliver(&number);
    world.check(&target).await;
    assert_eq!((stage(&world, &target).await, world.open(&target).await), ("delivered", vec![]));
}

#[tokio::test]
async fn a_message_without_a_parcel_to_track_does_nothing() {
    let world = World::new().await;
    let target = world.ready().await;
    let before = (world.record(&target).await, world.parcels.calls());
    world.take(Queue::OrderChanges).await;
    world.check(&target).await;
    let mut unknown = target.clone();
    unknown.shipment = domain::ShipmentId::new("unknown");
    world.check(&unknown).await;
    unknown.key.order = domain::OrderId::new("1");
    world.check(&unknown).await;
    assert_eq!((world.record(&target).await, world.parcels.calls()), before);
    for queue in [Queue::ParcelChecks, Queue::OrderChanges] {
        assert_eq!(world.take(queue).await, []);
    }
}
