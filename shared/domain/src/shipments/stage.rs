//! The stages of a shipment, and one exhaustive `match` that says which event is legal in which stage.

mod label;

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use crate::exception::ExceptionKind;
use crate::hold::HoldReason;
use crate::ids::PackageId;
use crate::rates::ChosenQuote;

pub use label::{CostBasis, HazmatSheet, Label, LabelFileState, PendingLabel};

/// What TikTok said to the tracking number.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Upload {
    /// When it was accepted.
    pub at: Timestamp,
    /// The package at TikTok, where it named one.
    pub package: Option<PackageId>,
    /// Its warning, if any.
    #[serde(default, skip_serializing_if = "crate::record::is_default")]
    pub warning: Option<String>,
}

/// What became of the money of a label that was not used.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Void {
    /// The carrier took the request; the refund comes in days or weeks.
    Submitted,
    /// The money is back, or will not be billed.
    Refunded,
    Rejected,
    /// Billed on the first scan only: nothing is to be refunded.
    NotApplicable,
    /// Whoever sold it takes no label back: it ended with its order.
    NotOffered,
}

/// What is to happen when a running purchase is through.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum PurchaseIntent {
    /// Ship with the label.
    Ship,
    /// The order was cancelled or shipped elsewhere meanwhile: void the label.
    Void,
}

/// The stage of a shipment.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case", tag = "stage")]
pub enum Stage {
    /// Must not be shipped yet.
    Held {
        /// Until then; `None` when only a change of the order ends the hold.
        until: Option<Timestamp>,
        why: HoldReason,
    },
    Ready,
    /// A rate is chosen.
    Rated {
        chosen: ChosenQuote,
        /// The parcel that it was chosen for.
        fingerprint: u64,
    },
    /// The ledger has a live purchase.
    Buying {
        intent: PurchaseIntent,
        /// The parcel that it is for.
        fingerprint: u64,
    },
    /// The label is paid for, and its number is not known yet.
    LabelPending {
        label: PendingLabel,
    },
    /// The label is paid for.
    Labelled {
        label: Label,
    },
    /// TikTok has the tracking number.
    Uploaded {
        label: Label,
        upload: Upload,
    },
    /// The carrier has the parcel.
    Scanned {
        label: Label,
        /// What TikTok said to it.
        upload: Upload,
    },
    /// The buyer has the parcel.
    Delivered {
        label: Label,
        /// What TikTok said to it.
        upload: Upload,
    },
    /// A person has to act; the exception says on what.
    Blocked {
        why: ExceptionKind,
        /// The label that is paid for already, if there is one.
        label: Option<Label>,
    },
    /// The label is to be voided.
    Voiding {
        label: Label,
    },
    Cancelled {
        /// The label that was paid for and what became of its money.
        voided: Option<(Label, Void)>,
    },
    /// Somebody else shipped it; nothing of ours was paid for.
    ShippedElsewhere,
}

/// What happens to a shipment.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Event {
    Hold {
        until: Option<Timestamp>,
        why: HoldReason,
    },
    /// It may be shipped; also after a person's retry, and when the parcel changed before a purchase. A blocked
    /// shipment goes on with the label that it has.
    Release,
    /// A rate was chosen.
    Rate {
        chosen: Box<ChosenQuote>,
        fingerprint: u64,
    },
    /// A purchase was entered into the ledger.
    Buy,
    /// The purchase came to nothing; the shipment is rated again.
    PurchaseFailed,
    /// The label is paid for, and its number is not known yet.
    LabelPending {
        label: Box<PendingLabel>,
    },
    /// Somebody else bought TikTok's label for it, for example in Seller Center.
    Adopt {
        label: Box<PendingLabel>,
    },
    /// The label is paid for.
    Label {
        label: Box<Label>,
    },
    /// The label's file is kept.
    KeepFile {
        /// The name of it.
        name: String,
    },
    /// The sheet for dangerous goods is kept, or there is none for this parcel.
    KeepHazmatSheet {
        sheet: HazmatSheet,
    },
    /// TikTok has the tracking number.
    Upload {
        upload: Upload,
    },
    /// The carrier scanned the parcel.
    Scan,
    /// The buyer has it.
    Deliver,
    /// A person has to act.
    Block {
        why: ExceptionKind,
    },
    /// The order is cancelled.
    Cancel,
    /// The carrier answered to the voiding.
    Voided {
        outcome: Void,
    },
    /// The carrier said what became of the refund that it had taken the request for.
    Refund {
        outcome: Void,
    },
    /// Somebody else shipped the order.
    ShippedElsewhere,
}

/// An event that is illegal in a stage.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{event} is illegal for a shipment in stage {stage}")]
pub struct InvalidTransition {
    pub event: &'static str,
    pub stage: &'static str,
}

