//! The functions, each with the event that it is measured with.

use config::Variable;
use manifest::{FUNCTIONS, MEMORY_MB, Trigger};

use crate::event::Event;

/// The function that does nothing.
pub const EMPTY: &str = "empty-function";

/// A function to be measured.
pub struct Subject {
    /// Its name, which is also that of its binary.
    pub name: &'static str,
    pub event: Event,
    variables: Vec<Variable>,
}

/// The empty function, then all others. Their events stand for most of what comes in that is not about a new order: a look
/// into the tables that finds nothing to do. Whatever goes further waits for TikTok and the carriers.
pub fn all() -> Vec<Subject> {
    let empty = Event::Batch(manifest::ORDER_SYNC.sample_event);
    let empty = Subject { name: EMPTY, event: empty, variables: Vec::new() };
    let others = FUNCTIONS.into_iter().map(|function| {
        let sample = function.sample_event;
        let event = match function.trigger {
            Trigger::Http => Event::Webhook(sample),
            Trigger::HttpOrInvoked => Event::Connect,
            Trigger::Timer { .. } | Trigger::Topic => Event::Unanswered(sample),
            Trigger::Queue { .. } => Event::Batch(sample),
            Trigger::Invoked => Event::Remedy(sample),
        };
        let mut variables = function.variables();
        // The settings are optional, and few have so many that reading them takes time.
        let secrets = function.secrets().into_iter().filter(|secret| **secret != config::SETTINGS_SECRET);
        variables.extend(secrets.cloned());
        Subject { name: function.name, event, variables }
    });
    std::iter::once(empty).chain(others).collect()
}

impl Subject {
    /// The variables that the template and Lambda set, with AWS at `aws_url`.
    pub fn environment(&self, aws_url: &str) -> Vec<(String, String)> {
        let memory = MEMORY_MB.to_string();
        let lambda = [
            ("AWS_LAMBDA_FUNCTION_NAME", self.name),
            ("AWS_LAMBDA_FUNCTION_MEMORY_SIZE", &memory),
            ("AWS_LAMBDA_FUNCTION_VERSION", "$LATEST"),
            ("AWS_LAMBDA_LOG_GROUP_NAME", "log-group"),
            ("AWS_LAMBDA_LOG_STREAM_NAME", "log-stream"),
            ("AWS_REGION", "us-east-1"),
            ("AWS_ACCESS_KEY_ID", "invented"),
            ("AWS_SECRET_ACCESS_KEY", "invented"),
            ("AWS_SESSION_TOKEN", "invented"),
            ("AWS_ENDPOINT_URL", aws_url),
            (&config::LOG.name, "info"),
        ];
        let mut variables: Vec<(String, String)> =
            lambda.map(|(name, value)| (name.to_owned(), value.to_owned())).into();
        for variable in &self.variables {
            if let Some(value) = value(&variable.name, aws_url) {
                variables.push((variable.name.to_string(), value));
            }
        }
        variables
    }
}

/// An invented value for a variable, by what its name ends in; `None` for one that is left at its default or read from a
/// secret.
fn value(name: &str, aws_url: &str) -> Option<String> {
    let kind = name.rsplit('_').next().unwrap_or_default();
    match kind {
        // The bench's AWS looks for the check of the bucket under this name.
        "BUCKET" => Some("labels".to_owned()),
        "TABLE" => Some(name.to_lowercase()),
        "TOPIC" => Some("arn:aws:sns:us-east-1:123456789012:alarms".to_owned()),
        "QUEUE" | "LETTERS" => Some(format!("{aws_url}/123456789012/{}", name.to_lowercase())),
        // No event here leads to an outside service. If one did, the bench's AWS would say that it knows no such request.
        "URL" => Some(aws_url.to_owned()),
        "SECRET" if name.starts_with("PUNCTUAL_") => Some(name.to_lowercase()),
        _ => None,
    }
}
