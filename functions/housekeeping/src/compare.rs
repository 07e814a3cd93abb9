//! Once a day all open orders of a shop are compared with TikTok: what differs is read back, and counted.

use std::collections::BTreeSet;
use std::time::Duration;

use backend::OrderFilter;
use domain::message::{ChangeSource, Message};
use domain::order::{Order, OrderStatus};
use domain::paging::{PageReader, PageStep, PagingFault};
use domain::shop::{Authorization, Comparison, Shop};
use domain::{OrderId, OrderKey, Timestamp};
use jiff::SignedDuration;
use tiktok::{OrderSearch, ShopAccess};
use workflow::{error_chain, update_shop};

use crate::{ChoreError, Housekeeping};

/// How often.
const EVERY: SignedDuration = SignedDuration::from_hours(24);
/// The pause after a comparison of which a list had no proper end.
const AFTER_FAULT: SignedDuration = SignedDuration::from_hours(1);
/// The pause after one that was begun and did not end: it failed, took too long, or its process died.
const AFTER_FAILURE: SignedDuration = SignedDuration::from_mins(15);
/// How many pages of one status are read: 100,000 orders.
const PAGES_MAX: u32 = 1_000;
/// The largest page that TikTok gives.
const PAGE: u32 = 100;
/// How many stored orders are read at a time.
const STORED_PAGE: usize = 100;

/// The statuses of orders on which something is left to do, or to watch.
const OPEN: [OrderStatus; 5] = [
    OrderStatus::OnHold,
    OrderStatus::AwaitingShipment,
    OrderStatus::PartiallyShipping,
    OrderStatus::AwaitingCollection,
    OrderStatus::InTransit,
];

impl Housekeeping {
    /// Compares, when the last comparison is a day old, or an hour when a list of it had no proper end.
    pub(crate) async fn compare(&self, shop: &Shop) -> Result<(), ChoreError> {
        let began = self.clock.now();
        if !is_due(shop, began) {
            return Ok(());
        }
        // Stored first: one that takes too long and dies is not begun anew by every run.
        let begun = update_shop(&*self.shops, &shop.id, |stored| {
            Ok(is_due(stored, began).then(|| stored.monitor.comparison_begun_at = Some(began)))
        });
        if begun.await?.is_none() {
            return Ok(());
        }
        let mut result =
            Comparison { at: began, open_at_tiktok: 0, missing: 0, different: 0, unreadable: 0, fault: None };
        let mut seen = BTreeSet::new();
        for status in OPEN {
            if let Err(fault) = self.compare_status(shop, &status, &mut seen, &mut result).await? {
                tracing::warn!(shop = %shop.id, ?status, %fault, "list of open orders broke off");
                result.fault = Some(fault);
            }
        }
        // What a list that broke off did not show may be open all the same.
        if result.fault.is_none() {
            for status in OPEN {
                self.find_closed(shop, &status, &seen, &mut result).await?;
            }
        }
        result.at = self.clock.now();
        tracing::info!(
            shop = %shop.id, open = result.open_at_tiktok, missing = result.missing, different = result.different,
            unreadable = result.unreadable,
            "open orders are compared with TikTok"
        );
        update_shop(&*self.shops, &shop.id, |shop| {
            shop.monitor.compared = Some(result.clone());
            shop.monitor.comparison_begun_at = None;
            shop.judge_search(result.at);
            Ok(Some(()))
        })
        .await?;
        Ok(())
    }

