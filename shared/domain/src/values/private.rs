//! Personal data and secrets that must not reach a log.

use std::fmt;

use serde::{Deserialize, Serialize};

/// A value whose `Debug` shows nothing. It is stored and sent as the plain value.
#[derive(Clone, Default, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Private<T>(T);

impl<T> Private<T> {
    /// Hides `value` from logs.
    pub fn new(value: T) -> Self {
        Self(value)
    }

    /// The value, for the request that needs it.
    pub fn expose(&self) -> &T {
        &self.0
    }
}

impl<T> fmt::Debug for Private<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("(private)")
    }
}

impl From<&str> for Private<String> {
    fn from(value: &str) -> Self {
        Self(value.to_owned())
    }
}

#[cfg(test)]
mod tests {
    use super::Private;

    #[test]
    fn debug_shows_nothing() {
        assert_eq!(format!("{:?}", Private::from("12 Elm Street")), "(private)");
    }
}
