//! CloudFormation over its Query API.

use std::collections::HashMap;
use std::time::Duration;

use anyhow::{Context as _, bail};
use tokio::time::Instant;

use crate::xml::{text, texts};

/// How long a stack may take. The machine may be busy with other tests.
const PATIENCE: Duration = Duration::from_secs(120);
/// How often its state is checked.
const LOOK_EVERY: Duration = Duration::from_millis(100);

/// CloudFormation in an emulator, which checks no signatures.
pub(crate) struct CloudFormation {
    pub(crate) url: String,
    pub(crate) client: reqwest::Client,
}

impl CloudFormation {
    /// Creates a stack from the template at `template_url`, waits until it is complete, and returns its outputs.
    ///
    /// # Errors
    /// With CloudFormation's reasons if a resource can't be created.
    pub(crate) async fn create(
        &self,
        stack: &str,
        template_url: &str,
        parameters: &[(&str, &str)],
    ) -> anyhow::Result<HashMap<String, String>> {
        let mut fields = vec![
            ("StackName".to_owned(), stack),
            ("TemplateURL".to_owned(), template_url),
            ("Capabilities.member.1".to_owned(), "CAPABILITY_IAM"),
            ("Capabilities.member.2".to_owned(), "CAPABILITY_AUTO_EXPAND"),
        ];
        for (number, (name, value)) in (1..).zip(parameters) {
            fields.push((format!("Parameters.member.{number}.ParameterKey"), name));
            fields.push((format!("Parameters.member.{number}.ParameterValue"), value));
        }
        self.call("CreateStack", &fields).await?;

        let began = Instant::now();
        loop {
            let answer = self.of_stack("DescribeStacks", stack).await?;
            let status = text(&answer, "StackStatus").context("a stack without a status")?;
            match status.as_str() {
                "CREATE_COMPLETE" => {
                    let (names, values) = (texts(&answer, "OutputKey"), texts(&answer, "OutputValue"));
                    return Ok(names.into_iter().zip(values).collect());
                }
                "CREATE_IN_PROGRESS" if began.elapsed() < PATIENCE => tokio::time::sleep(LOOK_EVERY).await,
                _ => bail!("the stack is {status}: {}", self.reasons(stack).await?.join("; ")),
            }
        }
    }

    /// The name that a resource was given.
    ///
    /// # Errors
    /// When there is none.
    pub(crate) async fn physical_name(&self, stack: &str, resource: &str) -> anyhow::Result<String> {
        let fields = [("StackName".to_owned(), stack), ("LogicalResourceId".to_owned(), resource)];
        let answer = self.call("DescribeStackResource", &fields).await?;
        text(&answer, "PhysicalResourceId").with_context(|| format!("{resource} has no name"))
    }

    /// Why resources could not be created.
    async fn reasons(&self, stack: &str) -> anyhow::Result<Vec<String>> {
        let answer = self.of_stack("DescribeStackEvents", stack).await?;
        let events =
            texts(&answer, "LogicalResourceId").into_iter().zip(texts(&answer, "ResourceStatusReason"));
        Ok(events.filter(|(_, why)| !why.is_empty()).map(|(name, why)| format!("{name}: {why}")).collect())
    }

    async fn of_stack(&self, action: &str, stack: &str) -> anyhow::Result<String> {
        self.call(action, &[("StackName".to_owned(), stack)]).await
    }

    async fn call(&self, action: &str, fields: &[(String, &str)]) -> anyhow::Result<String> {
        let fixed = [("Action", action), ("Version", "2010-05-15")];
        let fields = fields.iter().map(|(name, value)| (name.as_str(), *value));
        let form = reqwest::Url::parse_with_params(&self.url, fixed.into_iter().chain(fields))?;
        let post = self
            .client
            .post(&self.url)
            .header("content-type", "application/x-www-form-urlencoded")
            .body(form.query().unwrap_or_default().to_owned());
        let answer = post.send().await?;
        let status = answer.status();
        let body = answer.text().await?;
        if !status.is_success() {
            bail!("{action} answers {status}: {}", text(&body, "Message").unwrap_or(body));
        }
        Ok(body)
    }
}
