//! Time zones: of the states of the United States, to know the date on which a parcel leaves a warehouse, and by name,
//! for settings and the markets' rules.

use jiff::Timestamp;
use jiff::civil::{Date, DateTime};
use jiff::tz::TimeZone;

use crate::address::Address;

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
    /// The rules are compiled in: a machine without a time zone database knows them too.
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

/// The two letters of a state given by its code or its English name; anything else comes back as it is. TikTok's
/// address levels carry names, carriers want codes.
pub fn state_code(state: &str) -> String {
    let state = state.trim();
    STATES
        .iter()
        .find(|(name, code, _)| name.eq_ignore_ascii_case(state) || code.eq_ignore_ascii_case(state))
        .map_or_else(|| state.to_owned(), |(_, code, _)| (*code).to_owned())
}

/// The date at `from` when it is `now`: the day on which a parcel handed over there is shipped. Outside the states
/// of the table the date is taken in UTC.
pub fn ship_date(from: &Address, now: Timestamp) -> Date {
    local_time(from, now).date()
}

/// What calendar and clock show at `from` when it is `now`; outside the states of the table, what they show in UTC.
pub fn local_time(from: &Address, now: Timestamp) -> DateTime {
    let zone = STATES
        .iter()
        .find(|(_, code, _)| {
            from.country.eq_ignore_ascii_case("US") && code.eq_ignore_ascii_case(from.state.trim())
        })
        .map_or(TimeZone::UTC, |(.., zone)| zone.rules());
    now.to_zoned(zone).datetime()
}

/// The rules of a time zone by its IANA name, exactly as the database spells it. They are compiled in, so only these
/// are known: UTC, the zones of the United States, and those of the cities below, in which TikTok Shop sells or sellers
/// live.
pub fn zone_by_name(name: &str) -> Option<TimeZone> {
    Some(match name {
        "UTC" => TimeZone::UTC,
        "America/New_York" => Zone::Eastern.rules(),
        "America/Chicago" => Zone::Central.rules(),
        "America/Denver" => Zone::Mountain.rules(),
        "America/Phoenix" => Zone::Arizona.rules(),
        "America/Los_Angeles" => Zone::Pacific.rules(),
        "America/Anchorage" => Zone::Alaska.rules(),
        "Pacific/Honolulu" => Zone::Hawaii.rules(),
        "America/Mexico_City" => jiff::tz::get!("America/Mexico_City"),
        "America/Sao_Paulo" => jiff::tz::get!("America/Sao_Paulo"),
        "Europe/Berlin" => jiff::tz::get!("Europe/Berlin"),
        "Europe/Dublin" => jiff::tz::get!("Europe/Dublin"),
        "Europe/London" => jiff::tz::get!("Europe/London"),
        "Europe/Madrid" => jiff::tz::get!("Europe/Madrid"),
        "Europe/Paris" => jiff::tz::get!("Europe/Paris"),
        "Europe/Rome" => jiff::tz::get!("Europe/Rome"),
        "Asia/Bangkok" => jiff::tz::get!("Asia/Bangkok"),
        "Asia/Ho_Chi_Minh" => jiff::tz::get!("Asia/Ho_Chi_Minh"),
        "Asia/Hong_Kong" => jiff::tz::get!("Asia/Hong_Kong"),
        "Asia/Jakarta" => jiff::tz::get!("Asia/Jakarta"),
        "Asia/Kuala_Lumpur" => jiff::tz::get!("Asia/Kuala_Lumpur"),
        "Asia/Manila" => jiff::tz::get!("Asia/Manila"),
        "Asia/Shanghai" => jiff::tz::get!("Asia/Shanghai"),
        "Asia/Singapore" => jiff::tz::get!("Asia/Singapore"),
        "Asia/Tokyo" => jiff::tz::get!("Asia/Tokyo"),
        "Australia/Sydney" => jiff::tz::get!("Australia/Sydney"),
        _ => return None,
    })
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
