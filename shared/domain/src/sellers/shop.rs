//! A connected shop: its connection, warehouses, polls, and what is monitored about it.

mod app;
pub(crate) mod clock;
mod closed;
mod grown;
mod search;
mod undelivered;
mod unread;
mod unread_conversations;

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use crate::address::Address;
use crate::alarm::{AlarmKind, RaisedAlarm, exceptions_due};
use crate::exception::{self, Exception, ExceptionKind};
use crate::ids::{AlarmId, CarrierAccountId, ShopId, WarehouseId};
use crate::market::Market;
use crate::order_rate::OrderRate;
use crate::paging::PagingFault;
use crate::polling::PollState;
use crate::private::Private;
use crate::rates::{Carrier, RefusalEvent, RefusalStreaks, RefusedBy};

pub use closed::ShopClosed;
pub use grown::DeadLetterWatch;
pub use unread::UnreadOrder;
pub use unread_conversations::UnreadConversation;

/// Where the seller's business is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum SellerType {
    /// In the market in which it sells (`LOCAL`).
    Local,
    /// In another country (`CROSS_BORDER`).
    CrossBorder,
}

/// Whether we may act for the shop.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Authorization {
    Granted,
    /// The seller has to connect the shop again: the authorisation was withdrawn, ran out, or lacks a scope.
    Lost,
    /// It was connected, and the operator's list does not name it: nothing is done for it until the list does.
    Waiting,
    /// The operator disconnected it and its tokens are gone: nothing is done for it until it is connected again.
    Disconnected,
}

/// A warehouse of the shop at TikTok: where its parcels are sent from.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Warehouse {
    pub id: WarehouseId,
    /// The address on the label.
    pub address: Address,
    /// Taken when an order names no warehouse.
    pub is_default: bool,
}

/// A shop that a seller connected.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Shop {
    pub id: ShopId,
    pub name: String,
    pub market: Market,
    /// Where the seller is.
    pub seller: SellerType,
    /// `shop_cipher`, which every call for this shop carries.
    pub cipher: Private<String>,
    /// The seller whose tokens serve this shop (`open_id` of the token answer); one seller may have several shops.
    pub account: String,
    /// Whether we may act for it.
    pub authorization: Authorization,
    pub warehouses: Vec<Warehouse>,
    /// When the warehouses were read.
    pub warehouses_read_at: Timestamp,
    /// When it was connected.
    pub connected_at: Timestamp,
    pub poll: PollState,
    /// What is watched about the shop itself.
    #[serde(default)]
    pub monitor: ShopMonitor,
}

/// What is watched about a shop: its exceptions, its alarms, its chores.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct ShopMonitor {
    /// Open and closed exceptions of the shop as a whole.
    pub exceptions: Vec<Exception>,
    /// The alarms that told of them.
    pub raised: Vec<RaisedAlarm>,
    /// How many orders it has at which hour of the week.
    pub order_rate: OrderRate,
    /// When it was last seen that an alarm of the shop had reached nobody.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub undelivered_at: Option<Timestamp>,
    /// Up to when the order_rate has been learnt.
    pub learnt_until: Option<Timestamp>,
    /// When its newest order was created.
    pub newest_order_at: Option<Timestamp>,
    /// When the seller's authorisation ends, where TikTok told it.
    pub authorization_ends_at: Option<Timestamp>,
    /// Since when its tokens can't be renewed.
    pub tokens_failing_since: Option<Timestamp>,
    /// Labels that were refused in a row.
    #[serde(skip_serializing_if = "RefusalStreaks::is_empty")]
    pub refusals: RefusalStreaks,
    /// The last comparison of its open orders with TikTok.
    pub compared: Option<Comparison>,
    /// By what its orders were given the day on which their personal data is forgotten.
    #[serde(skip_serializing_if = "Forgetting::is_default")]
    pub forgetting: Forgetting,
    /// When a comparison was begun; one that died is not begun again at once.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub comparison_begun_at: Option<Timestamp>,
    /// When TikTok last refused the app, while that may not be over.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub app_refused_at: Option<Timestamp>,
    /// Orders that can't be read.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub orders_unreadable: Vec<UnreadOrder>,
    /// How many dead letters it has, and of how many people were told.
    #[serde(skip_serializing_if = "DeadLetterWatch::is_default")]
    pub dead_letters: DeadLetterWatch,
    /// Conversations that can't be read.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub conversations_unreadable: Vec<UnreadConversation>,
}

/// By what the orders of a shop are given the day on which their personal data is forgotten.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Forgetting {
    /// So many days after an order is over; `None` is never.
    pub days: Option<u16>,
    /// The shop is closed, so that they count from an order's last change.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub is_closed: bool,
    /// Where the look at the orders that were stored before this changed has come to; `None` when it is done.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub looked_until: Option<String>,
}

impl Forgetting {
    fn is_default(&self) -> bool {
        *self == Self::default()
    }
}

/// A comparison of all open orders of a shop with TikTok.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Comparison {
    pub at: Timestamp,
    /// Orders that TikTok showed as open.
    pub open_at_tiktok: u64,
    /// Orders of them that were not stored.
    pub missing: u64,
    /// Orders that were stored with another status or an older state.
    pub different: u64,
    /// Orders of them of which what is stored can't be read.
    #[serde(default)]
    pub unreadable: u64,
    /// Why TikTok's lists could not be read to their end; what was read was compared.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub fault: Option<PagingFault>,
}

