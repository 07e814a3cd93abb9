//! Remedies: what a person does about an exception. What is overrides about the stored order alone is overrides here, as a
//! function that changes the record and names the messages to send after the commit; what needs TikTok or a carrier is
//! for the function that performs it.

mod address;
mod kinds;
mod label;
mod order;

use std::fmt;

use serde::{Deserialize, Serialize};

use crate::address::{Address, AddressFault};
use crate::exception::ExceptionKind;
use crate::ids::OrderKey;
use crate::message::{ChangeSource, Message};
use crate::private::Private;
use crate::shipment::TransitionError;

pub use address::{confirm_address, correct_address};
pub use label::{rerate, retry, void};
pub use order::{ack, hold, mark_urgent, note, refuse_cancellation, release};

/// Why the seller cancels an order.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum CancelReason {
    /// There is none left.
    OutOfStock,
    /// The price was a mistake.
    WrongPrice,
    /// Nothing can be delivered there.
    AddressUndeliverable,
    /// The buyer asked for it, in the chat and not by TikTok's button.
    BuyerRequested,
}

/// What a person does about an order.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "action", rename_all = "snake_case")]
pub enum Remedy {
    /// Writes to the buyer in TikTok's chat.
    MessageBuyer {
        /// The text, at most 2000 characters; `{order}` and `{shop}` stand for the order's id and the shop's name.
        text: Private<String>,
    },
    /// Cancels the order for the seller; TikTok pays the buyer back.
    CancelAndRefund {
        /// Why.
        reason: CancelReason,
    },
    /// Grants a buyer's request to cancel.
    ApproveCancellation,
    /// Refuses a buyer's request to cancel. In the United States the order is shipped, which refuses it by itself.
    RefuseCancellation {
        /// TikTok's name of the reason, or its words; not used in the United States.
        #[serde(default)]
        reason: Option<String>,
        /// What the buyer is told besides.
        #[serde(default)]
        comment: Option<Private<String>>,
    },
    /// Ships to another address than TikTok shows.
    CorrectAddress {
        /// The right one.
        address: Address,
    },
    /// Ships to the address as it stands: a person found it right.
    ConfirmAddress,
    /// Stops the order before its tracking number is at TikTok.
    Hold,
    /// Lets a held order go on.
    Release,
    /// Lets a blocked shipment go on.
    Retry,
    /// Chooses a rate anew; a label that is bought is voided first.
    Rerate,
    /// Gives the label back, and holds the order.
    Void,
    /// Marks the order as urgent for people, or no longer; it is worked on in its turn all the same.
    MarkUrgent {
        /// Whether it is marked.
        urgent: bool,
    },
    /// Reads the parcel back and writes an inquiry to its carrier, for a person to send.
    AskCarrier,
    /// Takes the order up: its deadline is told no further.
    Acknowledge,
}

/// A remedy without its particulars.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum RemedyKind {
    /// [`Remedy::MessageBuyer`].
    MessageBuyer,
    /// [`Remedy::CancelAndRefund`].
    CancelAndRefund,
    /// [`Remedy::ApproveCancellation`].
    ApproveCancellation,
    /// [`Remedy::RefuseCancellation`].
    RefuseCancellation,
    /// [`Remedy::CorrectAddress`].
    CorrectAddress,
    /// [`Remedy::ConfirmAddress`].
    ConfirmAddress,
    /// [`Remedy::Hold`].
    Hold,
    /// [`Remedy::Release`].
    Release,
    /// [`Remedy::Retry`].
    Retry,
    /// [`Remedy::Rerate`].
    Rerate,
    /// [`Remedy::Void`].
    Void,
    /// [`Remedy::MarkUrgent`].
    MarkUrgent,
    /// [`Remedy::AskCarrier`].
    AskCarrier,
    /// [`Remedy::Acknowledge`].
    Acknowledge,
}

impl Remedy {
    /// Which remedy it is.
    pub fn name(&self) -> RemedyKind {
        match self {
            Self::MessageBuyer { .. } => RemedyKind::MessageBuyer,
            Self::CancelAndRefund { .. } => RemedyKind::CancelAndRefund,
            Self::ApproveCancellation => RemedyKind::ApproveCancellation,
            Self::RefuseCancellation { .. } => RemedyKind::RefuseCancellation,
            Self::CorrectAddress { .. } => RemedyKind::CorrectAddress,
            Self::ConfirmAddress => RemedyKind::ConfirmAddress,
            Self::Hold => RemedyKind::Hold,
            Self::Release => RemedyKind::Release,
            Self::Retry => RemedyKind::Retry,
            Self::Rerate => RemedyKind::Rerate,
            Self::Void => RemedyKind::Void,
            Self::MarkUrgent { .. } => RemedyKind::MarkUrgent,
            Self::AskCarrier => RemedyKind::AskCarrier,
            Self::Acknowledge => RemedyKind::Acknowledge,
        }
    }
}

