//! What TikTok sends that can't be read, what it refuses to us as a whole, and clocks that differ: each costs itself alone, is
//! told, and is over by itself.

use std::collections::{BTreeMap, BTreeSet};
use std::time::Duration;

use domain::alarm::AlarmKind;
use domain::exception::ExceptionKind;
use domain::message::{ChangeSource, OrderChange, Queue};
use domain::record::OrderRecord;

use domain::shop::Shop;
use jiff::SignedDuration;
use pipeline::{BackendKind, Drive, FaultPlan, World, WorldConfig};
use punctual::summary::{OrderOutcome, outcome};
use serde_json::{Value, json};
use sim::faults::{CallKind, FaultRates};
use sim::sandbox::{Kind, SandboxOrder};
use sim::tiktok::BREAKS_ANSWERS;
use system::Clock as _;
use system::Committed;

pipeline::on_both_backends!(
    an_order_that_breaks_its_page_is_passed_over_alone_and_read_when_it_is_mended,
    an_order_without_an_id_is_told_and_found_when_it_has_one,
    an_order_that_can_t_be_read_by_itself_is_named_until_it_is_read,
    answers_that_are_all_broken_are_an_outage_and_pass_nothing_over,
    a_refusal_of_the_app_blocks_no_order_and_all_goes_on_when_it_ends,
    a_clock_that_was_ahead_and_is_set_back_stops_no_poll,
    a_clock_that_differs_from_tiktok_s_is_told_until_it_is_set,
);

const SECOND: SignedDuration = SignedDuration::from_secs(1);
const MINUTE: SignedDuration = SignedDuration::from_mins(1);

async fn world(backend_kind: &BackendKind, orders: usize) -> World {
    let light =
        sim::sandbox::orders(3 * orders + 30, 7).into_iter().filter(|order| order.kind == Kind::Light);
    let orders: Vec<SandboxOrder> = light.take(orders).collect();
    World::new(WorldConfig { orders, ..WorldConfig::default() }.on(backend_kind)).await.unwrap()
}

fn ids(world: &World) -> Vec<String> {
    world.sandbox.kinds().keys().cloned().collect()
}

async fn shop(world: &World) -> Shop {
    let id = domain::ShopId::new(world.sandbox.tiktok.shops()[0].id.as_str());
    world.backend.shops.load_shop(&id).await.unwrap().unwrap().value
}

async fn change(world: &World, change: impl Fn(&mut Shop)) {
    let id = domain::ShopId::new(world.sandbox.tiktok.shops()[0].id.as_str());
    let mut stored = world.backend.shops.load_shop(&id).await.unwrap().unwrap();
    change(&mut stored.value);
    let committed = world.backend.shops.commit_shop(&stored.value, stored.version).await.unwrap();
    assert!(matches!(committed, Committed::Stored(_)));
}

/// The open exceptions of the shop, by name.
async fn open(world: &World) -> BTreeMap<&'static str, String> {
    shop(world).await.open_exceptions().map(|open| (open.kind.name(), open.detail.clone())).collect()
}

/// What people are to be told of the shop now.
async fn told(world: &World) -> Vec<AlarmKind> {
    shop(world).await.alarms_due(world.clock.now())
}

async fn record(world: &World, order: &str) -> OrderRecord {
    world.record(order).await.unwrap().unwrap()
}

async fn poll(world: &World) {
    world.clock.advance(SECOND);
    world.functions(&FaultPlan::none()).unwrap().order_poll.run().await.unwrap();
}

/// Runs of order-poll while five minutes pass.
async fn polls(world: &World) {
    for _ in 0..10 {
        world.clock.advance(SECOND * 29);
        poll(world).await;
    }
}

async fn keep(world: &World) {
    world.functions(&FaultPlan::none()).unwrap().housekeeping.run().await.unwrap();
}

fn hints(world: &World, orders: &[String]) -> Vec<OrderChange> {
    orders.iter().map(|order| OrderChange { key: world.key(order), source: ChangeSource::Webhook }).collect()
}

fn breaking() -> BTreeMap<&'static str, Option<Value>> {
    BTreeMap::from([("buyer_message", Some(json!(BREAKS_ANSWERS)))])
}

fn set(world: &World, order: &str, fields: BTreeMap<&'static str, Option<Value>>) {
    world.sandbox.tiktok.set_fields(order, fields).unwrap();
}

