//! What goes to SQS with a message.

use std::process::Command;
use std::time::Duration;

use crate::support::{Seen, Service, sdk};
use backend::Queues as _;
use backend_aws::{QueueUrls, SqsQueues};
use domain::message::{ChangeSource, Message, Queue};
use domain::{OrderId, OrderKey, ShopId};
use serde_json::Value;

/// The answer to one message and to many.
const TAKEN: &str = r#"{"MessageId": "1", "Successful": [], "Failed": []}"#;
/// What Lambda tells a function of the run that it is in, for the fifteenth run of one chain.
const TRACE: &str = "Root=1-5759e988-bd862e3fe1be46a994272793;Lineage=1:a87bd80c:15";

fn change(shop: &str, order: &str) -> Message {
    let key = OrderKey::new(ShopId::new(shop), OrderId::new(order));
    Message::order_change(key, ChangeSource::Webhook)
}

/// The request that these messages are sent with.
async fn sent(messages: &[Message]) -> Seen {
    let service = Service::start(200, TAKEN).await;
    let urls = QueueUrls { queue: format!("{}/order-changes", service.url), dead_letters: None };
    // The endpoint of a queue is the variable's, not its URL's.
    let queues =
        SqsQueues::new(sdk("AWS_ENDPOINT_URL_SQS", &service.url).sqs(), [(Queue::OrderChanges, urls)]);
    match messages {
        [message] => queues.send(message, Duration::ZERO).await.unwrap(),
        messages => queues.send_all(messages).await.unwrap(),
    }
    service.request()
}

/// SQS hands out the messages of other groups first when those of one pile up.
#[tokio::test]
async fn a_message_is_of_the_group_of_its_shop() {
    let one: Value = serde_json::from_str(&sent(&[change("7495", "1")]).await.body).unwrap();
    assert_eq!(one["MessageGroupId"], "7495", "{one}");

    let many = sent(&[change("7495", "1"), change("7496", "2")]).await;
    let many: Value = serde_json::from_str(&many.body).unwrap();
    let groups: Vec<_> = many["Entries"].as_array().unwrap().iter().map(|e| &e["MessageGroupId"]).collect();
    assert_eq!(groups, ["7495", "7496"], "{many}");

    // "alphanumeric characters and punctuation", 128 of them: another id would have the message refused.
    for shop in ["a shop", "店", &"7".repeat(129)] {
        let one: Value = serde_json::from_str(&sent(&[change(shop, "1")]).await.body).unwrap();
        assert_eq!(one["MessageGroupId"], Value::Null, "{one}");
    }
}

/// Lambda counts runs by this header, and would stop a message that often comes back to its queue. The SDK reads it from
/// the environment, so that the messages are sent by a process that has one like a function's.
#[tokio::test]
async fn a_message_does_not_tell_which_run_of_lambda_sent_it() {
    if std::env::var_os("_X_AMZN_TRACE_ID").is_none() {
        let name = "queues::a_message_does_not_tell_which_run_of_lambda_sent_it";
        let inner = Command::new(std::env::current_exe().unwrap())
            .args(["--exact", name, "--nocapture"])
            .env("AWS_LAMBDA_FUNCTION_NAME", "order-sync")
            .env("_X_AMZN_TRACE_ID", TRACE)
            .output()
            .unwrap();
        let output = String::from_utf8_lossy(&inner.stdout);
        assert!(inner.status.success() && output.contains("1 passed"), "{output}");
        return;
    }
    for messages in [vec![change("7495", "1")], vec![change("7495", "1"), change("7495", "2")]] {
        let request = sent(&messages).await;
        assert_eq!(request.header("x-amzn-trace-id"), "", "{:?}", request.headers);
    }
}
