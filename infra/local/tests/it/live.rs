//! The program against servers that it did not start, with polling alone; killed again and again.

use std::time::Duration;

use crate::support::{Running, connect, finish, json, live, punctual, sandbox};
use sim::CallKind;
use sim::faults::PausePoint;
use sim::sandbox::Kind;

/// How often the program is killed.
const KILLS: usize = 20;
/// How many uploads come through before the program is killed.
const UPLOADS: u64 = 5;

#[tokio::test(flavor = "multi_thread")]
async fn polling_alone_brings_every_order_and_what_changed_while_the_host_was_down() {
    let mut sandbox = sandbox(0, 5).await;
    // Nobody but this test cancels an order.
    let mut orders: Vec<_> = sim::sandbox::orders(40, 5)
        .into_iter()
        .filter(|order| order.kind != Kind::CancelledInQueue)
        .take(33)
        .collect();
    let late = orders.split_off(30);
    sandbox.add(orders);
    let data = tempfile::tempdir().unwrap();
    // One label is paid for, and its upload does not come through.
    let faults = sandbox.tiktok.faults();
    let mut upload = faults.pause_on(CallKind::MarkShipped, UPLOADS + 1, PausePoint::BeforeEffect);
    let running = Running::start(&mut live(punctual(data.path()), &sandbox));
    connect(&sandbox, &running.link()).await;
    // An order that is cancelled before the program has seen it never becomes one of ours.
    running.line("30 orders: ");
    assert!(upload.arrived().await);
    running.kill();
    drop(upload);

    // While nobody looks, one order is cancelled and three come in.
    let references: Vec<_> =
        sandbox.easypost.purchases().into_iter().filter_map(|bought| bought.reference).collect();
    let mut waiting =
        sandbox.tiktok.orders().into_iter().filter(|order| {
            order.tracking_number.is_none() && references.contains(&format!("{}-1", order.id))
        });
    let cancelled =
        waiting.find(|order| sandbox.tiktok.cancel(&order.id, sim::tiktok::CancelledBy::Buyer).is_ok());
    let cancelled = cancelled.expect("an order whose label is bought can be cancelled").id;
    sandbox.add(late);

    let output = finish(live(punctual(data.path()), &sandbox).args(["--once", "--orders", "33", "--json"]));
    let summary = json(&output);
    assert!(output.status.success(), "{summary} {}", String::from_utf8_lossy(&output.stderr));
    assert_eq!(summary["orders"], 33);
    assert_eq!(summary["labels_bought_twice"], 0);
    assert_eq!(sandbox.easypost.labels_bought_twice(), Vec::<String>::new());
    let reference = format!("{cancelled}-1");
    let kept =
        sandbox.easypost.purchases().into_iter().any(|purchase| {
            purchase.reference.as_deref() == Some(reference.as_str()) && !purchase.handed_back()
        });
    assert!(!kept, "a cancelled order keeps no label");
}

#[tokio::test(flavor = "multi_thread")]
async fn kill_9_twenty_times() {
    let sandbox = sandbox(40, 9).await;
    let latency = sim::faults::FaultRates { latency_ms: 20..=120, ..sim::faults::FaultRates::default() };
    sandbox.tiktok.faults().set_rates(latency.clone());
    sandbox.easypost.faults().set_rates(latency);
    let data = tempfile::tempdir().unwrap();
    let running = Running::start(&mut live(punctual(data.path()), &sandbox));
    connect(&sandbox, &running.link()).await;
    let mut rng = fastrand::Rng::with_seed(20);
    let mut running = Some(running);
    for _ in 0..KILLS {
        let alive = Duration::from_millis(rng.u64(20..400));
        tokio::time::sleep(alive).await;
        if let Some(running) = running.take() {
            running.kill();
        }
        let next = Running::start(&mut live(punctual(data.path()), &sandbox));
        next.link();
        running = Some(next);
    }
    if let Some(running) = running.take() {
        running.kill();
    }
    let output = finish(live(punctual(data.path()), &sandbox).args(["--once", "--orders", "40", "--json"]));
    let summary = json(&output);
    assert!(output.status.success(), "{summary} {}", String::from_utf8_lossy(&output.stderr));
    assert_eq!(summary["orders"], 40);
    assert_eq!(summary["labels_bought_twice"], 0);
    assert_eq!(sandbox.easypost.labels_bought_twice(), Vec::<String>::new());
    let uploads = sandbox.tiktok.uploads();
    assert_eq!(
        summary["uploaded"].as_u64(),
        u64::try_from(uploads.len()).ok(),
        "each upload once: {summary}"
    );
    let kept = sandbox.easypost.purchases().iter().filter(|purchase| !purchase.handed_back()).count();
    assert_eq!(kept, uploads.len(), "every label that is paid for is used or given back");
}
