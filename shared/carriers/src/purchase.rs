//! Buying a label and giving it back.

use domain::purchase::Purchase;
use domain::rates::Service;
use domain::stage::{CostBasis, Label};
use domain::{
    AccountId, CarrierAccountId, LabelDocument, LabelHandle, Money, OrderId, Private, QuoteId, TrackingNumber,
};

use crate::ShipRequest;

/// What is to be bought.
#[derive(Clone, Copy, Debug)]
pub struct PurchaseOrder<'a> {
    /// The ledger's entry, which is committed: the quote with its ticket, the key and the reference.
    pub purchase: &'a Purchase,
    /// The parcel as it was rated, for accounts that want to hear all of it again.
    pub request: &'a ShipRequest<'a>,
}

/// A label that is paid for.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct BoughtLabel {
    pub account: AccountId,
    pub handle: LabelHandle,
    /// The rate that was bought. It is the account's word: compare it with what was ordered.
    pub quote: QuoteId,
    pub tracking: TrackingNumber,
    pub service: Service,
    /// The carrier's contract that is billed.
    pub billed_to: CarrierAccountId,
    /// All that is charged for it, postage and fees.
    pub cost: Money,
    pub file: LabelSource,
    /// How far its refund is; `None` while nobody asked for one.
    pub void: Option<VoidOutcome>,
}

/// What an account sold.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Sold {
    /// The label is there.
    Issued(Box<BoughtLabel>),
    /// It is paid for and not issued yet: ask [`crate::Connector::issued`].
    Pending(Box<SoldLabel>),
}

/// A label that is paid for and has no tracking number yet.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SoldLabel {
    pub account: AccountId,
    pub handle: LabelHandle,
    pub service: Service,
    /// The contract that is billed.
    pub billed_to: CarrierAccountId,
    pub cost: Money,
    pub cost_basis: CostBasis,
    /// The orders that the parcel is for, the one that was asked for first.
    pub orders: Vec<OrderId>,
}

/// Whether a label that was sold is issued.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Issue {
    /// Not yet: ask again a little later.
    Pending,
    Issued(Box<IssuedLabel>),
    /// It never will be, or can't be had any more: its order was cancelled, or the carrier has the parcel.
    Gone,
}

/// What a label that was sold before turns out to be.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct IssuedLabel {
    pub tracking: TrackingNumber,
    pub file: LabelSource,
}

/// Where the file of a label is.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum LabelSource {
    /// It came with the answer, and may never come again.
    Inline(LabelDocument),
    /// It lies here. Whoever has the link sees the recipient.
    Link(Private<String>),
    /// It is asked for by [`crate::Connector::label_file`].
    Refetch,
}

/// What the account's record says of a purchase whose answer was lost.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Found {
    /// The label is paid for.
    Label(Box<BoughtLabel>),
    /// The label is paid for and not issued yet, or has to be asked for by itself.
    Pending(Box<SoldLabel>),
    /// It is paid for, and its label can't be had.
    Bare { handle: LabelHandle, tracking: TrackingNumber },
    /// No trace of a purchase.
    Nothing(Certainty),
}

/// What a record without a purchase proves.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Certainty {
    /// That nothing was sold, once [`crate::Capabilities::settle`] has passed.
    Proof,
    /// Nothing: a person has to look.
    Weak,
}

/// A label, as the account that sold it knows it.
#[derive(Clone, Copy, Debug)]
pub struct LabelRef<'a> {
    pub handle: &'a LabelHandle,
    pub tracking: &'a TrackingNumber,
}

impl<'a> From<&'a Label> for LabelRef<'a> {
    fn from(label: &'a Label) -> Self {
        Self { handle: &label.handle, tracking: &label.tracking }
    }
}

impl<'a> From<&'a BoughtLabel> for LabelRef<'a> {
    fn from(label: &'a BoughtLabel) -> Self {
        Self { handle: &label.handle, tracking: &label.tracking }
    }
}

/// How far the refund of a label is, read back.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum RefundStatus {
    /// Nobody asked for one, or there is no such label.
    NotAsked,
    /// The carrier has not decided. It is overdue after [`crate::Capabilities::refund_overdue_after`].
    Submitted,
    /// The money is back.
    Refunded,
    /// Denied. It may be asked for again.
    Rejected,
    /// Nothing to refund: the carrier bills only what it scans.
    NotApplicable,
}

/// What came of asking for a refund.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum VoidOutcome {
    /// The carrier has not decided.
    Submitted,
    /// The money is back.
    Refunded,
    /// Denied. It may be asked for again.
    Rejected,
    /// Nothing to refund: the carrier bills only what it scans.
    NotApplicable,
    /// The carrier has not decided on an earlier request.
    AlreadyRequested,
}
