//! One bad order stops no other, and is not lost in silence.

use std::time::Duration;

use backend::batch::Outcome as Done;
use domain::exception::ExceptionKind;
use domain::message::{ChangeSource, Message, OrderChange, Queue};
use domain::{OrderId, OrderKey};
use jiff::SignedDuration;
use pipeline::{BackendFault, BackendKind, FaultPlan, Hosted, Operation, World, WorldConfig, check, until};
use punctual::summary::{OrderOutcome, outcome};
use sim::SandboxConfig;
use sim::faults::CallKind;
use sim::sandbox::{Kind, SandboxOrder};

pipeline::on_both_backends!(
    an_order_that_cant_be_asked_for_fails_alone,
    a_batch_that_nobody_answers_is_not_asked_one_by_one,
    a_panic_in_one_order_fails_it_alone_and_is_shown,
    a_panic_in_the_sweep_leaves_the_other_orders_timers_alone,
    a_store_that_fails_is_not_said_to_be_an_order_that_tiktok_hides,
);

/// `n` orders of `kind`.
fn of(kind: Kind, n: usize) -> Vec<SandboxOrder> {
    let orders = sim::sandbox::orders(40 * (n + 1), 21).into_iter();
    orders.filter(|order| order.kind == kind).take(n).collect()
}

fn light(n: usize) -> WorldConfig {
    WorldConfig { orders: of(Kind::Light, n), ..WorldConfig::default() }
}

#[tokio::test(flavor = "multi_thread")]
async fn of_a_hundred_orders_with_a_bad_one_99_have_labels() {
    for bad in [Kind::BadAddress, Kind::UnknownWeight] {
        let mut sandbox =
            sim::sandbox::start(SandboxConfig { orders: 0, ..SandboxConfig::default() }).await.unwrap();
        let hosted = Hosted::start(&sandbox.tiktok, &sandbox.easypost, 86_400).await.unwrap();
        hosted.connect().await.unwrap();
        sandbox.tiktok.set_webhook_url(Some(&format!("{}/webhooks/tiktok", hosted.base)));
        let mut orders = of(Kind::Light, 99);
        orders.splice(50..50, of(bad, 1));
        sandbox.add(orders);
        let ended = until(Duration::from_secs(60), async || check(&sandbox, &hosted.records().await?)).await;
        ended.unwrap_or_else(|error| panic!("{bad:?}: {error}"));
        hosted.until_idle().await.unwrap();
        let records = hosted.records().await.unwrap();
        let count = |wanted| records.iter().filter(|record| outcome(record) == wanted).count();
        assert_eq!((count(OrderOutcome::Uploaded), count(OrderOutcome::Exception)), (99, 1), "{bad:?}");
        assert_eq!(sandbox.easypost.labels_bought(), 99, "{bad:?}");
        assert_eq!(sandbox.tiktok.uploads().len(), 99, "{bad:?}");
        assert!(hosted.host.backend.queues.dead_letters(10).await.unwrap().is_empty(), "{bad:?}");
    }
}

/// An order that TikTok does not accept in a call makes the whole call fail.
async fn an_order_that_cant_be_asked_for_fails_alone(backend_kind: BackendKind) {
    for bad in ["576460000000000000", "no-id", "../orders", ""] {
        let world = World::new(light(20).on(&backend_kind)).await.unwrap();
        let functions = world.functions(&FaultPlan::none()).unwrap();
        let mut keys: Vec<OrderKey> = world.sandbox.kinds().keys().map(|id| world.key(id)).collect();
        let strange = OrderKey::new(keys[0].shop.clone(), OrderId::new(bad));
        keys.insert(10, strange);
        let hints = keys.into_iter().map(|key| OrderChange { key, source: ChangeSource::Webhook }).collect();
        let outcomes = functions.order_sync.handle_batch(hints).await;
        for (place, outcome) in outcomes.iter().enumerate() {
            assert_eq!(matches!(outcome, Done::Done), place != 10, "{bad:?}: {place}: {outcome:?}");
        }
        assert_eq!(world.records().await.unwrap().len(), 20, "{bad:?}");
        world.drive(FaultPlan::none()).unwrap().until_done().await.unwrap();
        world.check().await.unwrap();
    }
}

/// While TikTok answers nobody, the fallback to single calls must not multiply the calls.
async fn a_batch_that_nobody_answers_is_not_asked_one_by_one(backend_kind: BackendKind) {
    let world = World::new(light(30).on(&backend_kind)).await.unwrap();
    let functions = world.functions(&FaultPlan::none()).unwrap();
    world.sandbox.tiktok.deauthorize();
    let keys = world.sandbox.kinds().keys().map(|id| world.key(id));
    let hints = keys.map(|key| OrderChange { key, source: ChangeSource::Webhook }).collect();
    let outcomes = functions.order_sync.handle_batch(hints).await;
    assert!(outcomes.iter().all(|outcome| matches!(outcome, Done::Done)), "they come again later");
    assert_eq!(world.backend.queues.depth(Queue::OrderChanges).await.unwrap(), 30);
    assert!(world.sandbox.tiktok.faults().log().count(CallKind::OrderDetail) <= 2);
}

