//! Decisions about the order as a whole.

use jiff::Timestamp;

use super::{RemedyKind, RemedyRefused, order_change};
use crate::hold::Shippable;
use crate::message::Message;
use crate::record::{CancellationResponse, OrderRecord};
use crate::shipment::Shipment;
use crate::stage::Stage;

/// Stops the order at `now`. A running purchase is completed, and its label waits.
///
/// # Errors
/// If it is already held, its tracking number is on TikTok, or it is not to be shipped.
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

/// Lets a held order continue; one whose label was voided gets another one.
///
/// # Errors
/// If nobody holds it.
pub fn release(record: &mut OrderRecord, now: Timestamp) -> Result<Vec<Message>, RemedyRefused> {
    if record.overrides.held_at.take().is_none() {
        return Err(RemedyRefused::NotHeld);
    }
    let is_voided = |shipment: &Shipment| {
        matches!(shipment.stage, Stage::Voiding { .. } | Stage::Cancelled { voided: Some(_) })
    };
    if is_to_be_shipped(record, now) && record.current_shipments().all(is_voided) {
        record.overrides.ship_again = true;
    }
    note(record, RemedyKind::Release, "Released.", now);
    record.refresh_exceptions(now);
    Ok(vec![order_change(record.key())])
}

/// Marks the order as urgent from `now` on. Marking it twice changes nothing.
///
/// # Errors
/// If its tracking number is on TikTok, or it is not to be shipped.
pub fn mark_urgent(record: &mut OrderRecord, now: Timestamp) -> Result<Vec<Message>, RemedyRefused> {
    before_upload(record, now)?;
    record.overrides.urgent_at.get_or_insert(now);
    note(record, RemedyKind::MarkUrgent, "Marked as urgent.", now);
    record.refresh_exceptions(now);
    Ok(Vec::new())
}

/// Undoes [`mark_urgent`].
///
/// # Errors
/// As [`mark_urgent`].
pub fn unmark_urgent(record: &mut OrderRecord, now: Timestamp) -> Result<Vec<Message>, RemedyRefused> {
    before_upload(record, now)?;
    record.overrides.urgent_at = None;
    // Noted at the exceptions whose history has the mark.
    note(record, RemedyKind::MarkUrgent, "No longer urgent.", now);
    record.refresh_exceptions(now);
    Ok(Vec::new())
}

/// Somebody takes care of the order from `now` on: its deadline raises no more alarms.
///
/// # Errors
/// If it has neither an open exception nor a deadline.
pub fn acknowledge(record: &mut OrderRecord, now: Timestamp) -> Result<Vec<Message>, RemedyRefused> {
    if record.open_exceptions().next().is_none() && !record.awaits_dispatch() {
        return Err(RemedyRefused::NothingOpen);
    }
    record.alarms.acknowledged_at = Some(now);
    note(record, RemedyKind::Acknowledge, "Acknowledged.", now);
    record.refresh_exceptions(now);
    Ok(Vec::new())
}

/// Answers a cancellation request by shipping, in a market where that refuses the request.
///
/// # Errors
/// If no request is waiting for an answer.
pub fn refuse_cancellation(record: &mut OrderRecord, now: Timestamp) -> Result<Vec<Message>, RemedyRefused> {
    if !record.awaits_cancellation_response() {
        return Err(RemedyRefused::NothingToAnswer);
    }
    record.overrides.cancellation_response = Some(CancellationResponse::Ship);
    note(record, RemedyKind::RefuseCancellation, "Refused: the order ships anyway.", now);
    record.refresh_exceptions(now);
    Ok(vec![order_change(record.key())])
}

/// Adds to the history of every open exception which `remedy` is for that it was applied at `now`. `what` must not contain
/// personal data.
pub fn note(record: &mut OrderRecord, remedy: RemedyKind, what: &str, now: Timestamp) {
    let open = record.exceptions.iter_mut().filter(|exception| exception.closed_at.is_none());
    for exception in open.filter(|exception| exception.kind.remedies().contains(&remedy)) {
        exception.note(what, now);
    }
}

/// True while the order is ours to ship, now or after a hold.
pub(super) fn is_to_be_shipped(record: &OrderRecord, now: Timestamp) -> bool {
    matches!(record.shippable(now), Shippable::Now | Shippable::Hold { .. })
}

/// Refuses an order that is not to be shipped, or whose tracking number is on TikTok.
pub(super) fn before_upload(record: &OrderRecord, now: Timestamp) -> Result<(), RemedyRefused> {
    let mut current = record.current_shipments();
    if current.any(Shipment::is_dispatched) {
        return Err(RemedyRefused::Uploaded);
    }
    let elsewhere = record.current_shipments().any(|s| matches!(s.stage, Stage::ShippedElsewhere));
    if is_to_be_shipped(record, now) && !elsewhere { Ok(()) } else { Err(RemedyRefused::Over) }
}
