//! The body of Get Order List.

use serde::Serialize;

use super::order;

/// What is looked for; absent fields find everything.
#[derive(Serialize)]
pub struct Search<'a> {
    #[serde(flatten)]
    pub times: order::Search,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub buyer_user_id: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub order_status: Option<String>,
}
