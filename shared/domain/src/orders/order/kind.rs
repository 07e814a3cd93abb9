//! The kind of an order, and how long the seller may take to handle it.

use serde::{Deserialize, Serialize};

/// `order_type`: the kind of order decides how long the seller has.
#[derive(Clone, Debug, Default, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(from = "String", into = "String")]
pub enum OrderKind {
    /// In stock; also an order without a type.
    #[default]
    Normal,
    /// Sold before it is available: handled from its release on.
    PreOrder,
    /// Made for the buyer within the handling time.
    MadeToOrder,
    /// Out of stock, back within the handling time.
    BackOrder,
    Auction,
    ZeroLottery,
    Virtual,
    /// A kind that this version does not know: stored and shown as it came.
    Unknown(String),
}

impl From<String> for OrderKind {
    fn from(kind: String) -> Self {
        match kind.as_str() {
            "" | "NORMAL" => Self::Normal,
            "PRE_ORDER" => Self::PreOrder,
            "MADE_TO_ORDER" => Self::MadeToOrder,
            "BACK_ORDER" => Self::BackOrder,
            "AUCTION" => Self::Auction,
            "ZERO_LOTTERY" => Self::ZeroLottery,
            "VIRTUAL" | "VIRTUAL_ORDER" => Self::Virtual,
            _ => Self::Unknown(kind),
        }
    }
}

impl From<OrderKind> for String {
    fn from(kind: OrderKind) -> Self {
        match kind {
            OrderKind::Normal => "NORMAL".into(),
            OrderKind::PreOrder => "PRE_ORDER".into(),
            OrderKind::MadeToOrder => "MADE_TO_ORDER".into(),
            OrderKind::BackOrder => "BACK_ORDER".into(),
            OrderKind::Auction => "AUCTION".into(),
            OrderKind::ZeroLottery => "ZERO_LOTTERY".into(),
            OrderKind::Virtual => "VIRTUAL_ORDER".into(),
            OrderKind::Unknown(kind) => kind,
        }
    }
}

/// `handling_duration`: how long the seller may take, counted from the payment.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Handling {
    pub days: u16,
    pub unit: HandlingUnit,
}

/// Which days count towards a handling time.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum HandlingUnit {
    /// `BUSINESS_DAY`: no weekends and public holidays.
    BusinessDays,
    /// `CALENDAR_DAY`: every day.
    CalendarDays,
}
