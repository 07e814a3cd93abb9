//! The answer to Get Authorized Shops, as TikTok writes it.

use serde::Deserialize;

use super::lenient::{list, text};

#[derive(Deserialize)]
pub struct Shops {
    #[serde(default, deserialize_with = "list")]
    pub shops: Vec<Shop>,
}

#[derive(Default, Deserialize)]
#[serde(default)]
pub struct Shop {
    #[serde(deserialize_with = "text")]
    pub id: String,
    #[serde(deserialize_with = "text")]
    pub name: String,
    #[serde(deserialize_with = "text")]
    pub region: String,
    #[serde(deserialize_with = "text")]
    pub seller_type: String,
    #[serde(deserialize_with = "text")]
    pub cipher: String,
}
