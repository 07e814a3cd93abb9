//! Shops for which the operator lets nothing be done: those that no list names, and those that are disconnected.

use std::collections::BTreeSet;
use std::sync::Arc;

use domain::ShopId;
use domain::exception::ExceptionKind;
use domain::record::OrderRecord;
use domain::remedy::Remedy;
use domain::settings::AllSettings;
use domain::shop::{Authorization, Shop};
use jiff::{SignedDuration, Timestamp};
use pipeline::{BackendKind, Drive, FaultPlan, World, WorldConfig, labels_kept};
use remedy::{RemedyOutcome, RemedyRequest};
use serde_json::json;
use sim::faults::{CallKind, PausePoint};
use sim::sandbox::Kind;
use sim::tiktok::{TikTok, TikTokConfig};
use system::Clock as _;

pipeline::on_both_backends!(
    a_shop_that_the_list_does_not_name_waits_is_told_and_goes_on_when_it_does,
    a_shop_disconnected_before_each_message_is_left_alone_until_it_is_connected_again,
    a_shop_disconnected_during_a_purchase_keeps_the_label_and_uploads_nothing,
    tokens_are_deleted_with_the_last_shop_that_they_serve,
    what_webhooks_say_of_the_end_is_believed_where_it_can_be,
);

const MINUTE: SignedDuration = SignedDuration::from_mins(1);

async fn shop(world: &World) -> Shop {
    world.backend.shops.list_shops().await.unwrap().shops.remove(0).value
}

async fn disconnect(world: &World, shop: &ShopId) {
    world.functions(&FaultPlan::none()).unwrap().shop_authorization.disconnect(shop).await.unwrap();
}

/// What is stored of the tokens of a seller.
async fn tokens(world: &World, account: &str) -> String {
    let secret = world.backend.secrets.load_secret(&format!("tiktok/tokens/{account}")).await.unwrap();
    secret.map(|secret| secret.value.expose().clone()).unwrap_or_default()
}

fn open(shop: &Shop) -> Vec<ExceptionKind> {
    shop.open_exceptions().map(|exception| exception.kind).collect()
}

fn shows(record: &OrderRecord, kind: ExceptionKind) -> bool {
    record.open_exceptions().any(|exception| exception.kind == kind)
}

/// Everything that was ever asked of TikTok.
fn asked(world: &World) -> usize {
    world.sandbox.tiktok.faults().log().records().len()
}

/// Everything that a shop can be worked for with: timers, polls, chores, webhooks.
async fn work_in_vain(world: &World, drive: &mut Drive<'_>) {
    drive.notify().await.unwrap();
    drive.functions().order_poll.run().await.unwrap();
    drive.functions().housekeeping.run().await.unwrap();
    drive.work_for(MINUTE * 20).await.unwrap();
    assert!(world.backend.shops.list_shops_due(world.clock.now()).await.unwrap().shops.is_empty());
}

async fn a_shop_that_the_list_does_not_name_waits_is_told_and_goes_on_when_it_does(
    backend_kind: BackendKind,
) {
    let recipients = json!({ "default": { "recipients": [{ "id": "ann", "email": "ann@example.com" }] } });
    let settings = AllSettings::read(&recipients.to_string()).unwrap();
    let listing = |shop: &str| {
        let allowed_shops = Some(BTreeSet::from([ShopId::new(shop)]));
        Arc::new(AllSettings { allowed_shops, ..settings.clone() })
    };
    let mut world = World::new(WorldConfig::one(Kind::Light).on(&backend_kind)).await.unwrap();
    let id = shop(&world).await.id;

    // Connected anew under a list, and taken off a list while it is connected.
    for connects in [true, false] {
        world.settings = listing("7495000000000000001");
        match connects {
            true => world.connect().await.unwrap(),
            false => world.functions(&FaultPlan::none()).unwrap().housekeeping.run().await.unwrap(),
        }
        let waiting = shop(&world).await;
        assert_eq!(
            (waiting.authorization, open(&waiting)),
            (Authorization::Waiting, vec![ExceptionKind::ShopNotAllowed])
        );
        let before = asked(&world);
        let mut drive = world.drive(FaultPlan::none()).unwrap();
        work_in_vain(&world, &mut drive).await;
        assert_eq!(asked(&world), before, "connects: {connects}");
        assert!(world.records().await.unwrap().is_empty());
        // What opens again within hours is not told again.
        drive.functions().deadline_alarm.run().await.unwrap();
        let told = world.notifications.sent();
        let kinds: Vec<&str> = told.iter().map(|(_, told)| told.kind.as_str()).collect();
        assert_eq!(kinds, ["shop_not_allowed"], "{told:?}");

        world.settings = listing(id.as_str());
        world.functions(&FaultPlan::none()).unwrap().housekeeping.run().await.unwrap();
        let allowed = shop(&world).await;
        assert_eq!((allowed.authorization, open(&allowed)), (Authorization::Granted, vec![]));
        world.clock.advance(MINUTE);
    }
    let mut drive = world.drive(FaultPlan::none()).unwrap();
    drive.functions().order_poll.run().await.unwrap();
    drive.until_done().await.unwrap();
    world.check().await.unwrap();
}

