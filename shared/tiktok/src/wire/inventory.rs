//! What is in stock.

use serde::{Deserialize, Serialize};

use super::lenient::{integer, list, text};

/// The body of Inventory Search.
#[derive(Serialize)]
pub struct Search<'a> {
    pub sku_ids: Vec<&'a str>,
}

#[derive(Deserialize)]
pub struct Inventory {
    #[serde(default, deserialize_with = "list")]
    pub inventory: Vec<Product>,
}

#[derive(Default, Deserialize)]
#[serde(default)]
pub struct Product {
    #[serde(deserialize_with = "text")]
    pub product_id: String,
    #[serde(deserialize_with = "list")]
    pub skus: Vec<Sku>,
}

#[derive(Default, Deserialize)]
#[serde(default)]
pub struct Sku {
    #[serde(deserialize_with = "text")]
    pub id: String,
    #[serde(deserialize_with = "integer")]
    pub total_available_quantity: Option<i64>,
    #[serde(deserialize_with = "integer")]
    pub total_committed_quantity: Option<i64>,
    #[serde(deserialize_with = "list")]
    pub warehouse_inventory: Vec<Warehouse>,
}

#[derive(Default, Deserialize)]
#[serde(default)]
pub struct Warehouse {
    #[serde(deserialize_with = "text")]
    pub warehouse_id: String,
    #[serde(deserialize_with = "integer")]
    pub available_quantity: Option<i64>,
    #[serde(deserialize_with = "integer")]
    pub committed_quantity: Option<i64>,
}
