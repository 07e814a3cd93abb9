//! The calls that are made to a carrier.

use std::fmt;

/// What a carrier was asked for.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Call {
    /// To check an address.
    VerifyAddress,
    /// To make a shipment and rate it.
    Quote,
    /// To rate a shipment again.
    Requote,
    /// To buy a label.
    Buy,
    /// To show a shipment.
    Read,
    /// To refund a label.
    Void,
    /// To follow a parcel.
    Track,
    /// To convert a label to another format.
    ConvertLabel,
    /// To hand out the file of a label.
    DownloadLabel,
}

impl Call {
    /// Its name in logs and metrics.
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

impl fmt::Display for Call {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}
