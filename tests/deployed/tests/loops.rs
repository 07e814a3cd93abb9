//! A message that returns to its queue while an outside service fails.
#![allow(clippy::unwrap_used, clippy::expect_used, reason = "a test stops at what it did not expect")]

use std::collections::BTreeMap;

use deployed::{Binaries, DeployedFunction, Running, VariableTarget, functions};
use domain::message::{ChangeSource, Message};
use emulator::{Cloud, Emulator, Kind, Template, Wire, WireCall};
use pipeline::{World, WorldConfig};
use serde_json::{Value, json};
use sim::faults::FaultRates;
use sim::sandbox::Kind as OrderKind;

/// How often the message returns. Lambda takes about 16 times for an endless loop.
const ROUNDS: usize = 20;
/// The header by which Lambda counts runs, if it is passed on from run to run.
const LINEAGE: &str = "x-amzn-trace-id";

/// The function's variables.
fn variables(
    function: &DeployedFunction,
    world: &World,
    cloud: &Cloud,
    wire: &Wire,
) -> BTreeMap<String, String> {
    let tiktok = &world.sandbox.tiktok;
    let fixed = [
        ("AWS_REGION", "us-east-1"),
        ("AWS_ACCESS_KEY_ID", "test"),
        ("AWS_SECRET_ACCESS_KEY", "test"),
        ("AWS_ENDPOINT_URL", wire.url()),
        ("TIKTOK_APP_KEY", tiktok.app_key()),
        ("TIKTOK_APP_SECRET", tiktok.app_secret()),
    ];
    let fixed = fixed.map(|(name, value)| (name.to_owned(), value.to_owned()));
    let named = function.variables.iter().filter_map(|(name, target)| {
        let value = match target {
            VariableTarget::Table(table) => cloud.names.tables[table.as_str()].clone(),
            VariableTarget::Queue(queue) => cloud.names.queues[queue].queue.clone(),
            VariableTarget::Address => tiktok.url().to_owned(),
            _ => return None,
        };
        Some((name.clone(), value))
    });
    named.chain(fixed).collect()
}

/// The messages that were sent, after checking that no request carries the count of runs.
#[track_caller]
fn sent(calls: &[WireCall]) -> Vec<Value> {
    assert!(!calls.is_empty());
    for call in calls {
        assert!(!call.headers.contains_key(LINEAGE), "{}: {:?}", call.operation, call.headers);
    }
    let sends = calls.iter().filter(|call| call.operation == "SQS.SendMessage");
    sends.map(|call| serde_json::from_slice(&call.request).unwrap()).collect()
}

#[tokio::test(flavor = "multi_thread")]
async fn a_message_that_returned_twenty_times_is_still_handled() {
    let Some(binaries) = Binaries::find() else { return };
    let Some(emulator) = Emulator::shared(Kind::MiniStack).unwrap() else { return };
    let cloud = Cloud::new(emulator.url()).await.unwrap();
    let wire = Wire::to(emulator.url(), None).await.unwrap();
    let world = World::over(WorldConfig::one(OrderKind::PaidAnHourAgo), &cloud, &wire).await.unwrap();
    let functions = functions(&Template::read().unwrap());
    let function = functions.iter().find(|function| function.name == "order-sync").unwrap();
    let program = binaries.of(&function.name).unwrap();
    let mut running = Running::start(&program, &variables(function, &world, &cloud, &wire)).await.unwrap();

    let order = world.sandbox.kinds().keys().next().unwrap().clone();
    let key = world.key(&order);
    let first = Message::order_change(key.clone(), ChangeSource::Webhook);
    let first = serde_json::to_string(&first).unwrap();
    let done = json!({ "batchItemFailures": [] });
    let event = |body: &str| json!({ "Records": [{ "messageId": "1", "receiptHandle": "1", "body": body }] });
    let trace = |round: usize| format!("Root=1-5759e988-bd862e3fe1be46a994272793;Lineage=1:a87bd80c:{round}");

    let faults = world.sandbox.tiktok.faults();
    faults.set_rates(FaultRates { server_error: 1.0, ..FaultRates::default() });
    let mut body = first.clone();
    for round in 0..ROUNDS {
        wire.keep();
        assert_eq!(running.run(&event(&body), &trace(round)).await.unwrap(), done, "round {round}");
        let sent = sent(&wire.take_calls());
        let [again] = sent.as_slice() else { panic!("round {round}: {sent:?}") };
        assert_eq!(again["QueueUrl"], *cloud.names.queues[&domain::message::Queue::OrderChanges].queue);
        assert_eq!(again["MessageGroupId"], *key.shop.as_str());
        body = again["MessageBody"].as_str().unwrap().to_owned();
        assert_eq!(body, first, "round {round}");
    }
    assert!(world.record(&order).await.unwrap().is_none(), "TikTok has not answered");

    faults.set_rates(FaultRates::default());
    wire.keep();
    assert_eq!(running.run(&event(&body), &trace(ROUNDS)).await.unwrap(), done);
    assert_eq!(world.record(&order).await.unwrap().unwrap().order.id, key.order);
    assert!(!sent(&wire.take_calls()).is_empty(), "the order goes on");
}
