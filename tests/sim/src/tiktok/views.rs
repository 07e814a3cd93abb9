//! What a test may look at.

use jiff::Timestamp;

use super::cancellation::Cancellation;
use super::order::Order;
use super::{CancelledBy, OrderStatus};

/// An order as it stands.
#[derive(Debug, Clone)]
pub struct OrderView {
    pub id: String,
    pub shop_id: String,
    pub status: OrderStatus,
    /// The tracking number of its first package.
    pub tracking_number: Option<String>,
    /// The carrier of its first package.
    pub provider_name: Option<String>,
    /// When it was shipped in full, in Unix seconds.
    pub shipped_at: Option<i64>,
    /// When it changed last, in Unix seconds.
    pub update_time: i64,
    pub lines: Vec<LineView>,
}

/// One unit of an order.
#[derive(Debug, Clone)]
pub struct LineView {
    pub id: String,
    pub product_id: String,
    /// The tracking number it was shipped under.
    pub tracking_number: Option<String>,
}

impl From<&Order> for OrderView {
    fn from(order: &Order) -> Self {
        let package = order.lines.iter().find_map(|line| line.package.as_ref());
        Self {
            id: order.id.clone(),
            shop_id: order.shop_id.clone(),
            status: order.status,
            tracking_number: package.map(|p| p.tracking_number.clone()),
            provider_name: package.map(|p| p.provider_name.clone()),
            shipped_at: order.rts_time,
            update_time: order.update_time,
            lines: order
                .lines
                .iter()
                .map(|line| LineView {
                    id: line.id.clone(),
                    product_id: line.product_id.clone(),
                    tracking_number: line.package.as_ref().map(|p| p.tracking_number.clone()),
                })
                .collect(),
        }
    }
}

/// A cancellation as it stands.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CancellationView {
    pub id: String,
    pub by: CancelledBy,
    /// Its status, by the name of answers: `CANCELLATION_REQUEST_PENDING`.
    pub status: &'static str,
    pub reason: &'static str,
    /// By when the seller has to answer, in Unix seconds, if it was asked.
    pub respond_by: Option<i64>,
}

impl From<&Cancellation> for CancellationView {
    fn from(made: &Cancellation) -> Self {
        Self {
            id: made.id.clone(),
            by: made.by,
            status: made.status.name(),
            reason: made.reason.name,
            respond_by: made.respond_by,
        }
    }
}

/// One accepted upload of a tracking number.
#[derive(Debug, Clone)]
pub struct Upload {
    pub order_id: String,
    /// The lines it covered.
    pub line_ids: Vec<String>,
    pub tracking_number: String,
    /// The carrier's id at TikTok.
    pub provider_id: String,
    /// The package it made.
    pub package_id: String,
    /// When it was accepted.
    pub at: Timestamp,
    /// The warning that came with it.
    pub warning: Option<String>,
}
