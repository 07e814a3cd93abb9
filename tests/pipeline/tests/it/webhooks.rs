//! Webhooks that come thrice, late and out of order, and intake's own faults: nothing is lost, nothing is done twice.

use std::collections::BTreeSet;
use std::sync::Arc;
use std::time::Duration;

use domain::Private;
use domain::message::Queue;
use pipeline::{BackendFault, BackendKind, FaultPlan, Hosted, World, WorldConfig, check, until};
use punctual::connections::ServerLimits;
use punctual::http;
use sim::faults::CallKind;
use sim::sandbox::{Expected, Kind};
use sim::tiktok::sign;
use sim::webhooks::{AttemptResult, WebhookConfig};
use sim::{Sandbox, SandboxConfig};
use tokio::net::TcpListener;
use webhook_intake::WebhookResponse;

pipeline::on_both_backends!(
    our_own_fault_is_503_and_the_repetition_is_taken,
    a_crash_anywhere_in_the_intake_loses_nothing,
    a_repetition_is_enqueued_once_also_without_an_id,
    a_notification_of_several_orders_enqueues_each,
    notifications_that_share_an_id_are_all_taken_up_and_each_once,
    a_note_that_ends_in_half_a_character_loses_no_notification,
);

/// What became of the orders whose end does not depend on who is faster: kind, carrier, service, price.
async fn thirty_orders(webhooks: WebhookConfig) -> Vec<(Kind, String)> {
    let copies = webhooks.extra_copies;
    let config = SandboxConfig { orders: 0, webhooks, ..SandboxConfig::default() };
    let mut sandbox = sim::sandbox::start(config).await.unwrap();
    let hosted = Hosted::start(&sandbox.tiktok, &sandbox.easypost, 86_400).await.unwrap();
    hosted.connect().await.unwrap();
    let searches = sandbox.tiktok.faults().log().count(CallKind::OrderSearch);
    sandbox.tiktok.set_webhook_url(Some(&format!("{}/webhooks/tiktok", hosted.base)));
    sandbox.add(sim::sandbox::orders(30, 6));
    let ended = until(Duration::from_secs(60), async || check(&sandbox, &hosted.records().await?)).await;
    ended.unwrap_or_else(|error| panic!("{copies} copies: {error}"));
    // The last copies are still under way; they must not change anything.
    until(Duration::from_secs(10), async || {
        let attempts = sandbox.tiktok.deliveries().attempts;
        let ids: BTreeSet<&str> = attempts.iter().map(|attempt| attempt.event_id.as_str()).collect();
        let due = ids.len() * (usize::try_from(copies)? + 1);
        anyhow::ensure!(attempts.len() == due, "{} of {due} deliveries", attempts.len());
        Ok(())
    })
    .await
    .unwrap();
    hosted.until_idle().await.unwrap();
    check(&sandbox, &hosted.records().await.unwrap()).unwrap();

    assert_eq!(sandbox.tiktok.faults().log().count(CallKind::OrderSearch), searches, "nothing was polled");
    assert!(sandbox.tiktok.deliveries().attempts.iter().all(|a| a.result == AttemptResult::Accepted(200)));
    assert!(hosted.host.backend.queues.dead_letters(10).await.unwrap().is_empty());
    let uploads = sandbox.tiktok.uploads();
    let orders: BTreeSet<&str> = uploads.iter().map(|upload| upload.order_id.as_str()).collect();
    assert_eq!(orders.len(), uploads.len(), "each order is uploaded once");
    let buys = sandbox.easypost.faults().log().count(CallKind::ShipmentBuy);
    assert_eq!(buys, sandbox.easypost.labels_bought() as u64, "nothing is asked for twice");
    steady(&sandbox)
}

fn steady(sandbox: &Sandbox) -> Vec<(Kind, String)> {
    let purchases = sandbox.easypost.purchases();
    let label = |id: &str| {
        let reference = format!("{id}-1");
        let of = purchases.iter().filter(|p| p.reference.as_deref() == Some(reference.as_str()));
        of.map(|p| format!("{} {} {}", p.carrier, p.service, p.price_cents)).collect::<Vec<_>>().join(", ")
    };
    let kinds = sandbox.kinds().iter().filter(|(_, kind)| kind.expected() != Expected::Cancelled);
    kinds.map(|(id, kind)| (*kind, label(id))).collect()
}

#[tokio::test(flavor = "multi_thread")]
async fn thrice_late_and_out_of_order_is_the_same_as_once() {
    let once = thirty_orders(WebhookConfig::default()).await;
    let delay_max = Duration::from_millis(600);
    let thrice = WebhookConfig { extra_copies: 2, delay_max, seed: 8, ..WebhookConfig::default() };
    assert_eq!(thirty_orders(thrice).await, once);
    assert!(once.iter().filter(|(_, label)| !label.is_empty()).count() >= 20);
}

/// A body that TikTok could send for an order, and its signature.
fn signed(world: &World, body: &str) -> (Vec<u8>, String) {
    let tiktok = &world.sandbox.tiktok;
    let signature = sign::webhook(tiktok.app_key(), tiktok.app_secret(), body.as_bytes());
    (body.as_bytes().to_vec(), signature)
}

