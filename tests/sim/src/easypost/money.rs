//! Cents and weights as text.

/// `593` becomes `5.93`.
pub(crate) fn dollars(cents: u64) -> String {
    format!("{}.{:02}", cents / 100, cents % 100)
}

/// Fees have five decimals.
pub(crate) fn fee(cents: u64) -> String {
    format!("{}000", dollars(cents))
}
