//! The daily comparison of a shop's open orders with TikTok, over real sockets.
#![allow(clippy::unwrap_used, reason = "a test that cannot go on panics")]

mod support;

use std::collections::BTreeSet;

use domain::message::{ChangeSource, Message, OrderChange, Queue};
use domain::shop::Comparison;
use jiff::SignedDuration;
use sim::faults::{CallKind, Fault};
use sim::tiktok::{CancelledBy, OrderSpec, OrderStatus};
use support::HousekeepingWorld;
use test_world::MUG;

const HOUR: SignedDuration = SignedDuration::from_hours(1);

/// The orders that the comparison requests to be read back, each once.
async fn to_be_read_back(world: &HousekeepingWorld) -> BTreeSet<String> {
    let messages = world.take(Queue::OrderChanges).await;
    let count = messages.len();
    let orders = messages.into_iter().map(|message| match message {
        Message::OrderChange(OrderChange { key, source: ChangeSource::Comparison }) => key.order.to_string(),
        other => panic!("{other:?}"),
    });
    let orders: BTreeSet<_> = orders.collect();
    assert_eq!(orders.len(), count, "one message an order");
    orders
}

#[tokio::test]
async fn what_differs_after_a_day_is_read_back_and_counted() {
    let world = HousekeepingWorld::quiet().await;
    let new = || OrderSpec::new(MUG);
    // Four that are the same at TikTok.
    for status in [OrderStatus::AwaitingShipment, OrderStatus::OnHold, OrderStatus::InTransit] {
        world.order(OrderSpec { status, ..new() }).await;
    }
    let closed = world.order(new()).await;
    world.sim.cancel(&closed, CancelledBy::Buyer).unwrap();
    world.sync(&[closed]).await;
    // Not ours: shipped before the shop was connected.
    world.sim.add_order(OrderSpec { status: OrderStatus::InTransit, ..new() }).unwrap();

    let missing = world.sim.add_order(new()).unwrap();
    let moved = world.order(OrderSpec { status: OrderStatus::OnHold, ..new() }).await;
    world.sim.release_hold(&moved).unwrap();
    let older = world.order(new()).await;
    let stored = world.backend.orders.load_order(&world.key(&older)).await.unwrap().unwrap();
    let mut record = stored.value;
    record.order.updated_at -= SignedDuration::from_secs(1);
    world.backend.orders.commit_order(&record, stored.version).await.unwrap();
    let gone = world.order(new()).await;
    world.sim.cancel(&gone, CancelledBy::Buyer).unwrap();
    world.take(Queue::OrderChanges).await;

    world.advance(HOUR * 23);
    world.run().await;
    assert_eq!(world.calls(CallKind::OrderSearch), 0, "the shop has been connected for less than a day");
    world.advance(HOUR);
    world.run().await;
    assert_eq!(
        to_be_read_back(&world).await,
        BTreeSet::from([missing.clone(), moved.clone(), older, gone.clone()])
    );
    let at = world.after(HOUR * 24);
    let expect = Comparison { at, open_at_tiktok: 7, missing: 1, different: 3, unreadable: 0, fault: None };
    assert_eq!(world.stored_shop().await.monitor.compared, Some(expect));

    let calls = world.calls(CallKind::OrderSearch);
    world.advance(HOUR * 23);
    world.run().await;
    assert_eq!((world.calls(CallKind::OrderSearch), to_be_read_back(&world).await), (calls, BTreeSet::new()));

    // After they are read back, nothing differs.
    world.sync(&[missing, moved, gone]).await;
    world.take(Queue::OrderChanges).await;
    world.advance(HOUR);
    world.run().await;
    let compared = world.stored_shop().await.monitor.compared.unwrap();
    assert_eq!((compared.open_at_tiktok, compared.missing, compared.different), (7, 0, 1));
}

#[tokio::test]
async fn more_orders_than_a_page_are_all_compared() {
    let world = HousekeepingWorld::quiet().await;
    let add = || world.sim.add_order(OrderSpec::new(MUG)).unwrap();
    let gone: Vec<_> = (0..101).map(|_| add()).collect();
    world.sync(&gone).await;
    for order in &gone {
        world.sim.cancel(order, CancelledBy::Seller).unwrap();
    }
    let missing: Vec<_> = (0..101).map(|_| add()).collect();
    world.take(Queue::OrderChanges).await;
    world.advance(HOUR * 24);
    world.run().await;
    assert_eq!(to_be_read_back(&world).await, gone.into_iter().chain(missing).collect());
    let at = world.after(HOUR * 24);
    let expect =
        Comparison { at, open_at_tiktok: 101, missing: 101, different: 101, unreadable: 0, fault: None };
    assert_eq!(world.stored_shop().await.monitor.compared, Some(expect));
    assert_eq!(world.calls(CallKind::OrderSearch), 6, "two pages of one status, one of each other");
}

#[tokio::test]
async fn a_comparison_that_fails_is_made_again_after_a_quarter_of_an_hour() {
    let world = HousekeepingWorld::quiet().await;
    let missing = world.sim.add_order(OrderSpec::new(MUG)).unwrap();
    world.advance(HOUR * 24);
    // The client itself repeats a read.
    for nth in 1..=3 {
        world.sim.faults().on_call(CallKind::OrderSearch, nth, Fault::Status(503));
    }
    world.run().await;
    assert_eq!(
        (world.stored_shop().await.monitor.compared, to_be_read_back(&world).await),
        (None, BTreeSet::new())
    );
    world.run().await;
    assert_eq!(world.calls(CallKind::OrderSearch), 3, "not by every run");
    world.advance(HOUR / 4);
    world.run().await;
    assert_eq!(to_be_read_back(&world).await, BTreeSet::from([missing]));
    assert_eq!(world.stored_shop().await.monitor.compared.map(|compared| compared.missing), Some(1));
}
