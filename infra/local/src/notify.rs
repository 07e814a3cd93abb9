//! Alarms on one machine: a line on the terminal, a line in a file, and e-mails by SMTP where a server is configured.
//! Text messages and calls go no further than terminal and file.

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

use crate::progress::say;
use file::AlarmFile;
pub use smtp::{NotReady, Smtp};
pub use test_mail::{TestMailError, test_mail};

/// The pause after which a message that could not be written may be tried again.
const WRITTEN_AGAIN_AFTER: Duration = Duration::from_secs(5);

/// Tells people as well as one machine can.
pub struct LocalNotifier {
    file: Arc<AlarmFile>,
    smtp: Option<Smtp>,
    clock: Arc<dyn Clock>,
}

impl LocalNotifier {
    /// Writes to `alarms.jsonl` in the data folder, which is there and held by this process alone; sends e-mails by
    /// `smtp`, if there is one.
    ///
    /// # Errors
    /// When the file can't be read or made.
    pub fn new(data: &Path, smtp: Option<Smtp>, clock: Arc<dyn Clock>) -> std::io::Result<Self> {
        let file = Arc::new(AlarmFile::open(&data.join("alarms.jsonl"))?);
        Ok(Self { file, smtp, clock })
    }

    /// Keeps the message; true when it was not there yet.
    async fn keep(&self, notification: &Notification, now: Timestamp) -> std::io::Result<bool> {
        let (file, line) = (Arc::clone(&self.file), file::Line::new(notification, now));
        // A disk may take its time.
        let kept = tokio::task::spawn_blocking(move || file.append(&line)).await;
        kept.unwrap_or_else(|_| Err(std::io::Error::other("it was given up")))
    }
}

#[async_trait]
impl Notifier for LocalNotifier {
    /// What is sent again is neither shown nor kept again; a server of e-mails knows it by its `Message-ID`. Where there is
    /// such a server, who was to be told by text message or call is told by e-mail: nobody may be looking at terminal and
    /// file.
    async fn notify(&self, notification: &Notification) -> Result<NotifyOutcome, NotifyError> {
        let now = self.clock.now();
        let kept = self.keep(notification, now).await;
        if !matches!(kept, Ok(false)) {
            say(&shown(notification, now));
        }
        if let Err(error) = &kept {
            tracing::error!(%error, "alarms.jsonl can't be written");
        }
        match (&self.smtp, notification.channel) {
            (Some(smtp), Channel::Email) => smtp.send(notification, now).await.map(|()| NotifyOutcome::Sent),
            (Some(_), Channel::Sms | Channel::Call) => Err(NotifyError::Refused {
                reason: "this host sends neither text messages nor calls".to_owned(),
            }),
            (None, _) if kept.is_ok() => Ok(NotifyOutcome::Sent),
            (None, _) => Err(NotifyError::NotSent {
                reason: "alarms.jsonl can't be written".to_owned(),
                after: WRITTEN_AGAIN_AFTER,
            }),
        }
    }
}

/// The terminal's line, without personal data.
fn shown(notification: &Notification, now: Timestamp) -> String {
    let Notification { kind, channel, recipient, subject, .. } = notification;
    format!("{now:.0} alarm {kind} by {} to {recipient}: {}", channel.name(), one_line(subject))
}

/// Text without line breaks or other control characters.
fn one_line(text: &str) -> String {
    let text: String = text.chars().map(|c| if c.is_control() { ' ' } else { c }).collect();
    text.trim().to_owned()
}
