//! TikTok's order, as we mirror it.

mod kind;

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use crate::address::Address;
use crate::ids::{
    BuyerId, CombineGroupId, DeliveryOptionId, LineItemId, OrderId, PackageId, ProductId, ProviderId, SkuId,
    WarehouseId,
};
use crate::market::Market;
use crate::money::Money;
use crate::private::Private;

pub use kind::{Handling, HandlingUnit, OrderKind};

/// The status of an order on TikTok.
#[derive(Clone, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(from = "String", into = "String")]
pub enum OrderStatus {
    Unpaid,
    /// Paid less than an hour ago: the buyer may cancel freely, and the order can't be fulfilled.
    OnHold,
    AwaitingShipment,
    /// Some items are shipped.
    PartiallyShipping,
    /// All items are shipped; the carrier has not scanned them.
    AwaitingCollection,
    /// All packages are scanned.
    InTransit,
    Delivered,
    Completed,
    Cancelled,
    /// A status that this version does not know: stored, shown, never acted on.
    Unknown(String),
}

impl From<String> for OrderStatus {
    fn from(status: String) -> Self {
        match status.as_str() {
            "UNPAID" => Self::Unpaid,
            "ON_HOLD" => Self::OnHold,
            "AWAITING_SHIPMENT" => Self::AwaitingShipment,
            "PARTIALLY_SHIPPING" => Self::PartiallyShipping,
            "AWAITING_COLLECTION" => Self::AwaitingCollection,
            "IN_TRANSIT" => Self::InTransit,
            "DELIVERED" => Self::Delivered,
            "COMPLETED" => Self::Completed,
            // The webhook says CANCEL, the Order API says CANCELLED.
            "CANCEL" | "CANCELLED" => Self::Cancelled,
            _ => Self::Unknown(status),
        }
    }
}

impl From<OrderStatus> for String {
    fn from(status: OrderStatus) -> Self {
        match status {
            OrderStatus::Unpaid => "UNPAID".into(),
            OrderStatus::OnHold => "ON_HOLD".into(),
            OrderStatus::AwaitingShipment => "AWAITING_SHIPMENT".into(),
            OrderStatus::PartiallyShipping => "PARTIALLY_SHIPPING".into(),
            OrderStatus::AwaitingCollection => "AWAITING_COLLECTION".into(),
            OrderStatus::InTransit => "IN_TRANSIT".into(),
            OrderStatus::Delivered => "DELIVERED".into(),
            OrderStatus::Completed => "COMPLETED".into(),
            OrderStatus::Cancelled => "CANCELLED".into(),
            OrderStatus::Unknown(status) => status,
        }
    }
}

/// `shipping_type`: whose label the parcel carries.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum ShippingType {
    /// The seller's own (`SELLER`).
    Seller,
    /// TikTok's (`TIKTOK`).
    TikTok,
    /// There is no parcel: digital goods (`TIKTOK_DIGITAL`), picked up in a store (`IN-STORE PICKUP`).
    NoParcel,
    /// TikTok says nothing (empty), or something that this version does not know: kept as it came.
    Unknown(String),
}

/// `fulfillment_type`: who packs and ships the parcel.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Fulfillment {
    Seller,
    /// TikTok or a partner of TikTok: never ours to ship.
    Platform,
    /// TikTok says nothing (empty), or something that this version does not know: kept as it came.
    Unknown(String),
}

/// One unit of an order.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct LineItem {
    pub id: LineItemId,
    pub product: ProductId,
    pub sku: SkuId,
    /// The seller's own name for the SKU.
    pub seller_sku: String,
    pub name: String,
    /// The title of the SKU.
    pub variation: String,
    /// What the buyer paid for it.
    #[serde(default, skip_serializing_if = "crate::record::is_default")]
    pub price: Option<Money>,
    /// Differs from the order's status in a partly shipped order.
    pub status: OrderStatus,
    /// The tracking number that TikTok has for it.
    #[serde(default, skip_serializing_if = "crate::record::is_default")]
    pub tracking: Option<String>,
    /// The package in which it was sent. Outside the United States it exists since the payment.
    #[serde(default, skip_serializing_if = "crate::record::is_default")]
    pub package: Option<PackageId>,
    /// `is_dangerous_good`: a parcel with it carries a second sheet.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub is_dangerous: bool,
}

