//! The subscriptions of a topic, and the e-mails that each accepts.

use domain::RecipientId;
use serde_json::{Map, Value};

use crate::signed::element;

/// A subscription, whose filter policy selects messages.
#[derive(Clone, Debug)]
pub(crate) struct Subscription {
    is_pending: bool,
    /// `None` if it accepts everything.
    policy: Option<Map<String, Value>>,
}

/// The confirmed subscriptions in a page of `ListSubscriptionsByTopic`. Instead of an ARN the others have
/// `PendingConfirmation` or `Deleted`.
pub(crate) fn confirmed(page: &[u8]) -> Vec<String> {
    let page = String::from_utf8_lossy(page);
    let members = page.split("<member>").skip(1);
    let arns = members.filter_map(|member| element(member.as_bytes(), "SubscriptionArn"));
    arns.filter(|arn| arn.starts_with("arn:")).collect()
}

impl Subscription {
    /// Reads a response of `GetSubscriptionAttributes`. A policy that can't be read counts as accepting everything, so that
    /// nobody is reported as missing on a guess.
    pub(crate) fn read(answer: &[u8]) -> Self {
        let answer = String::from_utf8_lossy(answer);
        let value = |key: &str| {
            let key = format!("<key>{key}</key>");
            let entry = answer.split("<entry>").find(|entry| entry.contains(&key))?;
            element(entry.as_bytes(), "value")
        };
        Self {
            is_pending: value("PendingConfirmation").is_some_and(|pending| pending == "true"),
            policy: value("FilterPolicy").and_then(|policy| serde_json::from_str(&unescaped(&policy)).ok()),
        }
    }

    /// Whether e-mails to `recipient` may pass. Other conditions of the policy, such as a shop, are assumed to hold.
    pub(crate) fn accepts_emails_to(&self, recipient: &RecipientId) -> bool {
        let passes = |name: &str, value: &str| match self.policy.as_ref().and_then(|policy| policy.get(name))
        {
            // A condition that is not a plain value, such as a prefix, may hold.
            Some(Value::Array(values)) => {
                values.iter().any(|one| one.as_str().is_none_or(|one| one == value))
            }
            Some(one) => one.as_str().is_none_or(|one| one == value),
            None => true,
        };
        !self.is_pending && passes("channel", "email") && passes("recipient", recipient.as_str())
    }
}

fn unescaped(xml: &str) -> String {
    [("&quot;", "\""), ("&#34;", "\""), ("&apos;", "'"), ("&lt;", "<"), ("&gt;", ">"), ("&amp;", "&")]
        .iter()
        .fold(xml.to_owned(), |text, (escaped, plain)| text.replace(escaped, plain))
}

#[cfg(test)]
mod tests {
    use domain::RecipientId;

    use super::{Subscription, confirmed};

    #[test]
    fn only_confirmed_ones_count() {
        let member = |arn: &str| {
            format!("<member><Protocol>email</Protocol><SubscriptionArn>{arn}</SubscriptionArn></member>")
        };
        let page =
            ["arn:aws:sns:us-east-1:1:alarms:a", "PendingConfirmation", "Deleted"].map(member).concat();
        assert_eq!(confirmed(page.as_bytes()), ["arn:aws:sns:us-east-1:1:alarms:a"]);
        assert!(confirmed(b"<html>").is_empty());
    }

    #[test]
    fn a_policy_takes_what_it_names() {
        let takes = |policy: Option<&str>| {
            let entry = policy.map(|policy| {
                format!(
                    "<entry><key>FilterPolicy</key><value>{}</value></entry>",
                    policy.replace('"', "&quot;")
                )
            });
            let answer = format!("<Attributes>{}</Attributes>", entry.unwrap_or_default());
            Subscription::read(answer.as_bytes()).accepts_emails_to(&RecipientId::new("ann"))
        };
        for (policy, expect) in [
            (None, true),
            (Some(r#"{"channel":["email"],"recipient":["bo","ann"]}"#), true),
            (Some(r#"{"channel":["email"],"recipient":["ann"],"shop":["7495"]}"#), true),
            (Some(r#"{"channel":["email"],"recipient":[{"prefix":"a"}]}"#), true),
            (Some(r#"{"channel":["email"],"recipient":["bo"]}"#), false),
            (Some(r#"{"channel":["call"]}"#), false),
            (Some("{"), true),
        ] {
            assert_eq!(takes(policy), expect, "{policy:?}");
        }
    }
}
