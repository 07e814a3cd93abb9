//! A service that takes no more calls for now: whoever needs it waits, and that is no failure of an order.

use std::time::Duration;

use domain::exception::ExceptionKind;
use domain::message::Queue;
use domain::record::OrderRecord;
use jiff::SignedDuration;
use pipeline::{BackendKind, FaultPlan, World, WorldConfig};
use sim::faults::{CallKind, Fault};

use crate::shops::light;

pipeline::on_both_backends!(
    a_pause_of_ten_minutes_is_no_exception_and_no_second_message,
    a_message_that_is_lost_in_a_pause_is_found_by_the_timer,
);

const ORDERS: usize = 8;
const PAUSE: Duration = Duration::from_secs(600);
const MINUTE: SignedDuration = SignedDuration::from_mins(1);

async fn world(backend_kind: &BackendKind) -> World {
    let config = WorldConfig { orders: light(ORDERS), ..WorldConfig::default() };
    World::new(config.on(backend_kind)).await.unwrap()
}

/// How many messages wait for each order, on average.
async fn messages(world: &World) -> usize {
    let mut messages = 0;
    for queue in Queue::ALL {
        messages += world.backend.queues.depth(queue).await.unwrap();
    }
    messages
}

fn exceptions(records: &[OrderRecord]) -> Vec<ExceptionKind> {
    let open = records.iter().flat_map(|record| &record.exceptions);
    open.map(|exception| exception.kind).collect()
}

/// TikTok at the read-back, and the carrier at the quotes and at the purchase, ask for a pause. The clients keep the real time,
/// so that for the test's clock it lasts until the process is started again.
async fn a_pause_of_ten_minutes_is_no_exception_and_no_second_message(backend_kind: BackendKind) {
    for kind in [CallKind::OrderDetail, CallKind::ShipmentCreate, CallKind::ShipmentBuy] {
        let world = world(&backend_kind).await;
        let faults = match kind {
            CallKind::OrderDetail => world.sandbox.tiktok.faults(),
            _ => world.sandbox.easypost.faults(),
        };
        faults.on_next(kind, Fault::PauseAsked(PAUSE));
        let mut drive = world.drive(FaultPlan::none()).unwrap();
        drive.notify().await.unwrap();
        for minute in 1..=9 {
            drive.work_for(MINUTE).await.unwrap();
            let records = world.records().await.unwrap();
            assert_eq!(exceptions(&records), [], "{kind}, minute {minute}");
            assert_eq!(messages(&world).await, ORDERS, "{kind}, minute {minute}: one for each order");
        }
        assert!(faults.all_fired(), "{kind}");
        let mut drive = world.drive(FaultPlan::none()).unwrap();
        drive.until_done().await.unwrap();
        world.check().await.unwrap();
        assert_eq!(exceptions(&world.records().await.unwrap()), [], "{kind}");
    }
}

async fn a_message_that_is_lost_in_a_pause_is_found_by_the_timer(backend_kind: BackendKind) {
    let world = world(&backend_kind).await;
    let faults = world.sandbox.easypost.faults();
    faults.on_next(CallKind::ShipmentCreate, Fault::PauseAsked(PAUSE));
    let mut drive = world.drive(FaultPlan::none()).unwrap();
    drive.notify().await.unwrap();
    drive.work_for(MINUTE).await.unwrap();
    assert!(faults.all_fired());
    world.clock.advance(MINUTE * 10);
    let mut lost = 0;
    for queue in Queue::ALL {
        let visibility = Duration::from_secs(600);
        for received in
            world.backend.queues.receive(queue, ORDERS, visibility, Duration::from_secs(1)).await.unwrap()
        {
            world.backend.queues.ack(queue, &received.receipt).await.unwrap();
            lost += 1;
        }
    }
    assert_eq!((lost, messages(&world).await), (ORDERS, 0));
    let mut drive = world.drive(FaultPlan::none()).unwrap();
    drive.until_done().await.unwrap();
    world.check().await.unwrap();
}
