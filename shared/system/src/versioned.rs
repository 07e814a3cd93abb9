//! Values under a version: optimistic locking.

/// A stored value with the version that a commit must name.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Versioned<T> {
    /// The value.
    pub value: T,
    /// Grows with every commit; 0 means that nothing is stored yet.
    pub version: u64,
}

/// The outcome of a commit.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Committed {
    /// The value is durable, under this version.
    Stored(u64),
    /// Someone else committed first; nothing was stored.
    LostRace,
}
