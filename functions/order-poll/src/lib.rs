//! order-poll: finds changed orders without webhooks.
//!
//! Each shop is polled when it is due: its window of update times is read page by page, and every order that differs
//! from what is stored goes to order-sync. Watermark and page token are stored after each page, so that a poll that
//! dies is taken up where it stood.
//!
//! **No shop holds up another one.** A poll has its time; one that takes longer is put off, and goes on later. A shop that
//! fails, or whose search has no proper end, is polled ever more rarely, and after the healthy ones.

mod read;

use std::collections::BTreeSet;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, Instant};

use backend::batch::{self, Outcome};
use backend::{OrderStore, Queues, ShopStore, Versioned};
use domain::ShopId;
use domain::exception::ExceptionKind;
use domain::retry::Retry;
use domain::shop::Shop;
use jiff::SignedDuration;
use system::Clock;
use tiktok::{Class, OrderSearch, ShopAccess, TikTok};
use workflow::{StepError, error_chain};

use read::Poll;

/// How many shops are polled at a time.
const AT_ONCE: usize = 16;
/// How long the poll of a shop may take. Two calls that get no answer fit in.
const SHOP_TIME: Duration = Duration::from_secs(20);
/// After this time a poll that still has pages to read stops and goes on with the next run.
const READING_TIME: Duration = Duration::from_secs(10);
/// After this time a run begins no poll: the next one does, so that runs a minute apart do not overlap.
const RUN_TIME: Duration = Duration::from_secs(35);
/// How often the orders of the last seven days are counted.
const COUNT_EVERY: SignedDuration = SignedDuration::from_hours(6);
/// The time over which they are counted.
const COUNT_OVER: SignedDuration = SignedDuration::from_hours(24 * 7);

/// How often and how far polls look.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Pace {
    /// Replaces the interval that follows from a shop's volume.
    pub interval: Option<SignedDuration>,
    /// How far a window reaches back behind the end of the last one: a search may show an order late.
    pub overlap: SignedDuration,
}

/// The step.
pub struct OrderPoll {
    orders: Arc<dyn OrderStore>,
    shops: Arc<dyn ShopStore>,
    queues: Arc<dyn Queues>,
    tiktok: TikTok,
    clock: Arc<dyn Clock>,
    pace: Pace,
    /// The shops that this process is polling.
    polling: Mutex<BTreeSet<ShopId>>,
}

