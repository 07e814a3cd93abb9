//! Pages of changed orders that cannot be read: the window is narrowed down to the order at fault, and only that is skipped.

use std::collections::BTreeSet;

use domain::paging::{PageReader, PageStep};
use domain::polling::{NarrowedWindow, PollWindow, ReadOutcome, TimeRange};
use domain::{OrderId, Timestamp};
use tiktok::OrderSearch;
use workflow::{CallError, error_chain};

use crate::read::{Poll, PollRange, SECOND, named, search};

/// The most orders of one second that are read one by one from either end of it.
const SINGLES_MAX: u32 = 200;
/// September 2001: no order changed then, so that a search of its second finds nothing.
const LONG_AGO: i64 = 1_000_000_000;

impl Poll<'_> {
    /// A page of the window cannot be read: continues with half of the window. A window of one second is read order by
    /// order, and what cannot be read of it is skipped.
    pub(crate) async fn narrow(
        &mut self,
        window: &mut PollWindow,
        range: PollRange,
        error: &tiktok::Error,
    ) -> Result<ReadOutcome, CallError> {
        tracing::warn!(shop = %self.shop.value.id, error = error_chain(error), "page of orders can't be read");
        if !std::mem::replace(&mut self.is_probed, true) {
            // Should a search that finds nothing fail as well, then no order is the cause.
            let from = Timestamp::from_second(LONG_AGO).unwrap_or(Timestamp::UNIX_EPOCH);
            let nothing = PollWindow::new(from, from.saturating_add(SECOND).unwrap_or(from));
            self.function.tiktok.search_orders(&self.access, &search(&nothing, 1)).await?;
        }
        match window.narrowed() {
            NarrowedWindow::Half(half) => {
                *window = half;
                Ok(if self.is_over() { ReadOutcome::OutOfTime } else { ReadOutcome::Narrowed })
            }
            NarrowedWindow::Second(second) => {
                *window = second;
                if !self.read_one_by_one(window, range).await? {
                    self.skip(TimeRange { from: window.from, to: window.to }, range);
                }
                Ok(ReadOutcome::Complete)
            }
        }
    }

    /// Reads a window order by order, from both its ends. True when all of it was read.
    async fn read_one_by_one(&mut self, window: &PollWindow, range: PollRange) -> Result<bool, CallError> {
        let mut seen: BTreeSet<OrderId> = BTreeSet::new();
        let mut total = None;
        for newest_first in [false, true] {
            let mut reading = PageReader::new(SINGLES_MAX);
            let mut page_token = None;
            while !self.is_over() {
                let search = OrderSearch { newest_first, page_token, ..search(window, 1) };
                let page = match self.function.tiktok.search_orders(&self.access, &search).await {
                    Err(error) if error.is_broken_answer() || error.is_server_fault() => break,
                    page => page?,
                };
                self.handle_page(&page, window, range).await?;
                let ids: Vec<OrderId> =
                    page.orders.iter().filter_map(|order| named(order).cloned()).collect();
                seen.extend(ids.iter().cloned());
                total = total.max(page.total_count);
                match reading.page(ids, page.next_page_token.as_deref(), None) {
                    PageStep::Next(token) => page_token = Some(token),
                    PageStep::End => return Ok(true),
                    PageStep::Broken(_) => break,
                }
            }
        }
        Ok(total.is_some_and(|total| u64::try_from(seen.len()).is_ok_and(|seen| seen >= total)))
    }

    /// Records that a span cannot be read. It is searched again, and people hear of it.
    pub(crate) fn skip(&mut self, span: TimeRange, range: PollRange) {
        let shop = &self.shop.value.id;
        tracing::error!(shop = %shop, from = %span.from, to = %span.to, "skipping order changes that can't be read");
        self.has_skipped = true;
        match range {
            PollRange::New => self.shop.value.poll.pass_over(span),
            PollRange::Unread => self.shop.value.poll.pass_over_again(span),
        }
    }
}
