//! Places that are written in two ways: Guam is a state of the United States to the postal service and a country to others,
//! and "Armed Forces Europe" is the state AE. Here each has one form: the country US and two letters as the state, as USPS
//! wants it (Publication 28, appendix B).

use super::zip::{prefix_of, states};
use super::{Address, MILITARY_STATES, is_military_city};
use crate::zone::state_code;

/// Codes and names, without the words that [`plain`] drops.
const TERRITORIES: [(&str, &[&str]); 8] = [
    ("PR", &["puerto rico"]),
    ("VI", &["virgin islands"]),
    ("GU", &["guam"]),
    ("AS", &["american samoa"]),
    ("MP", &["northern mariana islands", "northern marianas", "cnmi"]),
    ("FM", &["micronesia"]),
    ("MH", &["marshall islands"]),
    ("PW", &["palau"]),
];

/// Words that only some people write: "Commonwealth of Puerto Rico", "U.S. Virgin Islands".
const LEFT_OUT: [&str; 11] =
    ["the", "of", "and", "commonwealth", "republic", "territory", "federated", "united", "states", "u", "s"];

/// The two letters of a territory or freely associated state, given by code or English name.
pub fn territory_code(text: &str) -> Option<&'static str> {
    let name = plain(text);
    let name = name.strip_prefix("us ").unwrap_or(&name);
    let is_named = |(code, names): &&(&str, &[&str])| {
        code.eq_ignore_ascii_case(text.trim()) || names.iter().any(|known| is_name(name, known, code))
    };
    TERRITORIES.iter().find(is_named).map(|(code, _)| *code)
}

/// The two letters by which the postal service knows a state, a territory or the armed forces overseas, given by code or
/// English name; anything else comes back unchanged.
pub fn postal_state(text: &str) -> String {
    let code = territory_code(text).or_else(|| military_code(text));
    code.map_or_else(|| state_code(text), str::to_owned)
}

impl Address {
    /// The address with country and state in the form that carriers take: a territory's code as a state of the US, and for
    /// the armed forces the state to which the ZIP code belongs.
    #[must_use]
    pub fn canonical(self) -> Self {
        let country = self.country.trim().to_ascii_uppercase();
        let of_us = matches!(country.as_str(), "US" | "USA");
        if let Some(code) = territory_code(&country).filter(|_| !of_us) {
            return Self { state: code.to_owned(), country: "US".to_owned(), ..self };
        }
        if !of_us {
            return self;
        }
        let by_zip = is_military_city(&self.city).then(|| military_state_of(&self.postal_code)).flatten();
        let state = by_zip.map_or_else(|| postal_state(&self.state), str::to_owned);
        Self { state, country: "US".to_owned(), ..self }
    }

    /// The state in capitals, as [`Address::canonical`] has it; `None` outside the United States.
    pub(crate) fn canonical_state(&self) -> Option<String> {
        let state = self.state.trim();
        let is_code = state.len() == 2 && state.bytes().all(|b| b.is_ascii_alphabetic());
        if is_code && self.country.trim() == "US" {
            return Some(state.to_ascii_uppercase());
        }
        let canonical = self.clone().canonical();
        (canonical.country == "US").then(|| canonical.state.trim().to_ascii_uppercase())
    }
}

/// The state of the armed forces to which a ZIP code belongs.
pub(super) fn military_state_of(zip: &str) -> Option<&'static str> {
    let states = states(prefix_of(zip)?)?;
    MILITARY_STATES.into_iter().find(|state| states.first() == Some(state))
}

/// AE covers Europe, Africa, Canada and the Middle East.
fn military_code(text: &str) -> Option<&'static str> {
    let name = plain(text);
    let code = MILITARY_STATES.into_iter().find(|code| code.eq_ignore_ascii_case(&name));
    let area = || match name.strip_prefix("armed forces ")?.split(' ').next()? {
        "europe" | "africa" | "canada" | "middle" | "ae" => Some("AE"),
        "america" | "americas" | "aa" => Some("AA"),
        "pacific" | "ap" => Some("AP"),
        _ => None,
    };
    code.or_else(area)
}

/// True for the name, with or without the code after it: `Guam (GU)`.
fn is_name(text: &str, name: &str, code: &str) -> bool {
    let rest = text.strip_prefix(name);
    rest.is_some_and(|rest| rest.is_empty() || rest.trim_start().eq_ignore_ascii_case(code))
}

