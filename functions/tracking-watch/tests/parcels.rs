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

fn read_back(task: &ShipmentRef) -> Message {
    Message::order_change(task.key.clone(), ChangeSource::Timer)
}

async fn stage(world: &World, task: &ShipmentRef) -> &'static str {
    world.shipment(task).await.stage.name()
}

async fn status(world: &World, task: &ShipmentRef) -> Option<TrackStatus> {
    world.shipment(task).await.track.map(|track| track.status)
}

/// **Invariant:** what is on its way has a timer that has not timer_fires yet.
async fn assert_wound(world: &World, task: &ShipmentRef) {
    let next_check_at = world.shipment(task).await.next_check_at;
    assert!(next_check_at.is_some_and(|at| at > world.now()), "{next_check_at:?}");
}

#[tokio::test]
async fn a_parcel_is_followed_from_its_first_scan_to_the_buyer() {
    let world = World::new().await;
    let task = world.uploaded().await;
    let number = world.number(&task).await;

    world.check(&task).await;
    assert_eq!(stage(&world, &task).await, "uploaded");
    assert_eq!(status(&world, &task).await, Some(TrackStatus::Unknown));
    assert_eq!(world.take(Queue::OrderChanges).await, [], "the carrier knows no more than TikTok");
    assert_wound(&world, &task).await;

    assert!(world.parcels.scan(&number));
    world.check(&task).await;
    assert_eq!(stage(&world, &task).await, "scanned");
    let track = world.shipment(&task).await.track.unwrap();
    assert_eq!((track.status.clone(), track.events), (TrackStatus::InTransit, 1));
    assert!(track.first_scan_at.is_some() && track.delivered_at.is_none(), "{track:?}");
    assert_wound(&world, &task).await;

    assert!(world.parcels.deliver(&number));
    world.check(&task).await;
    let shipment = world.shipment(&task).await;
    assert!(matches!(shipment.stage, Stage::Delivered { .. }));
    assert_eq!(shipment.next_check_at, None);
    assert!(shipment.track.is_some_and(|track| track.delivered_at.is_some()));
    assert_eq!(world.open(&task).await, []);

    // A late message finds nothing to do.
    let before = (world.record(&task).await, world.parcels.calls());
    world.check(&task).await;
    assert_eq!((world.record(&task).await, world.parcels.calls()), before);
}

#[tokio::test]
async fn a_parcel_may_be_delivered_before_any_scan_was_seen() {
    let world = World::new().await;
    let task = world.uploaded().await;
    let number = world.number(&task).await;
    world.parcels.scan(&number);
    world.parcels.deliver(&number);
    world.check(&task).await;
    assert_eq!(stage(&world, &task).await, "delivered");
}

#[tokio::test]
async fn tiktok_is_asked_while_the_carrier_is_ahead_of_it() {
    let world = World::new().await;
    let task = world.uploaded().await;
    let (number, order) = (world.number(&task).await, task.key.order.to_string());
    world.parcels.scan(&number);
    world.check(&task).await;
    assert_eq!(world.take(Queue::OrderChanges).await, [read_back(&task)], "not collected yet at TikTok");

    world.sim.carrier_scan(&order).unwrap();
    world.sync(&task.key).await;
    world.check(&task).await;
    assert_eq!(world.take(Queue::OrderChanges).await, [], "in transit for both");

    world.parcels.deliver(&number);
    world.check(&task).await;
    assert_eq!(world.take(Queue::OrderChanges).await, [read_back(&task)], "not delivered yet at TikTok");
}

#[tokio::test]
async fn an_order_not_asked_for_in_five_hours_is_read_back_with_its_parcel() {
    let world = World::new().await;
    let task = world.uploaded().await;
    world.turn(SignedDuration::from_mins(295));
    world.check(&task).await;
    assert_eq!(world.take(Queue::OrderChanges).await, []);
    world.turn(SignedDuration::from_mins(6));
    world.check(&task).await;
    assert_eq!(world.take(Queue::OrderChanges).await, [read_back(&task)]);
}

