//! Values with a version: optimistic locking.

/// A stored value with the version that a commit must name.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Versioned<T> {
    pub value: T,
    /// Grows with every commit. 0 means that nothing is stored yet.
    pub version: u64,
}

/// The outcome of a commit.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Committed {
    /// The value is durable, with this version.
    Stored(u64),
    /// Somebody else committed first. Nothing was stored.
    LostRace,
}
