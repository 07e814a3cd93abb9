//! `check-settings`: an operator checks settings before they are stored where functions read them.

use crate::support::{finish, punctual};
use serde_json::json;

const GOOD: &str = r#"{"default": {"recipients": [{"id": "ann", "email": "ann@example.com"}]}}"#;
const TYPO: &str = r#"{"default": {"recipients": [{"id": "ann", "phone": "0415 hush-hush"}]}}"#;

/// What is said of a file with this content, and whether it can be used.
fn check(content: &str) -> (bool, String) {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("settings.json");
    std::fs::write(&file, content).unwrap();
    let data = folder.path().join("data");
    let output = finish(punctual(&data).arg("check-settings").arg(&file));
    assert!(!data.exists(), "nothing is stored");
    (output.status.success(), String::from_utf8(output.stderr).unwrap())
}

#[track_caller]
fn refused(content: &str, expect: &str) {
    let (fits, said) = check(content);
    assert!(!fits && said.contains(expect), "{content}: {said}");
    assert_eq!(said.lines().count(), 1, "one line: {said}");
    assert!(!said.contains("hush-hush"), "{said}");
}

#[test]
fn settings_that_can_be_used_are_summarized() {
    let (fits, said) = check(GOOD);
    assert!(fits && said.contains("settings with 1 recipients for all shops"), "{said}");
    let rules = serde_json::to_string(&domain::rates::RateRules::built_in().unwrap()).unwrap();
    let secret = json!({
        "PUNCTUAL_SETTINGS": GOOD, "PUNCTUAL_DISPATCH_RULES": r#"{"rules": []}"#, "PUNCTUAL_RATE_RULES": rules,
    });
    let (fits, said) = check(&secret.to_string());
    let all = ["settings with 1", "dispatch rules", "rate rules"];
    assert!(fits && all.iter().all(|what| said.contains(what)), "{said}");
}

#[test]
fn a_field_that_cannot_be_used_is_named_without_its_value() {
    refused(TYPO, "default.recipients[0].phone");
    refused(&json!({ "PUNCTUAL_SETTINGS": TYPO }).to_string(), "default.recipients[0].phone");
    refused("{\"hush-hush\": }", "is not JSON");
    refused("[]", "not a JSON object");
    // What a function would ignore, or look for in a file.
    refused(&json!({ "PUNCTUAL_SETINGS": GOOD }).to_string(), "PUNCTUAL_SETINGS is not a field");
    refused(
        &json!({ "PUNCTUAL_SETTINGS": { "default": {} } }).to_string(),
        "PUNCTUAL_SETTINGS is not a string",
    );
    refused(
        &json!({ "PUNCTUAL_SETTINGS": "settings.json" }).to_string(),
        "PUNCTUAL_SETTINGS is not a JSON object",
    );
    refused(&json!({ "PUNCTUAL_DISPATCH_RULES": "{}" }).to_string(), "dispatch rules");
}
