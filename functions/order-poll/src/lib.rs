//! order-poll: finds changed orders without webhooks.
//!
//! Each shop is polled when it is due: its window of update times is read page by page, and every order that differs from
//! what is stored goes to order-sync. Watermark and page token are stored after each page, so that a poll that dies is
//! resumed where it stood.
//!
//! **No shop holds up another.** A poll has its time; one that takes longer stops, and the next run resumes it. A shop that
//! fails, or whose search never ends, is polled less and less often, and after the healthy ones.

mod changed;
mod narrow;
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
use tiktok::{OrderSearch, ShopAccess, TikTok};
use workflow::{CallError, FailureScope, StepError, error_chain};

use read::{Poll, is_failing_again};

/// How many shops are polled at a time.
const CONCURRENCY: usize = 16;
/// How long the poll of a shop may take: long enough for two calls that get no answer.
const SHOP_TIME: Duration = Duration::from_secs(20);
/// After this time a poll that still has pages to read stops, and the next run resumes it.
const READING_TIME: Duration = Duration::from_secs(10);
/// After this time a run begins no further poll, so that runs a minute apart do not overlap. The next run does.
const RUN_TIME: Duration = Duration::from_secs(35);
/// How often the orders of the last seven days are counted. The count decides how often a shop is polled.
const COUNT_EVERY: SignedDuration = SignedDuration::from_hours(6);
const COUNT_OVER: SignedDuration = SignedDuration::from_hours(24 * 7);

/// How often shops are polled, and how far each poll looks back.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct PollSettings {
    /// Replaces the interval that follows from a shop's volume.
    pub interval: Option<SignedDuration>,
    /// How far a window reaches back behind the end of the last one, as a search may show an order late.
    pub overlap: SignedDuration,
}

/// What [`OrderPoll`] works with.
pub struct OrderPollDeps {
    pub orders: Arc<dyn OrderStore>,
    pub shops: Arc<dyn ShopStore>,
    pub queues: Arc<dyn Queues>,
    pub tiktok: TikTok,
    pub clock: Arc<dyn Clock>,
    pub polling: PollSettings,
}

/// Polls the shops that are due for changed orders.
pub struct OrderPoll {
    orders: Arc<dyn OrderStore>,
    shops: Arc<dyn ShopStore>,
    queues: Arc<dyn Queues>,
    tiktok: TikTok,
    clock: Arc<dyn Clock>,
    settings: PollSettings,
    /// The shops that this process is polling right now.
    polling: Mutex<BTreeSet<ShopId>>,
}

impl OrderPoll {
    pub fn new(deps: OrderPollDeps) -> Self {
        let OrderPollDeps { orders, shops, queues, tiktok, clock, polling: settings } = deps;
        Self { orders, shops, queues, tiktok, clock, settings, polling: Mutex::default() }
    }

    /// Polls every shop that is due and that no other run of this process is polling. A shop whose poll fails or panics
    /// stops no other, and is due again soon. Runs may overlap.
    ///
    /// # Errors
    /// When the shops cannot be listed; and, after all shops were polled, when a poll panicked or met a failure of our own:
    /// its shop has no exception for that, so the run has to show it. That TikTok fails is an exception of the shop.
    pub async fn run(&self) -> Result<(), StepError> {
        let began = Instant::now();
        // A shop whose record cannot be read is not polled; deadline-alarm raises an alarm for it.
        let mut due = self.shops.list_shops_due(self.clock.now()).await?.shops;
        due.sort_by_key(|shop| {
            let poll = &shop.value.poll;
            (poll.failing.map_or(0, |failing| failing.count), poll.unread.is_some(), poll.next_at)
        });
        let ids: Vec<ShopId> = due.iter().map(|shop| shop.value.id.clone()).collect();
        let poll = |shop| async move {
            if began.elapsed() < RUN_TIME {
                self.poll_one(shop).await
            } else {
                // It stays due, and the next run polls it.
                Ok(())
            }
        };
        let mut failed = 0;
        for (shop, outcome) in ids.iter().zip(batch::run(due, CONCURRENCY, poll).await) {
            match outcome {
                Outcome::Done => continue,
                Outcome::Failed(error) => {
                    tracing::error!(%shop, error = error_chain(&error), "poll failed for a reason of our own");
                }
                Outcome::Panicked => tracing::error!(%shop, "poll of a shop panicked"),
            }
            failed += 1;
        }
        if failed > 0 { Err(StepError::Partly(failed)) } else { Ok(()) }
    }

