//! A test mail, which shows whether alarms would arrive.

use std::sync::Arc;

use backend::{Notification, NotifyError};
use domain::recipient::{Channel, Language};
use domain::{AlarmId, DeliveryId, Private, RecipientId, ShopId};
use system::Clock;

use super::smtp::{NotReady, Smtp};

/// Why the test mail was not sent.
#[derive(Debug, thiserror::Error)]
pub enum TestMailError {
    /// The server would not accept it, or does not answer.
    #[error(transparent)]
    NotReady(#[from] NotReady),
    /// The server did not accept it.
    #[error("the test mail was not accepted")]
    NotAccepted(#[from] NotifyError),
}

/// Sends a test mail to `to` by `smtp`.
///
/// # Errors
/// When the server has not accepted it.
pub async fn send_test_mail(smtp: &Smtp, to: &str, clock: &Arc<dyn Clock>) -> Result<(), TestMailError> {
    smtp.check().await?;
    let now = clock.now();
    let mail = Notification {
        delivery: DeliveryId::new(format!("test-mail/{}", now.as_millisecond())),
        alarm: AlarmId::new("test-mail"),
        shop: ShopId::new("none"),
        kind: "test_mail".to_owned(),
        channel: Channel::Email,
        recipient: RecipientId::new("test"),
        language: Language::English,
        to: Private::from(to),
        subject: "Punctual: test mail".to_owned(),
        text: Private::from("This is how alarms from Punctual will reach you. There is nothing to do.\n"),
    };
    Ok(smtp.send(&mail, now).await?)
}
