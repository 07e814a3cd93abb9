//! The poll of one shop: first the window since the last poll, then what an earlier poll could not read.

use std::collections::BTreeSet;
use std::time::{Duration, Instant};

use backend::{Committed, Versioned};
use domain::exception::ExceptionKind;
use domain::message::{ChangeSource, Message};
use domain::order::{Order, OrderStatus};
use domain::paging::{PageReader, PageStep};
use domain::polling::{NarrowedWindow, PAGES_MAX, PollWindow, ReadOutcome, TimeRange, WEBHOOK_GRACE};
use domain::shop::Shop;
use domain::{OrderId, OrderKey, Timestamp};
use jiff::SignedDuration;
use tiktok::{OrderSearch, OrderSearchPage, ParsedOrder, ShopAccess};
use workflow::{CallError, StepError, error_chain};

use crate::{OrderPoll, READING_TIME};

/// The largest page of Get Order List.
const PAGE_SIZE: u32 = 100;
/// The most orders of one second that are read one by one from either end of it.
const SINGLES_MAX: u32 = 200;
const SECOND: SignedDuration = SignedDuration::from_secs(1);
/// September 2001: no order changed then, so that a search of its second finds nothing.
const LONG_AGO: i64 = 1_000_000_000;
/// A change that is this much older than the last poll proves nothing of whether webhooks arrive today.
const WEBHOOK_PROOF_AGE_MAX: SignedDuration = SignedDuration::from_mins(2);

/// A poll under way.
pub(crate) struct Poll<'a> {
    function: &'a OrderPoll,
    shop: &'a mut Versioned<Shop>,
    access: ShopAccess,
    /// When it stops after the page that it is reading.
    until: Instant,
    /// How many changes a webhook had told of.
    webhooks_seen: usize,
    /// How many changes no webhook had told of.
    webhooks_missed: usize,
    /// Something was skipped because it cannot be read.
    has_skipped: bool,
    /// Whether TikTok answers a search at all was tried already.
    is_probed: bool,
}

