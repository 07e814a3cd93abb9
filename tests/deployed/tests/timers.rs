//! The timers of the deployed stack find orders without a webhook, and shipments whose message was lost.
#![allow(clippy::unwrap_used, clippy::expect_used, reason = "a test stops at what it did not expect")]

use std::time::Instant;

use deployed::{Binaries, PATIENCE, Switch, World, orders};
use domain::message::Queue;
use pipeline::{check, until};
use sim::sandbox::Expected;

/// How many orders are to be shipped.
const ORDERS: usize = 3;

/// This takes as long as the timers: one minute until the poll, and up to two and a half until the shipments' own timers have
/// expired and are found.
#[tokio::test(flavor = "multi_thread")]
async fn timers_find_orders_without_webhooks_and_lost_messages() {
    let Some(binaries) = Binaries::find() else { return };
    let mut world = World::start(&binaries).await.unwrap();
    let stack = &world.stack;
    world.sandbox.tiktok.set_webhook_url(None);
    stack.switch_queue("LabelCreateFunction", Switch::Off).await.unwrap();
    let began = Instant::now();
    world.sandbox.add(orders(Expected::Uploaded, ORDERS));
    until(PATIENCE, async || {
        let depth = stack.depth(Queue::LabelRequests).await?;
        anyhow::ensure!(depth == ORDERS, "{depth} orders are rated");
        Ok(())
    })
    .await
    .unwrap();
    println!("polled and rated after {:?}", began.elapsed());

    // All messages are lost. The queue is on again before there can be new ones.
    let queue = stack.queue(Queue::LabelRequests).unwrap().queue;
    stack.sdk().sqs().purge_queue().queue_url(queue).send().await.unwrap();
    assert_eq!(stack.depth(Queue::LabelRequests).await.unwrap(), 0);
    stack.switch_queue("LabelCreateFunction", Switch::On).await.unwrap();
    assert_eq!(world.sandbox.easypost.labels_bought(), 0);

    world.until_uploaded(ORDERS).await.unwrap();
    println!("swept and uploaded after {:?}", began.elapsed());
    world.until_idle().await.unwrap();
    check(&world.sandbox, &stack.records().await.unwrap()).unwrap();
    assert_eq!(world.sandbox.easypost.labels_bought(), ORDERS);
}