async fn an_order_that_breaks_its_page_is_passed_over_alone_and_read_when_it_is_mended(
    backend_kind: BackendKind,
) {
    let world = world(&backend_kind, 9).await;
    let all = ids(&world);
    // Six orders changed over two hours; the bad one shares its second with two that are sound.
    let watermark = world.clock.now() - MINUTE * 120;
    change(&world, |shop| shop.poll.watermark = Some(watermark)).await;
    for (n, order) in all.iter().enumerate().take(6) {
        let ago = Duration::from_secs(7_000 - 900 * u64::try_from(n).unwrap());
        world.sandbox.tiktok.set_changed_ago(order, ago).unwrap();
    }
    for order in &all[6..] {
        world.sandbox.tiktok.set_changed_ago(order, Duration::from_secs(500)).unwrap();
    }
    let bad = all[7].clone();
    set(&world, &bad, breaking());
    poll(&world).await;
    polls(&world).await;
    let sound: BTreeSet<String> = all.iter().filter(|order| **order != bad).cloned().collect();
    assert_eq!(world.sync_all().await.unwrap(), sound);
    let shown = shop(&world).await;
    let now = world.clock.now();
    assert!(shown.poll.watermark.unwrap() > now - MINUTE * 40, "new orders are looked for: {:?}", shown.poll);
    let unread = shown.poll.unread.clone().unwrap();
    assert!(unread.to.duration_since(unread.from) <= SECOND, "only its second is missing: {unread:?}");
    let exceptions = open(&world).await;
    let why = &exceptions[ExceptionKind::OrderSearchUnreliable.name()];
    assert!(exceptions.len() == 1 && why.contains("cannot be read"), "{exceptions:?}");
    assert_eq!(told(&world).await, [AlarmKind::Exception(ExceptionKind::OrderSearchUnreliable)]);

    // A new order is found as ever.
    let searches = world.sandbox.tiktok.calls()[&CallKind::OrderSearch];
    polls(&world).await;
    let cost = world.sandbox.tiktok.calls()[&CallKind::OrderSearch] - searches;
    assert!(cost <= 60, "{cost} searches in five minutes");

    set(&world, &bad, BTreeMap::new());
    polls(&world).await;
    polls(&world).await;
    assert!(world.sync_all().await.unwrap().contains(&bad));
    assert_eq!((open(&world).await, shop(&world).await.poll.unread), (BTreeMap::new(), None));
    world.drive(FaultPlan::none()).unwrap().until_done().await.unwrap();
    world.check().await.unwrap();
}

async fn an_order_without_an_id_is_told_and_found_when_it_has_one(backend_kind: BackendKind) {
    let world = world(&backend_kind, 3).await;
    let all = ids(&world);
    for (order, ago) in all.iter().zip([600, 500, 400]) {
        world.sandbox.tiktok.set_changed_ago(order, Duration::from_secs(ago)).unwrap();
    }
    set(&world, &all[1], BTreeMap::from([("id", None)]));
    poll(&world).await;
    let others = BTreeSet::from([all[0].clone(), all[2].clone()]);
    assert_eq!(world.sync_all().await.unwrap(), others);
    let unread = shop(&world).await.poll.unread.unwrap();
    assert!(unread.to.duration_since(unread.from) <= SECOND * 201, "between its neighbours: {unread:?}");
    assert_eq!(told(&world).await, [AlarmKind::Exception(ExceptionKind::OrderSearchUnreliable)]);

    set(&world, &all[1], BTreeMap::new());
    polls(&world).await;
    assert!(world.sync_all().await.unwrap().contains(&all[1]));
    assert_eq!(open(&world).await, BTreeMap::new());
}

/// By hints alone: one order that breaks every answer in a batch with others, and one that lacks what it must have.
async fn an_order_that_can_t_be_read_by_itself_is_named_until_it_is_read(backend_kind: BackendKind) {
    let world = world(&backend_kind, 12).await;
    let all = ids(&world);
    let (broken, lacking) = (all[3].clone(), all[8].clone());
    set(&world, &broken, breaking());
    set(&world, &lacking, BTreeMap::from([("status", None)]));
    let functions = world.functions(&FaultPlan::none()).unwrap();
    functions.order_sync.handle_batch(hints(&world, &all)).await;
    for order in all.iter().filter(|order| **order != broken && **order != lacking) {
        assert!(world.record(order).await.unwrap().is_some(), "{order} is read");
    }
    let why = open(&world).await.remove(ExceptionKind::OrdersUnreadable.name()).unwrap();
    assert!(why.contains(&broken) && why.contains(&lacking), "{why}");

    // The message comes again a few times; then the shop has them read, and nothing is a dead letter.
    let mut drive = world.drive(FaultPlan::none()).unwrap();
    for order in [&broken, &lacking] {
        drive.tell(order).await.unwrap();
    }
    drive.work_for(MINUTE * 6).await.unwrap();
    assert_eq!(world.backend.queues.dead_letters(10).await.unwrap().len(), 0);
    assert_eq!(world.backend.queues.depth(Queue::OrderChanges).await.unwrap(), 0);
    assert!(told(&world).await.contains(&AlarmKind::Exception(ExceptionKind::OrdersUnreadable)));

    for order in [&broken, &lacking] {
        set(&world, order, BTreeMap::new());
    }
    keep(&world).await;
    drive.work_off().await.unwrap();
    assert_eq!(open(&world).await, BTreeMap::new());
    drive.until_done().await.unwrap();
    for order in &all {
        assert_eq!(outcome(&record(&world, order).await), OrderOutcome::Uploaded, "{order}");
    }
}

