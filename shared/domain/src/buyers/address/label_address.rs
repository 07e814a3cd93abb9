//! Turns an address into the form that carriers accept: recipient and sender, for quotes and labels.
//!
//! An aggregator takes one address for all its carriers, so only harmless changes are made here: characters that no label
//! prints are removed, and a line that is too long continues in the next if both then fit. A field that is too long for one
//! carrier stays as it is and rules out that carrier (see [`address_issue`](super::address_issue)).
//!
//! **Names in other scripts.** A name keeps its printable words if at least one of them has two letters or more: parcels are
//! delivered to an address, and one of the buyer's names next to it is enough (`서울특 Kim` is printed as `Kim`). If no such
//! word remains, a person has to see the address before anything is bought. Street, apartment and city must not lose a word,
//! because what remains would be another place.

use super::phone::dialable;
use super::printable::printable;
use super::{Address, STREET_CHARS_COMMON, STREET_CHARS_MAX};

/// An address as a label prints it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct LabelAddress {
    /// What is sent to the carriers. The phone is empty if there is none that can be dialed.
    pub address: Address,
    /// The plain names of the fields in which a label would miss something important.
    pub unprintable: Vec<&'static str>,
}

/// Turns `address` into the form that carriers accept. `phones` are the seller's numbers: the first that can be dialed
/// replaces a number that is masked, too short or missing.
pub fn label_address(address: &Address, phones: &[&str]) -> LabelAddress {
    let mut unprintable = Vec::new();
    let name = printable(&address.name);
    let company = address.company.as_deref().map(printable).filter(|company| is_name(&company.text));
    let mut company = company.map(|company| company.text);
    let name = match is_name(&name.text) || !name.lost_words && !name.text.is_empty() {
        true => name.text,
        false if address.name.trim().is_empty() => String::new(),
        false => {
            unprintable.push("name");
            name.text
        }
    };
    // A label needs a name or a company.
    let name =
        if name.is_empty() && unprintable.is_empty() { company.take().unwrap_or_default() } else { name };
    let mut whole = |field: &'static str, text: &str| {
        let printed = printable(text);
        if printed.lost_words || printed.text.is_empty() && !text.trim().is_empty() {
            unprintable.push(field);
        }
        printed.text
    };
    let street1 = whole("street", &address.street1);
    // An apartment that consists of emoji only is none.
    let street2 = match printable(&address.street2) {
        flat if flat.text.is_empty() && !flat.lost_words => String::new(),
        _ => whole("second line", &address.street2),
    };
    let city = whole("city", &address.city);
    let (street1, street2) = lines(street1, street2);
    let country = printable(&address.country).text;
    let phone = std::iter::once(address.phone.as_str()).chain(phones.iter().copied());
    let phone = phone.filter_map(|phone| dialable(phone, &country)).next().unwrap_or_default();
    let address = Address {
        name,
        company,
        street1,
        street2,
        city,
        state: printable(&address.state).text,
        postal_code: printable(&address.postal_code).text,
        country,
        phone,
    };
    LabelAddress { address, unprintable }
}

/// True if there is a word of two letters or more: initials and numbers name nobody.
fn is_name(text: &str) -> bool {
    let letters = |word: &str| word.chars().filter(|c| c.is_alphabetic()).count();
    text.split_whitespace().any(|word| letters(word) >= 2)
}

/// Words before an apartment number: both stay together, preferably on a line of their own.
const UNITS: [&str; 16] = [
    "apt",
    "apartment",
    "unit",
    "suite",
    "ste",
    "floor",
    "fl",
    "room",
    "rm",
    "building",
    "bldg",
    "lot",
    "space",
    "spc",
    "trlr",
    "#",
];

/// Moves the end of a long first line to the second, between words, for the narrowest labels on which both then fit: from the
/// apartment on if there is one, otherwise as late as possible. If that makes them fit on no label, they stay as they are.
fn lines(first: String, second: String) -> (String, String) {
    for max in [STREET_CHARS_COMMON, STREET_CHARS_MAX] {
        let fits = |line: &str| line.chars().count() <= usize::from(max);
        if fits(&first) && fits(&second) {
            return (first, second);
        }
        let cut = |at: usize| {
            let (head, tail) = (first[..at].trim_end_matches([',', ' ']), first[at..].trim_start());
            let moved = if second.is_empty() { tail.to_owned() } else { format!("{tail}, {second}") };
            (fits(head) && fits(&moved)).then(|| (head.to_owned(), moved))
        };
        let gaps: Vec<usize> = first.match_indices(' ').map(|(at, _)| at).collect();
        let before_unit =
            gaps.iter().filter(|at| first[**at..].split_whitespace().next().is_some_and(is_unit));
        let not_after_unit =
            gaps.iter().rev().filter(|at| !first[..**at].split_whitespace().next_back().is_some_and(is_unit));
        if !fits(&first)
            && let Some(cut) = before_unit.chain(not_after_unit).find_map(|at| cut(*at))
        {
            return cut;
        }
    }
    (first, second)
}

fn is_unit(word: &str) -> bool {
    let plain = word.trim_matches(|c: char| !c.is_alphanumeric() && c != '#').to_ascii_lowercase();
    UNITS.contains(&plain.as_str())
}
