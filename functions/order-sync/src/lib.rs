//! order-sync: reads orders back from TikTok, stores them and decides what is next.
//!
//! A message is only a hint that an order may have changed. The orders of one shop are read back together, 50 a call, and
//! each is then decided on its own: one that fails leaves the others alone. While TikTok cannot be asked, the hint comes
//! again and again, because nothing else leads back to an order that is not stored yet.
//!
//! Two things that the orders themselves do not say are asked afterwards, once for the whole shop: by when a buyer's
//! request to cancel has to be answered, and whether there is stock for what is to be shipped. An order does not wait for
//! an answer that fails.

mod cancellations;
mod later;
mod outcome;
mod read_back;
mod stock;

use std::cmp::Ordering;
use std::collections::{BTreeMap, HashMap};
use std::sync::Arc;

use backend::batch::{self, Outcome};
use backend::{OrderStore, Queues, ShopStore};
use domain::deadline::DispatchRules;
use domain::message::{ChangeSource, Message, OrderChange};
use domain::order::Order;
use domain::record::OrderRecord;
use domain::settings::AllSettings;
use domain::shop::{SellerType, ShopClosed};
use domain::sync::{Policies, sync};
use domain::{OrderId, OrderKey, ShopId, Timestamp};
use futures_util::future::join_all;
use jiff::SignedDuration;
use system::{Clock, Random};
use tiktok::TikTok;
use workflow::{Change, Deferrer, StepError, error_chain, upsert_order};

pub use outcome::message_outcome;
use read_back::OpenShop;
use stock::StockCheck;

/// How many orders of a shop are stored at a time.
const CONCURRENCY: usize = 16;

/// What [`OrderSync`] works with.
pub struct OrderSyncDeps {
    pub orders: Arc<dyn OrderStore>,
    pub shops: Arc<dyn ShopStore>,
    pub queues: Arc<dyn Queues>,
    pub tiktok: TikTok,
    pub clock: Arc<dyn Clock>,
    pub random: Arc<dyn Random>,
    /// The deadline of an order for which TikTok gives no clock.
    pub dispatch: DispatchRules,
    pub settings: Arc<AllSettings>,
}

/// Reads changed orders back from TikTok and decides what is next for them.
pub struct OrderSync {
    orders: Arc<dyn OrderStore>,
    shops: Arc<dyn ShopStore>,
    queues: Arc<dyn Queues>,
    tiktok: TikTok,
    clock: Arc<dyn Clock>,
    dispatch: DispatchRules,
    settings: Arc<AllSettings>,
    deferrer: Deferrer,
}

