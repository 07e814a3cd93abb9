//! The HTTP calls that are made to an account.

use std::fmt;
use std::sync::Arc;

/// Called once for each HTTP call with its kind, to count them.
pub type CallCounter = Arc<dyn Fn(&'static str) + Send + Sync>;

/// Called whenever an account does not accept its credentials.
pub type AccountRefused = Arc<dyn Fn() + Send + Sync>;

/// What an account was asked for.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum CarrierCall {
    VerifyAddress,
    /// Rates of a new parcel.
    Quote,
    /// Rates of a parcel that the account knows.
    Requote,
    Buy,
    /// What the account knows of a parcel or label.
    Read,
    Void,
    Track,
    /// A label in another format.
    ConvertLabel,
    DownloadLabel,
}

impl CarrierCall {
    /// The call's name, as logs and metrics show it.
    pub fn name(self) -> &'static str {
        match self {
            Self::VerifyAddress => "verify_address",
            Self::Quote => "quote",
            Self::Requote => "requote",
            Self::Buy => "buy",
            Self::Read => "read",
            Self::Void => "void",
            Self::Track => "track",
            Self::ConvertLabel => "convert_label",
            Self::DownloadLabel => "download_label",
        }
    }

    /// True when asking twice does nothing that costs: the state need not be read back first.
    pub fn is_repeatable(self) -> bool {
        !matches!(self, Self::Buy | Self::Void)
    }
}

impl fmt::Display for CarrierCall {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}