#[tokio::test]
async fn a_returned_parcel_is_shown_until_it_arrives_after_all() {
    let world = World::new().await;
    let task = world.uploaded().await;
    let number = world.number(&task).await;
    world.parcels.return_to_sender(&number);
    world.check(&task).await;
    assert_eq!(stage(&world, &task).await, "scanned", "the carrier has it");
    assert_eq!(world.open(&task).await, [K::ParcelReturned]);
    let record = world.record(&task).await;
    let told = record.open_exceptions().next().unwrap();
    assert_eq!(told.detail, format!("The carrier's status of parcel {number} is \"return to sender\"."));
    assert_eq!(told.shipment.as_ref(), Some(&task.shipment));
    let opened_at = told.opened_at;

    // It is no other return when it is told again.
    world.turn(SignedDuration::from_hours(1));
    world.check(&task).await;
    let record = world.record(&task).await;
    assert_eq!(record.open_exceptions().map(|told| told.opened_at).collect::<Vec<_>>(), [opened_at]);

    world.parcels.deliver(&number);
    world.check(&task).await;
    assert_eq!((stage(&world, &task).await, world.open(&task).await), ("delivered", vec![]));
}

#[tokio::test]
async fn a_failure_is_shown_and_is_no_scan_of_a_label_that_was_never_seen() {
    let world = World::new().await;
    let task = world.uploaded().await;
    let number = world.number(&task).await;
    world.parcels.set_tracker(&number, TrackerStatus::PreTransit);
    world.check(&task).await;
    assert_eq!(stage(&world, &task).await, "uploaded");
    world.parcels.set_tracker(&number, TrackerStatus::Failure);
    world.check(&task).await;
    assert_eq!(world.open(&task).await, [K::ParcelReturned]);
    world.parcels.set_tracker(&number, TrackerStatus::OutForDelivery);
    world.check(&task).await;
    assert_eq!((stage(&world, &task).await, world.open(&task).await), ("scanned", vec![]));
}

#[tokio::test]
async fn a_carrier_that_is_down_puts_off_and_shows_it_when_it_lasts() {
    // With how often the client asks by itself before it gives up.
    let faults = [(Fault::Status(503), 3), (Fault::LostAnswer, 3), (Fault::BrokenBody, 1)];
    for (fault, calls) in faults {
        let world = World::new().await;
        let task = world.uploaded().await;
        let check = Message::ParcelCheck(task.clone());
        let down = || {
            let so_far = world.parcels.calls().get(&CallKind::ShipmentGet).copied().unwrap_or(0);
            for nth in 1..=calls {
                world.parcels.faults().on_call(CallKind::ShipmentGet, so_far + nth, fault);
            }
        };
        down();
        world.check(&task).await;
        let outage = world.shipment(&task).await.outage;
        assert_eq!(outage.map(|outage| outage.attempts), Some(1), "{fault:?}");
        assert_eq!(world.open(&task).await, [], "{fault:?}");
        assert_wound(&world, &task).await;
        assert_eq!(world.take(Queue::ParcelChecks).await, [], "not at once: {fault:?}");

        world.turn(SignedDuration::from_mins(2));
        assert_eq!(world.take(Queue::ParcelChecks).await, [check], "{fault:?}");
        down();
        world.check(&task).await;
        assert_eq!(world.open(&task).await, [K::ServiceUnavailable], "{fault:?}");
        assert_wound(&world, &task).await;
        assert_eq!(stage(&world, &task).await, "uploaded");

        // Any answer ends the outage, also one without news.
        world.check(&task).await;
        assert_eq!((stage(&world, &task).await, world.open(&task).await), ("uploaded", vec![]), "{fault:?}");
        assert_eq!(world.shipment(&task).await.outage, None);
        let number = world.number(&task).await;
        world.parcels.scan(&number);
        world.check(&task).await;
        assert_eq!((stage(&world, &task).await, world.open(&task).await), ("scanned", vec![]), "{fault:?}");
        assert_wound(&world, &task).await;
    }
}

