//! A search for orders that does not show all of them is an exception of the shop.

use jiff::{SignedDuration, Timestamp};

use super::Shop;
use crate::exception::ExceptionKind;

/// Polls that fail for so long are told: TikTok may be down for a moment.
const FAILING: SignedDuration = SignedDuration::from_mins(5);

impl Shop {
    /// Opens or closes the exception that says that searches for orders are unreliable.
    pub fn judge_search(&mut self, now: Timestamp) {
        match self.search_trouble(now) {
            Some(detail) => self.open_exception(ExceptionKind::SearchUnreliable, detail, now),
            None => self.close_exception(ExceptionKind::SearchUnreliable, now),
        }
    }

    fn search_trouble(&self, now: Timestamp) -> Option<String> {
        let time = |at: Timestamp| at.strftime("%Y-%m-%d %H:%M UTC").to_string();
        if let Some(unread) = &self.poll.unread {
            return Some(format!(
                "TikTok's search for changed orders has no proper end: {}. Orders that changed since {} may be missing; \
                 they are searched for again.",
                unread.fault,
                time(unread.from)
            ));
        }
        if let Some(failing) = self.poll.failing.filter(|f| now.duration_since(f.since) >= FAILING) {
            return Some(format!(
                "TikTok's search for changed orders has failed since {}; it is tried again.",
                time(failing.since)
            ));
        }
        let fault = self.watch.compared.as_ref()?.fault?;
        Some(format!(
            "TikTok's list of open orders has no proper end: {fault}. The daily comparison is not complete; it is \
             repeated every hour."
        ))
    }
}
