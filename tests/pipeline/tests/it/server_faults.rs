//! An order over which TikTok itself fails: it costs itself alone, is told, and is over by itself. A TikTok that is out costs
//! few calls.

use std::collections::{BTreeMap, BTreeSet};
use std::time::Duration;

use domain::ShopId;
use domain::exception::ExceptionKind;
use domain::message::{ChangeSource, OrderChange, Queue};
use domain::shop::Shop;
use jiff::SignedDuration;
use pipeline::{BackendKind, FaultPlan, World, WorldConfig};
use punctual::summary::{OrderOutcome, outcome};
use serde_json::json;
use sim::faults::{CallKind, FaultRates};
use sim::sandbox::{Kind, SandboxOrder};
use sim::tiktok::FAILS_ANSWERS;
use system::{Clock as _, Committed};

pipeline::on_both_backends!(
    an_order_that_tiktok_fails_over_holds_none_of_its_batch,
    a_page_that_tiktok_fails_over_is_narrowed_down_to_its_order,
    a_tiktok_that_is_out_costs_few_calls_and_blames_no_order,
);

const SECOND: SignedDuration = SignedDuration::from_secs(1);
const MINUTE: SignedDuration = SignedDuration::from_mins(1);

async fn world(backend_kind: &BackendKind, orders: usize) -> (World, Vec<String>) {
    let light =
        sim::sandbox::orders(3 * orders + 30, 7).into_iter().filter(|order| order.kind == Kind::Light);
    let orders: Vec<SandboxOrder> = light.take(orders).collect();
    let world = World::new(WorldConfig { orders, ..WorldConfig::default() }.on(backend_kind)).await.unwrap();
    let ids = world.sandbox.kinds().keys().cloned().collect();
    (world, ids)
}

async fn shop(world: &World) -> Shop {
    let id = ShopId::new(world.sandbox.tiktok.shops()[0].id.as_str());
    world.backend.shops.load_shop(&id).await.unwrap().unwrap().value
}

/// The open exceptions of the shop, by name.
async fn open(world: &World) -> BTreeMap<&'static str, String> {
    shop(world).await.open_exceptions().map(|open| (open.kind.name(), open.detail.clone())).collect()
}

fn fail_over(world: &World, order: &str) {
    let fields = BTreeMap::from([("buyer_message", Some(json!(FAILS_ANSWERS)))]);
    world.sandbox.tiktok.set_fields(order, fields).unwrap();
}

fn hints(world: &World, orders: &[String]) -> Vec<OrderChange> {
    orders.iter().map(|order| OrderChange { key: world.key(order), source: ChangeSource::Webhook }).collect()
}

fn details(world: &World) -> u64 {
    world.sandbox.tiktok.faults().log().count(CallKind::OrderDetail)
}

/// Runs of order-poll while five minutes pass.
async fn polls(world: &World) {
    for _ in 0..10 {
        world.clock.advance(SECOND * 30);
        world.functions(&FaultPlan::none()).unwrap().order_poll.run().await.unwrap();
    }
}

async fn an_order_that_tiktok_fails_over_holds_none_of_its_batch(backend_kind: BackendKind) {
    let (world, all) = world(&backend_kind, 40).await;
    let bad = all[23].clone();
    fail_over(&world, &bad);
    let before = details(&world);
    let mut drive = world.drive(FaultPlan::none()).unwrap();
    let outcomes = drive.functions().order_sync.handle_batch(hints(&world, &all)).await;
    assert!(outcomes.iter().all(|outcome| matches!(outcome, backend::batch::Outcome::Done)), "{outcomes:?}");
    for order in &all {
        assert_eq!(world.record(order).await.unwrap().is_some(), *order != bad, "{order}");
    }
    let cost = details(&world) - before;
    assert!((8..=40).contains(&cost), "{cost} calls");
    let shown = open(&world).await;
    let why = shown.get(ExceptionKind::OrdersUnreadable.name()).unwrap_or_else(|| panic!("{shown:?}"));
    assert!(shown.len() == 1 && why.contains(&format!("for order {bad}: ")), "{shown:?}");

    // Its hint comes again a few times; then the shop has it read.
    drive.work_for(MINUTE * 8).await.unwrap();
    for order in all.iter().filter(|order| **order != bad) {
        let record = world.record(order).await.unwrap().unwrap();
        assert_eq!(outcome(&record), OrderOutcome::Uploaded, "{order}");
    }
    assert_eq!(world.backend.queues.depth(Queue::OrderChanges).await.unwrap(), 0);
    assert_eq!(world.backend.queues.dead_letters(10).await.unwrap().len(), 0);
    assert_eq!(open(&world).await.into_keys().collect::<Vec<_>>(), ["orders_unreadable"], "it is no outage");
    let quiet = details(&world);
    drive.work_for(MINUTE * 3).await.unwrap();
    assert!(details(&world) - quiet <= 4, "it is not asked for again and again");

    world.sandbox.tiktok.set_fields(&bad, BTreeMap::new()).unwrap();
    world.clock.advance(MINUTE * 5);
    drive.functions().housekeeping.run().await.unwrap();
    drive.until_done().await.unwrap();
    assert_eq!(open(&world).await, BTreeMap::new());
    world.check().await.unwrap();
}