/// The words in lower case, without punctuation and without those that may be left out.
fn plain(text: &str) -> String {
    let letters: String = text.chars().map(|c| if c.is_alphanumeric() { c } else { ' ' }).collect();
    let words: Vec<String> = letters.split_whitespace().map(str::to_lowercase).collect();
    let kept = words.iter().map(String::as_str).filter(|word| !LEFT_OUT.contains(word));
    kept.collect::<Vec<_>>().join(" ")
}

#[cfg(test)]
mod tests {
    use crate::address::{Address, Place};

    #[track_caller]
    fn check(state: &str, country: &str, expect: (&str, &str)) {
        let address = Address { state: state.into(), country: country.into(), ..Address::default() };
        let canonical = address.canonical();
        assert_eq!((canonical.state.as_str(), canonical.country.as_str()), expect, "{state}, {country}");
    }

    #[test]
    fn every_place_has_one_form() {
        check("Armed Forces Europe", "US", ("AE", "US"));
        check("Armed Forces Europe (AE)", "US", ("AE", "US"));
        check("Armed Forces Middle East", "US", ("AE", "US"));
        check("Armed Forces Africa", "US", ("AE", "US"));
        check("Armed Forces the Americas", "US", ("AA", "US"));
        check("Armed Forces Americas (except Canada)", "US", ("AA", "US"));
        check("armed forces pacific", "us", ("AP", "US"));
        check("ae", "US", ("AE", "US"));
        check("Guam", "US", ("GU", "US"));
        check("Guam (GU)", "US", ("GU", "US"));
        check("", "GU", ("GU", "US"));
        check("Guam", "GU", ("GU", "US"));
        check("Hagatna", "gu", ("GU", "US"));
        check("", "Guam", ("GU", "US"));
        check("Puerto Rico", "US", ("PR", "US"));
        check("San Juan", "PR", ("PR", "US"));
        check("Commonwealth of Puerto Rico", "US", ("PR", "US"));
        check("Commonwealth of the Northern Mariana Islands", "US", ("MP", "US"));
        check("Northern Mariana Islands", "MP", ("MP", "US"));
        check("CNMI", "US", ("MP", "US"));
        check("U.S. Virgin Islands", "US", ("VI", "US"));
        check("US Virgin Islands", "US", ("VI", "US"));
        check("Virgin Islands (U.S.)", "US", ("VI", "US"));
        check("United States Virgin Islands", "US", ("VI", "US"));
        check("American Samoa", "US", ("AS", "US"));
        check("Federated States of Micronesia", "US", ("FM", "US"));
        check("Republic of the Marshall Islands", "US", ("MH", "US"));
        check("Republic of Palau", "PW", ("PW", "US"));
        check("California", "USA", ("CA", "US"));
    }

    #[test]
    fn other_places_stay_as_they_are() {
        check("PR", "IT", ("PR", "IT"));
        check("British Virgin Islands", "VG", ("British Virgin Islands", "VG"));
        check("British Virgin Islands", "US", ("British Virgin Islands", "US"));
        check("Samoa", "WS", ("Samoa", "WS"));
        check("England", "GB", ("England", "GB"));
        check("", "", ("", ""));
    }

    #[test]
    fn the_zip_code_knows_the_state_of_the_armed_forces() {
        let at = |city: &str, state: &str, zip: &str| {
            let address = Address {
                city: city.into(),
                state: state.into(),
                postal_code: zip.into(),
                country: "US".into(),
                ..Address::default()
            };
            (address.place(), address.canonical().state)
        };
        assert_eq!(at("APO", "", "09012"), (Place::Military, "AE".to_owned()));
        assert_eq!(at("APO", "NY", "09012"), (Place::Military, "AE".to_owned()), "as it was written once");
        assert_eq!(at("FPO", "AP", "96349-1500"), (Place::Military, "AP".to_owned()));
        assert_eq!(at("DPO", "", "34032"), (Place::Military, "AA".to_owned()));
        assert_eq!(at("Ramstein", "Armed Forces Europe", "09012"), (Place::Military, "AE".to_owned()));
        assert_eq!(at("Ramstein", "", "09012"), (Place::Military, String::new()));
        assert_eq!(at("Hagatna", "Guam", "96910"), (Place::Territory, "GU".to_owned()));
    }
}