async fn answers_that_are_all_broken_are_an_outage_and_pass_nothing_over(backend_kind: BackendKind) {
    let world = world(&backend_kind, 12).await;
    let faults = world.sandbox.tiktok.faults().clone();
    let only = Some(vec![CallKind::OrderSearch, CallKind::OrderDetail]);
    faults.set_rates(FaultRates { broken_body: 1.0, only, ..FaultRates::default() });
    let began = world.clock.now();
    let functions = world.functions(&FaultPlan::none()).unwrap();
    let mut told_at = None;
    while told_at.is_none() {
        world.clock.advance(SECOND * 60);
        poll(&world).await;
        let told = told(&world).await;
        told_at = told
            .contains(&AlarmKind::Exception(ExceptionKind::ServiceUnavailable))
            .then(|| world.clock.now());
        assert!(
            world.clock.now() < began + MINUTE * 15,
            "told within a quarter of an hour: {:?}",
            open(&world).await
        );
    }
    let outcomes = functions.order_sync.handle_batch(hints(&world, &ids(&world))).await;
    assert!(
        outcomes.iter().all(|outcome| matches!(outcome, backend::batch::Outcome::Done)),
        "none is a dead letter"
    );
    let details = faults.log().count(CallKind::OrderDetail);
    assert!((4..=40).contains(&details), "they are not all tried one by one: {details} calls");
    let shown = shop(&world).await;
    assert_eq!(
        (&shown.poll.unread, shown.poll.watermark, shown.monitor.orders_unreadable.len()),
        (&None, None, 0)
    );
    assert_eq!(open(&world).await.into_keys().collect::<Vec<_>>(), ["service_unavailable"]);
    let searches = faults.log().count(CallKind::OrderSearch);
    assert!((4..=80).contains(&searches), "{searches} searches");

    faults.set_rates(FaultRates::default());
    world.drive(FaultPlan::none()).unwrap().until_done().await.unwrap();
    polls(&world).await;
    assert_eq!(open(&world).await, BTreeMap::new());
    world.check().await.unwrap();
}

/// What the catalogue has of an order's items was read two days ago, so that TikTok is asked again.
async fn age_catalogue(world: &World, order: &str) {
    let skus: Vec<domain::SkuId> =
        record(world, order).await.order.items.into_iter().map(|item| item.sku).collect();
    let shop = shop(world).await.id;
    let mut items = world.backend.catalogue.get_items(&shop, &skus).await.unwrap();
    assert!(!items.is_empty());
    for item in &mut items {
        item.read_at -= SignedDuration::from_hours(48);
    }
    world.backend.catalogue.put_items(&shop, &items).await.unwrap();
}

/// Works, polls and keeps for so many minutes.
async fn live(world: &World, drive: &mut Drive<'_>, minutes: usize) {
    for _ in 0..minutes {
        drive.work_for(MINUTE).await.unwrap();
        world.functions(&FaultPlan::none()).unwrap().order_poll.run().await.unwrap();
        keep(world).await;
    }
}

