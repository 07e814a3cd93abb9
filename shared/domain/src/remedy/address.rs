//! An address that a person corrects or confirms.

use jiff::Timestamp;

use super::label::subject;
use super::order::{before_upload, note};
use super::{RemedyKind, RemedyRefused, order_change};
use crate::address::{Address, AddressFault, check, is_masked, label_address};
use crate::exception::ExceptionKind;
use crate::message::Message;
use crate::record::{AddressCorrection, OrderRecord};
use crate::route::Route;
use crate::stage::{Event, Stage};

/// Ships to `to` from `now` on, for as long as TikTok keeps showing the address that it shows now. A shipment that was
/// blocked by its address is released, and a rate for the old address is dropped. A state and postal code that TikTok itself
/// shows are not checked against the table of postal codes: only what is newly entered can be a typing error.
///
/// # Errors
/// If `to` can't be used or printed, TikTok shows no address, a label is bought or being bought, or the order is not to be
/// shipped.
pub fn correct_address(
    record: &mut OrderRecord,
    to: Address,
    now: Timestamp,
) -> Result<Vec<Message>, RemedyRefused> {
    before_upload(record, now)?;
    if record.route.is_some_and(Route::is_platform_label) {
        return Err(RemedyRefused::PlatformAddress);
    }
    if is_masked(&to) {
        return Err(RemedyRefused::AddressMasked);
    }
    let fitted = label_address(&to, &[]);
    if let Some(field) = fitted.unprintable.first() {
        return Err(RemedyRefused::AddressUnprintable { field });
    }
    let faults = check(&fitted.address);
    if let Some(fault) = faults.iter().find(|fault| matches!(fault, AddressFault::Incomplete { .. })) {
        return Err(RemedyRefused::Address(fault.clone()));
    }
    let of = shown(record).ok_or(RemedyRefused::AddressHidden)?;
    let newly_entered =
        (&to.state, &to.postal_code, &to.country) != (&of.state, &of.postal_code, &of.country);
    if let Some(fault) = faults.into_iter().next().filter(|_| newly_entered) {
        return Err(RemedyRefused::Address(fault));
    }
    if record.order.recipient.as_ref() == Some(&to) {
        return Err(RemedyRefused::SameAddress);
    }
    let shipment = subject(record)?;
    match &shipment.stage {
        Stage::Buying { .. } => return Err(RemedyRefused::PurchaseRunning),
        Stage::Labelled { .. } | Stage::Blocked { label: Some(_), .. } => return Err(RemedyRefused::LabelBought),
        Stage::Rated { .. } => shipment.apply(Event::Release, now)?,
        Stage::Blocked { why, label: None } if why.remedies().contains(&RemedyKind::CorrectAddress) => {
            shipment.apply(Event::Release, now)?;
        }
        Stage::Held { .. }
        | Stage::Ready
        | Stage::Blocked { label: None, .. }
        // Its label is voided: the next one will be for the new address.
        | Stage::Voiding { .. }
        | Stage::Cancelled { .. } => {}
        Stage::LabelPending { .. } | Stage::Uploaded { .. } | Stage::Scanned { .. } | Stage::Delivered { .. } => {
            return Err(RemedyRefused::Uploaded);
        }
        Stage::ShippedElsewhere => return Err(RemedyRefused::Over),
    }
    record.order.recipient = Some(to.clone());
    // Setting the address that TikTok shows clears the correction.
    record.overrides.correction = (of != to).then_some(AddressCorrection { of, to });
    record.overrides.confirmed = None;
    note(record, RemedyKind::CorrectAddress, "The address was corrected.", now);
    record.close_exception(ExceptionKind::BuyerReportsWrongAddress, None, now);
    record.refresh_exceptions(now);
    Ok(vec![order_change(record.key())])
}

/// Ships to the address as it stands, from `now` on and until it changes: a person found it right, whatever the carrier's
/// verification and the table of postal codes say. Characters that no label prints are left out. A carrier may still refuse
/// to sell a label for it.
///
/// # Errors
/// If no label can be made for it, TikTok shows no address, it is already confirmed, something else blocks the shipment, a
/// label is bought or being bought, or the order is not to be shipped.
pub fn confirm_address(record: &mut OrderRecord, now: Timestamp) -> Result<Vec<Message>, RemedyRefused> {
    before_upload(record, now)?;
    if record.route.is_some_and(Route::is_platform_label) {
        return Err(RemedyRefused::PlatformAddress);
    }
    let address = record
        .order
        .recipient
        .clone()
        .filter(|shown| !is_masked(shown))
        .ok_or(RemedyRefused::AddressHidden)?;
    let faults = check(&label_address(&address, &[]).address);
    if let Some(fault) = faults.into_iter().find(|fault| matches!(fault, AddressFault::Incomplete { .. })) {
        return Err(RemedyRefused::NoLabelFor(fault));
    }
    let confirmed =
        record.overrides.confirmed.as_ref().is_some_and(|confirmed| confirmed.is_same_place(&address));
    let shipment = subject(record)?;
    match &shipment.stage {
        Stage::Buying { .. } => return Err(RemedyRefused::PurchaseRunning),
        Stage::Labelled { .. } | Stage::Blocked { label: Some(_), .. } => {
            return Err(RemedyRefused::LabelBought);
        }
        Stage::Blocked { why, label: None } if is_about_address(*why) => {
            shipment.apply(Event::Release, now)?
        }
        Stage::Blocked { why, label: None } => {
            return Err(RemedyRefused::NoHelp { remedy: RemedyKind::ConfirmAddress, kind: *why });
        }
        Stage::Held { .. }
        | Stage::Ready
        | Stage::Rated { .. }
        | Stage::Voiding { .. }
        | Stage::Cancelled { .. } => {
            if confirmed {
                return Err(RemedyRefused::AddressConfirmed);
            }
        }
        Stage::LabelPending { .. }
        | Stage::Uploaded { .. }
        | Stage::Scanned { .. }
        | Stage::Delivered { .. } => {
            return Err(RemedyRefused::Uploaded);
        }
        Stage::ShippedElsewhere => return Err(RemedyRefused::Over),
    }
    record.overrides.confirmed = Some(address);
    note(record, RemedyKind::ConfirmAddress, "The address was confirmed.", now);
    record.refresh_exceptions(now);
    Ok(vec![order_change(record.key())])
}

/// True for what confirming the address resolves. A missing field counts too: it may have been completed since.
fn is_about_address(kind: ExceptionKind) -> bool {
    matches!(
        kind,
        ExceptionKind::AddressIncomplete
            | ExceptionKind::AddressUndeliverable
            | ExceptionKind::AddressMismatch
            | ExceptionKind::AddressUnprintable
    )
}

/// The address as TikTok shows it, without any correction; `None` while TikTok shows none or masks it.
fn shown(record: &OrderRecord) -> Option<Address> {
    let stored = record.order.recipient.as_ref()?;
    let corrected = record.overrides.correction.as_ref().filter(|correction| correction.to == *stored);
    let shown = corrected.map_or(stored, |correction| &correction.of);
    (!is_masked(shown)).then(|| shown.clone())
}
