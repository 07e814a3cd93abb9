//! Packages and TikTok's own labels.

use domain::Timestamp;
use serde::{Deserialize, Serialize};

use super::lenient::{Id, count, decimal, flag, integer, list, object, text, time};

/// Decimals are texts, in the requests as in the answers.
#[derive(Serialize)]
pub struct Weight {
    pub value: String,
    pub unit: &'static str,
}

#[derive(Serialize)]
pub struct Dimension {
    pub length: String,
    pub width: String,
    pub height: String,
    pub unit: &'static str,
}

#[derive(Serialize)]
pub struct Line<'a> {
    pub order_line_id: &'a str,
}

/// The body of Get Eligible Shipping Service.
#[derive(Serialize)]
pub struct EligibleServices<'a> {
    /// Left out for the whole order.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub order_line_item_ids: Vec<&'a str>,
    pub weight: Weight,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub dimension: Option<Dimension>,
}

#[derive(Deserialize)]
pub struct Services {
    #[serde(default, deserialize_with = "list")]
    pub shipping_services: Vec<Service>,
}

#[derive(Default, Deserialize)]
#[serde(default)]
pub struct Service {
    #[serde(deserialize_with = "text")]
    pub id: String,
    #[serde(deserialize_with = "text")]
    pub name: String,
    #[serde(deserialize_with = "decimal")]
    pub price: String,
    #[serde(deserialize_with = "count")]
    pub latest_delivery_days: Option<u64>,
    #[serde(deserialize_with = "flag")]
    pub is_default: bool,
    #[serde(deserialize_with = "text")]
    pub shipping_provider_name: String,
}

/// The body of Create Packages.
#[derive(Serialize)]
pub struct CreatePackages<'a> {
    /// A number in a text: `1` for a whole order, `2` for a part of one, `3` for several orders.
    pub ship_type: &'static str,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub order_id: Option<&'a str>,
    /// All orders of a combined parcel.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub order_list_ids: Vec<&'a str>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub order_line_item: Vec<Line<'a>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub shipping_service_id: Option<&'a str>,
    pub weight: Weight,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub dimension: Option<Dimension>,
}

#[derive(Deserialize)]
pub struct CreatedPackage {
    #[serde(default, deserialize_with = "text")]
    pub package_id: String,
    #[serde(default, deserialize_with = "object")]
    pub shipping_service_info: Service,
}

/// The body of Ship Package; `{}` will do.
#[derive(Serialize)]
pub struct ShipPackage<'a> {
    #[serde(skip_serializing_if = "Option::is_none")]
    pub handover_method: Option<&'static str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub pickup_slot: Option<PickupSlot>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub self_shipment: Option<SelfShipment<'a>>,
}

#[derive(Serialize)]
pub struct SelfShipment<'a> {
    pub tracking_number: &'a str,
    pub shipping_provider_id: &'a str,
}

#[derive(Serialize)]
pub struct PickupSlot {
    pub start_time: i64,
    pub end_time: i64,
}

#[derive(Deserialize)]
pub struct HandoverSlots {
    #[serde(default, deserialize_with = "flag")]
    pub can_pickup: bool,
    #[serde(default, deserialize_with = "flag")]
    pub can_drop_off: bool,
    #[serde(default, deserialize_with = "list")]
    pub pickup_slots: Vec<OfferedSlot>,
}

#[derive(Default, Deserialize)]
#[serde(default)]
pub struct OfferedSlot {
    #[serde(deserialize_with = "integer")]
    pub start_time: Option<i64>,
    #[serde(deserialize_with = "integer")]
    pub end_time: Option<i64>,
    /// TikTok spells it so.
    #[serde(rename = "avaliable", deserialize_with = "flag")]
    pub available: bool,
}

#[derive(Deserialize)]
pub struct ShippingDocument {
    #[serde(default, deserialize_with = "text")]
    pub doc_url: String,
    #[serde(default, deserialize_with = "text")]
    pub tracking_number: String,
}

/// The body of Search Package: bounds in seconds, `ge` inclusive, `lt` exclusive.
#[derive(Serialize)]
pub struct PackageSearch {
    pub create_time_ge: i64,
    pub create_time_lt: i64,
}

#[derive(Deserialize)]
pub struct PackagePage {
    #[serde(default, deserialize_with = "list")]
    pub packages: Vec<FoundPackage>,
    #[serde(default, deserialize_with = "text")]
    pub next_page_token: String,
}

#[derive(Default, Deserialize)]
#[serde(default)]
pub struct FoundPackage {
    pub id: Id,
    #[serde(deserialize_with = "list")]
    pub orders: Vec<PackageOrder>,
    #[serde(deserialize_with = "list")]
    pub order_line_item_ids: Vec<Id>,
    #[serde(deserialize_with = "text")]
    pub status: String,
}

#[derive(Default, Deserialize)]
#[serde(default)]
pub struct PackageOrder {
    pub id: Id,
}

/// Get Package Detail. Older answers have none of the finer words.
#[derive(Deserialize)]
pub struct PackageDetail {
    #[serde(default, deserialize_with = "text")]
    pub package_status: String,
    #[serde(default, deserialize_with = "text")]
    pub package_sub_status: String,
    #[serde(default, deserialize_with = "text")]
    pub ship_exception_reason: String,
    #[serde(default, deserialize_with = "time")]
    pub update_time: Option<Timestamp>,
    #[serde(default, deserialize_with = "list")]
    pub orders: Vec<PackageOrder>,
}