impl Stage {
    /// The stage's name, as lists and logs show it.
    pub fn name(&self) -> &'static str {
        match self {
            Self::Held { .. } => "held",
            Self::Ready => "ready",
            Self::Rated { .. } => "rated",
            Self::Buying { .. } => "buying",
            Self::LabelPending { .. } => "label_pending",
            Self::Labelled { .. } => "labelled",
            Self::Uploaded { .. } => "uploaded",
            Self::Scanned { .. } => "scanned",
            Self::Delivered { .. } => "delivered",
            Self::Blocked { .. } => "blocked",
            Self::Voiding { .. } => "voiding",
            Self::Cancelled { .. } => "cancelled",
            Self::ShippedElsewhere => "shipped_elsewhere",
        }
    }

    /// The label, where one is paid for and issued.
    pub fn label(&self) -> Option<&Label> {
        match self {
            Self::Labelled { label }
            | Self::Uploaded { label, .. }
            | Self::Scanned { label, .. }
            | Self::Delivered { label, .. }
            | Self::Voiding { label } => Some(label),
            Self::Blocked { label, .. } => label.as_ref(),
            Self::Cancelled { voided } => voided.as_ref().map(|(label, _)| label),
            Self::Held { .. }
            | Self::Ready
            | Self::Rated { .. }
            | Self::Buying { .. }
            | Self::LabelPending { .. }
            | Self::ShippedElsewhere => None,
        }
    }

    /// The label, where one is paid for and issued.
    pub(crate) fn label_mut(&mut self) -> Option<&mut Label> {
        match self {
            Self::Labelled { label }
            | Self::Uploaded { label, .. }
            | Self::Scanned { label, .. }
            | Self::Delivered { label, .. }
            | Self::Voiding { label } => Some(label),
            Self::Blocked { label, .. } => label.as_mut(),
            Self::Cancelled { voided } => voided.as_mut().map(|(label, _)| label),
            Self::Held { .. }
            | Self::Ready
            | Self::Rated { .. }
            | Self::Buying { .. }
            | Self::LabelPending { .. }
            | Self::ShippedElsewhere => None,
        }
    }

    /// The stage after `event`.
    ///
    /// What TikTok or the carrier says again leaves the stage as it is: `Hold`, `Release` before a purchase, `Cancel`,
    /// `Scan`, `Deliver`, `ShippedElsewhere`, `KeepFile`, `KeepHazmatSheet`. A step of ours that comes a second time (`Rate`, `Buy`,
    /// `Label`, `Upload`, `Voided`) is illegal: whoever applies it looks at the stage first.
    pub fn after(self, event: Event) -> Result<Self, InvalidTransition> {
        use Event as E;
        let illegal = InvalidTransition { event: event.name(), stage: self.name() };
        let next = match (self, event) {
            // Before a purchase everything is open.
            (Self::Held { .. } | Self::Ready | Self::Rated { .. }, E::Hold { until, why }) => {
                Self::Held { until, why }
            }
            (Self::Held { .. } | Self::Ready | Self::Rated { .. }, E::Release) => Self::Ready,
            (Self::Ready, E::Rate { chosen, fingerprint }) => Self::Rated { chosen: *chosen, fingerprint },
            (Self::Rated { fingerprint, .. }, E::Buy) => {
                Self::Buying { intent: PurchaseIntent::Ship, fingerprint }
            }
            (Self::Held { .. } | Self::Ready | Self::Rated { .. }, E::Block { why }) => {
                Self::Blocked { why, label: None }
            }
            (Self::Held { .. } | Self::Ready | Self::Rated { .. }, E::Cancel) => {
                Self::Cancelled { voided: None }
            }
            (Self::Held { .. } | Self::Ready | Self::Rated { .. }, E::ShippedElsewhere) => {
                Self::ShippedElsewhere
            }

            // A running purchase is always seen through; what comes meanwhile decides what follows it.
            (Self::Buying { fingerprint, .. }, E::Cancel | E::ShippedElsewhere) => {
                Self::Buying { intent: PurchaseIntent::Void, fingerprint }
            }
            (Self::Buying { intent: PurchaseIntent::Ship, .. }, E::Label { label }) => {
                Self::Labelled { label: *label }
            }
            (Self::Buying { intent: PurchaseIntent::Void, .. }, E::Label { label }) => {
                Self::Voiding { label: *label }
            }
            (Self::Buying { intent: PurchaseIntent::Ship, .. }, E::LabelPending { label }) => {
                Self::LabelPending { label: *label }
            }
            // Such a label ends with its order: there is nothing to give back.
            (Self::Buying { intent: PurchaseIntent::Void, .. }, E::LabelPending { .. }) => {
                Self::Cancelled { voided: None }
            }
            (Self::Buying { intent: PurchaseIntent::Ship, .. }, E::PurchaseFailed) => Self::Ready,
            (Self::Buying { intent: PurchaseIntent::Void, .. }, E::PurchaseFailed | E::Block { .. }) => {
                Self::Cancelled { voided: None }
            }
            (Self::Buying { intent: PurchaseIntent::Ship, .. }, E::Block { why }) => {
                Self::Blocked { why, label: None }
            }

            (
                Self::Held { .. } | Self::Ready | Self::Rated { .. } | Self::Blocked { label: None, .. },
                E::Adopt { label },
            ) => Self::LabelPending { label: *label },
            (Self::LabelPending { .. }, E::Label { label }) => Self::Labelled { label: *label },
            (Self::LabelPending { .. }, E::Cancel) => Self::Cancelled { voided: None },
            // It can no longer be had: whoever shipped the parcel has it.
            (Self::LabelPending { .. }, E::ShippedElsewhere) => Self::ShippedElsewhere,

            // A label that is not used is voided.
            (Self::Labelled { label } | Self::Uploaded { label, .. }, E::Cancel) => Self::Voiding { label },
            (Self::Blocked { label: Some(label), .. }, E::Cancel) => Self::Voiding { label },
            (Self::Blocked { label: None, .. }, E::Cancel) => Self::Cancelled { voided: None },
            (Self::Blocked { label: None, .. }, E::ShippedElsewhere) => Self::ShippedElsewhere,
            (Self::Voiding { label }, E::Voided { outcome }) => {
                Self::Cancelled { voided: Some((label, outcome)) }
            }
            (Self::Cancelled { voided: Some((label, Void::Submitted)) }, E::Refund { outcome }) => {
                Self::Cancelled { voided: Some((label, outcome)) }
            }
            (stage @ (Self::Voiding { .. } | Self::Cancelled { .. }), E::Cancel) => stage,

            (Self::Labelled { label }, E::Upload { upload }) => Self::Uploaded { label, upload },
            (Self::Blocked { label: Some(label), .. }, E::Upload { upload }) => {
                Self::Uploaded { label, upload }
            }
            (Self::Labelled { label }, E::Block { why }) => Self::Blocked { why, label: Some(label) },
            (Self::Blocked { label, .. }, E::Block { why }) => Self::Blocked { why, label },
            (Self::Blocked { label: None, .. }, E::Release) => Self::Ready,
            (Self::Blocked { label: Some(label), .. }, E::Release) => Self::Labelled { label },

            (Self::Uploaded { label, upload }, E::Scan) => Self::Scanned { label, upload },
            (Self::Uploaded { label, upload } | Self::Scanned { label, upload }, E::Deliver) => {
                Self::Delivered { label, upload }
            }
            (stage @ (Self::Scanned { .. } | Self::Delivered { .. }), E::Scan) => stage,
            (stage @ Self::Delivered { .. }, E::Deliver) => stage,
            (stage @ Self::ShippedElsewhere, E::ShippedElsewhere) => stage,

            (mut stage, E::KeepFile { name }) => {
                stage.shipping_label_mut().ok_or(illegal)?.file = LabelFileState::Kept { name };
                stage
            }
            (mut stage, E::KeepHazmatSheet { sheet }) => {
                stage.shipping_label_mut().ok_or(illegal)?.hazmat_sheet = sheet;
                stage
            }

            (
                Self::Held { .. }
                | Self::Ready
                | Self::Rated { .. }
                | Self::Buying { .. }
                | Self::LabelPending { .. }
                | Self::Labelled { .. }
                | Self::Uploaded { .. }
                | Self::Scanned { .. }
                | Self::Delivered { .. }
                | Self::Blocked { .. }
                | Self::Voiding { .. }
                | Self::Cancelled { .. }
                | Self::ShippedElsewhere,
                _,
            ) => return Err(illegal),
        };
        Ok(next)
    }

    /// The label, unless it is given back.
    fn shipping_label_mut(&mut self) -> Option<&mut Label> {
        match self {
            Self::Labelled { label }
            | Self::Uploaded { label, .. }
            | Self::Scanned { label, .. }
            | Self::Delivered { label, .. }
            | Self::Blocked { label: Some(label), .. } => Some(label),
            _ => None,
        }
    }
}

impl Event {
    /// The name in errors.
    pub fn name(&self) -> &'static str {
        match self {
            Self::Hold { .. } => "hold",
            Self::Release => "release",
            Self::Rate { .. } => "rate",
            Self::Buy => "buy",
            Self::PurchaseFailed => "purchase_failed",
            Self::LabelPending { .. } => "label_pending",
            Self::Adopt { .. } => "adopt",
            Self::Label { .. } => "label",
            Self::KeepFile { .. } => "keep_file",
            Self::KeepHazmatSheet { .. } => "keep_hazmat_sheet",
            Self::Upload { .. } => "upload",
            Self::Scan => "scan",
            Self::Deliver => "deliver",
            Self::Block { .. } => "block",
            Self::Cancel => "cancel",
            Self::Voided { .. } => "voided",
            Self::Refund { .. } => "refund",
            Self::ShippedElsewhere => "shipped_elsewhere",
        }
    }
}