/// What one parcel takes of an order.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct OrderPart {
    pub order: OrderId,
    pub items: Vec<LineItemId>,
    /// True when the parcel takes every unit of the order.
    pub is_whole: bool,
    /// The package that TikTok has made for the units already, if any.
    pub package: Option<PackageId>,
    pub has_dangerous_goods: bool,
    /// The other orders of the same parcel, if it is a combined one: each with all its units.
    pub combined_with: Vec<OrderId>,
}

/// The platform's clocks of an order. Absent ones are `None` (TikTok sends 0 or nothing).
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Clocks {
    /// `rts_sla_time`: must be AWAITING_COLLECTION by then.
    #[serde(default, skip_serializing_if = "crate::record::is_default")]
    pub ready_by: Option<Timestamp>,
    /// `tts_sla_time`: must be IN_TRANSIT (a carrier's scan) by then.
    #[serde(default, skip_serializing_if = "crate::record::is_default")]
    pub scanned_by: Option<Timestamp>,
    /// `delivery_sla_time`: must be delivered by then to count as on time.
    #[serde(default, skip_serializing_if = "crate::record::is_default")]
    pub delivered_by: Option<Timestamp>,
    /// `delivery_option_required_delivery_time`: what the buyer's delivery option promises.
    #[serde(default, skip_serializing_if = "crate::record::is_default")]
    pub promised_by: Option<Timestamp>,
    /// `shipping_due_time`: cancelled by TikTok if not AWAITING_COLLECTION by then.
    #[serde(default, skip_serializing_if = "crate::record::is_default")]
    pub ready_or_cancelled: Option<Timestamp>,
    /// `collection_due_time`: cancelled by TikTok if not IN_TRANSIT by then.
    #[serde(default, skip_serializing_if = "crate::record::is_default")]
    pub scanned_or_cancelled: Option<Timestamp>,
    /// `delivery_due_time`: cancelled by TikTok if not DELIVERED by then.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub delivery_or_cancelled: Option<Timestamp>,
}

/// An order of a shop, as TikTok last showed it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Order {
    pub id: OrderId,
    pub status: OrderStatus,
    /// `user_id`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub buyer: Option<BuyerId>,
    /// `order_type`: decides by which rule it has to be dispatched.
    #[serde(default)]
    pub kind: OrderKind,
    /// `handling_duration`: only of orders made to order or back-ordered.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub handling: Option<Handling>,
    /// `release_date`: when the handling of a pre-order starts.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub released_at: Option<Timestamp>,
    /// `is_sample_order`.
    #[serde(default, skip_serializing_if = "crate::record::is_default")]
    pub is_sample: bool,
    /// `is_replacement_order`.
    #[serde(default, skip_serializing_if = "crate::record::is_default")]
    pub is_replacement: bool,
    pub market: Market,
    /// `update_time`.
    pub updated_at: Timestamp,
    /// `create_time`.
    pub created_at: Timestamp,
    /// `paid_time`.
    pub paid_at: Option<Timestamp>,
    /// `is_on_hold_order`: TikTok itself held the order for its first hour.
    #[serde(default, skip_serializing_if = "crate::record::is_default")]
    pub was_held_by_tiktok: bool,
    /// `is_buyer_request_cancel`.
    #[serde(default, skip_serializing_if = "crate::record::is_default")]
    pub cancel_requested: bool,
    /// `request_cancel_time`: when the buyer asked for it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub cancel_requested_at: Option<Timestamp>,
    /// `rts_time`: when it became AWAITING_COLLECTION.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub ready_at: Option<Timestamp>,
    /// `collection_time`: when it became IN_TRANSIT.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub collected_at: Option<Timestamp>,
    /// `delivery_time`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub delivered_at: Option<Timestamp>,
    /// `cancel_time`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub cancelled_at: Option<Timestamp>,
    pub fulfillment: Fulfillment,
    pub shipping: ShippingType,
    pub items: Vec<LineItem>,
    /// `None` while TikTok does not show it.
    pub recipient: Option<Address>,
    /// The warehouse that TikTok chose.
    pub warehouse: Option<WarehouseId>,
    pub delivery_option: Option<DeliveryOptionId>,
    /// For example "Express shipping".
    pub delivery_option_name: String,
    /// `auto_combine_group_id`: the orders with which TikTok would ship it in one parcel.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub combine_group: Option<CombineGroupId>,
    /// The shipping provider that TikTok has for the order once it is shipped.
    #[serde(default, skip_serializing_if = "crate::record::is_default")]
    pub provider: Option<ProviderId>,
    pub clocks: Clocks,
    /// What the buyer paid in total.
    pub total: Option<Money>,
    pub payment_method: String,
    #[serde(default, skip_serializing_if = "crate::record::is_default")]
    pub buyer_message: Private<String>,
    #[serde(default, skip_serializing_if = "crate::record::is_default")]
    pub seller_note: Private<String>,
}

