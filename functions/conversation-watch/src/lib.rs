//! conversation-watch: sees when a buyer presses for shipment, wants to cancel or says that the address is wrong.
//!
//! The message only names a conversation: it is read back, and what the buyer wrote lately is judged by keywords. What
//! is found opens an exception of the buyer's orders that wait for dispatch; it stops nothing, since TikTok's own request
//! to cancel and its own change of address do. No word of the buyer is stored or logged.

mod asked;
mod recent;

use std::sync::Arc;
use std::time::Duration;

use backend::{BackendError, OrderStore, ProcessedEventStore, Queues, ShopStore};
use domain::buyer_intent::BuyerIntent;
use domain::message::Message;
use domain::order::OrderStatus;
use domain::retry::Retry;
use domain::shop::Shop;
use domain::{BuyerId, ConversationId, OrderId, OrderKey, ShopId, Timestamp};
use jiff::SignedDuration;
use system::Clock;
use tiktok::{Class, OrderSearch, ShopAccess, TikTok};
use workflow::{StepError, error_chain, update_order};

use asked::{Asked, asked};

/// The least pause before a conversation that can't be read now is read again: nobody waits for it.
const PAUSE: Duration = Duration::from_secs(60);
/// The same while the shop has to be connected again.
const UNAUTHORISED: Duration = Duration::from_secs(15 * 60);
/// For how long a message waits for its order to be stored: the order's own hint is under way.
const ORDER_WITHIN: SignedDuration = SignedDuration::from_mins(30);
/// How often it is logged that a shop has not granted customer service.
const SCOPE_LOGGED: SignedDuration = SignedDuration::from_hours(24);
/// The largest page of orders; a buyer has seldom more than two that wait.
const ORDERS_A_PAGE: u32 = 100;

/// The step.
pub struct ConversationWatch {
    orders: Arc<dyn OrderStore>,
    shops: Arc<dyn ShopStore>,
    processed_events: Arc<dyn ProcessedEventStore>,
    queues: Arc<dyn Queues>,
    tiktok: TikTok,
    clock: Arc<dyn Clock>,
}

/// Why a conversation is not followed to its end.
enum Failure {
    TikTok(tiktok::Error),
    Step(StepError),
}

impl From<tiktok::Error> for Failure {
    fn from(error: tiktok::Error) -> Self {
        Self::TikTok(error)
    }
}

impl From<StepError> for Failure {
    fn from(error: StepError) -> Self {
        Self::Step(error)
    }
}

impl From<BackendError> for Failure {
    fn from(error: BackendError) -> Self {
        Self::Step(error.into())
    }
}

impl ConversationWatch {
    /// Uses these; `processed_events` remember the messages that were judged.
    pub fn new(
        orders: Arc<dyn OrderStore>,
        shops: Arc<dyn ShopStore>,
        processed_events: Arc<dyn ProcessedEventStore>,
        queues: Arc<dyn Queues>,
        tiktok: TikTok,
        clock: Arc<dyn Clock>,
    ) -> Self {
        Self { orders, shops, processed_events, queues, tiktok, clock }
    }

    /// Reads the conversation back and opens the exceptions that follow from it. While TikTok can't be asked, the message
    /// comes again; what TikTok refuses for good is dropped.
    ///
    /// # Errors
    /// When the backend fails.
    pub async fn handle(&self, shop: &ShopId, conversation: &ConversationId) -> Result<(), StepError> {
        let Some(stored) = self.shops.load_shop(shop).await? else {
            tracing::warn!(shop = %shop, "conversation of a shop that is not connected");
            return Ok(());
        };
        if stored.value.closed().is_some() {
            return Ok(());
        }
        match self.follow(&stored.value, conversation).await {
            Ok(()) => Ok(()),
            Err(Failure::Step(error)) => Err(error),
            Err(Failure::TikTok(error)) => self.failed(&stored.value, conversation, &error).await,
        }
    }

