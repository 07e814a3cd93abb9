//! Order searches that do not end, end too soon, show orders late or do not answer: what they cost, who waits, and what
//! people hear of it.

use std::collections::BTreeSet;
use std::time::Duration;

use domain::alarm::AlarmKind;
use domain::exception::ExceptionKind;
use domain::message::Queue;
use domain::polling::{PAGES_MAX, PollState};
use domain::shop::Shop;
use domain::{ShopId, Timestamp};
use jiff::SignedDuration;
use pipeline::{BackendFault, BackendKind, FaultPlan, World, check, until};
use sim::Sandbox;
use sim::faults::CallKind;
use sim::tiktok::OddSearch;
use system::Clock as _;
use system::Committed;

use crate::shops::{light, two_shops};

pipeline::on_both_backends!(
    a_search_without_a_proper_end_costs_few_calls_and_is_told_until_it_is_mended,
    a_shop_whose_search_does_not_answer_leaves_the_others_on_time,
    an_order_that_the_search_shows_five_minutes_late_is_found,
    polls_that_die_within_an_endless_search_come_to_an_end,
    a_comparison_whose_list_has_no_end_is_told_and_reads_nothing_back_by_mistake,
);

const SECOND: SignedDuration = SignedDuration::from_secs(1);

/// An order of one of the shops; its id.
fn add(sandbox: &mut Sandbox, shop: usize) -> String {
    let mut orders = light(1);
    orders[0].spec.shop_id = Some(sandbox.tiktok.shops()[shop].id.clone());
    sandbox.add(orders).remove(0)
}

fn shop_id(world: &World, index: usize) -> String {
    world.sandbox.tiktok.shops()[index].id.clone()
}

async fn shop(world: &World, index: usize) -> Shop {
    world.backend.shops.load_shop(&ShopId::new(shop_id(world, index))).await.unwrap().unwrap().value
}

fn set(world: &World, odd: Option<OddSearch>) {
    world.sandbox.tiktok.set_search(&shop_id(world, 0), odd);
}

fn odd_searches(world: &World) -> u64 {
    world.sandbox.tiktok.odd_searches(&shop_id(world, 0))
}

fn open(shop: &Shop) -> Vec<ExceptionKind> {
    shop.open_exceptions().map(|exception| exception.kind).collect()
}

async fn change(world: &World, index: usize, change: impl Fn(&mut Shop)) {
    let id = ShopId::new(shop_id(world, index));
    let mut stored = world.backend.shops.load_shop(&id).await.unwrap().unwrap();
    change(&mut stored.value);
    let committed = world.backend.shops.commit_shop(&stored.value, stored.version).await.unwrap();
    assert!(matches!(committed, Committed::Stored(_)));
}

async fn poll(world: &World) {
    world.clock.advance(SECOND);
    world.functions(&FaultPlan::none()).unwrap().order_poll.run().await.unwrap();
}

/// Polls a shop although it is not due.
async fn poll_now(world: &World, index: usize) {
    let now = world.clock.now();
    change(world, index, |shop| shop.poll.next_at = now).await;
    poll(world).await;
}

