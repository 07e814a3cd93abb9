//! Telling people.

use std::time::Duration;

use async_trait::async_trait;
use domain::recipient::{Channel, Language};
use domain::{AlarmId, DeliveryId, Private, RecipientId, ShopId};

/// One message to one recipient over one channel.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Notification {
    /// The message: the same when it is sent again.
    pub delivery: DeliveryId,
    /// The alarm that it tells of.
    pub alarm: AlarmId,
    /// The shop that the alarm is about.
    pub shop: ShopId,
    /// What the alarm is about, by a name in ASCII: `dispatch_6h`.
    pub kind: String,
    /// How it is sent.
    pub channel: Channel,
    /// To whom.
    pub recipient: RecipientId,
    /// The language of subject and text.
    pub language: Language,
    /// The address or number.
    pub to: Private<String>,
    /// One line, without personal data.
    pub subject: String,
    /// What is said.
    pub text: Private<String>,
}

/// Why a message was not taken. No personal data is in it.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum NotifyError {
    /// The service will not take this message for this recipient; the same again is refused again.
    #[error("refused: {reason}")]
    Refused {
        /// What the service said, by its code.
        reason: String,
    },
    /// It was certainly not sent.
    #[error("not sent: {reason}")]
    NotSent {
        /// Why.
        reason: String,
        /// It may be tried again after this time.
        after: Duration,
    },
    /// It was certainly not sent, and no message will be until an operator mends something: a right, a topic, a password.
    #[error("not sent until it is mended: {reason}")]
    Denied {
        /// What the service said, by its code.
        reason: String,
    },
    /// Nobody knows whether it was sent.
    #[error("the outcome is not known: {reason}")]
    Unknown {
        /// Why.
        reason: String,
    },
}

/// What became of a message that was taken.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum NotifyOutcome {
    /// The service will deliver it.
    Sent,
    /// A function of ours has been told to make the call.
    Queued,
}

/// Sends messages to people.
#[async_trait]
pub trait Notifier: Send + Sync + 'static {
    /// Those of `recipients` whom e-mails do not reach although the service takes them: they have no confirmed
    /// subscription. Nobody, where e-mails go straight to an address.
    ///
    /// # Errors
    /// When the service does not say it.
    async fn unsubscribed(&self, recipients: &[RecipientId]) -> Result<Vec<RecipientId>, NotifyError> {
        let _ = recipients;
        Ok(Vec::new())
    }

    /// Sends a message, once: it is never repeated here. When this returns without an error, the service has taken it;
    /// whether it arrives is another matter.
    ///
    /// # Errors
    /// When the service has not taken it, or nobody knows.
    async fn notify(&self, notification: &Notification) -> Result<NotifyOutcome, NotifyError>;
}
