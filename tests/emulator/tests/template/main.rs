//! What must hold of the template, whoever edits it.
#![allow(clippy::unwrap_used, clippy::expect_used, reason = "a test stops at what it did not expect")]

mod manifest;

use std::collections::BTreeSet;

use ::manifest::{DEADLINE_ALARM, FUNCTIONS, Trigger};
use domain::message::Queue;
use emulator::Template;
use serde_json::Value;

fn template() -> Template {
    Template::read().unwrap()
}

fn list(value: &Value) -> Vec<&Value> {
    match value {
        Value::Array(values) => values.iter().collect(),
        Value::Null => Vec::new(),
        one => vec![one],
    }
}

fn texts(value: &Value) -> Vec<&str> {
    list(value).into_iter().filter_map(Value::as_str).collect()
}

/// The logical id in a reference such as `OrdersTable.Arn`.
fn target(reference: &str) -> &str {
    reference.split('.').next().unwrap_or(reference)
}

#[test]
fn every_queue_is_encrypted_and_has_dead_letters_of_its_own() {
    let template = template();
    let queues = template.of_type("AWS::SQS::Queue");
    let mut dead_letters = BTreeSet::new();
    for (name, queue) in &queues {
        assert_eq!(queue["SqsManagedSseEnabled"], true, "{name}");
        let Some(letters) = queue["RedrivePolicy"]["deadLetterTargetArn"].as_str() else { continue };
        assert!(dead_letters.insert(target(letters)), "{letters} serves two queues");
    }
    assert_eq!((queues.len(), dead_letters.len()), (2 * Queue::ALL.len(), Queue::ALL.len()));
}

#[test]
fn no_role_has_a_wildcard() {
    let template = template();
    let roles = template.of_type("AWS::IAM::Role");
    assert_eq!(roles.len(), FUNCTIONS.len() + 1, "one for each function, one for the timers");
    let mut all_but = Vec::new();
    for (name, role) in roles {
        assert!(role["ManagedPolicyArns"].is_null(), "{name}");
        for policy in list(&role["Policies"]) {
            let statements = statements(&policy["PolicyDocument"]["Statement"]);
            assert!(!statements.is_empty(), "{name}");
            for statement in statements {
                assert!(statement["NotAction"].is_null(), "{name}");
                if !statement["NotResource"].is_null() {
                    all_but.push((name, texts(&statement["Action"]), texts(&statement["NotResource"])));
                }
                for text in texts(&statement["Action"]).into_iter().chain(texts(&statement["Resource"])) {
                    // Objects of one bucket, and log streams of one group, have no names yet.
                    let objects = text.ends_with("/*") && text.starts_with("${LabelsBucket.Arn}");
                    let streams = text.ends_with("LogGroup.Arn}:*") || text.ends_with("LogGroup.Arn");
                    assert!(!text.contains('*') || objects || streams, "{name}: {text}");
                }
            }
        }
    }
    // Text messages go to numbers, which have no ARN to name: the one thing that is published to and is no topic.
    let topics = vec!["arn:${AWS::Partition}:sns:*:*:*"];
    assert_eq!(all_but, [("DeadlineAlarmRole", vec!["sns:Publish"], topics)]);
}

/// The statements of a policy, including conditional ones.
fn statements(value: &Value) -> Vec<&Value> {
    match value {
        Value::Array(values) => values.iter().flat_map(statements).collect(),
        Value::Object(_) => vec![value],
        _ => Vec::new(),
    }
}

/// Two runs at once would get in each other's way.
#[test]
fn a_run_of_deadline_alarm_ends_before_the_next_one_begins() {
    let Trigger::Timer { every_minutes } = DEADLINE_ALARM.trigger else { panic!("it has no timer") };
    assert!(DEADLINE_ALARM.timeout_seconds < every_minutes * 60);
}

