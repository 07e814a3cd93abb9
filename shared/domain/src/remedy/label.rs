//! Decisions about the shipment of an order and its label.

use jiff::Timestamp;

use super::order::{before_upload, is_to_be_shipped, note};
use super::{RemedyKind, RemedyRefused, order_change};
use crate::exception::ExceptionKind;
use crate::ids::OrderKey;
use crate::message::{Message, ShipmentRef};
use crate::purchase::{Purchase, PurchaseEvent, PurchaseState};
use crate::record::OrderRecord;
use crate::shipment::Shipment;
use crate::stage::{Event, Stage};

/// Lets a blocked shipment continue with the label that it has; without one, a new rate is chosen. A shipment that changed
/// after its label was bought ships as the label says.
///
/// # Errors
/// If nothing is blocked, a retry does not resolve the exception, or a purchase may still turn out to be paid.
pub fn retry(record: &mut OrderRecord, now: Timestamp) -> Result<Vec<Message>, RemedyRefused> {
    let parcel = record.order.parcel_fingerprint();
    let shipment = subject(record)?;
    let Stage::Blocked { why, .. } = shipment.stage else {
        return Err(RemedyRefused::NotBlocked { stage: shipment.stage.name() });
    };
    if !why.remedies().contains(&RemedyKind::Retry) {
        return Err(RemedyRefused::NoHelp { remedy: RemedyKind::Retry, kind: why });
    }
    no_live_purchase(shipment)?;
    shipment.apply(Event::Release, now)?;
    if why == ExceptionKind::ChangedAfterLabel
        && let Some(label) = shipment.stage.label_mut()
    {
        label.fingerprint = parcel;
    }
    shipment.price_limit = None;
    record.overrides.retried_at = Some(now);
    note(record, RemedyKind::Retry, "Retried.", now);
    record.refresh_exceptions(now);
    Ok(vec![order_change(record.key())])
}

/// Chooses a new rate, at today's prices and without the labels that were refused. If the price was too high, the offered
/// one is accepted. A label that is already bought is voided, and another one is bought afterwards.
///
/// # Errors
/// If there is no rate to replace, a purchase is running, TikTok has the tracking number, or the order is not to be shipped.
pub fn rerate(record: &mut OrderRecord, now: Timestamp) -> Result<Vec<Message>, RemedyRefused> {
    before_upload(record, now)?;
    let key = record.key();
    let shipment = subject(record)?;
    let mut done = "Rated again.".to_owned();
    let messages = match &shipment.stage {
        Stage::Rated { .. } | Stage::Blocked { label: None, .. } => {
            no_live_purchase(shipment)?;
            let too_high = matches!(shipment.stage, Stage::Blocked { why: ExceptionKind::PriceTooHigh, .. });
            shipment.apply(Event::Release, now)?;
            shipment.price_limit = None;
            if let Some(price) = shipment.price_too_high.take().filter(|_| too_high) {
                shipment.price_accepted = Some(price);
                done = format!("Rated again. A price of {price} is accepted.");
            }
            vec![order_change(key)]
        }
        Stage::Labelled { .. } | Stage::Blocked { label: Some(_), .. } => {
            let message = void_label(shipment, &key, now)?;
            record.overrides.ship_again = true;
            vec![message]
        }
        Stage::Buying { .. } => return Err(RemedyRefused::PurchaseRunning),
        Stage::Voiding { .. } | Stage::Cancelled { .. } => return Err(RemedyRefused::LabelVoided),
        Stage::LabelPending { .. }
        | Stage::Uploaded { .. }
        | Stage::Scanned { .. }
        | Stage::Delivered { .. } => {
            return Err(RemedyRefused::Uploaded);
        }
        Stage::Held { .. } | Stage::Ready | Stage::ShippedElsewhere => {
            return Err(RemedyRefused::NoRate { stage: shipment.stage.name() });
        }
    };
    record.overrides.retried_at = Some(now);
    note(record, RemedyKind::Rerate, &done, now);
    record.refresh_exceptions(now);
    Ok(messages)
}

