//! Webhooks of TikTok Shop.

use domain::exception::ExceptionKind;
use domain::message::{ChangeSource, Message};
use domain::{OrderId, OrderKey, ShopId, Timestamp};
use jiff::SignedDuration;
use tiktok::webhook::{self, Webhook, WebhookEvent};
use workflow::{StepError, error_chain, update_shop};

use crate::{Answer, BODY_BYTES_MAX, REMEMBERED, WebhookIntake};

/// A day more than TikTok says.
const TOLD_AHEAD: SignedDuration = SignedDuration::from_hours(24 * 31);

impl WebhookIntake {
    /// Takes a webhook of TikTok: its raw body and its `Authorization` header.
    pub async fn tiktok(&self, body: &[u8], authorization: Option<&str>) -> Answer {
        if body.len() > BODY_BYTES_MAX {
            self.refusals.note("webhook is too large");
            return Answer::TooLarge;
        }
        let senders = &self.senders;
        let genuine = authorization.is_some_and(|signature| {
            webhook::verify(&senders.tiktok_app_key, senders.tiktok_app_secret.expose(), body, signature)
        });
        if !genuine {
            self.refusals.note("webhook has no valid signature");
            return Answer::Forged;
        }
        let notification = match Webhook::parse(body) {
            Ok(notification) => notification,
            Err(error) => {
                tracing::error!(bytes = body.len(), error = error_chain(&error), "webhook can't be read");
                return Answer::Unreadable;
            }
        };
        match self.take(&notification).await {
            Ok(()) => Answer::Taken,
            Err(error) => {
                tracing::error!(
                    notification = notification.id,
                    error = error_chain(&error),
                    "webhook is not taken"
                );
                Answer::OurFault
            }
        }
    }

    /// **Invariant:** noted only after it is in the queue; the other way round a crash would lose it.
    async fn take(&self, notification: &Webhook) -> Result<(), StepError> {
        let Some(shop) = &notification.shop else { return Ok(()) };
        let now = self.clock.now();
        // An id alone would drop what another notification says under it.
        let id = format!("tiktok/{}/{}", notification.id, notification.content);
        if self.processed_events.is_processed(&id, now).await? {
            return Ok(());
        }
        match &notification.event {
            WebhookEvent::SellerDeauthorization => self.recheck_at(shop, None, now).await?,
            WebhookEvent::AuthorizationExpiring { at } => self.recheck_at(shop, *at, now).await?,
            event => {
                let messages = messages(shop, notification.orders(), event);
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

    /// The shop's authorisation is said to have ended, or to end at `ends_at`. A signature holds no time, and whoever
    /// recorded a webhook can repeat it: so the shop is polled at once, and the answer to that decides. An end at which
    /// TikTok would not tell of it is not repeated to anybody; housekeeping knows the end of the tokens.
    async fn recheck_at(
        &self,
        shop: &ShopId,
        ends_at: Option<Timestamp>,
        now: Timestamp,
    ) -> Result<(), StepError> {
        update_shop(&*self.shops, shop, |shop| {
            if shop.closed().is_some() {
                return Ok(None);
            }
            shop.poll.next_at = shop.poll.next_at.min(now);
            if let Some(ends_at) = ends_at.filter(|ends_at| is_believable(*ends_at, now)) {
                shop.monitor.authorization_ends_at = Some(ends_at);
                let day = ends_at.strftime("%Y-%m-%d");
                let detail = format!("The seller's authorisation ends on {day} (UTC).");
                shop.open_exception(ExceptionKind::AuthorizationEnding, detail, now);
            }
            Ok(Some(()))
        })
        .await?;
        Ok(())
    }
}

/// Whether TikTok tells now of an authorisation that ends then: it does "30 days before expiry".
fn is_believable(ends_at: Timestamp, now: Timestamp) -> bool {
    ends_at > now && ends_at.duration_since(now) <= TOLD_AHEAD
}

/// What a notification about orders or a conversation asks for.
fn messages(shop: &ShopId, orders: Vec<OrderId>, event: &WebhookEvent) -> Vec<Message> {
    if let WebhookEvent::Message { conversation, from_buyer: true, .. } = event {
        return vec![Message::ConversationChange { shop: shop.clone(), conversation: conversation.clone() }];
    }
    let change = |order| Message::OrderChange {
        key: OrderKey::new(shop.clone(), order),
        source: ChangeSource::Webhook,
    };
    orders.into_iter().map(change).collect()
}
