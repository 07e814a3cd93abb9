//! Cancellations: found, answered, made.

use domain::Timestamp;
use serde::{Deserialize, Serialize};
use serde_json::Value;

use super::lenient::{Id, count, flag, list, text, time};

/// The body of Search Cancellations: bounds in seconds, `ge` inclusive, `lt` exclusive.
#[derive(Serialize)]
pub struct Search<'a> {
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub order_ids: Vec<&'a str>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub cancel_status: Vec<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub update_time_ge: Option<i64>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub update_time_lt: Option<i64>,
}

/// Entries stay raw: one that can't be read must not spoil the others. A list that is no list is a broken answer.
#[derive(Deserialize)]
pub struct Cancellations {
    #[serde(default)]
    pub cancellations: Option<Vec<Value>>,
    #[serde(default, deserialize_with = "text")]
    pub next_page_token: String,
    #[serde(default, deserialize_with = "count")]
    pub total_count: Option<u64>,
}

#[derive(Default, Deserialize)]
#[serde(default)]
pub struct Cancellation {
    #[serde(deserialize_with = "text")]
    pub cancel_id: String,
    #[serde(deserialize_with = "text")]
    pub order_id: String,
    #[serde(deserialize_with = "text")]
    pub cancel_status: String,
    #[serde(deserialize_with = "text")]
    pub role: String,
    #[serde(deserialize_with = "text")]
    pub cancel_reason: String,
    #[serde(deserialize_with = "text")]
    pub cancel_reason_text: String,
    #[serde(deserialize_with = "time")]
    pub create_time: Option<Timestamp>,
    #[serde(deserialize_with = "time")]
    pub update_time: Option<Timestamp>,
    #[serde(deserialize_with = "list")]
    pub seller_next_action_response: Vec<NextAction>,
}

#[derive(Default, Deserialize)]
#[serde(default)]
pub struct NextAction {
    #[serde(deserialize_with = "text")]
    pub action: String,
    #[serde(deserialize_with = "time")]
    pub deadline: Option<Timestamp>,
}

/// The body of Reject Cancellation.
#[derive(Serialize)]
pub struct Reject<'a> {
    pub reject_reason: &'a str,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub comment: Option<&'a str>,
}

#[derive(Deserialize)]
pub struct RejectReasons {
    #[serde(default, deserialize_with = "list")]
    pub reasons: Vec<RejectReason>,
}

#[derive(Default, Deserialize)]
#[serde(default)]
pub struct RejectReason {
    #[serde(deserialize_with = "text")]
    pub name: String,
    #[serde(deserialize_with = "text")]
    pub text: String,
}

/// The body of Cancel Order.
#[derive(Serialize)]
pub struct Cancel<'a> {
    pub order_id: &'a str,
    pub cancel_reason: &'a str,
    /// Left out for the whole order.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub order_line_item_ids: Vec<&'a str>,
}

#[derive(Deserialize)]
pub struct Cancelled {
    #[serde(default, deserialize_with = "text")]
    pub cancel_id: String,
    #[serde(default, deserialize_with = "text")]
    pub cancel_status: String,
}

#[derive(Deserialize)]
pub struct Eligibility {
    #[serde(default, deserialize_with = "list")]
    pub sku_eligibility: Vec<SkuEligibility>,
}

#[derive(Default, Deserialize)]
#[serde(default)]
pub struct SkuEligibility {
    #[serde(deserialize_with = "list")]
    pub line_item_eligibility: Vec<LineEligibility>,
}

#[derive(Default, Deserialize)]
#[serde(default)]
pub struct LineEligibility {
    #[serde(deserialize_with = "text")]
    pub request_type: String,
    #[serde(deserialize_with = "flag")]
    pub eligible: bool,
    #[serde(deserialize_with = "list")]
    pub available_reason_names: Vec<Id>,
}
