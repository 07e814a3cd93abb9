//! The kinds of orders in a sandbox, and what should come of each.

/// What makes an order worth having in a sandbox.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Kind {
    /// One light thing.
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
    /// A product whose weight nobody entered.
    UnknownWeight,
}

/// What should come of an order.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Expected {
    /// A label, and its tracking number at TikTok.
    Uploaded,
    /// A person has to look at it; no label.
    Exception,
    /// Cancelled; no label that was not handed back. An order shipped before the cancellation is right too.
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

    /// What should come of an order of this kind.
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
