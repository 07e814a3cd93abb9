//! Functions with a wrong configuration: each ends at its start with one line that names the variable, and without a storm of
//! requests.
#![allow(clippy::unwrap_used, clippy::expect_used, reason = "a test stops at what it did not expect")]

use std::collections::BTreeMap;

use axum::Router;
use axum::extract::Request;
use axum::http::StatusCode;
use axum::response::IntoResponse;
use deployed::{Binaries, DeployedFunction, RuntimeApiHost, Start, VariableTarget, functions};
use emulator::{Cloud, Emulator, Kind, Template, Wire};
use serde_json::{Value, json};

const CONTENT_TYPE: &str = "content-type";
/// A value that must not appear in the output.
const HUSH: &str = "hush-hush";

/// The most attempts of a request.
const ATTEMPTS_MAX: usize = 4;

/// Existing resources, and functions to start on them.
struct World {
    binaries: Binaries,
    host: RuntimeApiHost,
    cloud: Cloud,
    tiktok: String,
    easypost: String,
    malformed: String,
    empty: String,
    /// All requests to AWS go through it.
    wire: Wire,
    functions: Vec<DeployedFunction>,
}

impl World {
    /// `None` if these tests are skipped.
    async fn new() -> Option<Self> {
        let binaries = Binaries::find()?;
        let emulator = Emulator::shared(Kind::MiniStack).unwrap()?;
        let cloud = Cloud::new(emulator.url()).await.unwrap();
        let secret = async |value: &str| {
            let name = format!("{}-{}", cloud.names.bucket, value.len());
            let create = cloud.sdk.secrets_manager().create_secret().name(name).secret_string(value);
            create.send().await.unwrap().arn.unwrap()
        };
        let tiktok = json!({ "TIKTOK_APP_KEY": "key", "TIKTOK_APP_SECRET": HUSH, "TIKTOK_SERVICE_ID": "7" })
            .to_string();
        let easypost = json!({ "EASYPOST_API_KEY": HUSH }).to_string();
        let functions = functions(&Template::read().unwrap());
        assert_eq!(functions.len(), manifest::FUNCTIONS.len());
        Some(Self {
            binaries,
            host: RuntimeApiHost::listen().await.unwrap(),
            tiktok: secret(&tiktok).await,
            easypost: secret(&easypost).await,
            malformed: secret(&format!("[\"{HUSH}\"]")).await,
            empty: secret("{}").await,
            wire: Wire::to(emulator.url(), None).await.unwrap(),
            functions,
            cloud,
        })
    }

    /// The function's variables as the template would set them.
    fn right(&self, function: &DeployedFunction) -> BTreeMap<String, String> {
        let names = &self.cloud.names;
        let value = |target: &VariableTarget| match target {
            VariableTarget::Table(table) => names.tables[table.as_str()].clone(),
            VariableTarget::Queue(queue) => names.queues[queue].queue.clone(),
            VariableTarget::DeadLetters(queue) => names.queues[queue].dead_letters.clone().unwrap(),
            VariableTarget::Topic => "arn:aws:sns:us-east-1:000000000000:alarms".to_owned(),
            VariableTarget::Bucket => names.bucket.clone(),
            VariableTarget::TikTokSecret => self.tiktok.clone(),
            VariableTarget::EasyPostSecret => self.easypost.clone(),
            VariableTarget::Address => "http://127.0.0.1:9".to_owned(),
        };
        let mut variables: BTreeMap<_, _> =
            function.variables.iter().map(|(name, target)| (name.clone(), value(target))).collect();
        for (name, value) in [
            ("AWS_REGION", "us-east-1"),
            ("AWS_ACCESS_KEY_ID", "test"),
            ("AWS_SECRET_ACCESS_KEY", HUSH),
            ("AWS_ENDPOINT_URL", self.wire.url()),
        ] {
            variables.insert(name.to_owned(), value.to_owned());
        }
        variables
    }

    async fn start(&self, function: &DeployedFunction, variables: &BTreeMap<String, String>) -> Start {
        self.host.start(&self.binaries.of(&function.name).unwrap(), variables).await.unwrap()
    }

