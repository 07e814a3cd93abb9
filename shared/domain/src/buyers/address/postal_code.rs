//! The forms of postal codes outside the United States.

use crate::market::facts::{MARKETS, PostalCodes};
use crate::width::half_width;

/// Countries that are no market, and to which parcels may go all the same.
const OTHER_COUNTRIES: [(&str, PostalCodes); 2] = [
    ("CA", PostalCodes { forms: &["A9A9A9"], expected: "a Canadian postal code like K1A 0B1" }),
    ("AU", PostalCodes { forms: &["9999"], expected: "four digits" }),
];

fn postal_codes_of(country: &str) -> Option<&'static PostalCodes> {
    let market = || MARKETS.iter().find(|market| market.code == country)?.postal_codes.as_ref();
    OTHER_COUNTRIES.iter().find(|(code, _)| *code == country).map(|(_, codes)| codes).or_else(market)
}

/// What was expected instead of `code`; `None` if it has a form of the country, or the country's forms are not known.
/// `country` is in capitals.
pub fn expected(country: &str, code: &str) -> Option<&'static str> {
    let PostalCodes { forms, expected } = postal_codes_of(country)?;
    let code: Vec<char> = code
        .chars()
        .map(half_width)
        .filter(|c| c.is_alphanumeric())
        .map(|c| c.to_ascii_uppercase())
        .collect();
    let plain = without_country(&code, country);
    let fits = |form: &&str| has_form(&code, form) || has_form(plain, form);
    (!forms.iter().any(fits)).then_some(*expected)
}

/// Europeans may put the country before the code: `D-10115`, `DE-10115`, `F-75001`.
fn without_country<'a>(code: &'a [char], country: &str) -> &'a [char] {
    let letters = code.iter().zip(country.chars()).take_while(|(a, b)| **a == *b).count();
    code.get(letters..).unwrap_or_default()
}

fn has_form(code: &[char], form: &str) -> bool {
    code.len() == form.len()
        && code.iter().zip(form.bytes()).all(|(c, of)| match of {
            b'9' => c.is_ascii_digit(),
            b'A' => c.is_ascii_uppercase(),
            _ => c.is_ascii_digit() || c.is_ascii_uppercase(),
        })
}

#[cfg(test)]
mod tests {
    use super::expected;

    #[test]
    fn takes_every_way_of_writing_it() {
        for (country, code) in [
            ("GB", "SW1A 1AA"),
            ("GB", "m1 1ae"),
            ("GB", "B33 8TH"),
            ("GB", "CR2-6XH"),
            ("GB", "DN551PT"),
            ("GB", "W1A 0AX"),
            ("GB", "GIR 0AA"),
            ("GB", "BF1 2AS"),
            ("DE", "10115"),
            ("DE", "D-10115"),
            ("DE", "DE 01067"),
            ("FR", "F-75001"),
            ("IT", "00118"),
            ("IT", "I-00118"),
            ("ES", "28013"),
            ("IE", "D02 X285"),
            ("IE", "d6w f9k2"),
            ("JP", "100-0001"),
            ("JP", "〒100-0001"),
            ("JP", "１００－０００１"),
            ("CA", "k1a 0b1"),
            ("AU", "0800"),
            ("NZ", "whatever"),
        ] {
            assert_eq!(expected(country, code), None, "{country} {code}");
        }
    }

    #[test]
    fn refuses_other_forms() {
        for (country, code) in [
            ("GB", "SW1A"),
            ("GB", "12345"),
            ("GB", "SW1A 11A"),
            ("DE", "1067"),
            ("DE", "F-10115"),
            ("FR", "750001"),
            ("IT", "0118"),
            ("ES", "8013"),
            ("IE", "D02"),
            ("IE", "DO2 X285"),
            ("JP", "100"),
            ("CA", "K1A OB1"),
            ("CA", "90210"),
            ("AU", "800"),
            ("DE", "--"),
            ("DE", "١٠١١٥"),
        ] {
            assert!(expected(country, code).is_some(), "{country} {code}");
        }
    }
}