impl Order {
    /// The units that still have to be shipped.
    pub fn unshipped(&self) -> impl Iterator<Item = &LineItem> {
        self.items.iter().filter(|item| {
            item.tracking.is_none()
                && !matches!(
                    item.status,
                    OrderStatus::Cancelled
                        | OrderStatus::AwaitingCollection
                        | OrderStatus::InTransit
                        | OrderStatus::Delivered
                        | OrderStatus::Completed
                )
        })
    }

    /// By when it must reach the buyer: the delivery option's promise or the platform's delivery clock, whichever is earlier.
    pub fn arrive_by(&self) -> Option<Timestamp> {
        self.clocks.promised_by.into_iter().chain(self.clocks.delivered_by).min()
    }

    /// What a parcel with these units takes of the order.
    pub fn part(&self, units: &[LineItemId]) -> OrderPart {
        let items: Vec<&LineItem> = self.items.iter().filter(|item| units.contains(&item.id)).collect();
        let is_cancelled = |item: &&LineItem| item.status == OrderStatus::Cancelled;
        let of_order = self.items.iter().filter(|item| !is_cancelled(item)).count();
        OrderPart {
            order: self.id.clone(),
            items: items.iter().map(|item| item.id.clone()).collect(),
            is_whole: items.len() == of_order,
            package: items.iter().find_map(|item| item.package.clone()),
            has_dangerous_goods: items.iter().any(|item| item.is_dangerous),
            combined_with: Vec::new(),
        }
    }

    /// A number that changes with the parcel, its destination or whose label it needs: a rate or label for another fingerprint does
    /// not fit. The address of a parcel with TikTok's own label does not count: TikTok shows it masked or not as it likes, and
    /// prints it itself.
    pub fn parcel_fingerprint(&self) -> u64 {
        let mut hash = Fnv1aHash::default();
        // TikTok does not promise the order of the units.
        let mut items: Vec<&str> = self.unshipped().map(|item| item.id.as_str()).collect();
        items.sort_unstable();
        for item in items {
            hash.add(item);
        }
        if self.shipping == ShippingType::TikTok {
            hash.add("platform label");
        } else if let Some(to) = &self.recipient {
            for part in
                [&to.name, &to.street1, &to.street2, &to.city, &to.state, &to.postal_code, &to.country]
            {
                hash.add(part);
            }
        }
        hash.0
    }
}

/// FNV-1a, 64 bits: stable from version to version, unlike the standard library's hasher.
struct Fnv1aHash(u64);

impl Default for Fnv1aHash {
    fn default() -> Self {
        Self(0xcbf2_9ce4_8422_2325)
    }
}

impl Fnv1aHash {
    fn add(&mut self, text: &str) {
        for byte in text.bytes().chain([0]) {
            self.0 = (self.0 ^ u64::from(byte)).wrapping_mul(0x0100_0000_01b3);
        }
    }
}
