//! The sample events are what Lambda hands to the functions, and hold what these take.

use std::collections::BTreeSet;
use std::path::PathBuf;

use domain::Private;
use domain::message::{Message, Queue};
use manifest::{FUNCTIONS, Function, Trigger};
use serde_json::Value;
use tiktok::webhook::WebhookVerifier;

fn events() -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("../../events")
}

fn names() -> Vec<String> {
    let files = std::fs::read_dir(events()).unwrap();
    let names = files.map(|entry| entry.unwrap().file_name().into_string().unwrap());
    names.filter(|name| name.ends_with(".json")).collect()
}

/// The function that a file is for: it is named `FUNCTION.json`, or `FUNCTION.WHAT.json` where there are several.
fn function_for(name: &str) -> Option<&'static Function> {
    FUNCTIONS.into_iter().find(|function| name.split('.').next() == Some(function.name))
}

fn read(name: &str) -> Value {
    let text = std::fs::read(events().join(name)).unwrap_or_else(|error| panic!("{name}: {error}"));
    serde_json::from_slice(&text).unwrap_or_else(|error| panic!("{name}: {error}"))
}

/// A field of the credentials that the README names.
fn credential(field: &str) -> String {
    let page = std::fs::read_to_string(events().join("README.md")).unwrap();
    let line = page.lines().find(|line| line.starts_with('{') && line.contains(field));
    let secret: Value = serde_json::from_str(line.unwrap()).unwrap();
    secret[field].as_str().unwrap().to_owned()
}

/// The body of an HTTP event, which says of itself where it belongs.
fn body(name: &str, event: &Value, route: &str) -> Vec<u8> {
    let (method, path) = route.split_once(' ').unwrap();
    assert_eq!(event["version"], "2.0", "{name}");
    assert_eq!((&event["rawPath"], &event["routeKey"]), (&path.into(), &route.into()), "{name}");
    assert_eq!(event["requestContext"]["routeKey"], route, "{name}");
    let http = &event["requestContext"]["http"];
    assert_eq!((&http["method"], &http["path"]), (&method.into(), &path.into()), "{name}");
    assert_eq!(event["isBase64Encoded"], false, "{name}");
    let body = event["body"].as_str().unwrap_or_default().as_bytes().to_vec();
    if let Some(length) = event["headers"]["content-length"].as_str() {
        assert_eq!(length, body.len().to_string(), "{name}");
    }
    body
}

#[test]
fn messages_are_read_and_go_to_their_queue() {
    let mut served = BTreeSet::new();
    let of_queues = names().into_iter().filter_map(|name| Some((function_for(&name)?.queue()?, name)));
    for (queue, name) in of_queues {
        served.insert(queue.name());
        let event = read(&name);
        let [record] = event["Records"].as_array().unwrap().as_slice() else { panic!("{name}: no record") };
        assert_eq!(record["eventSource"], "aws:sqs", "{name}");
        assert!(record["messageId"].is_string() && record["receiptHandle"].is_string(), "{name}");
        let source = record["eventSourceARN"].as_str().unwrap();
        assert!(source.ends_with(&format!(":punctual-{}", queue.name())), "{name}: {source}");
        let body = record["body"].as_str().unwrap();
        let message: Message = serde_json::from_str(body).unwrap_or_else(|error| panic!("{name}: {error}"));
        assert_eq!(message.queue(), queue, "{name}");
        assert_eq!(message.shop().as_str(), "7495000000000000001", "{name}");
        if let Some(key) = message.key() {
            assert_eq!(key.order.as_str(), "580100000000000001", "{name}");
        }
        let again: Value = serde_json::to_value(&message).unwrap();
        assert_eq!(again, serde_json::from_str::<Value>(body).unwrap(), "{name}");
    }
    assert_eq!(served, Queue::ALL.iter().map(|queue| queue.name()).collect());
}