/// The client takes another turn three times by itself.
#[tokio::test]
async fn a_parcel_for_which_there_is_no_turn_is_in_no_trouble() {
    let world = World::new().await;
    let task = world.uploaded().await;
    let so_far = world.parcels.calls().get(&CallKind::ShipmentGet).copied().unwrap_or(0);
    for nth in 1..=4 {
        world.parcels.faults().on_call(CallKind::ShipmentGet, so_far + nth, Fault::TooManyRequests);
    }
    let before = world.record(&task).await;
    let error = world.step().handle(&task).await.unwrap_err();
    assert!(matches!(error, StepError::Paused(_)), "{error}");
    assert!(world.parcels.faults().all_fired());
    assert_eq!(world.record(&task).await, before);
    assert_eq!(world.take(Queue::ParcelChecks).await, [], "whoever runs the step keeps its place");
}

#[tokio::test]
async fn a_parcel_that_the_carrier_does_not_know_is_asked_for_by_its_timer() {
    let world = World::new().await;
    let task = world.uploaded().await;
    let stored = world.backend.orders.load_order(&task.key).await.unwrap().unwrap();
    let mut record = stored.value;
    let shipment = record.shipment_mut(&task.shipment).unwrap();
    let Stage::Uploaded { label, .. } = &mut shipment.stage else { panic!("not uploaded") };
    label.handle = LabelHandle::new("shp_00000000000000000000000000000000");
    world.backend.orders.commit_order(&record, stored.version).await.unwrap();

    world.check(&task).await;
    let shipment = world.shipment(&task).await;
    assert_eq!((shipment.stage.name(), shipment.outage, shipment.track), ("uploaded", None, None));
    assert_wound(&world, &task).await;
    world.turn(SignedDuration::from_mins(15));
    assert_eq!(world.take(Queue::ParcelChecks).await, [], "the timer is enough");
    assert_eq!(world.open(&task).await, []);

    // Each ring winds it anew, and the silence is told as any other.
    world.turn(SignedDuration::from_hours(73));
    world.check(&task).await;
    assert_wound(&world, &task).await;
    assert_eq!(world.open(&task).await, [K::TrackingStalled]);
}

#[tokio::test]
async fn a_carrier_that_tells_nothing_for_three_days_is_silent_until_it_tells_more() {
    // The carrier's clock is not turned: the world begins before it, so that the carrier's news are new.
    let world = World::begun_before(SignedDuration::from_hours(74)).await;
    let task = world.uploaded().await;
    world.turn(SignedDuration::from_hours(71));
    world.check(&task).await;
    assert_eq!(world.open(&task).await, []);
    world.turn(SignedDuration::from_hours(2));
    world.check(&task).await;
    assert_eq!(world.open(&task).await, [K::TrackingStalled]);

    let number = world.number(&task).await;
    world.parcels.scan(&number);
    world.check(&task).await;
    assert_eq!((stage(&world, &task).await, world.open(&task).await), ("scanned", vec![]));

    // One that is on its way may fall silent as well.
    world.turn(SignedDuration::from_hours(74));
    world.check(&task).await;
    assert_eq!(world.open(&task).await, [K::TrackingStalled]);
    world.parcels.deliver(&number);
    world.check(&task).await;
    assert_eq!((stage(&world, &task).await, world.open(&task).await), ("delivered", vec![]));
}

#[tokio::test]
async fn a_message_about_nothing_to_follow_does_nothing() {
    let world = World::new().await;
    let task = world.ready().await;
    let before = (world.record(&task).await, world.parcels.calls());
    world.take(Queue::OrderChanges).await;
    world.check(&task).await;
    let mut unknown = task.clone();
    unknown.shipment = domain::ShipmentId::new("unknown");
    world.check(&unknown).await;
    unknown.key.order = domain::OrderId::new("1");
    world.check(&unknown).await;
    assert_eq!((world.record(&task).await, world.parcels.calls()), before);
    for queue in [Queue::ParcelChecks, Queue::OrderChanges] {
        assert_eq!(world.take(queue).await, []);
    }
}
