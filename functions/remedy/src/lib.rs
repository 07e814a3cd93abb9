//! remedy: what people do about exceptions, order by order.
//!
//! A request names a remedy and the orders that it is for. Every order is handled on its own: what cannot be done for one
//! leaves the others alone, and the report says what became of each. `domain::remedy` decides what changes in the stored
//! order; here it is committed, and TikTok and the carrier are asked.
//!
//! **Invariant:** no write to TikTok is sent twice for one request. Where an answer is lost, what TikTok shows decides, or
//! the report says that the outcome is unknown.

mod answer;
mod cancel;
mod inquiry;
mod message;
mod outside;
mod report;
mod request;

use std::collections::BTreeSet;
use std::sync::Arc;

use backend::{OrderStore, Queues, ShopStore, batch};
use carriers::CarrierAccounts;
use domain::message::{ChangeSource, Message};
use domain::record::OrderRecord;
use domain::remedy::{self, Remedy, RemedyKind, RemedyRefused};
use domain::shop::Shop;
use domain::{OrderId, OrderKey, ShopId, Timestamp};
use system::Clock;
use tiktok::TikTok;
use workflow::{Change, StepError, StoredShop, error_chain, load_shop, update_order, upsert_order};

use report::RemedyFailed;
pub use report::{ItemOutcome, RemedyOutcome, RemedyReport};
pub use request::{InvalidRequest, ORDERS_MAX, RemedyRequest};

/// How many orders are handled at a time.
const CONCURRENCY: usize = 8;

/// What [`RemedyStep`] works with.
pub struct RemedyDeps {
    pub orders: Arc<dyn OrderStore>,
    pub shops: Arc<dyn ShopStore>,
    pub queues: Arc<dyn Queues>,
    pub tiktok: TikTok,
    pub accounts: CarrierAccounts,
    pub clock: Arc<dyn Clock>,
}

/// Applies remedies to orders.
pub struct RemedyStep {
    orders: Arc<dyn OrderStore>,
    shops: Arc<dyn ShopStore>,
    queues: Arc<dyn Queues>,
    tiktok: TikTok,
    accounts: CarrierAccounts,
    clock: Arc<dyn Clock>,
}

impl RemedyStep {
    pub fn new(deps: RemedyDeps) -> Self {
        let RemedyDeps { orders, shops, queues, tiktok, accounts, clock } = deps;
        Self { orders, shops, queues, tiktok, accounts, clock }
    }

    /// Applies the remedy to every order of the request; an order that is named twice is handled once. The outcomes are in
    /// the order in which the request first names the orders.
    ///
    /// # Errors
    /// When the request names no order, or more than [`ORDERS_MAX`]. Then nothing was done.
    pub async fn run(&self, request: RemedyRequest) -> Result<RemedyReport, InvalidRequest> {
        request.check()?;
        let RemedyRequest { shop, orders, remedy } = request;
        let mut seen = BTreeSet::new();
        let orders: Vec<OrderId> = orders.into_iter().filter(|order| seen.insert(order.clone())).collect();
        let (shop, remedy) = (&shop, &remedy);
        let handle = |order: OrderId| async move { self.handle(shop, order, remedy).await };
        let answers = batch::answers(orders.clone(), CONCURRENCY, handle).await;
        let outcomes = orders.into_iter().zip(answers).map(|(order, answer)| {
            let outcome = answer.unwrap_or_else(|| {
                tracing::error!(shop = %shop, order = %order, remedy = %remedy.kind(), "remedy panicked");
                RemedyOutcome::Failed { why: "a defect in Punctual: see its log".to_owned() }
            });
            ItemOutcome { order, outcome }
        });
        Ok(RemedyReport { outcomes: outcomes.collect() })
    }

    async fn handle(&self, shop: &ShopId, order: OrderId, remedy: &Remedy) -> RemedyOutcome {
        let key = OrderKey::new(shop.clone(), order);
        let name = remedy.kind();
        match Box::pin(self.apply(&key, remedy)).await {
            Ok(what) => {
                tracing::info!(order = %key, remedy = %name, "remedy was applied");
                RemedyOutcome::Done { what }
            }
            Err(RemedyFailed::Refused(why)) => {
                tracing::info!(order = %key, remedy = %name, why, "remedy was refused");
                RemedyOutcome::Refused { why }
            }
            Err(RemedyFailed::Failed(why) | RemedyFailed::Unknown(why)) => {
                tracing::warn!(order = %key, remedy = %name, why, "remedy failed");
                RemedyOutcome::Failed { why }
            }
        }
    }

