//! A cancellation and its life.

use std::collections::BTreeMap;
use std::time::Duration;

use super::cancel_reasons::{Reason, usual};
use super::core::{Ids, State};
use super::events::Event;
use super::order::{Cancelled, Order};
use super::{CancelledBy, OperationError, OrderStatus, Region};
use crate::clock;

/// The status of a cancellation.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum CancelStatus {
    Pending,
    Success,
    Cancelled,
    Complete,
}

impl CancelStatus {
    pub(crate) fn name(self) -> &'static str {
        match self {
            Self::Pending => "CANCELLATION_REQUEST_PENDING",
            Self::Success => "CANCELLATION_REQUEST_SUCCESS",
            Self::Cancelled => "CANCELLATION_REQUEST_CANCELLED",
            Self::Complete => "CANCELLATION_REQUEST_COMPLETE",
        }
    }
}

/// A cancellation as the platform keeps it. All times are Unix seconds.
#[derive(Debug, Clone)]
pub(crate) struct Cancellation {
    pub(crate) id: String,
    pub(crate) shop_id: String,
    pub(crate) order_id: String,
    pub(crate) buyer_user_id: String,
    /// A buyer's request that the seller may reject; anything else takes effect at once.
    pub(crate) is_request: bool,
    pub(crate) by: CancelledBy,
    pub(crate) status: CancelStatus,
    pub(crate) reason: Reason,
    pub(crate) line_ids: Vec<String>,
    pub(crate) create_time: i64,
    pub(crate) update_time: i64,
    pub(crate) respond_by: Option<i64>,
}

impl Cancellation {
    fn new(
        id: String,
        order: &Order,
        by: CancelledBy,
        reason: Reason,
        status: CancelStatus,
        now: i64,
    ) -> Self {
        Self {
            id,
            shop_id: order.shop_id.clone(),
            order_id: order.id.clone(),
            buyer_user_id: order.buyer_user_id(),
            is_request: false,
            by,
            status,
            reason,
            line_ids: order.open_lines().map(|line| line.id.clone()).collect(),
            create_time: now,
            update_time: now,
            respond_by: None,
        }
    }

    fn settle(&mut self, status: CancelStatus, now: i64) {
        self.status = status;
        self.update_time = self.update_time.max(now);
    }
}

/// The buyer asks to cancel. While the order is on hold, TikTok approves at once; a second request changes nothing.
pub(crate) fn request(
    state: &mut State,
    ids: &Ids,
    order_id: &str,
    region: Region,
    respond_within: Duration,
) -> Result<Vec<Event>, OperationError> {
    use OrderStatus::{AwaitingCollection, AwaitingShipment, OnHold, PartiallyShipping};
    let order = state.orders.get_mut(order_id).ok_or(OperationError::UnknownOrder)?;
    let reason = usual(CancelledBy::Buyer, region);
    match order.status {
        OnHold => {
            return Ok(cancel(state, ids, order_id, CancelledBy::Buyer, reason, CancelStatus::Success));
        }
        AwaitingShipment | PartiallyShipping | AwaitingCollection => {}
        status => return Err(OperationError::WrongStatus(status)),
    }
    if order.cancel_request.is_some() {
        return Ok(Vec::new());
    }
    let now = clock::unix_seconds();
    let within = i64::try_from(respond_within.as_secs()).unwrap_or(i64::MAX / 2);
    order.touch(now);
    order.cancel_request = Some((ids.cancel.next(), now));
    let id = order.cancel_request.as_ref().map(|(id, _)| id.clone()).unwrap_or_default();
    let made = Cancellation {
        is_request: true,
        respond_by: Some(now + within),
        ..Cancellation::new(id, order, CancelledBy::Buyer, reason, CancelStatus::Pending, now)
    };
    let event = Event::cancellation(&made);
    state.cancellations.insert(made.id.clone(), made);
    Ok(vec![event])
}

/// The whole order is cancelled; a pending request becomes the record of it.
pub(crate) fn cancel(
    state: &mut State,
    ids: &Ids,
    order_id: &str,
    by: CancelledBy,
    reason: Reason,
    status: CancelStatus,
) -> Vec<Event> {
    let Some(order) = state.orders.get_mut(order_id) else { return Vec::new() };
    let now = clock::unix_seconds();
    order.touch(now);
    let id = match order.cancel_request.take() {
        Some((id, _)) => id,
        None => {
            let made = Cancellation::new(ids.cancel.next(), order, by, reason, status, now);
            let id = made.id.clone();
            state.cancellations.insert(id.clone(), made);
            id
        }
    };
    order.status = OrderStatus::Cancelled;
    order.cancel = Some(Cancelled { by, at: now, reason: reason.text });
    let mut events: Vec<Event> = Event::status(order).into_iter().collect();
    if let Some(made) = state.cancellations.get_mut(&id) {
        made.settle(status, now);
        events.push(Event::cancellation(made));
    }
    events
}

/// Some lines are cancelled by the seller; the others are shipped or still to be.
pub(crate) fn cancel_lines(
    state: &mut State,
    ids: &Ids,
    order_id: &str,
    line_ids: Vec<String>,
    reason: Reason,
) -> Vec<Event> {
    let Some(order) = state.orders.get_mut(order_id) else { return Vec::new() };
    let now = clock::unix_seconds();
    order.touch(now);
    let by = CancelledBy::Seller;
    for line in order.lines.iter_mut().filter(|line| line_ids.contains(&line.id)) {
        line.cancel = Some(Cancelled { by, at: now, reason: reason.text });
    }
    let made = Cancellation::new(ids.cancel.next(), order, by, reason, CancelStatus::Success, now);
    let made = Cancellation { line_ids, ..made };
    let mut events = vec![Event::cancellation(&made)];
    state.cancellations.insert(made.id.clone(), made);
    if order.is_shipped_in_full() {
        order.status = OrderStatus::AwaitingCollection;
        order.rts_time = Some(now);
        events.extend(Event::status(order));
    }
    events
}

/// A request ends without effect: refused, or answered by shipping.
pub(crate) fn close(all: &mut BTreeMap<String, Cancellation>, id: &str, now: i64) -> Option<Event> {
    let made = all.get_mut(id)?;
    made.settle(CancelStatus::Cancelled, now);
    Some(Event::cancellation(made))
}
