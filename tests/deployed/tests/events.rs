//! Every sample event is sent to its deployed function.
#![allow(clippy::unwrap_used, clippy::expect_used, reason = "a test stops at what it did not expect")]

use deployed::{Binaries, InvocationResult, Outside, PATIENCE, Samples, Stack, event};
use domain::message::Queue;
use manifest::{FUNCTIONS, Function, Trigger};
use serde_json::{Value, json};

fn files() -> Vec<String> {
    let files = std::fs::read_dir(concat!(env!("CARGO_MANIFEST_DIR"), "/../../events")).unwrap();
    let names = files.map(|file| file.unwrap().file_name().into_string().unwrap());
    let mut names: Vec<String> = names.filter(|name| name.ends_with(".json")).collect();
    names.sort();
    names
}

/// The function that a file is for: it is named `FUNCTION.json`, or `FUNCTION.WHAT.json` where there are several.
fn function_for(file: &str) -> Option<&'static Function> {
    FUNCTIONS.into_iter().find(|function| file.split('.').next() == Some(function.name))
}

/// What the function answers. Fields that are not named here may have any value.
fn expected(file: &str, function: &Function) -> Value {
    match function.trigger {
        Trigger::Queue { .. } => json!({ "batchItemFailures": [] }),
        Trigger::Timer { .. } | Trigger::Topic => Value::Null,
        Trigger::Http => json!({ "statusCode": 200, "body": "" }),
        // Its state was not signed by us.
        Trigger::HttpOrInvoked if file.contains("callback") => json!({ "statusCode": 400 }),
        // Each link differs. That links work is tested where shops are connected.
        Trigger::HttpOrInvoked => json!({}),
        Trigger::Invoked => {
            let request: Value = serde_json::from_slice(&event(file).unwrap()).unwrap();
            let orders = request["orders"].as_array().unwrap();
            assert!(!orders.is_empty(), "{file}");
            let why = "Punctual does not know this order";
            let outcome = |order| json!({ "order": order, "outcome": "refused", "why": why });
            json!({ "outcomes": orders.iter().map(outcome).collect::<Vec<_>>() })
        }
    }
}

fn check(what: &str, answer: &InvocationResult, expected: &Value) {
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
    for file in files() {
        let function = function_for(&file).unwrap();
        let resource = format!("{}Function", function.logical_name());
        let answer = stack.invoke(&resource, event(&file).unwrap()).await.unwrap();
        check(&file, &answer, &expected(&file, function));
    }

    // The signature is verified: with another body the same request is refused.
    let mut forged: Value =
        serde_json::from_slice(&event("webhook-intake.order-status-change.json").unwrap()).unwrap();
    forged["body"] = json!("{}");
    let answer = stack.invoke("WebhookIntakeFunction", forged.to_string().into_bytes()).await.unwrap();
    check("a forged webhook", &answer, &json!({ "statusCode": 401 }));

    // The webhooks' messages were handled, and none became a dead letter.
    stack.until_idle(PATIENCE).await.unwrap();
    for &queue in Queue::ALL {
        assert_eq!(stack.dead_letters(queue).await.unwrap(), [], "{}", queue.name());
    }
    assert!(stack.records().await.unwrap().is_empty());
}

#[test]
fn every_event_has_a_function_and_every_function_an_event() {
    let files = files();
    for file in &files {
        assert!(function_for(file).is_some(), "{file}");
    }
    for function in FUNCTIONS {
        let is_its = |file: &String| function_for(file).is_some_and(|of| of.name == function.name);
        assert!(files.iter().any(is_its), "{}", function.name);
    }
}
