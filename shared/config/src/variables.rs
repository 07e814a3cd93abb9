//! Every variable that configures Punctual, once; those of a connector are in its own folder. The table in `README.md` and the
//! environment of the functions in `infra/template.yaml` are compared with these lists by tests.

use std::borrow::Cow;
use std::fmt;

use domain::message::Queue;

use crate::error::ConfigError;
use crate::variables::Presence::{DefaultsTo, Optional, Required};
use crate::variables::ReadOn::{Aws, Everywhere, OneMachine};

/// Looks a variable up; an empty value counts as not set.
pub type Lookup<'a> = &'a dyn Fn(&str) -> Option<String>;

/// An environment variable: whether it has to be set, where it is read, and what it is for.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Variable {
    /// Its name, for example `TIKTOK_APP_KEY`.
    pub name: Cow<'static, str>,
    /// Whether it has to be set.
    pub presence: Presence,
    /// Where it is read.
    pub read_on: ReadOn,
    /// On AWS the value is a field of a secret in Secrets Manager; this variable holds the secret's ARN. `None` for a
    /// value that the template sets as it is.
    pub secret: Option<&'static Variable>,
    /// What it is for.
    pub doc: &'static str,
}

/// Whether a variable has to be set.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Presence {
    /// The program does not start without it.
    Required,
    /// Something is left out without it.
    Optional,
    /// It has this value unless it is set.
    DefaultsTo(&'static str),
}

/// Where a variable is read.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ReadOn {
    /// By the host on one machine and by functions on AWS.
    Everywhere,
    /// By the host on one machine only.
    OneMachine,
    /// By functions on AWS only. Which ones, the manifest of the functions says.
    Aws,
}

impl fmt::Display for Variable {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.name)
    }
}

impl Variable {
    /// The value that is set, else the default; `None` when there is neither.
    pub fn value(&self, lookup: Lookup<'_>) -> Option<String> {
        let default = match self.presence {
            DefaultsTo(value) => Some(value.to_owned()),
            Required | Optional => None,
        };
        lookup(&self.name).or(default)
    }

    /// The value of a variable that has to be set.
    ///
    /// # Errors
    /// When it is not set.
    pub fn required(&self, lookup: Lookup<'_>) -> Result<String, ConfigError> {
        self.value(lookup).ok_or_else(|| ConfigError::Missing(self.name.clone()))
    }

    /// The JSON that it holds, or that is in the file it names: a function on AWS has no files. `None` when it is not set.
    ///
    /// # Errors
    /// When the file can't be read.
    pub fn json(&self, lookup: Lookup<'_>) -> Result<Option<String>, ConfigError> {
        let Some(value) = self.value(lookup) else { return Ok(None) };
        if value.trim_start().starts_with('{') {
            return Ok(Some(value));
        }
        match std::fs::read_to_string(&value) {
            Ok(text) => Ok(Some(text)),
            Err(error) => Err(self.malformed(format!("a file that can be read ({error})"))),
        }
    }

    /// The error for a value that is not what was expected.
    pub fn malformed(&self, expected: impl Into<String>) -> ConfigError {
        ConfigError::malformed(self.name.clone(), expected)
    }
}

/// A variable with a fixed name.
pub const fn variable(
    name: &'static str,
    presence: Presence,
    read_on: ReadOn,
    secret: Option<&'static Variable>,
    doc: &'static str,
) -> Variable {
    Variable { name: Cow::Borrowed(name), presence, read_on, secret, doc }
}

// TikTok Shop.

pub static TIKTOK_APP_KEY: Variable =
    variable("TIKTOK_APP_KEY", Required, Everywhere, Some(&TIKTOK_SECRET), "The key of the TikTok app.");
