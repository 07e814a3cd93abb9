//! Calls of functions.

use anyhow::Context as _;
use serde_json::Value;

use crate::stack::Stack;

/// What a function answered.
#[derive(Clone, Debug)]
pub struct Answer {
    /// The answer, or what is said of the error.
    pub payload: Value,
    /// Lambda's name of the kind of error, if it failed.
    pub error: Option<String>,
}

impl Stack {
    /// Hands `event` to a function of the template and waits for its answer.
    ///
    /// # Errors
    /// When it can't be called.
    pub async fn invoke(&self, function: &str, event: Vec<u8>) -> anyhow::Result<Answer> {
        let name = self.physical_name(function).await?;
        let url = format!("{}/2015-03-31/functions/{name}/invocations", self.aws_url());
        let answer = reqwest::Client::new().post(url).body(event).send().await?.error_for_status()?;
        let error = answer.headers().get("x-amz-function-error");
        let error = error.map(|kind| kind.to_str().map(str::to_owned)).transpose()?;
        let text = answer.text().await?;
        let payload = serde_json::from_str(&text).with_context(|| format!("{function} answers {text:?}"))?;
        Ok(Answer { payload, error })
    }
}