    /// Looks at the orders that TikTok shows in `status`; the inner error is why not all of them were shown.
    async fn compare_status(
        &self,
        shop: &Shop,
        status: &OrderStatus,
        seen: &mut BTreeSet<OrderId>,
        result: &mut Comparison,
    ) -> Result<Result<(), PagingFault>, ChoreError> {
        let access = ShopAccess::from(shop);
        let mut reading = PageReader::new(PAGES_MAX);
        let mut page_token = None;
        loop {
            let search = OrderSearch {
                order_status: Some(status.clone()),
                page_size: PAGE,
                page_token,
                ..OrderSearch::default()
            };
            let page = match self.tiktok.search_orders(&access, &search).await {
                Err(error) if error.is_broken_answer() => return Ok(Err(PagingFault::Unreadable)),
                page => page?,
            };
            let ids = page.orders.iter().filter_map(|order| match order {
                Ok(order) => Some(order.id.clone()),
                Err(unreadable) => unreadable.id.clone(),
            });
            // Orders leave a status while its list is read, so that its count proves nothing.
            let step = reading.page(ids, page.next_page_token.as_deref(), None);
            for order in page.orders {
                match order {
                    Ok(order) => {
                        if seen.insert(order.id.clone()) {
                            self.compare_one(shop, &order, result).await?;
                        }
                    }
                    Err(unreadable) => {
                        tracing::error!(shop = %shop.id, error = error_chain(&unreadable), "order can't be read");
                        if let Some(id) = unreadable.id.filter(|id| seen.insert(id.clone())) {
                            self.read_back(OrderKey::new(shop.id.clone(), id), ChangeSource::Comparison)
                                .await?;
                        }
                    }
                }
            }
            match step {
                PageStep::Next(next) => page_token = Some(next),
                PageStep::End => return Ok(Ok(())),
                PageStep::Broken(fault) => return Ok(Err(fault)),
            }
        }
    }

    async fn compare_one(
        &self,
        shop: &Shop,
        order: &Order,
        result: &mut Comparison,
    ) -> Result<(), ChoreError> {
        result.open_at_tiktok += 1;
        let key = OrderKey::new(shop.id.clone(), order.id.clone());
        let stored = match self.orders.load_order(&key).await {
            Err(error) if error.is_corrupt() => {
                result.unreadable += 1;
                return Ok(());
            }
            stored => stored?,
        };
        match stored {
            // An order that was shipped before the shop was connected is none of ours.
            None if !needs_shipping(&order.status) => return Ok(()),
            None => result.missing += 1,
            Some(stored) => {
                let stored = stored.value.order;
                if stored.status == order.status && stored.updated_at >= order.updated_at {
                    return Ok(());
                }
                result.different += 1;
            }
        }
        self.read_back(key, ChangeSource::Comparison).await
    }

    /// Looks for stored orders in `status` that TikTok does not show as open.
    async fn find_closed(
        &self,
        shop: &Shop,
        status: &OrderStatus,
        seen: &BTreeSet<OrderId>,
        result: &mut Comparison,
    ) -> Result<(), ChoreError> {
        let filter = OrderFilter {
            shop: Some(shop.id.clone()),
            status: Some(status.clone().into()),
            ..OrderFilter::default()
        };
        let mut cursor: Option<String> = None;
        loop {
            let page = self.orders.list_orders(&filter, cursor.as_deref(), STORED_PAGE).await?;
            for record in page.orders {
                if !seen.contains(&record.order.id) {
                    result.different += 1;
                    self.read_back(record.key(), ChangeSource::Comparison).await?;
                }
            }
            match page.next {
                Some(next) => cursor = Some(next),
                None => return Ok(()),
            }
        }
    }

    /// Has an order read back.
    pub(crate) async fn read_back(&self, key: OrderKey, source: ChangeSource) -> Result<(), ChoreError> {
        let message = Message::OrderChange { key, source };
        Ok(self.queues.send(&message, Duration::ZERO).await?)
    }
}

fn is_due(shop: &Shop, now: Timestamp) -> bool {
    let (last, pause) = match &shop.monitor.compared {
        Some(compared) if compared.fault.is_some() => (compared.at, AFTER_FAULT),
        Some(compared) => (compared.at, EVERY),
        None => (shop.connected_at, EVERY),
    };
    let begun_lately =
        shop.monitor.comparison_begun_at.is_some_and(|at| now.duration_since(at) < AFTER_FAILURE);
    shop.authorization == Authorization::Granted && now.duration_since(last) >= pause && !begun_lately
}

fn needs_shipping(status: &OrderStatus) -> bool {
    matches!(status, OrderStatus::OnHold | OrderStatus::AwaitingShipment | OrderStatus::PartiallyShipping)
}
