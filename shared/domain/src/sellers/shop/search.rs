//! A search that does not show all orders is an exception of the shop.

use jiff::Timestamp;

use super::Shop;
use crate::exception::ExceptionKind;
use crate::paging::PagingFault;

impl Shop {
    /// Opens or closes the exception about unreliable searches.
    pub fn judge_search(&mut self, now: Timestamp) {
        match self.search_fault() {
            Some(detail) => self.open_exception(ExceptionKind::OrderSearchUnreliable, detail, now),
            None => self.close_exception(ExceptionKind::OrderSearchUnreliable, now),
        }
    }

    fn search_fault(&self) -> Option<String> {
        let time = |at: Timestamp| at.strftime("%Y-%m-%d %H:%M UTC").to_string();
        if let Some(unread) =
            self.poll.unread.as_ref().filter(|unread| unread.fault == PagingFault::Unreadable)
        {
            return Some(format!(
                "TikTok's search for changed orders gives answers that cannot be read. Orders that changed from {} to {} \
                 may be missing; they are searched for again.",
                time(unread.from),
                time(unread.to)
            ));
        }
        if let Some(unread) = &self.poll.unread {
            return Some(format!(
                "TikTok's search for changed orders cannot be read to its end: {}. Orders that changed since {} may be \
                 missing; they are searched for again.",
                unread.fault,
                time(unread.from)
            ));
        }
        let fault = self.monitor.compared.as_ref()?.fault?;
        Some(format!(
            "TikTok's list of open orders cannot be read to its end: {fault}. The daily comparison is incomplete and is \
             repeated every hour."
        ))
    }
}
