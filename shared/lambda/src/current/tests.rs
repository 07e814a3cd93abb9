//! Settings that are stored anew while functions run and start, in an emulator's Secrets Manager.

use std::process::Command;
use std::sync::Arc;
use std::time::Instant;

use backend_aws::Sdk;
use domain::settings::AllSettings;
use emulator::{Emulator, Kind, Template};
use serde_json::{Value, json};

use super::{Current, SECRETS_TTL};
use crate::logging;
use crate::setup::{Setup, StartError};

/// Names the secret to the process that the functions are in.
const SECRET: &str = "PUNCTUAL_SETTINGS_SECRET";
/// What must not be shown.
const HUSH: &str = "hush-hush";
/// How often that process says that the secret does not fit: see there.
const TOLD: usize = 4;

type Function = Current<Arc<AllSettings>>;

#[tokio::test]
async fn a_typo_in_the_settings_stops_nothing_and_is_told() {
    if let Some(secret) = config::environment(SECRET) {
        return functions_live_through_typos(&secret).await;
    }
    let Some(emulator) = Emulator::shared(Kind::MiniStack).unwrap() else { return };
    let sdk = emulator::sdk(emulator.url()).unwrap();
    let create = sdk.secrets_manager().create_secret().name(format!("settings-{}", std::process::id()));
    let secret = create.secret_string(settings_of("ann", "+14155550100")).send().await.unwrap().arn.unwrap();

    // Which secrets there are is in the environment: so the functions are in a process of their own.
    let inner = Command::new(std::env::current_exe().unwrap())
        .args(["--exact", "current::tests::a_typo_in_the_settings_stops_nothing_and_is_told", "--nocapture"])
        .envs([(SECRET, secret.as_str()), ("AWS_ENDPOINT_URL", emulator.url()), ("AWS_REGION", "us-east-1")])
        .envs([("AWS_ACCESS_KEY_ID", "test"), ("AWS_SECRET_ACCESS_KEY", "test")])
        .output()
        .unwrap();
    let output = String::from_utf8(inner.stdout).unwrap();
    assert!(inner.status.success(), "{output}{}", String::from_utf8_lossy(&inner.stderr));
    assert!(!output.contains(HUSH), "{output}");

    // The stack's alarm counts the lines that say it.
    let template = Template::read().unwrap();
    let filters = template.filters_of("SecretMisfitAlarm");
    let lines = output.lines().filter_map(|line| serde_json::from_str::<Value>(line).ok());
    let told: Vec<Value> = lines.filter(|line| line["secret"] == SECRET).collect();
    assert_eq!(told.len(), TOLD, "{output}");
    for line in &told {
        assert_eq!(line["level"], "ERROR", "{line}");
        let pattern = format!("{{ $.message = {} }}", line["message"]);
        assert!(!filters.is_empty() && filters.iter().all(|(_, filter)| filter["FilterPattern"] == pattern));
    }
    let named = told.iter().filter(|line| line["error"].as_str().unwrap().contains("recipients[0].phone"));
    assert_eq!(named.count(), TOLD - 1, "the field is named wherever there is one: {told:?}");
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
    time_passes(&running).await; // told
    assert_eq!(recipient(&running).await, "ann");
    assert!(Arc::ptr_eq(&built, &running.get().await), "nothing is built anew");
    assert_eq!(recipient(&start().await.unwrap()).await, "ann"); // told

    store(&settings_of("bob", "+14155550100")).await;
    time_passes(&running).await;
    assert_eq!(recipient(&running).await, "bob");
    assert_eq!(recipient(&start().await.unwrap()).await, "bob");

    store("not even JSON").await;
    assert_eq!(recipient(&start().await.unwrap()).await, "bob"); // told

    // Twice in a row there is nothing to fall back on: who runs goes on, who starts says what is wrong with the newest.
    store(&settings_of("carl", HUSH)).await;
    time_passes(&running).await;
    assert_eq!(recipient(&running).await, "bob"); // told
    let error = start().await.err().unwrap().to_string();
    assert!(error.starts_with("PUNCTUAL_SETTINGS is not") && error.contains("phone"), "{error}");
}

async fn start() -> Result<Function, StartError> {
    let _ = rustls::crypto::ring::default_provider().install_default();
    let http = reqwest::Client::new();
    let sdk = Sdk::from_environment(config::environment, http.clone()).unwrap();
    Current::start(Box::new(|setup: &mut Setup| setup.settings()), sdk, http).await
}

/// The settings are as old as they may become.
async fn time_passes(function: &Function) {
    function.state.lock().await.read_at = Instant::now().checked_sub(SECRETS_TTL).unwrap();
}

async fn recipient(function: &Function) -> String {
    function.get().await.default.recipients[0].id.to_string()
}

/// A secret with settings of this recipient.
fn settings_of(id: &str, phone: &str) -> String {
    let settings = json!({ "default": { "recipients": [{ "id": id, "phone": phone }] } });
    json!({ "PUNCTUAL_SETTINGS": settings.to_string() }).to_string()
}