/// The function that makes calls receives calls and nothing else.
#[test]
fn only_calls_reach_the_function_that_makes_them() {
    let template = template();
    let subscription = template.properties("AlarmCallSubscription");
    assert_eq!(subscription["TopicArn"], "SellerAlarmsTopic");
    assert_eq!(target(subscription["Endpoint"].as_str().unwrap()), "AlarmCallFunction");
    assert_eq!(subscription["FilterPolicyScope"], "MessageAttributes");
    let channel = domain::recipient::Channel::Call.name();
    assert_eq!(subscription["FilterPolicy"], serde_json::json!({ "channel": [channel] }));
    let permission = template.properties("AlarmCallPermission");
    assert_eq!(
        (&permission["SourceArn"], &permission["FunctionName"]),
        (&"SellerAlarmsTopic".into(), &"AlarmCallFunction".into())
    );
}

/// The operator's alarm counts the log lines that the functions write for it, and lasts longer than the pause between two of them.
#[test]
fn log_lines_about_undelivered_notifications_alarm_the_operator() {
    let template = template();
    let alarm = template.properties("AlarmsUndeliveredAlarm");
    let filters = template.filters_of("AlarmsUndeliveredAlarm");
    assert_eq!(filters.len(), 2);
    for (name, filter) in &filters {
        assert_eq!(filter["FilterPattern"], "{ $.undelivered IS TRUE }", "{name}");
    }
    let seconds = |name: &str| alarm[name].as_u64().unwrap();
    let lasts = seconds("Period") * seconds("EvaluationPeriods");
    assert_eq!(alarm["DatapointsToAlarm"], 1);
    assert!(lasts > domain::alarm::RECHECK_EVERY.as_secs().unsigned_abs(), "{lasts} s");
    for file in
        ["deadline-alarm/src/delivery_watch.rs", "deadline-alarm/src/send.rs", "alarm-call/src/lib.rs"]
    {
        let source =
            std::fs::read_to_string(format!("{}/../../functions/{file}", env!("CARGO_MANIFEST_DIR")));
        assert!(source.unwrap().contains("undelivered = true"), "{file}");
    }
}

#[test]
fn every_function_has_its_own_role_and_log_group_and_is_built_by_cargo_lambda() {
    let template = template();
    let functions = template.of_type("AWS::Serverless::Function");
    let distinct = |value: fn(&Value) -> &Value| -> usize {
        let values: BTreeSet<&str> =
            functions.iter().filter_map(|(_, function)| value(function).as_str()).collect();
        values.len()
    };
    assert_eq!(distinct(|function| &function["Role"]), FUNCTIONS.len());
    assert_eq!(distinct(|function| &function["LoggingConfig"]["LogGroup"]), FUNCTIONS.len());
    for (name, _) in &functions {
        let metadata = &template.root()["Resources"][name]["Metadata"];
        assert_eq!(metadata["BuildMethod"], "rust-cargolambda", "{name}");
    }
}

#[test]
fn stored_data_is_encrypted_and_can_be_restored() {
    let template = template();
    let tables = template.of_type("AWS::DynamoDB::Table");
    let named = config::VARIABLES.iter().filter(|variable| variable.name.ends_with("_TABLE"));
    assert_eq!(tables.len(), named.count());
    for (name, table) in tables {
        assert_eq!(table["SSESpecification"]["SSEEnabled"], true, "{name}");
        assert_eq!(table["BillingMode"], "PAY_PER_REQUEST", "{name}");
        // Its entries save work, or say that a link was used, and are deleted after a week at most.
        if name != "ProcessedEventsTable" {
            let recovery = &table["PointInTimeRecoverySpecification"]["PointInTimeRecoveryEnabled"];
            assert_eq!(*recovery, true, "{name}");
            assert_eq!(template.root()["Resources"][name]["DeletionPolicy"], "Retain", "{name}");
        }
    }
    let bucket = template.properties("LabelsBucket");
    let block = bucket["PublicAccessBlockConfiguration"].as_object().unwrap();
    assert_eq!(block.len(), 4);
    assert!(block.values().all(|value| *value == true));
    assert!(!bucket["BucketEncryption"].is_null());
}

