//! What order-sync asks TikTok for besides the orders: stock, and by when a request to cancel has to be answered.
#![allow(clippy::unwrap_used, reason = "a test that cannot go on panics")]

use domain::exception::ExceptionKind as K;
use domain::message::{Message, Queue};
use domain::stage::{Event, Stage};
use jiff::SignedDuration;
use sim::faults::{CallKind, Fault};
use sim::tiktok::{LineSpec, OrderSpec, OrderStatus, TikTokConfig};
use test_world::{MUG, ShopWorld};

const HOUR: SignedDuration = SignedDuration::from_hours(1);

fn mugs(quantity: u32) -> OrderSpec {
    let lines = vec![LineSpec { product_id: MUG.to_owned(), quantity }];
    OrderSpec { lines, ..OrderSpec::new(MUG) }
}

/// Sets how many mugs can be ordered, and how many are held by orders.
fn stock(world: &ShopWorld, available: i64, committed: i64) {
    let shop = &world.sim.shops()[0];
    let (product, warehouse) = (&shop.products[0], &shop.warehouses[0]);
    assert!(world.sim.set_stock(&product.sku_id, &warehouse.id, available, committed));
}

async fn requests(world: &ShopWorld) -> usize {
    world.take(Queue::RateRequests).await.len()
}

async fn stage(world: &ShopWorld, order: &str) -> String {
    world.record(order).await.shipments[0].stage.name().to_owned()
}

#[tokio::test]
async fn an_order_without_stock_is_blocked_before_it_is_rated_and_continues_when_there_is_stock() {
    let world = ShopWorld::new(TikTokConfig::default()).await;
    stock(&world, 0, 1);
    let order = world.order(mugs(2)).await;
    assert_eq!((stage(&world, &order).await.as_str(), requests(&world).await), ("blocked", 0));
    let told = world.exception(&order, K::OutOfStock).await;
    assert_eq!(told.detail, "SKU ceramic-mug: 2 needed, 1 in stock.");

    let due = world.record(&order).await.due_at().unwrap();
    assert!(due.duration_since(world.record(&order).await.synced_at) < HOUR * 2, "it is checked again");
    let before = world.record(&order).await.exceptions;
    world.sync(&[&order]).await;
    assert_eq!(world.record(&order).await.exceptions, before, "nothing new");

    stock(&world, 0, 2);
    world.sync(&[&order]).await;
    assert_eq!((stage(&world, &order).await.as_str(), world.open(&order).await), ("ready", vec![]));
    let target = domain::message::ShipmentRef {
        key: world.key(&order),
        shipment: world.record(&order).await.shipments[0].id.clone(),
    };
    assert_eq!(world.take(Queue::RateRequests).await, [Message::RateRequest(target)]);
}

#[tokio::test]
async fn one_call_checks_a_batch_and_orders_with_stock_continue() {
    let world = ShopWorld::new(TikTokConfig::default()).await;
    stock(&world, 1, 1);
    let orders: Vec<String> =
        [2, 3, 1].into_iter().map(|units| world.sim.add_order(mugs(units)).unwrap()).collect();
    let orders: Vec<&str> = orders.iter().map(String::as_str).collect();
    world.sync(&orders).await;
    assert_eq!(world.calls(CallKind::InventorySearch), 1);
    assert_eq!(requests(&world).await, 2);
    assert_eq!(world.open(orders[1]).await, [K::OutOfStock]);
    world.sync(&[orders[0], orders[2]]).await;
    assert_eq!(world.calls(CallKind::InventorySearch), 1, "they were checked before");
}

#[tokio::test]
async fn a_held_order_is_checked_when_it_is_released() {
    let world = ShopWorld::new(TikTokConfig::default()).await;
    stock(&world, 0, 0);
    let order = world.order(OrderSpec { status: OrderStatus::OnHold, ..mugs(1) }).await;
    assert_eq!((stage(&world, &order).await.as_str(), world.calls(CallKind::InventorySearch)), ("held", 0));
    world.sim.release_hold(&order).unwrap();
    world.sync(&[&order]).await;
    assert_eq!((stage(&world, &order).await.as_str(), requests(&world).await), ("blocked", 0));
}

