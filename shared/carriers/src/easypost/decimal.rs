//! Decimal numbers as texts, without floats.

/// Digits after the point in EasyPost's fees (`0.01000`).
const DECIMALS: u32 = 5;

/// Reads a decimal as hundred-thousandths; further digits are rounded up. `None` for what is negative or no number.
pub(super) fn hundred_thousandths(text: &str) -> Option<i64> {
    let value = domain::decimal::read_up(text, DECIMALS).ok()?;
    i64::try_from(value).ok().filter(|value| *value >= 0)
}

/// Cents from hundred-thousandths of a dollar, rounded up: a cost is never understated.
pub(super) fn cents_up(hundred_thousandths: i64) -> i64 {
    const PER_CENT: i64 = 1_000;
    hundred_thousandths / PER_CENT + i64::from(hundred_thousandths % PER_CENT > 0)
}

#[cfg(test)]
mod tests {
    use super::{cents_up, hundred_thousandths};

    #[test]
    fn reads_fees() {
        let check = |text, expect| assert_eq!(hundred_thousandths(text), expect, "{text}");
        check("6.07000", Some(607_000));
        check("0.01000", Some(1_000));
        check("6.07", Some(607_000));
        check("12", Some(1_200_000));
        check("0.0000100", Some(1));
        check("0.000001", Some(1));
        check("4.65000000000000035", Some(465_000));
        check(".5", Some(50_000));
        check("", None);
        check("-1", None);
        check("1e3", None);
        check("99999999999999999999", None);
    }

    #[test]
    fn rounds_up_to_cents() {
        assert_eq!([0, 1, 999, 1_000, 607_000, 607_001].map(cents_up), [0, 1, 1, 1, 607, 608]);
    }
}
