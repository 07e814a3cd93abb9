//! The poll of one shop: reads first the window since the last poll, then what an earlier poll could not read.

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
use tiktok::{OrderPage, OrderSearch, ParsedOrder, ShopAccess};
use workflow::error_chain;

use crate::{OrderPoll, PollError, READING_TIME};

/// The largest page that TikTok gives.
const PAGE_SIZE: u32 = 100;
/// The most orders that are read one by one from an end of a second.
const SINGLES_MAX: u32 = 200;
const SECOND: SignedDuration = SignedDuration::from_secs(1);
/// September 2001: no order changed then.
const LONG_AGO: i64 = 1_000_000_000;
/// An order that changed so long before the last poll says nothing of the webhooks of today.
const TOLD_LATELY: SignedDuration = SignedDuration::from_mins(2);

/// A poll under way.
pub(crate) struct Poll<'a> {
    step: &'a OrderPoll,
    shop: &'a mut Versioned<Shop>,
    access: ShopAccess,
    /// When it stops at the next page.
    until: Instant,
    /// Changes that a webhook told.
    told: usize,
    /// Changes that none did.
    missed: usize,
    /// Something was passed over because it can't be read.
    passed_over: bool,
    /// A search without orders was answered.
    probed: bool,
}

/// What is read.
#[derive(Clone, Copy)]
enum Part {
    /// The window since the last poll.
    New,
    /// What an earlier poll could not read.
    Unread,
}

impl<'a> Poll<'a> {
    pub(crate) fn new(step: &'a OrderPoll, shop: &'a mut Versioned<Shop>) -> Self {
        let access = ShopAccess::from(&shop.value);
        let until = Instant::now() + READING_TIME;
        Self { step, shop, access, until, told: 0, missed: 0, passed_over: false, probed: false }
    }

