//! Whether people are told of the shop is watched too: that they are not is an exception of the shop.

use jiff::{SignedDuration, Timestamp};

use super::Shop;
use crate::alarm::RECHECK_EVERY;
use crate::exception::ExceptionKind;
use crate::recipient::{Channel, Recipient};

/// An alarm that still reaches nobody is seen again by then, a late look included.
const SEEN_WITHIN: SignedDuration = SignedDuration::from_mins(5).saturating_add(RECHECK_EVERY);

impl Shop {
    /// An alarm of the shop has reached nobody.
    pub fn alarm_is_untold(&mut self, why: &str, now: Timestamp) {
        let detail = format!("Nobody was told of an alarm: {why}.");
        self.open_exception(ExceptionKind::AlarmUndelivered, detail, now);
        self.monitor.undelivered_at = Some(now);
    }

    /// An alarm that had reached nobody was told.
    pub fn alarm_was_told(&mut self, now: Timestamp) {
        self.close_exception(ExceptionKind::AlarmUndelivered, now);
        self.monitor.undelivered_at = None;
    }

    /// True when the exception is open and no alarm is left that reaches nobody: they were told, or are over.
    pub fn is_told_again(&self, now: Timestamp) -> bool {
        let open = self.open_exceptions().any(|exception| exception.kind == ExceptionKind::AlarmUndelivered);
        open && self.monitor.undelivered_at.is_none_or(|at| now.duration_since(at) > SEEN_WITHIN)
    }

    /// Opens or closes the exception that says that e-mails to these recipients of the shop reach nobody. True when that
    /// changed anything.
    pub fn show_unsubscribed(&mut self, unsubscribed: &[&Recipient], now: Timestamp) -> bool {
        let before = self.monitor.exceptions.clone();
        if unsubscribed.is_empty() {
            self.close_exception(ExceptionKind::RecipientNotSubscribed, now);
        } else {
            let ids: Vec<&str> = unsubscribed.iter().map(|recipient| recipient.id.as_str()).collect();
            let detail = format!(
                "These have no confirmed subscription to the topic of the alarms: {}.",
                ids.join(", ")
            );
            self.open_exception(ExceptionKind::RecipientNotSubscribed, detail, now);
        }
        self.monitor.exceptions != before
    }
}

impl Recipient {
    /// True for who is told by e-mail, as a rule or when nothing else reaches them.
    pub fn has_email(&self) -> bool {
        self.address(Channel::Email).is_some()
    }
}
