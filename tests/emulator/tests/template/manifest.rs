//! The template is compared with the manifest of the functions, the queues and the list of variables. Whatever is missing or
//! differs is named, all of it at once.

use std::collections::BTreeSet;

use ::manifest::{BATCH_SIZE, FUNCTIONS, Function, HostShare, MEMORY_MB, Trigger, function_of, variables};
use backend::queues::RECEIVES_MAX;
use config::{LOG, ReadOn};
use domain::message::Queue;
use emulator::Template;
use serde_json::Value;

use crate::{target, template, texts};

/// What a comparison has found to be wrong.
struct Differences<'a> {
    template: &'a Template,
    found: Vec<String>,
}

impl Differences<'_> {
    fn expect(&mut self, what: &str, value: &Value, expected: impl Into<Value>) {
        let expected = expected.into();
        if *value != expected {
            self.found.push(format!("{what} is {value}, not {expected}"));
        }
    }

    fn expect_set(
        &mut self,
        what: &str,
        found: impl IntoIterator<Item = String>,
        expected: &BTreeSet<String>,
    ) {
        let found: BTreeSet<String> = found.into_iter().collect();
        let missing = expected.difference(&found).map(|name| format!("{what} lack {name}"));
        let unknown =
            found.difference(expected).map(|name| format!("{what} have {name}, which the manifest has not"));
        self.found.extend(missing.chain(unknown));
    }

    fn expect_resource(&mut self, name: &str) -> bool {
        let is_there = !self.template.properties(name).is_null();
        if !is_there {
            self.found.push(format!("{name} is missing"));
        }
        is_there
    }
}

fn differences(template: &Template, functions: &[&Function]) -> Vec<String> {
    let mut differences = Differences { template, found: Vec::new() };
    compare_globals(&mut differences);
    for function in functions {
        compare_function(&mut differences, function);
        compare_function_alarms(&mut differences, function);
    }
    compare_triggers(&mut differences, functions);
    for &queue in Queue::ALL {
        compare_queue(&mut differences, queue);
    }
    differences.found
}

fn compare_globals(differences: &mut Differences<'_>) {
    let globals = &differences.template.root()["Globals"]["Function"];
    differences.expect("MemorySize", &globals["MemorySize"], MEMORY_MB);
    differences.expect(
        "the log level of all functions",
        &globals["Environment"]["Variables"][&*LOG.name],
        "LogLevel",
    );
}

fn compare_function(differences: &mut Differences<'_>, function: &Function) {
    let (name, logical) = (function.name, function.logical_name());
    let resource = format!("{logical}Function");
    if !differences.expect_resource(&resource) {
        return;
    }
    let template = differences.template;
    let properties = template.properties(&resource);
    let binary = &template.root()["Resources"][&resource]["Metadata"]["BuildProperties"]["Binary"];
    differences.expect(&format!("Binary of {resource}"), binary, name);
    for (key, expected) in [
        ("CodeUri", Value::from(format!("../functions/{name}"))),
        ("Timeout", function.timeout_seconds.into()),
        ("Role", format!("{logical}Role.Arn").into()),
    ] {
        differences.expect(&format!("{key} of {resource}"), &properties[key], expected);
    }
    let log = &properties["LoggingConfig"]["LogGroup"];
    differences.expect(&format!("LogGroup of {resource}"), log, format!("{logical}LogGroup"));
    for own in [format!("{logical}Role"), format!("{logical}LogGroup")] {
        differences.expect_resource(&own);
    }

    // What stands in a secret may, besides, be set as a variable.
    let variables = function.variables();
    let (kept, plain): (Vec<_>, Vec<_>) = variables.iter().partition(|variable| variable.secret.is_some());
    let secrets = function.secrets().into_iter().map(|secret| secret.name.to_string());
    let expected: BTreeSet<String> =
        plain.iter().map(|variable| variable.name.to_string()).chain(secrets).collect();
    let set = properties["Environment"]["Variables"].as_object().into_iter().flatten();
    let set =
        set.map(|(name, _)| name.clone()).filter(|name| !kept.iter().any(|variable| variable.name == **name));
    differences.expect_set(&format!("the variables of {resource}"), set, &expected);
    let set = &properties["Environment"]["Variables"];
    for queue in function.queues() {
        let variable = config::queue_url(queue).name;
        differences.expect(&format!("{variable} of {resource}"), &set[&*variable], format!("{queue:?}Queue"));
    }
    for queue in function.inspects_dead_letters_of {
        let variable = config::dead_letters_url(*queue).name;
        let letters = format!("{queue:?}DeadLetters");
        differences.expect(&format!("{variable} of {resource}"), &set[&*variable], letters);
    }
}

