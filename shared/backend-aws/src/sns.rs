//! Notifications by SNS, in its query protocol (version 2010-03-31).
//!
//! E-mails and requests for calls are published to one topic, where each recipient's subscription selects its own by the
//! attributes: `{"channel": ["email"], "recipient": ["ann"]}`. Text messages go straight to the number.

use async_trait::async_trait;
use backend::{Notification, Notifier, NotifyError, NotifyOutcome};
use domain::RecipientId;
use domain::recipient::Channel;
use reqwest::Method;
use serde_json::json;

use crate::notify_error::{self, TIMEOUT};
use crate::signed::{AwsRequest, AwsResponse, SigningClient, element, encode};
use crate::subscriptions::{self, Subscription};

/// "Less than 100 characters long" (Publish, Subject).
const SUBJECT_CHARS_MAX: usize = 99;

/// A topic's subscriptions are listed in pages of 100.
const PAGES_MAX: usize = 20;

/// Publishes to a topic, and sends text messages.
#[derive(Clone, Debug)]
pub struct Sns {
    signed: SigningClient,
    url: String,
    topic: String,
    sender: Option<String>,
}

impl Sns {
    pub(crate) fn new(signed: SigningClient, url: String, topic: &str) -> Self {
        Self { signed, url, topic: topic.to_owned(), sender: None }
    }

    /// Has text messages show `sender`: 1 to 11 letters and digits, in countries that allow it.
    #[must_use]
    pub fn with_sender_id(self, sender: &str) -> Self {
        Self { sender: Some(sender.to_owned()), ..self }
    }

    /// Sends a request, once.
    async fn request(&self, form: Form) -> Result<AwsResponse, NotifyError> {
        let headers = [("content-type", "application/x-www-form-urlencoded; charset=utf-8")];
        let call = AwsRequest { method: Method::POST, url: &self.url, headers: &headers };
        let answer =
            self.signed.send(&call, form.0.as_bytes(), TIMEOUT).await.map_err(notify_error::no_response)?;
        match answer.status {
            200 => Ok(answer),
            _ => Err(notify_error::refused(&answer, element(&answer.body, "Code"))),
        }
    }

    /// The confirmed subscriptions of the topic.
    async fn subscriptions(&self) -> Result<Vec<Subscription>, NotifyError> {
        let mut arns = Vec::new();
        let mut next: Option<String> = None;
        for _ in 0..PAGES_MAX {
            let form = Form::new("ListSubscriptionsByTopic").with("TopicArn", &self.topic);
            let answer = self.request(match &next {
                Some(token) => form.with("NextToken", token),
                None => form,
            });
            let answer = answer.await?;
            arns.extend(subscriptions::confirmed(&answer.body));
            next = element(&answer.body, "NextToken").filter(|token| !token.is_empty());
            if next.is_none() {
                break;
            }
        }
        let mut all = Vec::with_capacity(arns.len());
        for arn in arns {
            let form = Form::new("GetSubscriptionAttributes").with("SubscriptionArn", &arn);
            match self.request(form).await {
                Ok(answer) => all.push(Subscription::read(&answer.body)),
                // It was removed in the meantime.
                Err(NotifyError::Denied { reason }) if reason.starts_with("NotFound") => {}
                Err(error) => return Err(error),
            }
        }
        Ok(all)
    }

    fn form(&self, notification: &Notification) -> Form {
        let Notification { text, to, .. } = notification;
        let form = Form::new("Publish");
        match notification.channel {
            Channel::Email => form
                .with("TopicArn", &self.topic)
                .with("Subject", &ascii_subject(notification))
                .with("Message", text.expose())
                .with_attributes(&attributes(notification)),
            Channel::Call => form
                .with("TopicArn", &self.topic)
                .with("Message", &call(notification))
                .with_attributes(&attributes(notification)),
            Channel::Sms => {
                let mut attributes = vec![("AWS.SNS.SMS.SMSType", "Transactional")];
                attributes.extend(self.sender.as_deref().map(|sender| ("AWS.SNS.SMS.SenderID", sender)));
                form.with("PhoneNumber", to.expose())
                    .with("Message", text.expose())
                    .with_attributes(&attributes)
            }
        }
    }
}

