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
    checked(record.order.recipient.as_ref(), record.decided.correction.is_some())
}

/// The address, if a label can be made of it. A person who `corrected` it knows better than a table.
fn checked(recipient: Option<&Address>, corrected: bool) -> Result<Address, Obstacle> {
    let incomplete = |detail: String| Obstacle::Block(ExceptionKind::AddressIncomplete, detail);
    let Some(to) = recipient else {
        return Err(incomplete("TikTok shows no address.".to_owned()));
    };
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

#[cfg(test)]
mod tests {
    use domain::address::Address;
    use domain::exception::ExceptionKind;

    use super::checked;
    use crate::Obstacle;

    fn reno(postal_code: &str) -> Address {
        Address {
            name: "Ann Example".into(),
            street1: "12 Elm Street".into(),
            city: "Reno".into(),
            state: "NV".into(),
            postal_code: postal_code.into(),
            country: "US".into(),
            ..Address::default()
        }
    }

    /// What stops it.
    fn stopped(to: Option<&Address>, corrected: bool) -> Option<(Option<ExceptionKind>, String)> {
        match checked(to, corrected) {
            Ok(_) => None,
            Err(Obstacle::Block(why, detail)) => Some((Some(why), detail)),
            Err(Obstacle::Setback(setback) | Obstacle::NotShown(setback)) => Some((None, setback.what)),
        }
    }

    fn blocked(why: ExceptionKind, detail: &str) -> Option<(Option<ExceptionKind>, String)> {
        Some((Some(why), detail.to_owned()))
    }

    #[test]
    fn what_is_wrong_is_told_in_a_sentence() {
        use ExceptionKind::{AddressIncomplete, AddressMismatch};
        assert_eq!(stopped(Some(&reno("89501")), false), None);
        assert_eq!(stopped(None, false), blocked(AddressIncomplete, "TikTok shows no address."));
        let bare = Address { name: String::new(), city: " ".into(), ..reno("89501") };
        let lacks = blocked(AddressIncomplete, "The address lacks name, city.");
        assert_eq!(stopped(Some(&bare), false), lacks);
        assert_eq!(stopped(Some(&bare), true), lacks, "no correction makes a label of nothing");
        let mismatch = "The postal code is of CA, the state is NV.";
        assert_eq!(stopped(Some(&reno("90210")), false), blocked(AddressMismatch, mismatch));
        let malformed = "The postal code should be five digits, or nine.";
        assert_eq!(stopped(Some(&reno("9021")), false), blocked(AddressMismatch, malformed));
    }

    #[test]
    fn a_person_may_overrule_the_table() {
        for code in ["90210", "9021", "00000"] {
            assert_eq!(stopped(Some(&reno(code)), true), None, "{code}");
        }
    }

    #[test]
    fn a_masked_address_is_waited_for() {
        let masked = Address { name: "A** E******".into(), postal_code: "902**".into(), ..reno("") };
        assert_eq!(stopped(Some(&masked), false), Some((None, "TikTok shows the address masked".to_owned())));
    }
}
