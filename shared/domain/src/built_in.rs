//! Rules and phrases that are compiled in as JSON, in the form in which users write their own. A broken file must never turn
//! into empty rules: reading one is a `Result`, and start-up checks all of them.

use crate::buyer_intent::IntentRules;
use crate::deadline::DispatchRules;
use crate::rates::RateRules;

/// A file that is compiled in and can't be used: a defect of this build.
#[derive(Debug, thiserror::Error)]
#[error("the built-in {file} can't be used")]
pub struct BuiltInError {
    pub file: &'static str,
    #[source]
    pub source: Box<dyn std::error::Error + Send + Sync>,
}

impl BuiltInError {
    pub(crate) fn of<E>(file: &'static str) -> impl Fn(E) -> Self
    where
        E: Into<Box<dyn std::error::Error + Send + Sync>>,
    {
        move |error| Self { file, source: error.into() }
    }
}

/// Reads every file once. Start-up calls it, because code that runs later can only do without the rules.
///
/// # Errors
/// With the first file that can't be used.
pub fn check() -> Result<(), BuiltInError> {
    DispatchRules::built_in()?;
    RateRules::built_in()?;
    IntentRules::built_in()?;
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::{BuiltInError, check};

    #[test]
    fn every_file_is_read() {
        check().unwrap();
    }

    #[test]
    fn an_error_names_the_file_and_why() {
        let broken = serde_json::from_str::<u8>("x").map_err(BuiltInError::of("x.json")).unwrap_err();
        assert_eq!(broken.to_string(), "the built-in x.json can't be used");
        assert_eq!(broken.source.to_string(), "expected value at line 1 column 1");
    }
}
