//! Orders that TikTok announced and that can't be read: shown on the shop, and read again less and less often.

use jiff::{SignedDuration, Timestamp};
use serde::{Deserialize, Serialize};

use super::{Authorization, Shop};
use crate::exception::ExceptionKind;
use crate::ids::OrderId;
use crate::time::later;

/// How many such orders a shop remembers.
const KEPT: usize = 100;
/// How often the message that named an order tries it; after that it is up to the shop.
const TRIES_OF_MESSAGE: u32 = 4;
/// The pause before the shop has it read again; it doubles up to `PAUSE_MAX`.
const AGAIN_FIRST: SignedDuration = SignedDuration::from_mins(5);
const PAUSE_MAX: SignedDuration = SignedDuration::from_hours(6);
/// After this time it is given up: long before, TikTok has cancelled an order that was not shipped.
const GIVEN_UP: SignedDuration = SignedDuration::from_hours(24 * 14);
/// How many orders the exception names.
const NAMED: usize = 10;

/// An order that can't be read.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct UnreadOrder {
    pub order: OrderId,
    /// Why, without personal data.
    pub why: String,
    pub since: Timestamp,
    /// How often it was tried.
    pub tries: u32,
    /// When it is read again.
    pub next_at: Timestamp,
    /// An alarm has told of it.
    #[serde(default)]
    pub is_told: bool,
}

impl Shop {
    /// Records that an order can't be read. True once the shop takes care of reading it again, so that its message is done;
    /// false while the message has to come again.
    pub fn order_unread(&mut self, order: &OrderId, why: &str, now: Timestamp) -> bool {
        let unread = &mut self.monitor.orders_unreadable;
        let known = match unread.iter().position(|known| known.order == *order) {
            Some(place) => place,
            None if unread.len() >= KEPT => return false,
            None => {
                let (order, why) = (order.clone(), why.to_owned());
                unread.push(UnreadOrder { order, why, since: now, tries: 0, next_at: now, is_told: false });
                unread.len() - 1
            }
        };
        let Some(known) = unread.get_mut(known) else { return false };
        why.clone_into(&mut known.why);
        known.tries = known.tries.saturating_add(1);
        let by_shop = known.tries.saturating_sub(TRIES_OF_MESSAGE);
        let pause = AGAIN_FIRST.saturating_mul(1 << by_shop.saturating_sub(1).min(16)).min(PAUSE_MAX);
        known.next_at = later(now, pause);
        self.judge_unread_orders(now);
        by_shop > 0
    }

    /// Records that these orders were read. True if one of them could not be read before.
    pub fn orders_read(&mut self, orders: &[OrderId], now: Timestamp) -> bool {
        let before = self.monitor.orders_unreadable.len();
        self.monitor.orders_unreadable.retain(|unread| !orders.contains(&unread.order));
        self.judge_unread_orders(now);
        self.monitor.orders_unreadable.len() != before
    }

    /// The orders to read again at `now`. Their next attempt is scheduled as if this one failed; old ones are given up.
    pub fn take_unread_orders(&mut self, now: Timestamp) -> Vec<OrderId> {
        // While TikTok can't be reached, messages come back by themselves: adding one each time would pile them up.
        let is_out =
            self.is_open(ExceptionKind::ServiceUnavailable) || self.is_open(ExceptionKind::AppRefused);
        if is_out || self.authorization == Authorization::Lost {
            return Vec::new();
        }
        self.monitor.orders_unreadable.retain(|unread| now.duration_since(unread.since) < GIVEN_UP);
        let mut due = Vec::new();
        for unread in self.monitor.orders_unreadable.iter_mut().filter(|unread| unread.next_at <= now) {
            unread.next_at = later(now, AGAIN_FIRST);
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
            format!("TikTok's answer cannot be read for order {}{more}: {}.", named.join(", "), first.why);
        self.open_exception(ExceptionKind::OrdersUnreadable, detail, now);
    }
}