/// Lambda takes about 16 returns of a message to its own queue for an endless loop, and drops the message.
#[test]
fn functions_may_return_messages_to_their_own_queue_and_a_dropped_one_raises_an_alarm() {
    let template = template();
    let mut checked = 0;
    for (name, function) in template.of_type("AWS::Serverless::Function") {
        let events = function["Events"].as_object().into_iter().flatten();
        let fed_by: Vec<&str> =
            events.filter_map(|(_, source)| source["Properties"]["Queue"].as_str()).map(target).collect();
        let sends_to = function["Environment"]["Variables"].as_object().unwrap().values();
        let is_loop = sends_to.filter_map(Value::as_str).any(|queue| fed_by.contains(&queue));
        assert_eq!(function["RecursiveLoop"] == "Allow", is_loop, "{name}");
        if is_loop {
            checked += 1;
            let alarm = template.properties(&format!("{}LoopCutAlarm", name.trim_end_matches("Function")));
            assert_eq!(alarm["MetricName"], "RecursiveInvocationsDropped", "{name}");
            assert_eq!(alarm["Dimensions"][0]["Value"], name, "{name}");
        }
    }
    let serve_queues = FUNCTIONS.iter().filter(|function| function.queue().is_some());
    assert_eq!(checked, serve_queues.count());
}

/// A flood of public requests can't starve the other functions, and does not use up the rate of sellers' browsers.
#[test]
fn public_functions_have_a_reserved_share() {
    let template = template();
    let mut reserved = Vec::new();
    for (name, function) in template.of_type("AWS::Serverless::Function") {
        if let Some(share) = function["ReservedConcurrentExecutions"][1].as_u64() {
            reserved.push((name, share));
        }
    }
    let expected =
        [("DeadlineAlarmFunction", 1), ("ShopAuthorizationFunction", 2), ("WebhookIntakeFunction", 20)];
    reserved.sort_unstable();
    assert_eq!(reserved, expected);
    // "minus 100 for functions that don't have reserved concurrency"
    let needed = 100 + reserved.iter().map(|(_, share)| share).sum::<u64>();
    let told = template.root()["Parameters"]["ReservedConcurrency"]["Description"].as_str().unwrap();
    assert!(told.contains(&needed.to_string()), "{told}");

    let stage = template.properties("HttpStage");
    let mut limited = 0;
    for (name, route) in template.of_type("AWS::ApiGatewayV2::Route") {
        let key = route["RouteKey"].as_str().unwrap();
        if key.contains("/oauth/") {
            assert_eq!(stage["RouteSettings"][key]["ThrottlingRateLimit"], 1, "{name}");
            let before = texts(&template.root()["Resources"]["HttpStage"]["DependsOn"]);
            assert!(before.contains(&name), "{name} is there before its settings");
            limited += 1;
        }
    }
    assert_eq!(limited, stage["RouteSettings"].as_object().unwrap().len());
}

#[test]
fn alarms_of_the_stack_notify_somebody() {
    let template = template();
    let assertion = template.root()["Rules"]["SomebodyIsNotified"]["Assertions"][0].to_string();
    assert!(assertion.contains("AlarmEmail") && assertion.contains("AlarmPhone"), "{assertion}");
}

#[test]
fn no_queue_is_used_over_plain_http() {
    let template = template();
    let policy = template.properties("QueuesPolicy");
    let all: BTreeSet<&str> = template.of_type("AWS::SQS::Queue").into_iter().map(|(name, _)| name).collect();
    assert_eq!(texts(&policy["Queues"]).into_iter().collect::<BTreeSet<_>>(), all);
    let statement = &policy["PolicyDocument"]["Statement"][0];
    assert_eq!((&statement["Effect"], &statement["Action"]), (&"Deny".into(), &"sqs:*".into()));
    assert_eq!(statement["Condition"]["Bool"]["aws:SecureTransport"], "false");
}

/// Secrets and personal data are sent to these addresses.
#[test]
fn outside_services_are_reached_by_https_or_on_this_machine() {
    let template = template();
    let parameters = template.root()["Parameters"].as_object().unwrap().iter();
    // An emulator of AWS may have any address.
    let of_services: Vec<_> =
        parameters.filter(|(name, _)| name.ends_with("Url") && *name != "AwsEndpointUrl").collect();
    assert!(of_services.len() >= 4, "{of_services:?}");
    for (name, parameter) in of_services {
        assert!(parameter["Default"].as_str().unwrap().starts_with("https://"), "{name}");
        let pattern = parameter["AllowedPattern"].as_str().unwrap();
        assert_eq!(pattern, r"^(https://|http://(127\.0\.0\.1|localhost)[:/])\S+$", "{name}");
    }
}
