//! Time zones: of the states of the United States, to know the date on which a parcel leaves a warehouse, and by name, for
//! settings and the markets' rules.

use jiff::Timestamp;
use jiff::civil::{Date, DateTime};
use jiff::tz::TimeZone;

use crate::address::Address;
use crate::market::MARKETS;

/// Name, code and the zone in which most of the state lies.
const STATES: [(&str, &str, Zone); 51] = [
    ("Alabama", "AL", Zone::Central),
    ("Alaska", "AK", Zone::Alaska),
    ("Arizona", "AZ", Zone::Arizona),
    ("Arkansas", "AR", Zone::Central),
    ("California", "CA", Zone::Pacific),
    ("Colorado", "CO", Zone::Mountain),
    ("Connecticut", "CT", Zone::Eastern),
    ("Delaware", "DE", Zone::Eastern),
    ("District of Columbia", "DC", Zone::Eastern),
    ("Florida", "FL", Zone::Eastern),
    ("Georgia", "GA", Zone::Eastern),
    ("Hawaii", "HI", Zone::Hawaii),
    ("Idaho", "ID", Zone::Mountain),
    ("Illinois", "IL", Zone::Central),
    ("Indiana", "IN", Zone::Eastern),
    ("Iowa", "IA", Zone::Central),
    ("Kansas", "KS", Zone::Central),
    ("Kentucky", "KY", Zone::Eastern),
    ("Louisiana", "LA", Zone::Central),
    ("Maine", "ME", Zone::Eastern),
    ("Maryland", "MD", Zone::Eastern),
    ("Massachusetts", "MA", Zone::Eastern),
    ("Michigan", "MI", Zone::Eastern),
    ("Minnesota", "MN", Zone::Central),
    ("Mississippi", "MS", Zone::Central),
    ("Missouri", "MO", Zone::Central),
    ("Montana", "MT", Zone::Mountain),
    ("Nebraska", "NE", Zone::Central),
    ("Nevada", "NV", Zone::Pacific),
    ("New Hampshire", "NH", Zone::Eastern),
    ("New Jersey", "NJ", Zone::Eastern),
    ("New Mexico", "NM", Zone::Mountain),
    ("New York", "NY", Zone::Eastern),
    ("North Carolina", "NC", Zone::Eastern),
    ("North Dakota", "ND", Zone::Central),
    ("Ohio", "OH", Zone::Eastern),
    ("Oklahoma", "OK", Zone::Central),
    ("Oregon", "OR", Zone::Pacific),
    ("Pennsylvania", "PA", Zone::Eastern),
    ("Rhode Island", "RI", Zone::Eastern),
    ("South Carolina", "SC", Zone::Eastern),
    ("South Dakota", "SD", Zone::Central),
    ("Tennessee", "TN", Zone::Central),
    ("Texas", "TX", Zone::Central),
    ("Utah", "UT", Zone::Mountain),
    ("Vermont", "VT", Zone::Eastern),
    ("Virginia", "VA", Zone::Eastern),
    ("Washington", "WA", Zone::Pacific),
    ("West Virginia", "WV", Zone::Eastern),
    ("Wisconsin", "WI", Zone::Central),
    ("Wyoming", "WY", Zone::Mountain),
];

#[derive(Clone, Copy)]
enum Zone {
    Eastern,
    Central,
    Mountain,
    Arizona,
    Pacific,
    Alaska,
    Hawaii,
}

impl Zone {
    /// Compiled in, so that a machine without a time zone database knows them too.
    fn rules(self) -> TimeZone {
        match self {
            Self::Eastern => jiff::tz::get!("America/New_York"),
            Self::Central => jiff::tz::get!("America/Chicago"),
            Self::Mountain => jiff::tz::get!("America/Denver"),
            Self::Arizona => jiff::tz::get!("America/Phoenix"),
            Self::Pacific => jiff::tz::get!("America/Los_Angeles"),
            Self::Alaska => jiff::tz::get!("America/Anchorage"),
            Self::Hawaii => jiff::tz::get!("Pacific/Honolulu"),
        }
    }
}

