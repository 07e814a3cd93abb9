//! Random values, as a trait, so that tests can fix them.

use domain::PurchaseKey;

/// A source of random values.
pub trait Random: Send + Sync + 'static {
    /// A key that nobody else draws, of 122 random bits.
    fn purchase_key(&self) -> PurchaseKey;

    /// A number for jitter.
    fn number(&self) -> u64;
}

/// The machine's source of randomness.
#[derive(Clone, Copy, Debug, Default)]
pub struct SystemRandom;

impl Random for SystemRandom {
    fn purchase_key(&self) -> PurchaseKey {
        PurchaseKey::new(uuid::Uuid::new_v4().to_string())
    }

    fn number(&self) -> u64 {
        fastrand::u64(..)
    }
}
