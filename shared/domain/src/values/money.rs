//! Money: integer minor units with a currency. No float touches it.

use std::fmt;

use serde::{Deserialize, Serialize};

use crate::decimal::{NotDecimal, read_up};
use crate::market::MARKETS;

/// An ISO 4217 currency: three upper-case letters.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct Currency([u8; 3]);

/// Currencies without minor units, by ISO 4217, that are not of a market.
const OTHERS_WITHOUT_DECIMALS: [&str; 2] = ["KRW", "CLP"];

impl Currency {
    /// The United States dollar.
    pub const USD: Self = Self(*b"USD");

    /// Reads a currency code; letter case does not matter.
    pub fn parse(code: &str) -> Result<Self, MoneyError> {
        let bytes: [u8; 3] = code.as_bytes().try_into().map_err(|_| MoneyError::Currency(code.to_owned()))?;
        if !bytes.iter().all(u8::is_ascii_alphabetic) {
            return Err(MoneyError::Currency(code.to_owned()));
        }
        Ok(Self(bytes.map(|b| b.to_ascii_uppercase())))
    }

    /// The code, for example `USD`.
    pub fn code(&self) -> &str {
        std::str::from_utf8(&self.0).unwrap_or("???")
    }

    fn decimals(&self) -> u32 {
        let others = if OTHERS_WITHOUT_DECIMALS.contains(&self.code()) { 0 } else { 2 };
        MARKETS.iter().find(|market| market.currency == self.code()).map_or(others, |of| of.currency_decimals)
    }
}

impl TryFrom<String> for Currency {
    type Error = MoneyError;
    fn try_from(code: String) -> Result<Self, MoneyError> {
        Self::parse(&code)
    }
}

impl From<Currency> for String {
    fn from(currency: Currency) -> Self {
        currency.code().to_owned()
    }
}

impl fmt::Debug for Currency {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.code())
    }
}

/// Why a text is not an amount of money.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum MoneyError {
    #[error("currency {0:?} is not a three-letter ISO 4217 code")]
    Currency(String),
    #[error(transparent)]
    Amount(#[from] NotDecimal),
    #[error("the amount is too large")]
    TooLarge,
    #[error("{0:?} and {1:?} cannot be added")]
    Mixed(Currency, Currency),
}

/// An amount of money in minor units (cents).
#[derive(Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub struct Money {
    /// Minor units: 607 is 6.07 USD.
    pub minor: i64,
    pub currency: Currency,
}

impl Money {
    /// `cents` United States cents.
    pub const fn usd(cents: i64) -> Self {
        Self { minor: cents, currency: Currency::USD }
    }

    /// Reads a decimal text such as `6.07`, `6.07000` or `6.075`. A fraction of the minor unit is rounded up, towards plus
    /// infinity: prices and charges must not look smaller than they are, and a negative amount is a credit, which must not
    /// look larger.
    pub fn parse(text: &str, currency: Currency) -> Result<Self, MoneyError> {
        let minor = read_up(text, currency.decimals())?;
        Ok(Self { minor: i64::try_from(minor).map_err(|_| MoneyError::TooLarge)?, currency })
    }

    /// The sum; fails if the currencies differ or the sum does not fit.
    pub fn plus(self, other: Self) -> Result<Self, MoneyError> {
        if self.currency != other.currency {
            return Err(MoneyError::Mixed(self.currency, other.currency));
        }
        let minor = self.minor.checked_add(other.minor).ok_or(MoneyError::TooLarge)?;
        Ok(Self { minor, ..self })
    }
}

impl fmt::Display for Money {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let sign = if self.minor < 0 { "-" } else { "" };
        let minor = self.minor.unsigned_abs();
        match self.currency.decimals() {
            0 => write!(f, "{sign}{minor} {:?}", self.currency),
            _ => write!(f, "{sign}{}.{:02} {:?}", minor / 100, minor % 100, self.currency),
        }
    }
}

impl fmt::Debug for Money {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{self}")
    }
}

#[cfg(test)]
mod tests {
    use super::{Currency, Money};

    #[track_caller]
    fn check(text: &str, code: &str, expect: Option<i64>) {
        let currency = Currency::parse(code).unwrap();
        assert_eq!(Money::parse(text, currency).ok().map(|m| m.minor), expect, "{text} {code}");
    }

    #[test]
    fn reads_amounts_and_rounds_fractions_up() {
        check("6.07", "USD", Some(607));
        check("6.07000", "usd", Some(607));
        check("5000", "IDR", Some(500_000));
        check("0", "USD", Some(0));
        check("-1.5", "USD", Some(-150));
        check("1200", "JPY", Some(1200));
        check("4.655", "USD", Some(466));
        check("4.6500000000000004", "USD", Some(465));
        check("-1.005", "USD", Some(-100));
        check("1200.5", "JPY", Some(1201));
        check("1200.00", "JPY", Some(1200));
        check("", "USD", None);
        check("1e3", "USD", None);
        check("6,07", "USD", None);
        check("99999999999999999999", "USD", None);
    }

    #[test]
    fn shows_amounts() {
        assert_eq!(Money::usd(607).to_string(), "6.07 USD");
        assert_eq!(Money::usd(-5).to_string(), "-0.05 USD");
        assert_eq!(Money::parse("1200", Currency::parse("JPY").unwrap()).unwrap().to_string(), "1200 JPY");
    }

    #[test]
    fn refuses_to_add_two_currencies() {
        let pounds = Money { minor: 1, currency: Currency::parse("GBP").unwrap() };
        assert!(Money::usd(1).plus(pounds).is_err());
        assert_eq!(Money::usd(1).plus(Money::usd(2)), Ok(Money::usd(3)));
    }
}
