//! A clock that was ahead and is set right harms no order, wherever it stands.

use std::time::Duration;

use domain::message::Queue;
use jiff::SignedDuration;
use pipeline::{BackendKind, FaultPlan, World, WorldConfig};
use punctual::clock_watch::mend_times;
use sim::sandbox::Kind;
use system::Clock as _;

pipeline::on_both_backends!(an_order_goes_on_after_the_clock_was_set_back);

/// Longer than any timer of these stages, and shorter than any deadline.
const AHEAD: SignedDuration = SignedDuration::from_hours(8);

async fn an_order_goes_on_after_the_clock_was_set_back(backend_kind: BackendKind) {
    for stage in ["ready", "rated", "labelled", "uploaded"] {
        let world = World::new(WorldConfig::one(Kind::Light).on(&backend_kind)).await.unwrap();
        world.clock.advance(AHEAD);
        let mut drive = world.drive(FaultPlan::none()).unwrap();
        drive.notify().await.unwrap();
        drive.until_stage(stage).await.unwrap();
        // Its messages are lost: only its timer is left.
        for queue in Queue::ALL.iter().copied() {
            let (visibility, wait) = (Duration::from_secs(600), Duration::ZERO);
            for received in world.backend.queues.receive(queue, 10, visibility, wait).await.unwrap() {
                world.backend.queues.ack(queue, &received.receipt).await.unwrap();
            }
        }
        world.clock.advance(-AHEAD);
        let now = world.clock.now();
        let order = world.sandbox.kinds().keys().next().unwrap().clone();
        let record = world.record(&order).await.unwrap().unwrap();
        assert!(!record.is_fresh(now), "{stage}: nothing is bought without reading the order back");
        assert!(world.backend.orders.list_due(now, 10).await.unwrap().is_empty(), "{stage}: nobody sees it");

        assert!(mend_times(&world.backend, now).await, "{stage}");
        assert_eq!(world.backend.orders.list_due(now, 10).await.unwrap(), [world.key(&order)], "{stage}");
        let mut drive = world.drive(FaultPlan::none()).unwrap();
        drive.work_for(SignedDuration::from_mins(5)).await.unwrap();
        drive.until_done().await.unwrap();
        world.check().await.unwrap();
    }
}
