//! What an account offers.

use std::fmt;
use std::time::Duration;

use domain::rates::Carrier;
use jiff::SignedDuration;

/// What an account may offer beside rates and labels.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Feature {
    VerifyAddress,
    /// Issuing some labels only after they are sold.
    IssueLater,
    Void,
    /// Reading how far a refund is.
    Refund,
    /// Fetching the file of a label after the purchase.
    LabelFile,
    /// Giving the sheet that goes with dangerous goods.
    HazmatSheet,
    Track,
}

impl Feature {
    pub const ALL: [Self; 7] = [
        Self::VerifyAddress,
        Self::IssueLater,
        Self::Void,
        Self::Refund,
        Self::LabelFile,
        Self::HazmatSheet,
        Self::Track,
    ];
}

impl fmt::Display for Feature {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::VerifyAddress => "verifying addresses",
            Self::IssueLater => "issuing labels later",
            Self::Void => "voiding labels",
            Self::Refund => "following refunds",
            Self::LabelFile => "fetching labels",
            Self::HazmatSheet => "sheets for dangerous goods",
            Self::Track => "tracking parcels",
        })
    }
}

/// What an account offers, and the times that hold for it. It has no default: each connector says it of its own API.
#[derive(Clone, Debug)]
pub struct Capabilities {
    /// The account answers [`crate::CarrierError::Unsupported`] to anything else, without a call.
    pub features: &'static [Feature],
    /// A quote that is older is priced again before it is bought.
    pub quote_ttl: SignedDuration,
    /// How long the answer to a purchase is awaited.
    pub buy_timeout: Duration,
    /// Counted from the moment at which the purchase was given up: after this its record shows a purchase that took place.
    pub settle: Duration,
    /// Days after a refund was asked for by which it is paid or denied, by the carrier that moves the parcel.
    pub refund_overdue_days: &'static [(Carrier, u16)],
}

impl Capabilities {
    /// True when the account offers `feature`.
    pub fn offers(&self, feature: Feature) -> bool {
        self.features.contains(&feature)
    }

    /// How long after it was asked for a refund that is still [`crate::RefundStatus::Submitted`] is overdue; `None` where
    /// it is not known.
    pub fn refund_overdue_after(&self, carrier: Carrier) -> Option<SignedDuration> {
        let (_, days) = self.refund_overdue_days.iter().find(|(of, _)| *of == carrier)?;
        Some(SignedDuration::from_hours(24 * i64::from(*days)))
    }
}
