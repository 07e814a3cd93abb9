//! Decimal numbers in texts, read exactly: they never become floats.

/// How many digits beyond the wanted ones still count. Later ones are artifacts of somebody's binary fractions, as in
/// `4.6500000000000004`.
const GUARD_DIGITS: u32 = 6;
/// How many characters of a text an error repeats.
const SHOWN_MAX: usize = 40;

/// Why a text is not a decimal number.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum NotDecimal {
    #[error("the number is missing")]
    Missing,
    /// A number such as `1.2E+03`: the program that wrote it may have dropped digits.
    #[error("{0:?} is in scientific notation; write it in full, for example 1200")]
    Scientific(String),
    /// Something else, for example with a decimal comma.
    #[error("{0:?} is not a number such as 0.75")]
    NotANumber(String),
    #[error("{0:?} is too large")]
    TooLarge(String),
}

/// Reads `[+-]digits[.digits]` as an integer number of `10^-decimals`. Further digits are rounded up, towards plus infinity,
/// so that reading never understates a weight or a price.
///
/// # Errors
/// If the text is not such a number.
pub fn read_up(text: &str, decimals: u32) -> Result<i128, NotDecimal> {
    let text = text.trim();
    let shown = || text.chars().take(SHOWN_MAX).collect::<String>();
    let (negative, digits) = match text.strip_prefix('-') {
        Some(rest) => (true, rest),
        None => (false, text.strip_prefix('+').unwrap_or(text)),
    };
    if text.is_empty() {
        return Err(NotDecimal::Missing);
    }
    let (whole, fraction) = digits.split_once('.').unwrap_or((digits, ""));
    let all_digits = |s: &str| s.bytes().all(|b| b.is_ascii_digit());
    if (whole.is_empty() && fraction.is_empty()) || !all_digits(whole) || !all_digits(fraction) {
        return Err(if is_scientific(digits) {
            NotDecimal::Scientific(shown())
        } else {
            NotDecimal::NotANumber(shown())
        });
    }
    let width = (decimals + GUARD_DIGITS) as usize;
    let kept = &fraction[..fraction.len().min(width)];
    let guarded: i128 =
        format!("0{whole}{kept:0<width$}").parse().map_err(|_| NotDecimal::TooLarge(shown()))?;
    let per_step = 10_i128.pow(GUARD_DIGITS);
    let rest_up = i128::from(!negative && guarded % per_step > 0);
    let steps = guarded / per_step + rest_up;
    Ok(if negative { -steps } else { steps })
}

/// True for `digits[.digits]e[+-]digits` without its sign.
fn is_scientific(text: &str) -> bool {
    let Some((mantissa, exponent)) = text.split_once(['e', 'E']) else { return false };
    let digits = |s: &str| !s.is_empty() && s.bytes().all(|b| b.is_ascii_digit());
    digits(&mantissa.replacen('.', "", 1)) && digits(exponent.trim_start_matches(['+', '-']))
}

#[cfg(test)]
mod tests {
    use super::{NotDecimal, read_up};

    #[track_caller]
    fn check(text: &str, expect: Option<i128>) {
        assert_eq!(read_up(text, 2).ok(), expect, "{text}");
    }

    #[test]
    fn digits_past_the_last_are_rounded_up() {
        check("4.65", Some(465));
        check(" 4.6500000 ", Some(465));
        check("4.655", Some(466));
        check("4.650001", Some(466));
        check("4.6500000000000004", Some(465));
        check("4.6499999999999995", Some(465));
        check("-1.005", Some(-100));
        check("-1.999", Some(-199));
        check("+1", Some(100));
        check(".5", Some(50));
        check("5.", Some(500));
        check("0", Some(0));
        check(&format!("{}7", "0".repeat(1_000)), Some(700));
    }

    #[test]
    fn says_why_a_text_is_no_number() {
        let why = |text: &str| read_up(text, 2).unwrap_err();
        assert_eq!(why(" "), NotDecimal::Missing);
        for text in ["1e3", "-1.72938E+18", "7.7e-1"] {
            assert_eq!(why(text), NotDecimal::Scientific(text.to_owned()));
        }
        for text in ["4,65", "-", ".", "1.2.3", "٣", "1 2", "NaN", "e", "1e", "--1", "+-1", "0x1"] {
            assert_eq!(why(text), NotDecimal::NotANumber(text.to_owned()));
        }
        let long = "9".repeat(10_000);
        assert_eq!(why(&long), NotDecimal::TooLarge("9".repeat(40)));
    }
}
