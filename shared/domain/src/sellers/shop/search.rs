//! A search for orders that does not show all of them is an exception of the shop.

use jiff::Timestamp;

use super::Shop;
use crate::exception::ExceptionKind;
use crate::paging::PagingFault;

impl Shop {
    /// Opens or closes the exception that says that searches for orders are unreliable.
    pub fn judge_search(&mut self, now: Timestamp) {
        match self.search_trouble() {
            Some(detail) => self.open_exception(ExceptionKind::OrderSearchUnreliable, detail, now),
            None => self.close_exception(ExceptionKind::OrderSearchUnreliable, now),
        }
    }

    fn search_trouble(&self) -> Option<String> {
        let time = |at: Timestamp| at.strftime("%Y-%m-%d %H:%M UTC").to_string();
        if let Some(unread) =
            self.poll.unread.as_ref().filter(|unread| unread.fault == PagingFault::Unreadable)
        {
            return Some(format!(
                "TikTok's search for changed orders gives answers that can't be read. Orders that changed from {} to {} may \
                 be missing; they are searched for again.",
                time(unread.from),
                time(unread.to)
            ));
        }
        if let Some(unread) = &self.poll.unread {
            return Some(format!(
                "TikTok's search for changed orders has no proper end: {}. Orders that changed since {} may be missing; \
                 they are searched for again.",
                unread.fault,
                time(unread.from)
            ));
        }
        let fault = self.monitor.compared.as_ref()?.fault?;
        Some(format!(
            "TikTok's list of open orders has no proper end: {fault}. The daily comparison is not complete; it is \
             repeated every hour."
        ))
    }
}
