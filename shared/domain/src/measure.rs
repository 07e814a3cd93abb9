//! Weights and lengths, held in units fine enough that kilograms, pounds, ounces, centimetres and inches convert
//! without rounding.

use serde::{Deserialize, Serialize};

/// Nanograms in one gram.
const GRAM_NG: u128 = 1_000_000_000;
/// Nanograms in one pound: 0.45359237 kg by definition.
const POUND_NG: u128 = 453_592_370_000;
/// Nanograms in one ounce, a sixteenth of a pound; exact.
const OUNCE_NG: u128 = POUND_NG / 16;
/// Micrometres in one inch: 25.4 mm by definition.
const INCH_UM: u128 = 25_400;

/// A weight. Exact in grams, kilograms, pounds and ounces.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub struct Weight {
    nanograms: u64,
}

/// A length. Exact in millimetres, centimetres and inches.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub struct Length {
    micrometres: u64,
}

/// Why a measure can't be read.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum MeasureError {
    /// Not a positive decimal number, or more digits than a parcel can have.
    #[error("{0:?} is not a positive decimal number")]
    Number(String),
    /// The unit is none that we know.
    #[error("unit {0:?} is unknown; expected {1}")]
    Unit(String, &'static str),
}

impl Weight {
    /// `pounds` whole pounds; saturates far beyond any parcel.
    pub const fn pounds(pounds: u32) -> Self {
        Self { nanograms: (pounds as u64).saturating_mul(POUND_NG as u64) }
    }

    /// `ounces` whole ounces; saturates far beyond any parcel.
    pub const fn ounces(ounces: u32) -> Self {
        Self { nanograms: (ounces as u64).saturating_mul(OUNCE_NG as u64) }
    }

    /// Reads `value` in `unit`: TikTok's `GRAM`, `KILOGRAM`, `POUND`, and the short forms of a CSV file.
    pub fn parse(value: &str, unit: &str) -> Result<Self, MeasureError> {
        let per_unit = match unit.trim().to_ascii_uppercase().as_str() {
            "GRAM" | "G" => GRAM_NG,
            "KILOGRAM" | "KG" => GRAM_NG * 1_000,
            "POUND" | "LB" | "LBS" => POUND_NG,
            "OUNCE" | "OZ" => OUNCE_NG,
            _ => return Err(MeasureError::Unit(unit.to_owned(), "GRAM, KILOGRAM, POUND or OUNCE")),
        };
        Ok(Self { nanograms: positive(value, per_unit)? })
    }

    /// Tenths of an ounce, rounded up: a parcel is never declared lighter than it is.
    pub fn tenth_ounces_up(self) -> u64 {
        u128::from(self.nanograms).saturating_mul(10).div_ceil(OUNCE_NG).try_into().unwrap_or(u64::MAX)
    }

    /// Hundredths of an ounce, rounded down: what is declared of the contents never outweighs the parcel.
    pub fn hundredth_ounces_down(self) -> u64 {
        u64::try_from(u128::from(self.nanograms).saturating_mul(100) / OUNCE_NG).unwrap_or(u64::MAX)
    }

    /// Whole pounds, rounded up, as carriers bill.
    pub fn pounds_up(self) -> u64 {
        u128::from(self.nanograms).div_ceil(POUND_NG).try_into().unwrap_or(u64::MAX)
    }

    /// The sum; saturates far beyond any parcel.
    #[must_use]
    pub fn plus(self, other: Self) -> Self {
        Self { nanograms: self.nanograms.saturating_add(other.nanograms) }
    }
}

impl Length {
    /// `inches` whole inches.
    pub const fn inches(inches: u32) -> Self {
        Self { micrometres: inches as u64 * INCH_UM as u64 }
    }

    /// Reads `value` in `unit`: TikTok's `CENTIMETER` and `INCH`, and the short forms of a CSV file.
    pub fn parse(value: &str, unit: &str) -> Result<Self, MeasureError> {
        let per_unit = match unit.trim().to_ascii_uppercase().as_str() {
            "CENTIMETER" | "CM" => 10_000,
            "MILLIMETER" | "MM" => 1_000,
            "INCH" | "IN" => INCH_UM,
            _ => return Err(MeasureError::Unit(unit.to_owned(), "CENTIMETER or INCH")),
        };
        Ok(Self { micrometres: positive(value, per_unit)? })
    }

    /// Hundredths of an inch, rounded up.
    pub fn hundredth_inches_up(self) -> u64 {
        u128::from(self.micrometres).saturating_mul(100).div_ceil(INCH_UM).try_into().unwrap_or(u64::MAX)
    }

    /// Whole inches, rounded up.
    pub fn inches_up(self) -> u64 {
        u128::from(self.micrometres).div_ceil(INCH_UM).try_into().unwrap_or(u64::MAX)
    }

