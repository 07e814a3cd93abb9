//! An order of Get Order Detail and Get Order List.

use domain::Timestamp;
use serde::{Deserialize, Serialize};
use serde_json::Value;

use super::lenient::{Id, count, decimal, flag, line, list, note, object, text, time};

/// The `data` of both calls. Orders stay raw: one that can't be read must not spoil the others. A list that is no list
/// is a broken answer and not an empty page, because polling goes on from an empty page.
#[derive(Deserialize)]
pub struct Orders {
    #[serde(default)]
    pub orders: Option<Vec<Value>>,
    #[serde(default, deserialize_with = "text")]
    pub next_page_token: String,
    #[serde(default, deserialize_with = "count")]
    pub total_count: Option<u64>,
}

/// The body of Get Order List: bounds in seconds, `ge` inclusive, `lt` exclusive.
#[derive(Serialize)]
pub struct Search {
    #[serde(skip_serializing_if = "Option::is_none")]
    pub update_time_ge: Option<i64>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub update_time_lt: Option<i64>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub create_time_ge: Option<i64>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub create_time_lt: Option<i64>,
}

#[derive(Default, Deserialize)]
#[serde(default)]
pub struct Order {
    #[serde(deserialize_with = "line")]
    pub id: String,
    #[serde(deserialize_with = "line")]
    pub status: String,
    #[serde(deserialize_with = "line")]
    pub user_id: String,
    #[serde(deserialize_with = "line")]
    pub order_type: String,
    #[serde(deserialize_with = "object")]
    pub handling_duration: Handling,
    #[serde(deserialize_with = "time")]
    pub release_date: Option<Timestamp>,
    #[serde(deserialize_with = "flag")]
    pub is_sample_order: bool,
    #[serde(deserialize_with = "flag")]
    pub is_replacement_order: bool,
    #[serde(deserialize_with = "time")]
    pub create_time: Option<Timestamp>,
    #[serde(deserialize_with = "time")]
    pub update_time: Option<Timestamp>,
    #[serde(deserialize_with = "time")]
    pub paid_time: Option<Timestamp>,
    #[serde(deserialize_with = "flag")]
    pub is_on_hold_order: bool,
    #[serde(deserialize_with = "text")]
    pub auto_combine_group_id: String,
    #[serde(deserialize_with = "flag")]
    pub is_buyer_request_cancel: bool,
    #[serde(deserialize_with = "time")]
    pub request_cancel_time: Option<Timestamp>,
    #[serde(deserialize_with = "time")]
    pub rts_time: Option<Timestamp>,
    #[serde(deserialize_with = "time")]
    pub collection_time: Option<Timestamp>,
    #[serde(deserialize_with = "time")]
    pub delivery_time: Option<Timestamp>,
    #[serde(deserialize_with = "time")]
    pub cancel_time: Option<Timestamp>,
    #[serde(deserialize_with = "line")]
    pub fulfillment_type: String,
    #[serde(deserialize_with = "line")]
    pub shipping_type: String,
    #[serde(deserialize_with = "list")]
    pub line_items: Vec<LineItem>,
    #[serde(deserialize_with = "list")]
    pub packages: Vec<Package>,
    #[serde(deserialize_with = "object")]
    pub recipient_address: Recipient,
    #[serde(deserialize_with = "object")]
    pub payment: Payment,
    #[serde(deserialize_with = "line")]
    pub payment_method_name: String,
    #[serde(deserialize_with = "line")]
    pub warehouse_id: String,
    #[serde(deserialize_with = "line")]
    pub delivery_option_id: String,
    #[serde(deserialize_with = "line")]
    pub delivery_option_name: String,
    #[serde(deserialize_with = "line")]
    pub shipping_provider_id: String,
    #[serde(deserialize_with = "line")]
    pub tracking_number: String,
    #[serde(deserialize_with = "note")]
    pub buyer_message: String,
    #[serde(deserialize_with = "note")]
    pub seller_note: String,
    #[serde(deserialize_with = "time")]
    pub rts_sla_time: Option<Timestamp>,
    #[serde(deserialize_with = "time")]
    pub tts_sla_time: Option<Timestamp>,
    #[serde(deserialize_with = "time")]
    pub delivery_sla_time: Option<Timestamp>,
    #[serde(deserialize_with = "time")]
    pub delivery_option_required_delivery_time: Option<Timestamp>,
    #[serde(deserialize_with = "time")]
    pub shipping_due_time: Option<Timestamp>,
    #[serde(deserialize_with = "time")]
    pub collection_due_time: Option<Timestamp>,
    #[serde(deserialize_with = "time")]
    pub delivery_due_time: Option<Timestamp>,
}

