//! The paths of the API, each with its version. "The version is per endpoint; versions can be mixed": a new version
//! of one is a change of one line here.

use domain::{CancelId, ConversationId, DeliveryOptionId, OrderId, PackageId, ProductId};

/// Get Authorized Shops.
pub const AUTHORIZED_SHOPS: &str = "/authorization/202309/shops";
/// Cancel Order.
pub const CANCEL_ORDER: &str = "/return_refund/202309/cancellations";
/// Search Cancellations.
pub const CANCELLATION_SEARCH: &str = "/return_refund/202309/cancellations/search";
/// Get Reject Reasons.
pub const REJECT_REASONS: &str = "/return_refund/202309/reject_reasons";
/// Get Conversations, and Create Conversation.
pub const CONVERSATIONS: &str = "/customer_service/202309/conversations";
/// Inventory Search.
pub const INVENTORY: &str = "/product/202309/inventory/search";
/// Get Order Detail.
pub const ORDER_DETAIL: &str = "/order/202309/orders";
/// Get Order List.
pub const ORDER_SEARCH: &str = "/order/202309/orders/search";
/// Create Packages.
pub const CREATE_PACKAGES: &str = "/fulfillment/202512/packages";
/// Search Package.
pub const PACKAGE_SEARCH: &str = "/fulfillment/202309/packages/search";
/// Get Warehouse List.
pub const WAREHOUSES: &str = "/logistics/202309/warehouses";
/// Exchanges a consent for tokens, at the authorization host.
pub const TOKEN_GET: &str = "/api/v2/token/get";
/// Exchanges a refresh token for new tokens, at the authorization host.
pub const TOKEN_REFRESH: &str = "/api/v2/token/refresh";

/// Get Product.
pub fn product(product: &ProductId) -> String {
    format!("/product/202309/products/{product}")
}

/// Get Shipping Providers.
pub fn shipping_providers(option: &DeliveryOptionId) -> String {
    format!("/logistics/202309/delivery_options/{option}/shipping_providers")
}

/// Mark Package As Shipped.
pub fn mark_shipped(order: &OrderId) -> String {
    format!("/fulfillment/202309/orders/{order}/packages")
}

/// Get Eligible Shipping Service.
pub fn eligible_services(order: &OrderId) -> String {
    format!("/fulfillment/202309/orders/{order}/shipping_services/query")
}

/// Get Package Detail.
pub fn package(package: &PackageId) -> String {
    format!("/fulfillment/202309/packages/{package}")
}

/// Get Package Shipping Document. There is no later version: another one is refused.
pub fn shipping_documents(package: &PackageId) -> String {
    format!("/fulfillment/202309/packages/{package}/shipping_documents")
}

/// Ship Package.
pub fn ship_package(package: &PackageId) -> String {
    format!("/fulfillment/202309/packages/{package}/ship")
}

/// Get Package Handover Time Slots.
pub fn handover_slots(package: &PackageId) -> String {
    format!("/fulfillment/202309/packages/{package}/handover_time_slots")
}

/// Approve Cancellation.
pub fn approve_cancellation(cancellation: &CancelId) -> String {
    format!("/return_refund/202309/cancellations/{cancellation}/approve")
}

/// Reject Cancellation.
pub fn reject_cancellation(cancellation: &CancelId) -> String {
    format!("/return_refund/202309/cancellations/{cancellation}/reject")
}

/// Get Aftersale Eligibility. Versions before 202512 name no reasons.
pub fn aftersale_eligibility(order: &OrderId) -> String {
    format!("/return_refund/202602/orders/{order}/aftersale_eligibility")
}

/// Get Conversation.
pub fn conversation(conversation: &ConversationId) -> String {
    format!("/customer_service/202601/conversations/{conversation}")
}

/// Get Conversation Messages, and Send Message.
pub fn messages(conversation: &ConversationId) -> String {
    format!("/customer_service/202309/conversations/{conversation}/messages")
}

/// Whether an id may be put into a path or a comma-separated list: an id from outside must not become another path or a
/// second id.
pub fn is_id(id: &str) -> bool {
    const LENGTH_MAX: usize = 64;
    !id.is_empty()
        && id.len() <= LENGTH_MAX
        && id.bytes().all(|b| b.is_ascii_alphanumeric() || matches!(b, b'-' | b'_'))
}

#[cfg(test)]
mod tests {
    #[test]
    fn ids_contain_no_punctuation() {
        for (id, expect) in
            [("576461413038785752", true), ("a-b_C", true), ("", false), ("1,2", false), ("../x", false)]
        {
            assert_eq!(super::is_id(id), expect, "{id}");
        }
    }
}
