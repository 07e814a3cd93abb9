//! Orders that TikTok told of and that can't be read: shown at the shop, and read again ever more rarely.

use jiff::{SignedDuration, Timestamp};
use serde::{Deserialize, Serialize};

use super::{Authorization, Shop};
use crate::exception::ExceptionKind;
use crate::ids::OrderId;

/// The most that a shop remembers.
const KEPT: usize = 100;
/// So often an order is tried by the message that named it; after that the shop remembers it.
const TRIES_OF_MESSAGE: u32 = 4;
/// The pause before the shop has it read again; it doubles.
const AGAIN_FIRST: SignedDuration = SignedDuration::from_mins(5);
/// The longest pause.
const PAUSE_MAX: SignedDuration = SignedDuration::from_hours(6);
/// After this time it is given up: TikTok cancels what is not shipped long before.
const GIVEN_UP: SignedDuration = SignedDuration::from_hours(24 * 14);
/// How many the exception names.
const NAMED: usize = 10;

/// An order that can't be read.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct UnreadOrder {
    /// The order.
    pub order: OrderId,
    /// Why, without personal data.
    pub why: String,
    /// Since when.
    pub since: Timestamp,
    /// How often it was tried.
    pub tries: u32,
    /// When it is read again.
    pub next_at: Timestamp,
}

impl Shop {
    /// Notes that an order can't be read. True when the shop has it read again, and its message is done with; false while
    /// the message is to come again.
    pub fn order_unread(&mut self, order: &OrderId, why: &str, now: Timestamp) -> bool {
        let unread = &mut self.monitor.orders_unreadable;
        let known = match unread.iter().position(|known| known.order == *order) {
            Some(place) => place,
            None if unread.len() >= KEPT => return false,
            None => {
                let (order, why) = (order.clone(), why.to_owned());
                unread.push(UnreadOrder { order, why, since: now, tries: 0, next_at: now });
                unread.len() - 1
            }
        };
        let Some(known) = unread.get_mut(known) else { return false };
        why.clone_into(&mut known.why);
        known.tries = known.tries.saturating_add(1);
        let by_shop = known.tries.saturating_sub(TRIES_OF_MESSAGE);
        let pause = AGAIN_FIRST.saturating_mul(1 << by_shop.saturating_sub(1).min(16)).min(PAUSE_MAX);
        known.next_at = now.saturating_add(pause).unwrap_or(Timestamp::MAX);
        self.judge_unread_orders(now);
        by_shop > 0
    }

    /// Notes that these orders were read. True when one of them could not be before.
    pub fn orders_read(&mut self, orders: &[OrderId], now: Timestamp) -> bool {
        let before = self.monitor.orders_unreadable.len();
        self.monitor.orders_unreadable.retain(|unread| !orders.contains(&unread.order));
        self.judge_unread_orders(now);
        self.monitor.orders_unreadable.len() != before
    }

    /// The orders to be read again by `now`. Their next turn is set as if they failed; those of long ago are given up.
    pub fn take_unread_orders(&mut self, now: Timestamp) -> Vec<OrderId> {
        // While TikTok can't be asked, a message comes back by itself: one more each time would pile up.
        let is_out =
            self.is_open(ExceptionKind::ServiceUnavailable) || self.is_open(ExceptionKind::AppRefused);
        if is_out || self.authorization == Authorization::Lost {
            return Vec::new();
        }
        self.monitor.orders_unreadable.retain(|unread| now.duration_since(unread.since) < GIVEN_UP);
        let mut due = Vec::new();
        for unread in self.monitor.orders_unreadable.iter_mut().filter(|unread| unread.next_at <= now) {
            unread.next_at = now.saturating_add(AGAIN_FIRST).unwrap_or(Timestamp::MAX);
            due.push(unread.order.clone());
        }
        self.judge_unread_orders(now);
        due
    }

    fn judge_unread_orders(&mut self, now: Timestamp) {
        let unread = &self.monitor.orders_unreadable;
        let Some(first) = unread.first() else {
            return self.close_exception(ExceptionKind::OrdersUnreadable, now);
        };
        let named: Vec<&str> = unread.iter().take(NAMED).map(|unread| unread.order.as_str()).collect();
        let more = match unread.len() - named.len() {
            0 => String::new(),
            more => format!(" and {more} more"),
        };
        let detail =
            format!("TikTok's answer can't be read for order {}{more}: {}.", named.join(", "), first.why);
        self.open_exception(ExceptionKind::OrdersUnreadable, detail, now);
    }
}