async fn a_page_that_tiktok_fails_over_is_narrowed_down_to_its_order(backend_kind: BackendKind) {
    let (world, all) = world(&backend_kind, 7).await;
    // They changed over an hour; the bad one shares its second with another one.
    let mut stored = world.backend.shops.load_shop(&shop(&world).await.id).await.unwrap().unwrap();
    stored.value.poll.watermark = Some(world.clock.now() - MINUTE * 60);
    let committed = world.backend.shops.commit_shop(&stored.value, stored.version).await.unwrap();
    assert!(matches!(committed, Committed::Stored(_)));
    for (order, ago) in all.iter().zip([3_000, 2_400, 1_800, 1_200, 500, 500, 400]) {
        world.sandbox.tiktok.set_changed_ago(order, Duration::from_secs(ago)).unwrap();
    }
    let bad = all[4].clone();
    fail_over(&world, &bad);
    polls(&world).await;
    polls(&world).await;
    let sound: BTreeSet<String> = all.iter().filter(|order| **order != bad).cloned().collect();
    assert_eq!(world.sync_all().await.unwrap(), sound);
    let shown = shop(&world).await;
    assert!(shown.poll.watermark.unwrap() > world.clock.now() - MINUTE * 20, "{:?}", shown.poll);
    let unread = shown.poll.unread.clone().unwrap();
    assert!(unread.to.duration_since(unread.from) <= SECOND, "only its second is missing: {unread:?}");
    assert_eq!(open(&world).await.into_keys().collect::<Vec<_>>(), ["order_search_unreliable"]);

    world.sandbox.tiktok.set_fields(&bad, BTreeMap::new()).unwrap();
    polls(&world).await;
    polls(&world).await;
    assert!(world.sync_all().await.unwrap().contains(&bad));
    assert_eq!((open(&world).await, shop(&world).await.poll.unread), (BTreeMap::new(), None));
}

async fn a_tiktok_that_is_out_costs_few_calls_and_blames_no_order(backend_kind: BackendKind) {
    let (world, all) = world(&backend_kind, 12).await;
    let faults = world.sandbox.tiktok.faults().clone();
    let only = Some(vec![CallKind::OrderSearch, CallKind::OrderDetail]);
    faults.set_rates(FaultRates { server_error: 1.0, only, ..FaultRates::default() });
    let before = details(&world);
    let functions = world.functions(&FaultPlan::none()).unwrap();
    functions.order_sync.handle_batch(hints(&world, &all)).await;
    let cost = details(&world) - before;
    assert!((2..=6).contains(&cost), "{cost} calls");
    polls(&world).await;
    let searches = faults.log().count(CallKind::OrderSearch);
    assert!((3..=60).contains(&searches), "{searches} searches");
    let shown = shop(&world).await;
    assert_eq!(
        (&shown.poll.unread, shown.poll.watermark, &shown.monitor.orders_unreadable),
        (&None, None, &vec![])
    );
    assert_eq!(open(&world).await.into_keys().collect::<Vec<_>>(), ["service_unavailable"]);

    faults.set_rates(FaultRates::default());
    world.drive(FaultPlan::none()).unwrap().until_done().await.unwrap();
    polls(&world).await;
    assert_eq!(open(&world).await, BTreeMap::new());
    world.check().await.unwrap();
}
