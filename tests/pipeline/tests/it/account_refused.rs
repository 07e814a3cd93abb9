//! A carrier account whose key is not accepted, or that has no funds: nothing is lost, bought twice or blocked by it.

use domain::exception::ExceptionKind;
use domain::settings::AllSettings;
use domain::stage::{Stage, Void};
use jiff::SignedDuration;
use pipeline::{BackendKind, Drive, FaultPlan, World, WorldConfig};
use punctual::summary::{OrderOutcome, outcome};
use sim::easypost::AccountRefusal;
use sim::faults::CallKind;
use sim::sandbox::Kind;
use sim::tiktok::CancelledBy;
use system::Clock;

pipeline::on_both_backends!(
    orders_and_voids_go_on_by_themselves_once_the_key_is_accepted_again,
    orders_go_on_by_themselves_once_there_are_funds,
);

const MINUTE: SignedDuration = SignedDuration::from_mins(1);

/// A world with `n` light orders, a few seconds into a quarter of an hour, and the orders.
async fn world(backend_kind: &BackendKind, n: usize) -> (World, Vec<String>) {
    let orders = sim::sandbox::orders(3 * n + 30, 5).into_iter();
    let orders = orders.filter(|order| order.kind == Kind::Light).take(n).collect();
    let json = r#"{"default": {"recipients": [{"id": "ann", "email": "ann@example.com"}]}}"#;
    let settings = AllSettings::read(json).unwrap();
    let config = WorldConfig { orders, settings, ..WorldConfig::default() }.on(backend_kind);
    let world = World::new(config).await.unwrap();
    let past = world.clock.now().as_second().rem_euclid(900);
    world.clock.advance(SignedDuration::from_secs(905 - past));
    let orders: Vec<String> = world.sandbox.kinds().keys().cloned().collect();
    assert_eq!(orders.len(), n);
    (world, orders)
}

/// Works for so many minutes, and looks for alarms in each.
async fn minutes(drive: &mut Drive<'_>, n: usize) {
    for _ in 0..n {
        drive.work_for(MINUTE).await.unwrap();
        assert_eq!(drive.functions().deadline_alarm.run().await.unwrap().failed, 0);
    }
}

/// The stages of the orders' only shipments.
async fn stages(world: &World, orders: &[String]) -> Vec<&'static str> {
    let mut stages = Vec::new();
    for order in orders {
        stages.push(world.record(order).await.unwrap().unwrap().shipments[0].stage.name());
    }
    stages
}

async fn void(world: &World, order: &str) -> Option<Void> {
    match &world.record(order).await.unwrap().unwrap().shipments[0].stage {
        Stage::Cancelled { voided } => voided.as_ref().map(|(_, void)| *void),
        stage => panic!("{order} is {}", stage.name()),
    }
}

/// Has the orders rated, one message at a time; no label is bought yet.
async fn rate(world: &World, drive: &mut Drive<'_>, orders: &[String]) {
    for order in orders {
        drive.tell(order).await.unwrap();
    }
    // Each is read back, then rated.
    drive.work_on(2 * orders.len()).await.unwrap();
    assert_eq!(stages(world, orders).await, vec!["rated"; orders.len()]);
}

/// Every one of the orders has the exception of an outage, and people got one message of it.
async fn assert_told_once(world: &World, orders: &[String], why: &str) {
    for order in orders {
        let record = world.record(order).await.unwrap().unwrap();
        let open: Vec<_> = record.open_exceptions().map(|e| (e.kind, e.detail.as_str())).collect();
        let [(ExceptionKind::ServiceUnavailable, detail)] = open.as_slice() else {
            panic!("{order}: {open:?}")
        };
        assert!(detail.contains(why), "{detail}");
        assert!(record.refused.is_empty(), "{order}");
    }
    let told = world.notifications.sent();
    let [(_, mail)] = told.as_slice() else { panic!("{told:?}") };
    assert_eq!(mail.kind, "service_unavailable");
    let text = mail.text.expose();
    assert!(text.contains(why) && orders.iter().all(|order| text.contains(order.as_str())), "{text}");
}

