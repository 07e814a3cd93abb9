//! Decisions about the order as a whole.

use jiff::Timestamp;

use super::{RemedyKind, RemedyRefused, order_change};
use crate::hold::Shippable;
use crate::message::Message;
use crate::record::{CancellationResponse, OrderRecord};
use crate::shipment::Shipment;
use crate::stage::Stage;

/// Stops the order at `now`. A purchase that runs is seen through, and its label waits.
///
/// # Errors
/// When it is held already, its tracking number is at TikTok, or it is not to be shipped.
pub fn hold(record: &mut OrderRecord, now: Timestamp) -> Result<Vec<Message>, RemedyRefused> {
    before_upload(record, now)?;
    if record.overrides.held_at.is_some() {
        return Err(RemedyRefused::AlreadyHeld);
    }
    record.overrides.held_at = Some(now);
    note(record, RemedyKind::Hold, "Held.", now);
    record.refresh_exceptions(now);
    Ok(vec![order_change(record.key())])
}

/// Lets a held order go on; one whose label was given back gets another one.
///
/// # Errors
/// When nobody holds it.
pub fn release(record: &mut OrderRecord, now: Timestamp) -> Result<Vec<Message>, RemedyRefused> {
    if record.overrides.held_at.take().is_none() {
        return Err(RemedyRefused::NotHeld);
    }
    let given_back = |shipment: &Shipment| {
        matches!(shipment.stage, Stage::Voiding { .. } | Stage::Cancelled { voided: Some(_) })
    };
    if is_to_be_shipped(record, now) && record.current_shipments().all(given_back) {
        record.overrides.ship_again = true;
    }
    note(record, RemedyKind::Release, "Released.", now);
    record.refresh_exceptions(now);
    Ok(vec![order_change(record.key())])
}

/// Marks the order as urgent from `now` on, or no longer. To say so again changes nothing.
///
/// # Errors
/// When its tracking number is at TikTok, or it is not to be shipped.
pub fn mark_urgent(
    record: &mut OrderRecord,
    urgent: bool,
    now: Timestamp,
) -> Result<Vec<Message>, RemedyRefused> {
    before_upload(record, now)?;
    let since = record.overrides.urgent_at.unwrap_or(now);
    record.overrides.urgent_at = urgent.then_some(since);
    let what = if urgent { "Marked as urgent." } else { "No longer urgent." };
    note(record, RemedyKind::MarkUrgent, what, now);
    record.refresh_exceptions(now);
    Ok(Vec::new())
}

/// A person takes the order up at `now`: its deadline is told no further.
///
/// # Errors
/// When it has neither an open exception nor a deadline.
pub fn ack(record: &mut OrderRecord, now: Timestamp) -> Result<Vec<Message>, RemedyRefused> {
    if record.open_exceptions().next().is_none() && !record.awaits_dispatch() {
        return Err(RemedyRefused::NothingOpen);
    }
    record.alarms.acknowledged_at = Some(now);
    note(record, RemedyKind::Acknowledge, "Acknowledged.", now);
    record.refresh_exceptions(now);
    Ok(Vec::new())
}

/// Answers a buyer who asks to cancel by shipping, which in the United States refuses the request by itself.
///
/// # Errors
/// When no request waits for an answer.
pub fn refuse_cancellation(record: &mut OrderRecord, now: Timestamp) -> Result<Vec<Message>, RemedyRefused> {
    if !record.awaits_cancellation_response() {
        return Err(RemedyRefused::NothingToAnswer);
    }
    record.overrides.cancellation_response = Some(CancellationResponse::Ship);
    note(record, RemedyKind::RefuseCancellation, "Refused: the order is shipped all the same.", now);
    record.refresh_exceptions(now);
    Ok(vec![order_change(record.key())])
}

/// Notes at `now` that `remedy` was applied, in the history of every open exception that it is about. `what` holds no
/// personal data.
pub fn note(record: &mut OrderRecord, remedy: RemedyKind, what: &str, now: Timestamp) {
    let open = record.exceptions.iter_mut().filter(|exception| exception.closed_at.is_none());
    for exception in open.filter(|exception| exception.kind.remedies().contains(&remedy)) {
        exception.note(what, now);
    }
}

/// True while the order is to be shipped by us, now or once something has ended.
pub(super) fn is_to_be_shipped(record: &OrderRecord, now: Timestamp) -> bool {
    matches!(record.shippable(now), Shippable::Now | Shippable::Hold { .. })
}

/// The order is to be shipped, and TikTok does not have its tracking number.
pub(super) fn before_upload(record: &OrderRecord, now: Timestamp) -> Result<(), RemedyRefused> {
    let mut current = record.current_shipments();
    if current.any(Shipment::is_uploaded) {
        return Err(RemedyRefused::Uploaded);
    }
    let elsewhere = record.current_shipments().any(|s| matches!(s.stage, Stage::ShippedElsewhere));
    match is_to_be_shipped(record, now) && !elsewhere {
        true => Ok(()),
        false => Err(RemedyRefused::Over),
    }
}
