//! Webhooks of TikTok Shop.

use domain::exception::ExceptionKind;
use domain::message::{ChangeSource, Message};
use domain::{OrderId, OrderKey, ShopId, Timestamp};
use jiff::SignedDuration;
use tiktok::webhook::{Webhook, WebhookEvent};
use workflow::{Change, StepError, error_chain, update_shop};

use crate::{BODY_BYTES_MAX, REMEMBERED, WebhookIntake, WebhookResponse};

/// TikTok tells 30 days ahead; a day more allows for clocks that differ.
const TOLD_AHEAD_MAX: SignedDuration = SignedDuration::from_hours(24 * 31);

impl WebhookIntake {
    /// Handles a webhook of TikTok, given its raw body and its `Authorization` header.
    pub async fn tiktok(&self, body: &[u8], authorization: Option<&str>) -> WebhookResponse {
        if body.len() > BODY_BYTES_MAX {
            self.refusals.note("webhook is too large");
            return WebhookResponse::TooLarge;
        }
        if let Err(error) = self.senders.tiktok.verify(body, authorization) {
            self.refusals.note_signature(error);
            return WebhookResponse::Unauthenticated;
        }
        let webhook = match Webhook::parse(body) {
            Ok(webhook) => webhook,
            Err(error) => {
                tracing::error!(bytes = body.len(), error = error_chain(&error), "webhook can't be read");
                return WebhookResponse::Unreadable;
            }
        };
        match self.accept(&webhook).await {
            Ok(()) => WebhookResponse::Accepted,
            Err(error) => {
                tracing::error!(
                    webhook = webhook.id,
                    error = error_chain(&error),
                    "webhook can't be accepted"
                );
                WebhookResponse::Unavailable
            }
        }
    }

    /// **Invariant:** marked as processed only after it is in the queue. The other way round, a crash would lose it.
    async fn accept(&self, webhook: &Webhook) -> Result<(), StepError> {
        // A webhook that is about no shop is about nothing of ours.
        let Some(shop) = &webhook.shop else { return Ok(()) };
        let now = self.clock.now();
        // The id alone would drop a webhook that says something else under an id that was used before.
        let id = format!("tiktok/{}/{}", webhook.id, webhook.content);
        if self.processed_events.is_processed(&id, now).await? {
            return Ok(());
        }
        match &webhook.event {
            WebhookEvent::SellerDeauthorization => self.recheck_at(shop, None, now).await?,
            WebhookEvent::AuthorizationExpiring { at } => self.recheck_at(shop, *at, now).await?,
            event => {
                let messages = messages(shop, webhook.orders(), event);
                if messages.is_empty() {
                    return Ok(());
                }
                self.queues.send_all(&messages).await?;
            }
        }
        Ok(self
            .processed_events
            .mark_processed(&id, now.saturating_add(REMEMBERED).unwrap_or(Timestamp::MAX))
            .await?)
    }

    /// The webhook says that the shop's authorization has ended, or ends at `ends_at`. As the signature covers no time, a
    /// recorded webhook can be replayed: so the shop is polled at once, and the outcome of that decides. An end of which
    /// TikTok would not tell now is not shown to anybody; housekeeping knows the real one from the tokens.
    async fn recheck_at(
        &self,
        shop: &ShopId,
        ends_at: Option<Timestamp>,
        now: Timestamp,
    ) -> Result<(), StepError> {
        update_shop(&*self.shops, shop, |shop| {
            // Nothing is polled for a closed shop.
            if shop.closed().is_some() {
                return Ok(Change::Keep(()));
            }
            shop.poll.next_at = shop.poll.next_at.min(now);
            if let Some(ends_at) = ends_at.filter(|ends_at| is_believable(*ends_at, now)) {
                shop.monitor.authorization_ends_at = Some(ends_at);
                let day = ends_at.strftime("%Y-%m-%d");
                let detail = format!("The seller's authorization expires on {day} (UTC).");
                shop.open_exception(ExceptionKind::AuthorizationEnding, detail, now);
            }
            Ok(Change::Commit(()))
        })
        .await
    }
}

/// Whether TikTok would tell now of an authorization that ends then: it does "30 days before expiry".
fn is_believable(ends_at: Timestamp, now: Timestamp) -> bool {
    ends_at > now && ends_at.duration_since(now) <= TOLD_AHEAD_MAX
}

/// The messages that follow from a webhook about orders or a conversation.
fn messages(shop: &ShopId, orders: Vec<OrderId>, event: &WebhookEvent) -> Vec<Message> {
    if let WebhookEvent::Message { conversation, from_buyer: true, .. } = event {
        return vec![Message::ConversationChange { shop: shop.clone(), conversation: conversation.clone() }];
    }
    let change = |order| Message::order_change(OrderKey::new(shop.clone(), order), ChangeSource::Webhook);
    orders.into_iter().map(change).collect()
}