async fn orders_and_voids_go_on_by_themselves_once_the_key_is_accepted_again(backend_kind: BackendKind) {
    let (world, orders) = world(&backend_kind, 5).await;
    let (shipped, rated) = orders.split_at(2);
    let easypost = &world.sandbox.easypost;
    let mut drive = world.drive(FaultPlan::none()).unwrap();
    for order in shipped {
        drive.tell(order).await.unwrap();
    }
    drive.work_for(MINUTE).await.unwrap();
    assert_eq!(stages(&world, shipped).await, ["uploaded"; 2]);
    rate(&world, &mut drive, rated).await;

    easypost.refuse_account(Some(AccountRefusal::Key));
    for order in shipped {
        world.sandbox.tiktok.cancel(order, CancelledBy::Seller).unwrap();
        drive.tell(order).await.unwrap();
    }
    minutes(&mut drive, 12).await;
    let refused = easypost.account_refused();
    assert!(refused[&CallKind::ShipmentBuy] > 3 && refused[&CallKind::ShipmentRefund] > 2, "{refused:?}");
    assert_eq!(stages(&world, shipped).await, ["voiding"; 2]);
    assert_eq!(stages(&world, rated).await, ["buying"; 3]);
    assert_told_once(&world, &orders, "the key or account was rejected").await;

    easypost.refuse_account(None);
    drive.until_done().await.unwrap();
    minutes(&mut drive, 17).await;
    assert_eq!(stages(&world, rated).await, ["uploaded"; 3]);
    for order in shipped {
        assert_eq!(void(&world, order).await, Some(Void::Submitted), "{order}");
    }
    for order in &orders {
        let record = world.record(order).await.unwrap().unwrap();
        assert_eq!(record.open_exceptions().count(), 0, "{order}: {:?}", record.exceptions);
    }
    assert_eq!((easypost.labels_bought(), easypost.labels_bought_twice()), (5, Vec::new()));
    assert_eq!(world.notifications.sent().len(), 1, "that it is back is no news");
    let shop = world.backend.shops.load_shop(&world.key(&orders[0]).shop).await.unwrap().unwrap().value;
    assert!(shop.monitor.refusals.is_empty(), "no carrier has refused");

    // The refund is followed while the key is refused again.
    easypost.refuse_account(Some(AccountRefusal::Key));
    easypost.settle_refunds();
    let reads = || easypost.account_refused().get(&CallKind::ShipmentGet).copied().unwrap_or_default();
    let before = reads();
    world.clock.advance(SignedDuration::from_hours(24));
    drive.work_for(MINUTE * 5).await.unwrap();
    assert!(reads() >= before + 2);
    for order in shipped {
        let record = world.record(order).await.unwrap().unwrap();
        let kinds: Vec<_> = record.open_exceptions().map(|e| e.kind).collect();
        assert_eq!(kinds, [ExceptionKind::ServiceUnavailable], "{order}");
    }
    easypost.refuse_account(None);
    drive.work_for(MINUTE * 5).await.unwrap();
    for order in shipped {
        assert_eq!(void(&world, order).await, Some(Void::Refunded), "{order}");
        let record = world.record(order).await.unwrap().unwrap();
        assert_eq!(record.open_exceptions().count(), 0, "{order}");
    }
    assert_eq!(easypost.purchases().iter().filter(|purchase| purchase.handed_back()).count(), 2);
}

async fn orders_go_on_by_themselves_once_there_are_funds(backend_kind: BackendKind) {
    let (world, orders) = world(&backend_kind, 4).await;
    let easypost = &world.sandbox.easypost;
    easypost.refuse_account(Some(AccountRefusal::Funds));
    let mut drive = world.drive(FaultPlan::none()).unwrap();
    drive.notify().await.unwrap();
    minutes(&mut drive, 12).await;
    assert!(easypost.account_refused()[&CallKind::ShipmentBuy] > 4);
    assert_eq!(stages(&world, &orders).await, ["buying"; 4]);
    assert_told_once(&world, &orders, "the funds are insufficient").await;

    easypost.refuse_account(None);
    drive.until_done().await.unwrap();
    for order in &orders {
        let record = world.record(order).await.unwrap().unwrap();
        assert_eq!(outcome(&record), OrderOutcome::Uploaded, "{order}: {:?}", record.exceptions);
    }
    assert_eq!(easypost.labels_bought(), 4);
    world.check().await.unwrap();
}
