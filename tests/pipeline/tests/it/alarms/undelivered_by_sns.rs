//! SNS throttles, denies, has no such topic, or fails for an hour: whoever is to be told is told once it is well.

use std::collections::BTreeMap;
use std::sync::Arc;

use backend::Notifier;
use emulator::{Wire, WireFault};
use jiff::SignedDuration;
use pipeline::{BackendKind, TestClock};
use system::Clock as _;

use crate::alarms::alarm_support::{shop_with, sweep_by, waiting};
use crate::alarms::turn_to_minute;
use crate::alarms::undelivered::shown;

const PEOPLE: &str = r#"{"default": {"recipients": [
    {"id": "ann", "email": "ann@example.com", "phone": "+14155550100", "sms_consent": "2026-01-02"},
    {"id": "bo", "language": "zh", "phone": "+14155550101", "sms_consent": "2026-01-02"}
]}}"#;

#[tokio::test(flavor = "multi_thread")]
async fn an_hour_without_sns_keeps_nobody_from_being_told() {
    let Some(backend_kind) = BackendKind::aws().unwrap() else { return };
    let BackendKind::Aws(url) = &backend_kind else { return };
    for fault in [
        WireFault::Throttled,
        WireFault::Denied,
        WireFault::Gone,
        WireFault::ServiceFails,
        WireFault::LostAnswer,
    ] {
        an_hour_of(fault, &backend_kind, url).await;
    }
}

/// What went to whom, how often: taken by SNS, its answer lost or not.
type Taken = BTreeMap<&'static str, usize>;

fn taken(wire: &Wire) -> Taken {
    let mut taken = Taken::new();
    for call in wire.take_calls() {
        let form = String::from_utf8_lossy(&call.request);
        let ends_well = call.status == Some(200) || (call.status.is_none() && !call.answer.is_empty());
        let to = match () {
            () if !ends_well || call.operation != "SNS.Publish" => continue,
            () if form.contains("PhoneNumber=%2B14155550100") => "sms ann",
            () if form.contains("PhoneNumber=%2B14155550101") => "sms bo",
            () => "email ann",
        };
        *taken.entry(to).or_default() += 1;
    }
    taken
}

async fn an_hour_of(fault: WireFault, backend_kind: &BackendKind, url: &str) {
    let clock = Arc::new(TestClock::default());
    let (backend, _folder) = backend_kind.backend(&clock).await.unwrap();
    let topic = topic(url, &format!("undelivered-{fault:?}")).await;
    let wire = Wire::to(url, None).await.unwrap();
    let notifier: Arc<dyn Notifier> = Arc::new(emulator::sdk(wire.url()).unwrap().sns(&topic));
    turn_to_minute(&clock, 1);
    shop_with(&backend, "shop-1", clock.now()).await;
    let deadline = clock.now().saturating_add(SignedDuration::from_hours(11)).unwrap();
    backend.orders.commit_order(&waiting("shop-1", "a", deadline, clock.now()), 0).await.unwrap();

    wire.keep();
    wire.always(fault);
    for minute in 0..60 {
        sweep_by(&backend, &notifier, PEOPLE, &clock).await;
        if minute > 10 {
            assert!(
                shown(&backend).await.contains(&"alarm_undelivered".to_owned()),
                "{fault:?}: minute {minute}"
            );
        }
        turn_to_minute(&clock, 1);
    }
    assert!(wire.count() > 20, "{fault:?}: met {} times", wire.count());
    let unknown = taken(&wire);
    let lost =
        Taken::from([("email ann", *unknown.get("email ann").unwrap_or(&0)), ("sms ann", 1), ("sms bo", 1)]);
    let expect = if fault == WireFault::LostAnswer { lost } else { Taken::new() };
    assert_eq!(unknown, expect, "{fault:?}: no text message twice");

    wire.calm();
    for _ in 0..16 {
        sweep_by(&backend, &notifier, PEOPLE, &clock).await;
        turn_to_minute(&clock, 1);
    }
    let all = [("email ann", 1), ("sms ann", 1), ("sms bo", 1)];
    let expect = match fault {
        WireFault::Throttled | WireFault::Denied | WireFault::Gone => &all[..],
        // A text message that may have been sent is not sent again: Ann has an e-mail, and of Bo nobody knows.
        _ => &all[..1],
    };
    assert_eq!(taken(&wire), Taken::from_iter(expect.iter().copied()), "{fault:?}");
    assert!(!shown(&backend).await.contains(&"alarm_undelivered".to_owned()), "{fault:?}");
}

/// Makes a topic to which Ann has subscribed.
async fn topic(url: &str, name: &str) -> String {
    let made = call(url, &format!("Action=CreateTopic&Name={name}")).await;
    let topic = made.split_once("<TopicArn>").unwrap().1.split_once('<').unwrap().0.to_owned();
    let queue = "arn:aws:sqs:us-east-1:000000000000:of-ann";
    call(url, &format!("Action=Subscribe&TopicArn={topic}&Protocol=sqs&Endpoint={queue}")).await;
    topic
}

/// Calls the emulator's SNS, which checks no signature and knows by its scope what a request is for.
async fn call(url: &str, form: &str) -> String {
    let scope = "AWS4-HMAC-SHA256 Credential=test/20260101/us-east-1/sns/aws4_request, SignedHeaders=host, Signature=0";
    let post = reqwest::Client::new()
        .post(url)
        .header("authorization", scope)
        .header("content-type", "application/x-www-form-urlencoded")
        .body(format!("{form}&Version=2010-03-31"));
    post.send().await.unwrap().error_for_status().unwrap().text().await.unwrap()
}
