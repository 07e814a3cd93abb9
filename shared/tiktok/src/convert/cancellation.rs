//! Parses cancellations of Search Cancellations.

use domain::{CancelId, OrderId, Private, Timestamp};
use serde_json::Value;

use super::present;
use crate::wire::cancellation as wire;

/// The seller's next action on a request that waits for an answer.
const RESPOND: &str = "SELLER_RESPOND_CANCEL";

/// The status of a cancellation.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum CancelStatus {
    /// The buyer has asked, and the seller has to answer.
    Pending,
    /// Approved: the order is cancelled, but the buyer is not refunded yet.
    Success,
    /// Rejected, withdrawn by the buyer, or closed because the order was shipped: the order goes on.
    Cancelled,
    /// The order is cancelled, and the buyer is refunded.
    Complete,
    /// A status that this version does not know.
    Unknown(String),
}

impl From<String> for CancelStatus {
    fn from(status: String) -> Self {
        match status.as_str() {
            "CANCELLATION_REQUEST_PENDING" => Self::Pending,
            "CANCELLATION_REQUEST_SUCCESS" => Self::Success,
            // Searches and Cancel Order say CANCEL, answers and webhooks CANCELLED.
            "CANCELLATION_REQUEST_CANCEL" | "CANCELLATION_REQUEST_CANCELLED" => Self::Cancelled,
            "CANCELLATION_REQUEST_COMPLETE" => Self::Complete,
            _ => Self::Unknown(status),
        }
    }
}

impl CancelStatus {
    /// The name that Search Cancellations takes.
    pub fn as_str(&self) -> &str {
        match self {
            Self::Pending => "CANCELLATION_REQUEST_PENDING",
            Self::Success => "CANCELLATION_REQUEST_SUCCESS",
            Self::Cancelled => "CANCELLATION_REQUEST_CANCEL",
            Self::Complete => "CANCELLATION_REQUEST_COMPLETE",
            Self::Unknown(status) => status,
        }
    }
}

/// Who started a cancellation.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum CancelRole {
    Buyer,
    Seller,
    System,
    /// Someone that this version does not know, or nobody named.
    Unknown(String),
}

impl From<String> for CancelRole {
    fn from(role: String) -> Self {
        match role.as_str() {
            "BUYER" => Self::Buyer,
            "SELLER" => Self::Seller,
            "SYSTEM" => Self::System,
            _ => Self::Unknown(role),
        }
    }
}

/// A cancellation of an order or of some of its line items.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Cancellation {
    pub id: CancelId,
    pub order: OrderId,
    pub status: CancelStatus,
    pub role: CancelRole,
    /// The reason by TikTok's name; empty where there is none.
    pub reason: String,
    /// The reason in words, which may be the buyer's; empty where there are none.
    pub reason_text: Private<String>,
    pub created_at: Option<Timestamp>,
    pub updated_at: Option<Timestamp>,
    /// By when the seller has to answer; `None` where no answer is due.
    pub respond_by: Option<Timestamp>,
}

/// A cancellation, or what is known of one that cannot be parsed.
pub type ParsedCancellation = Result<Cancellation, UnreadableCancellation>;

/// A cancellation that lacks what every one must have. Its content is not shown.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("cancellation {} can't be read: {field} is missing", id.as_ref().map_or("without an id", CancelId::as_str))]
pub struct UnreadableCancellation {
    /// The cancellation, if that much is known.
    pub id: Option<CancelId>,
    /// The field that is missing or not what it should be.
    pub field: &'static str,
}

/// Parses a cancellation. The error names the field that is missing.
pub fn cancellation(raw: Value) -> ParsedCancellation {
    let unreadable = |id: Option<CancelId>, field| UnreadableCancellation { id, field };
    let wire: wire::Cancellation =
        serde_json::from_value(raw).map_err(|_| unreadable(None, "cancellation"))?;
    let id = present(wire.cancel_id, CancelId::new).ok_or(unreadable(None, "cancel_id"))?;
    let missing = |field| unreadable(Some(id.clone()), field);
    let order = present(wire.order_id, OrderId::new).ok_or_else(|| missing("order_id"))?;
    let status = present(wire.cancel_status, CancelStatus::from).ok_or_else(|| missing("cancel_status"))?;
    let answers = wire.seller_next_action_response.into_iter().filter(|next| next.action == RESPOND);
    Ok(Cancellation {
        role: CancelRole::from(wire.role),
        reason: wire.cancel_reason,
        reason_text: Private::new(wire.cancel_reason_text),
        created_at: wire.create_time,
        updated_at: wire.update_time,
        respond_by: answers.filter_map(|next| next.deadline).min(),
        id,
        order,
        status,
    })
}