#[async_trait]
impl Notifier for Sns {
    /// A call is only queued: the function that is subscribed to calls makes it.
    async fn notify(&self, notification: &Notification) -> Result<NotifyOutcome, NotifyError> {
        let answer = self.request(self.form(notification)).await?;
        match element(&answer.body, "MessageId") {
            Some(_) if notification.channel == Channel::Call => Ok(NotifyOutcome::Queued),
            Some(_) => Ok(NotifyOutcome::Sent),
            None => Err(notify_error::broken(&answer)),
        }
    }

    /// SNS accepts an e-mail whether or not anybody is subscribed to it.
    async fn unsubscribed(&self, recipients: &[RecipientId]) -> Result<Vec<RecipientId>, NotifyError> {
        let all = self.subscriptions().await?;
        let missing =
            recipients.iter().filter(|recipient| !all.iter().any(|one| one.accepts_emails_to(recipient)));
        Ok(missing.cloned().collect())
    }
}

/// A request in the query protocol.
struct Form(String);

impl Form {
    fn new(action: &str) -> Self {
        Self(format!("Action={action}&Version=2010-03-31"))
    }

    fn with(mut self, name: &str, value: &str) -> Self {
        self.0.push_str(&format!("&{name}={}", encode(value)));
        self
    }

    fn with_attributes(mut self, attributes: &[(&str, &str)]) -> Self {
        for (n, (name, value)) in (1..).zip(attributes) {
            let entry = format!("MessageAttributes.entry.{n}");
            self = self
                .with(&format!("{entry}.Name"), name)
                .with(&format!("{entry}.Value.DataType"), "String")
                .with(&format!("{entry}.Value.StringValue"), value);
        }
        self
    }
}

/// The attributes by which a subscription selects its messages.
fn attributes(of: &Notification) -> [(&'static str, &str); 7] {
    [
        ("channel", of.channel.name()),
        ("recipient", of.recipient.as_str()),
        ("shop", of.shop.as_str()),
        ("kind", &of.kind),
        ("language", of.language.code()),
        ("alarm", of.alarm.as_str()),
        ("delivery", of.delivery.as_str()),
    ]
}

/// The request for a call: where to look it up, and nothing about the person.
fn call(of: &Notification) -> String {
    json!({"alarm": of.alarm, "delivery": of.delivery, "shop": of.shop, "recipient": of.recipient})
        .to_string()
}

/// The subject as SNS accepts it: "ASCII text that begins with a letter, number, or punctuation mark", in one line. A subject
/// in another script is replaced by the alarm's kind.
fn ascii_subject(of: &Notification) -> String {
    let subject = match of.subject.is_ascii() && !of.subject.trim().is_empty() {
        true => of.subject.clone(),
        false => format!("Punctual: {} (shop {})", of.kind, of.shop),
    };
    let graphic = |c: char| if c.is_ascii_graphic() { c } else { ' ' };
    let line: String = subject.chars().map(graphic).collect();
    line.trim().chars().take(SUBJECT_CHARS_MAX).collect::<String>().trim_end().to_owned()
}

#[cfg(test)]
mod tests {
    use backend::Notification;
    use domain::recipient::{Channel, Language};
    use domain::{AlarmId, DeliveryId, Private, RecipientId, ShopId};

    use super::ascii_subject;

    #[test]
    fn a_subject_is_one_line_of_ascii() {
        let check = |subject: &str, expect: &str| {
            let notification = Notification {
                delivery: DeliveryId::new("d"),
                alarm: AlarmId::new("a"),
                shop: ShopId::new("7495"),
                kind: "dispatch_6h".into(),
                channel: Channel::Email,
                recipient: RecipientId::new("ann"),
                language: Language::Chinese,
                to: Private::from("ann@example.com"),
                subject: subject.into(),
                text: Private::from(""),
            };
            assert_eq!(ascii_subject(&notification), expect, "{subject:?}");
        };
        check("6 h left: 12 orders", "6 h left: 12 orders");
        check(" two\r\nlines\t", "two  lines");
        check(&"x".repeat(120), &"x".repeat(99));
        check(&format!("{} tail", "x".repeat(98)), &"x".repeat(98));
        let kind = "Punctual: dispatch_6h (shop 7495)";
        check("还剩6小时", kind);
        check("Café", kind);
        check(" ", kind);
    }
}
