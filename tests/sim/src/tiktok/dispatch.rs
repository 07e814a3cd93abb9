//! What shipping units of an order means for the order, whoever sold the label.

use std::collections::BTreeMap;

use super::cancellation::{self, Cancellation};
use super::events::Event;
use super::order::{Order, OrderStatus};

/// Gives the order the status that follows from its shipped units, and closes the buyer's request to cancel it: in the United States
/// shipping rejects it. The webhooks that this gives rise to.
pub(super) fn dispatch(
    order: &mut Order,
    cancellations: &mut BTreeMap<String, Cancellation>,
    now: i64,
) -> Vec<Event> {
    let mut events = Vec::new();
    order.touch(now);
    if let Some((cancel_id, _)) = order.cancel_request.take() {
        events.extend(cancellation::close(cancellations, &cancel_id, now));
    }
    if order.is_shipped_in_full() {
        order.status = OrderStatus::AwaitingCollection;
        order.rts_time = Some(now);
    } else {
        order.status = OrderStatus::PartiallyShipping;
    }
    events.extend(Event::status(order));
    events
}
