//! Orders from webhook to tracking number through the deployed stack.
#![allow(clippy::unwrap_used, clippy::expect_used, reason = "a test stops at what it did not expect")]

use std::time::Instant;

use deployed::{Binaries, PATIENCE, World, orders};
use domain::message::Queue;
use domain::stage::{LabelFileState, Stage};
use pipeline::{check, until};
use sim::sandbox::Expected;
use sim::tiktok::ShippingType;
use sim::webhooks::{AttemptResult, DeliveryLog};

/// How many orders are to be shipped.
const ORDERS: usize = 50;

/// Checks that every webhook was answered with 200, except for those that timed out on a busy machine and were sent again. Returns
/// their number.
fn all_taken(log: &DeliveryLog) -> usize {
    let answered = log.attempts.iter().filter(|attempt| attempt.result != AttemptResult::TimedOut);
    let answered: Vec<_> = answered.collect();
    let taken = answered.iter().filter(|attempt| attempt.result == AttemptResult::Accepted(200)).count();
    assert_eq!(taken, answered.len(), "{answered:?}");
    assert!(log.given_up.is_empty(), "{log:?}");
    taken
}

#[tokio::test(flavor = "multi_thread")]
async fn fifty_orders_through_the_deployed_stack() {
    let Some(binaries) = Binaries::find() else { return };
    let mut world = World::start(&binaries).await.unwrap();
    let began = Instant::now();
    let mut orders = orders(Expected::Uploaded, ORDERS);
    let with_platform_label = orders.iter_mut().step_by(3);
    let platform = with_platform_label.map(|order| order.spec.shipping = ShippingType::TikTok).count();
    let ids = world.sandbox.add(orders);
    assert_eq!(ids.len(), ORDERS);
    world.until_uploaded(ORDERS).await.unwrap();
    let uploaded = began.elapsed();
    world.until_idle().await.unwrap();
    println!("{ORDERS} orders uploaded after {uploaded:?}, queues empty after {:?}", began.elapsed());

    let World { sandbox, stack } = &world;
    assert_eq!(sandbox.easypost.labels_bought_twice(), Vec::<String>::new());
    let own = ORDERS - platform;
    assert_eq!((sandbox.easypost.labels_bought(), sandbox.tiktok.uploads().len()), (own, own));
    assert_eq!(sandbox.tiktok.platform_packages().len(), platform);
    for &queue in Queue::ALL {
        assert_eq!(stack.dead_letters(queue).await.unwrap(), [], "{}", queue.name());
    }
    // TikTok issues its labels some seconds after it has sold them.
    until(PATIENCE, async || {
        let records = stack.records().await?;
        let waiting = records.iter().filter(|record| !record.shipments[0].is_uploaded()).count();
        anyhow::ensure!(waiting == 0, "{waiting} labels are not issued");
        Ok(())
    })
    .await
    .unwrap();
    let records = stack.records().await.unwrap();
    assert_eq!(records.len(), ORDERS);
    check(sandbox, &records).unwrap();
    // The orders were found by their webhooks.
    assert!(all_taken(&sandbox.tiktok.deliveries()) >= ORDERS);

    let labels = &stack.cloud().unwrap().backend().labels;
    for record in &records {
        let label = record.shipments[0].stage.label().expect("an uploaded shipment has a label");
        let LabelFileState::Kept { name } = &label.file else { panic!("{:?} is not kept", label.file) };
        assert!(labels.get_label(name).await.unwrap().is_some(), "{name} is not in the bucket");
    }

    // A scan, which both services report: the first order has TikTok's label, the second its seller's.
    let scanned = &ids[1];
    sandbox.carrier_scan(scanned).unwrap();
    until(PATIENCE, async || {
        let records = stack.records().await?;
        let stage = &records.iter().find(|r| r.order.id.as_str() == scanned).unwrap().shipments[0].stage;
        anyhow::ensure!(matches!(stage, Stage::Scanned { .. }), "the order is {}", stage.name());
        anyhow::ensure!(all_taken(&sandbox.easypost.deliveries()) > 0, "EasyPost has told of nothing");
        Ok(())
    })
    .await
    .unwrap();
}