async fn a_search_without_a_proper_end_costs_few_calls_and_is_told_until_it_is_mended(
    backend_kind: BackendKind,
) {
    let odd = [
        OddSearch::SamePage,
        OddSearch::SameOrder,
        OddSearch::EmptyPages,
        OddSearch::Circle,
        OddSearch::EndsEarly,
    ];
    for odd in odd {
        let mut world = World::between(two_shops().await, &backend_kind).await.unwrap();
        let old = add(&mut world.sandbox, 0);
        poll(&world).await;
        assert_eq!(world.sync_all().await.unwrap(), BTreeSet::from([old.clone()]), "{odd:?}");

        // The search breaks, and orders come in. The other shop's is found by the same run.
        set(&world, Some(odd.clone()));
        let hidden = add(&mut world.sandbox, 0);
        let other = add(&mut world.sandbox, 1);
        let now = world.clock.now();
        change(&world, 1, |shop| shop.poll.next_at = now).await;
        poll_now(&world, 0).await;
        assert!(odd_searches(&world) > 0, "{odd:?}: the search was odd");
        assert!(odd_searches(&world) <= 4, "{odd:?}: {} searches", odd_searches(&world));
        assert!(world.sync_all().await.unwrap().contains(&other), "{odd:?}");
        let broken = shop(&world, 0).await;
        assert_eq!(open(&broken), [ExceptionKind::OrderSearchUnreliable], "{odd:?}");
        assert_eq!(open(&shop(&world, 1).await), [], "{odd:?}");
        let told = broken.alarms_due(world.clock.now());
        assert_eq!(told.len(), 1, "{odd:?}: people are told");

        // Ten minutes of runs: a handful of tries.
        for _ in 0..20 {
            world.clock.advance(SECOND * 29);
            poll(&world).await;
        }
        assert!(odd_searches(&world) <= 50, "{odd:?}: {} searches", odd_searches(&world));
        let unread = shop(&world, 0).await.poll.unread.unwrap();
        assert!(unread.tries > 3, "{odd:?}: it is tried again: {unread:?}");
        if odd != OddSearch::EndsEarly {
            assert!(
                !world.sync_all().await.unwrap().contains(&hidden),
                "{odd:?}: the search does not show it"
            );
        }

        // Mended: the hidden order is found, and the exception closes.
        set(&world, None);
        for _ in 0..14 {
            world.clock.advance(SECOND * 29);
            poll(&world).await;
        }
        world.sync_all().await.unwrap();
        assert!(world.record(&hidden).await.unwrap().is_some(), "{odd:?}: nothing is lost");
        let mended = shop(&world, 0).await;
        assert_eq!((open(&mended), &mended.poll.unread), (vec![], &None), "{odd:?}");
        world.drive(FaultPlan::none()).unwrap().until_done().await.unwrap();
        world.check().await.unwrap();
    }
}

async fn a_shop_whose_search_does_not_answer_leaves_the_others_on_time(backend_kind: BackendKind) {
    let mut world = World::between(two_shops().await, &backend_kind).await.unwrap();
    set(&world, Some(OddSearch::NoAnswer));
    let waiting = add(&mut world.sandbox, 0);
    let other = add(&mut world.sandbox, 1);
    poll(&world).await;
    assert!(odd_searches(&world) > 0, "it was asked");
    assert_eq!(world.sync_all().await.unwrap(), BTreeSet::from([other]));
    let pause = |poll: &PollState, now: Timestamp| poll.next_at.duration_since(now).as_secs();
    let first = shop(&world, 0).await.poll;
    assert!((25..=30).contains(&pause(&first, world.clock.now())), "{first:?}");

    // It is asked ever more rarely, and people hear of it when it lasts.
    let before = odd_searches(&world);
    for _ in 0..30 {
        world.clock.advance(SECOND * 20);
        poll(&world).await;
    }
    let silent = shop(&world, 0).await;
    assert!(odd_searches(&world) - before <= 15, "{} searches in ten minutes", odd_searches(&world) - before);
    assert_eq!(open(&silent), [ExceptionKind::ServiceUnavailable]);
    let told = silent.alarms_due(world.clock.now());
    assert_eq!(told, [AlarmKind::Exception(ExceptionKind::ServiceUnavailable)]);
    assert!(silent.poll.failing.is_some_and(|failing| failing.count >= 4), "{silent:?}");

    set(&world, None);
    world.clock.advance(SignedDuration::from_mins(5));
    poll(&world).await;
    assert_eq!(world.sync_all().await.unwrap(), BTreeSet::from([waiting]));
    let mended = shop(&world, 0).await;
    assert_eq!((open(&mended), mended.poll.failing), (vec![], None));
}