/// Why a shop's poll ended early. It is taken up where it stood.
#[derive(Debug, thiserror::Error)]
enum PollError {
    #[error(transparent)]
    TikTok(#[from] tiktok::Error),
    #[error(transparent)]
    Step(#[from] StepError),
    #[error("the poll took too long")]
    OutOfTime,
    #[error("another poll of the shop is running")]
    LostRace,
}

impl From<backend::BackendError> for PollError {
    fn from(error: backend::BackendError) -> Self {
        Self::Step(error.into())
    }
}

impl OrderPoll {
    /// Uses these.
    pub fn new(
        orders: Arc<dyn OrderStore>,
        shops: Arc<dyn ShopStore>,
        queues: Arc<dyn Queues>,
        tiktok: TikTok,
        clock: Arc<dyn Clock>,
        pace: Pace,
    ) -> Self {
        Self { orders, shops, queues, tiktok, clock, pace, polling: Mutex::default() }
    }

    /// Polls every shop that is due and that no other run of this process is polling. A shop that fails or panics does
    /// not stop the others; it is due again soon. Runs may overlap.
    pub async fn run(&self) -> Result<(), StepError> {
        let began = Instant::now();
        // A shop that can't be read can't be polled; deadline-alarm tells of it.
        let mut due = self.shops.list_shops_due(self.clock.now()).await?.shops;
        due.sort_by_key(|shop| {
            let poll = &shop.value.poll;
            (poll.failing.map_or(0, |failing| failing.count), poll.unread.is_some(), poll.next_at)
        });
        let poll = |shop| async move {
            match began.elapsed() < RUN_TIME {
                true => self.poll_one(shop).await,
                false => Ok(()),
            }
        };
        let mut result = Ok(());
        for outcome in batch::run(due, AT_ONCE, poll).await {
            match outcome {
                Outcome::Done => {}
                Outcome::Failed(error) => result = result.and(Err(error)),
                Outcome::Panicked => tracing::error!("poll of a shop panicked"),
            }
        }
        result
    }

    async fn poll_one(&self, mut shop: Versioned<Shop>) -> Result<(), StepError> {
        let Some(_claim) = Claim::take(&self.polling, &shop.value.id) else { return Ok(()) };
        shop.value.mend_times(self.clock.now());
        let polled = tokio::time::timeout(SHOP_TIME, self.poll(&mut shop)).await;
        match polled.unwrap_or(Err(PollError::OutOfTime)) {
            Ok(()) | Err(PollError::LostRace) => Ok(()),
            Err(error) => {
                tracing::warn!(shop = %shop.value.id, error = error_chain(&error), "poll failed");
                self.postpone(shop, &error).await
            }
        }
    }

    async fn poll(&self, shop: &mut Versioned<Shop>) -> Result<(), PollError> {
        self.count_volume(shop, &ShopAccess::from(&shop.value)).await?;
        Poll::new(self, shop).run().await
    }

    fn interval(&self, shop: &Shop) -> SignedDuration {
        self.pace.interval.unwrap_or(shop.poll.interval())
    }

    /// Shows whether the machine's clock differs from TikTok's.
    fn judge_clock(&self, shop: &mut Shop) {
        if let Some(ahead) = self.tiktok.clock_ahead() {
            shop.judge_clock(ahead, self.clock.now());
        }
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
        // The one order that is shown may be one that can't be read: that must not stop the poll.
        let count = match self.tiktok.search_orders(access, &search).await {
            Err(error) if error.is_broken_answer() => None,
            page => page?.total_count,
        };
        if let Some(count) = count {
            shop.value.poll.orders_in_7_days = count;
        }
        shop.value.poll.counted_at = Some(now);
        Ok(())
    }

    /// Has the shop polled again soon, or not at all when it has to be connected again. Should someone else have
    /// committed it meanwhile (connected it again, perhaps), that stands.
    async fn postpone(&self, mut shop: Versioned<Shop>, error: &PollError) -> Result<(), StepError> {
        let now = self.clock.now();
        if let PollError::TikTok(error) = error
            && let Retry::Paused(after) = error.retry()
        {
            if shop.value.poll.paused(after.try_into().unwrap_or(SignedDuration::MAX), now) {
                shop.value.open_exception(ExceptionKind::ServiceUnavailable, error_chain(error), now);
            }
            self.shops.commit_shop(&shop.value, shop.version).await?;
            return Ok(());
        }
        match error {
            PollError::TikTok(error) if matches!(error.class(), Class::Reauthorise | Class::MissingScope) => {
                tracing::error!(shop = %shop.value.id, "shop has to be connected again");
                shop.value.mark_unauthorized(now);
                shop.value.close_exception(ExceptionKind::ServiceUnavailable, now);
            }
            PollError::TikTok(error) if error.class() == Class::AppRefused => {
                shop.value.app_refused(&error_chain(error), now);
            }
            // People are told when it lasts: no new order is seen.
            PollError::TikTok(_) | PollError::OutOfTime => {
                shop.value.open_exception(ExceptionKind::ServiceUnavailable, error_chain(error), now);
            }
            PollError::Step(_) | PollError::LostRace => {}
        }
        let interval = self.interval(&shop.value);
        shop.value.poll.failed(interval, now);
        shop.value.judge_search(now);
        self.judge_clock(&mut shop.value);
        self.shops.commit_shop(&shop.value, shop.version).await?;
        Ok(())
    }
}

/// A shop that is being polled, until this is dropped.
struct Claim<'a> {
    polling: &'a Mutex<BTreeSet<ShopId>>,
    shop: ShopId,
}

impl<'a> Claim<'a> {
    fn take(polling: &'a Mutex<BTreeSet<ShopId>>, shop: &ShopId) -> Option<Self> {
        let is_free = polling.lock().unwrap_or_else(PoisonError::into_inner).insert(shop.clone());
        is_free.then(|| Self { polling, shop: shop.clone() })
    }
}

impl Drop for Claim<'_> {
    fn drop(&mut self) {
        self.polling.lock().unwrap_or_else(PoisonError::into_inner).remove(&self.shop);
    }
}