    /// The function ends with one line that names `variable`, after at most one check of each resource.
    async fn check(
        &self,
        function: &DeployedFunction,
        variables: &BTreeMap<String, String>,
        variable: &str,
        what: &str,
    ) {
        let what = format!("{}: {variable}: {what}", function.name);
        let before = self.wire.count();
        let start = self.start(function, variables).await;
        check_one_line(&start, variable, &what);
        let requests = self.wire.count() - before;
        assert!(requests <= requests_at_start(function), "{what}: {requests} requests");
    }
}

/// Whether the function checks it when it starts.
fn is_checked(target: &VariableTarget) -> bool {
    !matches!(target, VariableTarget::Address | VariableTarget::Topic | VariableTarget::DeadLetters(_))
}

/// The number of resources that the function checks.
fn resources(function: &DeployedFunction) -> usize {
    function.variables.iter().filter(|(_, target)| is_checked(target)).count()
}

/// The most requests of a start. A function that verifies signatures also reads the version before of its secrets: while one is
/// rotated, both are good.
fn requests_at_start(function: &DeployedFunction) -> usize {
    let is_secret = |target: &VariableTarget| {
        matches!(target, VariableTarget::TikTokSecret | VariableTarget::EasyPostSecret)
    };
    let secrets = function.variables.iter().filter(|(_, target)| is_secret(target)).count();
    let verifies = function.name == manifest::WEBHOOK_INTAKE.name;
    resources(function) + if verifies { secrets } else { 0 }
}

fn check_one_line(start: &Start, variable: &str, what: &str) {
    let Start::Ended { code, lines, errors } = start else { panic!("{what}: it starts") };
    assert_eq!((*code, errors.as_str()), (Some(1), ""), "{what}: {lines:?}");
    let [line] = lines.as_slice() else { panic!("{what}: {lines:?}") };
    let json: Value = serde_json::from_str(line).unwrap_or_else(|error| panic!("{what}: {error}: {line}"));
    assert_eq!(json["level"], "ERROR", "{what}: {line}");
    let named = json["error"].as_str().is_some_and(|error| error.split(' ').any(|word| word == variable));
    assert!(named, "{what}: {line}");
    assert!(!line.contains(HUSH), "{what}: {line}");
}

