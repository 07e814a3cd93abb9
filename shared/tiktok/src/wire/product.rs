//! Get Product: weight and size of the package, of the product and, since 2026, of each variation.

use serde::Deserialize;

use super::lenient::{Id, decimal, list, object, text};

#[derive(Deserialize)]
pub struct Product {
    #[serde(default, deserialize_with = "list")]
    pub skus: Vec<Sku>,
    #[serde(default, deserialize_with = "object")]
    pub package_weight: Weight,
    #[serde(default, deserialize_with = "object")]
    pub package_dimensions: Dimensions,
}

#[derive(Default, Deserialize)]
#[serde(default)]
pub struct Sku {
    pub id: Id,
    #[serde(deserialize_with = "object")]
    pub sku_weight: Weight,
    #[serde(deserialize_with = "object")]
    pub sku_dimensions: Dimensions,
}

#[derive(Default, Deserialize)]
#[serde(default)]
pub struct Weight {
    #[serde(deserialize_with = "decimal")]
    pub value: String,
    #[serde(deserialize_with = "text")]
    pub unit: String,
}

#[derive(Default, Deserialize)]
#[serde(default)]
pub struct Dimensions {
    #[serde(deserialize_with = "decimal")]
    pub length: String,
    #[serde(deserialize_with = "decimal")]
    pub width: String,
    #[serde(deserialize_with = "decimal")]
    pub height: String,
    #[serde(deserialize_with = "text")]
    pub unit: String,
}
