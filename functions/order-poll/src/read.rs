//! The poll of one shop: reads first the window since the last poll, then what an earlier poll could not read.

use std::time::{Duration, Instant};

use domain::exception::ExceptionKind;
use domain::message::{Message, Source};
use domain::order::{Order, OrderStatus};
use domain::paging::{Reading, Step};
use domain::polling::{Ended, PAGES_MAX, WEBHOOK_GRACE, Window};
use domain::shop::Shop;
use domain::{OrderId, OrderKey};
use engine::{Committed, Versioned};
use jiff::SignedDuration;
use steps::chain;
use tiktok::{OrderSearch, ShopAccess};

use crate::{OrderPoll, PollError, READING_TIME};

/// The largest page that TikTok gives.
const PAGE_SIZE: u32 = 100;
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
        Self { step, shop, access, until: Instant::now() + READING_TIME, told: 0, missed: 0 }
    }

    /// Reads what has changed since the last poll.
    pub(crate) async fn run(mut self) -> Result<(), PollError> {
        let mut window = self.shop.value.poll.window_at(self.step.clock.now(), self.step.pace.overlap);
        loop {
            let ended = self.read(&mut window, PAGES_MAX, Part::New).await?;
            let rest = self.shop.value.poll.window_ended(&window, ended);
            match (ended, rest) {
                (Ended::OutOfTime, _) => return self.stop().await,
                (_, Some(_)) if self.is_over() => return self.stop().await,
                (_, Some(rest)) => {
                    self.commit().await?;
                    window = rest;
                }
                (Ended::Broken(fault), None) if self.shop.value.poll.unread.is_some() => {
                    tracing::warn!(shop = %self.shop.value.id, %fault, "search for changed orders broke off");
                    return self.end().await;
                }
                (Ended::Broken(_) | Ended::Complete, None) => break,
            }
        }
        self.shop.value.poll.judge_webhooks(self.told, self.missed, self.step.clock.now());
        self.read_unread().await
    }

    /// Reads again what an earlier poll could not read to its end.
    async fn read_unread(mut self) -> Result<(), PollError> {
        let Some(unread) = self.shop.value.poll.try_unread() else { return self.end().await };
        // The try is counted before it is made: one that dies must not begin anew at once.
        self.end().await?;
        let mut window = Some(unread.window(self.step.clock.now()));
        while let Some(mut reading) = window.take() {
            let ended = self.read(&mut reading, unread.pages_max(), Part::Unread).await?;
            let rest = self.shop.value.poll.unread_ended(&reading, ended, self.step.clock.now());
            match ended {
                Ended::OutOfTime => return self.stop().await,
                Ended::Broken(fault) if rest.is_none() => {
                    tracing::warn!(shop = %self.shop.value.id, %fault, "search for unread orders broke off");
                }
                Ended::Broken(_) | Ended::Complete => window = rest.filter(|_| !self.is_over()),
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
    async fn read(&mut self, window: &mut Window, pages_max: u32, part: Part) -> Result<Ended, PollError> {
        let mut reading = match &window.page_token {
            Some(token) => Reading::resumed(pages_max, token.clone(), window.pages, window.orders),
            None => Reading::new(pages_max),
        };
        loop {
            let search = OrderSearch {
                update_time_ge: Some(window.from),
                update_time_lt: Some(window.to),
                page_size: PAGE_SIZE,
                page_token: window.page_token.clone(),
                ..OrderSearch::default()
            };
            let page = self.step.tiktok.search_orders(&self.access, &search).await?;
            let ids = page.orders.iter().filter_map(|order| match order {
                Ok(order) => Some(order.id.clone()),
                Err(unreadable) => unreadable.id.clone(),
            });
            let step = reading.page(ids, page.next_page_token.as_deref(), page.total_count);
            window.note_page(page.orders.iter().flatten().map(|order| order.updated_at));
            window.orders = reading.entries();
            for order in page.orders {
                match order {
                    Ok(order) => self.take(&order).await?,
                    Err(unreadable) => {
                        let error = chain(&unreadable);
                        tracing::error!(shop = %self.shop.value.id, error, "order can't be read");
                        self.read_back(unreadable.id).await?;
                    }
                }
            }
            match step {
                Step::End => return Ok(Ended::Complete),
                Step::Broken(fault) => return Ok(Ended::Broken(fault)),
                Step::Next(token) => window.page_token = Some(token),
            }
            if self.is_over() {
                return Ok(Ended::OutOfTime);
            }
            match part {
                Part::New => self.shop.value.poll.window = Some(window.clone()),
                Part::Unread => self.shop.value.poll.unread_page(window, self.step.clock.now()),
            }
            self.commit().await?;
        }
    }

    /// Has an order read that the search does not show as an order. Should it stay unreadable, its message is given up,
    /// which people are told of.
    async fn read_back(&self, order: Option<OrderId>) -> Result<(), PollError> {
        let Some(order) = order else { return Ok(()) };
        let key = OrderKey::new(self.shop.value.id.clone(), order);
        let message = Message::OrderChange { key, source: Source::Poll };
        Ok(self.step.queues.send(&message, Duration::ZERO).await?)
    }

    /// Sends the order to order-sync when it differs from what is stored.
    async fn take(&mut self, order: &Order) -> Result<(), PollError> {
        let shop = &mut self.shop.value;
        shop.watch.newest_order_at = shop.watch.newest_order_at.max(Some(order.created_at));
        let key = OrderKey::new(shop.id.clone(), order.id.clone());
        let stored = match self.step.orders.load(&key).await {
            // order-sync could not read it either; deadline-alarm tells of it.
            Err(error) if error.is_corrupt() => return Ok(()),
            stored => stored?.map(|stored| stored.value),
        };
        let told =
            stored.as_ref().and_then(|record| record.told_until).is_some_and(|told| told >= order.updated_at);
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
            let message = Message::OrderChange { key, source: Source::Poll };
            self.step.queues.send(&message, Duration::ZERO).await?;
        }
        Ok(())
    }
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
