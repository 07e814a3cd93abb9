//! Which account at which outside API sold something.

use std::fmt;
use std::sync::Arc;

use serde::{Deserialize, Deserializer, Serialize, Serializer};

use super::ids::CarrierAccountId;

/// An account at an outside service that sells labels: `kind:name`, for example `ups:main`. The kind names the connector
/// that speaks to it, the name tells the seller's accounts of that kind apart. Cheap to clone: every quote carries one.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct AccountId(Arc<str>);

/// The connector that sells TikTok's own labels.
const PLATFORM_KIND: &str = "tiktok";

/// The text is not an account.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("an account id has the form kind:name, in letters, digits, - and _")]
pub struct InvalidAccountId;

impl AccountId {
    /// The account that needs no name, because there is one of its kind. `kind` is a connector's constant.
    pub fn default_of(kind: &'static str) -> Self {
        Self(format!("{kind}:default").into())
    }

    /// The account of a shop at TikTok itself, which sells TikTok's own labels. Each shop has exactly one.
    pub fn platform() -> Self {
        Self::default_of(PLATFORM_KIND)
    }

    /// True for TikTok's own account, [`AccountId::platform`].
    pub fn is_platform(&self) -> bool {
        self.kind() == PLATFORM_KIND
    }

    /// Reads `kind:name`.
    ///
    /// # Errors
    /// When a part is missing, or has other characters than letters, digits, `-` and `_`.
    pub fn parse(text: &str) -> Result<Self, InvalidAccountId> {
        let is_word = |part: &str| {
            !part.is_empty() && part.bytes().all(|b| b.is_ascii_alphanumeric() || matches!(b, b'-' | b'_'))
        };
        match text.split_once(':') {
            Some((kind, name)) if is_word(kind) && is_word(name) => Ok(Self(text.into())),
            _ => Err(InvalidAccountId),
        }
    }

    /// The id as it is written: `kind:name`.
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// The connector that speaks to it.
    pub fn kind(&self) -> &str {
        self.0.split_once(':').map_or("", |(kind, _)| kind)
    }
}

impl CarrierAccountId {
    /// What is billed for TikTok's own labels: the shop's settlement at TikTok.
    pub fn platform() -> Self {
        Self::new(PLATFORM_KIND)
    }
}

impl fmt::Display for AccountId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl fmt::Debug for AccountId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "AccountId({})", self.0)
    }
}

impl Serialize for AccountId {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(&self.0)
    }
}

impl<'de> Deserialize<'de> for AccountId {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        Self::parse(&String::deserialize(deserializer)?).map_err(serde::de::Error::custom)
    }
}

#[cfg(test)]
mod tests {
    use super::AccountId;

    #[test]
    fn an_account_is_a_kind_and_a_name() {
        let account = AccountId::parse("ups:main").unwrap();
        assert_eq!((account.kind(), account.as_str()), ("ups", "ups:main"));
        assert_eq!(AccountId::default_of("ups"), AccountId::parse("ups:default").unwrap());
        for odd in ["", "ups", "ups:", ":main", "ups:main:2", "ups: main", "ups:../x"] {
            assert!(AccountId::parse(odd).is_err(), "{odd:?}");
        }
    }

    #[test]
    fn it_is_stored_as_its_text() {
        let account = AccountId::default_of("ups");
        let stored = serde_json::to_value(&account).unwrap();
        assert_eq!(stored, "ups:default");
        assert_eq!(serde_json::from_value::<AccountId>(stored).unwrap(), account);
        assert!(serde_json::from_value::<AccountId>("ups".into()).is_err());
    }
}
