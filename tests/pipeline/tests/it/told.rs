//! Whatever keeps a parcel from leaving until a person acts is told: with the reason, what to do, and in few messages.

use std::collections::BTreeMap;

use backend::Notification;
use domain::exception::ExceptionKind;
use domain::recipient::Language;
use domain::record::OrderRecord;
use domain::settings::AllSettings;
use jiff::{SignedDuration, Timestamp};
use pipeline::{BackendKind, Drive, FaultPlan, World, WorldConfig};
use punctual::summary::{OrderOutcome, outcome};
use serde_json::{Value, json};
use sim::faults::{CallKind, FaultRates};
use sim::sandbox::{Kind, SandboxOrder};
use sim::tiktok::LineSpec;
use system::Clock;

pipeline::on_both_backends!(
    fifty_orders_that_no_service_carries_are_one_e_mail_a_person,
    a_gift_of_unknown_weight_is_told_long_before_the_deadline,
    an_order_without_a_route_is_told_and_ships_when_tiktok_says_who_ships,
    a_dead_carrier_is_told_within_ten_minutes_and_nothing_is_told_when_it_is_back,
    a_tiktok_that_shows_no_order_is_told_within_ten_minutes,
    an_order_that_the_search_does_not_show_in_full_is_read_by_itself_or_told,
);

const MINUTE: SignedDuration = SignedDuration::from_mins(1);

/// Ann reads English, Bo Chinese; both by e-mail alone.
fn settings() -> AllSettings {
    let json = r#"{"default": {"recipients": [
        {"id": "ann", "email": "ann@example.com"}, {"id": "bo", "language": "zh", "email": "bo@example.com"}
    ]}}"#;
    AllSettings::read(json).unwrap()
}

/// `n` orders of one light thing each.
fn light(n: usize) -> Vec<SandboxOrder> {
    let orders = sim::sandbox::orders(3 * n + 30, 5).into_iter();
    orders.filter(|order| order.kind == Kind::Light).take(n).collect()
}

async fn world(backend_kind: &BackendKind, orders: Vec<SandboxOrder>) -> World {
    let config = WorldConfig { orders, settings: settings(), ..WorldConfig::default() }.on(backend_kind);
    let world = World::new(config).await.unwrap();
    // A few seconds into a quarter of an hour, the span in which most kinds are told together.
    let past = world.clock.now().as_second().rem_euclid(900);
    world.clock.advance(SignedDuration::from_secs(905 - past));
    world
}

fn ids(world: &World) -> Vec<String> {
    world.sandbox.kinds().keys().cloned().collect()
}

async fn record(world: &World, order: &str) -> OrderRecord {
    world.record(order).await.unwrap().unwrap()
}

/// Works for so many minutes, and looks for alarms in each.
async fn minutes(world: &World, drive: &mut Drive<'_>, n: usize) {
    for _ in 0..n {
        drive.work_for(MINUTE).await.unwrap();
        sweep(world, drive).await;
    }
}

async fn sweep(world: &World, drive: &Drive<'_>) {
    let swept = drive.functions().deadline_alarm.run().await.unwrap();
    assert_eq!(swept.failed, 0, "at {}", world.clock.now());
}

/// The e-mails of one kind to `recipient`, with their moments.
fn mails(world: &World, kind: &str, recipient: &str) -> Vec<(Timestamp, Notification)> {
    let told = world.notifications.sent().into_iter();
    told.filter(|(_, mail)| mail.kind == kind && mail.recipient.as_str() == recipient).collect()
}

/// What the e-mails say, one text.
fn text(mails: &[(Timestamp, Notification)]) -> String {
    mails.iter().map(|(_, mail)| mail.text.expose().as_str()).collect()
}

async fn fifty_orders_that_no_service_carries_are_one_e_mail_a_person(backend_kind: BackendKind) {
    let world = world(&backend_kind, light(62)).await;
    let all = ids(&world);
    let (at_once, trickle) = all.split_at(50);
    for carrier in ["USPS", "UPSDAP", "FedExDefault", "DhlEcs"] {
        world.sandbox.easypost.decline(carrier, "There is no service for this parcel.");
    }
    let mut drive = world.drive(FaultPlan::none()).unwrap();
    for order in at_once {
        drive.tell(order).await.unwrap();
    }
    drive.work_off().await.unwrap();
    sweep(&world, &drive).await;
    for order in at_once {
        let kinds: Vec<_> = record(&world, order).await.open_exceptions().map(|e| e.kind).collect();
        assert_eq!(kinds, [ExceptionKind::NoRate], "{order}");
    }
    assert_eq!(world.notifications.sent().len(), 2, "one message a person");
    let english = text(&mails(&world, "no_rate", "ann"));
    let chinese = text(&mails(&world, "no_rate", "bo"));
    for mail in [&english, &chinese] {
        assert!(at_once.iter().all(|order| mail.contains(order.as_str())), "{mail}");
        let why = &record(&world, &at_once[0]).await.exceptions[0].detail;
        assert!(mail.contains(why.as_str()), "{why} in {mail}");
    }
    assert!(
        english.contains("50 orders") && english.contains(ExceptionKind::NoRate.advice(Language::English)),
        "{english}"
    );
    assert!(chinese.contains("50 单") && !chinese.contains("retry the order"), "{chinese}");

    // One more a minute: told together when the quarter of an hour is over.
    for order in trickle {
        drive.tell(order).await.unwrap();
        minutes(&world, &mut drive, 1).await;
    }
    assert_eq!(mails(&world, "no_rate", "ann").len(), 1, "no message a minute");
    minutes(&world, &mut drive, 6).await;
    let told = mails(&world, "no_rate", "ann");
    assert_eq!(told.len(), 2);
    assert!(trickle.iter().all(|order| text(&told[1..]).contains(order.as_str())), "none is forgotten");
    assert!(!text(&told[1..]).contains(at_once[0].as_str()), "none is told twice");
}