fn told(world: &World, notification: &str) -> String {
    let order = &world.sandbox.tiktok.orders()[0];
    format!(
        r#"{{"type":1,"tts_notification_id":"{notification}","shop_id":"{}","timestamp":1790000000,"data":{{"order_id":"{}","order_status":"AWAITING_SHIPMENT"}}}}"#,
        order.shop_id, order.id
    )
}

async fn depth(world: &World) -> usize {
    world.backend.queues.depth(Queue::OrderChanges).await.unwrap()
}

async fn our_own_fault_is_503_and_the_repetition_is_taken(backend_kind: BackendKind) {
    for n in 1..=3 {
        for fault in [BackendFault::FailsBefore, BackendFault::FailsAfter] {
            let mut config = WorldConfig::default();
            config.sandbox.webhooks.retry_shorten = 4_000;
            let mut world = World::new(config.on(&backend_kind)).await.unwrap();
            let functions = Arc::new(world.functions(&FaultPlan::at(n, fault)).unwrap());
            let listener = TcpListener::bind(("127.0.0.1", 0)).await.unwrap();
            let url = format!("http://{}/webhooks/tiktok", listener.local_addr().unwrap());
            let server = tokio::spawn(http::serve(listener, functions, ServerLimits::default()));
            world.sandbox.tiktok.set_webhook_url(Some(&url));
            world.sandbox.add(WorldConfig::one(Kind::Light).orders);
            until(Duration::from_secs(10), async || {
                anyhow::ensure!(
                    world.sandbox.tiktok.deliveries().accepted() == 1,
                    "operation {n}: {fault:?}"
                );
                Ok(())
            })
            .await
            .unwrap();
            let results: Vec<_> =
                world.sandbox.tiktok.deliveries().attempts.iter().map(|attempt| attempt.result).collect();
            assert_eq!(results, [AttemptResult::Refused(503), AttemptResult::Accepted(200)], "{n} {fault:?}");
            assert!(depth(&world).await >= 1, "operation {n}: {fault:?}");
            server.abort();
            let mut drive = world.drive(FaultPlan::none()).unwrap();
            drive.until_done().await.unwrap();
            world.check().await.unwrap();
        }
    }
}

async fn a_crash_anywhere_in_the_intake_loses_nothing(backend_kind: BackendKind) {
    let mut n = 1;
    loop {
        for fault in [BackendFault::CrashesBefore, BackendFault::CrashesAfter] {
            let what = format!("operation {n}: {fault:?}");
            let world = World::new(WorldConfig::one(Kind::Light).on(&backend_kind)).await.unwrap();
            let plan = FaultPlan::at(n, fault);
            let intake = world.functions(&plan).unwrap().webhook_intake;
            let (body, signature) = signed(&world, &told(&world, "7327112000000000001"));
            let answered = tokio::select! {
                biased;
                () = plan.crash() => None,
                answer = intake.tiktok(&body, Some(&signature)) => Some(answer),
            };
            if let Some(answer) = answered {
                assert_eq!((answer, n), (WebhookResponse::Accepted, 4), "the intake has three operations");
                return;
            }
            plan.restart();
            // TikTok had no answer, so it repeats.
            let intake = world.functions(&plan).unwrap().webhook_intake;
            assert_eq!(intake.tiktok(&body, Some(&signature)).await, WebhookResponse::Accepted, "{what}");
            let waiting = depth(&world).await;
            assert!((1..=2).contains(&waiting), "{what}: {waiting}");
            assert_eq!(intake.tiktok(&body, Some(&signature)).await, WebhookResponse::Accepted, "{what}");
            assert_eq!(depth(&world).await, waiting, "{what}: taken already");
            let mut drive = world.drive(plan).unwrap();
            drive.until_done().await.unwrap_or_else(|error| panic!("{what}: {error}"));
            world.check().await.unwrap_or_else(|error| panic!("{what}: {error}"));
        }
        n += 1;
    }
}

