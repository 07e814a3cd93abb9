//! Alarms on one machine: a line on the terminal, a line in a file, and e-mails by SMTP if a server is configured. Text
//! messages and calls go no further than terminal and file.

mod file;
mod smtp;
mod test_mail;
#[cfg(test)]
mod tests;

use std::path::Path;
use std::sync::Arc;
use std::time::Duration;

use async_trait::async_trait;
use backend::{Notification, Notifier, NotifyError, NotifyOutcome};
use domain::Timestamp;
use domain::recipient::Channel;
use system::Clock;

use crate::text::{note, one_line};
use file::{AlarmFile, AppendOutcome};
pub use smtp::{NotReady, Smtp};
pub use test_mail::{TestMailError, send_test_mail};

/// The pause before a message that could not be written is tried again.
const WRITE_RETRY_AFTER: Duration = Duration::from_secs(5);

/// Notifies people as well as one machine can.
pub struct LocalNotifier {
    file: Arc<AlarmFile>,
    smtp: Option<Smtp>,
    clock: Arc<dyn Clock>,
}

impl LocalNotifier {
    /// Writes to `alarms.jsonl` in the data folder, which exists and is locked by this process; sends e-mails by `smtp`, if
    /// there is one.
    ///
    /// # Errors
    /// When the file can't be read or created.
    pub fn new(data: &Path, smtp: Option<Smtp>, clock: Arc<dyn Clock>) -> std::io::Result<Self> {
        let file = Arc::new(AlarmFile::open(&data.join("alarms.jsonl"))?);
        Ok(Self { file, smtp, clock })
    }

    /// Writes the message to the file.
    async fn write(&self, notification: &Notification, now: Timestamp) -> std::io::Result<AppendOutcome> {
        let (file, line) = (Arc::clone(&self.file), file::AlarmLine::new(notification, now));
        // A disk may be slow.
        let written = tokio::task::spawn_blocking(move || file.append(&line)).await;
        written.unwrap_or_else(|_| Err(std::io::Error::other("writing was aborted")))
    }
}

#[async_trait]
impl Notifier for LocalNotifier {
    /// A message that is sent again is neither shown nor written again; a mail server recognizes it by its `Message-ID`. With
    /// a mail server, whatever is no e-mail is refused, so that its recipients get an e-mail instead: nobody may be looking
    /// at terminal and file.
    async fn notify(&self, notification: &Notification) -> Result<NotifyOutcome, NotifyError> {
        let now = self.clock.now();
        let written = self.write(notification, now).await;
        if !matches!(written, Ok(AppendOutcome::AlreadyThere)) {
            note(&terminal_line(notification, now));
        }
        if let Err(error) = &written {
            tracing::error!(%error, "alarms.jsonl can't be written");
        }
        match (&self.smtp, notification.channel) {
            (Some(smtp), Channel::Email) => smtp.send(notification, now).await.map(|()| NotifyOutcome::Sent),
            // Whatever other channel there is: what this host can't send goes out as an e-mail.
            (Some(_), _) => {
                Err(NotifyError::Refused { reason: "this host sends nothing but e-mails".to_owned() })
            }
            (None, _) if written.is_ok() => Ok(NotifyOutcome::Sent),
            (None, _) => Err(NotifyError::NotSent {
                reason: "alarms.jsonl can't be written".to_owned(),
                after: WRITE_RETRY_AFTER,
            }),
        }
    }
}

/// The line on the terminal, without personal data.
fn terminal_line(notification: &Notification, now: Timestamp) -> String {
    let Notification { kind, channel, recipient, subject, .. } = notification;
    format!("{now:.0} alarm {kind} by {} to {recipient}: {}", channel.name(), one_line(subject))
}
