//! The forms of postal codes outside the United States.

use crate::width::half_width;

/// A country's forms. `9` stands for a digit, `A` for a letter, `X` for either; spaces and hyphens do not matter.
struct Forms {
    country: &'static str,
    forms: &'static [&'static str],
    /// In words, for people.
    expected: &'static str,
}

/// Only the form: whether a code of that form is in use is not known here. GIR 0AA is the one British code that is not
/// like the others, D6W the one Irish routing key.
const FORMS: [Forms; 9] = [
    Forms {
        country: "GB",
        forms: &["A99AA", "A999AA", "AA99AA", "AA999AA", "A9A9AA", "AA9A9AA", "AAA9AA"],
        expected: "a British postcode like SW1A 1AA",
    },
    Forms { country: "DE", forms: &["99999"], expected: "five digits" },
    Forms { country: "FR", forms: &["99999"], expected: "five digits" },
    Forms { country: "IT", forms: &["99999"], expected: "five digits" },
    Forms { country: "ES", forms: &["99999"], expected: "five digits" },
    Forms { country: "IE", forms: &["A99XXXX", "A9AXXXX"], expected: "an Eircode like D02 X285" },
    Forms { country: "JP", forms: &["9999999"], expected: "seven digits" },
    Forms { country: "CA", forms: &["A9A9A9"], expected: "a Canadian postal code like K1A 0B1" },
    Forms { country: "AU", forms: &["9999"], expected: "four digits" },
];

/// What was expected instead of `code`; `None` when it has a form of the country, or the country's forms are not
/// known here. `country` is in capitals.
pub fn expected(country: &str, code: &str) -> Option<&'static str> {
    let Forms { forms, expected, .. } = FORMS.iter().find(|forms| forms.country == country)?;
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

/// Europeans put the country before the code: `D-10115`, `DE-10115`, `F-75001`.
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