async fn a_gift_of_unknown_weight_is_told_long_before_the_deadline(backend_kind: BackendKind) {
    let mut orders = light(1);
    let gift = LineSpec { product_id: "1729000000000999999".to_owned(), quantity: 1 };
    orders[0].spec.lines.push(gift);
    let world = world(&backend_kind, orders).await;
    let order = ids(&world).remove(0);
    let mut drive = world.drive(FaultPlan::none()).unwrap();
    drive.tell(&order).await.unwrap();
    drive.until_done().await.unwrap();
    sweep(&world, &drive).await;
    let record = record(&world, &order).await;
    assert_eq!(outcome(&record), OrderOutcome::Exception);
    assert_eq!(world.sandbox.easypost.labels_bought(), 0, "a weight is not guessed");
    assert!(world.sandbox.tiktok.calls()[&CallKind::ProductDetail] > 0);

    let told = mails(&world, "weight_unknown", "ann");
    let [(at, mail)] = told.as_slice() else { panic!("{told:?}") };
    let left = record.deadline.as_ref().unwrap().at.duration_since(*at);
    assert!(left > SignedDuration::from_hours(24), "{left:?} are left to enter it");
    let mail = mail.text.expose();
    assert!(mail.contains(&record.exceptions[0].detail), "it names the SKU: {mail}");
    assert!(
        mail.contains(&order) && mail.contains(ExceptionKind::WeightUnknown.advice(Language::English)),
        "{mail}"
    );
}

/// TikTok leaves a field out, has nothing in it, or says what is not known.
async fn an_order_without_a_route_is_told_and_ships_when_tiktok_says_who_ships(backend_kind: BackendKind) {
    let values = [None, Some(Value::Null), Some(json!("")), Some(json!("BY_DRONE"))];
    let odd = ["fulfillment_type", "shipping_type"]
        .into_iter()
        .flat_map(|field| values.iter().map(move |value| BTreeMap::from([(field, value.clone())])));
    let odd: Vec<BTreeMap<&'static str, Option<Value>>> = odd.collect();
    let mut orders = light(odd.len());
    for (order, fields) in orders.iter_mut().zip(&odd) {
        order.spec.fields = fields.clone();
    }
    let world = world(&backend_kind, orders).await;
    let mut drive = world.drive(FaultPlan::none()).unwrap();
    drive.notify().await.unwrap();
    minutes(&world, &mut drive, 2).await;
    for order in ids(&world) {
        let record = record(&world, &order).await;
        let kinds: Vec<_> = record.open_exceptions().map(|e| e.kind).collect();
        assert_eq!(kinds, [ExceptionKind::RouteUnknown], "{order}");
        assert_eq!(outcome(&record), OrderOutcome::Exception, "{order}");
        assert!(record.deadline.is_some(), "{order}: its deadline is told too");
    }
    assert_eq!(world.sandbox.easypost.shipments_created(), 0, "nobody is asked for a label");
    let told = mails(&world, "route_unknown", "ann");
    assert_eq!(told.len(), 1);
    let mail = text(&told);
    assert!(ids(&world).iter().all(|order| mail.contains(order.as_str())), "{mail}");
    for why in
        ["it gives no fulfillment_type", "it gives no shipping_type", "\"BY_DRONE\" is unknown to Punctual"]
    {
        assert!(mail.contains(why), "{why} in {mail}");
    }

    // TikTok says it, and nothing else: no webhook, no update time.
    for order in ids(&world) {
        world.sandbox.tiktok.set_fields(&order, BTreeMap::new()).unwrap();
    }
    minutes(&world, &mut drive, 16).await;
    drive.until_done().await.unwrap();
    for order in ids(&world) {
        let record = record(&world, &order).await;
        assert_eq!(outcome(&record), OrderOutcome::Uploaded, "{:?}", record.exceptions);
        assert_eq!(record.open_exceptions().count(), 0);
    }
    assert_eq!(world.sandbox.easypost.labels_bought(), odd.len());
    world.check().await.unwrap();
}

/// Every call fails.
fn dead() -> FaultRates {
    FaultRates { server_error: 1.0, ..FaultRates::default() }
}