/// The two letters of a state given by its code or English name; anything else comes back unchanged. TikTok's address levels
/// carry names, carriers want codes.
pub fn state_code(state: &str) -> String {
    let state = state.trim();
    STATES
        .iter()
        .find(|(name, code, _)| name.eq_ignore_ascii_case(state) || code.eq_ignore_ascii_case(state))
        .map_or_else(|| state.to_owned(), |(_, code, _)| (*code).to_owned())
}

/// The date at `from` at the instant `now`: the day on which a parcel handed over there is shipped. In UTC outside the
/// states of the table.
pub fn ship_date(from: &Address, now: Timestamp) -> Date {
    local_time(from, now).date()
}

/// The local date and time at `from` at the instant `now`; in UTC outside the states of the table.
pub fn local_time(from: &Address, now: Timestamp) -> DateTime {
    let zone = STATES
        .iter()
        .find(|(_, code, _)| {
            from.country.eq_ignore_ascii_case("US") && code.eq_ignore_ascii_case(from.state.trim())
        })
        .map_or(TimeZone::UTC, |(.., zone)| zone.rules());
    now.to_zoned(zone).datetime()
}

/// Zones in which sellers and the people they name live, besides those of the states and the markets.
const OTHER_ZONES: [fn() -> TimeZone; 4] = [
    || TimeZone::UTC,
    || jiff::tz::get!("Asia/Hong_Kong"),
    || jiff::tz::get!("Asia/Shanghai"),
    || jiff::tz::get!("Australia/Sydney"),
];

/// A time zone by its IANA name, exactly as the database spells it. Zones are compiled in, so only those of the states, of
/// the markets and a few others are known.
pub fn zone_by_name(name: &str) -> Option<TimeZone> {
    let states = STATES.iter().map(|(.., zone)| zone.rules());
    let markets = MARKETS.iter().map(|market| (market.zone)());
    let others = OTHER_ZONES.iter().map(|zone| zone());
    states.chain(markets).chain(others).find(|zone| zone.iana_name() == Some(name))
}

#[cfg(test)]
mod tests {
    use jiff::civil::date;

    use super::{ship_date, state_code, zone_by_name};
    use crate::address::Address;

    #[test]
    fn the_date_is_the_warehouse_s() {
        let now = "2026-11-22T06:30:00Z".parse().unwrap();
        let at = |state: &str| {
            ship_date(&Address { state: state.into(), country: "US".into(), ..Address::default() }, now)
        };
        assert_eq!(at("CA"), date(2026, 11, 21));
        assert_eq!(at("NY"), date(2026, 11, 22));
        assert_eq!(at("??"), date(2026, 11, 22));
    }

    #[test]
    fn zones_have_names() {
        let now: jiff::Timestamp = "2026-11-22T06:30:00Z".parse().unwrap();
        let hour = |name: &str| zone_by_name(name).map(|zone| now.to_zoned(zone).hour());
        assert_eq!(hour("UTC"), Some(6));
        assert_eq!(hour("America/New_York"), Some(1));
        assert_eq!(hour("Asia/Shanghai"), Some(14));
        assert_eq!(hour("Australia/Sydney"), Some(17));
        assert_eq!(hour("asia/shanghai"), None);
        assert_eq!(hour("Mars/Olympus"), None);
        assert_eq!(zone_by_name("Asia/Ho_Chi_Minh").unwrap().iana_name(), Some("Asia/Ho_Chi_Minh"));
    }

    #[test]
    fn names_become_codes() {
        assert_eq!(state_code("California"), "CA");
        assert_eq!(state_code(" new york "), "NY");
        assert_eq!(state_code("tx"), "TX");
        assert_eq!(state_code("PR"), "PR");
        assert_eq!(state_code("Ontario"), "Ontario");
    }
}