    /// Reads what has changed since the last poll.
    pub(crate) async fn run(mut self) -> Result<(), PollError> {
        let mut window = self.shop.value.poll.window_at(self.step.clock.now(), self.step.pace.overlap);
        loop {
            let ended = self.read(&mut window, PAGES_MAX, Part::New).await?;
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
        self.shop.value.poll.judge_webhooks(self.told, self.missed, self.step.clock.now());
        // What was passed over right now is read again a little later.
        if self.passed_over { self.end().await } else { self.read_unread().await }
    }

    /// Reads again what an earlier poll could not read to its end.
    async fn read_unread(mut self) -> Result<(), PollError> {
        let now = self.step.clock.now();
        let Some(unread) = self.shop.value.poll.try_unread(now) else { return self.end().await };
        // The try is counted before it is made: one that dies must not begin anew at once.
        self.end().await?;
        let mut window = Some(unread.window(self.step.clock.now()));
        while let Some(mut reading) = window.take() {
            let ended = self.read(&mut reading, unread.pages_max(), Part::Unread).await?;
            let rest = self.shop.value.poll.unread_ended(&reading, ended, self.step.clock.now());
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

    /// Ends the poll; the next one comes after the usual pause, or sooner or later when something is unread.
    async fn end(&mut self) -> Result<(), PollError> {
        let (now, interval) = (self.step.clock.now(), self.step.interval(&self.shop.value));
        self.shop.value.poll.polled(interval, now);
        self.shop.value.judge_search(now);
        self.shop.value.close_exception(ExceptionKind::ServiceUnavailable, now);
        self.shop.value.judge_app(now);
        self.step.judge_clock(&mut self.shop.value);
        self.commit().await
    }

    /// Stops the poll for now; the next run goes on with it.
    async fn stop(&mut self) -> Result<(), PollError> {
        self.shop.value.poll.stopped(self.step.clock.now());
        self.commit().await
    }

    async fn commit(&mut self) -> Result<(), PollError> {
        match self.step.shops.commit_shop(&self.shop.value, self.shop.version).await? {
            Committed::Stored(version) => {
                self.shop.version = version;
                Ok(())
            }
            Committed::LostRace => Err(PollError::LostRace),
        }
    }

    /// Reads a window from its next page on.
    async fn read(
        &mut self,
        window: &mut PollWindow,
        pages_max: u32,
        part: Part,
    ) -> Result<ReadOutcome, PollError> {
        let mut reading = match &window.page_token {
            Some(token) => PageReader::resumed(pages_max, token.clone(), window.pages, window.orders),
            None => PageReader::new(pages_max),
        };
        loop {
            let search = OrderSearch { page_token: window.page_token.clone(), ..search(window, PAGE_SIZE) };
            let page = match self.step.tiktok.search_orders(&self.access, &search).await {
                Err(error) if error.is_broken_answer() => return self.narrow(window, part, &error).await,
                page => page?,
            };
            let ids = page.orders.iter().enumerate().map(|(place, order)| id_of(order, window.pages, place));
            let step = reading.page(ids, page.next_page_token.as_deref(), page.total_count);
            self.take_all(&page, window, part).await?;
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
            match part {
                Part::New => self.shop.value.poll.window = Some(window.clone()),
                Part::Unread => self.shop.value.poll.unread_page(window, self.step.clock.now()),
            }
            self.commit().await?;
        }
    }

    /// A page of the window can't be read: goes on with a part of the window. Its last second is read order by order, and
    /// what can't be read of that is passed over.
    async fn narrow(
        &mut self,
        window: &mut PollWindow,
        part: Part,
        error: &tiktok::Error,
    ) -> Result<ReadOutcome, PollError> {
        tracing::warn!(shop = %self.shop.value.id, error = error_chain(error), "page of orders can't be read");
        if !std::mem::replace(&mut self.probed, true) {
            // Should a search that finds nothing fail as well, it is not for an order.
            let from = Timestamp::from_second(LONG_AGO).unwrap_or(Timestamp::UNIX_EPOCH);
            let nothing = PollWindow::new(from, from.saturating_add(SECOND).unwrap_or(from));
            self.step.tiktok.search_orders(&self.access, &search(&nothing, 1)).await?;
        }
        match window.narrowed() {
            NarrowedWindow::Half(half) => {
                *window = half;
                Ok(if self.is_over() { ReadOutcome::OutOfTime } else { ReadOutcome::Narrowed })
            }
            NarrowedWindow::Second(second) => {
                *window = second;
                if !self.read_singly(window, part).await? {
                    self.pass_over(TimeRange { from: window.from, to: window.to }, part);
                }
                Ok(ReadOutcome::Complete)
            }
        }
    }

    /// Reads a window order by order, from both its ends. True when all of it was read.
    async fn read_singly(&mut self, window: &PollWindow, part: Part) -> Result<bool, PollError> {
        let mut seen: BTreeSet<OrderId> = BTreeSet::new();
        let mut total = None;
        for newest_first in [false, true] {
            let mut reading = PageReader::new(SINGLES_MAX);
            let mut page_token = None;
            while !self.is_over() {
                let search = OrderSearch { newest_first, page_token, ..search(window, 1) };
                let page = match self.step.tiktok.search_orders(&self.access, &search).await {
                    Err(error) if error.is_broken_answer() => break,
                    page => page?,
                };
                self.take_all(&page, window, part).await?;
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

    /// Notes that a span can't be read. It is searched again, and people hear of it.
    fn pass_over(&mut self, span: TimeRange, part: Part) {
        tracing::error!(shop = %self.shop.value.id, from = %span.from, to = %span.to, "changes are passed over");
        self.passed_over = true;
        match part {
            Part::New => self.shop.value.poll.pass_over(span),
            Part::Unread => self.shop.value.poll.pass_over_again(span),
        }
    }

    /// Takes the orders of a page. One that can't be read is read by itself; one that can't even be named is searched
    /// again, between its neighbours.
    async fn take_all(&mut self, page: &OrderPage, window: &PollWindow, part: Part) -> Result<(), PollError> {
        let mut before = window.read_until.unwrap_or(window.from);
        let mut nameless = false;
        for order in &page.orders {
            match order {
                Ok(order) => {
                    if std::mem::take(&mut nameless) {
                        let to = order.updated_at.saturating_add(SECOND).unwrap_or(window.to);
                        self.pass_over(TimeRange { from: before, to: to.max(before) }, part);
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
            self.pass_over(TimeRange { from: before.min(window.to), to: window.to }, part);
        }
        Ok(())
    }

    /// Has an order read by itself. Should it stay unreadable, its shop shows it.
    async fn read_back(&self, order: OrderId) -> Result<(), PollError> {
        let key = OrderKey::new(self.shop.value.id.clone(), order);
        let message = Message::OrderChange { key, source: ChangeSource::Poll };
        Ok(self.step.queues.send(&message, Duration::ZERO).await?)
    }

    /// Sends the order to order-sync when it differs from what is stored.
    async fn take(&mut self, order: &Order) -> Result<(), PollError> {
        let shop = &mut self.shop.value;
        shop.monitor.newest_order_at = shop.monitor.newest_order_at.max(Some(order.created_at));
        let key = OrderKey::new(shop.id.clone(), order.id.clone());
        let stored = match self.step.orders.load_order(&key).await {
            // order-sync could not read it either; deadline-alarm tells of it.
            Err(error) if error.is_corrupt() => return Ok(()),
            stored => stored?.map(|stored| stored.value),
        };
        let told = stored
            .as_ref()
            .and_then(|record| record.webhooks_seen_until)
            .is_some_and(|told| told >= order.updated_at);
        let changed = match &stored {
            Some(record) => record.order.updated_at < order.updated_at,
            // An order that is over was shipped before the shop was connected.
            None => !is_over(&order.status),
        };
        let polled_until = shop.poll.watermark.unwrap_or(order.updated_at);
        if told {
            self.told += usize::from(polled_until.duration_since(order.updated_at) < TOLD_LATELY);
        } else if changed && self.step.clock.now().duration_since(order.updated_at) > WEBHOOK_GRACE {
            self.missed += 1;
        }
        if changed {
            let message = Message::OrderChange { key, source: ChangeSource::Poll };
            self.step.queues.send(&message, Duration::ZERO).await?;
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

/// The order's id, or what stands for it, so that it counts as shown.
fn id_of(order: &ParsedOrder, page: u32, place: usize) -> OrderId {
    named(order).cloned().unwrap_or_else(|| OrderId::new(format!("nameless/{page}/{place}")))
}

fn is_over(status: &OrderStatus) -> bool {
    matches!(
        status,
        OrderStatus::AwaitingCollection
            | OrderStatus::InTransit
            | OrderStatus::Delivered
            | OrderStatus::Completed
            | OrderStatus::Cancelled
    )
}
