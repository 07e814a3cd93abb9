//! An address that a person corrects, or finds right.

use jiff::Timestamp;

use super::label::subject;
use super::order::{before_upload, note};
use super::{RemedyKind, RemedyRefused, order_change};
use crate::address::{Address, AddressFault, check, fit, is_masked};
use crate::exception::ExceptionKind;
use crate::message::Message;
use crate::record::{AddressCorrection, OrderRecord};
use crate::stage::{Event, Stage};

/// Ships to `to` from `now` on, for as long as TikTok shows the address that it showed till now. A shipment that an
/// address blocked is released, and a rate for the old address is void. State and postal code that TikTok shows so are not
/// held against the table of postal codes: only what is written anew can be a slip of the pen.
///
/// # Errors
/// When `to` can't be used or printed, TikTok shows no address, a label is bought or being bought, or the order is not to be
/// shipped.
pub fn correct_address(
    record: &mut OrderRecord,
    to: Address,
    now: Timestamp,
) -> Result<Vec<Message>, RemedyRefused> {
    before_upload(record, now)?;
    if is_masked(&to) {
        return Err(RemedyRefused::AddressMasked);
    }
    let fitted = fit(&to, &[]);
    if let Some(field) = fitted.unprintable.first() {
        return Err(RemedyRefused::AddressUnprintable { field });
    }
    let faults = check(&fitted.address);
    if let Some(fault) = faults.iter().find(|fault| matches!(fault, AddressFault::Incomplete { .. })) {
        return Err(RemedyRefused::Address(fault.clone()));
    }
    let of = shown(record).ok_or(RemedyRefused::AddressHidden)?;
    let written_anew = (&to.state, &to.postal_code, &to.country) != (&of.state, &of.postal_code, &of.country);
    if let Some(fault) = faults.into_iter().next().filter(|_| written_anew) {
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
        // Its label is given back: the next one is for the new address.
        | Stage::Voiding { .. }
        | Stage::Cancelled { .. } => {}
        Stage::Uploaded { .. } | Stage::Scanned { .. } | Stage::Delivered { .. } => {
            return Err(RemedyRefused::Uploaded);
        }
        Stage::ShippedElsewhere => return Err(RemedyRefused::Over),
    }
    record.order.recipient = Some(to.clone());
    // To go back to what TikTok shows is to correct nothing.
    record.overrides.correction = (of != to).then_some(AddressCorrection { of, to });
    record.overrides.confirmed = None;
    note(record, RemedyKind::CorrectAddress, "The address was corrected.", now);
    record.close_exception(ExceptionKind::BuyerReportsWrongAddress, None, now);
    record.refresh_exceptions(now);
    Ok(vec![order_change(record.key())])
}

/// Ships to the address as it stands, from `now` on and for as long as it stands: a person found it right, whatever the
/// carrier's verification and the table of postal codes say. Of what no label prints the rest is printed. A carrier that
/// refuses to sell a label for it refuses all the same.
///
/// # Errors
/// When no label can be made of it, TikTok shows no address, it is confirmed already, something else blocks the
/// shipment, a label is bought or being bought, or the order is not to be shipped.
pub fn confirm_address(record: &mut OrderRecord, now: Timestamp) -> Result<Vec<Message>, RemedyRefused> {
    before_upload(record, now)?;
    let address = record
        .order
        .recipient
        .clone()
        .filter(|shown| !is_masked(shown))
        .ok_or(RemedyRefused::AddressHidden)?;
    let faults = check(&fit(&address, &[]).address);
    if let Some(fault) = faults.into_iter().find(|fault| matches!(fault, AddressFault::Incomplete { .. })) {
        return Err(RemedyRefused::NoLabelOf(fault));
    }
    let confirmed =
        record.overrides.confirmed.as_ref().is_some_and(|confirmed| confirmed.is_same_place(&address));
    let shipment = subject(record)?;
    match &shipment.stage {
        Stage::Buying { .. } => return Err(RemedyRefused::PurchaseRunning),
        Stage::Labelled { .. } | Stage::Blocked { label: Some(_), .. } => {
            return Err(RemedyRefused::LabelBought);
        }
        Stage::Blocked { why, label: None } if is_of_address(*why) => shipment.apply(Event::Release, now)?,
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
        Stage::Uploaded { .. } | Stage::Scanned { .. } | Stage::Delivered { .. } => {
            return Err(RemedyRefused::Uploaded);
        }
        Stage::ShippedElsewhere => return Err(RemedyRefused::Over),
    }
    record.overrides.confirmed = Some(address);
    note(record, RemedyKind::ConfirmAddress, "The address was confirmed.", now);
    record.refresh_exceptions(now);
    Ok(vec![order_change(record.key())])
}

fn is_of_address(kind: ExceptionKind) -> bool {
    matches!(
        kind,
        ExceptionKind::AddressIncomplete
            | ExceptionKind::AddressUndeliverable
            | ExceptionKind::AddressMismatch
            | ExceptionKind::AddressUnprintable
    )
}

/// The address as TikTok shows it, whatever was corrected; `None` while it shows none, or hides it.
fn shown(record: &OrderRecord) -> Option<Address> {
    let stored = record.order.recipient.as_ref()?;
    let corrected = record.overrides.correction.as_ref().filter(|correction| correction.to == *stored);
    let shown = corrected.map_or(stored, |correction| &correction.of);
    (!is_masked(shown)).then(|| shown.clone())
}
