//! remedy: what people do about exceptions, order by order.
//!
//! A request names a remedy and the orders that it is for. Every order is worked on by itself: what can't be done for
//! one leaves the others alone, and the report says of each what became of it. What is overrides about the stored order
//! is overrides by `domain::remedy`; here it is committed, and TikTok and the carrier are asked.
//!
//! **Invariant:** no write to TikTok is sent twice for one request. Where an answer is lost, what TikTok shows decides,
//! or the report says that it is not known.

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
use workflow::{StepError, error_chain, update_order, upsert_order};

use report::RemedyFailed;
pub use report::{ItemOutcome, Outcome, Report};
pub use request::{Malformed, ORDERS_MAX, Request};

/// How many orders are worked on at a time.
const AT_ONCE: usize = 8;

/// The step.
pub struct RemedyStep {
    orders: Arc<dyn OrderStore>,
    shops: Arc<dyn ShopStore>,
    queues: Arc<dyn Queues>,
    tiktok: TikTok,
    accounts: CarrierAccounts,
    clock: Arc<dyn Clock>,
}

impl RemedyStep {
    /// Uses these.
    pub fn new(
        orders: Arc<dyn OrderStore>,
        shops: Arc<dyn ShopStore>,
        queues: Arc<dyn Queues>,
        tiktok: TikTok,
        accounts: CarrierAccounts,
        clock: Arc<dyn Clock>,
    ) -> Self {
        Self { orders, shops, queues, tiktok, accounts, clock }
    }

    /// Applies the remedy to every order of the request; one that is named twice is worked on once. The outcomes are in
    /// the order in which the request first names the orders.
    ///
    /// # Errors
    /// When the request names no order, or more than [`ORDERS_MAX`]. Then nothing was done.
    pub async fn run(&self, request: Request) -> Result<Report, Malformed> {
        request.check()?;
        let Request { shop, orders, remedy } = request;
        let mut seen = BTreeSet::new();
        let orders: Vec<OrderId> = orders.into_iter().filter(|order| seen.insert(order.clone())).collect();
        let (shop, remedy) = (&shop, &remedy);
        let work = |order: OrderId| async move { self.one(shop, order, remedy).await };
        let answers = batch::answers(orders.clone(), AT_ONCE, work).await;
        let outcomes = orders.into_iter().zip(answers).map(|(order, answer)| {
            let outcome = answer.unwrap_or_else(|| {
                tracing::error!(shop = %shop, order = %order, remedy = %remedy.kind(), "remedy panicked");
                Outcome::Failed { why: "a defect of the program: see its log".to_owned() }
            });
            ItemOutcome { order, outcome }
        });
        Ok(Report { outcomes: outcomes.collect() })
    }

    async fn one(&self, shop: &ShopId, order: OrderId, remedy: &Remedy) -> Outcome {
        let key = OrderKey::new(shop.clone(), order);
        let name = remedy.kind();
        match Box::pin(self.apply(&key, remedy)).await {
            Ok(what) => {
                tracing::info!(order = %key, remedy = %name, "remedy is applied");
                Outcome::Done { what }
            }
            Err(RemedyFailed::Refused(why)) => {
                tracing::info!(order = %key, remedy = %name, why, "remedy is refused");
                Outcome::Refused { why }
            }
            Err(RemedyFailed::Failed(why) | RemedyFailed::Unknown(why)) => {
                tracing::warn!(order = %key, remedy = %name, why, "remedy failed");
                Outcome::Failed { why }
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
            Remedy::AskCarrier => return self.ask_carrier(key).await,
            Remedy::CorrectAddress { address } => {
                self.decide(key, |record, now| remedy::correct_address(record, address.clone(), now)).await?;
                "It is shipped to the corrected address."
            }
            Remedy::ConfirmAddress => {
                self.decide(key, remedy::confirm_address).await?;
                "It is shipped to the address as it stands, if a carrier takes it."
            }
            Remedy::Hold => {
                self.decide(key, remedy::hold).await?;
                "It is held."
            }
            Remedy::Release => {
                self.decide(key, remedy::release).await?;
                "It goes on."
            }
            Remedy::Retry => {
                self.decide(key, remedy::retry).await?;
                "It is tried again."
            }
            Remedy::Rerate => {
                self.decide(key, remedy::rerate).await?;
                "A rate is chosen anew; a label that was bought is given back first."
            }
            Remedy::Void => {
                self.decide(key, remedy::void).await?;
                "The label is given back, and the order is held."
            }
            Remedy::MarkUrgent { urgent } => {
                self.decide(key, |record, now| remedy::mark_urgent(record, *urgent, now)).await?;
                if *urgent { "It is marked as urgent." } else { "It is no longer marked as urgent." }
            }
            Remedy::Acknowledge => {
                self.decide(key, remedy::acknowledge).await?;
                "It is taken up; its deadline is told no further."
            }
        };
        Ok(what.to_owned())
    }

    /// Has `decision` change the stored order, and sends what follows from it.
    async fn decide(
        &self,
        key: &OrderKey,
        decision: impl Fn(&mut OrderRecord, Timestamp) -> Result<Vec<Message>, RemedyRefused> + Send + Sync,
    ) -> Result<(), RemedyFailed> {
        let now = self.clock.now();
        let overrides = upsert_order(&*self.orders, key, |stored| {
            let Some(mut record) = stored else { return Ok((None, Err(RemedyFailed::unknown_order()))) };
            match decision(&mut record, now) {
                Ok(messages) => Ok((Some(record), Ok(messages))),
                Err(why) => Ok((None, Err(RemedyFailed::from(why)))),
            }
        })
        .await?;
        Ok(self.queues.send_all(&overrides?).await.map_err(StepError::from)?)
    }

    async fn load(&self, key: &OrderKey) -> Result<OrderRecord, RemedyFailed> {
        let stored = self.orders.load_order(key).await.map_err(StepError::from)?;
        stored.map(|stored| stored.value).ok_or_else(RemedyFailed::unknown_order)
    }

    async fn shop(&self, id: &ShopId) -> Result<Shop, RemedyFailed> {
        let stored = self.shops.load_shop(id).await.map_err(StepError::from)?;
        let shop = stored.ok_or_else(|| RemedyFailed::refused("the shop is not connected"))?.value;
        match shop.closed() {
            Some(closed) => Err(RemedyFailed::refused(closed.why)),
            None => Ok(shop),
        }
    }

    /// Notes what was done outside, in the history of the exceptions that it is about. It is done: a note that can't be
    /// kept does not undo it.
    async fn note(&self, key: &OrderKey, name: RemedyKind, what: &str) {
        let now = self.clock.now();
        let noted = update_order(&*self.orders, key, |record| {
            remedy::note(record, name, what, now);
            Ok(Some(()))
        })
        .await;
        if let Err(error) = noted {
            tracing::warn!(order = %key, error = error_chain(&error), "what was done is not noted");
        }
    }

    /// Has the order read back, so that what TikTok made of it is seen at once; should the message be lost, its webhook
    /// or a poll tells the same.
    async fn read_back_later(&self, key: &OrderKey) {
        let message = Message::OrderChange { key: key.clone(), source: ChangeSource::Person };
        if let Err(error) = self.queues.send_all(&[message]).await {
            tracing::warn!(order = %key, error = error_chain(&error), "order is not read back at once");
        }
    }
}