async fn a_panic_in_one_order_fails_it_alone_and_is_shown(backend_kind: BackendKind) {
    let world = World::new(light(5).on(&backend_kind)).await.unwrap();
    let poisoned = world.sandbox.kinds().keys().nth(2).unwrap().clone();
    let key = world.key(&poisoned);
    let mut drive = world.drive(FaultPlan::panic_on(Operation::PutDecision, key.clone())).unwrap();
    drive.notify().await.unwrap();
    drive.work_for(SignedDuration::from_mins(15)).await.unwrap();
    for record in world.records().await.unwrap() {
        let expected =
            if record.order.id == key.order { OrderOutcome::UnderWay } else { OrderOutcome::Uploaded };
        assert_eq!(outcome(&record), expected, "{}", record.order.id);
    }
    let record = world.record(&poisoned).await.unwrap().unwrap();
    let kinds: Vec<_> = record.open_exceptions().map(|exception| exception.kind).collect();
    assert_eq!(kinds, [ExceptionKind::Stuck]);
    let letters = world.backend.queues.dead_letters(100).await.unwrap();
    assert!(!letters.is_empty());
    for letter in letters {
        assert!(matches!(letter.message, Message::RateRequest(_)), "{:?}", letter.message);
        assert_eq!((letter.queue, letter.message.key()), (Queue::RateRequests, Some(&key)));
        assert!(letter.receive_count >= 5, "{}", letter.receive_count);
    }

    // A mended version takes it up by its timer.
    let mut drive = world.drive(FaultPlan::none()).unwrap();
    drive.until_done().await.unwrap();
    world.check().await.unwrap();
    let record = world.record(&poisoned).await.unwrap().unwrap();
    assert_eq!(record.open_exceptions().count(), 0, "{:?}", record.exceptions);
}

/// What panics for one order must not end the timers of all.
async fn a_panic_in_the_sweep_leaves_the_other_orders_timers_alone(backend_kind: BackendKind) {
    let world = World::new(light(5).on(&backend_kind)).await.unwrap();
    let mut drive = world.drive(FaultPlan::none()).unwrap();
    drive.notify().await.unwrap();
    // All orders are stored; then every message is lost.
    drive.work_on(5).await.unwrap();
    for &queue in Queue::ALL {
        for received in
            world.backend.queues.receive(queue, 100, Duration::from_secs(1), Duration::ZERO).await.unwrap()
        {
            world.backend.queues.ack(queue, &received.receipt).await.unwrap();
        }
    }
    let poisoned = world.sandbox.kinds().keys().next().unwrap().clone();
    let functions = world.functions(&FaultPlan::panic_on(Operation::Load, world.key(&poisoned))).unwrap();
    world.clock.advance(SignedDuration::from_secs(95));
    let swept = functions.due_sweep.run().await.unwrap();
    assert!(swept.all_done().is_err(), "the run is an error");
    assert_eq!((swept.orders, swept.failed), (4, 1));
    assert_eq!(world.backend.queues.depth(Queue::OrderChanges).await.unwrap(), 4);
    let mut drive = world.drive(FaultPlan::none()).unwrap();
    drive.until_done().await.unwrap();
    world.check().await.unwrap();
}

async fn a_store_that_fails_is_not_said_to_be_an_order_that_tiktok_hides(backend_kind: BackendKind) {
    let world = World::new(light(2).on(&backend_kind)).await.unwrap();
    let keys = world.sandbox.kinds().keys().map(|id| world.key(id));
    let hints: Vec<OrderChange> =
        keys.map(|key| OrderChange { key, source: ChangeSource::Webhook }).collect();
    let plan = FaultPlan::at(1, BackendFault::FailsBefore);
    let outcomes = world.functions(&plan).unwrap().order_sync.handle_batch(hints).await;
    assert_eq!(outcomes.len(), 2);
    for outcome in outcomes {
        let Done::Failed(error) = outcome else { panic!("{outcome:?}") };
        let said = workflow::error_chain(&error);
        assert!(said.starts_with("the shop can't be loaded: the backend is not available: "), "{said}");
        assert_eq!(said.matches("the backend is not available").count(), 1, "{said}");
        assert!(!said.contains("TikTok"), "{said}");
    }
    assert_eq!(world.sandbox.tiktok.faults().log().count(CallKind::OrderDetail), 0, "TikTok was not asked");
}
