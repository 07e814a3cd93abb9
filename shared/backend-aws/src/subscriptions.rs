//! The subscriptions of a topic, and which e-mails each takes.

use domain::RecipientId;
use serde_json::{Map, Value};

use crate::signed::element;

/// A subscription: by its filter policy it picks what is its own.
#[derive(Clone, Debug)]
pub(crate) struct Subscription {
    is_pending: bool,
    /// `None` where it takes everything.
    policy: Option<Map<String, Value>>,
}

/// The subscriptions that a page of `ListSubscriptionsByTopic` shows as confirmed. Instead of an ARN the others have
/// `PendingConfirmation`, or `Deleted`.
pub(crate) fn confirmed(page: &[u8]) -> Vec<String> {
    let page = String::from_utf8_lossy(page);
    let members = page.split("<member>").skip(1);
    let arns = members.filter_map(|member| element(member.as_bytes(), "SubscriptionArn"));
    arns.filter(|arn| arn.starts_with("arn:")).collect()
}

impl Subscription {
    /// Reads an answer of `GetSubscriptionAttributes`. A policy that can't be read takes everything: nobody is called
    /// missing on a guess.
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

    /// True when e-mails to `recipient` may pass. What else the policy asks for, such as a shop, is taken as given.
    pub(crate) fn takes_emails_to(&self, recipient: &RecipientId) -> bool {
        let passes = |name: &str, value: &str| match self.policy.as_ref().and_then(|policy| policy.get(name))
        {
            // A condition that is no text, such as a prefix, may hold.
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
            Subscription::read(answer.as_bytes()).takes_emails_to(&RecipientId::new("ann"))
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
