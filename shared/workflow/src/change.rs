//! What a closure decided about the record that it was shown.

/// Whether a record is committed, and what its closure answers the caller.
///
/// The answer is the only way out of a closure: it may run several times, so a variable that it wrote would hold what an
/// attempt found that was never committed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Change<T> {
    /// Commit the record as it is now.
    Commit(T),
    /// Keep what is stored. Whatever the closure did to its copy is dropped.
    Keep(T),
}

impl Change<bool> {
    /// Commits where something changed; the answer says whether it did.
    pub fn commit_if(changed: bool) -> Self {
        if changed { Self::Commit(true) } else { Self::Keep(false) }
    }
}
