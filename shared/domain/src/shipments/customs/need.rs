//! Which parcels need a customs form.

use crate::address::{Address, Place};

/// Who requires a customs form.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum FormNeed {
    None,
    /// Every carrier but the Postal Service: USPS treats Puerto Rico and the Virgin Islands as states, UPS and FedEx as abroad.
    ExceptUsps,
    Always,
    /// The parcel crosses a border, which takes more than the form that Punctual makes.
    Border,
}

/// Territories and freely associated states outside the customs territory of the United States.
const OUTSIDE: [&str; 6] = ["GU", "AS", "MP", "FM", "MH", "PW"];
/// Territories that the Postal Service treats as a state.
const LIKE_STATES: [&str; 2] = ["PR", "VI"];

/// Between these countries no form is needed.
const EUROPEAN_UNION: [&str; 27] = [
    "AT", "BE", "BG", "CY", "CZ", "DE", "DK", "EE", "ES", "FI", "FR", "GR", "HR", "HU", "IE", "IT", "LT",
    "LU", "LV", "MT", "NL", "PL", "PT", "RO", "SE", "SI", "SK",
];

/// Where a place lies for customs.
#[derive(PartialEq, Eq)]
enum Area {
    States,
    LikeStates(String),
    Outside(String),
}

/// Whether goods from `from` to `to` need a customs form.
///
/// - APO, FPO and DPO: goods of any weight (Domestic Mail Manual 703.2 and 608.2.3; USPS sends back what comes without
///   a form, by its notices of July 2024 and March 2026).
/// - ZIP codes 96799 and 969, which are American Samoa, Guam, the Northern Marianas, Palau, Micronesia and the Marshalls
///   (608.2.3, before July 2025 608.2.4). The rule once applied from 16 ounces on; label services ask for the form at any
///   weight (stamps.com, Ship.com), and so does Punctual.
/// - Puerto Rico and the Virgin Islands: USPS requires none, UPS and FedEx do (help pages of ShipStation and Shippo).
pub fn form_need(from: &Address, to: &Address) -> FormNeed {
    let (from, to) = (from.clone().canonical(), to.clone().canonical());
    let country = |address: &Address| address.country.trim().to_ascii_uppercase();
    let (from_country, to_country) = (country(&from), country(&to));
    if from_country.is_empty() || to_country.is_empty() {
        return FormNeed::None;
    }
    if from_country != to_country {
        let is_in_union = |country: &String| EUROPEAN_UNION.contains(&country.as_str());
        let both = is_in_union(&from_country) && is_in_union(&to_country);
        return if both { FormNeed::None } else { FormNeed::Border };
    }
    if to_country != "US" {
        return FormNeed::None;
    }
    let areas = [area(&from), area(&to)];
    if areas[0] == areas[1] {
        return FormNeed::None;
    }
    match areas.iter().any(|area| matches!(area, Area::Outside(_))) {
        true => FormNeed::Always,
        false => FormNeed::ExceptUsps,
    }
}

/// The area of a place in the United States. The ZIP code counts as well as the state, which may have been mistyped.
fn area(address: &Address) -> Area {
    let state = address.state.trim().to_ascii_uppercase();
    let zip = address.postal_code.trim();
    if address.place() == Place::Military {
        return Area::Outside("military".to_owned());
    }
    if OUTSIDE.contains(&state.as_str()) || zip.starts_with("969") || zip.starts_with("96799") {
        return Area::Outside(state);
    }
    if LIKE_STATES.contains(&state.as_str()) {
        return Area::LikeStates(state);
    }
    Area::States
}

#[cfg(test)]
mod tests {
    use super::{FormNeed, form_need};
    use crate::address::Address;

    fn at(state: &str, country: &str, zip: &str) -> Address {
        Address {
            state: state.into(),
            country: country.into(),
            postal_code: zip.into(),
            ..Address::default()
        }
    }

    #[track_caller]
    fn check(to: Address, expect: FormNeed) {
        assert_eq!(form_need(&at("OH", "US", "43215"), &to), expect, "{to:?}");
        assert_eq!(form_need(&to, &at("OH", "US", "43215")), expect, "from {to:?}");
    }

    #[test]
    fn by_state_country_and_zip() {
        check(at("HI", "US", "96813"), FormNeed::None);
        check(at("AK", "US", "99501"), FormNeed::None);
        for state in ["AA", "AE", "AP", "Armed Forces Europe"] {
            check(at(state, "US", ""), FormNeed::Always);
        }
        check(Address { city: "DPO".into(), ..at("", "US", "") }, FormNeed::Always);
        for zip in ["09012", "34002", "96201", "96649-1234", "96910", "96799", "96940"] {
            check(at("", "US", zip), FormNeed::Always);
        }
        for place in ["GU", "AS", "MP", "FM", "MH", "PW"] {
            check(at(place, "US", ""), FormNeed::Always);
            check(at("", place, ""), FormNeed::Always);
        }
        check(at("Northern Mariana Islands", "US", "96950"), FormNeed::Always);
        for place in ["PR", "VI"] {
            check(at(place, "US", ""), FormNeed::ExceptUsps);
            check(at("", place, ""), FormNeed::ExceptUsps);
        }
        check(at("ON", "CA", "K1A 0B1"), FormNeed::Border);
        check(at("", "", ""), FormNeed::None);
    }

    #[test]
    fn within_a_place_there_is_no_customs() {
        let none = |from: Address, to: Address| assert_eq!(form_need(&from, &to), FormNeed::None);
        none(at("GU", "US", "96910"), at("Guam", "GU", "96913"));
        none(at("PR", "US", "00901"), at("", "PR", "00901"));
        none(at("", "GB", ""), at("", "GB", ""));
        none(at("", "DE", ""), at("", "FR", ""));
        assert_eq!(form_need(&at("", "DE", ""), &at("", "GB", "")), FormNeed::Border);
        assert_eq!(form_need(&at("GU", "US", ""), &at("MP", "US", "")), FormNeed::Always);
        assert_eq!(form_need(&at("PR", "US", ""), &at("VI", "US", "")), FormNeed::ExceptUsps);
    }
}