    async fn poll_one(&self, mut shop: Versioned<Shop>) -> Result<(), StepError> {
        // A run that began earlier is still polling the shop.
        let Some(_claim) = PollClaim::take(&self.polling, &shop.value.id) else { return Ok(()) };
        shop.value.mend_times(self.clock.now());
        let polled = tokio::time::timeout(SHOP_TIME, self.poll(&mut shop)).await;
        match polled.unwrap_or(Err(CallError::TimedOut(SHOP_TIME))) {
            Ok(()) => Ok(()),
            // Somebody else committed the shop meanwhile: another process polls it, or it was connected again. That stands.
            Err(CallError::Step(StepError::Contention(_))) => Ok(()),
            Err(error) => {
                let shop_id = shop.value.id.clone();
                let postponed = self.postpone(shop, &error).await;
                match error {
                    CallError::Step(error) => Err(error),
                    CallError::TikTok(_) | CallError::TimedOut(_) => {
                        tracing::warn!(shop = %shop_id, error = error_chain(&error), "poll failed");
                        postponed
                    }
                }
            }
        }
    }

    async fn poll(&self, shop: &mut Versioned<Shop>) -> Result<(), CallError> {
        self.count_volume(shop, &ShopAccess::from(&shop.value)).await?;
        Poll::new(self, shop).run().await
    }

    fn interval(&self, shop: &Shop) -> SignedDuration {
        self.settings.interval.unwrap_or(shop.poll.interval())
    }

    /// Shows whether the machine's clock differs from TikTok's.
    fn judge_clock(&self, shop: &mut Shop) {
        if let Some(ahead) = self.tiktok.clock_ahead() {
            shop.judge_clock(ahead, self.clock.now());
        }
    }

    async fn count_volume(&self, shop: &mut Versioned<Shop>, access: &ShopAccess) -> Result<(), CallError> {
        let now = self.clock.now();
        if shop.value.poll.counted_at.is_some_and(|at| now.duration_since(at) < COUNT_EVERY) {
            return Ok(());
        }
        let search = OrderSearch {
            create_time_ge: now.saturating_sub(COUNT_OVER).ok(),
            page_size: 1,
            ..OrderSearch::default()
        };
        // The one order on the page may be what TikTok fails over, which must not stop the poll.
        let count = match self.tiktok.search_orders(access, &search).await {
            Err(error) if error.is_broken_answer() => None,
            Err(error) if error.is_server_fault() && is_failing_again(&shop.value) => None,
            page => page?.total_count,
        };
        if let Some(count) = count {
            shop.value.poll.orders_in_7_days = count;
        }
        shop.value.poll.counted_at = Some(now);
        Ok(())
    }

    /// Schedules the next poll of a shop whose poll failed. A lost race is no error: whoever committed the shop meanwhile
    /// (connected it again, perhaps) knows better.
    async fn postpone(&self, mut shop: Versioned<Shop>, error: &CallError) -> Result<(), StepError> {
        let now = self.clock.now();
        if let CallError::TikTok(error) = error
            && let Retry::Paused(after) = error.retry()
        {
            if shop.value.poll.paused(after.try_into().unwrap_or(SignedDuration::MAX), now) {
                shop.value.open_exception(ExceptionKind::ServiceUnavailable, error_chain(error), now);
            }
            self.shops.commit_shop(&shop.value, shop.version).await?;
            return Ok(());
        }
        record_failure(&mut shop.value, error, now);
        let interval = self.interval(&shop.value);
        shop.value.poll.failed(interval, now);
        shop.value.judge_search(now);
        self.judge_clock(&mut shop.value);
        self.shops.commit_shop(&shop.value, shop.version).await?;
        Ok(())
    }
}

/// Shows at the shop why it cannot be polled. An outage becomes an exception, of which people hear when it lasts, because
/// no new order is seen meanwhile.
fn record_failure(shop: &mut Shop, error: &CallError, now: domain::Timestamp) {
    let scope = match error {
        CallError::TikTok(error) => FailureScope::of(error),
        CallError::TimedOut(_) => FailureScope::Call,
        // Our own fault, not TikTok's. The run fails for it.
        CallError::Step(_) => return,
    };
    match scope {
        FailureScope::Shop => {
            tracing::error!(shop = %shop.id, "shop has to be connected again");
            let missing_right = match error {
                CallError::TikTok(error) => error.missing_right(),
                CallError::TimedOut(_) | CallError::Step(_) => None,
            };
            shop.mark_unauthorized(missing_right, now);
            shop.close_exception(ExceptionKind::ServiceUnavailable, now);
        }
        FailureScope::App => {
            shop.app_refused(&error_chain(error), now);
        }
        FailureScope::Call => {
            shop.open_exception(ExceptionKind::ServiceUnavailable, error_chain(error), now);
        }
    }
}

/// Keeps other runs of this process from polling a shop, until it is dropped.
struct PollClaim<'a> {
    polling: &'a Mutex<BTreeSet<ShopId>>,
    shop: ShopId,
}

impl<'a> PollClaim<'a> {
    fn take(polling: &'a Mutex<BTreeSet<ShopId>>, shop: &ShopId) -> Option<Self> {
        let is_free = polling.lock().unwrap_or_else(PoisonError::into_inner).insert(shop.clone());
        is_free.then(|| Self { polling, shop: shop.clone() })
    }
}

impl Drop for PollClaim<'_> {
    fn drop(&mut self) {
        self.polling.lock().unwrap_or_else(PoisonError::into_inner).remove(&self.shop);
    }
}