#[test]
fn webhooks_of_tiktok_are_signed_and_name_their_order() {
    let secret = Private::new(credential("TIKTOK_APP_SECRET"));
    let verifier = WebhookVerifier::new(credential("TIKTOK_APP_KEY"), vec![secret]);
    for name in
        ["order-status-change", "recipient-address-update", "cancellation-status-change", "package-update"]
    {
        let name = format!("webhook-intake.{name}.json");
        let event = read(&name);
        let body = body(&name, &event, "POST /webhooks/tiktok");
        let signature = event["headers"]["authorization"].as_str().unwrap();
        assert_eq!(verifier.verify(&body, Some(signature)), Ok(()), "{name}");
        let notification = tiktok::webhook::Webhook::parse(&body).unwrap();
        let orders: Vec<String> = notification.orders().iter().map(ToString::to_string).collect();
        assert_eq!(orders, ["580100000000000001"], "{name}");
        assert_eq!(notification.shop.unwrap().as_str(), "7495000000000000001", "{name}");
    }
}

#[test]
fn the_tracker_event_is_signed_and_read() {
    let name = "webhook-intake.tracker-updated.json";
    let event = read(name);
    let body = body(name, &event, "POST /webhooks/easypost");
    let secret = Private::new(credential("EASYPOST_WEBHOOK_SECRET"));
    let signature = event["headers"]["x-hmac-signature"].as_str().unwrap();
    assert_eq!(carriers::easypost::webhook::verify(&[secret], &body, Some(signature)), Ok(()));
    let event = carriers::easypost::webhook::EasyPostEvent::parse(&body).unwrap();
    assert_eq!(event.description, "tracker.updated");
    assert!(matches!(event.kind, carriers::easypost::webhook::EventKind::Tracker { .. }));
}

#[test]
fn the_callback_has_code_and_state() {
    let name = "shop-authorization.callback.json";
    let event = read(name);
    assert!(body(name, &event, "GET /oauth/tiktok/callback").is_empty());
    let query = &event["queryStringParameters"];
    let (code, state) = (query["code"].as_str().unwrap(), query["state"].as_str().unwrap());
    assert_eq!(event["rawQueryString"], format!("code={code}&state={state}"));
}

#[test]
fn a_link_is_asked_for() {
    let request = shop_authorization::OperatorRequest::try_from(read("shop-authorization.connect-link.json"));
    assert_eq!(request, Ok(shop_authorization::OperatorRequest::ConnectLink {}));
}

#[test]
fn timers_get_the_events_of_the_scheduler() {
    let timers = FUNCTIONS.into_iter().filter(|function| matches!(function.trigger, Trigger::Timer { .. }));
    let names: Vec<&str> = timers.map(|function| function.sample_event).collect();
    assert!(!names.is_empty());
    for name in names {
        let event = read(name);
        assert_eq!(
            (&event["source"], &event["detail-type"]),
            (&"aws.scheduler".into(), &"Scheduled Event".into())
        );
        // The scheduler sends it as a text.
        assert_eq!(event["detail"], "{}", "{name}");
    }
}

#[test]
fn a_call_is_handed_on_as_the_topic_does() {
    let event = read("alarm-call.json");
    let message = event["Records"][0]["Sns"]["Message"].as_str().unwrap();
    let request: alarm_call::CallRequest = serde_json::from_str(message).unwrap();
    assert!(request.delivery.as_str().starts_with(request.alarm.as_str()));
    let attributes = &event["Records"][0]["Sns"]["MessageAttributes"];
    assert_eq!(attributes["channel"]["Value"], "call");
    assert_eq!(attributes["delivery"]["Value"], request.delivery.as_str());
}

#[test]
fn remedies_are_asked_for_by_order() {
    for name in ["remedy.retry.json", "remedy.cancel.json"] {
        let request = remedy::RemedyRequest::try_from(read(name)).unwrap();
        assert_eq!(request.shop.as_str(), "7495000000000000001", "{name}");
        assert_eq!(request.orders[0].as_str(), "580100000000000001", "{name}");
    }
}

/// A file that belongs to no function would go stale.
#[test]
fn every_event_belongs_to_a_function() {
    for name in names() {
        assert!(function_for(&name).is_some(), "{name}");
    }
}
