//! The functions, each with the event that it is measured with.

use crate::event::Event;

/// The function that does nothing.
pub const EMPTY: &str = "empty-function";

/// The variables that name the secrets of TikTok and of EasyPost.
const TIKTOK: &str = "PUNCTUAL_TIKTOK_SECRET";
const EASYPOST: &str = "PUNCTUAL_EASYPOST_SECRET";

/// A function.
pub struct Function {
    /// Its name, which is its binary's.
    pub name: &'static str,
    /// What it is asked.
    pub event: Event,
    /// The secrets that it is given, as in the template: it reads those that are named.
    secrets: &'static [&'static str],
}

/// All of them. The events lead to what most events lead to that are not about a new order: a look into the tables that
/// finds nothing to do. What comes after that waits for TikTok and the carriers.
pub const FUNCTIONS: [Function; 15] = [
    Function { name: EMPTY, event: Event::Batch("order-sync.webhook.json"), secrets: &[] },
    Function {
        name: "webhook-intake",
        event: Event::Webhook("webhook-intake.order-status-change.json"),
        secrets: &[TIKTOK, EASYPOST],
    },
    Function { name: "shop-authorization", event: Event::Connect, secrets: &[TIKTOK] },
    Function { name: "order-poll", event: Event::Timer("order-poll.json"), secrets: &[TIKTOK] },
    Function { name: "due-sweep", event: Event::Timer("due-sweep.json"), secrets: &[] },
    Function { name: "order-sync", event: Event::Batch("order-sync.webhook.json"), secrets: &[TIKTOK] },
    Function { name: "rate-shop", event: Event::Batch("rate-shop.json"), secrets: &[TIKTOK, EASYPOST] },
    Function { name: "label-create", event: Event::Batch("label-create.json"), secrets: &[EASYPOST] },
    Function { name: "tracking-upload", event: Event::Batch("tracking-upload.json"), secrets: &[TIKTOK] },
    Function { name: "tracking-watch", event: Event::Batch("tracking-watch.json"), secrets: &[EASYPOST] },
    Function {
        name: "conversation-watch",
        event: Event::Batch("conversation-watch.json"),
        secrets: &[TIKTOK],
    },
    Function { name: "deadline-alarm", event: Event::Timer("deadline-alarm.json"), secrets: &[] },
    Function { name: "alarm-call", event: Event::Timer("alarm-call.json"), secrets: &[] },
    Function { name: "housekeeping", event: Event::Timer("housekeeping.json"), secrets: &[TIKTOK] },
    Function { name: "remedy", event: Event::Remedy("remedy.retry.json"), secrets: &[TIKTOK, EASYPOST] },
];

/// Names of tables, of the bucket and of the topic, by their variables. A function takes those that it needs.
const NAMES: [(&str, &str); 8] = [
    ("PUNCTUAL_ORDERS_TABLE", "orders"),
    ("PUNCTUAL_SHOPS_TABLE", "shops"),
    ("PUNCTUAL_CATALOGUE_TABLE", "catalogue"),
    ("PUNCTUAL_TOKENS_TABLE", "tokens"),
    ("PUNCTUAL_PROCESSED_EVENTS_TABLE", "processed_events"),
    ("PUNCTUAL_LABELS_BUCKET", "labels"),
    ("PUNCTUAL_ALARMS_TABLE", "alarms"),
    ("PUNCTUAL_ALARMS_TOPIC", "arn:aws:sns:us-east-1:123456789012:alarms"),
];

/// Names of queues, by their variables.
const QUEUES: [(&str, &str); 12] = [
    ("PUNCTUAL_ORDER_CHANGES_QUEUE", "order-changes"),
    ("PUNCTUAL_RATE_REQUESTS_QUEUE", "rate-requests"),
    ("PUNCTUAL_LABEL_REQUESTS_QUEUE", "label-requests"),
    ("PUNCTUAL_TRACKING_UPLOADS_QUEUE", "tracking-uploads"),
    ("PUNCTUAL_PARCEL_CHECKS_QUEUE", "parcel-checks"),
    ("PUNCTUAL_CONVERSATION_CHANGES_QUEUE", "conversation-changes"),
    ("PUNCTUAL_ORDER_CHANGES_DEAD_LETTERS", "order-changes-dead"),
    ("PUNCTUAL_RATE_REQUESTS_DEAD_LETTERS", "rate-requests-dead"),
    ("PUNCTUAL_LABEL_REQUESTS_DEAD_LETTERS", "label-requests-dead"),
    ("PUNCTUAL_TRACKING_UPLOADS_DEAD_LETTERS", "tracking-uploads-dead"),
    ("PUNCTUAL_PARCEL_CHECKS_DEAD_LETTERS", "parcel-checks-dead"),
    ("PUNCTUAL_CONVERSATION_CHANGES_DEAD_LETTERS", "conversation-changes-dead"),
];

/// Addresses of the outside services. No event here leads to them: were one asked, it would be told that AWS knows no
/// such request.
const OUTSIDE: [&str; 4] = ["TIKTOK_API_URL", "TIKTOK_AUTH_URL", "TIKTOK_CONSENT_URL", "EASYPOST_API_URL"];

impl Function {
    /// The variables that the template and Lambda set, where AWS answers at `aws_url`.
    pub fn environment(&self, aws_url: &str) -> Vec<(&'static str, String)> {
        let mut variables: Vec<(&str, String)> = [
            ("AWS_LAMBDA_FUNCTION_NAME", self.name),
            ("AWS_LAMBDA_FUNCTION_MEMORY_SIZE", "256"),
            ("AWS_LAMBDA_FUNCTION_VERSION", "$LATEST"),
            ("AWS_LAMBDA_LOG_GROUP_NAME", "log-group"),
            ("AWS_LAMBDA_LOG_STREAM_NAME", "log-stream"),
            ("AWS_REGION", "us-east-1"),
            ("AWS_ACCESS_KEY_ID", "invented"),
            ("AWS_SECRET_ACCESS_KEY", "invented"),
            ("AWS_SESSION_TOKEN", "invented"),
            ("PUNCTUAL_LOG", "info"),
        ]
        .map(|(name, value)| (name, value.to_owned()))
        .into();
        variables.push(("AWS_ENDPOINT_URL", aws_url.to_owned()));
        variables.extend(NAMES.map(|(variable, name)| (variable, name.to_owned())));
        variables.extend(QUEUES.map(|(variable, name)| (variable, format!("{aws_url}/123456789012/{name}"))));
        variables.extend(OUTSIDE.map(|variable| (variable, aws_url.to_owned())));
        variables.extend(self.secrets.iter().map(|variable| (*variable, (*variable).to_lowercase())));
        variables
    }
}