/// The reasons for which the whole order may be cancelled: those that all of its cancellable line items allow, in TikTok's
/// order.
pub fn cancel_reasons(wire: wire::Eligibility) -> Vec<String> {
    let mut entries = wire
        .sku_eligibility
        .into_iter()
        .flat_map(|sku| sku.line_item_eligibility)
        .filter(|entry| entry.request_type == "CANCEL" && entry.eligible)
        .map(|entry| entry.available_reason_names);
    let Some(mut common) = entries.next() else { return Vec::new() };
    for names in entries {
        common.retain(|name| names.contains(name));
    }
    common.into_iter().map(|name| name.0).filter(|name| !name.is_empty()).collect()
}

#[cfg(test)]
mod tests {
    use domain::{CancelId, OrderId, Timestamp};
    use serde_json::json;

    use super::{CancelRole, CancelStatus, UnreadableCancellation, cancel_reasons, cancellation};

    #[test]
    fn knows_both_names_of_a_status() {
        for (name, expect, back) in [
            ("CANCELLATION_REQUEST_CANCEL", CancelStatus::Cancelled, "CANCELLATION_REQUEST_CANCEL"),
            ("CANCELLATION_REQUEST_CANCELLED", CancelStatus::Cancelled, "CANCELLATION_REQUEST_CANCEL"),
            ("CANCELLATION_REQUEST_PENDING", CancelStatus::Pending, "CANCELLATION_REQUEST_PENDING"),
            ("CANCELLATION_REQUEST_SUCCESS", CancelStatus::Success, "CANCELLATION_REQUEST_SUCCESS"),
            ("CANCELLATION_REQUEST_COMPLETE", CancelStatus::Complete, "CANCELLATION_REQUEST_COMPLETE"),
            ("NEW", CancelStatus::Unknown("NEW".into()), "NEW"),
        ] {
            let status = CancelStatus::from(name.to_owned());
            assert_eq!((status.as_str(), &status), (back, &expect), "{name}");
        }
    }

    #[test]
    fn reads_what_is_there() {
        let read = cancellation(json!({
            "cancel_id": 4035, "order_id": "576", "cancel_status": "CANCELLATION_REQUEST_PENDING", "role": "OPERATOR",
            "cancel_reason_text": "I moved", "create_time": "1690451136", "update_time": 0,
            "seller_next_action_response": [
                {"action": "OTHER", "deadline": 5}, {"action": "SELLER_RESPOND_CANCEL", "deadline": 1690554680}, null,
            ],
        }))
        .unwrap();
        assert_eq!((read.id.as_str(), read.role), ("4035", CancelRole::Unknown("OPERATOR".into())));
        assert_eq!(read.respond_by, Timestamp::from_second(1_690_554_680).ok());
        assert_eq!((read.reason.as_str(), read.updated_at), ("", None));
        assert_eq!(format!("{:?}", read.reason_text), "(private)");
    }

    #[test]
    fn names_what_is_missing() {
        for (raw, id, field) in [
            (json!(null), None, "cancellation"),
            (json!({"order_id": "5"}), None, "cancel_id"),
            (json!({"cancel_id": "4"}), Some("4"), "order_id"),
            (json!({"cancel_id": "4", "order_id": "5"}), Some("4"), "cancel_status"),
        ] {
            let expect = UnreadableCancellation { id: id.map(CancelId::new), field };
            assert_eq!(cancellation(raw), Err(expect));
        }
        let read = cancellation(json!({"cancel_id": "4", "order_id": "5", "cancel_status": "X"})).unwrap();
        assert_eq!((read.order, read.respond_by), (OrderId::new("5"), None));
    }

    #[test]
    fn only_reasons_that_fit_every_unit() {
        let entry = |kind: &str, eligible: bool, names: &[&str]| {
            json!({"line_item_eligibility": [
                {"request_type": kind, "eligible": eligible, "available_reason_names": names},
            ]})
        };
        let reasons =
            |skus| cancel_reasons(serde_json::from_value(json!({"sku_eligibility": skus})).unwrap());
        let skus = [
            entry("CANCEL", true, &["price", "stock", ""]),
            entry("REFUND", true, &["broken"]),
            entry("CANCEL", true, &["stock", "price", "", "other"]),
            entry("CANCEL", false, &[]),
        ];
        assert_eq!(reasons(skus.to_vec()), ["price", "stock"]);
        assert!(reasons(vec![json!(null), entry("CANCEL", false, &["stock"])]).is_empty());
    }
}
