//! conversation-watch: notices when a buyer asks where the order is, wants to cancel, or says that the address is wrong.
//!
//! The message only names a conversation. It is read back, and what the buyer wrote lately is judged by keywords. What is
//! found opens an exception of the buyer's orders that wait for dispatch. It stops nothing: TikTok's own cancellation
//! request and its own change of address do that. No word of the buyer is stored or logged.

mod buyer_request;
mod recent;

use std::sync::Arc;
use std::time::Duration;

use backend::{OrderStore, ProcessedEventStore, Queues, ShopStore};
use domain::buyer_intent::BuyerIntent;
use domain::message::Message;
use domain::order::OrderStatus;
use domain::retry::Retry;
use domain::shop::Shop;
use domain::{BuyerId, ConversationId, OrderId, OrderKey, ShopId, Timestamp};
use jiff::SignedDuration;
use system::Clock;
use tiktok::{Class, OrderSearch, ShopAccess, TikTok};
use workflow::{
    CallError, Change, FailureScope, Pause, StepError, StoredShop, error_chain, load_shop,
    record_call_failure, update_order, update_shop,
};

use buyer_request::{BuyerRequest, requests_by_order};

/// The least pause before a conversation that cannot be read now is read again. No order waits for it.
const PAUSE: Duration = Duration::from_secs(60);
/// The longest pause: the longest delay that SQS offers.
const PAUSE_MAX: Duration = Duration::from_secs(15 * 60);
/// The pause while the shop has to be connected again.
const UNAUTHORIZED_PAUSE: Duration = PAUSE_MAX;
/// How long a message waits for its order to be stored. The order's own webhook is usually on its way.
const ORDER_WITHIN: SignedDuration = SignedDuration::from_mins(30);
/// How often it is logged that a shop has not granted customer service.
const SCOPE_LOGGED_EVERY: SignedDuration = SignedDuration::from_hours(24);
/// The largest page of orders. A buyer seldom has more than two that wait.
const ORDERS_A_PAGE: u32 = 100;

/// What [`ConversationWatch`] works with.
pub struct ConversationWatchDeps {
    pub orders: Arc<dyn OrderStore>,
    pub shops: Arc<dyn ShopStore>,
    /// Remember the messages that were judged.
    pub processed_events: Arc<dyn ProcessedEventStore>,
    pub queues: Arc<dyn Queues>,
    pub tiktok: TikTok,
    pub clock: Arc<dyn Clock>,
}

/// Opens exceptions for what buyers ask in their conversations.
pub struct ConversationWatch {
    orders: Arc<dyn OrderStore>,
    shops: Arc<dyn ShopStore>,
    processed_events: Arc<dyn ProcessedEventStore>,
    queues: Arc<dyn Queues>,
    tiktok: TikTok,
    clock: Arc<dyn Clock>,
}

impl ConversationWatch {
    pub fn new(deps: ConversationWatchDeps) -> Self {
        let ConversationWatchDeps { orders, shops, processed_events, queues, tiktok, clock } = deps;
        Self { orders, shops, processed_events, queues, tiktok, clock }
    }

    /// Reads the conversation back and opens the exceptions that follow from it. While TikTok cannot be asked, the message
    /// comes again, for a day at most; what TikTok refuses for good is dropped.
    ///
    /// # Errors
    /// When the backend fails, or TikTok accepts no more calls for now.
    pub async fn handle(&self, shop: &ShopId, conversation: &ConversationId) -> Result<(), StepError> {
        let shop = match load_shop(&*self.shops, shop).await? {
            StoredShop::Open(shop) => shop,
            // Nothing is done for the shop, and what its buyers write now is old when it opens again.
            StoredShop::Closed(_) => return Ok(()),
            StoredShop::NotConnected => {
                tracing::warn!(%shop, "conversation belongs to a shop that is not connected");
                return Ok(());
            }
        };
        match self.follow(&shop, conversation).await {
            Ok(()) => self.note_read(&shop, conversation).await,
            Err(CallError::Step(error)) => Err(error),
            Err(CallError::TikTok(error)) => self.failed(&shop, conversation, &error).await,
            // Nothing here has a time limit of its own; the queue has.
            Err(CallError::TimedOut(_)) => self.send_again(&shop.id, conversation, PAUSE).await,
        }
    }

    async fn follow(&self, shop: &Shop, conversation: &ConversationId) -> Result<(), CallError> {
        let access = ShopAccess::from(shop);
        // A conversation without a buyer (with TikTok's support, for example) is about no order.
        let Some(buyer) = self.tiktok.conversation(&access, conversation).await?.buyer() else {
            return Ok(());
        };
        let recent = self.recent(&access, conversation).await?;
        if recent.iter().any(|message| message.intent != BuyerIntent::Other) {
            let waiting = self.waiting_orders(&access, &buyer).await?;
            let mut is_missing = false;
            for (order, requests) in requests_by_order(&recent, &waiting) {
                let key = OrderKey::new(shop.id.clone(), order);
                is_missing |= !self.open_exceptions(&key, &requests).await?;
            }
            let newest = recent.iter().map(|message| message.at).max();
            let now = self.clock.now();
            if is_missing && newest.is_some_and(|at| now.duration_since(at) < ORDER_WITHIN) {
                return Ok(self.send_again(&shop.id, conversation, PAUSE).await?);
            }
        }
        Ok(self.remember(&recent).await?)
    }

