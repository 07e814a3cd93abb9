//! An address that a person corrects.

use jiff::Timestamp;

use super::label::subject;
use super::order::{before_upload, note};
use super::{NotNow, RemedyName, order_change};
use crate::address::{Address, check, is_masked};
use crate::exception::ExceptionKind;
use crate::message::Message;
use crate::record::{Correction, OrderRecord};
use crate::stage::{Event, Stage};

/// Ships to `to` from `now` on, for as long as TikTok shows the address that it showed till now. A shipment that an
/// address blocked is released, and a rate for the old address is void.
///
/// # Errors
/// When `to` can't be used, TikTok shows no address, a label is bought or being bought, or the order is not to be
/// shipped.
pub fn correct_address(
    record: &mut OrderRecord,
    to: Address,
    now: Timestamp,
) -> Result<Vec<Message>, NotNow> {
    before_upload(record, now)?;
    if is_masked(&to) {
        return Err(NotNow::AddressMasked);
    }
    if let Some(fault) = check(&to).into_iter().next() {
        return Err(NotNow::Address(fault));
    }
    let of = shown(record).ok_or(NotNow::AddressHidden)?;
    if record.order.recipient.as_ref() == Some(&to) {
        return Err(NotNow::SameAddress);
    }
    let shipment = subject(record)?;
    match &shipment.stage {
        Stage::Buying { .. } => return Err(NotNow::PurchaseRunning),
        Stage::Labelled { .. } | Stage::Blocked { label: Some(_), .. } => return Err(NotNow::LabelBought),
        Stage::Rated { .. } => shipment.apply(Event::Release, now)?,
        Stage::Blocked { why, label: None } if is_of_address(*why) => shipment.apply(Event::Release, now)?,
        Stage::Held { .. }
        | Stage::Ready
        | Stage::Blocked { label: None, .. }
        // Its label is given back: the next one is for the new address.
        | Stage::Voiding { .. }
        | Stage::Cancelled { .. } => {}
        Stage::Uploaded { .. } | Stage::Scanned { .. } | Stage::Delivered { .. } => {
            return Err(NotNow::Uploaded);
        }
        Stage::ShippedElsewhere => return Err(NotNow::Over),
    }
    record.order.recipient = Some(to.clone());
    // To go back to what TikTok shows is to correct nothing.
    record.decided.correction = (of != to).then_some(Correction { of, to });
    note(record, RemedyName::CorrectAddress, "The address was corrected.", now);
    record.close_exception(ExceptionKind::BuyerCorrectsAddress, None, now);
    record.settle(now);
    Ok(vec![order_change(record.key())])
}

/// The address as TikTok shows it, whatever was corrected; `None` while it shows none, or hides it.
fn shown(record: &OrderRecord) -> Option<Address> {
    let stored = record.order.recipient.as_ref()?;
    let corrected = record.decided.correction.as_ref().filter(|correction| correction.to == *stored);
    let shown = corrected.map_or(stored, |correction| &correction.of);
    (!is_masked(shown)).then(|| shown.clone())
}

fn is_of_address(kind: ExceptionKind) -> bool {
    matches!(
        kind,
        ExceptionKind::AddressIncomplete
            | ExceptionKind::AddressUndeliverable
            | ExceptionKind::AddressMismatch
            | ExceptionKind::CustomsFormNeeded
    )
}
