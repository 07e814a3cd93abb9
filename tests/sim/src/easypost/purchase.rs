//! What a test may know of purchases.

use jiff::Timestamp;

/// How far a refund is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum RefundStatus {
    /// Asked for.
    Submitted,
    /// Paid back.
    Refunded,
    /// Refused, because the carrier has seen the parcel.
    Rejected,
}

impl RefundStatus {
    pub(crate) fn name(self) -> &'static str {
        match self {
            Self::Submitted => "submitted",
            Self::Refunded => "refunded",
            Self::Rejected => "rejected",
        }
    }
}

/// A bought label.
#[derive(Debug, Clone)]
pub struct Purchase {
    /// The shipment.
    pub shipment_id: String,
    /// The reference the shipment was created with.
    pub reference: Option<String>,
    /// The carrier, by EasyPost's name.
    pub carrier: String,
    /// The service.
    pub service: String,
    /// The weight that was declared, in ounces.
    pub ounces: f64,
    /// Length, width and height that were declared, in inches.
    pub inches: Option<[f64; 3]>,
    /// What it cost.
    pub price_cents: u64,
    /// The tracking code.
    pub tracking_code: String,
    /// When it was bought.
    pub bought_at: Timestamp,
    /// How far its refund is, if one was asked for.
    pub refund: Option<RefundStatus>,
}

impl Purchase {
    /// Whether the label was handed back: asked for and not refused.
    pub fn handed_back(&self) -> bool {
        matches!(self.refund, Some(RefundStatus::Submitted | RefundStatus::Refunded))
    }
}
