//! What is wrong with the configuration.

use std::borrow::Cow;

/// Why the configuration can't be used. It names the variable and never shows its value, which may be a secret.
#[derive(Debug, thiserror::Error)]
pub enum ConfigError {
    /// A variable that has to be set is not.
    #[error("{0} is not set")]
    Missing(Cow<'static, str>),
    /// A variable has a value that is not what was expected.
    #[error("{name} is not {expected}")]
    Malformed { name: Cow<'static, str>, expected: String },
    /// Something that is compiled in can't be used: a defect of this build.
    #[error(transparent)]
    BuiltIn(#[from] domain::built_in::BuiltInError),
}

impl ConfigError {
    /// The error for a value that is not what was expected.
    pub fn malformed(name: impl Into<Cow<'static, str>>, expected: impl Into<String>) -> Self {
        Self::Malformed { name: name.into(), expected: expected.into() }
    }

    /// The name of the variable at fault, if it is one.
    pub fn variable(&self) -> Option<&str> {
        match self {
            Self::Missing(name) | Self::Malformed { name, .. } => Some(name),
            Self::BuiltIn(_) => None,
        }
    }
}
