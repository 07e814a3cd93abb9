//! A shipment as EasyPost keeps it.

use jiff::Timestamp;
use serde_json::{Map, Value};

use super::address::Address;
use super::purchase::RefundStatus;
use super::refund::Refund;
use crate::ids::hex32;

#[derive(Debug, Clone)]
pub(crate) struct Shipment {
    pub(crate) id: String,
    pub(crate) reference: Option<String>,
    pub(crate) created_at: Timestamp,
    pub(crate) updated_at: Timestamp,
    pub(crate) to: Address,
    pub(crate) from: Address,
    pub(crate) parcel: Parcel,
    pub(crate) customs: Option<Value>,
    pub(crate) options: Map<String, Value>,
    /// The accounts that are asked for rates; empty means all.
    pub(crate) accounts: Vec<String>,
    pub(crate) zone: u8,
    pub(crate) rates: Vec<Rate>,
    pub(crate) messages: Vec<Value>,
    pub(crate) buying: bool,
    pub(crate) bought: Option<Bought>,
}

#[derive(Debug, Clone)]
pub(crate) struct Parcel {
    pub(crate) id: String,
    pub(crate) dimensions: Option<[f64; 3]>,
    pub(crate) predefined: Option<String>,
    pub(crate) weight_oz: f64,
}

/// A quoted price.
#[derive(Debug, Clone)]
pub(crate) struct Rate {
    pub(crate) id: String,
    pub(crate) account: String,
    pub(crate) carrier: &'static str,
    pub(crate) service: &'static str,
    pub(crate) cents: u64,
    pub(crate) currency: &'static str,
    /// The percentage of the price model at which it was quoted.
    pub(crate) percent: u64,
    pub(crate) days: u32,
    pub(crate) days_written: super::services::Days,
    /// The day of delivery, as it is written.
    pub(crate) date: Option<String>,
    pub(crate) quoted_at: Timestamp,
}

/// A bought label.
#[derive(Debug, Clone)]
pub(crate) struct Bought {
    pub(crate) at: Timestamp,
    pub(crate) rate: Rate,
    pub(crate) tracking_code: String,
    pub(crate) tracker_id: String,
    pub(crate) label_id: String,
    pub(crate) file: String,
    pub(crate) format: LabelFormat,
    pub(crate) converted: Vec<LabelFormat>,
    /// Its file was made anew, under another name.
    pub(crate) renewed: bool,
    pub(crate) refund: Option<Refund>,
}

impl Bought {
    pub(crate) fn refund_status(&self) -> Option<RefundStatus> {
        self.refund.as_ref().map(|refund| refund.status)
    }
}

/// What a label file is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum LabelFormat {
    Png,
    Pdf,
    Zpl,
    Epl2,
}

impl LabelFormat {
    pub(crate) fn parse(text: &str) -> Option<Self> {
        match text.to_ascii_uppercase().as_str() {
            "PNG" => Some(Self::Png),
            "PDF" => Some(Self::Pdf),
            "ZPL" => Some(Self::Zpl),
            "EPL2" => Some(Self::Epl2),
            _ => None,
        }
    }

    pub(crate) fn extension(self) -> &'static str {
        match self {
            Self::Png => "png",
            Self::Pdf => "pdf",
            Self::Zpl => "zpl",
            Self::Epl2 => "epl2",
        }
    }

    pub(crate) fn content_type(self) -> &'static str {
        match self {
            Self::Png => "image/png",
            Self::Pdf => "application/pdf",
            Self::Zpl => "application/zpl",
            Self::Epl2 => "application/epl2",
        }
    }
}

/// An id with EasyPost's prefix.
pub(crate) fn new_id(prefix: &str) -> String {
    format!("{prefix}_{}", hex32())
}
