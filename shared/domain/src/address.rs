//! Addresses and what a carrier must know of them.

mod check;
mod postal_code;
mod territory;
mod zip;

use std::fmt;

use serde::{Deserialize, Serialize};

pub use check::{AddressFault, check, is_masked};
pub use territory::{postal_state, territory_code};

/// A postal address. Its `Debug` shows only country and state: the rest is personal data.
#[derive(Clone, Default, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub struct Address {
    /// The person who receives.
    pub name: String,
    /// The firm, where there is one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub company: Option<String>,
    /// Street and house number.
    pub street1: String,
    /// Flat, floor or building; empty when there is none.
    #[serde(default)]
    pub street2: String,
    /// City or town.
    pub city: String,
    /// State or province: for the United States the two letters.
    pub state: String,
    /// Postal code.
    pub postal_code: String,
    /// ISO 3166-1 alpha-2.
    pub country: String,
    /// Phone, as the shop knows it.
    #[serde(default)]
    pub phone: String,
}

impl fmt::Debug for Address {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Address({} {})", self.country, self.state)
    }
}

/// What kind of place an address is, as far as it decides who delivers there.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Place {
    /// A street address in a state.
    Street,
    /// A post office box: only the postal service and products handed to it deliver.
    PoBox,
    /// APO, FPO or DPO.
    Military,
    /// Puerto Rico, Guam and the other territories.
    Territory,
}

const MILITARY_STATES: [&str; 3] = ["AA", "AE", "AP"];
const TERRITORIES: [&str; 8] = ["PR", "GU", "VI", "AS", "MP", "FM", "MH", "PW"];

impl Address {
    /// What kind of place this is.
    pub fn place(&self) -> Place {
        // Elsewhere the same letters are a province: AP is Ascoli Piceno in Italy.
        let state = self.canonical_state();
        if state.as_ref().is_some_and(|state| self.is_military(state)) {
            Place::Military
        } else if is_po_box(&self.street1) || is_po_box(&self.street2) {
            Place::PoBox
        } else if state.is_some_and(|state| TERRITORIES.contains(&state.as_str())) {
            Place::Territory
        } else {
            Place::Street
        }
    }

    /// True for an address of the armed forces or an embassy, in the United States by its country: its state says so, its
    /// city or its ZIP code.
    fn is_military(&self, state: &str) -> bool {
        MILITARY_STATES.contains(&state)
            || is_military_city(&self.city)
            || territory::military_state_of(&self.postal_code).is_some()
    }

    /// The fields that a label needs, by name.
    fn needed_fields(&self) -> [(&'static str, &str); 5] {
        [
            ("name", &self.name),
            ("street", &self.street1),
            ("city", &self.city),
            ("postal code", &self.postal_code),
            ("country", &self.country),
        ]
    }
}

fn is_military_city(city: &str) -> bool {
    matches!(city.trim().to_ascii_uppercase().as_str(), "APO" | "FPO" | "DPO")
}

/// True for `PO Box 12`, `PO Box12`, `P.O. Box`, `P O BOX`, `Post Office Box`, `POB 12`; not for `Boxwood Street`.
fn is_po_box(street: &str) -> bool {
    let words: String = street
        .to_ascii_lowercase()
        .chars()
        .filter(|c| *c != '.')
        .map(|c| if c.is_alphabetic() { c } else { ' ' })
        .collect();
    let words: Vec<&str> = words.split_whitespace().collect();
    let starts = |prefix: &[&str]| words.windows(prefix.len()).any(|w| w == prefix);
    starts(&["po", "box"])
        || starts(&["p", "o", "box"])
        || starts(&["post", "office", "box"])
        || words.contains(&"pobox")
        || words.first() == Some(&"pob")
}

#[cfg(test)]
mod tests {
    use super::{Address, Place};

    #[track_caller]
    fn check(street1: &str, city: &str, state: &str, expect: Place) {
        let address =
            Address { street1: street1.into(), city: city.into(), state: state.into(), ..united_states() };
        assert_eq!(address.place(), expect, "{street1}, {city} {state}");
    }

    fn united_states() -> Address {
        Address { country: "US".into(), ..Address::default() }
    }

    #[test]
    fn knows_the_kind_of_place() {
        check("PO Box 12", "Reno", "NV", Place::PoBox);
        check("P.O. Box 12", "Reno", "NV", Place::PoBox);
        check("p o box 7", "Reno", "NV", Place::PoBox);
        check("Post Office Box 7", "Reno", "NV", Place::PoBox);
        check("POB 7", "Reno", "NV", Place::PoBox);
        check("PO Box12", "Reno", "NV", Place::PoBox);
        check("P.O.Box #12", "Reno", "NV", Place::PoBox);
        check("POBOX 12", "Reno", "NV", Place::PoBox);
        check("p.o. box", "San Juan", "PR", Place::PoBox);
        check("Box 12", "Reno", "NV", Place::Street);
        check("12 Pobjoy Way", "Reno", "NV", Place::Street);
        check("", "", "", Place::Street);
        check("ß İ 邮政", "Reno", "NV", Place::Street);
        check("9 Boxwood Street", "Reno", "NV", Place::Street);
        check("12 Depot Box Lane", "Reno", "NV", Place::Street);
        check("Unit 2050 Box 4190", "APO", "AP", Place::Military);
        check("PSC 3", "FPO", "ae", Place::Military);
        check("PO Box 3", "DPO", "AE", Place::Military);
        check("Calle 3", "San Juan", "PR", Place::Territory);
    }

    #[test]
    fn a_box_in_the_second_line_counts() {
        let address = Address { street1: "Hill House".into(), street2: "PO Box 3".into(), ..united_states() };
        assert_eq!(address.place(), Place::PoBox);
    }

    #[test]
    fn the_letters_mean_something_else_in_another_country() {
        let check = |country: &str, state: &str, city: &str, expect: Place| {
            let address = Address {
                street1: "Via Roma 1".into(),
                city: city.into(),
                state: state.into(),
                country: country.into(),
                ..Address::default()
            };
            assert_eq!(address.place(), expect, "{city} {state} {country}");
        };
        check("IT", "AP", "Ascoli Piceno", Place::Street);
        check("IT", "PR", "Parma", Place::Street);
        check("FR", "", "Apo", Place::Street);
        check("PR", "", "San Juan", Place::Territory);
        check("us", " ap ", "", Place::Military);
    }

    #[test]
    fn debug_shows_no_person() {
        let address =
            Address { name: "Ann".into(), state: "NV".into(), country: "US".into(), ..Address::default() };
        assert_eq!(format!("{address:?}"), "Address(US NV)");
    }
}
