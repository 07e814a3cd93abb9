//! Polling alone: pages, polls that die, the cadence, one shop of several that fails.

use std::collections::BTreeSet;
use std::time::Duration;

use backend::{Committed, Versioned};
use domain::message::Queue;
use domain::polling::PollState;
use domain::shop::Shop;
use domain::{Private, ShopId};
use jiff::SignedDuration;
use pipeline::{BackendFault, BackendKind, FaultPlan, Operation, World, WorldConfig, check, until};
use sim::SandboxConfig;
use sim::faults::{CallKind, FaultRates};
use system::Clock as _;

use crate::shops::{light, two_shops};

pipeline::on_both_backends!(
    a_poll_that_dies_is_taken_up_at_the_stored_page,
    missed_webhooks_make_it_a_minute_until_they_are_back,
    a_failing_shop_does_not_stop_another,
    a_failure_of_our_own_fails_the_run_after_all_shops_were_polled,
    orders_that_cant_be_read_back_for_a_while_are_not_lost,
);

/// TikTok's bounds are whole seconds: what changes in the present one is found by the next poll.
fn next_second(world: &World) {
    world.clock.advance(SignedDuration::from_secs(1));
}

fn searches(world: &World) -> u64 {
    world.sandbox.tiktok.faults().log().count(CallKind::OrderSearch)
}

async fn shop(world: &World, index: usize) -> Versioned<Shop> {
    let id = ShopId::new(world.sandbox.tiktok.shops()[index].id.as_str());
    world.backend.shops.load_shop(&id).await.unwrap().unwrap()
}

async fn store(world: &World, shop: Versioned<Shop>) {
    let stored = world.backend.shops.commit_shop(&shop.value, shop.version).await.unwrap();
    assert!(matches!(stored, Committed::Stored(_)));
}

/// Polls at once, whatever the cadence is.
async fn poll_now(world: &World, plan: &std::sync::Arc<FaultPlan>) {
    make_due(world).await;
    world.functions(plan).unwrap().order_poll.run().await.unwrap();
}

