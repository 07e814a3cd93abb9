//! The recipient's address. State and city come only from the address levels.

use domain::address::{Address, postal_state, territory_code};
use domain::market::Market;

use crate::wire::order::{District, Recipient};

/// Countries whose name may come in place of a code.
const COUNTRIES: [(&str, &str); 3] =
    [("United States", "US"), ("United States of America", "US"), ("United Kingdom", "GB")];

/// The address, or `None` where TikTok shows none: before payment and during the buyer's first hour.
pub fn recipient(wire: Recipient) -> Option<Address> {
    let is_empty = [&wire.name, &wire.address_line1, &wire.address_detail, &wire.postal_code]
        .iter()
        .all(|field| field.is_empty());
    if is_empty {
        return None;
    }
    let country = match level(&wire.district_info, "L0") {
        Some(level) if wire.region_code.is_empty() => country_code(&level.iso_code, &level.address_name),
        _ => country_code(&wire.region_code, ""),
    };
    let (street1, street2) = street(&wire);
    let address = Address {
        street1,
        street2,
        city: city(&wire),
        state: level(&wire.district_info, "L1").map(|level| state(level, &country)).unwrap_or_default(),
        name: if wire.name.is_empty() {
            joined(&[&wire.first_name, &wire.last_name], " ")
        } else {
            wire.name
        },
        company: None,
        postal_code: wire.postal_code,
        country,
        phone: unmasked(wire.phone_number),
    };
    Some(address.canonical())
}

/// A masked phone number counts as none: a carrier would print the asterisks.
pub fn unmasked(phone: String) -> String {
    if phone.contains('*') { String::new() } else { phone }
}

/// The parts that are not empty, joined.
pub fn joined(parts: &[&str], separator: &str) -> String {
    parts.iter().copied().filter(|part| !part.is_empty()).collect::<Vec<_>>().join(separator)
}

/// The first line is the street. Older answers have only the detail.
fn street(wire: &Recipient) -> (String, String) {
    let rest = [wire.address_line2.as_str(), &wire.address_line3, &wire.address_line4];
    let first = if wire.address_line1.is_empty() { &wire.address_detail } else { &wire.address_line1 };
    (first.clone(), joined(&rest, ", "))
}

fn level<'a>(levels: &'a [District], name: &str) -> Option<&'a District> {
    levels.iter().find(|level| level.address_level.eq_ignore_ascii_case(name))
}

/// The country by its code, or by its name where there is no code; empty when it is not known.
pub fn country_code(code: &str, name: &str) -> String {
    let named =
        || COUNTRIES.iter().find(|(country, _)| country.eq_ignore_ascii_case(name)).map(|(_, code)| *code);
    let code =
        if code.len() == 2 { code } else { named().or_else(|| territory_code(name)).unwrap_or_default() };
    Market::new(code).code().to_owned()
}

/// `US-CA` gives `CA`; without such a code the name decides.
fn state(level: &District, country: &str) -> String {
    let code = level
        .iso_code
        .split_once('-')
        .filter(|(of, _)| of.eq_ignore_ascii_case(country))
        .map(|(_, code)| code);
    match code {
        Some(code) => postal_state(code),
        None if level.address_name.is_empty() => postal_state(&level.iso_code),
        None => postal_state(&level.address_name),
    }
}

/// The level that is called a city, or else the deepest one below the state. British addresses may have a post town instead.
fn city(wire: &Recipient) -> String {
    let levels = || wire.district_info.iter().filter(|level| !level.address_name.is_empty());
    let called_city = || levels().find(|level| level.address_level_name.eq_ignore_ascii_case("city"));
    let below_state = || levels().filter(|level| matches!(level.address_level.as_str(), "L2" | "L3" | "L4"));
    let deepest = || below_state().max_by(|a, b| a.address_level.cmp(&b.address_level));
    called_city().or_else(deepest).map_or_else(|| wire.post_town.clone(), |level| level.address_name.clone())
}

#[cfg(test)]
mod tests {
    use domain::address::Address;
    use serde_json::{Value, json};

    use super::recipient;

    fn read(value: Value) -> Option<Address> {
        recipient(serde_json::from_value(value).unwrap())
    }

    #[test]
    fn state_and_city_come_from_the_levels() {
        let address = read(json!({
            "name": "Ann Lee\n", "address_line1": "1 Elm St ", "address_line2": "Apt 4", "address_line3": "",
            "postal_code": "95110", "region_code": "US", "phone_number": "(+1)2135550100",
            "district_info": [
                {"address_level": "L0", "address_level_name": "Country", "address_name": "United States"},
                {"address_level": "L1", "address_level_name": "State", "address_name": "California"},
                {"address_level": "L2", "address_level_name": "County", "address_name": "Santa Clara"},
                {"address_level": "L3", "address_level_name": "City", "address_name": "San Jose"},
                {"address_level": "L4", "address_level_name": "District", "address_name": "Rose Garden"},
            ],
        }))
        .unwrap();
        let expect = Address {
            name: "Ann Lee".into(),
            street1: "1 Elm St".into(),
            street2: "Apt 4".into(),
            city: "San Jose".into(),
            state: "CA".into(),
            postal_code: "95110".into(),
            country: "US".into(),
            phone: "(+1)2135550100".into(),
            company: None,
        };
        assert!(address == expect);
    }

