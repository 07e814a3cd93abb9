//! A shop for which TikTok does not answer holds up no other, and a throttled shop is not failing.
#![allow(clippy::unwrap_used, reason = "a test that cannot go on panics")]

use std::time::Duration;

use backend::batch::Outcome;
use domain::message::{ChangeSource, OrderChange, Queue};
use domain::{OrderId, OrderKey, ShopId};
use order_sync::SyncError;
use sim::tiktok::{OrderSpec, ShopSpec, TikTokConfig};
use sim::{CallKind, Fault};
use test_world::{MUG, ShopWorld};
use workflow::StepError;

/// Longer than anybody would wait for the test.
const FOR_EVER: Duration = Duration::from_secs(3_600);

fn change(shop: &str, order: &str) -> OrderChange {
    OrderChange { key: OrderKey::new(ShopId::new(shop), OrderId::new(order)), source: ChangeSource::Webhook }
}

#[tokio::test]
async fn orders_of_a_batch_do_not_wait_for_a_shop_without_an_answer() {
    let shop =
        |id: &str, cipher: &str| ShopSpec { id: id.into(), cipher: cipher.into(), ..ShopSpec::sample() };
    let shops = vec![shop("1111", "TTP_dead"), shop("2222", "TTP_healthy")];
    let world = ShopWorld::with_timeout(TikTokConfig { shops, ..TikTokConfig::default() }, FOR_EVER).await;
    let order = |shop: &str| {
        let spec = OrderSpec { shop_id: Some(shop.into()), ..OrderSpec::new(MUG) };
        world.sim.add_order(spec).unwrap()
    };
    let (dead, healthy) = (order("1111"), order("2222"));
    world.sim.slow_down("1111", FOR_EVER);

    let step = world.order_sync();
    let batch = step.handle_batch(vec![change("1111", &dead), change("2222", &healthy)]);
    let key = change("2222", &healthy).key;
    let stored = async {
        while world.backend.orders.load_order(&key).await.unwrap().is_none() {
            tokio::time::sleep(Duration::from_millis(10)).await;
        }
    };
    tokio::select! {
        outcomes = batch => panic!("the dead shop's order can't be done with: {outcomes:?}"),
        () = stored => {}
        () = tokio::time::sleep(Duration::from_secs(60)) => panic!("the healthy shop's order waits"),
    }
    assert_eq!(world.sim.slow_calls("1111"), 1);
}

#[tokio::test]
async fn a_throttled_order_is_not_failing() {
    let world = ShopWorld::new(TikTokConfig::default()).await;
    let order = world.order(OrderSpec::new(MUG)).await;
    let before = world.record(&order).await;
    world.take(Queue::RateRequests).await;
    // The client itself repeats a throttled read twice.
    for nth in 2..=4 {
        world.sim.faults().on_call(CallKind::OrderDetail, nth, Fault::TooManyRequests);
    }

    let step = world.order_sync();
    let outcomes = step.handle_batch(vec![change(world.shop.as_str(), &order)]).await;
    assert!(
        matches!(outcomes.as_slice(), [Outcome::Failed(SyncError::Step(StepError::Paused(_)))]),
        "{outcomes:?}"
    );
    assert!(world.sim.faults().all_fired());
    assert_eq!(world.record(&order).await, before, "no failure is recorded");
    assert!(world.take(Queue::OrderChanges).await.is_empty(), "whoever runs the step sends it again");

    let outcomes = step.handle_batch(vec![change(world.shop.as_str(), &order)]).await;
    assert!(matches!(outcomes.as_slice(), [Outcome::Done]), "{outcomes:?}");
}
