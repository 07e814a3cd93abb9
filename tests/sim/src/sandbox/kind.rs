//! The kinds of orders in a sandbox, and how each should end.

/// What an order of the sandbox is there to show.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Kind {
    Light,
    /// Thirty to sixty pounds.
    Heavy,
    /// Express, with a date by which it must arrive.
    Expedited,
    /// To a PO box.
    PoBox,
    /// Several things, several SKUs.
    MultiItem,
    /// ON_HOLD, released after about two seconds.
    OnHoldThenReleased,
    /// Never on hold, but paid more than an hour ago.
    PaidAnHourAgo,
    /// Cancelled by the buyer shortly after it was first read.
    CancelledInQueue,
    /// To an address that does not exist.
    BadAddress,
    /// A product without a weight.
    UnknownWeight,
}

/// How an order should end.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Expected {
    /// A label, and its tracking number at TikTok.
    Uploaded,
    /// An exception, and no label.
    Exception,
    /// Cancelled, with any label voided. An order that was shipped before the cancellation is right as well.
    Cancelled,
}

impl Kind {
    /// Every kind.
    pub const ALL: [Self; 10] = [
        Self::Light,
        Self::Heavy,
        Self::Expedited,
        Self::PoBox,
        Self::MultiItem,
        Self::OnHoldThenReleased,
        Self::PaidAnHourAgo,
        Self::CancelledInQueue,
        Self::BadAddress,
        Self::UnknownWeight,
    ];

    /// How an order of this kind should end.
    pub fn expected(self) -> Expected {
        match self {
            Self::BadAddress | Self::UnknownWeight => Expected::Exception,
            Self::CancelledInQueue => Expected::Cancelled,
            Self::Light
            | Self::Heavy
            | Self::Expedited
            | Self::PoBox
            | Self::MultiItem
            | Self::OnHoldThenReleased
            | Self::PaidAnHourAgo => Expected::Uploaded,
        }
    }
}
