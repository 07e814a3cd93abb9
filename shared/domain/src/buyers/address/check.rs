//! What can be known to be wrong with an address without asking a carrier.

use super::zip::{known_state, prefix_of, states};
use super::{Address, TERRITORIES, postal_code, postal_state};

/// Something that is wrong with an address. Its `Display` names the field and what was expected there, without personal
/// data.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum AddressFault {
    /// A field that a label needs is empty.
    #[error("the address has no {field}")]
    Incomplete {
        /// The field's plain name.
        field: &'static str,
    },
    /// The postal code does not have the form of its country.
    #[error("the postal code should be {expected}")]
    ZipMalformed { expected: &'static str },
    #[error("no ZIP code begins with {prefix:03}, as this postal code does")]
    UnknownZip {
        /// The first three digits.
        prefix: u16,
    },
    /// The ZIP code belongs to another state.
    #[error("the postal code is in {zip_state}, but the state is {state}")]
    ZipMismatch {
        /// The state in which most ZIP codes of the prefix are.
        zip_state: &'static str,
        /// The state of the address.
        state: &'static str,
    },
}

/// True if TikTok masks the address (`J*** D**`, `1*** Coleman Ave`, `902**`), as it does in statuses in which the order
/// can't be shipped. A masked phone alone does not count, because phones are masked in plain addresses too. Nor does an
/// asterisk that the buyer wrote, as in `Anna*`: an order that waits for it to be unmasked would wait forever.
pub fn is_masked(address: &Address) -> bool {
    let texts = [&address.name, &address.street1, &address.street2, &address.city];
    let codes = [&address.state, &address.postal_code];
    texts.into_iter().any(|text| is_masked_text(text)) || codes.into_iter().any(|code| hides(code))
}

/// A mask is a run of asterisks, or an asterisk with at most one letter on each side: `J*`, `J*n`.
fn is_masked_text(text: &str) -> bool {
    text.contains("**") || text.split_whitespace().any(is_masked_word)
}

fn is_masked_word(word: &str) -> bool {
    let is_initial = |part: &str| part.chars().all(char::is_alphabetic) && part.chars().count() <= 1;
    word.len() > 1
        && word.split_once('*').is_some_and(|(before, after)| is_initial(before) && is_initial(after))
}

/// What is wrong with the address. A masked postal code is not checked. Post office boxes and military addresses are no
/// faults: they limit the choice of services. Whether the city fits the ZIP code is up to the carrier's verification, as is
/// a state that is not a code of the United States.
pub fn check(address: &Address) -> Vec<AddressFault> {
    let empty = address.needed_fields().into_iter().filter(|(_, value)| value.trim().is_empty());
    let mut faults: Vec<_> = empty.map(|(field, _)| AddressFault::Incomplete { field }).collect();
    let code = address.postal_code.trim();
    if !code.is_empty() && !hides(code) {
        faults.extend(postal_code_fault(address, code));
    }
    faults
}

fn postal_code_fault(address: &Address, code: &str) -> Option<AddressFault> {
    let country = address.country.trim().to_ascii_uppercase();
    // A territory may be given as the country; its postal codes are ZIP codes too.
    let state = match country.as_str() {
        "US" => postal_state(&address.state).to_ascii_uppercase(),
        territory if TERRITORIES.contains(&territory) => country,
        _ => {
            let expected = postal_code::expected(&country, code)?;
            return Some(AddressFault::ZipMalformed { expected });
        }
    };
    let Some(prefix) = prefix_of(code) else {
        return Some(AddressFault::ZipMalformed { expected: "five digits, or nine" });
    };
    let Some((zip_state, states)) = states(prefix).and_then(|states| Some((*states.first()?, states))) else {
        return Some(AddressFault::UnknownZip { prefix });
    };
    let state = known_state(&state)?;
    (!states.contains(&state)).then_some(AddressFault::ZipMismatch { zip_state, state })
}

/// No code has an asterisk of its own.
fn hides(code: &str) -> bool {
    code.contains('*')
}