async fn make_due(world: &World) {
    next_second(world);
    for mut stored in world.backend.shops.list_shops().await.unwrap().shops {
        stored.value.poll.next_at = world.clock.now();
        store(world, stored).await;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn polling_alone_brings_all_pages() {
    let config = SandboxConfig { orders: 0, ..SandboxConfig::default() };
    let mut sandbox = sim::sandbox::start(config).await.unwrap();
    sandbox.add(light(120));
    let hosted = pipeline::Hosted::start(&sandbox.tiktok, &sandbox.easypost, 1).await.unwrap();
    hosted.connect().await.unwrap();
    let all_there = async || check(&sandbox, &hosted.records().await?);
    until(Duration::from_secs(60), all_there).await.unwrap();
    assert_eq!(sandbox.tiktok.uploads().len(), 120);
    assert!(sandbox.tiktok.deliveries().attempts.is_empty(), "no webhook was sent");
}

/// Operations of the backend in a poll of 230 new orders: the shops, and for each page two an order and the commit.
const ORDERS: usize = 230;
const COMMITS: [usize; 3] = [202, 403, 464];

async fn a_poll_that_dies_is_taken_up_at_the_stored_page(backend_kind: BackendKind) {
    for n in [1, 150, COMMITS[0], 300, COMMITS[1], 430, COMMITS[2]] {
        for fault in [BackendFault::CrashesBefore, BackendFault::CrashesAfter] {
            let what = format!("operation {n}: {fault:?}");
            let world =
                World::new(WorldConfig { orders: light(ORDERS), ..WorldConfig::default() }.on(&backend_kind))
                    .await
                    .unwrap();
            next_second(&world);
            let plan = FaultPlan::at(n, fault);
            let functions = world.functions(&plan).unwrap();
            let died = tokio::select! {
                biased;
                () = plan.crash() => true,
                polled = functions.order_poll.run() => polled.is_err(),
            };
            assert!(died, "{what}");
            let pages = COMMITS.into_iter().filter(|commit| match fault {
                BackendFault::CrashesAfter => *commit <= n,
                _ => *commit < n,
            });
            let pages = pages.count();
            let window = shop(&world, 0).await.value.poll.window;
            assert_eq!(window.is_some_and(|w| w.page_token.is_some()), (1..3).contains(&pages), "{what}");

            plan.restart();
            let before = searches(&world);
            world.functions(&plan).unwrap().order_poll.run().await.unwrap();
            let volume = u64::from(pages == 0);
            assert_eq!(
                searches(&world) - before,
                3 - pages as u64 + volume,
                "{what}: pages are not read again"
            );
            let state = shop(&world, 0).await.value.poll;
            assert!(state.window.is_none() && state.watermark.is_some(), "{what}");
            assert_eq!(state.orders_in_7_days, ORDERS as u64, "{what}");
            assert_eq!(world.sync_all().await.unwrap().len(), ORDERS, "{what}");
            assert_eq!(world.records().await.unwrap().len(), ORDERS, "{what}");
        }
    }
}

async fn missed_webhooks_make_it_a_minute_until_they_are_back(backend_kind: BackendKind) {
    let mut world = World::new(WorldConfig::default().on(&backend_kind)).await.unwrap();
    let calm = FaultPlan::none();
    let pause = |world: &World, state: &PollState| state.next_at.duration_since(world.clock.now()).as_secs();
    poll_now(&world, &calm).await;
    let state = shop(&world, 0).await.value.poll;
    assert!((1_790..=1_800).contains(&pause(&world, &state)), "few orders: half an hour");

    // Fresh changes may still have their webhook under way.
    let first = world.sandbox.add(light(2)).remove(0);
    poll_now(&world, &calm).await;
    let state = shop(&world, 0).await.value.poll;
    assert_eq!(state.webhooks_missed_since, None);
    assert_eq!(
        world.backend.queues.depth(Queue::OrderChanges).await.unwrap(),
        2,
        "they are worked on all the same"
    );
    // A minute later nothing has told of them.
    world.clock.advance(SignedDuration::from_secs(61));
    poll_now(&world, &calm).await;
    let state = shop(&world, 0).await.value.poll;
    assert!(state.webhooks_missed_since.is_some());
    assert!((55..=60).contains(&pause(&world, &state)), "{}", pause(&world, &state));
    world.sync_all().await.unwrap();
    poll_now(&world, &calm).await;
    assert!(shop(&world, 0).await.value.poll.webhooks_missed_since.is_some(), "silence proves nothing");

    // A webhook tells of one of them again.
    world.drive(calm.clone()).unwrap().tell(&first).await.unwrap();
    world.sync_all().await.unwrap();
    poll_now(&world, &calm).await;
    let state = shop(&world, 0).await.value.poll;
    assert_eq!(state.webhooks_missed_since, None);
    assert!((1_790..=1_800).contains(&pause(&world, &state)));
    let mut drive = world.drive(calm).unwrap();
    drive.notify().await.unwrap();
    drive.until_done().await.unwrap();
    world.check().await.unwrap();
}

async fn a_failing_shop_does_not_stop_another(backend_kind: BackendKind) {
    for failing in [0, 1] {
        let mut sandbox = two_shops().await;
        let mut orders = light(2);
        orders[1].spec.shop_id = Some(sandbox.tiktok.shops()[1].id.clone());
        let ids = sandbox.add(orders);
        let world = World::between(sandbox, &backend_kind).await.unwrap();
        let mut broken = shop(&world, failing).await;
        let cipher = broken.value.cipher.clone();
        broken.value.cipher = Private::new("TTP_nobodys".to_owned());
        store(&world, broken).await;

        poll_now(&world, &FaultPlan::none()).await;
        let found = world.sync_all().await.unwrap();
        assert_eq!(found, BTreeSet::from([ids[1 - failing].clone()]), "the other shop's order");
        let state = shop(&world, failing).await.value.poll;
        let pause = state.next_at.duration_since(world.clock.now()).as_secs();
        assert!(
            state.watermark.is_none() && (25..=30).contains(&pause),
            "it is polled soon again: {state:?}"
        );

        let mut mended = shop(&world, failing).await;
        mended.value.cipher = cipher;
        store(&world, mended).await;
        world.clock.advance(SignedDuration::from_secs(31));
        world.functions(&FaultPlan::none()).unwrap().order_poll.run().await.unwrap();
        world.drive(FaultPlan::none()).unwrap().until_done().await.unwrap();
        world.check().await.unwrap();
    }
}

async fn a_failure_of_our_own_fails_the_run_after_all_shops_were_polled(backend_kind: BackendKind) {
    for (failing, panics) in [(0, false), (1, false), (0, true), (1, true)] {
        let what = format!("shop {failing}, panics: {panics}");
        let mut sandbox = two_shops().await;
        let mut orders = light(2);
        orders[1].spec.shop_id = Some(sandbox.tiktok.shops()[1].id.clone());
        let ids = sandbox.add(orders);
        let world = World::between(sandbox, &backend_kind).await.unwrap();
        let key = world.key(&ids[failing]);
        let plan = match panics {
            true => FaultPlan::panic_on(Operation::Load, key),
            false => FaultPlan::deny_messages_of(key.shop),
        };
        make_due(&world).await;
        let failed = world.functions(&plan).unwrap().order_poll.run().await.unwrap_err();
        assert_eq!(failed.to_string(), "1 of the items due failed", "{what}");
        assert_eq!(plan.denials(), usize::from(!panics), "{what}");
        let found = world.sync_all().await.unwrap();
        assert_eq!(found, BTreeSet::from([ids[1 - failing].clone()]), "{what}: the other shop's order");
        let failed = shop(&world, failing).await.value;
        assert!(failed.poll.watermark.is_none(), "{what}: the order is not passed over");
        assert_eq!(failed.open_exceptions().count(), 0, "{what}: TikTok is not blamed");

        world.clock.advance(SignedDuration::from_secs(31));
        world.functions(&FaultPlan::none()).unwrap().order_poll.run().await.unwrap();
        assert_eq!(world.sync_all().await.unwrap(), BTreeSet::from([ids[failing].clone()]), "{what}");
    }
}

/// Get Order List answers, Get Order Detail does not: an order that no webhook tells of any more must not be lost.
async fn orders_that_cant_be_read_back_for_a_while_are_not_lost(backend_kind: BackendKind) {
    let world = World::new(WorldConfig { orders: light(2), ..WorldConfig::default() }.on(&backend_kind))
        .await
        .unwrap();
    let faults = world.sandbox.tiktok.faults();
    let only = Some(vec![CallKind::OrderDetail]);
    faults.set_rates(FaultRates { server_error: 1.0, only, ..FaultRates::default() });
    poll_now(&world, &FaultPlan::none()).await;
    let mut drive = world.drive(FaultPlan::none()).unwrap();
    drive.work_for(SignedDuration::from_mins(3)).await.unwrap();
    poll_now(&world, &FaultPlan::none()).await;
    drive.work_for(SignedDuration::from_mins(4)).await.unwrap();
    assert!(world.records().await.unwrap().is_empty());
    faults.set_rates(FaultRates::default());
    poll_now(&world, &FaultPlan::none()).await;
    drive.until_done().await.unwrap();
    world.check().await.unwrap();
}
