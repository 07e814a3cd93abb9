//! Alarms that reach nobody are an exception of the shop themselves.

use jiff::{SignedDuration, Timestamp};

use super::Shop;
use crate::alarm::RECHECK_EVERY;
use crate::exception::ExceptionKind;
use crate::recipient::{Channel, Recipient};

/// An alarm that still reaches nobody is seen again within this time, even by a late check.
const SEEN_WITHIN: SignedDuration = SignedDuration::from_mins(5).saturating_add(RECHECK_EVERY);

impl Shop {
    /// An alarm of the shop has reached nobody.
    pub fn alarm_is_untold(&mut self, why: &str, now: Timestamp) {
        let detail = format!("An alarm reached nobody: {why}.");
        self.open_exception(ExceptionKind::AlarmUndelivered, detail, now);
        self.monitor.undelivered_at = Some(now);
    }

    /// An alarm that had reached nobody has reached somebody.
    pub fn alarm_was_told(&mut self, now: Timestamp) {
        self.close_exception(ExceptionKind::AlarmUndelivered, now);
        self.monitor.undelivered_at = None;
    }

    /// True if the exception is open and no alarm is left that reaches nobody: they were delivered, or are over.
    pub fn is_told_again(&self, now: Timestamp) -> bool {
        let open = self.open_exceptions().any(|exception| exception.kind == ExceptionKind::AlarmUndelivered);
        open && self.monitor.undelivered_at.is_none_or(|at| now.duration_since(at) > SEEN_WITHIN)
    }

    /// Opens or closes the exception about recipients whom e-mails do not reach. True if that changed anything.
    pub fn show_unsubscribed(&mut self, unsubscribed: &[&Recipient], now: Timestamp) -> bool {
        let before = self.monitor.exceptions.clone();
        if unsubscribed.is_empty() {
            self.close_exception(ExceptionKind::RecipientNotSubscribed, now);
        } else {
            let ids: Vec<&str> = unsubscribed.iter().map(|recipient| recipient.id.as_str()).collect();
            let detail = format!(
                "These recipients have no confirmed subscription to the alarm topic: {}.",
                ids.join(", ")
            );
            self.open_exception(ExceptionKind::RecipientNotSubscribed, detail, now);
        }
        self.monitor.exceptions != before
    }
}

impl Recipient {
    /// True for somebody who receives e-mails, always or if nothing else reaches them.
    pub fn has_email(&self) -> bool {
        self.address(Channel::Email).is_some()
    }
}
