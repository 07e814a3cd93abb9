//! Buying and giving back.

use domain::rates::Service;
use domain::{CarrierAccountId, CarrierShipmentId, Money, Private, PurchaseKey, QuoteId, TrackingNumber};

/// What is to be bought.
#[derive(Clone, Copy, Debug)]
pub struct PurchaseOrder<'a> {
    /// The shipment that was made for the quotes.
    pub carrier_shipment: &'a CarrierShipmentId,
    /// The quote chosen among them.
    pub quote: &'a QuoteId,
    /// The key committed before the call, for carriers that protect by key.
    pub key: &'a PurchaseKey,
}

/// A label that is paid for.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct BoughtLabel {
    /// The shipment at the carrier.
    pub carrier_shipment: CarrierShipmentId,
    /// The rate that was bought. It is the carrier's word: compare it with what was ordered.
    pub quote: QuoteId,
    /// The number to upload.
    pub tracking: TrackingNumber,
    /// The service.
    pub service: Service,
    /// The account that is billed.
    pub account: CarrierAccountId,
    /// All that is charged for it, postage and fees.
    pub cost: Money,
    /// Where the label lies. Whoever has the address sees the recipient.
    pub label_url: Private<String>,
    /// How far its refund is; `None` while nobody asked for one.
    pub void: Option<VoidOutcome>,
}

/// How far the refund of a label is, read back.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum RefundStatus {
    /// Nobody asked for one, or the label is none.
    NotAsked,
    /// The carrier has not overrides. It is overdue after [`crate::Capabilities::refund_overdue_after`].
    Submitted,
    /// The money is back.
    Refunded,
    /// Denied. It may be asked for again within the window.
    Rejected,
    /// Nothing to refund: the carrier bills only what it scans.
    NotApplicable,
}

/// What became of the wish to give a label back.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum VoidOutcome {
    /// The carrier was asked and has not overrides.
    Submitted,
    /// The money is back.
    Refunded,
    /// Denied. It may be asked for again within the window.
    Rejected,
    /// Nothing to refund: the carrier bills only what it scans.
    NotApplicable,
    /// An earlier request is still with the carrier.
    AlreadyRequested,
}
