//! Who receives the parcel, and whether the address can be right.

use std::time::Duration;

use domain::address::{Address, AddressFault, check, is_masked};
use domain::exception::ExceptionKind;
use domain::record::OrderRecord;
use steps::Setback;

use crate::Obstacle;

/// The pause before an order whose address TikTok masks is read back.
const MASKED: Duration = Duration::from_secs(30);

/// The address that the order is sent to.
pub(crate) fn of(record: &OrderRecord) -> Result<Address, Obstacle> {
    let incomplete = |detail: String| Obstacle::Block(ExceptionKind::AddressIncomplete, detail);
    let Some(to) = &record.order.recipient else {
        return Err(incomplete("TikTok shows no address.".to_owned()));
    };
    // A person who corrected the address knows better than a table.
    let corrected = record.decided.correction.is_some();
    // Not a bad address: TikTok hides it outside the states in which it may be shipped.
    if !corrected && is_masked(to) {
        return Err(Obstacle::NotShown(Setback::passing("TikTok shows the address masked", MASKED)));
    }
    let mut missing = Vec::new();
    let mut contradiction = None;
    for fault in check(to) {
        match fault {
            AddressFault::Incomplete { field } => missing.push(field),
            fault => contradiction = Some(fault),
        }
    }
    if !missing.is_empty() {
        return Err(incomplete(format!("The address lacks {}.", missing.join(", "))));
    }
    match contradiction {
        Some(fault) if !corrected => Err(Obstacle::Block(ExceptionKind::AddressMismatch, sentence(&fault))),
        _ => Ok(to.clone()),
    }
}

fn sentence(fault: &AddressFault) -> String {
    let text = fault.to_string();
    let mut letters = text.chars();
    let first = letters.next().map(|letter| letter.to_ascii_uppercase());
    format!("{}{}.", first.into_iter().collect::<String>(), letters.as_str())
}
