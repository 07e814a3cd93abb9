//! The answer of the authorization host.

use domain::Timestamp;
use serde::Deserialize;

use super::lenient::{Id, list, text, time};

#[derive(Deserialize)]
pub struct Token {
    #[serde(default, deserialize_with = "text")]
    pub access_token: String,
    /// An instant, in spite of its name.
    #[serde(default, deserialize_with = "time")]
    pub access_token_expire_in: Option<Timestamp>,
    #[serde(default, deserialize_with = "text")]
    pub refresh_token: String,
    /// An instant, in spite of its name.
    #[serde(default, deserialize_with = "time")]
    pub refresh_token_expire_in: Option<Timestamp>,
    #[serde(default, deserialize_with = "text")]
    pub open_id: String,
    #[serde(default, deserialize_with = "text")]
    pub seller_name: String,
    #[serde(default, deserialize_with = "text")]
    pub seller_base_region: String,
    #[serde(default, deserialize_with = "list")]
    pub granted_scopes: Vec<Id>,
}