async fn an_order_that_the_search_shows_five_minutes_late_is_found(backend_kind: BackendKind) {
    let mut world = World::between(two_shops().await, &backend_kind).await.unwrap();
    let late = add(&mut world.sandbox, 0);
    set(&world, Some(OddSearch::Late(BTreeSet::from([late.clone()]))));
    for _ in 0..2 {
        poll_now(&world, 0).await;
        assert_eq!(world.sync_all().await.unwrap(), BTreeSet::new());
        world.clock.advance(SignedDuration::from_secs(150));
    }
    assert!(odd_searches(&world) >= 2, "it was hidden");
    set(&world, None);
    poll_now(&world, 0).await;
    assert_eq!(world.sync_all().await.unwrap(), BTreeSet::from([late.clone()]));
    assert!(world.record(&late).await.unwrap().is_some());

    // It is read again by the next polls, and that costs a page each and nothing else.
    let searches = || world.sandbox.tiktok.faults().log().count(CallKind::OrderSearch);
    for _ in 0..3 {
        let before = searches();
        world.clock.advance(SignedDuration::from_secs(60));
        poll_now(&world, 0).await;
        assert_eq!(searches() - before, 1);
        assert_eq!(world.backend.queues.depth(Queue::OrderChanges).await.unwrap(), 0);
    }
}

async fn polls_that_die_within_an_endless_search_come_to_an_end(backend_kind: BackendKind) {
    let mut world = World::between(two_shops().await, &backend_kind).await.unwrap();
    add(&mut world.sandbox, 0);
    poll(&world).await;
    world.sync_all().await.unwrap();
    set(&world, Some(OddSearch::SameOrder));
    let now = world.clock.now();
    change(&world, 0, |shop| shop.poll.next_at = now).await;
    change(&world, 1, |shop| shop.poll.next_at = Timestamp::MAX).await;
    world.clock.advance(SECOND);

    // Every process dies as soon as the place of a page is stored.
    let pages = async || shop(&world, 0).await.poll.window.map_or(0, |window| window.pages);
    let live = async |operations: usize| {
        let plan = FaultPlan::at(operations, BackendFault::CrashesAfter);
        let functions = world.functions(&plan).unwrap();
        tokio::select! {
            biased;
            () = plan.crash() => {}
            _ = functions.order_poll.run() => {}
        }
    };
    let mut operations = 1;
    while pages().await == 0 {
        live(operations).await;
        operations += 1;
        assert!(operations < 30, "no page is stored");
    }
    let mut lives = 0;
    while shop(&world, 0).await.poll.unread.is_none() {
        live(operations - 1).await;
        lives += 1;
        assert!(lives <= 3 * PAGES_MAX, "it goes on for ever");
    }
    assert!(odd_searches(&world) <= u64::from(4 * PAGES_MAX), "{}", odd_searches(&world));
    let broken = shop(&world, 0).await;
    assert_eq!(open(&broken), [ExceptionKind::OrderSearchUnreliable]);
    assert!(broken.poll.next_at > world.clock.now(), "it does not begin anew at once");
}

async fn a_comparison_whose_list_has_no_end_is_told_and_reads_nothing_back_by_mistake(
    backend_kind: BackendKind,
) {
    let mut world = World::between(two_shops().await, &backend_kind).await.unwrap();
    let (first, second) = (add(&mut world.sandbox, 0), add(&mut world.sandbox, 0));
    let other = add(&mut world.sandbox, 1);
    poll(&world).await;
    assert_eq!(world.sync_all().await.unwrap(), BTreeSet::from([first, second, other]));
    set(&world, Some(OddSearch::SameOrder));
    world.clock.advance(SignedDuration::from_hours(24));
    let keep = async || world.functions(&FaultPlan::none()).unwrap().housekeeping.run().await.unwrap();
    keep().await;
    assert!(odd_searches(&world) > 0, "the list was endless");
    let all = odd_searches(&world);
    let compared = shop(&world, 0).await;
    assert!(
        compared.monitor.compared.as_ref().is_some_and(|compared| compared.fault.is_some()),
        "{compared:?}"
    );
    assert_eq!(open(&compared), [ExceptionKind::OrderSearchUnreliable]);
    assert_eq!(
        world.backend.queues.depth(Queue::OrderChanges).await.unwrap(),
        0,
        "the hidden one is not gone"
    );
    let other = shop(&world, 1).await;
    assert!(
        other.monitor.compared.is_some_and(|compared| compared.fault.is_none()),
        "the other shop is compared"
    );
    keep().await;
    assert!(odd_searches(&world) - all <= 2, "no run begins it anew: {}", odd_searches(&world) - all);

    set(&world, None);
    world.clock.advance(SignedDuration::from_hours(1));
    keep().await;
    let mended = shop(&world, 0).await;
    assert!(mended.monitor.compared.is_some_and(|compared| compared.fault.is_none()));
    assert_eq!(mended.monitor.exceptions.iter().filter(|e| e.closed_at.is_none()).count(), 0);
}