/// What starts which function. Both ways: a trigger that the manifest does not know is a difference too.
fn compare_triggers(differences: &mut Differences<'_>, functions: &[&Function]) {
    let template = differences.template;
    let expected = |is: fn(Trigger) -> bool| -> BTreeSet<String> {
        let functions = functions.iter().filter(|function| is(function.trigger));
        functions.map(|function| format!("{}Function", function.logical_name())).collect()
    };
    let targets = |of: &str, key: fn(&Value) -> &Value| -> Vec<String> {
        let resources = template.of_type(of).into_iter();
        resources.filter_map(|(_, properties)| Some(target(key(properties).as_str()?).to_owned())).collect()
    };

    let timed = targets("AWS::Scheduler::Schedule", |timer| &timer["Target"]["Arn"]);
    differences.expect_set(
        "the timers",
        timed,
        &expected(|trigger| matches!(trigger, Trigger::Timer { .. })),
    );
    let subscribed = targets("AWS::SNS::Subscription", |subscription| &subscription["Endpoint"]);
    let subscribed = subscribed.into_iter().filter(|endpoint| endpoint.ends_with("Function"));
    differences.expect_set("the subscriptions", subscribed, &expected(|trigger| trigger == Trigger::Topic));
    let routed = targets("AWS::ApiGatewayV2::Integration", |integration| &integration["IntegrationUri"]);
    let is_http = |trigger| matches!(trigger, Trigger::Http | Trigger::HttpOrInvoked);
    differences.expect_set("the integrations of the API", routed, &expected(is_http));
    let all = template.of_type("AWS::Serverless::Function").into_iter().map(|(name, _)| name.to_owned());
    differences.expect_set("the functions", all, &expected(|_| true));

    let may_start = &template.properties("TimersRole")["Policies"][0]["PolicyDocument"]["Statement"][0];
    let may_start: Vec<String> =
        texts(&may_start["Resource"]).into_iter().map(|arn| target(arn).to_owned()).collect();
    let timed = expected(|trigger| matches!(trigger, Trigger::Timer { .. }));
    differences.expect_set("the functions that TimersRole may start", may_start, &timed);

    for function in functions {
        let logical = function.logical_name();
        let events = &template.properties(&format!("{logical}Function"))["Events"];
        let fed_by = events.as_object().into_iter().flatten().map(|(_, event)| {
            let properties = &event["Properties"];
            let what = format!("the queue of {logical}Function");
            (what, properties.clone(), target(properties["Queue"].as_str().unwrap_or_default()).to_owned())
        });
        let fed_by: Vec<_> = fed_by.collect();
        let expected = function.queue().map(|queue| format!("{queue:?}Queue")).into_iter().collect();
        let queues = fed_by.iter().map(|(.., queue)| queue.clone());
        differences.expect_set(&format!("the queues that feed {logical}Function"), queues, &expected);
        for (what, properties, _) in fed_by {
            differences.expect(&format!("BatchSize of {what}"), &properties["BatchSize"], BATCH_SIZE);
            let report = serde_json::json!(["ReportBatchItemFailures"]);
            differences.expect(
                &format!("FunctionResponseTypes of {what}"),
                &properties["FunctionResponseTypes"],
                report,
            );
        }
        if let Trigger::Timer { every_minutes } = function.trigger {
            let unit = if every_minutes == 1 { "minute" } else { "minutes" };
            let rate = &template.properties(&format!("{logical}Timer"))["ScheduleExpression"];
            differences.expect(
                &format!("the rate of {logical}Timer"),
                rate,
                format!("rate({every_minutes} {unit})"),
            );
        }
    }
}

