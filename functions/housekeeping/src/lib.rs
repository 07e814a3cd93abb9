//! housekeeping: what has to be done for a shop although no order asks for it.
//!
//! For each shop: tokens are renewed ahead of their end; its own order_rate of orders is learnt and its silence noticed;
//! webhooks that do not come and messages that were given up are shown; once a day all open orders are compared with
//! TikTok. What is found becomes an exception of the shop, which closes by itself when it is over.

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
use workflow::{StepError, error_chain};

/// How many shops are kept at a time.
const AT_ONCE: usize = 8;
/// How long a chore of a shop may take: one that TikTok does not answer must not keep the other shops waiting.
const CHORE_TIME: Duration = Duration::from_secs(30);
/// How long the comparison of a shop may take. It comes after the chores of all shops.
const COMPARISON_TIME: Duration = Duration::from_secs(150);
/// After this time a run begins nothing more: the next one does.
const RUN_TIME: Duration = Duration::from_secs(120);
/// How many dead letters are looked at.
const DEAD_LETTERS_MAX: usize = 200;

/// The step.
pub struct Housekeeping {
    orders: Arc<dyn OrderStore>,
    shops: Arc<dyn ShopStore>,
    queues: Arc<dyn Queues>,
    tiktok: TikTok,
    clock: Arc<dyn Clock>,
    settings: Arc<AllSettings>,
}

/// What could not be done for a shop; it is done by the next run.
#[derive(Debug, thiserror::Error)]
pub enum ChoreError {
    /// TikTok can't be asked.
    #[error(transparent)]
    TikTok(#[from] tiktok::Error),
    /// The step itself failed.
    #[error(transparent)]
    Step(#[from] StepError),
    /// It was given up.
    #[error("it took longer than {} s", .0.as_secs())]
    TooLong(Duration),
}

impl From<backend::BackendError> for ChoreError {
    fn from(error: backend::BackendError) -> Self {
        Self::Step(error.into())
    }
}

/// Dead letters by queue.
type Dead = BTreeMap<&'static str, usize>;

impl Housekeeping {
    /// Uses these; `settings` may name the shops that are allowed.
    pub fn new(
        orders: Arc<dyn OrderStore>,
        shops: Arc<dyn ShopStore>,
        queues: Arc<dyn Queues>,
        tiktok: TikTok,
        clock: Arc<dyn Clock>,
        settings: Arc<AllSettings>,
    ) -> Self {
        Self { orders, shops, queues, tiktok, clock, settings }
    }

    /// Keeps every shop. A chore that fails, or that TikTok does not answer, stops neither the shop's others nor the other
    /// shops.
    pub async fn run(&self) -> Result<(), StepError> {
        let began = Instant::now();
        let dead = self.dead_letters().await?;
        // Nothing can be done for a shop that can't be read; deadline-alarm tells of it.
        let mut shops: Vec<Shop> =
            self.shops.list_shops().await?.shops.into_iter().map(|shop| shop.value).collect();
        // The healthy ones come first.
        shops.sort_by_key(|shop| shop.poll.failing.map_or(0, |failing| failing.count));
        let keep = |shop: Shop| {
            let dead = dead.get(&shop.id).cloned().unwrap_or_default();
            async move {
                if began.elapsed() < RUN_TIME {
                    self.keep(&shop, &dead).await;
                }
                Ok(())
            }
        };
        report(&batch::run(shops.clone(), AT_ONCE, keep).await);
        let compare = |shop: Shop| async move {
            if began.elapsed() < RUN_TIME {
                chore(&shop, "comparison", COMPARISON_TIME, self.compare(&shop)).await;
                chore(&shop, "forgetting", CHORE_TIME, Box::pin(self.redate(&shop))).await;
            }
            Ok(())
        };
        report(&batch::run(shops, AT_ONCE, compare).await);
        Ok(())
    }

    async fn keep(&self, shop: &Shop, dead: &Dead) {
        chore(shop, "list of shops", CHORE_TIME, self.apply_list(shop)).await;
        chore(shop, "webhooks and dead letters", CHORE_TIME, self.look(shop, dead)).await;
        chore(shop, "tokens", CHORE_TIME, self.keep_tokens(shop)).await;
        chore(shop, "order_rate", CHORE_TIME, self.learn(shop)).await;
    }

    async fn dead_letters(&self) -> Result<BTreeMap<ShopId, Dead>, StepError> {
        let mut dead: BTreeMap<ShopId, Dead> = BTreeMap::new();
        for letter in self.queues.dead_letters(DEAD_LETTERS_MAX).await? {
            let of_shop = dead.entry(letter.message.shop().clone()).or_default();
            *of_shop.entry(Queue::name(letter.queue)).or_default() += 1;
        }
        Ok(dead)
    }
}

fn report(outcomes: &[Outcome<StepError>]) {
    for _ in outcomes.iter().filter(|outcome| matches!(outcome, Outcome::Panicked)) {
        tracing::error!("the chores of a shop panicked");
    }
}

/// Does a chore within `time`; what fails is done by the next run.
async fn chore(
    shop: &Shop,
    name: &'static str,
    time: Duration,
    work: impl Future<Output = Result<(), ChoreError>>,
) {
    let done = tokio::time::timeout(time, work).await.unwrap_or(Err(ChoreError::TooLong(time)));
    if let Err(error) = done {
        tracing::warn!(shop = %shop.id, chore = name, error = error_chain(&error), "chore failed");
    }
}