    async fn follow(&self, shop: &Shop, conversation: &ConversationId) -> Result<(), Failure> {
        let access = ShopAccess::from(shop);
        let Some(buyer) = self.tiktok.conversation(&access, conversation).await?.buyer() else {
            return Ok(());
        };
        let recent = self.recent(&access, conversation).await?;
        if recent.iter().any(|message| message.intent != BuyerIntent::Other) {
            let waiting = self.waiting(&access, &buyer).await?;
            let mut missing = false;
            for (order, asked) in asked(&recent, &waiting) {
                missing |= !self.open(OrderKey::new(shop.id.clone(), order), &asked).await?;
            }
            let newest = recent.iter().map(|message| message.at).max();
            let now = self.clock.now();
            if missing && newest.is_some_and(|at| now.duration_since(at) < ORDER_WITHIN) {
                return Ok(self.again(&shop.id, conversation, PAUSE).await?);
            }
        }
        Ok(self.remember(&recent).await?)
    }

    /// The buyer's orders that wait for dispatch, as TikTok shows them.
    async fn waiting(&self, shop: &ShopAccess, buyer: &BuyerId) -> Result<Vec<OrderId>, tiktok::Error> {
        let mut waiting = Vec::new();
        // One that awaits its collection is shipped.
        for status in [OrderStatus::AwaitingShipment, OrderStatus::OnHold, OrderStatus::PartiallyShipping] {
            let search = OrderSearch {
                buyer_user_id: Some(buyer.clone()),
                order_status: Some(status),
                page_size: ORDERS_A_PAGE,
                ..OrderSearch::default()
            };
            let page = self.tiktok.search_orders(shop, &search).await?;
            waiting.extend(page.orders.into_iter().filter_map(|order| match order {
                Ok(order) => Some(order.id),
                Err(unreadable) => unreadable.id,
            }));
        }
        Ok(waiting)
    }

    /// Opens the exceptions of an order. False when it is not stored.
    async fn open(&self, key: OrderKey, asked: &[Asked]) -> Result<bool, StepError> {
        let now = self.clock.now();
        let mut stored = false;
        update_order(&*self.orders, &key, |record| {
            stored = true;
            if !record.awaits_dispatch() {
                return Ok(None);
            }
            for asked in asked {
                record.open_exception(asked.kind, None, asked.detail(), now);
            }
            record.refresh_exceptions(now);
            Ok(Some(()))
        })
        .await?;
        Ok(stored)
    }

    /// TikTok did not answer what was asked.
    async fn failed(
        &self,
        shop: &Shop,
        conversation: &ConversationId,
        error: &tiktok::Error,
    ) -> Result<(), StepError> {
        let pause = match (error.class(), error.retry()) {
            // An optional scope: orders are read without it.
            (Class::MissingScope, _) => return self.without_scope(&shop.id, error).await,
            (Class::Reauthorise, _) => {
                workflow::mark_unauthorized(&*self.shops, shop, self.clock.now()).await?;
                UNAUTHORISED
            }
            (_, Retry::Paused(after)) => return Err(StepError::Paused(after)),
            (Class::AppRefused, _) => {
                workflow::app_refused(&*self.shops, &shop.id, &error_chain(error), self.clock.now()).await?;
                PAUSE
            }
            (_, Retry::After(pause)) => pause.max(PAUSE),
            (_, Retry::Reconcile) => PAUSE,
            (_, Retry::Never) => {
                tracing::warn!(shop = %shop.id, error = error_chain(error), "conversation can't be read");
                return Ok(());
            }
        };
        tracing::warn!(shop = %shop.id, error = error_chain(error), "conversation can't be read now");
        self.again(&shop.id, conversation, pause).await
    }

    async fn without_scope(&self, shop: &ShopId, error: &tiktok::Error) -> Result<(), StepError> {
        let now = self.clock.now();
        let id = format!("tiktok-customer-service/{shop}");
        if self.processed_events.is_processed(&id, now).await? {
            return Ok(());
        }
        tracing::warn!(shop = %shop, error = error_chain(error), "shop has not granted customer service");
        Ok(self.processed_events.mark_processed(&id, later(now, SCOPE_LOGGED)).await?)
    }

    async fn again(
        &self,
        shop: &ShopId,
        conversation: &ConversationId,
        pause: Duration,
    ) -> Result<(), StepError> {
        let message = Message::ConversationChange { shop: shop.clone(), conversation: conversation.clone() };
        Ok(self.queues.send(&message, pause).await?)
    }
}

fn later(at: Timestamp, by: SignedDuration) -> Timestamp {
    at.saturating_add(by).unwrap_or(Timestamp::MAX)
}
