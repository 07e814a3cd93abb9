//! Decimal numbers as texts, without floats.

/// Digits after the point in EasyPost's fees (`0.01000`).
const DECIMALS: usize = 5;

/// Reads `digits[.digits]` as hundred-thousandths. Further digits must be zeros. `None` for anything else.
pub(super) fn hundred_thousandths(text: &str) -> Option<i64> {
    let (whole, fraction) = text.split_once('.').unwrap_or((text, ""));
    let digits = |s: &str| s.bytes().all(|b| b.is_ascii_digit());
    if whole.is_empty() || !digits(whole) || !digits(fraction) {
        return None;
    }
    let (kept, rest) = fraction.split_at(fraction.len().min(DECIMALS));
    if rest.bytes().any(|b| b != b'0') {
        return None;
    }
    format!("{whole}{kept:0<DECIMALS$}").parse().ok()
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
        check("0.000001", None);
        check("", None);
        check(".5", None);
        check("-1", None);
        check("1e3", None);
        check("99999999999999999999", None);
    }

    #[test]
    fn rounds_up_to_cents() {
        assert_eq!([0, 1, 999, 1_000, 607_000, 607_001].map(cents_up), [0, 1, 1, 1, 607, 608]);
    }
}