/// The real host, with its real patience for an answer: 15 seconds.
#[tokio::test(flavor = "multi_thread")]
async fn on_one_machine_an_order_is_found_while_another_shop_does_not_answer() {
    let mut sandbox = two_shops().await;
    let hosted = pipeline::Hosted::start(&sandbox.tiktok, &sandbox.easypost, 1).await.unwrap();
    hosted.connect().await.unwrap();
    let silent = sandbox.tiktok.shops()[0].id.clone();
    sandbox.tiktok.set_search(&silent, Some(OddSearch::NoAnswer));
    until(Duration::from_secs(20), async || {
        anyhow::ensure!(sandbox.tiktok.odd_searches(&silent) > 0, "it is not asked");
        Ok(())
    })
    .await
    .unwrap();
    add(&mut sandbox, 1);
    until(Duration::from_secs(20), async || check(&sandbox, &hosted.records().await?)).await.unwrap();
    assert_eq!(sandbox.tiktok.odd_searches(&silent), 1, "the first search still waits for its answer");
}

/// The real host, polling each second.
#[tokio::test(flavor = "multi_thread")]
async fn on_one_machine_endless_pages_cost_a_few_calls() {
    let mut sandbox = two_shops().await;
    let hosted = pipeline::Hosted::start(&sandbox.tiktok, &sandbox.easypost, 1).await.unwrap();
    hosted.connect().await.unwrap();
    let endless = sandbox.tiktok.shops()[0].id.clone();
    add(&mut sandbox, 0);
    until(Duration::from_secs(20), async || check(&sandbox, &hosted.records().await?)).await.unwrap();
    sandbox.tiktok.set_search(&endless, Some(OddSearch::SamePage));
    until(Duration::from_secs(20), async || {
        anyhow::ensure!(sandbox.tiktok.odd_searches(&endless) > 0, "it is not asked");
        Ok(())
    })
    .await
    .unwrap();
    add(&mut sandbox, 1);
    let shipped = async || {
        let records = hosted.records().await?;
        anyhow::ensure!(records.len() == 2, "{} orders", records.len());
        check(&sandbox, &records)
    };
    until(Duration::from_secs(20), shipped).await.unwrap();
    let searches = sandbox.tiktok.odd_searches(&endless);
    assert!(searches <= 12, "{searches} searches");
}

/// Update times have whole seconds, so that a window with many orders of one second can't be cut among them.
#[tokio::test(flavor = "multi_thread")]
async fn more_orders_of_one_second_than_a_reading_has_pages_are_all_found() {
    let orders = usize::try_from(PAGES_MAX).unwrap() * 100 + 150;
    let mut sandbox = two_shops().await;
    sandbox.add(light(orders));
    let world = World::between(sandbox, &BackendKind::Sqlite).await.unwrap();
    change(&world, 1, |shop| shop.poll.next_at = Timestamp::MAX).await;
    let mut found = BTreeSet::new();
    let mut runs = 0;
    loop {
        poll(&world).await;
        let visibility = Duration::from_secs(600);
        loop {
            let queues = &world.backend.queues;
            let hints = queues.receive(Queue::OrderChanges, 50, visibility, Duration::ZERO).await.unwrap();
            if hints.is_empty() {
                break;
            }
            found.extend(hints.iter().filter_map(|hint| hint.message.key().map(|key| key.order.to_string())));
        }
        let state = shop(&world, 0).await.poll;
        if state.watermark.is_some() && state.window.is_none() && state.unread.is_none() {
            break;
        }
        world.clock.advance(SECOND * 29);
        runs += 1;
        assert!(runs < 40, "{state:?}");
    }
    assert_eq!(found.len(), orders);
    assert_eq!(open(&shop(&world, 0).await), []);
}
