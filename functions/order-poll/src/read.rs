//! The poll of one shop: first the window since the last poll, then what an earlier poll could not read.

use std::time::Instant;

use backend::{Committed, Versioned};
use domain::OrderId;
use domain::exception::ExceptionKind;
use domain::paging::{PageReader, PageStep};
use domain::polling::{PAGES_MAX, PollWindow, ReadOutcome};
use domain::shop::Shop;
use jiff::SignedDuration;
use tiktok::{OrderSearch, ParsedOrder, ShopAccess};
use workflow::{CallError, StepError};

use crate::{OrderPoll, READING_TIME};

/// The largest page of Get Order List.
const PAGE_SIZE: u32 = 100;
/// After so many failed polls in a row an order may be the cause.
const FAULTS_MAX: u32 = 3;
pub(crate) const SECOND: SignedDuration = SignedDuration::from_secs(1);

/// A poll under way.
pub(crate) struct Poll<'a> {
    pub(crate) function: &'a OrderPoll,
    pub(crate) shop: &'a mut Versioned<Shop>,
    pub(crate) access: ShopAccess,
    /// When it stops after the page that it is reading.
    until: Instant,
    /// Changes that a webhook had announced.
    pub(crate) webhooks_seen: usize,
    /// Changes that a webhook should have announced and none did.
    pub(crate) webhooks_missed: usize,
    /// Something was skipped because it cannot be read.
    pub(crate) has_skipped: bool,
    /// True once it was checked that TikTok answers a search that finds nothing.
    pub(crate) is_probed: bool,
}

/// Which changes are read.
#[derive(Clone, Copy)]
pub(crate) enum PollRange {
    /// Those since the last poll.
    New,
    /// Those that an earlier poll could not read.
    Unread,
}

impl<'a> Poll<'a> {
    pub(crate) fn new(function: &'a OrderPoll, shop: &'a mut Versioned<Shop>) -> Self {
        Self {
            function,
            access: ShopAccess::from(&shop.value),
            shop,
            until: Instant::now() + READING_TIME,
            webhooks_seen: 0,
            webhooks_missed: 0,
            has_skipped: false,
            is_probed: false,
        }
    }

    /// Reads what has changed since the last poll.
    pub(crate) async fn run(mut self) -> Result<(), CallError> {
        let mut window =
            self.shop.value.poll.window_at(self.function.clock.now(), self.function.settings.overlap);
        loop {
            let ended = self.read(&mut window, PAGES_MAX, PollRange::New).await?;
            let rest = self.shop.value.poll.window_ended(&window, ended);
            match (ended, rest) {
                (ReadOutcome::OutOfTime, _) => return self.stop().await,
                (_, Some(_)) if self.is_over() => return self.stop().await,
                (_, Some(rest)) => {
                    self.commit().await?;
                    window = rest;
                }
                (ReadOutcome::Broken(fault), None) if self.shop.value.poll.unread.is_some() => {
                    tracing::warn!(shop = %self.shop.value.id, %fault, "search for changed orders was cut short");
                    return self.end().await;
                }
                (ReadOutcome::Broken(_) | ReadOutcome::Complete | ReadOutcome::Narrowed, None) => break,
            }
        }
        let now = self.function.clock.now();
        self.shop.value.poll.judge_webhooks(self.webhooks_seen, self.webhooks_missed, now);
        // What was just skipped is read again a little later.
        if self.has_skipped { self.end().await } else { self.read_unread().await }
    }

    /// Reads again what an earlier poll could not read to its end.
    async fn read_unread(mut self) -> Result<(), CallError> {
        let now = self.function.clock.now();
        let Some(unread) = self.shop.value.poll.try_unread(now) else { return self.end().await };
        // The attempt is counted before it is made, so that one that dies is not repeated at once.
        self.end().await?;
        let mut window = Some(unread.window(self.function.clock.now()));
        while let Some(mut reading) = window.take() {
            let ended = self.read(&mut reading, unread.pages_max(), PollRange::Unread).await?;
            let rest = self.shop.value.poll.unread_ended(&reading, ended, self.function.clock.now());
            match ended {
                ReadOutcome::OutOfTime => return self.stop().await,
                ReadOutcome::Broken(fault) if rest.is_none() => {
                    tracing::warn!(shop = %self.shop.value.id, %fault, "search for unread orders was cut short");
                }
                ReadOutcome::Broken(_) | ReadOutcome::Complete | ReadOutcome::Narrowed => {
                    window = rest.filter(|_| !self.is_over());
                }
            }
        }
        self.end().await
    }

