//! order-sync: reads orders back from TikTok, stores them and decides what is next.
//!
//! A message is a hint that an order may have changed. Orders of one shop are read back together, 50 a call, and each
//! is then overrides on by itself: what fails for one leaves the others alone. While TikTok can't be asked, a hint comes
//! again and again: an order that is not stored yet has nothing else that leads back to it.
//!
//! What the orders alone do not say is asked for afterwards, once for all of a shop: when a buyer's request to cancel has
//! to be answered, and whether there is stock for what is to be shipped. An order does not wait for an answer that fails.

mod cancellations;
mod later;
mod outcome;
mod read_back;
mod stock;

use std::cmp::Ordering;
use std::collections::{BTreeMap, HashMap};
use std::sync::{Arc, Mutex, PoisonError};

use backend::batch::{self, Outcome};
use backend::{BackendError, OrderStore, Queues, ShopStore};
use domain::deadline::DispatchRules;
use domain::message::{ChangeSource, Message};
use domain::order::Order;
use domain::record::OrderRecord;
use domain::settings::AllSettings;
use domain::shop::{Shop, ShopClosed};
use domain::sync::{Rules, sync};
use domain::{OrderId, OrderKey, ShopId, Timestamp};
use futures_util::future::join_all;
use system::{Clock, Random};
use tiktok::TikTok;
use workflow::{Deferrer, StepError, error_chain, upsert_order};

pub use outcome::message_outcome;

/// How many orders are stored at a time.
const AT_ONCE: usize = 16;

/// The step.
pub struct OrderSync {
    orders: Arc<dyn OrderStore>,
    shops: Arc<dyn ShopStore>,
    queues: Arc<dyn Queues>,
    tiktok: TikTok,
    clock: Arc<dyn Clock>,
    deferrer: Deferrer,
    laws: Laws,
}

/// What the markets and the seller lay down.
#[derive(Clone, Debug, Default)]
pub struct Laws {
    /// The deadline of an order for which TikTok gives no clock.
    pub dispatch: DispatchRules,
    /// What the seller chose.
    pub settings: Arc<AllSettings>,
}

/// A hint that an order may have changed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Hint {
    /// The order.
    pub key: OrderKey,
    /// How we know.
    pub source: ChangeSource,
}