    /// The buyer's orders that wait for dispatch, as TikTok shows them.
    async fn waiting_orders(
        &self,
        shop: &ShopAccess,
        buyer: &BuyerId,
    ) -> Result<Vec<OrderId>, tiktok::Error> {
        let mut waiting = Vec::new();
        // An order that awaits its collection has shipped.
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
    async fn open_exceptions(&self, key: &OrderKey, requests: &[BuyerRequest]) -> Result<bool, StepError> {
        let now = self.clock.now();
        update_order(&*self.orders, key, |record| {
            if !record.awaits_dispatch() {
                return Ok(Change::Keep(true));
            }
            for request in requests {
                record.open_exception(request.kind, None, request.detail(), now);
            }
            record.refresh_exceptions(now);
            Ok(Change::Commit(true))
        })
        .await
    }

    async fn failed(
        &self,
        shop: &Shop,
        conversation: &ConversationId,
        error: &tiktok::Error,
    ) -> Result<(), StepError> {
        // Customer service is an optional scope: without it the shop's orders are shipped as ever, so that this must not
        // count as a lost authorization.
        if error.class() == Class::MissingScope {
            return self.log_missing_scope(&shop.id, error).await;
        }
        if let Retry::Paused(after) = error.retry() {
            return Err(StepError::Paused(Pause::of_tiktok(after)));
        }
        record_call_failure(&*self.shops, shop, error, self.clock.now()).await?;
        let pause = match (FailureScope::of(error), error.retry()) {
            (FailureScope::Shop, _) => UNAUTHORIZED_PAUSE,
            (FailureScope::App, _) => PAUSE,
            (FailureScope::Call, Retry::After(_) | Retry::Reconcile | Retry::Paused(_)) => {
                let Some(lasted) = self.note_unread(shop, conversation, error).await? else {
                    tracing::error!(shop = %shop.id, error = error_chain(error), "conversation is given up");
                    return Ok(());
                };
                pause_after(lasted)
            }
            (FailureScope::Call, Retry::Never) => {
                tracing::warn!(shop = %shop.id, error = error_chain(error), "conversation can't be read");
                return Ok(());
            }
        };
        tracing::warn!(shop = %shop.id, error = error_chain(error), "conversation can't be read yet");
        self.send_again(&shop.id, conversation, pause).await
    }

    /// Shows at the shop that the conversation can't be read, and returns for how long that has been so; `None` when it is given
    /// up.
    async fn note_unread(
        &self,
        shop: &Shop,
        conversation: &ConversationId,
        error: &tiktok::Error,
    ) -> Result<Option<SignedDuration>, StepError> {
        let (now, why) = (self.clock.now(), error_chain(error));
        update_shop(&*self.shops, &shop.id, |stored| {
            Ok(Change::Commit(stored.conversation_unread(conversation, &why, now)))
        })
        .await
    }

    /// The conversation is read: its shop need not show it any more.
    async fn note_read(&self, shop: &Shop, conversation: &ConversationId) -> Result<(), StepError> {
        if !shop.has_unread_conversations() {
            return Ok(());
        }
        let now = self.clock.now();
        update_shop(&*self.shops, &shop.id, |stored| {
            let before = stored.clone();
            stored.conversation_read(conversation, now);
            Ok(Change::commit_if(*stored != before))
        })
        .await
        .map(drop)
    }

    async fn log_missing_scope(&self, shop: &ShopId, error: &tiktok::Error) -> Result<(), StepError> {
        let now = self.clock.now();
        let id = format!("tiktok-customer-service/{shop}");
        // It was logged within the last day.
        if self.processed_events.is_processed(&id, now).await? {
            return Ok(());
        }
        tracing::warn!(%shop, error = error_chain(error), "shop has not granted the customer service permission");
        Ok(self.processed_events.mark_processed(&id, later(now, SCOPE_LOGGED_EVERY)).await?)
    }

    async fn send_again(
        &self,
        shop: &ShopId,
        conversation: &ConversationId,
        pause: Duration,
    ) -> Result<(), StepError> {
        let message = Message::ConversationChange { shop: shop.clone(), conversation: conversation.clone() };
        Ok(self.queues.send(&message, pause).await?)
    }
}

/// The pause before a conversation that can't be read for so long is read again.
fn pause_after(lasted: SignedDuration) -> Duration {
    (Duration::try_from(lasted).unwrap_or_default() / 4).clamp(PAUSE, PAUSE_MAX)
}

fn later(at: Timestamp, by: SignedDuration) -> Timestamp {
    at.saturating_add(by).unwrap_or(Timestamp::MAX)
}