/// Why an order was not synced.
#[derive(Debug, thiserror::Error)]
pub enum SyncError {
    /// No order of the shop can be read now.
    #[error(transparent)]
    TikTok(Arc<tiktok::Error>),
    /// TikTok refuses to show this order, or its answer for it is unusable.
    #[error(transparent)]
    NotShown(tiktok::Error),
    /// TikTok's answer for this order cannot be parsed.
    #[error(transparent)]
    Unreadable(tiktok::UnreadableOrder),
    #[error("{}", .0.why)]
    ShopClosed(ShopClosed),
    #[error("the shop can't be loaded")]
    Shop(#[source] Arc<StepError>),
    #[error(transparent)]
    Step(#[from] StepError),
}

/// What TikTok answered for one order.
type ReadOrder = Result<Order, SyncError>;

/// What a sync of one order leaves to be done.
#[derive(Default)]
struct Synced {
    messages: Vec<Message>,
    /// The buyer asks to cancel, and the request itself is not known yet.
    lacks_cancellation: bool,
    /// The stock to check before the messages are sent.
    stock: Option<StockCheck>,
}

/// What is left to ask TikTok about an order that was stored.
#[derive(Default)]
struct FollowUp {
    /// The order whose request to cancel is to be read.
    cancellation: Option<OrderKey>,
    stock: Option<StockCheck>,
}

impl OrderSync {
    pub fn new(deps: OrderSyncDeps) -> Self {
        let OrderSyncDeps { orders, shops, queues, tiktok, clock, random, dispatch, settings } = deps;
        let deferrer = Deferrer::new(Arc::clone(&orders), Arc::clone(&queues), Arc::clone(&clock), random);
        Self { orders, shops, queues, tiktok, clock, dispatch, settings, deferrer }
    }

    /// Syncs the orders of a batch of hints; the outcomes are in the order of the hints. Several hints for one order are
    /// one sync. A shop for which TikTok does not answer holds up no other.
    pub async fn handle_batch(&self, changes: Vec<OrderChange>) -> Vec<Outcome<SyncError>> {
        let mut by_shop: BTreeMap<ShopId, BTreeMap<OrderId, ChangeSource>> = BTreeMap::new();
        for OrderChange { key, source } in &changes {
            let sources = by_shop.entry(key.shop.clone()).or_default();
            let known = sources.entry(key.order.clone()).or_insert(*source);
            // A webhook that announced the change is recorded; see `OrderRecord::webhooks_seen_until`.
            if *source == ChangeSource::Webhook {
                *known = ChangeSource::Webhook;
            }
        }
        let shops = by_shop.into_iter().map(|(shop, sources)| self.sync_shop(shop, sources));
        let mut by_key: HashMap<OrderKey, Outcome<SyncError>> =
            join_all(shops).await.into_iter().flatten().collect();
        // The first hint of an order carries its outcome. The others are done with it, or come again with it.
        changes
            .into_iter()
            .map(|change| {
                let outcome = by_key.remove(&change.key).unwrap_or(Outcome::Done);
                match &outcome {
                    Outcome::Failed(SyncError::Step(StepError::Paused(_))) | Outcome::Done => {}
                    Outcome::Failed(error) => {
                        tracing::warn!(order = %change.key, error = error_chain(error), "order is not synced");
                    }
                    Outcome::Panicked => tracing::error!(order = %change.key, "step panicked"),
                }
                outcome
            })
            .collect()
    }

    async fn sync_shop(
        &self,
        shop: ShopId,
        sources: BTreeMap<OrderId, ChangeSource>,
    ) -> HashMap<OrderKey, Outcome<SyncError>> {
        let asked_at = self.clock.now();
        let ids: Vec<OrderId> = sources.keys().cloned().collect();
        let mut read: HashMap<OrderKey, ReadOrder> = HashMap::new();
        let open = self.read_back(&shop, &ids, &mut read).await;
        // Without the shop there is no order to store.
        let seller = open.as_ref().map_or(SellerType::Local, |open| open.seller);
        let work: Vec<(OrderChange, Option<ReadOrder>)> = sources
            .into_iter()
            .map(|(order, source)| {
                let key = OrderKey::new(shop.clone(), order);
                let read = read.remove(&key);
                (OrderChange { key, source }, read)
            })
            .collect();
        let keys: Vec<OrderKey> = work.iter().map(|(change, _)| change.key.clone()).collect();
        let sync = |(change, read)| self.sync_order(change, read, seller, asked_at);
        let answers = batch::answers(work, CONCURRENCY, sync).await;

        let (mut checks, mut cancellations) = (Vec::new(), Vec::new());
        let mut outcomes = HashMap::new();
        for (key, answer) in keys.into_iter().zip(answers) {
            let outcome = match answer {
                Some(Ok(FollowUp { cancellation, stock })) => {
                    cancellations.extend(cancellation);
                    checks.extend(stock);
                    Outcome::Done
                }
                Some(Err(error)) => Outcome::Failed(error),
                None => Outcome::Panicked,
            };
            outcomes.insert(key, outcome);
        }
        if let Some(OpenShop { access, .. }) = open {
            outcomes.extend(self.check_stock(&access, checks).await);
            self.note_cancellations(&access, cancellations).await;
        }
        outcomes
    }

    async fn sync_order(
        &self,
        change: OrderChange,
        read: Option<ReadOrder>,
        seller: SellerType,
        asked_at: Timestamp,
    ) -> Result<FollowUp, SyncError> {
        // The shop is not connected, or it reads the order again by itself: the hint is dropped.
        let Some(read) = read else { return Ok(FollowUp::default()) };
        let order = match read {
            Err(SyncError::TikTok(error)) if later::may_pass(&error) => {
                self.retry_later(change, &error).await?;
                return Ok(FollowUp::default());
            }
            // It may pass within seconds, which a message that failed would wait for longer.
            Err(SyncError::NotShown(error)) if error.is_server_fault() => {
                let waiting = self.waiting_shipment(&change.key).await?;
                self.retry_order_later(change, waiting, &error).await?;
                return Ok(FollowUp::default());
            }
            Err(SyncError::ShopClosed(closed)) => {
                self.wait_until_open(change, closed).await?;
                return Ok(FollowUp::default());
            }
            read => read?,
        };
        let Synced { messages, lacks_cancellation, stock } =
            self.store(&change, order, seller, asked_at).await?;
        let cancellation = lacks_cancellation.then_some(change.key);
        if let Some(check) = stock {
            let stock = Some(check.before(messages));
            return Ok(FollowUp { cancellation, stock });
        }
        self.queues.send_all(&messages).await.map_err(StepError::from)?;
        Ok(FollowUp { cancellation, stock: None })
    }

    async fn store(
        &self,
        change: &OrderChange,
        order: Order,
        seller: SellerType,
        asked_at: Timestamp,
    ) -> Result<Synced, StepError> {
        let OrderChange { key, source } = change;
        let now = self.clock.now();
        let policies = Policies {
            dispatch: &self.dispatch,
            cancellation: self.settings.for_shop(&key.shop).cancellation,
            seller,
            forget_after_days: self.settings.expire_personal_data_days,
        };
        upsert_order(&*self.orders, key, |stored| {
            match stored.as_ref().map_or(Freshness::Newer, |stored| freshness(&order, asked_at, stored)) {
                Freshness::Newer => {}
                // What is stored was read later: an old answer must not turn the order back.
                Freshness::Older => return Ok(Change::Keep(Synced::default())),
                Freshness::Undecided => {
                    let messages = vec![Message::OrderChange(change.clone())];
                    return Ok(Change::Keep(Synced { messages, ..Synced::default() }));
                }
            }
            let ready_before = stored.as_ref().map(stock::ready).unwrap_or_default();
            let (record, messages) = sync(stored.take(), &key.shop, order.clone(), *source, &policies, now)?;
            let lacks_cancellation = record.lacks_cancellation();
            let stock = StockCheck::of(&record, &ready_before);
            *stored = Some(record);
            Ok(Change::Commit(Synced { messages, lacks_cancellation, stock }))
        })
        .await
    }
}

/// Longer than it takes to read orders and to store them.
const READ_WITHIN: SignedDuration = SignedDuration::from_mins(5);

/// An answer of TikTok beside what is stored.
enum Freshness {
    Newer,
    Older,
    /// Both were read at the same time and changed within the same second of TikTok's, and they differ: only another read
    /// tells.
    Undecided,
}

fn freshness(order: &Order, asked_at: Timestamp, stored: &OrderRecord) -> Freshness {
    // One that lies further ahead was stored before the clock was set back.
    let is_later_read =
        stored.synced_at > asked_at && stored.synced_at.duration_since(asked_at) < READ_WITHIN;
    match stored.order.updated_at.cmp(&order.updated_at) {
        Ordering::Greater => Freshness::Older,
        Ordering::Equal if is_later_read && !stored.mirrors(order) => Freshness::Undecided,
        Ordering::Equal | Ordering::Less => Freshness::Newer,
    }
}
