//! Remedies: what a person does about an exception. A decision about the stored order alone is made here, by a function
//! that changes the record and returns the messages to send after the commit. Whatever needs TikTok or a carrier is up to
//! the function that performs it.

mod address;
mod label;
mod order;

use std::fmt;
use std::str::FromStr as _;

use serde::{Deserialize, Serialize};
use strum::VariantArray as _;

use crate::address::{Address, AddressFault};
use crate::exception::ExceptionKind;
use crate::ids::OrderKey;
use crate::message::{ChangeSource, Message};
use crate::private::Private;
use crate::shipment::TransitionError;

pub use address::{confirm_address, correct_address};
pub use label::{rerate, retry, rule_out_purchase, void};
pub use order::{acknowledge, hold, mark_urgent, note, refuse_cancellation, release, unmark_urgent};

/// Why the seller cancels an order.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum CancelReason {
    OutOfStock,
    WrongPrice,
    AddressUndeliverable,
    /// The buyer asked in the chat, not with TikTok's button.
    BuyerRequested,
}

/// What a person does about an order.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, strum::EnumDiscriminants)]
#[serde(tag = "action", rename_all = "snake_case")]
#[strum_discriminants(
    name(RemedyKind),
    doc = "A remedy without its details.",
    allow(missing_docs),
    derive(Hash, Serialize, Deserialize, strum::EnumString, strum::IntoStaticStr, strum::VariantArray),
    serde(rename_all = "snake_case"),
    strum(serialize_all = "snake_case")
)]
pub enum Remedy {
    /// Writes to the buyer in TikTok's chat.
    MessageBuyer {
        /// At most 2000 characters; `{order}` and `{shop}` stand for the order's id and the shop's name.
        text: Private<String>,
    },
    /// Cancels the order on the seller's behalf; TikTok refunds the buyer.
    CancelAndRefund { reason: CancelReason },
    /// Grants a buyer's cancellation request.
    ApproveCancellation,
    /// Refuses a buyer's cancellation request. Where shipping refuses it, as in the United States, the order is shipped.
    RefuseCancellation {
        /// TikTok's name for the reason, or its text; not used where shipping refuses the request.
        #[serde(default)]
        reason: Option<String>,
        /// A message to the buyer.
        #[serde(default)]
        comment: Option<Private<String>>,
    },
    /// Ships to another address than TikTok shows.
    CorrectAddress { address: Address },
    /// Ships to the address as it stands: a person found it right.
    ConfirmAddress,
    /// Stops the order before its tracking number is on TikTok.
    Hold,
    /// Lets a held order continue.
    Release,
    /// Lets a blocked shipment continue.
    Retry,
    /// Chooses a new rate; a label that is already bought is voided first.
    Rerate,
    /// Voids the label and holds the order.
    Void,
    /// Marks the order as urgent for people. It is still processed in its turn.
    MarkUrgent,
    /// Removes the mark that [`Remedy::MarkUrgent`] made.
    UnmarkUrgent,
    /// Says that an unknown purchase did not take place: a person has looked. The label is bought then.
    RuleOutPurchase,
    /// Reads the parcel's tracking and writes an inquiry to its carrier, for a person to send.
    AskCarrier,
    /// Stops the alarms about the order's deadline: somebody is on it.
    Acknowledge,
}

impl Remedy {
    /// The remedy without its details.
    pub fn kind(&self) -> RemedyKind {
        self.into()
    }
}

impl RemedyKind {
    pub const ALL: &'static [Self] = Self::VARIANTS;

    /// The name, as the field `action` of a [`Remedy`] gives it.
    pub fn as_str(self) -> &'static str {
        self.into()
    }

    /// The remedy with this name.
    pub fn from_name(name: &str) -> Option<Self> {
        Self::from_str(name).ok()
    }

    /// What it does, for people.
    pub fn help(self) -> &'static str {
        match self {
            Self::MessageBuyer => "write to the buyer in TikTok's chat",
            Self::CancelAndRefund => "cancel the order; TikTok refunds the buyer",
            Self::ApproveCancellation => "approve the buyer's cancellation request",
            Self::RefuseCancellation => "refuse the buyer's cancellation request",
            Self::CorrectAddress => "ship to an address other than the one TikTok shows",
            Self::ConfirmAddress => "ship to the address as it stands",
            Self::Hold => "stop the order before its tracking number is on TikTok",
            Self::Release => "let a held order continue",
            Self::Retry => "let a blocked order continue",
            Self::Rerate => "choose a new rate; a label that is already bought is voided first",
            Self::Void => "void the label and hold the order",
            Self::MarkUrgent => "mark the order as urgent for people",
            Self::UnmarkUrgent => "remove the urgent mark again",
            Self::RuleOutPurchase => {
                "confirm that an unknown purchase did not happen; the label is then bought again"
            }
            Self::AskCarrier => "write an inquiry to the carrier, for you to send",
            Self::Acknowledge => "stop the alarms about the order's deadline",
        }
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
    #[error("the order has been shipped or cancelled, or is not ours to ship")]
    Over,
    /// A purchase is always seen through first.
    #[error("its label is being bought: try again when that has finished")]
    PurchaseRunning,
    #[error("its tracking number is already on TikTok")]
    Uploaded,
    #[error("its label is already bought: void it first")]
    LabelBought,
    #[error("TikTok sold its label, and those can't be voided: cancel the order instead")]
    PlatformLabel,
    #[error("TikTok prints the address on its own label: ask the buyer to correct it on TikTok")]
    PlatformAddress,
    #[error("no purchase of its label has an unknown outcome")]
    PurchaseKnown,
    #[error("its purchase may still get an answer: wait until the outcome is reported as unknown")]
    PurchaseSettling,
    #[error("it has no label")]
    NoLabel,
    #[error("its label has already been voided, or is being voided")]
    LabelVoided,
    #[error("it is not blocked: its shipment is {stage}")]
    NotBlocked { stage: &'static str },
    #[error("it has no rate to replace: its shipment is {stage}")]
    NoRate { stage: &'static str },
    /// The exception that blocks the shipment is not resolved by this remedy.
    #[error("{remedy} does not resolve {}", kind.name())]
    NoHelp { remedy: RemedyKind, kind: ExceptionKind },
    #[error("it is already held")]
    AlreadyHeld,
    #[error("it is not held")]
    NotHeld,
    #[error("no cancellation request is waiting for an answer")]
    NothingToAnswer,
    #[error("it has no open exception and no dispatch deadline")]
    NothingOpen,
    #[error("TikTok does not show its address at the moment")]
    AddressHidden,
    #[error("the new address is masked")]
    AddressMasked,
    #[error("it already ships to that address")]
    SameAddress,
    #[error("its address is already confirmed")]
    AddressConfirmed,
    #[error("no label can be made for its address: {0}")]
    NoLabelFor(AddressFault),
    #[error("the new address has characters in its {field} that a label cannot print")]
    AddressUnprintable {
        /// The field's plain name.
        field: &'static str,
    },
    #[error("the new address cannot be used: {0}")]
    Address(AddressFault),
    /// The state machine forbids it: a defect of the decision.
    #[error(transparent)]
    Step(#[from] TransitionError),
}

/// Has the order read back, so that what was decided takes effect.
fn order_change(key: OrderKey) -> Message {
    Message::order_change(key, ChangeSource::Person)
}