async fn a_shop_disconnected_before_each_message_is_left_alone_until_it_is_connected_again(
    backend_kind: BackendKind,
) {
    // Before the order is read back, rated, bought, uploaded.
    for messages in 0..=3 {
        let what = format!("after {messages} messages");
        let world = World::new(WorldConfig::one(Kind::Light).on(&backend_kind)).await.unwrap();
        let id = world.sandbox.kinds().keys().next().unwrap().clone();
        let mut drive = world.drive(FaultPlan::none()).unwrap();
        world.clock.advance(MINUTE * 3);
        drive.functions().order_poll.run().await.unwrap();
        drive.work_on(messages).await.unwrap();
        let connected = shop(&world).await;
        assert!(tokens(&world, &connected.account).await.contains("TTP_"), "{what}");
        disconnect(&world, &connected.id).await;

        let (before, labels) = (asked(&world), labels_kept(&world.sandbox, &id));
        assert_eq!(labels.len(), usize::from(messages == 3), "{what}");
        work_in_vain(&world, &mut drive).await;
        assert_eq!(asked(&world), before, "{what}: TikTok is asked nothing");
        assert_eq!(labels_kept(&world.sandbox, &id), labels, "{what}");
        assert!(world.sandbox.tiktok.uploads().is_empty(), "{what}");
        assert_eq!(tokens(&world, &connected.account).await, "null", "{what}");
        let closed = shop(&world).await;
        let expect = (Authorization::Disconnected, vec![ExceptionKind::ShopUnauthorized]);
        assert_eq!((closed.authorization, open(&closed)), expect, "{what}");
        let record = world.record(&id).await.unwrap();
        assert_eq!(record.is_some(), messages > 0, "{what}");
        if let Some(record) = record {
            assert!(shows(&record, ExceptionKind::ShopUnauthorized), "{what}: {record:?}");
            let remedy = Remedy::MessageBuyer { text: "When?".into() };
            let request = RemedyRequest { shop: closed.id, orders: vec![record.order.id], remedy };
            let report = world.remedies().unwrap().run(request).await.unwrap();
            let refused = RemedyOutcome::Refused { why: "the shop is disconnected".to_owned() };
            assert_eq!(report.outcomes[0].outcome, refused, "{what}");
            assert_eq!(asked(&world), before, "{what}");
        }

        world.connect().await.unwrap();
        let again = shop(&world).await;
        assert_eq!((again.authorization, open(&again)), (Authorization::Granted, vec![]), "{what}");
        let connected = world.clock.now();
        drive.functions().order_poll.run().await.unwrap();
        drive.until_done().await.unwrap_or_else(|error| panic!("{what}: {error}"));
        world.check().await.unwrap_or_else(|error| panic!("{what}: {error}"));
        let took = world.clock.now().duration_since(connected);
        assert!(took <= MINUTE * 20, "{what}: it took {took}");
        let record = world.record(&id).await.unwrap().unwrap();
        assert_eq!(record.open_exceptions().count(), 0, "{what}: {:?}", record.exceptions);
    }
}