    #[track_caller]
    fn check_state(iso_code: &str, name: &str, expect: &str) {
        let levels = json!([{"address_level": "L1", "address_name": name, "iso_code": iso_code}]);
        let address = read(json!({"name": "A", "region_code": "US", "district_info": levels})).unwrap();
        assert_eq!(address.state, expect, "{iso_code} {name}");
    }

    #[test]
    fn parses_states() {
        check_state("US-CA", "Kalifornien", "CA");
        check_state("", "new york", "NY");
        check_state("TX", "", "TX");
        check_state("VAN", "Oregon", "OR");
        check_state("US-PR", "Puerto Rico", "PR");
        check_state("", "Puerto Rico", "PR");
        check_state("", "Armed Forces Pacific", "AP");
    }

    /// A territory comes as a state, as a country by code or by name, or as both.
    #[test]
    fn a_place_with_two_names_has_one_form() {
        let form = |region: &str, country: (&str, &str), state: (&str, &str)| {
            let level = |level: &str, (name, code): (&str, &str)| json!({"address_level": level, "address_name": name, "iso_code": code});
            let levels = [level("L0", country), level("L1", state)];
            let address = json!({"name": "A", "region_code": region, "district_info": levels});
            let address = read(address).unwrap();
            (address.state, address.country)
        };
        let us = |state: &str| (state.to_owned(), "US".to_owned());
        let united_states = ("United States", "US");
        assert_eq!(form("US", united_states, ("Guam", "")), us("GU"));
        assert_eq!(form("GU", ("Guam", "GU"), ("", "")), us("GU"));
        assert_eq!(form("", ("Guam", ""), ("Dededo", "")), us("GU"));
        assert_eq!(form("PR", ("Puerto Rico", "PR"), ("San Juan", "")), us("PR"));
        assert_eq!(form("", ("Northern Mariana Islands", "MP"), ("Saipan", "")), us("MP"));
        assert_eq!(form("US", united_states, ("Commonwealth of the Northern Mariana Islands", "")), us("MP"));
        assert_eq!(form("US", united_states, ("U.S. Virgin Islands", "US-VI")), us("VI"));
        assert_eq!(form("US", united_states, ("Armed Forces Europe", "")), us("AE"));
        assert_eq!(form("US", united_states, ("Armed Forces Middle East", "")), us("AE"));
        assert_eq!(form("US", united_states, ("Federated States of Micronesia", "")), us("FM"));
    }

    #[test]
    fn the_deepest_level_is_the_city_where_none_is_called_so() {
        let levels = json!([
            {"address_level": "L3", "address_name": "Camden"},
            {"address_level": "L2", "address_name": "London"},
            {"address_level": "L1", "address_name": "England"},
        ]);
        let address = read(json!({"name": "A", "region_code": "UK", "district_info": levels})).unwrap();
        assert_eq!((address.city.as_str(), address.country.as_str()), ("Camden", "GB"));
        let address = read(json!({"name": "A", "region_code": "GB", "post_town": "Ripon"})).unwrap();
        assert_eq!(address.city, "Ripon");
    }

    #[test]
    fn the_country_may_come_from_its_level() {
        let level =
            |name: &str, code: &str| json!([{"address_level": "L0", "address_name": name, "iso_code": code}]);
        let country = |levels: Value| read(json!({"name": "A", "district_info": levels})).unwrap().country;
        assert_eq!(country(level("United States", "")), "US");
        assert_eq!(country(level("Deutschland", "DE")), "DE");
        assert_eq!(country(level("Deutschland", "")), "", "no guess");
    }

    #[test]
    fn an_empty_recipient_is_none_and_a_masked_one_stays() {
        assert!(read(json!({})).is_none());
        assert!(
            read(json!({"name": "", "address_line1": "", "region_code": "US", "district_info": []}))
                .is_none()
        );
        let masked = read(json!({"name": "J*** D**", "phone_number": "(+1)213-***-1234"})).unwrap();
        assert_eq!((masked.name.as_str(), masked.phone.as_str()), ("J*** D**", ""));
    }

    #[test]
    fn falls_back_to_detail_and_both_names() {
        let address =
            read(json!({"first_name": "Ann", "last_name": "Lee", "address_detail": "Unit 1"})).unwrap();
        assert_eq!((address.name.as_str(), address.street1.as_str()), ("Ann Lee", "Unit 1"));
    }
}
