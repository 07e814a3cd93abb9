//! Once a day all open orders of a shop are compared with TikTok. What differs is counted and read back.

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
use workflow::{CallError, Change, error_chain, update_shop};

use crate::Housekeeping;

const EVERY: SignedDuration = SignedDuration::from_hours(24);
/// The pause after a comparison one of whose lists broke off.
const AFTER_FAULT: SignedDuration = SignedDuration::from_hours(1);
/// The pause after a comparison that did not finish: it failed, took too long, or its process died.
const AFTER_FAILURE: SignedDuration = SignedDuration::from_mins(15);
/// How many pages of one status are read: enough for 100,000 orders.
const PAGES_MAX: u32 = 1_000;
/// The largest page of Get Order List.
const PAGE: u32 = 100;
/// How many stored orders are read at a time.
const STORED_PAGE: usize = 100;

/// The statuses of orders that still need something, if only watching.
const OPEN: [OrderStatus; 5] = [
    OrderStatus::OnHold,
    OrderStatus::AwaitingShipment,
    OrderStatus::PartiallyShipping,
    OrderStatus::AwaitingCollection,
    OrderStatus::InTransit,
];

impl Housekeeping {
    /// Compares the shop's open orders, if that is due.
    pub(crate) async fn compare(&self, shop: &Shop) -> Result<(), CallError> {
        let began = self.clock.now();
        if !is_due(shop, began) {
            return Ok(());
        }
        // Stored first, so that a comparison that takes too long is not begun anew by every run.
        let is_claimed = update_shop(&*self.shops, &shop.id, |stored| {
            if !is_due(stored, began) {
                return Ok(Change::Keep(false));
            }
            stored.monitor.comparison_begun_at = Some(began);
            Ok(Change::Commit(true))
        });
        // Another run has begun it meanwhile.
        if !is_claimed.await? {
            return Ok(());
        }
        let mut result =
            Comparison { at: began, open_at_tiktok: 0, missing: 0, different: 0, unreadable: 0, fault: None };
        let mut seen = BTreeSet::new();
        for status in OPEN {
            if let Some(fault) = self.compare_status(shop, &status, &mut seen, &mut result).await? {
                tracing::warn!(shop = %shop.id, ?status, %fault, "list of open orders was cut short");
                result.fault = Some(fault);
            }
        }
        // An order that a broken list did not show may be open all the same.
        if result.fault.is_none() {
            for status in OPEN {
                self.find_closed(shop, &status, &seen, &mut result).await?;
            }
        }
        result.at = self.clock.now();
        tracing::info!(
            shop = %shop.id, open = result.open_at_tiktok, missing = result.missing, different = result.different,
            unreadable = result.unreadable,
            "open orders were compared with TikTok"
        );
        update_shop(&*self.shops, &shop.id, |shop| {
            shop.monitor.compared = Some(result.clone());
            shop.monitor.comparison_begun_at = None;
            shop.judge_search(result.at);
            Ok(Change::Commit(()))
        })
        .await?;
        Ok(())
    }

    /// Compares the orders that TikTok shows in `status`. Returns the fault that ended the list early, if one did.
    async fn compare_status(
        &self,
        shop: &Shop,
        status: &OrderStatus,
        seen: &mut BTreeSet<OrderId>,
        result: &mut Comparison,
    ) -> Result<Option<PagingFault>, CallError> {
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
                Err(error) if error.is_broken_answer() => return Ok(Some(PagingFault::Unreadable)),
                page => page?,
            };
            let ids = page.orders.iter().filter_map(|order| match order {
                Ok(order) => Some(order.id.clone()),
                Err(unreadable) => unreadable.id.clone(),
            });
            // Orders leave a status while its list is read, so its total proves nothing.
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
                PageStep::End => return Ok(None),
                PageStep::Broken(fault) => return Ok(Some(fault)),
            }
        }
    }

    async fn compare_one(
        &self,
        shop: &Shop,
        order: &Order,
        result: &mut Comparison,
    ) -> Result<(), CallError> {
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
            // An unknown order that has shipped did so before the shop was connected.
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
    ) -> Result<(), CallError> {
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
    pub(crate) async fn read_back(&self, key: OrderKey, source: ChangeSource) -> Result<(), CallError> {
        let message = Message::order_change(key, source);
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