/// Which changes are read.
#[derive(Clone, Copy)]
enum PollRange {
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
                    tracing::warn!(shop = %self.shop.value.id, %fault, "search for changed orders broke off");
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
                    tracing::warn!(shop = %self.shop.value.id, %fault, "search for unread orders broke off");
                }
                ReadOutcome::Broken(_) | ReadOutcome::Complete | ReadOutcome::Narrowed => {
                    window = rest.filter(|_| !self.is_over());
                }
            }
        }
        self.end().await
    }

    fn is_over(&self) -> bool {
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
                Err(error) if error.is_broken_answer() => return self.narrow(window, range, &error).await,
                page => page?,
            };
            let ids = page.orders.iter().enumerate().map(|(place, order)| id_of(order, window.pages, place));
            let step = reading.page(ids, page.next_page_token.as_deref(), page.total_count);
            self.take_all(&page, window, range).await?;
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

    /// A page of the window cannot be read: goes on with half of the window. When one second is left it is read order by
    /// order, and what cannot be read of that is skipped.
    async fn narrow(
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
                if !self.read_singly(window, range).await? {
                    self.skip(TimeRange { from: window.from, to: window.to }, range);
                }
                Ok(ReadOutcome::Complete)
            }
        }
    }

    /// Reads a window order by order, from both its ends. True when all of it was read.
    async fn read_singly(&mut self, window: &PollWindow, range: PollRange) -> Result<bool, CallError> {
        let mut seen: BTreeSet<OrderId> = BTreeSet::new();
        let mut total = None;
        for newest_first in [false, true] {
            let mut reading = PageReader::new(SINGLES_MAX);
            let mut page_token = None;
            while !self.is_over() {
                let search = OrderSearch { newest_first, page_token, ..search(window, 1) };
                let page = match self.function.tiktok.search_orders(&self.access, &search).await {
                    Err(error) if error.is_broken_answer() => break,
                    page => page?,
                };
                self.take_all(&page, window, range).await?;
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
    fn skip(&mut self, span: TimeRange, range: PollRange) {
        tracing::error!(shop = %self.shop.value.id, from = %span.from, to = %span.to, "changes that can't be read are skipped");
        self.has_skipped = true;
        match range {
            PollRange::New => self.shop.value.poll.pass_over(span),
            PollRange::Unread => self.shop.value.poll.pass_over_again(span),
        }
    }

    /// Handles the orders of a page. One that cannot be read is read back by itself. One without an id is searched again,
    /// in the span between its neighbors.
    async fn take_all(
        &mut self,
        page: &OrderSearchPage,
        window: &PollWindow,
        range: PollRange,
    ) -> Result<(), CallError> {
        let mut before = window.read_until.unwrap_or(window.from);
        let mut nameless = false;
        for order in &page.orders {
            match order {
                Ok(order) => {
                    if std::mem::take(&mut nameless) {
                        let to = order.updated_at.saturating_add(SECOND).unwrap_or(window.to);
                        self.skip(TimeRange { from: before, to: to.max(before) }, range);
                    }
                    before = order.updated_at;
                    self.take(order).await?;
                }
                Err(unreadable) => {
                    let error = error_chain(unreadable);
                    tracing::error!(shop = %self.shop.value.id, error, "order can't be read");
                    match &unreadable.id {
                        Some(id) => self.read_back(id.clone()).await?,
                        None => nameless = true,
                    }
                }
            }
        }
        if nameless {
            self.skip(TimeRange { from: before.min(window.to), to: window.to }, range);
        }
        Ok(())
    }

    /// Has an order read back by itself. Should it stay unreadable, its shop shows it.
    async fn read_back(&self, order: OrderId) -> Result<(), CallError> {
        let key = OrderKey::new(self.shop.value.id.clone(), order);
        let message = Message::order_change(key, ChangeSource::Poll);
        Ok(self.function.queues.send(&message, Duration::ZERO).await?)
    }

    /// Sends the order to order-sync when it differs from what is stored.
    async fn take(&mut self, order: &Order) -> Result<(), CallError> {
        let shop = &mut self.shop.value;
        shop.monitor.newest_order_at = shop.monitor.newest_order_at.max(Some(order.created_at));
        let key = OrderKey::new(shop.id.clone(), order.id.clone());
        let stored = match self.function.orders.load_order(&key).await {
            // order-sync could not read the record either. deadline-alarm raises an alarm for it.
            Err(error) if error.is_corrupt() => return Ok(()),
            stored => stored?.map(|stored| stored.value),
        };
        let has_webhook = stored
            .as_ref()
            .and_then(|record| record.webhooks_seen_until)
            .is_some_and(|until| until >= order.updated_at);
        let changed = match &stored {
            Some(record) => record.order.updated_at < order.updated_at,
            // An unknown order that has shipped already did so before the shop was connected.
            None => !has_shipped_or_ended(&order.status),
        };
        let polled_until = shop.poll.watermark.unwrap_or(order.updated_at);
        if has_webhook {
            let is_proof = polled_until.duration_since(order.updated_at) < WEBHOOK_PROOF_AGE_MAX;
            self.webhooks_seen += usize::from(is_proof);
        } else if changed && self.function.clock.now().duration_since(order.updated_at) > WEBHOOK_GRACE {
            self.webhooks_missed += 1;
        }
        if changed {
            let message = Message::order_change(key, ChangeSource::Poll);
            self.function.queues.send(&message, Duration::ZERO).await?;
        }
        Ok(())
    }
}

/// A search for what changed in a window.
fn search(window: &PollWindow, page_size: u32) -> OrderSearch {
    OrderSearch {
        update_time_ge: Some(window.from),
        update_time_lt: Some(window.to),
        page_size,
        ..OrderSearch::default()
    }
}

fn named(order: &ParsedOrder) -> Option<&OrderId> {
    match order {
        Ok(order) => Some(&order.id),
        Err(unreadable) => unreadable.id.as_ref(),
    }
}

/// The order's id, or a placeholder, so that an entry without one still counts towards the page.
fn id_of(order: &ParsedOrder, page: u32, place: usize) -> OrderId {
    named(order).cloned().unwrap_or_else(|| OrderId::new(format!("nameless/{page}/{place}")))
}

fn has_shipped_or_ended(status: &OrderStatus) -> bool {
    matches!(
        status,
        OrderStatus::AwaitingCollection
            | OrderStatus::InTransit
            | OrderStatus::Delivered
            | OrderStatus::Completed
            | OrderStatus::Cancelled
    )
}
