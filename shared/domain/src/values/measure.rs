//! Weights and lengths, in units so fine that kilograms, pounds, ounces, centimeters and inches convert without rounding.

use serde::{Deserialize, Serialize};

use crate::decimal::{NotDecimal, read_up};

const GRAM_NG: u128 = 1_000_000_000;
/// 0.45359237 kg by definition.
const POUND_NG: u128 = 453_592_370_000;
/// A sixteenth of a pound; exact.
const OUNCE_NG: u128 = POUND_NG / 16;
/// 25.4 mm by definition.
const INCH_UM: u128 = 25_400;

/// A weight. Exact in grams, kilograms, pounds and ounces.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub struct Weight {
    nanograms: u64,
}

/// A length. Exact in millimeters, centimeters and inches.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub struct Length {
    micrometres: u64,
}

/// Why a measure can't be read.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum MeasureError {
    #[error(transparent)]
    Number(#[from] NotDecimal),
    #[error("{0} is negative")]
    Negative(String),
    #[error("{0} is zero")]
    Zero(String),
    #[error("{0} is too large")]
    TooLarge(String),
    #[error("the unit is missing; expected {0}")]
    NoUnit(&'static str),
    #[error("the unit {0:?} is unknown; expected {1}")]
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

    /// Reads `value` in `unit`: TikTok's `GRAM`, `KILOGRAM` and `POUND`, and what people write in a file.
    pub fn parse(value: &str, unit: &str) -> Result<Self, MeasureError> {
        let per_unit = match unit_name(unit).as_str() {
            "GRAM" | "GRAMS" | "G" => GRAM_NG,
            "KILOGRAM" | "KILOGRAMS" | "KG" | "KGS" => GRAM_NG * 1_000,
            "POUND" | "POUNDS" | "LB" | "LBS" => POUND_NG,
            "OUNCE" | "OUNCES" | "OZ" => OUNCE_NG,
            _ => return Err(unknown_unit(unit, "g, kg, oz or lb")),
        };
        Ok(Self { nanograms: positive(value, per_unit)? })
    }

    /// Tenths of an ounce, rounded up: a parcel is never declared lighter than it is.
    pub fn tenth_ounces_up(self) -> u64 {
        u128::from(self.nanograms).saturating_mul(10).div_ceil(OUNCE_NG).try_into().unwrap_or(u64::MAX)
    }

    /// Hundredths of an ounce, rounded down: the declared contents never outweigh the parcel.
    pub fn hundredth_ounces_down(self) -> u64 {
        u64::try_from(u128::from(self.nanograms).saturating_mul(100) / OUNCE_NG).unwrap_or(u64::MAX)
    }

    /// Whole grams, rounded up.
    pub fn grams_up(self) -> u64 {
        u128::from(self.nanograms).div_ceil(GRAM_NG).try_into().unwrap_or(u64::MAX)
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
    pub const fn inches(inches: u32) -> Self {
        Self { micrometres: inches as u64 * INCH_UM as u64 }
    }

    pub(crate) const fn from_micrometres(micrometres: u64) -> Self {
        Self { micrometres }
    }

    pub(crate) const fn micrometres(self) -> u64 {
        self.micrometres
    }

    /// Reads `value` in `unit`: TikTok's `CENTIMETER` and `INCH`, and what people write in a file.
    pub fn parse(value: &str, unit: &str) -> Result<Self, MeasureError> {
        let per_unit = match unit_name(unit).as_str() {
            "CENTIMETER" | "CENTIMETERS" | "CENTIMETRE" | "CENTIMETRES" | "CM" => 10_000,
            "MILLIMETER" | "MILLIMETERS" | "MILLIMETRE" | "MILLIMETRES" | "MM" => 1_000,
            "INCH" | "INCHES" | "IN" => INCH_UM,
            _ => return Err(unknown_unit(unit, "in, cm or mm")),
        };
        Ok(Self { micrometres: positive(value, per_unit)? })
    }

    /// Hundredths of an inch, rounded up.
    pub fn hundredth_inches_up(self) -> u64 {
        u128::from(self.micrometres).saturating_mul(100).div_ceil(INCH_UM).try_into().unwrap_or(u64::MAX)
    }

    /// Whole millimeters, rounded up.
    pub fn millimeters_up(self) -> u64 {
        self.micrometres.div_ceil(1_000)
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

/// The unit in capitals, without the full stop of an abbreviation.
fn unit_name(unit: &str) -> String {
    unit.trim().trim_end_matches('.').to_ascii_uppercase()
}

fn unknown_unit(unit: &str, expected: &'static str) -> MeasureError {
    match unit.trim() {
        "" => MeasureError::NoUnit(expected),
        unit => MeasureError::Unit(unit.to_owned(), expected),
    }
}

/// Reads a positive decimal and scales it by `per_unit`; a fraction of the finest unit is rounded up.
fn positive(text: &str, per_unit: u128) -> Result<u64, MeasureError> {
    const DECIMALS: u32 = 9;
    let shown = || text.trim().to_owned();
    let scaled = read_up(text, DECIMALS)?;
    if scaled < 0 || (scaled == 0 && text.trim().starts_with('-')) {
        return Err(MeasureError::Negative(shown()));
    }
    if scaled == 0 {
        return Err(MeasureError::Zero(shown()));
    }
    let too_large = || MeasureError::TooLarge(shown());
    let exact = scaled.unsigned_abs().checked_mul(per_unit).ok_or_else(too_large)?;
    u64::try_from(exact.div_ceil(10_u128.pow(DECIMALS))).map_err(|_| too_large())
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
    fn many_digits_are_a_number_and_are_rounded_up() {
        let check =
            |value, tenths| assert_eq!(Weight::parse(value, "POUND").unwrap().tenth_ounces_up(), tenths);
        check("0.7699999999999999", 124); // as 0.77 lb, 12.32 oz
        check("0.77", 124);
        check("1.1023113109243878", 177); // 17.637 oz
        check("0.0000000001", 1);
        let length = Length::parse("15.7480314960629921", "INCH").unwrap();
        assert_eq!((length.hundredth_inches_up(), length.inches_up()), (1575, 16));
        assert!(Weight::parse(&format!("0.{}", "9".repeat(10_000)), "GRAM").is_ok());
    }

    #[test]
    fn reads_units_as_people_write_them() {
        for unit in ["lb", "LBS", "lb.", "pounds", " Pound "] {
            assert_eq!(Weight::parse("1", unit).unwrap(), Weight::pounds(1), "{unit}");
        }
        for unit in ["oz", "Ounces", "oz."] {
            assert_eq!(Weight::parse("1", unit).unwrap(), Weight::ounces(1), "{unit}");
        }
        assert_eq!(Weight::parse("1000", "grams").unwrap(), Weight::parse("1", "kgs").unwrap());
        for (value, unit) in [("1", "inches"), ("1", "in."), ("2.54", "centimetres"), ("25.4", "Millimeter")]
        {
            assert_eq!(Length::parse(value, unit).unwrap(), Length::inches(1), "{unit}");
        }
    }

    #[track_caller]
    fn check_refused(value: &str, unit: &str, expect: &str) {
        let error = Weight::parse(value, unit).unwrap_err().to_string();
        assert_eq!(error, expect);
    }

    #[test]
    fn says_what_is_wrong_with_a_measure() {
        check_refused("", "GRAM", "the number is missing");
        check_refused("0", "GRAM", "0 is zero");
        check_refused("0.00", "GRAM", "0.00 is zero");
        check_refused("-1", "GRAM", "-1 is negative");
        check_refused("-0.00000000001", "GRAM", "-0.00000000001 is negative");
        check_refused("a lot", "GRAM", "\"a lot\" is not a number such as 0.75");
        check_refused("1,5", "GRAM", "\"1,5\" is not a number such as 0.75");
        let scientific = "\"1e3\" is in scientific notation; write it in full, for example 1200";
        check_refused("1e3", "GRAM", scientific);
        check_refused("99999999999999", "KG", "99999999999999 is too large");
        check_refused(&"9".repeat(10_000), "GRAM", &format!("{:?} is too large", "9".repeat(40)));
        check_refused("1", "STONE", "the unit \"STONE\" is unknown; expected g, kg, oz or lb");
        check_refused("1", " ", "the unit is missing; expected g, kg, oz or lb");
        let furlong = Length::parse("1", "FURLONG").unwrap_err().to_string();
        assert_eq!(furlong, "the unit \"FURLONG\" is unknown; expected in, cm or mm");
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
