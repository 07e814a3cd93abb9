//! A look at settings before they are stored where functions read them.

use std::path::Path;

use anyhow::{Context as _, bail, ensure};
use serde_json::Value;

/// The field of a secret that holds the settings.
const SETTINGS: &str = "PUNCTUAL_SETTINGS";

/// Reads settings, or a secret of texts that are read like variables. Returns what they are.
///
/// # Errors
/// With the first field that can't be used. No value is shown: it may be an address.
pub fn check(file: &Path) -> anyhow::Result<String> {
    let text = std::fs::read_to_string(file).with_context(|| file.display().to_string())?;
    let said = check_text(&text).with_context(|| format!("{} can't be used", file.display()))?;
    Ok(format!("{} can be used: {said}", file.display()))
}

fn check_text(text: &str) -> anyhow::Result<String> {
    let json: Value = serde_json::from_str(text).context("it is not JSON")?;
    let Value::Object(fields) = json else { bail!("it is not a JSON object") };
    if !fields.keys().any(|name| name.starts_with("PUNCTUAL_")) {
        return check_field(SETTINGS, text);
    }
    let mut said = Vec::new();
    for (name, value) in &fields {
        let Value::String(text) = value else {
            bail!("{name} is not a text: the JSON in it goes between quotes")
        };
        said.push(check_field(name, text)?);
    }
    Ok(said.join(", "))
}

fn check_field(name: &str, text: &str) -> anyhow::Result<String> {
    // What does not begin like an object would be taken for the name of a file, which a function does not have.
    ensure!(text.trim_start().starts_with('{'), "{name} is not a JSON object");
    let lookup = |asked: &str| (asked == name).then(|| text.to_owned());
    Ok(match name {
        SETTINGS => {
            let settings = config::settings(&lookup)?;
            let recipients = settings.default.recipients.len();
            format!(
                "settings with {recipients} recipients for all shops, and {} shops of their own",
                settings.shops.len()
            )
        }
        "PUNCTUAL_DISPATCH_RULES" => config::dispatch_rules(&lookup).map(|_| "dispatch rules".to_owned())?,
        "PUNCTUAL_RATE_RULES" => config::rate_rules(&lookup).map(|_| "rate rules".to_owned())?,
        _ => bail!("{name} is no field that a function reads"),
    })
}