async fn a_shop_disconnected_during_a_purchase_keeps_the_label_and_uploads_nothing(
    backend_kind: BackendKind,
) {
    for point in [PausePoint::BeforeEffect, PausePoint::AfterEffect] {
        let world = World::new(WorldConfig::one(Kind::Light).on(&backend_kind)).await.unwrap();
        let id = world.sandbox.kinds().keys().next().unwrap().clone();
        let mut drive = world.drive(FaultPlan::none()).unwrap();
        drive.notify().await.unwrap();
        let mut buying = world.sandbox.easypost.faults().pause_on(CallKind::ShipmentBuy, 1, point);
        let shop_id = shop(&world).await.id;
        let meanwhile = async {
            assert!(buying.arrived().await, "{point:?}");
            disconnect(&world, &shop_id).await;
            buying.release();
        };
        let (worked, ()) = tokio::join!(drive.work_for(MINUTE * 2), meanwhile);
        worked.unwrap();
        let labels = labels_kept(&world.sandbox, &id);
        assert_eq!(labels.len(), 1, "{point:?}");
        assert!(world.sandbox.tiktok.uploads().is_empty(), "{point:?}");
        let record = world.record(&id).await.unwrap().unwrap();
        assert_eq!(record.shipments[0].stage.name(), "labelled", "{point:?}");
        assert!(shows(&record, ExceptionKind::ShopUnauthorized), "{point:?}: {record:?}");

        world.connect().await.unwrap();
        drive.until_done().await.unwrap_or_else(|error| panic!("{point:?}: {error}"));
        world.check().await.unwrap_or_else(|error| panic!("{point:?}: {error}"));
        assert_eq!(labels_kept(&world.sandbox, &id), labels, "{point:?}: the label is used");
    }
}

async fn tokens_are_deleted_with_the_last_shop_that_they_serve(backend_kind: BackendKind) {
    let mut sandbox =
        sim::sandbox::start(sim::SandboxConfig { orders: 0, ..sim::SandboxConfig::default() }).await.unwrap();
    let first = sandbox.tiktok.shops()[0].clone();
    let mut second = first.clone();
    (second.id, second.cipher) = ("7495551200000000002".into(), "TTP_sandboxCipherUS0002".into());
    let config = TikTokConfig { shops: vec![first, second], ..TikTokConfig::default() };
    sandbox.tiktok = TikTok::start(config).await.unwrap();
    let world = World::between(sandbox, &backend_kind).await.unwrap();
    let shops = world.backend.shops.list_shops().await.unwrap();
    let [one, other] = shops.shops.as_slice() else { panic!("{shops:?}") };
    let account = &one.value.account;
    assert_eq!(*account, other.value.account);
    disconnect(&world, &one.value.id).await;
    assert!(tokens(&world, account).await.contains("TTP_"), "the other shop needs them");
    disconnect(&world, &one.value.id).await;
    assert!(tokens(&world, account).await.contains("TTP_"), "the other shop still needs them");
    disconnect(&world, &other.value.id).await;
    assert_eq!(tokens(&world, account).await, "null");
    let step = world.functions(&FaultPlan::none()).unwrap().shop_authorization;
    let error = step.disconnect(&ShopId::new("7")).await.unwrap_err().to_string();
    assert_eq!(error, "shop 7 is not connected; connected shops: none");
}

/// Type 7 is a hint like every other webhook, and may be an old one that somebody repeats.
async fn what_webhooks_say_of_the_end_is_believed_where_it_can_be(backend_kind: BackendKind) {
    let world = World::new(WorldConfig::default().on(&backend_kind)).await.unwrap();
    let functions = world.functions(&FaultPlan::none()).unwrap();
    functions.order_poll.run().await.unwrap();
    let known = shop(&world).await;
    let now = world.clock.now();
    assert!(known.poll.next_at > now);
    let take = async |ends_at: Timestamp| {
        let body = json!({
            "type": 7, "shop_id": known.id, "timestamp": now.as_second(),
            "tts_notification_id": ends_at.as_second().to_string(),
            "data": { "expiration_time": ends_at.as_second() },
        });
        let body = body.to_string();
        let (key, secret) = (world.sandbox.tiktok.app_key(), world.sandbox.tiktok.app_secret());
        let signature = sim::tiktok::sign::webhook(key, secret, body.as_bytes());
        let answer = functions.webhook_intake.tiktok(body.as_bytes(), Some(&signature)).await;
        assert_eq!(answer.status(), 200);
    };
    let day = SignedDuration::from_hours(24);
    let absurd = [Timestamp::from_second(1).unwrap(), now - day, now, now + day * 40, now + day * 4000];
    for ends_at in absurd {
        take(ends_at).await;
        let told = shop(&world).await;
        assert_eq!(open(&told), [], "{ends_at}");
        assert_eq!(told.monitor.authorization_ends_at, known.monitor.authorization_ends_at, "{ends_at}");
        assert!(told.poll.next_at <= world.clock.now(), "it is looked at all the same");
    }
    take(now + day * 30).await;
    assert_eq!(open(&shop(&world).await), [ExceptionKind::AuthorizationEnding]);

    disconnect(&world, &known.id).await;
    let closed = shop(&world).await;
    take(now + day * 20).await;
    assert_eq!(shop(&world).await, closed, "of a disconnected shop nothing is heard");
}
