//! housekeeping: what has to be done for a shop although no order asks for it.
//!
//! For each shop it renews the tokens ahead of their end, learns how many orders are usual and notices when none come, shows
//! webhooks that do not arrive and messages that failed permanently, and once a day compares all open orders with TikTok.
//! What it finds becomes an exception of the shop, which closes by itself when it is over.

mod chores;
mod compare;
mod forgetting;
mod order_rate;

use std::collections::BTreeMap;
use std::future::Future;
use std::sync::Arc;
use std::time::{Duration, Instant};

use backend::queues::DeadLetterCounts;
use backend::{OrderStore, Queues, ShopStore, batch};
use domain::settings::AllSettings;
use domain::shop::Shop;
use system::Clock;
use tiktok::TikTok;
use workflow::{CallError, StepError, error_chain};

/// How many shops are worked on at a time.
const CONCURRENCY: usize = 8;
/// How long a chore of a shop may take: TikTok not answering for one shop must not hold up the others.
const CHORE_TIME: Duration = Duration::from_secs(30);
/// How long the comparison of a shop may take. Comparisons come after the chores of all shops.
const COMPARISON_TIME: Duration = Duration::from_secs(150);
/// After this time a run begins nothing more: the next one does.
const RUN_TIME: Duration = Duration::from_secs(120);

/// What [`Housekeeping`] works with.
pub struct HousekeepingDeps {
    pub orders: Arc<dyn OrderStore>,
    pub shops: Arc<dyn ShopStore>,
    pub queues: Arc<dyn Queues>,
    pub tiktok: TikTok,
    pub clock: Arc<dyn Clock>,
    pub settings: Arc<AllSettings>,
    /// Why newer settings could not be used, where no other alarm says so.
    pub rejected_settings: Option<String>,
}

/// Does the regular chores of every shop.
pub struct Housekeeping {
    orders: Arc<dyn OrderStore>,
    shops: Arc<dyn ShopStore>,
    queues: Arc<dyn Queues>,
    tiktok: TikTok,
    clock: Arc<dyn Clock>,
    settings: Arc<AllSettings>,
    rejected_settings: Option<String>,
}

/// The dead letters of a shop by queue.
type ShopDeadLetters = BTreeMap<&'static str, usize>;

impl Housekeeping {
    pub fn new(deps: HousekeepingDeps) -> Self {
        let HousekeepingDeps { orders, shops, queues, tiktok, clock, settings, rejected_settings } = deps;
        Self { orders, shops, queues, tiktok, clock, settings, rejected_settings }
    }

    /// Does the chores of every shop. One that fails, or that TikTok does not answer, stops neither the shop's other chores
    /// nor the other shops.
    ///
    /// # Errors
    /// When the shops cannot be listed; and, after all shops were worked on, when the dead letters cannot be listed or a chore
    /// panicked or met a failure of our own. That TikTok fails is an exception of the shop where it matters.
    pub async fn run(&self) -> Result<(), StepError> {
        let began = Instant::now();
        let mut failed = 0;
        let dead_letters = self.queues.count_dead_letters().await;
        if let Err(error) = &dead_letters {
            tracing::error!(error = error_chain(error), "dead letters can't be listed");
            failed += 1;
        }
        // Nothing can be done for a shop whose record cannot be read; deadline-alarm raises an alarm for it.
        let mut shops: Vec<Shop> =
            self.shops.list_shops().await?.shops.into_iter().map(|shop| shop.value).collect();
        // Healthy shops first, so that an outage of one costs the others nothing.
        shops.sort_by_key(|shop| shop.poll.failing.map_or(0, |failing| failing.count));
        let chores = |shop: Shop| {
            let of_shop = |all: &DeadLetterCounts| all.get(&shop.id).cloned().unwrap_or_default();
            let dead_letters = dead_letters.as_ref().ok().map(of_shop);
            async move {
                if began.elapsed() >= RUN_TIME {
                    return 0;
                }
                self.do_chores(&shop, dead_letters.as_ref()).await
            }
        };
        failed += count_failed(batch::answers(shops.clone(), CONCURRENCY, chores).await);
        let compare = |shop: Shop| async move {
            if began.elapsed() >= RUN_TIME {
                return 0;
            }
            chore(&shop, "comparison", COMPARISON_TIME, Box::pin(self.compare(&shop))).await
                + chore(&shop, "forgetting", CHORE_TIME, Box::pin(self.reschedule_forgetting(&shop))).await
        };
        failed += count_failed(batch::answers(shops, CONCURRENCY, compare).await);
        if failed > 0 { Err(StepError::Partly(failed)) } else { Ok(()) }
    }

    /// Does the short chores of a shop. Returns how many failed.
    async fn do_chores(&self, shop: &Shop, dead_letters: Option<&ShopDeadLetters>) -> usize {
        chore(shop, "allowed shops", CHORE_TIME, self.apply_allowed_shops(shop)).await
            + chore(shop, "health", CHORE_TIME, self.check_health(shop, dead_letters)).await
            + chore(shop, "tokens", CHORE_TIME, self.keep_tokens(shop)).await
            + chore(shop, "order rate", CHORE_TIME, self.learn_order_rate(shop)).await
    }
}

/// How many chores failed in all.
fn count_failed(answers: Vec<Option<usize>>) -> usize {
    // A chore that panics is caught by itself; that a shop has no answer is a defect outside of its chores.
    answers.into_iter().map(|failed| failed.unwrap_or(1)).sum()
}

/// Does a chore within `time`. One that does not end well is done again by the next run. Returns 1 when it failed for a reason
/// of our own, so that the failed ones can be counted.
async fn chore(
    shop: &Shop,
    name: &'static str,
    time: Duration,
    work: impl Future<Output = Result<(), CallError>>,
) -> usize {
    let done = tokio::time::timeout(time, batch::catch(work)).await;
    match done.unwrap_or(Some(Err(CallError::TimedOut(time)))) {
        Some(Ok(())) => 0,
        Some(Err(error @ (CallError::TikTok(_) | CallError::TimedOut(_)))) => {
            tracing::warn!(shop = %shop.id, chore = name, error = error_chain(&error), "chore failed");
            0
        }
        Some(Err(CallError::Step(error))) => {
            let error = error_chain(&error);
            tracing::error!(shop = %shop.id, chore = name, error, "chore failed for a reason of our own");
            1
        }
        None => {
            tracing::error!(shop = %shop.id, chore = name, "chore panicked");
            1
        }
    }
}
