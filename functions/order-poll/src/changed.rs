//! The orders on a page: those that differ from what is stored go to order-sync.

use std::time::Duration;

use domain::message::{ChangeSource, Message};
use domain::order::{Order, OrderStatus};
use domain::polling::{PollWindow, TimeRange, WEBHOOK_GRACE};
use domain::{OrderId, OrderKey};
use jiff::SignedDuration;
use tiktok::OrderSearchPage;
use workflow::{CallError, error_chain};

use crate::read::{Poll, PollRange, SECOND};

/// A change that is this much older than the last poll proves nothing of whether webhooks arrive today.
const WEBHOOK_PROOF_AGE_MAX: SignedDuration = SignedDuration::from_mins(2);

impl Poll<'_> {
    /// Handles the orders of a page. One that cannot be read is read back by itself. One without an id is searched again,
    /// in the span between its neighbors.
    pub(crate) async fn handle_page(
        &mut self,
        page: &OrderSearchPage,
        window: &PollWindow,
        range: PollRange,
    ) -> Result<(), CallError> {
        let mut before = window.read_until.unwrap_or(window.from);
        let mut nameless = false;
        for order in &page.orders {
            match order {
                Ok(order) => {
                    if std::mem::take(&mut nameless) {
                        let to = order.updated_at.saturating_add(SECOND).unwrap_or(window.to);
                        self.skip(TimeRange { from: before, to: to.max(before) }, range);
                    }
                    before = order.updated_at;
                    self.handle_order(order).await?;
                }
                Err(unreadable) => {
                    let error = error_chain(unreadable);
                    tracing::error!(shop = %self.shop.value.id, error, "order can't be read");
                    match &unreadable.id {
                        Some(id) => self.read_back(id.clone()).await?,
                        None => nameless = true,
                    }
                }
            }
        }
        if nameless {
            self.skip(TimeRange { from: before.min(window.to), to: window.to }, range);
        }
        Ok(())
    }

    /// Has an order read back by itself. Should it stay unreadable, its shop shows it.
    async fn read_back(&self, order: OrderId) -> Result<(), CallError> {
        let key = OrderKey::new(self.shop.value.id.clone(), order);
        let message = Message::order_change(key, ChangeSource::Poll);
        Ok(self.function.queues.send(&message, Duration::ZERO).await?)
    }

    /// Sends the order to order-sync when it differs from what is stored.
    async fn handle_order(&mut self, order: &Order) -> Result<(), CallError> {
        let shop = &mut self.shop.value;
        shop.monitor.newest_order_at = shop.monitor.newest_order_at.max(Some(order.created_at));
        let key = OrderKey::new(shop.id.clone(), order.id.clone());
        let stored = match self.function.orders.load_order(&key).await {
            // order-sync could not read the record either. deadline-alarm raises an alarm for it.
            Err(error) if error.is_corrupt() => return Ok(()),
            stored => stored?.map(|stored| stored.value),
        };
        let has_webhook = stored
            .as_ref()
            .and_then(|record| record.webhooks_seen_until)
            .is_some_and(|until| until >= order.updated_at);
        let changed = match &stored {
            Some(record) => record.order.updated_at < order.updated_at,
            // An unknown order that has shipped already did so before the shop was connected.
            None => !has_shipped_or_ended(&order.status),
        };
        let polled_until = shop.poll.watermark.unwrap_or(order.updated_at);
        if has_webhook {
            let is_proof = polled_until.duration_since(order.updated_at) < WEBHOOK_PROOF_AGE_MAX;
            self.webhooks_seen += usize::from(is_proof);
        } else if changed && self.function.clock.now().duration_since(order.updated_at) > WEBHOOK_GRACE {
            self.webhooks_missed += 1;
        }
        if changed {
            let message = Message::order_change(key, ChangeSource::Poll);
            self.function.queues.send(&message, Duration::ZERO).await?;
        }
        Ok(())
    }
}

fn has_shipped_or_ended(status: &OrderStatus) -> bool {
    matches!(
        status,
        OrderStatus::AwaitingCollection
            | OrderStatus::InTransit
            | OrderStatus::Delivered
            | OrderStatus::Completed
            | OrderStatus::Cancelled
    )
}