pub static TIKTOK_APP_SECRET: Variable = variable(
    "TIKTOK_APP_SECRET",
    Required,
    Everywhere,
    Some(&TIKTOK_SECRET),
    "The secret of the TikTok app: signs calls and webhooks.",
);
pub static TIKTOK_APP_SECRET_FORMER: Variable = variable(
    "TIKTOK_APP_SECRET_FORMER",
    Optional,
    OneMachine,
    None,
    "The secret of the TikTok app before the current one, accepted for webhooks only. On AWS it is the secret's previous version.",
);
pub static TIKTOK_SERVICE_ID: Variable = variable(
    "TIKTOK_SERVICE_ID",
    Optional,
    Everywhere,
    Some(&TIKTOK_SECRET),
    "The service id of the seller's consent link. Without it the older link by app key is used.",
);
pub static TIKTOK_CONSENT_URL: Variable = variable(
    "TIKTOK_CONSENT_URL",
    DefaultsTo("https://services.us.tiktokshop.com/open/authorize"),
    Everywhere,
    None,
    "The consent page. Sellers outside the United States use https://services.tiktokshop.com/open/authorize.",
);
pub static TIKTOK_API_URL: Variable = variable(
    "TIKTOK_API_URL",
    DefaultsTo("https://open-api.tiktokglobalshop.com"),
    Everywhere,
    None,
    "TikTok's API.",
);
pub static TIKTOK_AUTH_URL: Variable = variable(
    "TIKTOK_AUTH_URL",
    DefaultsTo("https://auth.tiktok-shops.com"),
    Everywhere,
    None,
    "Where TikTok issues and refreshes tokens.",
);

// What the seller decides.

pub static PUBLIC_URL: Variable = variable(
    "PUNCTUAL_PUBLIC_URL",
    Optional,
    Everywhere,
    None,
    "Where sellers and TikTok reach Punctual, for the links that connect shops.",
);
pub static POLL_SECONDS: Variable = variable(
    "PUNCTUAL_POLL_SECONDS",
    Optional,
    Everywhere,
    None,
    "Seconds between two polls of a shop. Without it, 5, 15 or 30 minutes by the shop's volume.",
);
pub static POLL_OVERLAP_SECONDS: Variable = variable(
    "PUNCTUAL_POLL_OVERLAP_SECONDS",
    DefaultsTo("600"),
    Everywhere,
    None,
    "Seconds by which a poll overlaps the previous one, because TikTok's search may show an order late.",
);
pub static RATE_RULES: Variable = variable(
    "PUNCTUAL_RATE_RULES",
    Optional,
    Everywhere,
    Some(&SETTINGS_SECRET),
    "The rules by which a rate is chosen: a JSON file, or the JSON itself.",
);
pub static DISPATCH_RULES: Variable = variable(
    "PUNCTUAL_DISPATCH_RULES",
    Optional,
    Everywhere,
    Some(&SETTINGS_SECRET),
    "The markets' deadlines and holidays: a JSON file, or the JSON itself.",
);
pub static SETTINGS: Variable = variable(
    "PUNCTUAL_SETTINGS",
    Optional,
    Everywhere,
    Some(&SETTINGS_SECRET),
    "The seller's settings: a JSON file, or the JSON itself. Without them nobody is notified of alarms.",
);
pub static LOG: Variable = variable(
    "PUNCTUAL_LOG",
    Optional,
    Everywhere,
    None,
    "The log level, for example `info` or `debug,hyper=warn`. Without it `warn` on one machine, `info` on AWS.",
);

// The host on one machine.

pub static DATA: Variable = variable(
    "PUNCTUAL_DATA",
    DefaultsTo("punctual-data"),
    OneMachine,
    None,
    "The folder of the embedded backend. It holds addresses and tokens.",
);
pub static SMTP_URL: Variable = variable(
    "PUNCTUAL_SMTP_URL",
    Optional,
    OneMachine,
    None,
    "The mail server, with user and password. Without it no e-mails are sent.",
);
pub static SMTP_FROM: Variable = variable(
    "PUNCTUAL_SMTP_FROM",
    Optional,
    OneMachine,
    None,
    "The sender's address; needed with a mail server.",
);
pub static SMTP_HELO: Variable = variable(
    "PUNCTUAL_SMTP_HELO",
    Optional,
    OneMachine,
    None,
    "The name with which the mail server is greeted. Without it the machine's full name, else the sender's domain.",
);

// AWS: what the template names. Those of the queues follow from the queues, see `queue_url` and `dead_letters_url`.

pub static TIKTOK_SECRET: Variable =
    variable("PUNCTUAL_TIKTOK_SECRET", Optional, Aws, None, "ARN of the secret with TikTok's credentials.");
pub static SETTINGS_SECRET: Variable = variable(
    "PUNCTUAL_SETTINGS_SECRET",
    Optional,
    Aws,
    None,
    "ARN of the secret with the settings and rules, which may be too long for a variable.",
);
pub static ORDERS_TABLE: Variable =
    variable("PUNCTUAL_ORDERS_TABLE", Required, Aws, None, "The table of orders.");