/// The detail of the exception of a shop for which Punctual lacks a right, such as "read orders".
fn lacks_right(right: &str) -> String {
    format!(
        "TikTok does not let Punctual {right}: the app or the seller's consent lacks this right. Add it to the app in Partner \
        Center if it is not there, then connect the shop again."
    )
}

/// The most closed exceptions and alarms that a shop keeps.
const KEPT: usize = 50;

impl Shop {
    /// Opens an exception of the shop; one that is open already keeps its age and takes the new detail.
    pub fn open_exception(&mut self, kind: ExceptionKind, detail: impl Into<String>, now: Timestamp) {
        exception::open(&mut self.monitor.exceptions, kind, None, detail.into(), now);
        while self.monitor.exceptions.len() > KEPT
            && let Some(oldest) = self.monitor.exceptions.iter().position(|e| e.closed_at.is_some())
        {
            self.monitor.exceptions.remove(oldest);
        }
    }

    /// Closes an exception of the shop, if it is open.
    pub fn close_exception(&mut self, kind: ExceptionKind, now: Timestamp) {
        exception::close(&mut self.monitor.exceptions, kind, None, now);
    }

    /// Open exceptions of the shop.
    pub fn open_exceptions(&self) -> impl Iterator<Item = &Exception> {
        self.monitor.exceptions.iter().filter(|exception| exception.closed_at.is_none())
    }

    /// The seller has to connect the shop again: TikTok takes its tokens no longer, or a right is missing without which nothing
    /// can be done for the shop.
    pub fn mark_unauthorized(&mut self, missing_right: Option<&str>, now: Timestamp) {
        self.authorization = Authorization::Lost;
        let detail = missing_right.map_or_else(
            || "TikTok no longer accepts the shop's tokens: its orders are not seen.".to_owned(),
            lacks_right,
        );
        self.open_exception(ExceptionKind::ShopUnauthorized, detail, now);
    }

    /// A right is missing that only some orders need. The others go on.
    pub fn right_missing(&mut self, right: &str, now: Timestamp) {
        if self.authorization == Authorization::Granted {
            self.open_exception(ExceptionKind::ShopUnauthorized, lacks_right(right), now);
        }
    }

    /// The right that was missing is there.
    pub fn right_granted(&mut self, now: Timestamp) {
        if self.authorization == Authorization::Granted {
            self.close_exception(ExceptionKind::ShopUnauthorized, now);
        }
    }

    /// Counts a refused label. After several equal ones in a row no more are bought, and an exception says so.
    pub fn label_refused(&mut self, refusal: &RefusalEvent<'_>, now: Timestamp) {
        if self.monitor.refusals.refused(refusal, now).is_some() {
            self.show_stopped_carriers(now);
        }
    }

    /// A label was accepted by `by`. Returns whether that ended a row of refusals.
    pub fn label_accepted(
        &mut self,
        by: RefusedBy,
        carrier: Carrier,
        billed_to: &CarrierAccountId,
        now: Timestamp,
    ) -> bool {
        let ended = self.monitor.refusals.accepted(by, carrier, billed_to);
        if ended {
            self.show_stopped_carriers(now);
        }
        ended
    }

    /// Forgets refusals that are long past.
    pub fn forget_old_refusals(&mut self, now: Timestamp) {
        self.monitor.refusals.forget_old(now);
        self.show_stopped_carriers(now);
    }

    fn show_stopped_carriers(&mut self, now: Timestamp) {
        let stopped: Vec<String> = self.monitor.refusals.stopped().map(ToString::to_string).collect();
        match stopped.is_empty() {
            true => self.close_exception(ExceptionKind::CarrierSuspended, now),
            false => self.open_exception(ExceptionKind::CarrierSuspended, stopped.join(" "), now),
        }
    }

    /// What is due to be told of the shop by `until`.
    pub fn alarms_due(&self, until: Timestamp) -> Vec<AlarmKind> {
        let due = exceptions_due(&self.monitor.exceptions, &self.monitor.raised, until);
        due.into_iter().chain(self.grown_by(until)).map(AlarmKind::Exception).collect()
    }

    /// Notes that `alarm` tells of the shop. False when `kind` is not due by `until` (any more).
    pub fn raise(&mut self, kind: AlarmKind, alarm: &AlarmId, until: Timestamp, now: Timestamp) -> bool {
        if !self.alarms_due(until).contains(&kind) {
            return false;
        }
        if self.monitor.raised.len() >= KEPT {
            self.monitor.raised.remove(0);
        }
        let at = now.max(until);
        self.monitor.raised.push(RaisedAlarm { kind, alarm: alarm.clone(), at, deadline: None });
        self.note_told(kind);
        true
    }

    /// True while an alarm of this kind has something to tell of the shop.
    pub fn still_tells(&self, kind: AlarmKind) -> bool {
        self.open_exceptions().any(|exception| AlarmKind::Exception(exception.kind) == kind)
    }

    /// True when the shop belongs to `alarm`.
    pub fn is_raised_by(&self, alarm: &AlarmId) -> bool {
        self.monitor.raised.iter().any(|raised| raised.alarm == *alarm)
    }

    /// The warehouse named by an order, or the default one.
    pub fn warehouse(&self, id: Option<&WarehouseId>) -> Option<&Warehouse> {
        match id {
            Some(id) => self.warehouses.iter().find(|warehouse| warehouse.id == *id),
            None => self.warehouses.iter().find(|w| w.is_default).or(self.warehouses.first()),
        }
    }
}
