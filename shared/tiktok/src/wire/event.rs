//! The body of a webhook, as TikTok writes it.

use domain::Timestamp;
use serde::Deserialize;
use serde_json::Value;

use super::lenient::{Id, list, object, text, time, unpacked};

#[derive(Deserialize)]
pub struct Envelope {
    #[serde(rename = "type")]
    pub kind: Id,
    #[serde(default, deserialize_with = "text")]
    pub tts_notification_id: String,
    #[serde(default, deserialize_with = "text")]
    pub shop_id: String,
    #[serde(default, deserialize_with = "time")]
    pub timestamp: Option<Timestamp>,
    /// A [`Data`]. It is kept as it came, to tell apart what was said.
    #[serde(default, deserialize_with = "unpacked")]
    pub data: Value,
}

/// The fields of all events that matter here.
#[derive(Default, Deserialize)]
#[serde(default)]
pub struct Data {
    #[serde(deserialize_with = "text")]
    pub order_id: String,
    #[serde(deserialize_with = "list")]
    pub package_list: Vec<Package>,
    #[serde(deserialize_with = "time")]
    pub expiration_time: Option<Timestamp>,
    #[serde(deserialize_with = "text")]
    pub cancel_id: String,
    #[serde(deserialize_with = "text")]
    pub cancel_status: String,
    #[serde(deserialize_with = "text")]
    pub conversation_id: String,
    #[serde(rename = "type", deserialize_with = "text")]
    pub kind: String,
    #[serde(deserialize_with = "object")]
    pub sender: Sender,
}

#[derive(Default, Deserialize)]
#[serde(default)]
pub struct Sender {
    #[serde(deserialize_with = "text")]
    pub role: String,
}

#[derive(Default, Deserialize)]
#[serde(default)]
pub struct Package {
    #[serde(deserialize_with = "list")]
    pub order_id_list: Vec<Id>,
}
