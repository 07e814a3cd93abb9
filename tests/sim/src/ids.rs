//! Ids and codes that look like the providers' own.

use std::sync::atomic::{AtomicU64, Ordering};

/// A counter of decimal ids under a prefix: `576460000000001234`.
#[derive(Debug)]
pub(crate) struct Decimal {
    prefix: &'static str,
    next: AtomicU64,
}

impl Decimal {
    /// Begins with the `first`th id.
    pub(crate) const fn from(prefix: &'static str, first: u64) -> Self {
        Self { prefix, next: AtomicU64::new(first) }
    }

    /// The next id: the prefix and ten digits. Steps of 7919 keep neighbours from differing by one.
    pub(crate) fn next(&self) -> String {
        let n = self.next.fetch_add(1, Ordering::Relaxed).wrapping_mul(7919) % 10_000_000_000;
        format!("{}{n:010}", self.prefix)
    }
}

/// 32 random hex digits.
pub(crate) fn hex32() -> String {
    uuid::Uuid::new_v4().simple().to_string()
}
