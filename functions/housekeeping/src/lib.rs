//! housekeeping: what has to be done for a shop although no order asks for it.
//!
//! For each shop: tokens are renewed ahead of their end; its own pattern of orders is learnt and its silence noticed;
//! webhooks that do not come and messages that were given up are shown; once a day all open orders are compared with
//! TikTok. What is found becomes an exception of the shop, which closes by itself when it is over.

mod chores;
mod compare;
mod silence;

use std::collections::BTreeMap;
use std::sync::Arc;

use domain::ShopId;
use domain::message::Queue;
use domain::shop::Shop;
use engine::batch::{self, Outcome};
use engine::{Clock, OrderStore, Queues, ShopStore};
use steps::{StepError, chain};
use tiktok::TikTok;

/// How many shops are kept at a time.
const AT_ONCE: usize = 4;
/// How many dead letters are looked at.
const DEAD_LETTERS_MAX: usize = 200;

/// The step.
pub struct Housekeeping {
    orders: Arc<dyn OrderStore>,
    shops: Arc<dyn ShopStore>,
    queues: Arc<dyn Queues>,
    tiktok: TikTok,
    clock: Arc<dyn Clock>,
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
}

impl From<engine::EngineError> for ChoreError {
    fn from(error: engine::EngineError) -> Self {
        Self::Step(error.into())
    }
}

/// Dead letters by queue.
type Dead = BTreeMap<&'static str, usize>;

impl Housekeeping {
    /// Uses these.
    pub fn new(
        orders: Arc<dyn OrderStore>,
        shops: Arc<dyn ShopStore>,
        queues: Arc<dyn Queues>,
        tiktok: TikTok,
        clock: Arc<dyn Clock>,
    ) -> Self {
        Self { orders, shops, queues, tiktok, clock }
    }

    /// Keeps every shop. A chore that fails stops neither the shop's others nor the other shops.
    pub async fn run(&self) -> Result<(), StepError> {
        let dead = self.dead_letters().await?;
        let shops = self.shops.shops().await?;
        let keep = |shop: Shop| {
            let dead = dead.get(&shop.id).cloned().unwrap_or_default();
            async move {
                self.keep(&shop, &dead).await;
                Ok::<(), StepError>(())
            }
        };
        let shops = shops.into_iter().map(|shop| shop.value).collect();
        for outcome in batch::run(shops, AT_ONCE, keep).await {
            if let Outcome::Panicked = outcome {
                tracing::error!("the chores of a shop panicked");
            }
        }
        Ok(())
    }

    async fn keep(&self, shop: &Shop, dead: &Dead) {
        let chores = [
            ("webhooks and dead letters", self.look(shop, dead).await),
            ("tokens", self.keep_tokens(shop).await),
            ("pattern", self.learn(shop).await),
            ("comparison", self.compare(shop).await),
        ];
        for (chore, result) in chores {
            if let Err(error) = result {
                tracing::warn!(shop = %shop.id, chore, error = chain(&error), "chore failed");
            }
        }
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
