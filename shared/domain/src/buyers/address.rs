//! Addresses, and what matters about them to carriers.

mod check;
mod label_address;
mod limits;
mod phone;
mod postal;
mod postal_code;
mod printable;
mod territory;
mod zip;

use std::fmt;

use serde::{Deserialize, Serialize};

pub use check::{AddressFault, check, is_masked};
pub use label_address::{LabelAddress, label_address};
pub use limits::{AddressIssue, Field, Party, address_issue};
pub use phone::dialable;

use limits::{STREET_CHARS_COMMON, STREET_CHARS_MAX};
pub use territory::{postal_state, territory_code};

/// A postal address. Its `Debug` shows only country and state: the rest is personal data.
#[derive(Clone, Default, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub struct Address {
    pub name: String,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub company: Option<String>,
    /// Street and house number.
    pub street1: String,
    /// Apartment, floor or building; may be empty.
    #[serde(default)]
    pub street2: String,
    pub city: String,
    /// State or province; two letters in the United States.
    pub state: String,
    pub postal_code: String,
    /// The country's code, ISO 3166-1 alpha-2.
    pub country: String,
    /// As the shop knows it; may be empty or masked.
    #[serde(default)]
    pub phone: String,
}

impl fmt::Debug for Address {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Address({} {})", self.country, self.state)
    }
}

/// What kind of place an address is, as far as that decides who delivers there.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Place {
    /// A street address in a state.
    Street,
    /// A PO box: only the postal service and services that hand over to it deliver there.
    PoBox,
    /// Kept at the post office until somebody picks it up.
    GeneralDelivery,
    /// A box on a rural or highway route, given by the route's number without a street.
    PostalRoute,
    /// APO, FPO or DPO.
    Military,
    /// Puerto Rico, Guam and the other territories.
    Territory,
}

const MILITARY_STATES: [&str; 3] = ["AA", "AE", "AP"];
const TERRITORIES: [&str; 8] = ["PR", "GU", "VI", "AS", "MP", "FM", "MH", "PW"];

impl Place {
    /// True if only the postal service, and services that hand over to it for the last mile, deliver there.
    pub fn is_postal_only(self) -> bool {
        match self {
            Self::PoBox | Self::GeneralDelivery | Self::PostalRoute | Self::Military => true,
            Self::Street | Self::Territory => false,
        }
    }
}

impl Address {
    /// What kind of place this is.
    pub fn place(&self) -> Place {
        // In other countries the same letters are a province: AP is Ascoli Piceno in Italy.
        let state = self.canonical_state();
        if state.as_ref().is_some_and(|state| self.is_military(state)) {
            return Place::Military;
        }
        let territory = state.is_some_and(|state| TERRITORIES.contains(&state.as_str()));
        postal::place(self).unwrap_or(if territory { Place::Territory } else { Place::Street })
    }

    /// True if both are the same person at the same place. The phone may differ, because TikTok masks it after a time.
    pub fn is_same_place(&self, other: &Self) -> bool {
        *self == Self { phone: self.phone.clone(), ..other.clone() }
    }

    /// True for an address of the armed forces or an embassy, by its state, its city or its ZIP code. For addresses in the
    /// United States only.
    fn is_military(&self, state: &str) -> bool {
        MILITARY_STATES.contains(&state)
            || is_military_city(&self.city)
            || territory::military_state_of(&self.postal_code).is_some()
    }

    /// The fields that a label needs, with their plain names.
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

/// True if the city is a military post office, with or without its state: `APO`, `FPO AP`.
fn is_military_city(city: &str) -> bool {
    let words = city.split(|c: char| !c.is_alphanumeric()).filter(|word| !word.is_empty());
    let mut words = words.map(str::to_ascii_uppercase);
    let first = words.next().unwrap_or_default();
    let rest = words.next();
    matches!(first.as_str(), "APO" | "FPO" | "DPO")
        && rest.is_none_or(|rest| MILITARY_STATES.contains(&rest.as_str()))
}

#[cfg(test)]
mod tests {
    use super::{Address, Place};

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
