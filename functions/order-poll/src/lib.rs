//! order-poll: finds changed orders without webhooks.
//!
//! Each shop is polled when it is due: its window of update times is read page by page, and every order that differs
//! from what is stored goes to order-sync. Watermark and page token are stored after each page, so that a poll that
//! dies is taken up where it stood.

use std::sync::Arc;

use domain::exception::ExceptionKind;
use domain::message::{Message, Source};
use domain::order::{Order, OrderStatus};
use domain::polling::{WEBHOOK_GRACE, Window};
use domain::shop::Shop;
use domain::{OrderId, OrderKey, Timestamp};
use engine::batch::{self, Outcome};
use engine::{Clock, Committed, OrderStore, Queues, ShopStore, Versioned};
use jiff::SignedDuration;
use steps::{StepError, chain};
use tiktok::{Class, OrderSearch, ShopAccess, TikTok};

/// The largest page that TikTok gives.
const PAGE_SIZE: u32 = 100;
/// How many shops are polled at a time: one that does not answer keeps few others waiting.
const AT_ONCE: usize = 8;
/// How often the orders of the last seven days are counted.
const COUNT_EVERY: SignedDuration = SignedDuration::from_hours(6);
/// The time over which they are counted.
const COUNT_OVER: SignedDuration = SignedDuration::from_hours(24 * 7);
/// The pause after a poll that failed.
const AFTER_FAILURE: SignedDuration = SignedDuration::from_secs(30);

/// The step.
pub struct OrderPoll {
    orders: Arc<dyn OrderStore>,
    shops: Arc<dyn ShopStore>,
    queues: Arc<dyn Queues>,
    tiktok: TikTok,
    clock: Arc<dyn Clock>,
    interval: Option<SignedDuration>,
}

