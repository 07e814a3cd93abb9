//! Every sample event, handed to the deployed function that it is for.
#![allow(clippy::unwrap_used, clippy::expect_used, reason = "a test stops at what it did not expect")]

use deployed::{Answer, Binaries, Outside, PATIENCE, Samples, Stack, event};
use domain::message::Queue;
use serde_json::{Value, json};

/// The files with their function and what it answers. Only what is named here has to be as it is here.
fn expected() -> Vec<(&'static str, &'static str, Value)> {
    let done = || json!({ "batchItemFailures": [] });
    let taken = || json!({ "statusCode": 200, "body": "" });
    // The order is not known here.
    let refused = |orders: &[&str]| {
        let why = "the order is not known here";
        let outcome = |order| json!({ "order": order, "outcome": "refused", "why": why });
        json!({ "outcomes": orders.iter().map(outcome).collect::<Vec<_>>() })
    };
    let (one, two) = ("580100000000000001", "580100000000000002");
    vec![
        ("webhook-intake.order-status-change.json", "WebhookIntakeFunction", taken()),
        ("webhook-intake.recipient-address-update.json", "WebhookIntakeFunction", taken()),
        ("webhook-intake.cancellation-status-change.json", "WebhookIntakeFunction", taken()),
        ("webhook-intake.package-update.json", "WebhookIntakeFunction", taken()),
        ("webhook-intake.tracker-updated.json", "WebhookIntakeFunction", taken()),
        ("shop-authorization.callback.json", "ShopAuthorizationFunction", json!({ "statusCode": 400 })),
        // Each link is another one: that they serve is seen where shops are connected.
        ("shop-authorization.connect-link.json", "ShopAuthorizationFunction", json!({})),
        ("order-poll.json", "OrderPollFunction", Value::Null),
        ("due-sweep.json", "DueSweepFunction", Value::Null),
        ("order-sync.webhook.json", "OrderSyncFunction", done()),
        ("order-sync.poll.json", "OrderSyncFunction", done()),
        ("rate-shop.json", "RateShopFunction", done()),
        ("label-create.json", "LabelCreateFunction", done()),
        ("tracking-upload.json", "TrackingUploadFunction", done()),
        ("tracking-watch.json", "TrackingWatchFunction", done()),
        ("conversation-watch.json", "ConversationWatchFunction", done()),
        ("deadline-alarm.json", "DeadlineAlarmFunction", Value::Null),
        ("alarm-call.json", "AlarmCallFunction", Value::Null),
        ("housekeeping.json", "HousekeepingFunction", Value::Null),
        ("remedy.retry.json", "RemedyFunction", refused(&[one, two])),
        ("remedy.cancel.json", "RemedyFunction", refused(&[one])),
    ]
}

fn check(what: &str, answer: &Answer, expected: &Value) {
    assert_eq!(answer.error, None, "{what}: {}", answer.payload);
    match expected.as_object() {
        Some(fields) => {
            for (name, value) in fields {
                assert_eq!(&answer.payload[name], value, "{what}: {}", answer.payload);
            }
        }
        None => assert_eq!(&answer.payload, expected, "{what}"),
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn every_event_is_taken_by_its_function() {
    let Some(binaries) = Binaries::find() else { return };
    let samples = Samples::read().unwrap();
    let stack = Stack::deploy(&binaries, &Outside::nobody(&samples), &[]).await.unwrap();
    for (file, function, answer) in expected() {
        check(file, &stack.invoke(function, event(file).unwrap()).await.unwrap(), &answer);
    }

    // The signature is looked at: with another body the same request is refused.
    let mut forged: Value =
        serde_json::from_slice(&event("webhook-intake.order-status-change.json").unwrap()).unwrap();
    forged["body"] = json!("{}");
    let answer = stack.invoke("WebhookIntakeFunction", forged.to_string().into_bytes()).await.unwrap();
    check("a forged webhook", &answer, &json!({ "statusCode": 401 }));

    // The webhooks' messages went their way, and nobody's orders were dropped.
    stack.until_idle(PATIENCE).await.unwrap();
    for queue in Queue::ALL {
        assert_eq!(stack.dead_letters(queue).await.unwrap(), [], "{}", queue.name());
    }
    assert!(stack.records().await.unwrap().is_empty());
}

/// A file that is handed to nobody would go stale.
#[test]
fn every_event_has_a_function() {
    let files = std::fs::read_dir(concat!(env!("CARGO_MANIFEST_DIR"), "/../../events")).unwrap();
    let names = files.map(|file| file.unwrap().file_name().into_string().unwrap());
    let mut names: Vec<String> = names.filter(|name| name.ends_with(".json")).collect();
    names.sort();
    let mut known: Vec<&str> = expected().into_iter().map(|(file, ..)| file).collect();
    known.sort_unstable();
    assert_eq!(names, known);
}