/// Voids the label. The order is then held, so that nothing is bought again automatically.
///
/// # Errors
/// If there is no label, a purchase is running, or TikTok has the tracking number.
pub fn void(record: &mut OrderRecord, now: Timestamp) -> Result<Vec<Message>, RemedyRefused> {
    let key = record.key();
    let to_be_shipped = is_to_be_shipped(record, now);
    let shipment = subject(record)?;
    let message = match &shipment.stage {
        Stage::Labelled { .. } | Stage::Blocked { label: Some(_), .. } => void_label(shipment, &key, now)?,
        Stage::Buying { .. } => return Err(RemedyRefused::PurchaseRunning),
        Stage::LabelPending { .. } => return Err(RemedyRefused::PlatformLabel),
        Stage::Uploaded { label, .. } if label.account.is_platform() => {
            return Err(RemedyRefused::PlatformLabel);
        }
        Stage::Uploaded { .. } | Stage::Scanned { .. } | Stage::Delivered { .. } => {
            return Err(RemedyRefused::Uploaded);
        }
        Stage::Voiding { .. } | Stage::Cancelled { voided: Some(_) } => {
            return Err(RemedyRefused::LabelVoided);
        }
        Stage::Held { .. }
        | Stage::Ready
        | Stage::Rated { .. }
        | Stage::Blocked { label: None, .. }
        | Stage::Cancelled { voided: None }
        | Stage::ShippedElsewhere => return Err(RemedyRefused::NoLabel),
    };
    record.overrides.ship_again = false;
    if to_be_shipped {
        record.overrides.held_at = record.overrides.held_at.or(Some(now));
    }
    note(record, RemedyKind::Void, "The label is being voided.", now);
    record.refresh_exceptions(now);
    Ok(vec![message])
}

/// A person has looked, and nothing was bought: the purchase may be made again.
///
/// # Errors
/// If no purchase has an unknown outcome, or if it has not been unknown for long enough to be an exception: until then the account
/// may still sell.
pub fn rule_out_purchase(record: &mut OrderRecord, now: Timestamp) -> Result<Vec<Message>, RemedyRefused> {
    let key = record.key();
    let is_reported = record.open_exceptions().any(|e| e.kind == ExceptionKind::PurchaseUnknown);
    let shipment = subject(record)?;
    let is_unknown = shipment.purchase().is_ok_and(|p| matches!(p.state, PurchaseState::Unknown { .. }));
    if !is_unknown {
        return Err(RemedyRefused::PurchaseKnown);
    }
    if !is_reported {
        return Err(RemedyRefused::PurchaseSettling);
    }
    shipment.purchase_event(PurchaseEvent::RuledOut, now)?;
    let message = Message::LabelRequest(ShipmentRef { key, shipment: shipment.id.clone() });
    note(record, RemedyKind::RuleOutPurchase, "A person found that nothing was bought.", now);
    record.refresh_exceptions(now);
    Ok(vec![message])
}

fn void_label(shipment: &mut Shipment, key: &OrderKey, now: Timestamp) -> Result<Message, RemedyRefused> {
    shipment.apply(Event::Cancel, now)?;
    Ok(Message::LabelRequest(ShipmentRef { key: key.clone(), shipment: shipment.id.clone() }))
}

/// The shipment that a decision is about: the latest current one.
pub(super) fn subject(record: &mut OrderRecord) -> Result<&mut Shipment, RemedyRefused> {
    let id = record.current_shipments().last().map(|shipment| shipment.id.clone());
    id.and_then(|id| record.shipment_mut(&id)).ok_or(RemedyRefused::Over)
}

/// A purchase that may still turn out to be paid has to be settled first.
fn no_live_purchase(shipment: &Shipment) -> Result<(), RemedyRefused> {
    if shipment.ledger.iter().any(Purchase::is_live) { Err(RemedyRefused::PurchaseRunning) } else { Ok(()) }
}
