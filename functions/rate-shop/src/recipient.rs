//! Who receives the parcel, and whether the address can be right.

use std::time::Duration;

use domain::address::{Address, AddressFault, LabelAddress, check, is_masked, label_address};
use domain::exception::ExceptionKind;
use domain::record::OrderRecord;
use domain::retry::Retry;
use workflow::Deferral;

use crate::Obstacle;

/// The pause before an order whose address TikTok masks is read back.
const MASKED: Duration = Duration::from_secs(30);

/// The address that the order is sent to, as a label prints it. `phones` are the seller's, for a buyer without one.
pub(crate) fn of(record: &OrderRecord, phones: &[&str]) -> Result<Address, Obstacle> {
    checked(record.order.recipient.as_ref(), record.has_confirmed_address(), phones)
}

/// The address, if a label can be made of it. A person who corrected or confirmed it knows better than a table.
fn checked(recipient: Option<&Address>, by_person: bool, phones: &[&str]) -> Result<Address, Obstacle> {
    let incomplete = |detail: String| Obstacle::Block(ExceptionKind::AddressIncomplete, detail);
    let Some(to) = recipient else {
        return Err(incomplete("TikTok shows no address.".to_owned()));
    };
    // Not a bad address: TikTok hides it outside the states in which it may be shipped.
    if is_masked(to) {
        return Err(Obstacle::NotShown(Deferral::passing(
            "TikTok shows the address masked",
            Retry::After(MASKED),
        )));
    }
    let LabelAddress { address: to, unprintable } = label_address(to, phones);
    if !unprintable.is_empty() && !by_person {
        let detail = format!("A label can't print all of the address: {}.", unprintable.join(", "));
        return Err(Obstacle::Block(ExceptionKind::AddressUnprintable, detail));
    }
    let mut missing = Vec::new();
    let mut contradiction = None;
    for fault in check(&to) {
        match fault {
            AddressFault::Incomplete { field } => missing.push(field),
            fault => contradiction = Some(fault),
        }
    }
    if !missing.is_empty() {
        return Err(incomplete(format!("The address lacks {}.", missing.join(", "))));
    }
    match contradiction {
        Some(fault) if !by_person => Err(Obstacle::Block(ExceptionKind::AddressMismatch, sentence(&fault))),
        _ => Ok(to),
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
    use workflow::Deferral;

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
    fn stopped(to: Option<&Address>, by_person: bool) -> Option<(Option<ExceptionKind>, String)> {
        match checked(to, by_person, &[]) {
            Ok(_) => None,
            Err(Obstacle::Block(why, detail)) => Some((Some(why), detail)),
            Err(Obstacle::NotShown(Deferral::Failed { what, .. })) => Some((None, what)),
            Err(Obstacle::NotShown(_) | Obstacle::Deferral(_)) => panic!("no other setback is the address's"),
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
    fn what_no_label_prints_is_seen_by_a_person_before_it_is_bought() {
        use ExceptionKind::AddressUnprintable;
        let hangul = Address { name: "서울특".into(), ..reno("89501") };
        let detail = "A label can't print all of the address: name.";
        assert_eq!(stopped(Some(&hangul), false), blocked(AddressUnprintable, detail));
        let half = Address { name: "서울특 Kim".into(), ..reno("89501") };
        assert_eq!(checked(Some(&half), false, &[]).ok().map(|to| to.name), Some("Kim".to_owned()));
        let street = Address { street1: "12 Улица Elm".into(), ..reno("89501") };
        let detail = "A label can't print all of the address: street.";
        assert_eq!(stopped(Some(&street), false), blocked(AddressUnprintable, detail));
        // Confirmed: what prints of it is printed.
        assert_eq!(checked(Some(&street), true, &[]).ok().map(|to| to.street1), Some("12 Elm".to_owned()));
        let lacks = blocked(ExceptionKind::AddressIncomplete, "The address lacks name.");
        assert_eq!(stopped(Some(&hangul), true), lacks, "no confirmation makes a label of nothing");
    }

    #[test]
    fn a_masked_address_is_waited_for() {
        let masked = Address { name: "A** E******".into(), postal_code: "902**".into(), ..reno("") };
        for by_person in [false, true] {
            let waits = Some((None, "TikTok shows the address masked".to_owned()));
            assert_eq!(stopped(Some(&masked), by_person), waits);
        }
    }
}
