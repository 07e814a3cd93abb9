//! The sample events are what the functions take.
#![allow(clippy::unwrap_used, clippy::expect_used, reason = "a test stops at what it did not expect")]

use std::path::PathBuf;

use domain::message::{Message, Queue};

fn events() -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("../../events")
}

fn read(name: &str) -> Vec<u8> {
    std::fs::read(events().join(name)).unwrap_or_else(|error| panic!("{name}: {error}"))
}

#[test]
fn messages_are_read_and_go_to_their_queue() {
    for (name, queue) in [
        ("order-sync.webhook.json", Queue::OrderChanges),
        ("order-sync.poll.json", Queue::OrderChanges),
        ("rate-shop.json", Queue::RateRequests),
        ("label-create.json", Queue::LabelRequests),
        ("tracking-upload.json", Queue::TrackingUploads),
    ] {
        let message: Message =
            serde_json::from_slice(&read(name)).unwrap_or_else(|error| panic!("{name}: {error}"));
        assert_eq!(message.queue(), queue, "{name}");
        assert_eq!(message.key().order.as_str(), "580100000000000001", "{name}");
        let again: serde_json::Value = serde_json::to_value(&message).unwrap();
        let file: serde_json::Value = serde_json::from_slice(&read(name)).unwrap();
        assert_eq!(again, file, "{name}");
    }
}

#[test]
fn webhooks_of_tiktok_name_their_order() {
    for name in
        ["order-status-change", "recipient-address-update", "cancellation-status-change", "package-update"]
    {
        let body = read(&format!("webhook-intake.{name}.json"));
        let notification = tiktok::webhook::Notification::parse(&body).unwrap();
        let orders: Vec<String> = notification.orders().iter().map(ToString::to_string).collect();
        assert_eq!(orders, ["580100000000000001"], "{name}");
        assert_eq!(notification.shop.unwrap().as_str(), "7495000000000000001", "{name}");
    }
}

#[test]
fn the_tracker_event_is_read() {
    let event =
        carriers::easypost::webhook::Event::parse(&read("webhook-intake.tracker-updated.json")).unwrap();
    assert_eq!(event.description, "tracker.updated");
    assert!(event.tracker.is_some());
}

/// A file that no test reads would go stale.
#[test]
fn every_event_is_covered() {
    let mut names: Vec<String> = std::fs::read_dir(events())
        .unwrap()
        .map(|entry| entry.unwrap().file_name().into_string().unwrap())
        .collect();
    names.sort();
    assert_eq!(
        names,
        [
            "README.md",
            "due-sweep.json",
            "label-create.json",
            "order-poll.json",
            "order-sync.poll.json",
            "order-sync.webhook.json",
            "rate-shop.json",
            "shop-authorization.callback.json",
            "tracking-upload.json",
            "webhook-intake.cancellation-status-change.json",
            "webhook-intake.order-status-change.json",
            "webhook-intake.package-update.json",
            "webhook-intake.recipient-address-update.json",
            "webhook-intake.tracker-updated.json",
        ]
    );
    for timer in ["order-poll.json", "due-sweep.json"] {
        let event: serde_json::Value = serde_json::from_slice(&read(timer)).unwrap();
        assert_eq!(event["detail-type"], "Scheduled Event", "{timer}");
    }
    let callback: serde_json::Value =
        serde_json::from_slice(&read("shop-authorization.callback.json")).unwrap();
    assert!(callback["code"].is_string() && callback["state"].is_string());
}