async fn a_refusal_of_the_app_blocks_no_order_and_all_goes_on_when_it_ends(backend_kind: BackendKind) {
    let refusals = [
        (106_001, "sign is invalid"),
        (36_009_004, "timestamp is invalid"),
        (36_009_004, "Invalid app_key."),
    ];
    for (code, message) in refusals {
        let world = world(&backend_kind, 10).await;
        let (labelled, ready): (Vec<String>, Vec<String>) = {
            let all = ids(&world);
            (all[..6].to_vec(), all[6..].to_vec())
        };
        let mut drive = world.drive(FaultPlan::none()).unwrap();
        for order in &labelled {
            drive.tell(order).await.unwrap();
        }
        drive.until_stage("labelled").await.unwrap();
        // Of the others two are to be rated, by a process that has asked for nothing yet, and two are not stored yet.
        drive.functions().order_sync.handle_batch(hints(&world, &ready[..2])).await;
        age_catalogue(&world, &ready[0]).await;
        drive = world.drive(FaultPlan::none()).unwrap();

        let products = world.sandbox.tiktok.calls()[&CallKind::ProductDetail];
        world.sandbox.tiktok.refuse_app(Some((code, message)));
        for order in &ready[2..] {
            drive.tell(order).await.unwrap();
        }
        live(&world, &mut drive, 1).await;
        assert!(world.sandbox.tiktok.refused_calls() > 0, "{message}: it was refused");
        let shown = open(&world).await;
        let why =
            shown.get(ExceptionKind::AppRefused.name()).unwrap_or_else(|| panic!("{message}: {shown:?}"));
        assert!(
            why.starts_with("TikTok rejects our calls: tiktok.") && why.contains(&code.to_string()),
            "{why}"
        );
        assert_eq!(shown.len(), 1, "{message}: {shown:?}");
        for record in world.records().await.unwrap() {
            let stages: Vec<&str> = record.shipments.iter().map(|shipment| shipment.stage.name()).collect();
            let expect = if ready.contains(&record.order.id.to_string()) { "ready" } else { "labelled" };
            assert_eq!(stages, [expect], "{message}");
        }

        let asked = world.sandbox.tiktok.calls()[&CallKind::ProductDetail] - products;
        assert!(asked > 0, "{message}: a weight was asked for");

        world.sandbox.tiktok.refuse_app(None);
        drive.until_done().await.unwrap();
        live(&world, &mut drive, 2).await;
        for order in ids(&world) {
            let record = record(&world, &order).await;
            assert_eq!(
                outcome(&record),
                OrderOutcome::Uploaded,
                "{message}: {order} {:?}",
                record.exceptions
            );
        }
        assert_eq!(open(&world).await, BTreeMap::new(), "{message}");
        let all = shop(&world).await.monitor.exceptions;
        assert_eq!(all.len(), 1, "{message}: one exception in all: {all:?}");
        world.check().await.unwrap();
    }
}

async fn a_clock_that_was_ahead_and_is_set_back_stops_no_poll(backend_kind: BackendKind) {
    let world = world(&backend_kind, 1).await;
    poll(&world).await;
    world.sync_all().await.unwrap();
    // What a poll stores whose clock is a day ahead.
    let ahead = world.clock.now() + SignedDuration::from_hours(24);
    change(&world, |shop| {
        shop.poll.polled(MINUTE * 5, ahead);
        shop.poll.watermark = Some(ahead);
        shop.poll.counted_at = Some(ahead);
        shop.monitor.comparison_begun_at = Some(ahead);
    })
    .await;
    // An order that came before the clock was set back, and that no webhook tells.
    let order = ids(&world).remove(0);
    world.sandbox.tiktok.set_changed_ago(&order, Duration::from_secs(1_200)).unwrap();
    let mut stored = world.backend.orders.load_order(&world.key(&order)).await.unwrap().unwrap();
    stored.value.order.updated_at = world.clock.now() - MINUTE * 60;
    world.backend.orders.commit_order(&stored.value, stored.version).await.unwrap();
    poll(&world).await;
    assert_eq!(world.sync_all().await.unwrap(), BTreeSet::new(), "it is due tomorrow");

    keep(&world).await;
    let mended = shop(&world).await;
    assert!(mended.poll.next_at <= world.clock.now(), "{:?}", mended.poll);
    assert_eq!(mended.monitor.comparison_begun_at, None);
    poll(&world).await;
    assert_eq!(world.sync_all().await.unwrap(), BTreeSet::from([order]));
    let polled = shop(&world).await.poll;
    assert!(
        polled.watermark.unwrap() <= world.clock.now() && polled.next_at > world.clock.now(),
        "{polled:?}"
    );
}

async fn a_clock_that_differs_from_tiktok_s_is_told_until_it_is_set(backend_kind: BackendKind) {
    let world = world(&backend_kind, 0).await;
    for (theirs, way) in [(200, "behind"), (-200, "ahead of")] {
        world.sandbox.tiktok.set_clock_ahead(theirs);
        world.clock.advance(MINUTE * 30);
        poll(&world).await;
        let why = open(&world).await.remove(ExceptionKind::ClockWrong.name()).unwrap();
        assert!(why.contains(&format!("it is {way} TikTok's")) && why.contains("wrong by "), "{why}");
        let seconds: u64 = why.split("wrong by ").nth(1).unwrap().split(' ').next().unwrap().parse().unwrap();
        assert!((190..=210).contains(&seconds), "{why}");
        assert!(theirs < 0 || told(&world).await == [AlarmKind::Exception(ExceptionKind::ClockWrong)]);

        world.sandbox.tiktok.set_clock_ahead(30);
        world.clock.advance(MINUTE * 30);
        poll(&world).await;
        assert_eq!(open(&world).await, BTreeMap::new(), "half a minute is no fault");
    }
}
