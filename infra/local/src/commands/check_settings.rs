//! `punctual check-settings`: whether settings can be used, before they are stored where functions read them.

use std::path::Path;

use anyhow::{Context as _, bail, ensure};
use serde_json::Value;

use super::Completion;
use crate::text::note;

/// The field of a secret that holds the settings.
const SETTINGS: &str = "PUNCTUAL_SETTINGS";

/// Checks settings, or a secret whose fields are read like variables. The error names the first field that can't be used, and
/// shows no value: it may be an address.
pub(super) fn execute(file: &Path) -> anyhow::Result<Completion> {
    let text = std::fs::read_to_string(file).with_context(|| file.display().to_string())?;
    let summary = check_text(&text).with_context(|| format!("{} can't be used", file.display()))?;
    note(&format!("{} can be used: {summary}", file.display()));
    Ok(Completion::Done)
}

fn check_text(text: &str) -> anyhow::Result<String> {
    let json: Value = serde_json::from_str(text).context("it is not JSON")?;
    let Value::Object(fields) = json else { bail!("it is not a JSON object") };
    if !fields.keys().any(|name| name.starts_with("PUNCTUAL_")) {
        return check_field(SETTINGS, text);
    }
    let mut summaries = Vec::new();
    for (name, value) in &fields {
        let Value::String(text) = value else {
            bail!("{name} is not a string: the JSON in it must be quoted")
        };
        summaries.push(check_field(name, text)?);
    }
    Ok(summaries.join(", "))
}

fn check_field(name: &str, text: &str) -> anyhow::Result<String> {
    // Anything that does not start like an object would be taken for the name of a file, and a function has no files.
    ensure!(text.trim_start().starts_with('{'), "{name} is not a JSON object");
    let lookup = |asked: &str| (asked == name).then(|| text.to_owned());
    Ok(match name {
        SETTINGS => {
            let settings = config::settings(&lookup)?;
            let recipients = settings.default.recipients.len();
            format!(
                "settings with {recipients} recipients for all shops, and {} shops with settings of their own",
                settings.shops.len()
            )
        }
        "PUNCTUAL_DISPATCH_RULES" => config::dispatch_rules(&lookup).map(|_| "dispatch rules".to_owned())?,
        "PUNCTUAL_RATE_RULES" => config::rate_rules(&lookup).map(|_| "rate rules".to_owned())?,
        _ => bail!("{name} is not a field that a function reads"),
    })
}
