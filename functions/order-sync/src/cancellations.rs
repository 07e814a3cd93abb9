//! By when TikTok wants an answer to a buyer who asks to cancel.
//!
//! The order itself says that the buyer asks, and that stops it. The time for the answer is in the cancellation; where that
//! cannot be read, the next sync asks again.

use std::collections::HashMap;

use domain::record::CancellationRequest;
use domain::{OrderId, OrderKey};
use tiktok::{CancelStatus, CancellationSearch, ShopAccess};
use workflow::{Change, StepError, error_chain, update_order};

use crate::OrderSync;

/// How many orders one search is for: its largest page, as an order has at most one pending request.
const ORDERS_MAX: usize = 50;

impl OrderSync {
    /// Stores the buyers' pending requests for these orders of a shop.
    pub(crate) async fn note_cancellations(&self, shop: &ShopAccess, keys: Vec<OrderKey>) {
        let orders: Vec<OrderId> = keys.into_iter().map(|key| key.order).collect();
        for orders in orders.chunks(ORDERS_MAX) {
            self.search_pending(shop, orders).await;
        }
    }

    async fn search_pending(&self, shop: &ShopAccess, orders: &[OrderId]) {
        let search = CancellationSearch {
            order_ids: orders.to_vec(),
            statuses: vec![CancelStatus::Pending],
            page_size: 50,
            ..CancellationSearch::default()
        };
        let page = match self.tiktok.search_cancellations(shop, &search).await {
            Ok(page) => page,
            Err(error) => {
                tracing::warn!(shop = %shop.shop, error = error_chain(&error), "cancellation requests can't be read");
                return;
            }
        };
        // The page is sorted by change, oldest first: the latest request of an order replaces the others.
        let mut requests: HashMap<OrderId, CancellationRequest> = HashMap::new();
        for cancellation in page.cancellations {
            match cancellation {
                Ok(found) if found.status == CancelStatus::Pending && orders.contains(&found.order) => {
                    let request = CancellationRequest { id: found.id, respond_by: found.respond_by };
                    requests.insert(found.order, request);
                }
                // Not what was searched for.
                Ok(_) => {}
                Err(error) => {
                    tracing::warn!(shop = %shop.shop, error = error_chain(&error), "cancellation request can't be read");
                }
            }
        }
        for (order, request) in requests {
            let key = OrderKey::new(shop.shop.clone(), order);
            if let Err(error) = self.store_request(&key, &request).await {
                tracing::warn!(order = %key, error = error_chain(&error), "cancellation request can't be stored");
            }
        }
    }

    async fn store_request(&self, key: &OrderKey, request: &CancellationRequest) -> Result<(), StepError> {
        let now = self.clock.now();
        update_order(&*self.orders, key, |record| {
            Ok(Change::commit_if(record.note_cancellation(request.clone(), now)))
        })
        .await?;
        Ok(())
    }
}