impl RemedyKind {
    /// Every remedy.
    pub const ALL: [Self; 14] = [
        Self::MessageBuyer,
        Self::CancelAndRefund,
        Self::ApproveCancellation,
        Self::RefuseCancellation,
        Self::CorrectAddress,
        Self::ConfirmAddress,
        Self::Hold,
        Self::Release,
        Self::Retry,
        Self::Rerate,
        Self::Void,
        Self::MarkUrgent,
        Self::AskCarrier,
        Self::Acknowledge,
    ];

    /// The name, as `action` of a [`Remedy`] gives it.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::MessageBuyer => "message_buyer",
            Self::CancelAndRefund => "cancel_and_refund",
            Self::ApproveCancellation => "approve_cancellation",
            Self::RefuseCancellation => "refuse_cancellation",
            Self::CorrectAddress => "correct_address",
            Self::ConfirmAddress => "confirm_address",
            Self::Hold => "hold",
            Self::Release => "release",
            Self::Retry => "retry",
            Self::Rerate => "rerate",
            Self::Void => "void",
            Self::MarkUrgent => "mark_urgent",
            Self::AskCarrier => "ask_carrier",
            Self::Acknowledge => "ack",
        }
    }

    /// The remedy of this name.
    pub fn from_name(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|remedy| remedy.as_str() == name)
    }
}

impl fmt::Display for RemedyKind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

/// Why a remedy can't be applied to an order as it stands, in words for a person and without personal data.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum RemedyRefused {
    /// The order was shipped, cancelled, or never was ours.
    #[error("the order is not to be shipped any more, or not by us")]
    Over,
    /// A purchase is seen through first.
    #[error("the purchase of its label is running: try again when it is through")]
    PurchaseRunning,
    /// TikTok has the tracking number.
    #[error("the tracking number is at TikTok")]
    Uploaded,
    /// The label has to be given back first.
    #[error("its label is bought: void it first")]
    LabelBought,
    /// There is no label to give back.
    #[error("it has no label")]
    NoLabel,
    /// The label is being given back already, or was.
    #[error("its label is given back already")]
    LabelGivenBack,
    /// Nothing of the order waits for a person.
    #[error("nothing of it is blocked: its shipment is {stage}")]
    NotBlocked {
        /// The stage's name.
        stage: &'static str,
    },
    /// No rate is chosen that could be chosen anew.
    #[error("there is no rate to choose anew: its shipment is {stage}")]
    NoRate {
        /// The stage's name.
        stage: &'static str,
    },
    /// The exception that blocks the shipment does not end by this remedy.
    #[error("{remedy} does not help against {}", kind.name())]
    NoHelp {
        /// The remedy.
        remedy: RemedyKind,
        /// What blocks the shipment.
        kind: ExceptionKind,
    },
    /// It is held by a person already.
    #[error("it is held already")]
    AlreadyHeld,
    /// No person holds it.
    #[error("nobody holds it")]
    NotHeld,
    /// No buyer waits for an answer.
    #[error("no request to cancel waits for an answer")]
    NothingToAnswer,
    /// Nothing of the order needs a person.
    #[error("it has no open exception, and no deadline to be told of")]
    NothingOpen,
    /// TikTok shows no address yet that could be corrected.
    #[error("TikTok does not show its address now")]
    AddressHidden,
    /// The new address holds asterisks.
    #[error("the new address is masked")]
    AddressMasked,
    /// The new address is the one that is shipped to.
    #[error("it is shipped to that address already")]
    SameAddress,
    /// A person confirmed the address already.
    #[error("its address is confirmed already")]
    AddressConfirmed,
    /// No label can be made of the address as it stands.
    #[error("no label can be made of its address: {0}")]
    NoLabelOf(AddressFault),
    /// The new address holds letters that no label prints.
    #[error("the new address holds letters that a label can't print, in its {field}")]
    AddressUnprintable {
        /// The field, by its plain name.
        field: &'static str,
    },
    /// The new address can't be shipped to.
    #[error("the new address can't be used: {0}")]
    Address(AddressFault),
    /// The state machine forbids it: a defect of the decision.
    #[error(transparent)]
    Step(#[from] TransitionError),
}

/// Has the order read back, so that what was overrides takes effect.
fn order_change(key: OrderKey) -> Message {
    Message::order_change(key, ChangeSource::Person)
}
