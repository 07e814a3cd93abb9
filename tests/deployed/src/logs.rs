//! The functions' logs.

use anyhow::Context as _;
use serde_json::{Value, json};

use crate::stack::Stack;

impl Stack {
    /// The lines that a function has logged so far, including Lambda's own.
    ///
    /// # Errors
    /// When they can't be read.
    pub async fn log(&self, function: &str) -> anyhow::Result<Vec<String>> {
        let group = function.strip_suffix("Function").context("a function's name")?;
        let group = self.physical_name(&format!("{group}LogGroup")).await?;
        let mut lines = Vec::new();
        let mut next = Value::Null;
        loop {
            let mut ask = json!({ "logGroupName": group });
            if next.is_string() {
                ask["nextToken"] = next;
            }
            let post = reqwest::Client::new()
                .post(self.aws_url())
                .header("x-amz-target", "Logs_20140328.FilterLogEvents")
                .header("content-type", "application/x-amz-json-1.1")
                .body(ask.to_string());
            let answer: Value = post.send().await?.error_for_status()?.json().await?;
            let events = answer["events"].as_array().into_iter().flatten();
            let texts = events.filter_map(|event| event["message"].as_str());
            lines.extend(texts.map(str::to_owned));
            next = answer["nextToken"].clone();
            if !next.is_string() {
                return Ok(lines);
            }
        }
    }
}
