//! Dimensional weight: a large, light parcel is billed as a heavier one. The rule depends on the ship date.

use jiff::civil::{Date, date};

use super::services::Carrier;
use crate::measure::Weight;
use crate::parcel::{Dimensions, Parcel};

/// One cubic foot. The Postal Service and DHL eCommerce use the dimensional weight only above it.
const CUBIC_FOOT_IN3: u64 = 1_728;

/// The day from which the Postal Service divides by 139 and rounds every inch up (Postal Bulletin 22705).
const USPS_139_FROM: Date = date(2026, 7, 12);

/// The day from which UPS and FedEx round every inch up; before, they rounded to the nearest.
const COURIER_ROUND_UP_FROM: Date = date(2025, 8, 18);

/// The weight that is billed, in whole pounds: the greater of the actual and the dimensional weight, each rounded up.
pub fn billable_weight(carrier: Carrier, parcel: &Parcel, ship_on: Date) -> u64 {
    let actual = parcel.weight.pounds_up();
    parcel
        .dimensions
        .and_then(|box_| dimensional_pounds(carrier, parcel.weight, &box_, ship_on))
        .map_or(actual, |d| d.max(actual))
}

fn dimensional_pounds(carrier: Carrier, weight: Weight, box_: &Dimensions, ship_on: Date) -> Option<u64> {
    let (divisor, threshold, round_up) = match carrier {
        Carrier::Usps if ship_on >= USPS_139_FROM => (139, CUBIC_FOOT_IN3, true),
        Carrier::Usps => (166, CUBIC_FOOT_IN3, false),
        Carrier::Ups | Carrier::FedEx => (139, 0, ship_on >= COURIER_ROUND_UP_FROM),
        // The library default of DHL eCommerce: above one pound, and above 50 in of length plus girth, which a parcel
        // of more than a cubic foot always has.
        Carrier::DhlEcommerce if weight <= Weight::pounds(1) => return None,
        Carrier::DhlEcommerce => (166, CUBIC_FOOT_IN3, true),
        Carrier::Amazon | Carrier::Other => return None,
    };
    let volume: u64 = [box_.length, box_.width, box_.height]
        .iter()
        .map(|side| if round_up { side.inches_up() } else { side.inches_nearest() })
        .fold(1, u64::saturating_mul);
    (volume > threshold).then(|| volume.div_ceil(divisor))
}

#[cfg(test)]
mod tests {
    use jiff::civil::{Date, date};

    use super::billable_weight;
    use crate::measure::{Length, Weight};
    use crate::parcel::{Dimensions, Parcel};
    use crate::rates::Carrier;

    #[track_caller]
    fn check(carrier: Carrier, sides: [&str; 3], pounds: u32, on: Date, expect: u64) {
        let [a, b, c] = sides.map(|side| Length::parse(side, "INCH").unwrap());
        let parcel = Parcel { weight: Weight::pounds(pounds), dimensions: Some(Dimensions::new(a, b, c)) };
        assert_eq!(billable_weight(carrier, &parcel, on), expect, "{carrier:?} {sides:?} {on}");
    }

    #[test]
    fn follows_the_ship_date() {
        let before = date(2026, 7, 11);
        let after = date(2026, 7, 12);
        check(Carrier::Usps, ["12.4", "12.4", "12.4"], 1, before, 1); // 12³ is no more than a cubic foot
        check(Carrier::Usps, ["12.4", "12.4", "12.4"], 1, after, 16); // 13³ / 139 = 15.8
        check(Carrier::Usps, ["20", "12", "10"], 1, before, 15); // 2400 / 166 = 14.5
        check(Carrier::Usps, ["20", "12", "10"], 1, after, 18); // 2400 / 139 = 17.3
        check(Carrier::Usps, ["12", "12", "12"], 2, after, 2); // exactly one cubic foot
        check(Carrier::Ups, ["12", "12", "12"], 2, after, 13); // no threshold
        check(Carrier::FedEx, ["10.4", "10.4", "10.4"], 1, date(2025, 8, 17), 8); // 10³ / 139 = 7.2
        check(Carrier::FedEx, ["10.4", "10.4", "10.4"], 1, date(2025, 8, 18), 10); // 11³ / 139 = 9.6
        check(Carrier::Ups, ["12", "12", "12"], 40, after, 40);
        check(Carrier::DhlEcommerce, ["20", "12", "10"], 1, after, 1); // up to a pound only the scale counts
        check(Carrier::DhlEcommerce, ["20", "12", "10"], 2, after, 15); // 2400 / 166 = 14.5
        check(Carrier::DhlEcommerce, ["12", "12", "12"], 2, after, 2);
        check(Carrier::Other, ["30", "30", "30"], 3, after, 3);
    }
}