    async fn apply(&self, key: &OrderKey, remedy: &Remedy) -> Result<String, RemedyFailed> {
        let what = match remedy {
            Remedy::MessageBuyer { text } => return self.message_buyer(key, text).await,
            Remedy::CancelAndRefund { reason } => return self.cancel(key, *reason).await,
            Remedy::ApproveCancellation => return self.approve(key).await,
            Remedy::RefuseCancellation { reason, comment } => {
                return self.refuse(key, reason.as_deref(), comment.as_ref()).await;
            }
            Remedy::RuleOutPurchase => {
                self.decide(key, remedy::rule_out_purchase).await?;
                "The purchase counts as not made; the label is bought again."
            }
            Remedy::AskCarrier => return self.ask_carrier(key).await,
            Remedy::CorrectAddress { address } => {
                self.decide(key, |record, now| remedy::correct_address(record, address.clone(), now)).await?;
                "It ships to the corrected address."
            }
            Remedy::ConfirmAddress => {
                self.decide(key, remedy::confirm_address).await?;
                "It ships to the address as it stands, if a carrier accepts it."
            }
            Remedy::Hold => {
                self.decide(key, remedy::hold).await?;
                "It is held."
            }
            Remedy::Release => {
                self.decide(key, remedy::release).await?;
                "It continues."
            }
            Remedy::Retry => {
                self.decide(key, remedy::retry).await?;
                "It is tried again."
            }
            Remedy::Rerate => {
                self.decide(key, remedy::rerate).await?;
                "A rate is chosen again; a label that was bought is voided first."
            }
            Remedy::Void => {
                self.decide(key, remedy::void).await?;
                "The label is voided, and the order is held."
            }
            Remedy::MarkUrgent => {
                self.decide(key, remedy::mark_urgent).await?;
                "It is marked as urgent."
            }
            Remedy::UnmarkUrgent => {
                self.decide(key, remedy::unmark_urgent).await?;
                "It is no longer marked as urgent."
            }
            Remedy::Acknowledge => {
                self.decide(key, remedy::acknowledge).await?;
                "It is acknowledged; there are no more alarms about its deadline."
            }
        };
        Ok(what.to_owned())
    }

    /// Applies `decision` to the stored order, and sends the messages that follow from it.
    async fn decide(
        &self,
        key: &OrderKey,
        decision: impl Fn(&mut OrderRecord, Timestamp) -> Result<Vec<Message>, RemedyRefused> + Send + Sync,
    ) -> Result<(), RemedyFailed> {
        let now = self.clock.now();
        let decided: Result<Vec<Message>, RemedyFailed> = upsert_order(&*self.orders, key, |stored| {
            let Some(record) = stored else { return Ok(Change::Keep(Err(RemedyFailed::unknown_order()))) };
            Ok(match decision(record, now) {
                Ok(messages) => Change::Commit(Ok(messages)),
                Err(why) => Change::Keep(Err(RemedyFailed::from(why))),
            })
        })
        .await?;
        Ok(self.queues.send_all(&decided?).await.map_err(StepError::from)?)
    }

    async fn load(&self, key: &OrderKey) -> Result<OrderRecord, RemedyFailed> {
        let stored = self.orders.load_order(key).await.map_err(StepError::from)?;
        stored.map(|stored| stored.value).ok_or_else(RemedyFailed::unknown_order)
    }

    async fn shop(&self, id: &ShopId) -> Result<Shop, RemedyFailed> {
        match load_shop(&*self.shops, id).await? {
            StoredShop::Open(shop) => Ok(*shop),
            StoredShop::Closed(closed) => Err(RemedyFailed::refused(closed.why)),
            StoredShop::NotConnected => Err(RemedyFailed::refused("the shop is not connected")),
        }
    }

    /// Notes what was done outside in the history of the exceptions that it is about. A note that can't be stored does not fail
    /// the remedy, which is done.
    async fn note(&self, key: &OrderKey, name: RemedyKind, what: &str) {
        let now = self.clock.now();
        let noted = update_order(&*self.orders, key, |record| {
            remedy::note(record, name, what, now);
            Ok(Change::Commit(()))
        })
        .await;
        if let Err(error) = noted {
            tracing::warn!(order = %key, error = error_chain(&error), "remedy can't be added to the history");
        }
    }

    /// Has the order read back, so that what TikTok made of the remedy is seen at once. Should the message be lost, a webhook
    /// or a poll tells the same.
    async fn read_back_later(&self, key: &OrderKey) {
        let message = Message::order_change(key.clone(), ChangeSource::Person);
        if let Err(error) = self.queues.send_all(&[message]).await {
            tracing::warn!(order = %key, error = error_chain(&error), "order can't be queued to be read back");
        }
    }
}