async fn a_dead_carrier_is_told_within_ten_minutes_and_nothing_is_told_when_it_is_back(
    backend_kind: BackendKind,
) {
    let world = world(&backend_kind, light(3)).await;
    let carrier = world.sandbox.easypost.faults().clone();
    carrier.set_rates(dead());
    let began = world.clock.now();
    let mut drive = world.drive(FaultPlan::none()).unwrap();
    drive.notify().await.unwrap();
    minutes(&world, &mut drive, 12).await;
    assert!(!carrier.calls().is_empty() && world.sandbox.easypost.labels_bought() == 0);
    let told = mails(&world, "service_unavailable", "ann");
    let [(at, mail)] = told.as_slice() else { panic!("{:?}", world.notifications.sent()) };
    let after = at.duration_since(began);
    assert!((7..=11).contains(&after.as_mins()), "told after {after:?}");
    let mail = mail.text.expose();
    for order in ids(&world) {
        assert!(mail.contains(&order), "{mail}");
        let record = record(&world, &order).await;
        assert!(record.open_exceptions().any(|e| e.kind == ExceptionKind::ServiceUnavailable), "{order}");
    }
    assert!(mail.contains("quote has no usable answer: the answer was HTTP 50"), "the cause: {mail}");

    carrier.set_rates(FaultRates::default());
    let told = world.notifications.sent().len();
    drive.until_done().await.unwrap();
    minutes(&world, &mut drive, 17).await;
    for order in ids(&world) {
        let record = record(&world, &order).await;
        assert_eq!(outcome(&record), OrderOutcome::Uploaded, "{order}");
        assert!(record.open_exceptions().all(|e| e.kind != ExceptionKind::ServiceUnavailable), "{order}");
    }
    assert_eq!(world.notifications.sent().len(), told, "that it is back is no news");
}

/// An order that was never read back has no record that could be told of: its shop is.
async fn a_tiktok_that_shows_no_order_is_told_within_ten_minutes(backend_kind: BackendKind) {
    let world = world(&backend_kind, light(2)).await;
    let tiktok = world.sandbox.tiktok.faults().clone();
    tiktok.set_rates(FaultRates { only: Some(vec![CallKind::OrderDetail]), ..dead() });
    let began = world.clock.now();
    let mut drive = world.drive(FaultPlan::none()).unwrap();
    drive.notify().await.unwrap();
    minutes(&world, &mut drive, 12).await;
    assert!(world.sandbox.tiktok.calls()[&CallKind::OrderDetail] > 0);
    assert_eq!(world.records().await.unwrap().len(), 0);
    let told = mails(&world, "service_unavailable", "ann");
    let [(at, mail)] = told.as_slice() else { panic!("{:?}", world.notifications.sent()) };
    let after = at.duration_since(began);
    assert!((7..=11).contains(&after.as_mins()), "told after {after:?}");
    let shop = |shop: domain::shop::Shop| {
        shop.open_exceptions().map(|e| (e.kind, e.detail.clone())).collect::<Vec<_>>()
    };
    let key = world.key(&ids(&world)[0]).shop;
    let open = shop(world.backend.shops.load_shop(&key).await.unwrap().unwrap().value);
    let [(ExceptionKind::ServiceUnavailable, why)] = open.as_slice() else { panic!("{open:?}") };
    assert!(mail.text.expose().contains(why.as_str()), "{why} in {}", mail.text.expose());

    tiktok.set_rates(FaultRates::default());
    drive.until_done().await.unwrap();
    let open = shop(world.backend.shops.load_shop(&key).await.unwrap().unwrap().value);
    assert_eq!(open, [], "it closes by itself");
    assert_eq!(world.sandbox.tiktok.uploads().len(), 2);
}

/// The poll meets two orders without a status. One is whole when it is read by itself; the other never is.
async fn an_order_that_the_search_does_not_show_in_full_is_read_by_itself_or_told(backend_kind: BackendKind) {
    let mut orders = light(2);
    for order in &mut orders {
        order.spec.fields.insert("status", None);
    }
    let world = world(&backend_kind, orders).await;
    let all = ids(&world);
    let mut drive = world.drive(FaultPlan::none()).unwrap();
    drive.functions().order_poll.run().await.unwrap();
    world.sandbox.tiktok.set_fields(&all[0], BTreeMap::new()).unwrap();
    minutes(&world, &mut drive, 3).await;
    assert_eq!(outcome(&record(&world, &all[0]).await), OrderOutcome::Uploaded);
    assert!(world.record(&all[1]).await.unwrap().is_none());

    minutes(&world, &mut drive, 3).await;
    let told = mails(&world, "orders_unreadable", "ann");
    assert_eq!(told.len(), 1, "{:?}", world.notifications.sent());
    assert!(text(&told).contains(&format!("cannot be read for order {}: ", all[1])), "{}", text(&told));

    // It is read again by itself.
    world.sandbox.tiktok.set_fields(&all[1], BTreeMap::new()).unwrap();
    world.clock.advance(MINUTE * 5);
    drive.functions().housekeeping.run().await.unwrap();
    minutes(&world, &mut drive, 1).await;
    assert_eq!(outcome(&record(&world, &all[1]).await), OrderOutcome::Uploaded);
    assert_eq!(world.backend.queues.dead_letters(10).await.unwrap().len(), 0);
}