    /// True when one of the orders on a page may be why the page can't be had. A fault of TikTok's counts once several polls
    /// in a row have failed, or some of what is read has been at fault before: most faults pass by themselves.
    fn may_be_of_an_order(&self, window: &PollWindow, range: PollRange, error: &tiktok::Error) -> bool {
        let is_unread = match range {
            PollRange::New => false,
            PollRange::Unread => true,
        };
        let is_known = is_unread || self.is_probed || window.is_narrowed();
        error.is_broken_answer()
            || error.is_server_fault() && (is_known || is_failing_again(&self.shop.value))
    }

    pub(crate) fn is_over(&self) -> bool {
        Instant::now() >= self.until
    }

    /// Ends the poll. The next one comes after the usual interval; when something is unread, that decides.
    async fn end(&mut self) -> Result<(), CallError> {
        let (now, interval) = (self.function.clock.now(), self.function.interval(&self.shop.value));
        self.shop.value.poll.polled(interval, now);
        self.shop.value.judge_search(now);
        self.shop.value.close_exception(ExceptionKind::ServiceUnavailable, now);
        self.shop.value.judge_app(now);
        self.function.judge_clock(&mut self.shop.value);
        self.commit().await
    }

    /// Stops the poll for now; the next run resumes it.
    async fn stop(&mut self) -> Result<(), CallError> {
        self.shop.value.poll.stopped(self.function.clock.now());
        self.commit().await
    }

    async fn commit(&mut self) -> Result<(), CallError> {
        match self.function.shops.commit_shop(&self.shop.value, self.shop.version).await? {
            Committed::Stored(version) => {
                self.shop.version = version;
                Ok(())
            }
            Committed::LostRace => Err(StepError::Contention(self.shop.value.id.to_string()).into()),
        }
    }

    /// Reads a window from its next page on.
    async fn read(
        &mut self,
        window: &mut PollWindow,
        pages_max: u32,
        range: PollRange,
    ) -> Result<ReadOutcome, CallError> {
        let mut reading = match &window.page_token {
            Some(token) => PageReader::resumed(pages_max, token.clone(), window.pages, window.orders),
            None => PageReader::new(pages_max),
        };
        loop {
            let search = OrderSearch { page_token: window.page_token.clone(), ..search(window, PAGE_SIZE) };
            let page = match self.function.tiktok.search_orders(&self.access, &search).await {
                Err(error) if self.may_be_of_an_order(window, range, &error) => {
                    return self.narrow(window, range, &error).await;
                }
                page => page?,
            };
            let ids = page.orders.iter().enumerate().map(|(place, order)| id_of(order, window.pages, place));
            let step = reading.page(ids, page.next_page_token.as_deref(), page.total_count);
            self.handle_page(&page, window, range).await?;
            window.note_page(page.orders.iter().flatten().map(|order| order.updated_at));
            window.orders = reading.entries();
            match step {
                PageStep::End => return Ok(ReadOutcome::Complete),
                PageStep::Broken(fault) => return Ok(ReadOutcome::Broken(fault)),
                PageStep::Next(token) => window.page_token = Some(token),
            }
            if self.is_over() {
                return Ok(ReadOutcome::OutOfTime);
            }
            match range {
                PollRange::New => self.shop.value.poll.window = Some(window.clone()),
                PollRange::Unread => self.shop.value.poll.unread_page(window, self.function.clock.now()),
            }
            self.commit().await?;
        }
    }
}

/// True when so many polls in a row have failed that a fault of TikTok's need not pass by itself.
pub(crate) fn is_failing_again(shop: &Shop) -> bool {
    shop.poll.failing.is_some_and(|failing| failing.count >= FAULTS_MAX)
}

/// A search for what changed in a window.
pub(crate) fn search(window: &PollWindow, page_size: u32) -> OrderSearch {
    OrderSearch {
        update_time_ge: Some(window.from),
        update_time_lt: Some(window.to),
        page_size,
        ..OrderSearch::default()
    }
}

/// The order's id; `None` for an unreadable entry without one.
pub(crate) fn named(order: &ParsedOrder) -> Option<&OrderId> {
    match order {
        Ok(order) => Some(&order.id),
        Err(unreadable) => unreadable.id.as_ref(),
    }
}

/// The order's id, or a placeholder, so that an entry without one still counts towards the page.
fn id_of(order: &ParsedOrder, page: u32, place: usize) -> OrderId {
    named(order).cloned().unwrap_or_else(|| OrderId::new(format!("nameless/{page}/{place}")))
}
