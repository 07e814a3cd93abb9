//! Settings that change in an emulator's Secrets Manager while functions run and start.

use std::process::Command;
use std::sync::Arc;
use std::time::Instant;

use backend_aws::Sdk;
use domain::settings::AllSettings;
use emulator::{Emulator, Kind, Template};
use serde_json::{Value, json};

use super::{LiveFunction, SECRETS_TTL};
use crate::logging;
use crate::setup::{Setup, StartError};

/// Names the secret to the process in which the functions run.
const SECRET: &str = "PUNCTUAL_SETTINGS_SECRET";
/// A value that must not appear in the output.
const HUSH: &str = "hush-hush";
/// How often that process logs that the secret can't be used: at the lines marked below.
const REJECTIONS: usize = 4;

type Running = LiveFunction<Arc<AllSettings>>;

#[tokio::test]
async fn a_typo_in_the_settings_stops_nothing_and_is_logged() {
    if let Some(secret) = config::environment(SECRET) {
        return functions_live_through_typos(&secret).await;
    }
    let Some(emulator) = Emulator::shared(Kind::MiniStack).unwrap() else { return };
    let sdk = emulator::sdk(emulator.url()).unwrap();
    let create = sdk.secrets_manager().create_secret().name(format!("settings-{}", std::process::id()));
    let secret = create.secret_string(settings_of("ann", "+14155550100")).send().await.unwrap().arn.unwrap();

    // The environment names the secrets, so the functions need a process of their own.
    let inner = Command::new(std::env::current_exe().unwrap())
        .args(["--exact", "live::tests::a_typo_in_the_settings_stops_nothing_and_is_logged", "--nocapture"])
        .envs([(SECRET, secret.as_str()), ("AWS_ENDPOINT_URL", emulator.url()), ("AWS_REGION", "us-east-1")])
        .envs([("AWS_ACCESS_KEY_ID", "test"), ("AWS_SECRET_ACCESS_KEY", "test")])
        .output()
        .unwrap();
    let output = String::from_utf8(inner.stdout).unwrap();
    assert!(inner.status.success(), "{output}{}", String::from_utf8_lossy(&inner.stderr));
    assert!(!output.contains(HUSH), "{output}");

    // An alarm of the stack counts these lines.
    let template = Template::read().unwrap();
    let filters = template.filters_of("SecretMisfitAlarm");
    let lines = output.lines().filter_map(|line| serde_json::from_str::<Value>(line).ok());
    let rejections: Vec<Value> = lines.filter(|line| line["secret"] == SECRET).collect();
    assert_eq!(rejections.len(), REJECTIONS, "{output}");
    for line in &rejections {
        assert_eq!(line["level"], "ERROR", "{line}");
        let pattern = format!("{{ $.message = {} }}", line["message"]);
        assert!(!filters.is_empty() && filters.iter().all(|(_, filter)| filter["FilterPattern"] == pattern));
    }
    let named =
        rejections.iter().filter(|line| line["error"].as_str().unwrap().contains("recipients[0].phone"));
    assert_eq!(named.count(), REJECTIONS - 1, "the field is named wherever there is one: {rejections:?}");
}

async fn functions_live_through_typos(secret: &str) {
    logging::start();
    let store = async |text: &str| {
        let sdk = emulator::sdk(&config::environment("AWS_ENDPOINT_URL").unwrap()).unwrap();
        sdk.secrets_manager().put_secret_value().secret_id(secret).secret_string(text).send().await.unwrap();
    };
    let running = start().await.unwrap();
    assert_eq!(recipient(&running).await, "ann");
    let built = running.get().await;

    store(&settings_of("bob", HUSH)).await;
    time_passes(&running).await; // logged
    assert_eq!(recipient(&running).await, "ann");
    assert!(Arc::ptr_eq(&built, &running.get().await), "nothing is built again");
    assert_eq!(recipient(&start().await.unwrap()).await, "ann"); // logged

    store(&settings_of("bob", "+14155550100")).await;
    time_passes(&running).await;
    assert_eq!(recipient(&running).await, "bob");
    assert_eq!(recipient(&start().await.unwrap()).await, "bob");

    store("not even JSON").await;
    assert_eq!(recipient(&start().await.unwrap()).await, "bob"); // logged

    // After two bad versions in a row there is nothing to fall back on: a running function works on, one that starts says what
    // is wrong with the newest version.
    store(&settings_of("carl", HUSH)).await;
    time_passes(&running).await;
    assert_eq!(recipient(&running).await, "bob"); // logged
    let error = start().await.err().unwrap().to_string();
    assert!(error.starts_with("PUNCTUAL_SETTINGS is not") && error.contains("phone"), "{error}");
}

async fn start() -> Result<Running, StartError> {
    let _ = rustls::crypto::ring::default_provider().install_default();
    let http = reqwest::Client::new();
    let sdk = Sdk::from_environment(config::environment, http.clone()).unwrap();
    let build = Box::new(|setup: &mut Setup| setup.settings());
    LiveFunction::start(&manifest::ALARM_CALL, build, sdk, http).await
}

/// Makes the secrets as old as they may become.
async fn time_passes(function: &Running) {
    function.state.lock().await.read_at = Instant::now().checked_sub(SECRETS_TTL).unwrap();
}

async fn recipient(function: &Running) -> String {
    function.get().await.default.recipients[0].id.to_string()
}

/// The text of a secret with settings for one recipient.
fn settings_of(id: &str, phone: &str) -> String {
    let settings = json!({ "default": { "recipients": [{ "id": id, "phone": phone }] } });
    json!({ "PUNCTUAL_SETTINGS": settings.to_string() }).to_string()
}
