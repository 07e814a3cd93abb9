//! Reads the orders of one shop back from TikTok. What can't be read for one order costs itself alone: it is shown at the
//! shop, which has it read again.

use std::collections::HashMap;
use std::sync::Arc;

use domain::exception::ExceptionKind;
use domain::shop::Shop;
use domain::{OrderId, OrderKey, ShopId};
use tiktok::{Class, ShopAccess};
use workflow::{StepError, error_chain, update_shop};

use crate::{Answer, OrderSync, SyncError, later};

/// So many orders that can't be read, and none that can, are an outage: the others are not tried one by one.
const OUTAGE: usize = 3;

impl OrderSync {
    /// Reads orders of one shop, and returns what further calls for it need. Orders of a shop that is not connected get
    /// no answer, nor do those that the shop has read again by itself: they are dropped.
    pub(crate) async fn read_back(
        &self,
        shop: &ShopId,
        ids: &[OrderId],
        answers: &mut HashMap<OrderKey, Answer>,
    ) -> Option<ShopAccess> {
        let key = |id: &OrderId| OrderKey::new(shop.clone(), id.clone());
        let stored = match self.shops.load_shop(shop).await {
            Ok(Some(stored)) => stored.value,
            Ok(None) => {
                tracing::warn!(shop = %shop, orders = ids.len(), "hints for a shop that is not connected");
                return None;
            }
            Err(error) => {
                tracing::error!(shop = %shop, error = error_chain(&error), "shop can't be loaded");
                let error = Arc::new(error);
                for id in ids {
                    answers.insert(key(id), Err(SyncError::Shop(Arc::clone(&error))));
                }
                return None;
            }
        };
        if let Some(closed) = stored.closed() {
            answers.extend(ids.iter().map(|id| (key(id), Err(SyncError::ShopClosed(closed)))));
            return None;
        }
        let access = ShopAccess::from(&stored);
        match self.ask_apart(&access, ids, answers).await {
            Ok(()) => self.note_answered(&stored, ids, answers).await,
            Err((error, unasked)) => {
                self.note_failure(&stored, &error).await;
                let error = Arc::new(error);
                for id in &unasked {
                    answers.insert(key(id), Err(SyncError::TikTok(Arc::clone(&error))));
                }
            }
        }
        Some(access)
    }

    /// Asks for orders together, and for halves of them when one among them may be why that fails. An error, with the
    /// orders that got no answer, is one that all would meet.
    async fn ask_apart(
        &self,
        shop: &ShopAccess,
        ids: &[OrderId],
        answers: &mut HashMap<OrderKey, Answer>,
    ) -> Result<(), (tiktok::Error, Vec<OrderId>)> {
        let mut parts = vec![ids];
        let mut read = 0;
        let mut alone: Vec<OrderId> = Vec::new();
        while let Some(part) = parts.pop() {
            let error = match self.ask(shop, part, answers).await {
                Ok(()) => {
                    read += part.len();
                    continue;
                }
                Err(error) => error,
            };
            let is_outage = error.is_broken_answer() && read == 0 && alone.len() >= OUTAGE;
            if !may_be_for_one(&error) || is_outage {
                alone.extend(parts.into_iter().chain([part]).flatten().cloned());
                return Err((error, alone));
            }
            match part {
                [id] => {
                    alone.push(id.clone());
                    let key = OrderKey::new(shop.shop.clone(), id.clone());
                    answers.insert(key, Err(SyncError::NotGiven(error)));
                }
                part => {
                    let (first, second) = part.split_at(part.len() / 2);
                    parts.extend([second, first]);
                }
            }
        }
        Ok(())
    }

    /// Asks TikTok for orders of one shop in one call.
    async fn ask(
        &self,
        shop: &ShopAccess,
        ids: &[OrderId],
        answers: &mut HashMap<OrderKey, Answer>,
    ) -> Result<(), tiktok::Error> {
        let key = |id: &OrderId| OrderKey::new(shop.shop.clone(), id.clone());
        let orders = self.tiktok.orders(shop, ids).await?;
        for id in ids {
            answers.insert(key(id), Err(SyncError::Step(StepError::OrderNotShown(key(id)))));
        }
        for order in orders {
            match order {
                Ok(order) => answers.insert(key(&order.id), Ok(order)),
                Err(unreadable) => match unreadable.id.clone() {
                    Some(id) => answers.insert(key(&id), Err(SyncError::Unreadable(unreadable))),
                    None => None,
                },
            };
        }
        Ok(())
    }

    /// TikTok answers: shows which orders can't be read, and which can be again. Those that the shop has read again by
    /// itself lose their answer.
    async fn note_answered(&self, stored: &Shop, ids: &[OrderId], answers: &mut HashMap<OrderKey, Answer>) {
        let key = |id: &OrderId| OrderKey::new(stored.id.clone(), id.clone());
        let mut read = Vec::new();
        let mut unread = Vec::new();
        for id in ids {
            match answers.get(&key(id)) {
                Some(Err(error)) => unread.push((id.clone(), error_chain(error))),
                Some(Ok(_)) => read.push(id.clone()),
                None => {}
            }
        }
        let now = self.clock.now();
        let was_unread = stored.monitor.orders_unreadable.iter().any(|known| read.contains(&known.order));
        let was_out = stored.open_exceptions().any(|e| e.kind == ExceptionKind::ServiceUnavailable);
        let is_back = was_out && !read.is_empty();
        let is_news = !unread.is_empty() || was_unread || stored.app_is_taken_again(now);
        if !is_back && !is_news {
            return;
        }
        let noted = update_shop(&*self.shops, &stored.id, |shop| {
            let before = shop.clone();
            if !read.is_empty() {
                shop.close_exception(ExceptionKind::ServiceUnavailable, now);
            }
            shop.judge_app(now);
            shop.orders_read(&read, now);
            let kept = unread.iter().filter(|(id, why)| shop.order_unread(id, why, now));
            let kept: Vec<OrderId> = kept.map(|(id, _)| id.clone()).collect();
            Ok((*shop != before).then_some(kept))
        });
        match noted.await {
            Ok(kept) => {
                for id in kept.into_iter().flatten() {
                    tracing::error!(order = %key(&id), "order can't be read; its shop has it read again");
                    answers.remove(&key(&id));
                }
            }
            Err(error) => {
                tracing::error!(shop = %stored.id, error = error_chain(&error), "it can't be noted which orders can't be read");
            }
        }
    }

    /// TikTok can't be asked for any order.
    async fn note_failure(&self, stored: &Shop, error: &tiktok::Error) {
        if error.class() == Class::AppRefused {
            let (why, now) = (error_chain(error), self.clock.now());
            if let Err(error) = workflow::app_refused(&*self.shops, &stored.id, &why, now).await {
                tracing::error!(shop = %stored.id, error = error_chain(&error), "it can't be noted that TikTok refuses the app");
            }
        }
        self.note_authorization(stored, error).await;
    }
}

/// True when one order among those that were asked for may be why the call failed.
fn may_be_for_one(error: &tiktok::Error) -> bool {
    error.is_broken_answer() || !later::may_pass(error)
}
