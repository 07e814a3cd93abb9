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

use backend::batch::{self, Outcome};
use backend::{OrderStore, Queues, ShopStore};
use domain::ShopId;
use domain::message::Queue;
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
/// How many dead letters are counted. More make no difference to whoever reads of them.
const DEAD_LETTERS_MAX: usize = 200;

/// What [`Housekeeping`] works with.
pub struct HousekeepingDeps {
    pub orders: Arc<dyn OrderStore>,
    pub shops: Arc<dyn ShopStore>,
    pub queues: Arc<dyn Queues>,
    pub tiktok: TikTok,
    pub clock: Arc<dyn Clock>,
    pub settings: Arc<AllSettings>,
}

/// Does the regular chores of every shop.
pub struct Housekeeping {
    orders: Arc<dyn OrderStore>,
    shops: Arc<dyn ShopStore>,
    queues: Arc<dyn Queues>,
    tiktok: TikTok,
    clock: Arc<dyn Clock>,
    settings: Arc<AllSettings>,
}

/// The dead letters of a shop by queue.
type DeadLetterCounts = BTreeMap<&'static str, usize>;

impl Housekeeping {
    pub fn new(deps: HousekeepingDeps) -> Self {
        let HousekeepingDeps { orders, shops, queues, tiktok, clock, settings } = deps;
        Self { orders, shops, queues, tiktok, clock, settings }
    }

    /// Does the chores of every shop. One that fails, or that TikTok does not answer, stops neither the shop's other chores
    /// nor the other shops.
    ///
    /// # Errors
    /// When the shops or the dead letters cannot be listed.
    pub async fn run(&self) -> Result<(), StepError> {
        let began = Instant::now();
        let dead_letters = self.dead_letters().await?;
        // Nothing can be done for a shop whose record cannot be read; deadline-alarm raises an alarm for it.
        let mut shops: Vec<Shop> =
            self.shops.list_shops().await?.shops.into_iter().map(|shop| shop.value).collect();
        // Healthy shops first, so that an outage of one costs the others nothing.
        shops.sort_by_key(|shop| shop.poll.failing.map_or(0, |failing| failing.count));
        let chores = |shop: Shop| {
            let dead_letters = dead_letters.get(&shop.id).cloned().unwrap_or_default();
            async move {
                if began.elapsed() < RUN_TIME {
                    self.do_chores(&shop, &dead_letters).await;
                }
                Ok(())
            }
        };
        log_panics(&batch::run(shops.clone(), CONCURRENCY, chores).await);
        let compare = |shop: Shop| async move {
            if began.elapsed() < RUN_TIME {
                chore(&shop, "comparison", COMPARISON_TIME, self.compare(&shop)).await;
                chore(&shop, "forgetting", CHORE_TIME, Box::pin(self.reschedule_forgetting(&shop))).await;
            }
            Ok(())
        };
        log_panics(&batch::run(shops, CONCURRENCY, compare).await);
        Ok(())
    }

    async fn do_chores(&self, shop: &Shop, dead_letters: &DeadLetterCounts) {
        chore(shop, "allowed shops", CHORE_TIME, self.apply_allowed_shops(shop)).await;
        chore(shop, "health", CHORE_TIME, self.check_health(shop, dead_letters)).await;
        chore(shop, "tokens", CHORE_TIME, self.keep_tokens(shop)).await;
        chore(shop, "order rate", CHORE_TIME, self.learn_order_rate(shop)).await;
    }

    async fn dead_letters(&self) -> Result<BTreeMap<ShopId, DeadLetterCounts>, StepError> {
        let mut dead_letters: BTreeMap<ShopId, DeadLetterCounts> = BTreeMap::new();
        for letter in self.queues.dead_letters(DEAD_LETTERS_MAX).await? {
            let counts = dead_letters.entry(letter.message.shop().clone()).or_default();
            *counts.entry(Queue::name(letter.queue)).or_default() += 1;
        }
        Ok(dead_letters)
    }
}

fn log_panics(outcomes: &[Outcome<StepError>]) {
    for _ in outcomes.iter().filter(|outcome| matches!(outcome, Outcome::Panicked)) {
        tracing::error!("a shop's chores panicked");
    }
}

/// Does a chore within `time`. One that fails is done again by the next run.
async fn chore(
    shop: &Shop,
    name: &'static str,
    time: Duration,
    work: impl Future<Output = Result<(), CallError>>,
) {
    let done = tokio::time::timeout(time, work).await.unwrap_or(Err(CallError::TimedOut(time)));
    if let Err(error) = done {
        tracing::warn!(shop = %shop.id, chore = name, error = error_chain(&error), "chore failed");
    }
}