fn compare_function_alarms(differences: &mut Differences<'_>, function: &Function) {
    let logical = function.logical_name();
    let mut alarms = vec!["Fails", "Throttled", "Slow"];
    if matches!(function.trigger, Trigger::Timer { .. }) {
        alarms.push("Silent");
    }
    let sends_to_itself = function.queue().is_some_and(|queue| function.sends_to.contains(&queue));
    if sends_to_itself {
        alarms.push("LoopCut");
    }
    for alarm in alarms {
        let name = format!("{logical}{alarm}Alarm");
        if differences.expect_resource(&name) {
            let watched = &differences.template.properties(&name)["Dimensions"][0]["Value"];
            differences.expect(&format!("the function of {name}"), watched, format!("{logical}Function"));
        }
    }
    let slow = &differences.template.properties(&format!("{logical}SlowAlarm"))["Threshold"];
    let most_of_the_timeout_ms = function.timeout_seconds * 800;
    differences.expect(
        &format!("Threshold of {logical}SlowAlarm (80 % of the timeout)"),
        slow,
        most_of_the_timeout_ms,
    );

    let logs: Vec<&Value> = differences
        .template
        .filters_of("SecretMisfitAlarm")
        .iter()
        .map(|(_, filter)| &filter["LogGroupName"])
        .collect();
    let is_watched = logs.iter().any(|log| **log == format!("{logical}LogGroup"));
    if is_watched == function.secrets().is_empty() {
        let found =
            format!("SecretMisfitAlarm watches {logical}: {is_watched}; it reads secrets: {}", !is_watched);
        differences.found.push(found);
    }
}

fn compare_queue(differences: &mut Differences<'_>, queue: Queue) {
    let (name, letters) = (format!("{queue:?}Queue"), format!("{queue:?}DeadLetters"));
    for resource in [&name, &letters, &format!("{queue:?}DeadAlarm"), &format!("{queue:?}LateAlarm")] {
        differences.expect_resource(resource);
    }
    let template = differences.template;
    let properties = template.properties(&name);
    let stack = "${AWS::StackName}";
    differences.expect(
        &format!("QueueName of {name}"),
        &properties["QueueName"],
        format!("{stack}-{}", queue.name()),
    );
    let redrive = &properties["RedrivePolicy"];
    differences.expect(
        &format!("dead letters of {name}"),
        &redrive["deadLetterTargetArn"],
        format!("{letters}.Arn"),
    );
    differences.expect(&format!("maxReceiveCount of {name}"), &redrive["maxReceiveCount"], RECEIVES_MAX);
    match (function_of(queue), properties["VisibilityTimeout"].as_u64()) {
        // AWS asks for six times the timeout: "to allow your function time to process a batch of records and retry".
        (Some(function), Some(hidden)) if hidden > 6 * function.timeout_seconds => {}
        (function, hidden) => {
            let timeout = function.map(|function| function.timeout_seconds);
            differences
                .found
                .push(format!("VisibilityTimeout of {name} is {hidden:?} for a timeout of {timeout:?}"));
        }
    }
    let outputs = &template.root()["Outputs"];
    for (resource, output) in [(&name, format!("{name}Url")), (&letters, format!("{letters}Url"))] {
        differences.expect(&format!("output {output}"), &outputs[&output]["Value"], resource.as_str());
    }
}

#[test]
fn the_template_is_what_the_manifest_says() {
    let found = differences(&template(), &FUNCTIONS);
    assert!(found.is_empty(), "{}", found.join("\n"));
}

