//! Exceptions: what a person has to look at. Opened and closed by conditions, never lost.

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use crate::ids::ShipmentId;

/// What is wrong.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum ExceptionKind {
    /// The address lacks a field that a label needs.
    AddressIncomplete,
    /// The carrier's verification says that nothing can be delivered there.
    AddressUndeliverable,
    /// The address or the items changed after the label was bought.
    ChangedAfterLabel,
    /// No weight is known for an item.
    WeightUnknown,
    /// The order's warehouse has no address that a label could be sent from.
    WarehouseUnknown,
    /// No rate can be bought.
    NoRate,
    /// Everything arrives late; the fastest was taken.
    ArrivesLate,
    /// The label became dearer than the quote by more than the tolerance.
    PriceRose,
    /// The carrier charged more than the quote and the tolerance.
    OverCharged,
    /// The carrier refused to sell the label.
    PurchaseRefused,
    /// It is not known whether a label was bought.
    PurchaseUnknown,
    /// The carrier did not void the label of a cancelled order.
    VoidRefused,
    /// TikTok has no shipping provider for the label's carrier.
    ProviderUnknown,
    /// TikTok refused the tracking number.
    UploadRefused,
    /// TikTok took the tracking number with a warning, which puts the valid tracking rate at risk.
    UploadWarning,
    /// The order was shipped with another tracking number while we hold a label for it.
    ShippedElsewhere,
    /// The buyer asked to cancel; nothing is bought or uploaded until the seller has answered at TikTok.
    CancelRequested,
    /// The order was cancelled after the carrier's scan.
    CancelledAfterScan,
    /// The order ships in a way that this version does not support; a person has to ship it.
    NotSupported,
    /// The shop has to be connected again.
    ShopAuthorization,
    /// An outside service has failed us for longer than we may wait in silence.
    ServiceUnavailable,
    /// The shipment does not move although it was sent again several times.
    Stuck,
}

/// How urgent an exception is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Priority {
    /// Worth knowing; the order is on its way.
    Notice,
    /// The order does not move until somebody acts.
    Blocking,
    /// Money or the shop's standing is at risk now.
    Urgent,
}

impl ExceptionKind {
    /// How urgent it is.
    pub fn priority(self) -> Priority {
        match self {
            Self::ArrivesLate | Self::OverCharged | Self::UploadWarning => Priority::Notice,
            Self::PurchaseUnknown
            | Self::VoidRefused
            | Self::ShippedElsewhere
            | Self::ShopAuthorization
            | Self::CancelRequested
            | Self::CancelledAfterScan => Priority::Urgent,
            _ => Priority::Blocking,
        }
    }

    /// What a person can do about it.
    pub fn remedy(self) -> &'static str {
        match self {
            Self::AddressIncomplete | Self::AddressUndeliverable => {
                "Ask the buyer to correct the address at TikTok; the order goes on by itself when it changes."
            }
            Self::ChangedAfterLabel => "Void the label and buy a new one, or ship it as it is.",
            Self::WeightUnknown => {
                "Enter the package weight of the product at TikTok or import it, then retry."
            }
            Self::WarehouseUnknown => "Complete the warehouse's address at TikTok, then retry.",
            Self::NoRate => "Read the reasons of the decision, enable another service, then retry.",
            Self::ArrivesLate => "Nothing to do: the fastest service was bought.",
            Self::PriceRose => "Rate the shipment again.",
            Self::OverCharged => {
                "Compare the carrier's bill with the quote; void the label if it is not worth it."
            }
            Self::PurchaseRefused => "Read the carrier's reason, mend the cause, then retry.",
            Self::PurchaseUnknown => {
                "Nothing is bought again by itself. Look the shipment up at the carrier."
            }
            Self::VoidRefused => "Ask the carrier for a refund of the label.",
            Self::ProviderUnknown => "Allow the carrier in the delivery option at TikTok, then retry.",
            Self::UploadRefused => "Read TikTok's reason; correct it there or void the label.",
            Self::UploadWarning => {
                "Check carrier and tracking number at TikTok; they can be edited for 72 hours."
            }
            Self::ShippedElsewhere => "Void our label, or correct the tracking number at TikTok.",
            Self::CancelRequested => {
                "Approve or refuse the cancellation at TikTok; the order goes on by itself."
            }
            Self::CancelledAfterScan => "Ask the carrier to return the parcel.",
            Self::NotSupported => "Ship this order in the Seller Center.",
            Self::ShopAuthorization => "Connect the shop again.",
            Self::ServiceUnavailable => "Nothing to do: it is tried again. Watch the deadline.",
            Self::Stuck => {
                "It is sent again by itself. Look at the order at TikTok, the dead letters and the log."
            }
        }
    }
}

/// One exception of an order.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Exception {
    /// What is wrong.
    pub kind: ExceptionKind,
    /// Which shipment; `None` for the order as a whole.
    pub shipment: Option<ShipmentId>,
    /// What is known of it, without personal data.
    pub detail: String,
    /// Since when.
    pub opened_at: Timestamp,
    /// When its condition ended.
    pub closed_at: Option<Timestamp>,
}