pub static SHOPS_TABLE: Variable =
    variable("PUNCTUAL_SHOPS_TABLE", Required, Aws, None, "The table of shops.");
pub static ALARMS_TABLE: Variable =
    variable("PUNCTUAL_ALARMS_TABLE", Required, Aws, None, "The table of alarms.");
pub static CATALOGUE_TABLE: Variable =
    variable("PUNCTUAL_CATALOGUE_TABLE", Required, Aws, None, "The table of weights and sizes.");
pub static TOKENS_TABLE: Variable =
    variable("PUNCTUAL_TOKENS_TABLE", Required, Aws, None, "The table of the shops' tokens.");
pub static PROCESSED_EVENTS_TABLE: Variable = variable(
    "PUNCTUAL_PROCESSED_EVENTS_TABLE",
    Required,
    Aws,
    None,
    "The table of webhooks and links that were processed already.",
);
pub static LABELS_BUCKET: Variable =
    variable("PUNCTUAL_LABELS_BUCKET", Required, Aws, None, "The bucket of label files.");
pub static ALARMS_TOPIC: Variable =
    variable("PUNCTUAL_ALARMS_TOPIC", Required, Aws, None, "The topic for e-mails and calls about orders.");
pub static SMS_SENDER_ID: Variable = variable(
    "PUNCTUAL_SMS_SENDER_ID",
    Optional,
    Aws,
    None,
    "The sender that text messages show, in countries that allow it.",
);
pub static VOICE_NUMBER: Variable = variable(
    "PUNCTUAL_VOICE_NUMBER",
    Optional,
    Aws,
    None,
    "ARN of the number from which calls are made. Without it nobody is called.",
);

/// All that are no connector's own, except those that follow from the queues.
pub static VARIABLES: [&Variable; 30] = [
    &TIKTOK_APP_KEY,
    &TIKTOK_APP_SECRET,
    &TIKTOK_APP_SECRET_FORMER,
    &TIKTOK_SERVICE_ID,
    &TIKTOK_CONSENT_URL,
    &TIKTOK_API_URL,
    &TIKTOK_AUTH_URL,
    &PUBLIC_URL,
    &POLL_SECONDS,
    &POLL_OVERLAP_SECONDS,
    &RATE_RULES,
    &DISPATCH_RULES,
    &SETTINGS,
    &LOG,
    &DATA,
    &SMTP_URL,
    &SMTP_FROM,
    &SMTP_HELO,
    &TIKTOK_SECRET,
    &SETTINGS_SECRET,
    &ORDERS_TABLE,
    &SHOPS_TABLE,
    &ALARMS_TABLE,
    &CATALOGUE_TABLE,
    &TOKENS_TABLE,
    &PROCESSED_EVENTS_TABLE,
    &LABELS_BUCKET,
    &ALARMS_TOPIC,
    &SMS_SENDER_ID,
    &VOICE_NUMBER,
];

/// The variable with a queue's URL, for example `PUNCTUAL_ORDER_CHANGES_QUEUE`.
pub fn queue_url(queue: Queue) -> Variable {
    of_queue(queue, "QUEUE", "The URL of a queue.")
}

/// The variable with the URL of a queue's dead letters, for example `PUNCTUAL_ORDER_CHANGES_DEAD_LETTERS`.
pub fn dead_letters_url(queue: Queue) -> Variable {
    of_queue(queue, "DEAD_LETTERS", "The URL of a queue's dead letters.")
}

fn of_queue(queue: Queue, what: &str, doc: &'static str) -> Variable {
    let name = queue.name().replace('-', "_").to_uppercase();
    let name = Cow::Owned(format!("PUNCTUAL_{name}_{what}"));
    Variable { name, presence: Required, read_on: Aws, secret: None, doc }
}

#[cfg(test)]
mod tests {
    use domain::message::Queue;

    use super::{dead_letters_url, queue_url};

    #[test]
    fn queues_have_variables_named_after_them() {
        assert_eq!(queue_url(Queue::ParcelChecks).name, "PUNCTUAL_PARCEL_CHECKS_QUEUE");
        assert_eq!(dead_letters_url(Queue::OrderChanges).name, "PUNCTUAL_ORDER_CHANGES_DEAD_LETTERS");
    }
}
