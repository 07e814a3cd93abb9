//! The sandbox has every kind of order, and can be shipped empty.

use std::collections::BTreeSet;
use std::time::{Duration, Instant};

use crate::support::{self, App, http, until};
use serde_json::json;
use sim::SandboxConfig;
use sim::sandbox::{Expected, Kind, orders, start};
use sim::tiktok::{OrderStatus, TikTokConfig};

#[test]
fn every_kind_from_ten_on() {
    for n in [10, 11, 40] {
        let kinds: BTreeSet<Kind> = orders(n, 3).into_iter().map(|order| order.kind).collect();
        assert_eq!(kinds.len(), Kind::ALL.len());
    }
    let many = orders(300, 3);
    let light = many.iter().filter(|order| order.kind == Kind::Light).count();
    assert!(light > 150, "{light}");
    let lines = |seed| orders(50, seed).into_iter().map(|o| o.spec.recipient).collect::<Vec<_>>();
    assert_eq!(lines(1), lines(1));
    assert_ne!(lines(1), lines(2));
}

#[tokio::test]
async fn runs() {
    let sandbox = start(SandboxConfig { orders: 12, ..SandboxConfig::default() }).await.unwrap();
    assert_eq!(sandbox.kinds().len(), 12);
    let held = sandbox.kinds().iter().find(|(_, kind)| **kind == Kind::OnHoldThenReleased).unwrap().0.clone();
    assert_eq!(sandbox.tiktok.order(&held).unwrap().status, OrderStatus::OnHold);
    until(|| sandbox.tiktok.order(&held).unwrap().status == OrderStatus::AwaitingShipment).await;
    assert_eq!(Kind::BadAddress.expected(), Expected::Exception);

    let personal = sandbox.buyers_personal_data();
    assert!(personal.len() >= 12 * 3);
    assert!(personal.iter().all(|text| text.len() > 5), "short words would be found anywhere");
    sandbox.shutdown();
    tokio::time::sleep(Duration::from_millis(50)).await;
    assert!(http().get(sandbox.tiktok.url()).send().await.is_err());
}

/// Prints how many calls a second both ends manage together; fails only when something is badly wrong.
#[tokio::test(flavor = "multi_thread")]
async fn throughput() {
    let app = App::start(TikTokConfig::default()).await;
    let ids: Vec<String> =
        (0..200).map(|_| app.tiktok.add_order(sim::tiktok::OrderSpec::new(support::MUG)).unwrap()).collect();
    let start = Instant::now();
    let mut workers = tokio::task::JoinSet::new();
    for worker in 0..8 {
        let (app, ids) = (app.clone(), ids.clone());
        workers.spawn(async move {
            for n in 0..250 {
                let order = app.detail(&ids[(n * 8 + worker) % ids.len()]).await;
                assert_eq!(order["status"], json!("AWAITING_SHIPMENT"));
            }
        });
    }
    workers.join_all().await;
    let per_second = 2_000.0 / start.elapsed().as_secs_f64();
    println!("{per_second:.0} calls a second");
    assert!(per_second > 200.0, "{per_second:.0}");
}
