//! Reads the orders of one shop back from TikTok. An order that cannot be read harms no other: its shop shows it, and has
//! it read again.

use std::collections::HashMap;
use std::sync::Arc;

use domain::exception::ExceptionKind;
use domain::shop::{SellerType, Shop};
use domain::{OrderId, OrderKey, ShopId};
use tiktok::ShopAccess;
use workflow::{Change, StepError, StoredShop, error_chain, load_shop, record_call_failure, update_shop};

use crate::{OrderSync, ReadOrder, SyncError, later};

/// When this many orders cannot be read, and none can, it is an outage: the others are not tried one by one.
const UNREADABLE_MAX: usize = 3;
/// No order has this number: TikTok refuses to show it as long as it answers at all.
const NO_ORDER: &str = "1";

/// A shop whose orders may be read.
pub(crate) struct OpenShop {
    pub(crate) access: ShopAccess,
    /// What kind of seller it has, which decides how its orders ship.
    pub(crate) seller: SellerType,
}

impl OrderSync {
    /// Reads orders of one shop into `read`, and returns what further calls for the shop need. There is no entry for the
    /// orders of a shop that is not connected, nor for those that the shop has read again by itself: they are dropped.
    pub(crate) async fn read_back(
        &self,
        shop: &ShopId,
        ids: &[OrderId],
        read: &mut HashMap<OrderKey, ReadOrder>,
    ) -> Option<OpenShop> {
        let key = |id: &OrderId| OrderKey::new(shop.clone(), id.clone());
        let stored = match load_shop(&*self.shops, shop).await {
            Ok(StoredShop::Open(stored)) => stored,
            Ok(StoredShop::Closed(closed)) => {
                read.extend(ids.iter().map(|id| (key(id), Err(SyncError::ShopClosed(closed)))));
                return None;
            }
            Ok(StoredShop::NotConnected) => {
                tracing::warn!(%shop, orders = ids.len(), "order change is for a shop that is not connected");
                return None;
            }
            Err(error) => {
                tracing::error!(%shop, error = error_chain(&error), "shop can't be loaded");
                let error = Arc::new(error);
                read.extend(ids.iter().map(|id| (key(id), Err(SyncError::Shop(Arc::clone(&error))))));
                return None;
            }
        };
        let access = ShopAccess::from(&*stored);
        match self.ask_and_split(&access, ids, read).await {
            Ok(()) => self.note_answered(&stored, ids, read).await,
            Err((error, unanswered)) => {
                self.note_failure(&stored, &error).await;
                let error = Arc::new(error);
                for id in &unanswered {
                    read.insert(key(id), Err(SyncError::TikTok(Arc::clone(&error))));
                }
            }
        }
        Some(OpenShop { access, seller: stored.seller })
    }

    /// Asks for orders together, and for halves of them when one of them may be why that fails. An error, with the orders
    /// that got no answer, is one that every order would meet.
    async fn ask_and_split(
        &self,
        shop: &ShopAccess,
        ids: &[OrderId],
        read: &mut HashMap<OrderKey, ReadOrder>,
    ) -> Result<(), (tiktok::Error, Vec<OrderId>)> {
        let mut parts = vec![ids];
        let mut answered = 0;
        let mut is_probed = false;
        let mut failed_alone: Vec<OrderId> = Vec::new();
        while let Some(part) = parts.pop() {
            let error = match self.ask(shop, part, read).await {
                Ok(()) => {
                    answered += part.len();
                    continue;
                }
                Err(error) => error,
            };
            let may_be_outage = error.is_broken_answer() || error.is_server_fault();
            let mut is_outage = may_be_outage && answered == 0 && failed_alone.len() >= UNREADABLE_MAX;
            if error.is_server_fault() && answered == 0 && !is_probed {
                is_probed = true;
                is_outage = !self.is_answering(shop).await;
            }
            if !may_be_for_one(&error) || is_outage {
                failed_alone.extend(parts.into_iter().chain([part]).flatten().cloned());
                return Err((error, failed_alone));
            }
            if let [id] = part {
                failed_alone.push(id.clone());
                let key = OrderKey::new(shop.shop.clone(), id.clone());
                read.insert(key, Err(SyncError::NotShown(error)));
            } else {
                let (first, second) = part.split_at(part.len() / 2);
                parts.extend([second, first]);
            }
        }
        Ok(())
    }

