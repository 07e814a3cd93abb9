//! Chance, so that tests can fix it.

use domain::PurchaseKey;

/// Draws what must be random.
pub trait Random: Send + Sync + 'static {
    /// A key that nobody else draws (122 random bits).
    fn purchase_key(&self) -> PurchaseKey;

    /// Any number, for jitter.
    fn number(&self) -> u64;
}

/// The machine's source of chance.
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