/// How long the seller may take; `days` is a text.
#[derive(Default, Deserialize)]
#[serde(default)]
pub struct Handling {
    #[serde(deserialize_with = "count")]
    pub days: Option<u64>,
    #[serde(rename = "type", deserialize_with = "line")]
    pub unit: String,
}

/// One unit: an order for three of a SKU has three.
#[derive(Default, Deserialize)]
#[serde(default)]
pub struct LineItem {
    #[serde(deserialize_with = "line")]
    pub id: String,
    #[serde(deserialize_with = "line")]
    pub product_id: String,
    #[serde(deserialize_with = "line")]
    pub sku_id: String,
    #[serde(deserialize_with = "line")]
    pub seller_sku: String,
    #[serde(deserialize_with = "line")]
    pub product_name: String,
    #[serde(deserialize_with = "line")]
    pub sku_name: String,
    #[serde(deserialize_with = "decimal")]
    pub sale_price: String,
    #[serde(deserialize_with = "line")]
    pub currency: String,
    #[serde(deserialize_with = "line")]
    pub display_status: String,
    #[serde(deserialize_with = "line")]
    pub tracking_number: String,
    #[serde(deserialize_with = "line")]
    pub package_id: String,
    #[serde(deserialize_with = "flag")]
    pub is_dangerous_good: bool,
}

#[derive(Default, Deserialize)]
#[serde(default)]
pub struct Package {
    pub id: Id,
}

#[derive(Default, Deserialize)]
#[serde(default)]
pub struct Payment {
    #[serde(deserialize_with = "line")]
    pub currency: String,
    #[serde(deserialize_with = "decimal")]
    pub total_amount: String,
}

#[derive(Default, Deserialize)]
#[serde(default)]
pub struct Recipient {
    #[serde(deserialize_with = "line")]
    pub name: String,
    #[serde(deserialize_with = "line")]
    pub first_name: String,
    #[serde(deserialize_with = "line")]
    pub last_name: String,
    #[serde(deserialize_with = "line")]
    pub phone_number: String,
    #[serde(deserialize_with = "line")]
    pub address_detail: String,
    #[serde(deserialize_with = "line")]
    pub address_line1: String,
    #[serde(deserialize_with = "line")]
    pub address_line2: String,
    #[serde(deserialize_with = "line")]
    pub address_line3: String,
    #[serde(deserialize_with = "line")]
    pub address_line4: String,
    #[serde(deserialize_with = "line")]
    pub postal_code: String,
    #[serde(deserialize_with = "line")]
    pub region_code: String,
    #[serde(deserialize_with = "line")]
    pub post_town: String,
    #[serde(deserialize_with = "list")]
    pub district_info: Vec<District>,
}

/// One level of an address: `L0` is the country, `L1` the state.
#[derive(Default, Deserialize)]
#[serde(default)]
pub struct District {
    #[serde(deserialize_with = "line")]
    pub address_level: String,
    #[serde(deserialize_with = "line")]
    pub address_level_name: String,
    #[serde(deserialize_with = "line")]
    pub address_name: String,
    #[serde(deserialize_with = "line")]
    pub iso_code: String,
}
