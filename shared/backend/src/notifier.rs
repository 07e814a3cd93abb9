//! Notifications to people, and what can become of them.

use std::time::Duration;

use async_trait::async_trait;
use domain::recipient::{Channel, Language};
use domain::{AlarmId, DeliveryId, Private, RecipientId, ShopId};

/// One message to one recipient over one channel.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Notification {
    /// The id of the message, which stays the same when it is sent again.
    pub delivery: DeliveryId,
    /// The alarm that it is about.
    pub alarm: AlarmId,
    /// The shop that the alarm is about.
    pub shop: ShopId,
    /// The alarm's kind, for example `dispatch_6h`.
    pub kind: String,
    pub channel: Channel,
    pub recipient: RecipientId,
    /// The language of subject and text.
    pub language: Language,
    /// The address or number.
    pub to: Private<String>,
    /// One line without personal data.
    pub subject: String,
    pub text: Private<String>,
}

/// Why a notification was not accepted. It contains no personal data.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum NotifyError {
    /// The service does not accept this message for this recipient. Sending it again is refused again.
    #[error("refused: {reason}")]
    Refused {
        /// The service's error code.
        reason: String,
    },
    /// It was definitely not sent.
    #[error("not sent: {reason}")]
    NotSent {
        reason: String,
        /// When it may be tried again.
        after: Duration,
    },
    /// It was definitely not sent, and no message will be until an operator fixes a permission, a topic or a password.
    #[error("not sent until the cause is fixed: {reason}")]
    Denied {
        /// The service's error code.
        reason: String,
    },
    /// It is unknown whether it was sent.
    #[error("the outcome is unknown: {reason}")]
    Unknown { reason: String },
}

/// What happens to a notification that was accepted.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum NotifyOutcome {
    /// The service delivers it.
    Sent,
    /// Another function of ours makes the call.
    Queued,
}

/// Sends notifications to people.
#[async_trait]
pub trait Notifier: Send + Sync + 'static {
    /// The recipients without a confirmed subscription, whom e-mails do not reach although the service accepts them. Nobody, where
    /// e-mails go straight to an address.
    ///
    /// # Errors
    /// When the service does not answer that.
    async fn unsubscribed(&self, recipients: &[RecipientId]) -> Result<Vec<RecipientId>, NotifyError> {
        let _ = recipients;
        Ok(Vec::new())
    }

    /// Sends a notification once; it is never repeated here. If there is no error, the service has accepted it, which does not
    /// mean that it arrives.
    ///
    /// # Errors
    /// When the service has not accepted it, or that is unknown.
    async fn notify(&self, notification: &Notification) -> Result<NotifyOutcome, NotifyError>;
}