/// Why a shop's poll ended early. It is taken up where it stood.
#[derive(Debug, thiserror::Error)]
enum PollError {
    #[error(transparent)]
    TikTok(#[from] tiktok::Error),
    #[error(transparent)]
    Step(#[from] StepError),
    #[error("another poll of the shop is running")]
    LostRace,
}

impl From<engine::EngineError> for PollError {
    fn from(error: engine::EngineError) -> Self {
        Self::Step(error.into())
    }
}

/// What a poll found.
#[derive(Default)]
struct Found {
    told: usize,
    missed: usize,
}

impl OrderPoll {
    /// Uses these. `interval` replaces the cadence that follows from a shop's volume.
    pub fn new(
        orders: Arc<dyn OrderStore>,
        shops: Arc<dyn ShopStore>,
        queues: Arc<dyn Queues>,
        tiktok: TikTok,
        clock: Arc<dyn Clock>,
        interval: Option<SignedDuration>,
    ) -> Self {
        Self { orders, shops, queues, tiktok, clock, interval }
    }

    /// Polls every shop that is due. A shop that fails or panics does not stop the others; it is due again soon.
    pub async fn run(&self) -> Result<(), StepError> {
        let due = self.shops.shops_due(self.clock.now()).await?;
        let outcomes = batch::run(due, AT_ONCE, |shop| self.poll_one(shop)).await;
        let mut result = Ok(());
        for outcome in outcomes {
            match outcome {
                Outcome::Done => {}
                Outcome::Failed(error) => result = result.and(Err(error)),
                Outcome::Panicked => tracing::error!("poll of a shop panicked"),
            }
        }
        result
    }

    async fn poll_one(&self, mut shop: Versioned<Shop>) -> Result<(), StepError> {
        match self.poll(&mut shop).await {
            Ok(()) | Err(PollError::LostRace) => Ok(()),
            Err(error) => {
                tracing::warn!(shop = %shop.value.id, error = chain(&error), "poll failed");
                self.postpone(shop, &error).await
            }
        }
    }

    async fn poll(&self, shop: &mut Versioned<Shop>) -> Result<(), PollError> {
        let access = ShopAccess::from(&shop.value);
        self.count_volume(shop, &access).await?;
        let mut window = shop.value.poll.window_at(self.clock.now());
        let mut found = Found::default();
        loop {
            let search = OrderSearch {
                update_time_ge: Some(window.from),
                update_time_lt: Some(window.to),
                page_size: PAGE_SIZE,
                page_token: window.page_token.clone(),
                ..OrderSearch::default()
            };
            let page = self.tiktok.search_orders(&access, &search).await?;
            for order in page.orders {
                match order {
                    Ok(order) => {
                        let newest = &mut shop.value.watch.newest_order_at;
                        *newest = (*newest).max(Some(order.created_at));
                        self.compare(&shop.value, &order, &mut found).await?;
                    }
                    Err(unreadable) => {
                        tracing::error!(shop = %shop.value.id, error = chain(&unreadable), "order can't be read");
                        self.read_back(&shop.value, unreadable.id).await?;
                    }
                }
            }
            let next_page = page.next_page_token;
            let last = next_page.is_none();
            shop.value.poll.page_read(&window, next_page.clone());
            if last {
                let now = self.clock.now();
                shop.value.poll.judge_webhooks(found.told, found.missed, now);
                let interval = self.interval.unwrap_or(shop.value.poll.interval());
                shop.value.poll.next_at = now.saturating_add(interval).unwrap_or(Timestamp::MAX);
                shop.value.close_exception(ExceptionKind::ServiceUnavailable, now);
            }
            self.commit(shop).await?;
            if last {
                return Ok(());
            }
            window = Window { page_token: next_page, ..window };
        }
    }

    /// Sends the order to order-sync when it differs from what is stored.
    async fn compare(&self, shop: &Shop, order: &Order, found: &mut Found) -> Result<(), PollError> {
        let key = OrderKey::new(shop.id.clone(), order.id.clone());
        let stored = self.orders.load(&key).await?.map(|stored| stored.value);
        let told =
            stored.as_ref().and_then(|record| record.told_until).is_some_and(|told| told >= order.updated_at);
        let changed = match &stored {
            Some(record) => record.order.updated_at < order.updated_at,
            // An order that is over was shipped before the shop was connected.
            None => !is_over(&order.status),
        };
        if told {
            found.told += 1;
        } else if changed && self.clock.now().duration_since(order.updated_at) > WEBHOOK_GRACE {
            found.missed += 1;
        }
        if changed {
            self.queues
                .send(&Message::OrderChange { key, source: Source::Poll }, std::time::Duration::ZERO)
                .await?;
        }
        Ok(())
    }

    /// Has an order read that the search does not show as an order. Should it stay unreadable, its message is given up,
    /// which people are told of.
    async fn read_back(&self, shop: &Shop, order: Option<OrderId>) -> Result<(), PollError> {
        let Some(order) = order else { return Ok(()) };
        let key = OrderKey::new(shop.id.clone(), order);
        let message = Message::OrderChange { key, source: Source::Poll };
        Ok(self.queues.send(&message, std::time::Duration::ZERO).await?)
    }

    async fn count_volume(&self, shop: &mut Versioned<Shop>, access: &ShopAccess) -> Result<(), PollError> {
        let now = self.clock.now();
        if shop.value.poll.counted_at.is_some_and(|at| now.duration_since(at) < COUNT_EVERY) {
            return Ok(());
        }
        let search = OrderSearch {
            create_time_ge: now.saturating_sub(COUNT_OVER).ok(),
            page_size: 1,
            ..OrderSearch::default()
        };
        let page = self.tiktok.search_orders(access, &search).await?;
        if let Some(count) = page.total_count {
            shop.value.poll.orders_in_7_days = count;
        }
        shop.value.poll.counted_at = Some(now);
        Ok(())
    }

    /// Has the shop polled again soon, or not at all when it has to be connected again. Should someone else have
    /// committed it meanwhile (connected it again, perhaps), that stands.
    async fn postpone(&self, mut shop: Versioned<Shop>, error: &PollError) -> Result<(), StepError> {
        let now = self.clock.now();
        if let PollError::TikTok(error) = error {
            if matches!(error.class(), Class::Reauthorise | Class::MissingScope) {
                tracing::error!(shop = %shop.value.id, "shop has to be connected again");
                shop.value.lose_authorization(now);
                shop.value.close_exception(ExceptionKind::ServiceUnavailable, now);
            } else {
                // People are told when it lasts: no new order is seen.
                shop.value.open_exception(ExceptionKind::ServiceUnavailable, chain(error), now);
            }
        }
        let pause = self.interval.unwrap_or(AFTER_FAILURE).min(AFTER_FAILURE);
        shop.value.poll.next_at = now.saturating_add(pause).unwrap_or(Timestamp::MAX);
        self.shops.commit_shop(&shop.value, shop.version).await?;
        Ok(())
    }

    async fn commit(&self, shop: &mut Versioned<Shop>) -> Result<(), PollError> {
        match self.shops.commit_shop(&shop.value, shop.version).await? {
            Committed::Stored(version) => {
                shop.version = version;
                Ok(())
            }
            Committed::LostRace => Err(PollError::LostRace),
        }
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