/// Without this, a comparison that finds nothing could pass for one that has compared nothing.
#[test]
fn a_function_that_the_template_lacks_is_named_with_all_that_it_needs() {
    static RETURN_WATCH: Function = Function {
        name: "return-watch",
        trigger: Trigger::Timer { every_minutes: 5 },
        timeout_seconds: 60,
        sends_to: &[Queue::OrderChanges],
        inspects_dead_letters_of: &[],
        reads: &[&[&config::ORDERS_TABLE, &config::SETTINGS]],
        sample_event: "return-watch.json",
    };
    let functions: Vec<&Function> = FUNCTIONS.into_iter().chain([&RETURN_WATCH]).collect();
    let found = differences(&template(), &functions).join("\n");
    for expected in [
        "ReturnWatchFunction is missing",
        "ReturnWatchFailsAlarm is missing",
        "ReturnWatchThrottledAlarm is missing",
        "ReturnWatchSlowAlarm is missing",
        "ReturnWatchSilentAlarm is missing",
        "the timers lack ReturnWatchFunction",
        "the functions that TimersRole may start lack ReturnWatchFunction",
        "SecretMisfitAlarm watches ReturnWatch: false",
    ] {
        assert!(found.contains(expected), "{expected}\n{found}");
    }
}

#[test]
fn a_function_that_is_set_up_otherwise_is_named_with_what_differs() {
    static ALTERED: Function = Function {
        name: "rate-shop",
        trigger: Trigger::Queue { queue: Queue::ParcelChecks, on_host: HostShare::Few },
        timeout_seconds: 91,
        sends_to: &[],
        inspects_dead_letters_of: &[],
        reads: &[&[&config::ORDERS_TABLE]],
        sample_event: "rate-shop.json",
    };
    let altered =
        |function: &'static Function| if function.name == ALTERED.name { &ALTERED } else { function };
    let functions: Vec<&Function> = FUNCTIONS.into_iter().map(altered).collect();
    let found = differences(&template(), &functions).join("\n");
    for expected in [
        "Timeout of RateShopFunction is 90, not 91",
        "Threshold of RateShopSlowAlarm",
        "the variables of RateShopFunction have PUNCTUAL_SHOPS_TABLE",
        "the variables of RateShopFunction lack PUNCTUAL_PARCEL_CHECKS_QUEUE",
        "the queues that feed RateShopFunction lack ParcelChecksQueue",
    ] {
        assert!(found.contains(expected), "{expected}\n{found}");
    }
}

/// Whatever can be configured can be configured on AWS: by a parameter, by another resource, or as a field of a secret whose
/// parameter names it.
#[test]
fn every_variable_that_functions_read_can_be_set_on_aws() {
    let template = template();
    let parameters = &template.root()["Parameters"];
    let functions = template.of_type("AWS::Serverless::Function").into_iter();
    let values: Vec<(String, Value)> = functions
        .flat_map(|(_, function)| {
            function["Environment"]["Variables"].as_object().cloned().unwrap_or_default()
        })
        .collect();
    let sources = |name: &str| -> Vec<String> {
        let of_name = values.iter().filter(|(set, _)| set == name);
        of_name.flat_map(|(_, value)| texts(value)).map(|text| target(text).to_owned()).collect()
    };
    for variable in variables().filter(|variable| variable.read_on != ReadOn::OneMachine && *variable != &LOG)
    {
        let name = &*variable.name;
        let Some(secret) = variable.secret else {
            let is_set =
                |source: &String| !parameters[source].is_null() || !template.properties(source).is_null();
            assert!(sources(name).iter().any(is_set), "{name} can't be set");
            continue;
        };
        let parameter = sources(&secret.name).into_iter().find(|source| source.ends_with("SecretArn"));
        let parameter = parameter.unwrap_or_else(|| panic!("{} is set by no parameter", secret.name));
        let described = parameters[&parameter]["Description"].as_str().unwrap();
        assert!(described.contains(name), "{parameter} does not name {name}: {described}");
    }
}
