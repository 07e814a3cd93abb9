//! Faults do what they say.

use std::time::{Duration, Instant};

use crate::support::{Post, shipment};
use serde_json::{Value, json};
use sim::easypost::EasyPostConfig;
use sim::faults::{FaultRates, PausePoint};
use sim::{CallKind, Fault, Faults};

async fn post(faults: &Faults) -> Post {
    Post::start(EasyPostConfig { faults: faults.clone(), ..EasyPostConfig::default() }).await
}

fn buy(post: &Post, created: &Value) -> reqwest::RequestBuilder {
    let path = format!("/v2/shipments/{}/buy", created["id"].as_str().unwrap());
    post.request("POST", &path, &json!({ "rate": { "id": created["rates"][0]["id"] } }))
}

#[tokio::test]
async fn lost_requests_and_lost_answers() {
    for (fault, bought) in [(Fault::LostRequest, 0), (Fault::LostAnswer, 1)] {
        let faults = Faults::none();
        let post = post(&faults).await;
        let created = post.shipment(&shipment("o")).await;
        faults.on_call(CallKind::ShipmentBuy, 1, fault);
        let error = buy(&post, &created).send().await.unwrap_err();
        assert!(error.is_request() && !error.is_timeout(), "{error:?}");
        assert_eq!(post.easypost.labels_bought(), bought, "{fault:?}");
    }
}

#[tokio::test]
async fn hangs() {
    for (fault, bought) in [(Fault::HangWithoutEffect, 0), (Fault::HangAfterEffect, 1)] {
        let faults = Faults::none();
        let post = post(&faults).await;
        let created = post.shipment(&shipment("o")).await;
        faults.on_nth_call(2, fault);
        let patience = Duration::from_millis(150);
        let error = buy(&post, &created).timeout(patience).send().await.unwrap_err();
        assert!(error.is_timeout());
        assert_eq!(post.easypost.labels_bought(), bought, "{fault:?}");
    }
}

#[tokio::test]
async fn bad_answers() {
    let faults = Faults::none();
    let post = post(&faults).await;
    let created = post.shipment(&shipment("o")).await;
    faults.on_call(CallKind::ShipmentBuy, 1, Fault::TooManyRequests);
    faults.on_call(CallKind::ShipmentBuy, 2, Fault::Status(503));
    faults.on_call(CallKind::ShipmentBuy, 3, Fault::BrokenBody);
    assert_eq!(buy(&post, &created).send().await.unwrap().status(), 429);
    assert_eq!(buy(&post, &created).send().await.unwrap().status(), 503);
    assert_eq!(post.easypost.labels_bought(), 0);
    let broken = buy(&post, &created).send().await.unwrap();
    assert_eq!(broken.status(), 200);
    assert!(broken.json::<Value>().await.is_err());
    assert_eq!(post.easypost.labels_bought(), 1);
    assert_eq!(post.easypost.calls()[&CallKind::ShipmentBuy], 3);
}

#[tokio::test]
async fn pauses() {
    // What the test does at the pause, and whether the label is bought in the end.
    for (point, release, expect) in [
        (PausePoint::BeforeEffect, true, 1),
        (PausePoint::BeforeEffect, false, 0),
        (PausePoint::AfterEffect, false, 1),
    ] {
        let faults = Faults::none();
        let post = post(&faults).await;
        let created = post.shipment(&shipment("o")).await;
        let mut signal = faults.pause_at(2, point);
        let client = tokio::spawn(buy(&post, &created).send());
        assert!(signal.arrived().await);
        assert_eq!(post.easypost.labels_bought(), usize::from(point == PausePoint::AfterEffect));
        client.abort();
        if release {
            signal.release();
        } else {
            drop(signal);
        }
        tokio::time::sleep(Duration::from_millis(50)).await;
        assert_eq!(post.easypost.labels_bought(), expect, "{point:?}");
    }
}

#[tokio::test]
async fn latency_is_not_serial() {
    let rates = FaultRates { latency_ms: 100..=100, ..FaultRates::default() };
    let post = post(&Faults::seeded(1, rates)).await;
    let start = Instant::now();
    let mut calls = tokio::task::JoinSet::new();
    for _ in 0..50 {
        calls.spawn(post.request("GET", "/v2/shipments/shp_x", &Value::Null).send());
    }
    while let Some(done) = calls.join_next().await {
        assert_eq!(done.unwrap().unwrap().status(), 404);
    }
    assert!(start.elapsed() < Duration::from_millis(1_000), "{:?}", start.elapsed());
}

#[tokio::test]
async fn seeds_replay() {
    let run = async |seed| {
        let rates = FaultRates { server_error: 0.3, too_many_requests: 0.3, ..FaultRates::default() };
        let post = post(&Faults::seeded(seed, rates)).await;
        let mut statuses = Vec::new();
        for _ in 0..40 {
            let call = post.request("GET", "/v2/shipments/shp_x", &Value::Null);
            statuses.push(call.send().await.unwrap().status().as_u16());
        }
        statuses
    };
    let first = run(7).await;
    assert_eq!(first, run(7).await);
    assert_ne!(first, run(8).await);
    assert!(first.contains(&429) && first.contains(&404));
}

#[tokio::test]
async fn shutdown_ends_everything() {
    let faults = Faults::none();
    let post = post(&faults).await;
    faults.on_nth_call(1, Fault::HangWithoutEffect);
    let hanging = tokio::spawn(post.request("GET", "/v2/shipments/shp_x", &Value::Null).send());
    tokio::time::sleep(Duration::from_millis(50)).await;
    post.easypost.shutdown();
    assert!(hanging.await.unwrap().is_err());
    tokio::time::sleep(Duration::from_millis(50)).await;
    let refused = post.request("GET", "/v2/shipments/shp_x", &Value::Null).send().await;
    assert!(refused.unwrap_err().is_connect());
}
