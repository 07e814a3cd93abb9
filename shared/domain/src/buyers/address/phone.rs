//! Phone numbers in the form that carriers accept.

use unicode_normalization::UnicodeNormalization as _;

use super::TERRITORIES;

/// The digits of the North American plan: area code, exchange, line.
const NORTH_AMERICAN: usize = 10;
/// Elsewhere: "the maximum number of digits is 15" (E.164); the shortest numbers in use have seven.
const ELSEWHERE: std::ops::RangeInclusive<usize> = 7..=15;

/// The number in digits, as carriers accept it in `country`; `None` if it is masked, too short, too long, or can't be a phone
/// number. In the United States it is ten digits, area code first, without the 1 and without an extension (UPS
/// `Shipping.yaml`: "area code, 7 digit PhoneNumber"; FedEx refuses others as `RECIPIENTCONTACT.PHONENUMBER.INVALID`).
pub fn dialable(phone: &str, country: &str) -> Option<String> {
    let plain: String = phone.nfkc().collect();
    if plain.contains(['*', '•', '●']) {
        return None;
    }
    let number =
        plain.split(|c: char| c.is_alphabetic() || matches!(c, ',' | ';' | '#')).next().unwrap_or_default();
    let digits: String = number.chars().filter(char::is_ascii_digit).collect();
    let country = country.trim().to_ascii_uppercase();
    if country != "US" && country != "CA" && !TERRITORIES.contains(&country.as_str()) {
        return ELSEWHERE.contains(&digits.len()).then_some(digits);
    }
    let national = match digits.strip_prefix('1') {
        Some(rest) if rest.len() == NORTH_AMERICAN => rest,
        _ => digits.as_str(),
    };
    is_north_american(national).then(|| national.to_owned())
}

/// Area code and exchange begin with 2 to 9.
fn is_north_american(digits: &str) -> bool {
    let bytes = digits.as_bytes();
    bytes.len() == NORTH_AMERICAN && bytes[0] >= b'2' && bytes[3] >= b'2'
}
