//! What can go wrong in a backend.

/// A fault of the backend. What a caller has to handle (a lost race, an absent record) is a value, not an error.
#[derive(Debug, thiserror::Error)]
pub enum BackendError {
    /// The backend cannot be reached or is overloaded. A later attempt may succeed.
    #[error("the backend is not available")]
    Unavailable(#[source] Box<dyn std::error::Error + Send + Sync>),
    /// A stored record cannot be read: a defect, or a record of a newer version.
    #[error("{what} can't be read")]
    Corrupt {
        /// Which record, by its key.
        what: String,
        #[source]
        source: Box<dyn std::error::Error + Send + Sync>,
    },
}

impl BackendError {
    /// Wraps a fault after which a later attempt may succeed.
    pub fn unavailable(source: impl Into<Box<dyn std::error::Error + Send + Sync>>) -> Self {
        Self::Unavailable(source.into())
    }

    /// True when a stored record cannot be read: a later attempt by this version finds the same.
    pub fn is_corrupt(&self) -> bool {
        matches!(self, Self::Corrupt { .. })
    }
}