/// Why a hint was not followed.
#[derive(Debug, thiserror::Error)]
pub enum SyncError {
    /// The orders of its shop can't be read now.
    #[error(transparent)]
    TikTok(Arc<tiktok::Error>),
    /// TikTok refuses to show this order, or its answer for it can't be used.
    #[error(transparent)]
    NotGiven(tiktok::Error),
    /// TikTok's answer for this order can't be understood.
    #[error(transparent)]
    Unreadable(tiktok::UnreadableOrder),
    /// Its shop is closed.
    #[error("{}", .0.why)]
    ShopClosed(ShopClosed),
    /// Its shop can't be loaded.
    #[error("the shop can't be loaded")]
    Shop(#[source] Arc<BackendError>),
    /// The step itself failed.
    #[error(transparent)]
    Step(#[from] StepError),
}

/// What TikTok answered for one order.
type Answer = Result<Order, SyncError>;

/// What an order that was stored leaves to be done.
#[derive(Default)]
struct Followed {
    /// To be sent.
    messages: Vec<Message>,
    /// Its request to cancel is not known.
    asks: bool,
    /// The stock to be looked at before anything is sent.
    wanted: Option<stock::Wanted>,
}

/// What is left to be asked once the orders of a batch are stored.
#[derive(Default)]
struct Open {
    /// Orders whose request to cancel is not known.
    requests: Vec<OrderKey>,
    /// Shipments that need stock.
    wanted: Vec<stock::Wanted>,
}

impl OrderSync {
    /// Uses these.
    pub fn new(
        orders: Arc<dyn OrderStore>,
        shops: Arc<dyn ShopStore>,
        queues: Arc<dyn Queues>,
        tiktok: TikTok,
        clock: Arc<dyn Clock>,
        random: Arc<dyn Random>,
        laws: Laws,
    ) -> Self {
        let deferrer = Deferrer::new(Arc::clone(&orders), Arc::clone(&queues), Arc::clone(&clock), random);
        Self { orders, shops, queues, tiktok, clock, deferrer, laws }
    }

    /// Follows the hints; the outcomes are in their order. Several hints for one order are followed once. A shop for which
    /// TikTok does not answer keeps no other waiting.
    pub async fn handle_batch(&self, hints: Vec<Hint>) -> Vec<Outcome<SyncError>> {
        let mut by_shop: BTreeMap<ShopId, BTreeMap<OrderId, ChangeSource>> = BTreeMap::new();
        for Hint { key, source } in &hints {
            let sources = by_shop.entry(key.shop.clone()).or_default();
            let known = sources.entry(key.order.clone()).or_insert(*source);
            if *source == ChangeSource::Webhook {
                *known = ChangeSource::Webhook;
            }
        }
        let shops = by_shop.into_iter().map(|(shop, sources)| self.handle_shop(shop, sources));
        let mut by_key: HashMap<OrderKey, Outcome<SyncError>> =
            join_all(shops).await.into_iter().flatten().collect();
        // The first hint of an order carries its outcome; the others are done with it, or come again with it.
        hints
            .into_iter()
            .map(|hint| {
                let outcome = by_key.remove(&hint.key).unwrap_or(Outcome::Done);
                match &outcome {
                    Outcome::Failed(SyncError::Step(StepError::Paused(_))) | Outcome::Done => {}
                    Outcome::Failed(error) => {
                        tracing::warn!(order = %hint.key, error = error_chain(error), "order is not synced");
                    }
                    Outcome::Panicked => tracing::error!(order = %hint.key, "step panicked"),
                }
                outcome
            })
            .collect()
    }

    /// Follows the hints for orders of one shop.
    async fn handle_shop(
        &self,
        shop: ShopId,
        sources: BTreeMap<OrderId, ChangeSource>,
    ) -> Vec<(OrderKey, Outcome<SyncError>)> {
        let asked_at = self.clock.now();
        let ids: Vec<OrderId> = sources.keys().cloned().collect();
        let mut answers: HashMap<OrderKey, Answer> = HashMap::new();
        let access = self.read_back(&shop, &ids, &mut answers).await;
        let work: Vec<(OrderKey, ChangeSource, Option<Answer>)> = sources
            .into_iter()
            .map(|(order, source)| {
                let key = OrderKey::new(shop.clone(), order);
                let answer = answers.remove(&key);
                (key, source, answer)
            })
            .collect();
        let keys: Vec<OrderKey> = work.iter().map(|(key, ..)| key.clone()).collect();
        let open = Mutex::new(Open::default());
        let follow = |(key, source, answer)| self.follow(key, source, answer, asked_at, &open);
        let outcomes = batch::run(work, AT_ONCE, follow).await;
        let mut by_key: HashMap<OrderKey, Outcome<SyncError>> = keys.into_iter().zip(outcomes).collect();
        let Open { requests, wanted } = open.into_inner().unwrap_or_else(PoisonError::into_inner);
        if let Some(access) = access {
            by_key.extend(self.check_stock(&access, wanted).await);
            self.note_cancellations(&access, requests).await;
        }
        by_key.into_iter().collect()
    }

    async fn follow(
        &self,
        key: OrderKey,
        source: ChangeSource,
        answer: Option<Answer>,
        asked_at: Timestamp,
        open: &Mutex<Open>,
    ) -> Result<(), SyncError> {
        let Some(answer) = answer else { return Ok(()) };
        let order = match answer {
            Err(SyncError::TikTok(error)) if later::may_pass(&error) => {
                return Ok(self.later(key, source, &error).await?);
            }
            Err(SyncError::ShopClosed(closed)) => return Ok(self.wait(key, source, closed).await?),
            answer => answer?,
        };
        let now = self.clock.now();
        let rules = Rules {
            dispatch: &self.laws.dispatch,
            cancellation: self.laws.settings.for_shop(&key.shop).cancellation,
            forget_after_days: self.laws.settings.expire_personal_data_days,
        };
        let followed = upsert_order(&*self.orders, &key, |stored| {
            // An answer that was read before the stored one must not turn the order back.
            match stored.as_ref().map_or(Age::Newer, |stored| age(&order, asked_at, stored)) {
                Age::Newer => {}
                Age::Older => return Ok((None, Followed::default())),
                Age::Unknown => {
                    let again = Message::OrderChange { key: key.clone(), source };
                    return Ok((None, Followed { messages: vec![again], ..Followed::default() }));
                }
            }
            let ready = stored.as_ref().map(stock::ready).unwrap_or_default();
            let (record, messages) =
                sync(stored, &key.shop, order.clone(), source, &rules, now).map_err(StepError::from)?;
            let asks = record.lacks_cancellation();
            let wanted = stock::Wanted::by(&record, &ready);
            Ok((Some(record), Followed { messages, asks, wanted }))
        })
        .await?;
        let Followed { messages, asks, wanted } = followed;
        {
            let mut open = open.lock().unwrap_or_else(PoisonError::into_inner);
            open.requests.extend(asks.then_some(key));
            if let Some(wanted) = wanted {
                open.wanted.push(wanted.before(messages));
                return Ok(());
            }
        }
        Ok(self.queues.send_all(&messages).await.map_err(StepError::from)?)
    }

    /// Remembers that the shop has to be connected again, so that it is not polled in vain.
    pub(crate) async fn note_authorization(&self, shop: &Shop, error: &tiktok::Error) {
        if !later::is_lost(error) {
            return;
        }
        if let Err(error) = workflow::mark_unauthorized(&*self.shops, shop, self.clock.now()).await {
            tracing::error!(shop = %shop.id, error = error_chain(&error), "shop can't be marked as not authorised");
        }
    }
}

/// How old an answer is beside what is stored.
enum Age {
    Newer,
    Older,
    /// Read at the same time, both changed within TikTok's second, and they differ: only a third answer tells.
    Unknown,
}

fn age(order: &Order, asked_at: Timestamp, stored: &OrderRecord) -> Age {
    match stored.order.updated_at.cmp(&order.updated_at) {
        Ordering::Greater => Age::Older,
        Ordering::Equal if stored.synced_at > asked_at && !stored.mirrors(order) => Age::Unknown,
        Ordering::Equal | Ordering::Less => Age::Newer,
    }
}