    /// Whole inches, rounded to the nearest, halves up.
    pub fn inches_nearest(self) -> u64 {
        u64::try_from((u128::from(self.micrometres) * 2 + INCH_UM) / (INCH_UM * 2)).unwrap_or(u64::MAX)
    }

    /// The sum; saturates far beyond any parcel.
    #[must_use]
    pub fn plus(self, other: Self) -> Self {
        Self { micrometres: self.micrometres.saturating_add(other.micrometres) }
    }
}

/// Reads a positive decimal and scales it by `per_unit`; a fraction of the finest unit is rounded up.
fn positive(text: &str, per_unit: u128) -> Result<u64, MeasureError> {
    const DECIMALS: u32 = 9;
    let bad = || MeasureError::Number(text.to_owned());
    let scaled = scaled_decimal(text.trim(), DECIMALS).ok_or_else(bad)?;
    let scaled = u128::try_from(scaled).map_err(|_| bad())?;
    if scaled == 0 {
        return Err(bad());
    }
    let exact = scaled.checked_mul(per_unit).ok_or_else(bad)?.div_ceil(10_u128.pow(DECIMALS));
    u64::try_from(exact).map_err(|_| bad())
}

/// Reads `[-]digits[.digits]` as an integer of `10^-decimals`; `None` for anything else, or when digits would be
/// lost.
pub(crate) fn scaled_decimal(text: &str, decimals: u32) -> Option<i128> {
    let (negative, digits) = match text.strip_prefix('-') {
        Some(rest) => (true, rest),
        None => (false, text),
    };
    let (whole, fraction) = digits.split_once('.').unwrap_or((digits, ""));
    let all_digits = |s: &str| s.bytes().all(|b| b.is_ascii_digit());
    if (whole.is_empty() && fraction.is_empty()) || !all_digits(whole) || !all_digits(fraction) {
        return None;
    }
    let kept = fraction.len().min(decimals as usize);
    if fraction[kept..].bytes().any(|b| b != b'0') {
        return None;
    }
    let joined = format!("0{whole}{:0<width$}", &fraction[..kept], width = decimals as usize);
    let value: i128 = joined.parse().ok()?;
    Some(if negative { -value } else { value })
}

#[cfg(test)]
mod tests {
    use super::{Length, Weight};

    #[test]
    fn converts_exactly() {
        assert_eq!(Weight::parse("1", "POUND").unwrap(), Weight::parse("453.59237", "GRAM").unwrap());
        assert_eq!(Weight::parse("16", "oz").unwrap(), Weight::pounds(1));
        assert_eq!(Length::parse("2.54", "CENTIMETER").unwrap(), Length::inches(1));
        assert_eq!(Weight::parse("1.32", "KILOGRAM").unwrap().tenth_ounces_up(), 466, "46.561… oz");
        assert_eq!(Weight::ounces(15).tenth_ounces_up(), 150);
        assert_eq!(Weight::pounds(3).pounds_up(), 3);
        assert_eq!(Weight::parse("3.01", "LB").unwrap().pounds_up(), 4);
    }

    #[test]
    fn rounds_inches_both_ways() {
        let length = Length::parse("10.5", "INCH").unwrap();
        assert_eq!((length.inches_up(), length.inches_nearest()), (11, 11));
        let length = Length::parse("10.4", "INCH").unwrap();
        assert_eq!((length.inches_up(), length.inches_nearest()), (11, 10));
        assert_eq!(length.hundredth_inches_up(), 1040);
    }

    #[test]
    fn refuses_what_is_no_measure() {
        for value in ["", "0", "-1", "1e3", "a", "1,5"] {
            assert!(Weight::parse(value, "GRAM").is_err(), "{value}");
        }
        assert!(Weight::parse("1", "STONE").is_err());
        assert!(Length::parse("1", "FURLONG").is_err());
        assert!(Weight::parse("99999999999999999999", "KG").is_err());
        for value in ["-", ".", "+1", "1.2.3", "٣", "1 2", "0.0000000000", "0.0000000001", "NaN"] {
            assert!(Weight::parse(value, "GRAM").is_err(), "{value}");
            assert!(Length::parse(value, "INCH").is_err(), "{value}");
        }
        let long = "9".repeat(10_000);
        assert!(Weight::parse(&long, "GRAM").is_err());
        assert!(Weight::parse(&format!("0.{long}"), "GRAM").is_err());
    }

    #[test]
    fn the_largest_measures_do_not_overflow() {
        for weight in [Weight::pounds(u32::MAX), Weight::ounces(u32::MAX)] {
            assert_eq!(weight.plus(weight), weight, "saturated");
            assert!(weight.tenth_ounces_up() > 0 && weight.pounds_up() > 0);
        }
        let length = Length::inches(u32::MAX);
        assert_eq!(length.inches_up(), u64::from(u32::MAX));
        assert_eq!(length.inches_nearest(), u64::from(u32::MAX));
        assert_eq!(length.hundredth_inches_up(), u64::from(u32::MAX) * 100);
    }
}
