//! A change of how long personal data is kept applies to orders that are already over as well.
#![allow(clippy::unwrap_used, reason = "a test that cannot go on panics")]

mod support;

use backend_contract::samples::order;
use domain::Timestamp;
use domain::order::OrderStatus;
use domain::shop::Authorization;
use jiff::SignedDuration;
use support::HousekeepingWorld;

/// More than two pages.
const OVER: usize = 230;

fn days(n: i64) -> SignedDuration {
    SignedDuration::from_hours(24 * n)
}

async fn store(world: &HousekeepingWorld, id: &str, status: OrderStatus) {
    let mut record = order(world.shop.as_str(), id, world.began);
    record.order.status = status;
    for shipment in &mut record.shipments {
        shipment.next_check_at = None;
    }
    world.backend.orders.commit_order(&record, 0).await.unwrap();
}

/// The moments at which stored orders are forgotten, each once. Nothing else about them is due.
async fn forget_at(world: &HousekeepingWorld, id: &str) -> Option<Timestamp> {
    world.backend.orders.load_order(&world.key(id)).await.unwrap().unwrap().value.forget_at
}

async fn of_all(world: &HousekeepingWorld) -> Vec<Option<Timestamp>> {
    let mut all = Vec::new();
    for n in 0..OVER {
        all.push(forget_at(world, &n.to_string()).await);
    }
    all.dedup();
    all
}

#[tokio::test]
async fn a_changed_setting_applies_to_orders_that_are_over() {
    let world = HousekeepingWorld::quiet().await;
    for n in 0..OVER {
        store(&world, &n.to_string(), OrderStatus::Completed).await;
    }
    store(&world, "open", OrderStatus::InTransit).await;
    let at = |n: i64| Some(world.began + days(n));
    let versions = async |world: &HousekeepingWorld| {
        world.backend.orders.load_order(&world.key("7")).await.unwrap().unwrap().version
    };

    world.run_forgetting_after(None).await;
    assert_eq!((of_all(&world).await, versions(&world).await), (vec![None], 1));
    for (setting, expected, version) in [(Some(90), at(90), 2), (Some(30), at(30), 3), (Some(30), at(30), 3)]
    {
        world.run_forgetting_after(setting).await;
        assert_eq!((of_all(&world).await, versions(&world).await), (vec![expected], version), "{setting:?}");
    }
    let due = world.backend.orders.list_due(world.began + days(30), 1_000).await.unwrap();
    assert_eq!(due.len(), OVER, "the sweep finds them");
    // A pass that was cut off is resumed.
    let looked = world.stored_shop().await.monitor.forgetting;
    assert_eq!((looked.days, looked.looked_until), (Some(30), None));
    world.run_forgetting_after(None).await;
    assert_eq!(of_all(&world).await, [None]);
    assert_eq!(forget_at(&world, "open").await, None, "it is not over");
}

#[tokio::test]
async fn orders_of_a_closed_shop_count_from_their_last_change_until_it_is_open_again() {
    let world = HousekeepingWorld::quiet().await;
    store(&world, "open", OrderStatus::AwaitingShipment).await;
    store(&world, "over", OrderStatus::Completed).await;
    let days_of_both = async |world: &HousekeepingWorld| {
        world.run_forgetting_after(Some(30)).await;
        [forget_at(world, "open").await, forget_at(world, "over").await]
    };
    let day = Some(world.began + days(30));
    assert_eq!(days_of_both(&world).await, [None, day]);
    world.change(|shop| shop.disconnect(world.began)).await;
    assert_eq!(days_of_both(&world).await, [day, day]);
    let due = world.backend.orders.list_due(world.began + days(30), 1_000).await.unwrap();
    assert_eq!(due.len(), 2, "the sweep finds them");
    world.change(|shop| shop.authorization = Authorization::Granted).await;
    assert_eq!(days_of_both(&world).await, [None, day], "the order goes on");
}
