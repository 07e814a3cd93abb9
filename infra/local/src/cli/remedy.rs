//! The remedies on the command line, and the request that each one makes.

use std::path::{Path, PathBuf};

use anyhow::Context as _;
use clap::{Args, Subcommand, ValueEnum};
use domain::Private;
use remedy::RemedyRequest;
use serde_json::{Value, json};

use super::{DataArgs, OutputArgs};

/// What a person does about orders.
#[derive(Subcommand)]
pub enum RemedyAction {
    /// Let a blocked order continue
    Retry(OrderSelection),
    /// Choose a new rate; a label that is already bought is voided first
    Rerate(OrderSelection),
    /// Void the label and hold the order
    Void(OrderSelection),
    /// Hold the order until it is released
    Hold(OrderSelection),
    /// Let a held order continue
    Release(OrderSelection),
    /// Stop the alarms about the order's deadline: somebody is on it
    Acknowledge(OrderSelection),
    /// Write an inquiry to the carrier about the parcel, for you to send
    AskCarrier(OrderSelection),
    /// Ship to the address as it stands: a person has checked it
    ConfirmAddress(OrderSelection),
    /// Ship to an address other than the one TikTok shows
    CorrectAddress {
        /// JSON file with name, street1, city, state, postal_code, country, and optionally company, street2, phone
        #[arg(long, value_name = "FILE")]
        address: PathBuf,
        #[command(flatten)]
        orders: OrderSelection,
    },
    /// Mark the order as urgent for people
    MarkUrgent(OrderSelection),
    /// Remove the urgent mark again
    UnmarkUrgent(OrderSelection),
    /// Write to the buyer in TikTok's chat
    MessageBuyer {
        /// The message; {order} and {shop} stand for the order's id and the shop's name
        #[arg(long)]
        text: Private<String>,
        #[command(flatten)]
        orders: OrderSelection,
    },
    /// Cancel the order on the seller's behalf; TikTok refunds the buyer
    CancelAndRefund {
        #[arg(long)]
        reason: CancelReasonName,
        #[command(flatten)]
        orders: OrderSelection,
    },
    /// Confirm that a purchase with an unknown outcome did not happen; the label is then bought again
    RuleOutPurchase(OrderSelection),
    /// Approve a buyer's request to cancel
    ApproveCancellation(OrderSelection),
    /// Refuse a buyer's request to cancel
    RefuseCancellation {
        /// TikTok's name for the reason; not used in the United States
        #[arg(long)]
        reason: Option<String>,
        /// A message to the buyer whose request is refused
        #[arg(long, value_name = "TEXT")]
        comment: Option<Private<String>>,
        #[command(flatten)]
        orders: OrderSelection,
    },
}

/// The orders that a remedy is for.
#[derive(Args)]
pub struct OrderSelection {
    /// The shop of the orders
    #[arg(long, value_name = "SHOP_ID")]
    pub shop: String,
    /// An order; may be given up to 500 times
    #[arg(long = "order", value_name = "ORDER_ID", required = true)]
    pub orders: Vec<String>,
    #[command(flatten)]
    pub output: OutputArgs,
    #[command(flatten)]
    pub data: DataArgs,
}

/// Why the seller cancels an order.
#[derive(Clone, Copy, ValueEnum)]
#[value(rename_all = "snake_case")]
pub enum CancelReasonName {
    OutOfStock,
    WrongPrice,
    AddressUndeliverable,
    BuyerRequested,
}

impl CancelReasonName {
    fn as_str(self) -> &'static str {
        match self {
            Self::OutOfStock => "out_of_stock",
            Self::WrongPrice => "wrong_price",
            Self::AddressUndeliverable => "address_undeliverable",
            Self::BuyerRequested => "buyer_requested",
        }
    }
}

impl RemedyAction {
    /// The orders it is for.
    pub fn orders(&self) -> &OrderSelection {
        match self {
            Self::Retry(orders)
            | Self::Rerate(orders)
            | Self::Void(orders)
            | Self::Hold(orders)
            | Self::Release(orders)
            | Self::Acknowledge(orders)
            | Self::AskCarrier(orders)
            | Self::ConfirmAddress(orders)
            | Self::RuleOutPurchase(orders)
            | Self::ApproveCancellation(orders)
            | Self::MarkUrgent(orders)
            | Self::UnmarkUrgent(orders)
            | Self::CorrectAddress { orders, .. }
            | Self::MessageBuyer { orders, .. }
            | Self::CancelAndRefund { orders, .. }
            | Self::RefuseCancellation { orders, .. } => orders,
        }
    }

    /// The request, as JSON of the form that `remedy` takes everywhere.
    ///
    /// # Errors
    /// When the address can't be read, or the remedy can't be applied as it is given.
    pub fn request(&self) -> anyhow::Result<Value> {
        let OrderSelection { shop, orders, .. } = self.orders();
        let request = json!({ "shop": shop, "orders": orders, "remedy": self.remedy()? });
        RemedyRequest::try_from(request.clone())?;
        Ok(request)
    }

    fn remedy(&self) -> anyhow::Result<Value> {
        Ok(match self {
            Self::Retry(_) => json!({ "action": "retry" }),
            Self::Rerate(_) => json!({ "action": "rerate" }),
            Self::Void(_) => json!({ "action": "void" }),
            Self::Hold(_) => json!({ "action": "hold" }),
            Self::Release(_) => json!({ "action": "release" }),
            Self::Acknowledge(_) => json!({ "action": "acknowledge" }),
            Self::AskCarrier(_) => json!({ "action": "ask_carrier" }),
            Self::ConfirmAddress(_) => json!({ "action": "confirm_address" }),
            Self::RuleOutPurchase(_) => json!({ "action": "rule_out_purchase" }),
            Self::ApproveCancellation(_) => json!({ "action": "approve_cancellation" }),
            Self::CorrectAddress { address, .. } => {
                json!({ "action": "correct_address", "address": read_json(address)? })
            }
            Self::MarkUrgent(_) => json!({ "action": "mark_urgent" }),
            Self::UnmarkUrgent(_) => json!({ "action": "unmark_urgent" }),
            Self::MessageBuyer { text, .. } => json!({ "action": "message_buyer", "text": text }),
            Self::CancelAndRefund { reason, .. } => {
                json!({ "action": "cancel_and_refund", "reason": reason.as_str() })
            }
            Self::RefuseCancellation { reason, comment, .. } => {
                json!({ "action": "refuse_cancellation", "reason": reason, "comment": comment })
            }
        })
    }
}

fn read_json(file: &Path) -> anyhow::Result<Value> {
    let text = std::fs::read_to_string(file).with_context(|| file.display().to_string())?;
    // serde's own text would quote the file, which holds an address.
    serde_json::from_str(&text).ok().with_context(|| format!("{} is not JSON", file.display()))
}
