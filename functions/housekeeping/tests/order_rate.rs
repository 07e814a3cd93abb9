//! A shop's order rate, and the exception of a shop that gets no orders, over real sockets.
#![allow(clippy::unwrap_used, reason = "a test that cannot go on panics")]

mod support;

use domain::Timestamp;
use domain::exception::ExceptionKind as K;
use domain::order_rate::OrderRate;
use jiff::SignedDuration;
use sim::faults::{CallKind, Fault};
use support::HousekeepingWorld;

const HOUR: SignedDuration = SignedDuration::from_hours(1);
const MINUTE: SignedDuration = SignedDuration::from_mins(1);

/// The order rate after these hours from `from` on.
fn rate_of(from: Timestamp, counts: &[u32]) -> OrderRate {
    let mut order_rate = OrderRate::default();
    for (hour, count) in (0_i32..).zip(counts) {
        order_rate.learn(from + HOUR * hour, *count);
    }
    order_rate
}

#[tokio::test]
async fn the_order_rate_is_learned_hour_by_hour_and_no_hour_twice() {
    let world = HousekeepingWorld::new().await;
    world.run().await;
    assert_eq!(world.stored_shop().await.monitor.learnt_until, Some(world.began));
    assert_eq!(world.calls(CallKind::OrderSearch), 0, "earlier hours are not counted");

    for minute in [10, 50, 150] {
        world.unheard(world.after(MINUTE * minute));
    }
    world.advance(MINUTE * 190);
    world.run().await;
    let monitor = world.stored_shop().await.monitor;
    assert_eq!(monitor.order_rate, rate_of(world.began, &[2, 0, 1]));
    assert_eq!(monitor.learnt_until, Some(world.after(HOUR * 3)));
    assert_eq!(monitor.newest_order_at, Some(world.after(HOUR * 3)));
    assert_eq!(world.calls(CallKind::OrderSearch), 3);

    world.advance(MINUTE * 49);
    world.run().await;
    assert_eq!((world.stored_shop().await.monitor, world.calls(CallKind::OrderSearch)), (monitor, 3));

    // Two runs at the same time.
    world.unheard(world.after(MINUTE * 200));
    world.advance(MINUTE);
    tokio::join!(world.run(), world.run());
    let monitor = world.stored_shop().await.monitor;
    assert_eq!(monitor.order_rate, rate_of(world.began, &[2, 0, 1, 1]));
    assert_eq!(monitor.learnt_until, Some(world.after(HOUR * 4)));
}

#[tokio::test]
async fn after_a_pause_at_most_a_day_is_caught_up_on() {
    let world = HousekeepingWorld::new().await;
    world.run().await;
    for hour in [10, 16, 39] {
        world.unheard(world.after(HOUR * hour + MINUTE * 30));
    }
    world.advance(HOUR * 40);
    world.run().await;
    let monitor = world.stored_shop().await.monitor;
    let mut day = [0; 24];
    (day[0], day[23]) = (1, 1);
    assert_eq!(monitor.order_rate, rate_of(world.after(HOUR * 16), &day));
    assert_eq!(monitor.learnt_until, Some(world.after(HOUR * 40)));
}

#[tokio::test]
async fn an_hour_that_tiktok_does_not_count_is_learned_later() {
    let world = HousekeepingWorld::new().await;
    world.run().await;
    world.unheard(world.after(MINUTE * 30));
    world.advance(HOUR);
    // The client itself repeats a read.
    for nth in 1..=3 {
        world.sim.faults().on_call(CallKind::OrderSearch, nth, Fault::Status(500));
    }
    world.run().await;
    assert_eq!(world.stored_shop().await.monitor.learnt_until, Some(world.began));
    world.run().await;
    assert_eq!(world.stored_shop().await.monitor.order_rate, rate_of(world.began, &[1]));
}

/// A shop that had ten orders in every hour of the last week, the newest half an hour ago.
async fn busy() -> (HousekeepingWorld, Timestamp) {
    let world = HousekeepingWorld::new().await;
    let newest = world.unheard(world.after(-MINUTE * 30));
    world.sync(std::slice::from_ref(&newest)).await;
    let newest = world.record(&newest).await.order.created_at;
    let (began, order_rate) = (world.began, rate_of(world.after(-HOUR * 168), &[10; 168]));
    world
        .change(|shop| {
            shop.monitor.order_rate = order_rate;
            shop.monitor.learnt_until = Some(began);
            // As the poll records it.
            shop.monitor.newest_order_at = Some(newest);
        })
        .await;
    (world, newest)
}

#[tokio::test]
async fn a_busy_shop_without_orders_has_an_exception_until_the_next_order() {
    let (world, newest) = busy().await;
    world.advance(HOUR);
    world.run().await;
    assert_eq!(world.open_of_shop().await, [], "an hour and a half");
    world.advance(HOUR);
    world.run().await;
    let told = world.only_open().await;
    assert_eq!(told.kind, K::NoNewOrders);
    let since = newest.strftime("%Y-%m-%d %H:%M UTC");
    // Five of the first half hour; the two hours of silence were learnt by a quarter.
    assert_eq!(told.detail, format!("No order since {since}; about 20 are usual in that time."));

    // While TikTok can't be reached, the exception stays open.
    for nth in 1..=3 {
        let so_far = world.calls(CallKind::OrderSearch);
        world.sim.faults().on_call(CallKind::OrderSearch, so_far + nth, Fault::Status(500));
    }
    world.run().await;
    assert!(world.sim.faults().all_fired());
    assert_eq!(world.open_of_shop().await, [K::NoNewOrders]);

    // While the exception is open, the silence does not become usual.
    let before = world.stored_shop().await.monitor.order_rate;
    world.advance(HOUR * 2);
    world.run().await;
    let monitor = world.stored_shop().await.monitor;
    assert_eq!((monitor.order_rate, monitor.learnt_until), (before, Some(world.after(HOUR * 4))));

    world.unheard(world.after(MINUTE * 245));
    world.advance(MINUTE * 10);
    world.run().await;
    assert_eq!(world.open_of_shop().await, []);
}

#[tokio::test]
async fn a_shop_whose_webhooks_are_lost_is_not_silent() {
    let (world, _) = busy().await;
    world.unheard(world.after(MINUTE * 125));
    world.advance(MINUTE * 150);
    world.run().await;
    assert_eq!(world.open_of_shop().await, []);
}

#[tokio::test]
async fn a_shop_that_was_known_for_less_than_a_week_is_never_silent() {
    let (world, _) = busy().await;
    let order_rate = rate_of(world.after(-HOUR * 24), &[10; 24]);
    world.change(|shop| shop.monitor.order_rate = order_rate).await;
    world.advance(HOUR * 5);
    world.run().await;
    assert_eq!(world.open_of_shop().await, []);
}
