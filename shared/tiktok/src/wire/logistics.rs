//! Warehouses, shipping providers, and what marks a package as shipped.

use serde::{Deserialize, Serialize};

use super::lenient::{flag, list, object, text};

#[derive(Deserialize)]
pub struct Warehouses {
    #[serde(default, deserialize_with = "list")]
    pub warehouses: Vec<Warehouse>,
}

#[derive(Default, Deserialize)]
#[serde(default)]
pub struct Warehouse {
    #[serde(deserialize_with = "text")]
    pub id: String,
    #[serde(deserialize_with = "text")]
    pub name: String,
    #[serde(rename = "type", deserialize_with = "text")]
    pub kind: String,
    #[serde(deserialize_with = "text")]
    pub effect_status: String,
    #[serde(deserialize_with = "flag")]
    pub is_default: bool,
    #[serde(deserialize_with = "object")]
    pub address: WarehouseAddress,
}

#[derive(Default, Deserialize)]
#[serde(default)]
pub struct WarehouseAddress {
    #[serde(deserialize_with = "text")]
    pub contact_person: String,
    #[serde(deserialize_with = "text")]
    pub address_line1: String,
    #[serde(deserialize_with = "text")]
    pub address_line2: String,
    #[serde(deserialize_with = "text")]
    pub address_line3: String,
    #[serde(deserialize_with = "text")]
    pub address_line4: String,
    #[serde(deserialize_with = "text")]
    pub city: String,
    #[serde(deserialize_with = "text")]
    pub state: String,
    #[serde(deserialize_with = "text")]
    pub postal_code: String,
    #[serde(deserialize_with = "text")]
    pub region: String,
    #[serde(deserialize_with = "text")]
    pub region_code: String,
    #[serde(deserialize_with = "text")]
    pub phone_number: String,
}

#[derive(Deserialize)]
pub struct Providers {
    #[serde(default, deserialize_with = "list")]
    pub shipping_providers: Vec<Provider>,
}

#[derive(Default, Deserialize)]
#[serde(default)]
pub struct Provider {
    #[serde(deserialize_with = "text")]
    pub id: String,
    #[serde(deserialize_with = "text")]
    pub name: String,
}

/// The body of Mark Package As Shipped.
#[derive(Serialize)]
pub struct MarkShipped<'a> {
    /// Left out for the whole order.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub order_line_item_ids: Vec<&'a str>,
    pub shipping_provider_id: &'a str,
    pub tracking_number: &'a str,
}

#[derive(Deserialize)]
pub struct MarkedShipped {
    #[serde(default, deserialize_with = "text")]
    pub package_id: String,
    #[serde(default, deserialize_with = "object")]
    pub warning: Warning,
}

#[derive(Default, Deserialize)]
#[serde(default)]
pub struct Warning {
    #[serde(deserialize_with = "text")]
    pub message: String,
}