#[tokio::test]
async fn a_person_may_release_an_order_without_stock() {
    let world = ShopWorld::new(TikTokConfig::default()).await;
    stock(&world, 0, 0);
    let order = world.order(mugs(1)).await;
    let stored = world.backend.orders.load_order(&world.key(&order)).await.unwrap().unwrap();
    let mut record = stored.value;
    let now = record.synced_at;
    record.shipments[0].apply(Event::Release, now).unwrap();
    record.refresh_exceptions(now);
    world.backend.orders.commit_order(&record, stored.version).await.unwrap();
    world.sync(&[&order]).await;
    assert_eq!((stage(&world, &order).await.as_str(), requests(&world).await), ("ready", 1));
}

#[tokio::test]
async fn unknown_stock_blocks_nothing() {
    for fault in [Fault::Status(500), Fault::LostAnswer, Fault::BrokenBody, Fault::TooManyRequests] {
        let world = ShopWorld::new(TikTokConfig::default()).await;
        stock(&world, 0, 0);
        for nth in 1..=5 {
            world.sim.faults().on_call(CallKind::InventorySearch, nth, fault);
        }
        let order = world.order(mugs(1)).await;
        assert_eq!((stage(&world, &order).await.as_str(), requests(&world).await), ("ready", 1), "{fault:?}");
    }
}

#[tokio::test]
async fn a_cancelled_order_waits_for_no_stock() {
    let world = ShopWorld::new(TikTokConfig::default()).await;
    stock(&world, 0, 0);
    let order = world.order(mugs(1)).await;
    world.sim.cancel(&order, sim::tiktok::CancelledBy::Buyer).unwrap();
    world.sync(&[&order]).await;
    assert_eq!(world.record(&order).await.shipments[0].stage, Stage::Cancelled { voided: None });
    assert_eq!((world.open(&order).await, world.record(&order).await.due_at()), (vec![], None));
}

#[tokio::test]
async fn a_request_to_cancel_is_stored_with_the_time_for_its_answer() {
    let world = ShopWorld::new(TikTokConfig::default()).await;
    let orders = [world.order(mugs(1)).await, world.order(mugs(1)).await, world.order(mugs(1)).await];
    for order in &orders[..2] {
        world.sim.request_cancel(order).unwrap();
    }
    let all: Vec<&str> = orders.iter().map(String::as_str).collect();
    world.sync(&all).await;
    assert_eq!(world.calls(CallKind::CancellationSearch), 1);
    for order in &orders[..2] {
        let request = world.record(order).await.cancellation.unwrap();
        let by = request.respond_by.unwrap().strftime("%Y-%m-%d %H:%M UTC");
        let detail = format!("The buyer asked to cancel; TikTok expects an answer by {by}.");
        assert_eq!(world.exception(order, K::CancelRequested).await.detail, detail);
    }
    assert_eq!(world.record(&orders[2]).await.cancellation, None);
    world.sync(&all).await;
    assert_eq!(world.calls(CallKind::CancellationSearch), 1, "they are known");
}

#[tokio::test]
async fn a_request_that_cannot_be_read_is_read_by_the_next_sync() {
    let world = ShopWorld::new(TikTokConfig::default()).await;
    let order = world.order(mugs(1)).await;
    world.sim.request_cancel(&order).unwrap();
    for nth in 1..=5 {
        world.sim.faults().on_call(CallKind::CancellationSearch, nth, Fault::Status(500));
    }
    world.sync(&[&order]).await;
    assert_eq!(world.open(&order).await, [K::CancelRequested], "the order's own state counts");
    assert_eq!(world.record(&order).await.cancellation, None);
    while world.calls(CallKind::CancellationSearch) < 5 {
        world.sync(&[&order]).await;
    }
    world.sync(&[&order]).await;
    assert!(world.record(&order).await.cancellation.is_some());
}
