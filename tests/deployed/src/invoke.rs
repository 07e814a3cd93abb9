//! Lambda's API: invoking functions, and enabling and disabling their queues.

use anyhow::Context as _;
use serde_json::{Value, json};

use crate::stack::Stack;

/// The result of an invocation.
#[derive(Clone, Debug)]
pub struct InvocationResult {
    /// The function's answer, or the description of its error.
    pub payload: Value,
    /// Lambda's kind of error, if the function failed.
    pub error: Option<String>,
}

/// Whether a queue's messages are delivered to its function.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Switch {
    /// It does.
    On,
    /// It does not: messages wait.
    Off,
}

impl Stack {
    /// Invokes a function of the template with `event` and waits for its answer.
    ///
    /// # Errors
    /// When it can't be called.
    pub async fn invoke(&self, function: &str, event: Vec<u8>) -> anyhow::Result<InvocationResult> {
        let name = self.physical_name(function).await?;
        let url = self.lambda_url(&format!("functions/{name}/invocations"));
        let answer = reqwest::Client::new().post(url).body(event).send().await?.error_for_status()?;
        let error = answer.headers().get("x-amz-function-error");
        let error = error.map(|kind| kind.to_str().map(str::to_owned)).transpose()?;
        let text = answer.text().await?;
        let payload = serde_json::from_str(&text).with_context(|| format!("{function} answers {text:?}"))?;
        Ok(InvocationResult { payload, error })
    }

    /// Enables or disables the queue of a function, as an operator does.
    ///
    /// # Errors
    /// When the function has no queue.
    pub async fn switch_queue(&self, function: &str, to: Switch) -> anyhow::Result<()> {
        let client = reqwest::Client::new();
        let name = self.physical_name(function).await?;
        let list = client.get(self.lambda_url("event-source-mappings/")).query(&[("FunctionName", name)]);
        let mappings: Value = list.send().await?.error_for_status()?.json().await?;
        let id = mappings["EventSourceMappings"][0]["UUID"].as_str().context("a function without a queue")?;
        let change = json!({ "Enabled": to == Switch::On }).to_string();
        let put = client.put(self.lambda_url(&format!("event-source-mappings/{id}"))).body(change);
        put.send().await?.error_for_status()?;
        Ok(())
    }

    fn lambda_url(&self, path: &str) -> String {
        format!("{}/2015-03-31/{path}", self.aws_url())
    }
}