    /// Whether TikTok answers when it is asked for an order that does not exist. Should that fail as well, then no order is the
    /// cause.
    async fn is_answering(&self, shop: &ShopAccess) -> bool {
        match self.tiktok.orders(shop, &[OrderId::new(NO_ORDER)]).await {
            Ok(_) => true,
            Err(error) => !later::may_pass(&error),
        }
    }

    /// Asks TikTok for orders of one shop in one call.
    async fn ask(
        &self,
        shop: &ShopAccess,
        ids: &[OrderId],
        read: &mut HashMap<OrderKey, ReadOrder>,
    ) -> Result<(), tiktok::Error> {
        let key = |id: &OrderId| OrderKey::new(shop.shop.clone(), id.clone());
        let orders = self.tiktok.orders(shop, ids).await?;
        for id in ids {
            read.insert(key(id), Err(SyncError::Step(StepError::OrderNotShown(key(id)))));
        }
        for order in orders {
            match order {
                Ok(order) => {
                    read.insert(key(&order.id), Ok(order));
                }
                Err(unreadable) => {
                    // An entry without an id leaves its order as one that TikTok does not show.
                    if let Some(id) = unreadable.id.clone() {
                        read.insert(key(&id), Err(SyncError::Unreadable(unreadable)));
                    }
                }
            }
        }
        Ok(())
    }

    /// TikTok answers: stores at the shop which orders cannot be read, and which can be again. The orders that the shop has
    /// read again by itself lose their answer.
    async fn note_answered(&self, stored: &Shop, ids: &[OrderId], read: &mut HashMap<OrderKey, ReadOrder>) {
        let key = |id: &OrderId| OrderKey::new(stored.id.clone(), id.clone());
        let mut readable = Vec::new();
        let mut unreadable = Vec::new();
        for id in ids {
            match read.get(&key(id)) {
                Some(Err(error)) => unreadable.push((id.clone(), error_chain(error))),
                Some(Ok(_)) => readable.push(id.clone()),
                None => {}
            }
        }
        let now = self.clock.now();
        let was_unreadable =
            stored.monitor.orders_unreadable.iter().any(|known| readable.contains(&known.order));
        let was_out = stored.open_exceptions().any(|e| e.kind == ExceptionKind::ServiceUnavailable);
        let is_back = was_out && !readable.is_empty();
        let is_news = !unreadable.is_empty() || was_unreadable || stored.app_is_taken_again(now);
        if !is_back && !is_news {
            return;
        }
        let noted = update_shop(&*self.shops, &stored.id, |shop| {
            let before = shop.clone();
            if !readable.is_empty() {
                shop.close_exception(ExceptionKind::ServiceUnavailable, now);
            }
            shop.judge_app(now);
            shop.orders_read(&readable, now);
            let retried = unreadable.iter().filter(|(id, why)| shop.order_unread(id, why, now));
            let retried: Vec<OrderId> = retried.map(|(id, _)| id.clone()).collect();
            if *shop == before {
                return Ok(Change::Keep(Vec::new()));
            }
            Ok(Change::Commit(retried))
        });
        match noted.await {
            Ok(retried) => {
                for id in retried {
                    tracing::error!(order = %key(&id), "order can't be read; it will be read again");
                    read.remove(&key(&id));
                }
            }
            Err(error) => {
                tracing::error!(
                    shop = %stored.id, error = error_chain(&error), "unreadable orders can't be recorded for their shop"
                );
            }
        }
    }

    /// TikTok cannot be asked for any order.
    async fn note_failure(&self, shop: &Shop, error: &tiktok::Error) {
        if let Err(error) = record_call_failure(&*self.shops, shop, error, self.clock.now()).await {
            tracing::error!(shop = %shop.id, error = error_chain(&error), "TikTok's failure can't be recorded for the shop");
        }
    }
}

/// True when one of the orders that were asked for may be why the call failed.
fn may_be_for_one(error: &tiktok::Error) -> bool {
    error.is_broken_answer() || error.is_server_fault() || !later::may_pass(error)
}
