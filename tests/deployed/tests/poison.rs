//! Messages that no function can handle become dead letters of their own queue, and everything else goes on.
#![allow(clippy::unwrap_used, clippy::expect_used, reason = "a test stops at what it did not expect")]

use std::collections::BTreeSet;
use std::time::Instant;

use backend::queues::RECEIVES_MAX;
use deployed::{Binaries, Letter, PATIENCE, World};
use domain::message::Queue;
use pipeline::{check, until};
use serde_json::json;

/// The number of orders of all kinds that arrive at the same time.
const ORDERS: usize = 20;

/// Two messages that no function of this queue can handle.
fn poison(queue: Queue) -> [String; 2] {
    let of_another_queue = match queue {
        Queue::RateRequests => "label_request",
        _ => "rate_request",
    };
    let key = json!({ "kind": of_another_queue, "shop": "1", "order": "2", "shipment": "2-1" });
    [format!("no message for {}", queue.name()), key.to_string()]
}

/// The name in the template of the function that serves a queue.
fn function(queue: Queue) -> String {
    format!("{}Function", manifest::function_of(queue).unwrap().logical_name())
}

#[tokio::test(flavor = "multi_thread")]
async fn poison_ends_in_its_own_queues_dead_letters_while_orders_go_on() {
    let Some(binaries) = Binaries::find() else { return };
    let mut world = World::start(&binaries).await.unwrap();
    let began = Instant::now();
    let mut sent = Vec::new();
    for &queue in Queue::ALL {
        for body in poison(queue) {
            let id = world.stack.send_raw(queue, &body).await.unwrap();
            sent.push((queue, Letter { id, body }));
        }
    }
    world.sandbox.add(sim::sandbox::orders(ORDERS, 2));

    let World { sandbox, stack } = &world;
    until(PATIENCE, async || check(sandbox, &stack.records().await?)).await.unwrap();
    println!("{ORDERS} orders settled after {:?}", began.elapsed());
    for &queue in Queue::ALL {
        let sent: BTreeSet<_> =
            sent.iter().filter(|(to, _)| *to == queue).map(|(_, letter)| letter).collect();
        until(PATIENCE, async || {
            let letters = stack.dead_letters(queue).await?;
            let found: BTreeSet<_> = letters.iter().collect();
            anyhow::ensure!(found == sent, "dead letters of {}: {letters:?}", queue.name());
            Ok(())
        })
        .await
        .unwrap();
    }
    println!("all poison is dead after {:?}", began.elapsed());
    world.until_idle().await.unwrap();

    // Each was delivered as often as allowed, and logged with its id each time.
    for (queue, letter) in &sent {
        let log = world.stack.log(&function(*queue)).await.unwrap();
        let told = |line: &&String| line.contains("\"ERROR\"") && line.contains(&letter.id);
        let tries = log.iter().filter(told).count();
        assert_eq!(u32::try_from(tries).unwrap(), RECEIVES_MAX, "{}: {}", queue.name(), letter.body);
    }
}
