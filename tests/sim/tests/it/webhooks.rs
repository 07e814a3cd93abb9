//! Webhooks are signed, repeated as long as the table says, and can be forged.

use std::time::Duration;

use crate::support::{App, MUG, Post, Receiver, shipment, until};
use sim::easypost::EasyPostConfig;
use sim::tiktok::{CancelledBy, OrderSpec, TikTokConfig, sign};
use sim::webhooks::{AttemptResult, WebhookConfig};

/// Twelve hours become 43 milliseconds.
const SHORTEN: u32 = 1_000_000;

fn config(receiver: &Receiver) -> TikTokConfig {
    let url = Some(receiver.url.clone());
    let webhooks = WebhookConfig { url, retry_shorten: SHORTEN, ..WebhookConfig::default() };
    TikTokConfig { webhooks, ..TikTokConfig::default() }
}

#[tokio::test]
async fn signed_and_taken() {
    let receiver = Receiver::start().await;
    let app = App::start(config(&receiver)).await;
    let id = app.tiktok.add_order(OrderSpec::new(MUG)).unwrap();
    receiver.wait_for(1).await;
    app.tiktok.cancel(&id, CancelledBy::Buyer).unwrap();
    receiver.wait_for(3).await;
    for (headers, body) in receiver.got.lock().unwrap().iter() {
        assert_eq!(headers["authorization"], sign::webhook(&app.key, &app.secret, body));
    }
    let mut bodies = receiver.bodies();
    bodies.sort_by_key(|body| (body["type"].as_i64(), body["data"]["order_status"].to_string()));
    assert_eq!(bodies[0]["data"]["order_status"], "AWAITING_SHIPMENT");
    assert_eq!(bodies[1]["data"]["order_status"], "CANCEL");
    assert_eq!(bodies[2]["type"], 11);
    until(|| app.tiktok.deliveries().accepted() == 3).await;
}

#[tokio::test]
async fn four_retries_and_never_again() {
    for (status, body) in [(500, ""), (204, ""), (200, "ok")] {
        let receiver = Receiver::start().await;
        receiver.answer_with(status, body);
        let app = App::start(config(&receiver)).await;
        app.tiktok.add_order(OrderSpec::new(MUG)).unwrap();
        until(|| app.tiktok.deliveries().given_up.len() == 1).await;
        tokio::time::sleep(Duration::from_millis(60)).await;
        assert_eq!(receiver.count(), 5, "once and four retries after {status} {body:?}");
    }
}

#[tokio::test]
async fn final_answers() {
    let receiver = Receiver::start().await;
    receiver.answer_with(401, "");
    let app = App::start(config(&receiver)).await;
    app.tiktok.add_order(OrderSpec::new(MUG)).unwrap();
    until(|| app.tiktok.deliveries().accepted() == 1).await;
    tokio::time::sleep(Duration::from_millis(100)).await;
    assert_eq!(receiver.count(), 1, "401 is final");
}

#[tokio::test]
async fn copies_forgeries_and_silence() {
    let receiver = Receiver::start().await;
    let mut config = config(&receiver);
    config.webhooks.extra_copies = 2;
    config.webhooks.delay_max = Duration::from_millis(20);
    let app = App::start(config).await;
    app.tiktok.add_order(OrderSpec::new(MUG)).unwrap();
    receiver.wait_for(3).await;
    let ids: Vec<_> = receiver.bodies().iter().map(|b| b["tts_notification_id"].clone()).collect();
    assert!(ids.iter().all(|id| *id == ids[0]), "the same event thrice");

    let sent = app.tiktok.send_forged_webhook(b"{}", "00").await;
    assert_eq!(sent, Some(AttemptResult::Accepted(200)));
    assert_eq!(receiver.got.lock().unwrap()[3].0["authorization"], "00");
    app.tiktok.set_webhook_url(None);
    app.tiktok.add_order(OrderSpec::new(MUG)).unwrap();
    assert_eq!(app.tiktok.send_webhook(b"{}").await, None);
    tokio::time::sleep(Duration::from_millis(50)).await;
    assert_eq!(receiver.count(), 4);
}

#[tokio::test]
async fn trackers() {
    let receiver = Receiver::start().await;
    let post = Post::start(EasyPostConfig::default()).await;
    let secret = "s\u{e9}cret";
    post.easypost.set_webhook_url(Some(&receiver.url), secret);
    let (_, bought) = post.buy(&post.shipment(&shipment("o-1")).await).await;
    receiver.wait_for(1).await;
    assert!(post.easypost.scan(bought["tracking_code"].as_str().unwrap()));
    assert!(!post.easypost.scan("unknown"));
    receiver.wait_for(2).await;
    let got = receiver.got.lock().unwrap().clone();
    for (headers, body) in &got {
        assert_eq!(headers["x-hmac-signature"], sim::easypost::sign::webhook(secret, body));
    }
    let bodies = receiver.bodies();
    assert_eq!(bodies[0]["description"], "tracker.created");
    assert_eq!(bodies[1]["description"], "tracker.updated");
    assert_eq!(bodies[1]["result"]["status"], "in_transit");
    assert_eq!(bodies[1]["previous_attributes"]["status"], "unknown");
}