/// Without this test the others could pass because nothing ever starts.
#[tokio::test(flavor = "multi_thread")]
async fn functions_start_when_all_is_right() {
    let Some(world) = World::new().await else { return };
    for function in &world.functions {
        let before = world.wire.count();
        let start = world.start(function, &world.right(function)).await;
        assert_eq!(start, Start::Ready, "{}", function.name);
        let requests = world.wire.count() - before;
        assert_eq!(requests, requests_at_start(function), "{}: one check of each", function.name);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_variable_that_is_not_set_is_named() {
    let Some(world) = World::new().await else { return };
    for function in &world.functions {
        for (name, target) in &function.variables {
            let mut variables = world.right(function);
            variables.remove(name);
            // The credentials could stand in the environment themselves, and it is those that are missed.
            let missed = match target {
                VariableTarget::TikTokSecret => "TIKTOK_APP_KEY",
                VariableTarget::EasyPostSecret => "EASYPOST_API_KEY",
                _ => name,
            };
            let optional = match target {
                VariableTarget::Address => true,
                // Without it EasyPost's webhooks are refused, which is said nowhere but in the README.
                VariableTarget::EasyPostSecret => function.name == "webhook-intake",
                _ => false,
            };
            if optional {
                let start = world.start(function, &variables).await;
                assert_eq!(start, Start::Ready, "{}: {name}", function.name);
            } else {
                world.check(function, &variables, missed, "not set").await;
            }
        }
        for name in ["AWS_REGION", "AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY"] {
            let mut variables = world.right(function);
            variables.remove(name);
            world.check(function, &variables, name, "not set").await;
        }
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_variable_that_names_nothing_is_named() {
    let Some(world) = World::new().await else { return };
    for function in &world.functions {
        for (name, target) in &function.variables {
            let mut variables = world.right(function);
            let right = variables[name].clone();
            let wrong = match target {
                VariableTarget::Table(_) | VariableTarget::Queue(_) | VariableTarget::Bucket => {
                    format!("{right}-gone")
                }
                VariableTarget::TikTokSecret | VariableTarget::EasyPostSecret => format!("{right}x"),
                VariableTarget::Address => "nowhere".to_owned(),
                // Wrong ones show when they are used.
                VariableTarget::Topic | VariableTarget::DeadLetters(_) => continue,
            };
            variables.insert(name.clone(), wrong);
            world.check(function, &variables, name, "names nothing").await;
        }
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_secret_that_holds_no_credentials_is_named() {
    let Some(world) = World::new().await else { return };
    let mut checked = 0;
    for function in &world.functions {
        for (name, target) in &function.variables {
            let (VariableTarget::TikTokSecret | VariableTarget::EasyPostSecret) = target else { continue };
            let mut variables = world.right(function);
            variables.insert(name.clone(), world.malformed.clone());
            world.check(function, &variables, name, "no JSON object").await;
            checked += 1;
        }
        if function.variables.iter().any(|(_, target)| *target == VariableTarget::TikTokSecret) {
            let mut variables = world.right(function);
            variables.insert("PUNCTUAL_TIKTOK_SECRET".to_owned(), world.empty.clone());
            world.check(function, &variables, "TIKTOK_APP_KEY", "not in the secret").await;
        }
    }
    assert!(checked > 0);
}

/// Settings with a typo are not used, and stop no function that reads them.
#[tokio::test(flavor = "multi_thread")]
async fn settings_with_a_typo_stop_no_function() {
    const NAME: &str = "PUNCTUAL_SETTINGS_SECRET";
    let Some(world) = World::new().await else { return };
    let template = Template::read().unwrap();
    let secrets = world.cloud.sdk.secrets_manager();
    let typo = json!({ "PUNCTUAL_SETTINGS": format!("{{\"{HUSH}\": 1}}") }).to_string();
    let mut checked = 0;
    for function in &world.functions {
        if template.properties(&function.resource)["Environment"]["Variables"][NAME].is_null() {
            continue;
        }
        let name = format!("{}-{}", world.cloud.names.bucket, function.name);
        let only_typo = secrets.create_secret().name(&name).secret_string(&typo).send().await.unwrap();
        let id = only_typo.arn.unwrap();
        let mut variables = world.right(function);
        variables.insert(NAME.to_owned(), id.clone());
        let start = world.start(function, &variables).await;
        check_one_line(&start, "PUNCTUAL_SETTINGS", &format!("{}: no other version", function.name));

        for text in [json!({ "PUNCTUAL_SETTINGS": "{}" }).to_string(), typo.clone()] {
            secrets.put_secret_value().secret_id(&id).secret_string(text).send().await.unwrap();
        }
        assert_eq!(world.start(function, &variables).await, Start::Ready, "{}", function.name);
        checked += 1;
    }
    let reads_settings =
        manifest::FUNCTIONS.iter().filter(|function| function.secrets().contains(&&config::SETTINGS_SECRET));
    assert_eq!(checked, reads_settings.count());
}

/// A service denies everything, as AWS does for a role without permissions.
#[tokio::test(flavor = "multi_thread")]
async fn a_resource_that_may_not_be_used_is_named() {
    let Some(world) = World::new().await else { return };
    let listener = tokio::net::TcpListener::bind(("127.0.0.1", 0)).await.unwrap();
    let url = format!("http://{}", listener.local_addr().unwrap());
    tokio::spawn(async move { axum::serve(listener, Router::new().fallback(refuse)).await });
    let refused = Wire::to(&url, None).await.unwrap();
    for (service, is_of) in [
        (
            "SECRETS_MANAGER",
            (|target| matches!(target, VariableTarget::TikTokSecret | VariableTarget::EasyPostSecret))
                as fn(&VariableTarget) -> bool,
        ),
        ("DYNAMODB", |target| matches!(target, VariableTarget::Table(_))),
        ("SQS", |target| matches!(target, VariableTarget::Queue(_))),
        ("S3", |target| matches!(target, VariableTarget::Bucket)),
    ] {
        let mut checked = 0;
        for function in &world.functions {
            let names: Vec<&str> = function
                .variables
                .iter()
                .filter(|(_, target)| is_of(target))
                .map(|(name, _)| name.as_str())
                .collect();
            if names.is_empty() {
                continue;
            }
            let mut variables = world.right(function);
            variables.insert(format!("AWS_ENDPOINT_URL_{service}"), refused.url().to_owned());
            let before = refused.count();
            let start = world.start(function, &variables).await;
            let what = format!("{}: {service} refuses", function.name);
            // Each is refused; the first that is found is named.
            let named = match &start {
                Start::Ended { lines, .. } => names.iter().find(|name| lines.concat().contains(*name)),
                Start::Ready => None,
            };
            check_one_line(&start, named.copied().unwrap_or(names[0]), &what);
            let requests = refused.count() - before;
            assert!(requests <= names.len(), "{what}: {requests} requests");
            checked += 1;
        }
        assert!(checked > 0, "{service}");
    }
}

/// AWS fails for now. Without its credentials a function can't start; without its tables it can.
#[tokio::test(flavor = "multi_thread")]
async fn a_failing_aws_is_not_called_for_long() {
    let Some(world) = World::new().await else { return };
    let failing = Wire::to(world.wire.url(), None).await.unwrap();
    failing.random(1, 1.0);
    for function in &world.functions {
        let secret = |(name, target): &(String, VariableTarget)| {
            matches!(target, VariableTarget::TikTokSecret | VariableTarget::EasyPostSecret)
                .then(|| name.clone())
        };
        let secrets: Vec<String> = function.variables.iter().filter_map(secret).collect();
        let most = ATTEMPTS_MAX * resources(function);
        let mut variables = world.right(function);
        variables.insert("AWS_ENDPOINT_URL_DYNAMODB".to_owned(), failing.url().to_owned());
        let before = failing.count();
        assert_eq!(world.start(function, &variables).await, Start::Ready, "{}", function.name);
        let requests = failing.count() - before;
        assert!((1..=most).contains(&requests), "{}: {requests} requests", function.name);

        variables.insert("AWS_ENDPOINT_URL".to_owned(), failing.url().to_owned());
        let before = failing.count();
        let start = world.start(function, &variables).await;
        let requests = failing.count() - before;
        assert!((1..=most).contains(&requests), "{}: {requests} requests", function.name);
        match (&start, secrets.as_slice()) {
            (_, []) => assert_eq!(start, Start::Ready, "{}", function.name),
            (Start::Ended { lines, .. }, _) => {
                let named = secrets.iter().find(|name| lines.concat().contains(*name));
                check_one_line(&start, named.unwrap_or(&secrets[0]), &function.name);
            }
            (Start::Ready, _) => panic!("{} starts without credentials", function.name),
        }
    }
}

async fn refuse(request: Request) -> impl IntoResponse {
    const WHY: &str =
        "User: arn:aws:sts::123456789012:assumed-role/role/function is not authorized to perform this";
    if request.headers().contains_key("x-amz-target") {
        let body = json!({ "__type": "com.amazon.coral.service#AccessDeniedException", "Message": WHY });
        // SQS adds the name that its older protocol has for it.
        let older = ("x-amzn-query-error", "AccessDenied;Sender");
        (StatusCode::BAD_REQUEST, [(CONTENT_TYPE, "application/x-amz-json-1.0"), older], body.to_string())
    } else {
        let body = format!("<Error><Code>AccessDenied</Code><Message>{WHY}</Message></Error>");
        let id = ("x-amz-request-id", "1");
        (StatusCode::FORBIDDEN, [(CONTENT_TYPE, "application/xml"), id], body)
    }
}