async fn a_repetition_is_enqueued_once_also_without_an_id(backend_kind: BackendKind) {
    let world = World::new(WorldConfig::one(Kind::Light).on(&backend_kind)).await.unwrap();
    let intake = world.functions(&FaultPlan::none()).unwrap().webhook_intake;
    let with_id = told(&world, "7327112000000000002");
    let without = with_id.replace(r#""tts_notification_id":"7327112000000000002","#, "");
    assert_ne!(with_id, without);
    let later = without.replace("1790000000", "1790000001");
    for (body, expected) in [(&with_id, 1), (&without, 2), (&later, 3)] {
        let (body, signature) = signed(&world, body);
        for _ in 0..3 {
            assert_eq!(intake.tiktok(&body, Some(&signature)).await, WebhookResponse::Accepted);
            assert_eq!(depth(&world).await, expected);
        }
    }
}

/// Two orders under one id, one order in two states, and data as JSON in a text: what is said counts, not the id alone.
async fn notifications_that_share_an_id_are_all_taken_up_and_each_once(backend_kind: BackendKind) {
    let world = World::new(WorldConfig::mixed(3, 2).on(&backend_kind)).await.unwrap();
    let intake = world.functions(&FaultPlan::none()).unwrap().webhook_intake;
    let orders: Vec<&String> = world.sandbox.kinds().keys().collect();
    let shop = &world.sandbox.tiktok.shops()[0].id;
    let data = |order: &str, status: &str| {
        format!(r#"{{"order_id":"{order}","order_status":"{status}","update_time":1790000000}}"#)
    };
    let body = |sent: u32, data: &str| {
        format!(
            r#"{{"type":1,"tts_notification_id":"7327112000000000003","shop_id":"{shop}","timestamp":{sent},"data":{data}}}"#
        )
    };
    let first = data(orders[0], "UNPAID");
    let in_a_text = serde_json::to_string(&data(orders[2], "AWAITING_SHIPMENT")).unwrap();
    let bodies = [
        (body(1_790_000_000, &first), 1),
        (body(1_790_000_000, &data(orders[1], "UNPAID")), 2),
        (body(1_790_000_000, &data(orders[0], "AWAITING_SHIPMENT")), 3),
        (body(1_790_000_000, &in_a_text), 4),
        (body(1_790_000_120, &first), 4),
    ];
    for (body, expected) in &bodies {
        let (body, signature) = signed(&world, body);
        for _ in 0..2 {
            assert_eq!(intake.tiktok(&body, Some(&signature)).await, WebhookResponse::Accepted);
            assert_eq!(depth(&world).await, *expected, "{}", String::from_utf8_lossy(&body));
        }
    }
}

async fn a_notification_of_several_orders_enqueues_each(backend_kind: BackendKind) {
    let world = World::new(WorldConfig::mixed(4, 2).on(&backend_kind)).await.unwrap();
    let intake = world.functions(&FaultPlan::none()).unwrap().webhook_intake;
    let orders: Vec<String> = world.sandbox.kinds().keys().map(|id| format!("\"{id}\"")).collect();
    let shop = &world.sandbox.tiktok.shops()[0].id;
    let body = format!(
        r#"{{"type":4,"shop_id":"{shop}","data":{{"sc_type":"COMBINE","package_list":[{{"order_id_list":[{}]}},{{"order_id_list":[{}]}}]}}}}"#,
        orders.join(","),
        orders[0]
    );
    let (body, signature) = signed(&world, &body);
    assert_eq!(intake.tiktok(&body, Some(&signature)).await, WebhookResponse::Accepted);
    assert_eq!(depth(&world).await, 4);
}

/// The text of somebody was cut within an emoji. The signature is of the bytes as they come.
async fn a_note_that_ends_in_half_a_character_loses_no_notification(backend_kind: BackendKind) {
    let mut world = World::new(WorldConfig::one(Kind::Light).on(&backend_kind)).await.unwrap();
    world.carrier_secret = Some(Private::from(world.sandbox.easypost.webhook_secret()));
    let functions = Arc::new(world.functions(&FaultPlan::none()).unwrap());
    let listener = TcpListener::bind(("127.0.0.1", 0)).await.unwrap();
    let base = format!("http://{}/webhooks", listener.local_addr().unwrap());
    let server = tokio::spawn(http::serve(listener, functions, ServerLimits::default()));
    let post = async |sender: &str, header: &str, signature: String, body: &str| {
        let request = reqwest::Client::new().post(format!("{base}/{sender}")).header(header, signature);
        request.body(body.to_owned()).send().await.unwrap().status().as_u16()
    };

    let whole = told(&world, "7327112000000000004");
    let half = whole.replace("\"order_status\"", "\"note\":\"Emma \\ud83d\",\"order_status\"");
    assert!(half.contains(r#"Emma \ud83d""#), "{half}");
    let (_, signature) = signed(&world, &half);
    assert_eq!(post("tiktok", "authorization", signed(&world, &whole).1, &half).await, 401);
    assert_eq!(depth(&world).await, 0);
    assert_eq!(post("tiktok", "authorization", signature, &half).await, 200);
    assert_eq!(depth(&world).await, 1);
    let mut drive = world.drive(FaultPlan::none()).unwrap();
    drive.until_done().await.unwrap();

    let tracking = world.sandbox.easypost.purchases()[0].tracking_code.clone();
    let event = format!(
        r#"{{"id":"evt_1","object":"Event","description":"tracker.updated","result":{{"object":"Tracker","tracking_code":"{tracking}","status":"in_transit","signed_by":"Emma \ud83d"}}}}"#
    );
    let signature = sim::easypost::sign::webhook(world.sandbox.easypost.webhook_secret(), event.as_bytes());
    let checks = || world.backend.queues.depth(Queue::ParcelChecks);
    let before = checks().await.unwrap();
    assert_eq!(post("easypost", "x-hmac-signature", signature, &event).await, 200);
    assert_eq!(checks().await.unwrap(), before + 1);
    server.abort();
}
