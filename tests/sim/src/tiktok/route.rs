//! Which call a path means.

use axum::http::Method;

use crate::faults::CallKind;

/// A call with what its path names.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Endpoint {
    TokenGet,
    TokenRefresh,
    Consent,
    AuthorizedShops,
    OrderSearch,
    OrderDetail,
    Product(String),
    Warehouses,
    ShippingProviders(String),
    MarkShipped(String),
    EligibleServices(String),
    CreatePackages,
    ShipPackage(String),
    ShippingDocument(String),
    DocumentFile(String),
    PackageDetail(String),
    PackageSearch,
    HandoverSlots(String),
    InventorySearch,
    CancelOrder,
    CancelReasons(String),
    CancellationSearch,
    CancellationApprove(String),
    CancellationReject(String),
    RejectReasons,
    Conversations,
    Conversation(String),
    ConversationOpen,
    Messages(String),
    MessageSend(String),
    WrongMethod,
    Unknown,
}

impl Endpoint {
    /// True for a call that needs the scope of customer service.
    pub(crate) fn is_customer_service(&self) -> bool {
        matches!(
            self,
            Self::Conversations
                | Self::Conversation(_)
                | Self::ConversationOpen
                | Self::Messages(_)
                | Self::MessageSend(_)
        )
    }
}

/// Finds the call.
pub(crate) fn route(method: &Method, path: &[&str]) -> (CallKind, Endpoint) {
    match find(method, path) {
        None => (CallKind::Unknown, Endpoint::Unknown),
        Some((expected, ..)) if *method != expected => (CallKind::Unknown, Endpoint::WrongMethod),
        Some((_, kind, endpoint)) => (kind, endpoint),
    }
}

/// A call and the method it wants.
type Call = (Method, CallKind, Endpoint);

fn find(method: &Method, path: &[&str]) -> Option<Call> {
    let call = match path {
        ["api", "v2", "token", "get"] => (Method::GET, CallKind::TokenGet, Endpoint::TokenGet),
        ["api", "v2", "token", "refresh"] => (Method::GET, CallKind::TokenRefresh, Endpoint::TokenRefresh),
        ["oauth" | "open", "authorize"] => (Method::GET, CallKind::Consent, Endpoint::Consent),
        ["authorization", "202309", "shops"] => {
            (Method::GET, CallKind::AuthorizedShops, Endpoint::AuthorizedShops)
        }
        ["order", "202309", "orders", "search"] => {
            (Method::POST, CallKind::OrderSearch, Endpoint::OrderSearch)
        }
        ["order", "202309" | "202507", "orders"] => {
            (Method::GET, CallKind::OrderDetail, Endpoint::OrderDetail)
        }
        ["product", "202309", "products", id] => {
            (Method::GET, CallKind::ProductDetail, Endpoint::Product((*id).to_owned()))
        }
        ["logistics", "202309", "warehouses"] => (Method::GET, CallKind::WarehouseList, Endpoint::Warehouses),
        ["logistics", "202309", "delivery_options", id, "shipping_providers"] => {
            (Method::GET, CallKind::ShippingProviders, Endpoint::ShippingProviders((*id).to_owned()))
        }
        ["fulfillment", rest @ ..] => fulfillment(rest)?,
        ["wsos_v2", "oec_fulfillment_doc_tts", "object", name] => {
            (Method::GET, CallKind::DocumentFile, Endpoint::DocumentFile((*name).to_owned()))
        }
        ["product", "202309", "inventory", "search"] => {
            (Method::POST, CallKind::InventorySearch, Endpoint::InventorySearch)
        }
        ["return_refund", rest @ ..] => return_refund(rest)?,
        ["customer_service", rest @ ..] => customer_service(method, rest)?,
        _ => return None,
    };
    Some(call)
}

fn fulfillment(path: &[&str]) -> Option<Call> {
    Some(match path {
        ["202309", "orders", id, "packages"] => {
            (Method::POST, CallKind::MarkShipped, Endpoint::MarkShipped((*id).to_owned()))
        }
        ["202309", "orders", id, "shipping_services", "query"] => {
            (Method::POST, CallKind::EligibleServices, Endpoint::EligibleServices((*id).to_owned()))
        }
        ["202512", "packages"] => (Method::POST, CallKind::CreatePackages, Endpoint::CreatePackages),
        ["202309", "packages", "search"] => (Method::POST, CallKind::PackageSearch, Endpoint::PackageSearch),
        ["202309", "packages", id] => {
            (Method::GET, CallKind::PackageDetail, Endpoint::PackageDetail((*id).to_owned()))
        }
        ["202309", "packages", id, "ship"] => {
            (Method::POST, CallKind::ShipPackage, Endpoint::ShipPackage((*id).to_owned()))
        }
        ["202309", "packages", id, "shipping_documents"] => {
            (Method::GET, CallKind::ShippingDocument, Endpoint::ShippingDocument((*id).to_owned()))
        }
        ["202309", "packages", id, "handover_time_slots"] => {
            (Method::GET, CallKind::HandoverSlots, Endpoint::HandoverSlots((*id).to_owned()))
        }
        _ => return None,
    })
}

fn return_refund(path: &[&str]) -> Option<Call> {
    Some(match path {
        ["202309", "cancellations"] => (Method::POST, CallKind::CancelOrder, Endpoint::CancelOrder),
        ["202309", "cancellations", "search"] => {
            (Method::POST, CallKind::CancellationSearch, Endpoint::CancellationSearch)
        }
        ["202309", "cancellations", id, "approve"] => {
            (Method::POST, CallKind::CancellationApprove, Endpoint::CancellationApprove((*id).to_owned()))
        }
        ["202309", "cancellations", id, "reject"] => {
            (Method::POST, CallKind::CancellationReject, Endpoint::CancellationReject((*id).to_owned()))
        }
        ["202309", "reject_reasons"] => (Method::GET, CallKind::RejectReasons, Endpoint::RejectReasons),
        ["202512" | "202602", "orders", id, "aftersale_eligibility"] => {
            (Method::GET, CallKind::CancelReasons, Endpoint::CancelReasons((*id).to_owned()))
        }
        _ => return None,
    })
}

fn customer_service(method: &Method, path: &[&str]) -> Option<Call> {
    let posts = *method == Method::POST;
    Some(match path {
        ["202309", "conversations"] if posts => {
            (Method::POST, CallKind::ConversationOpen, Endpoint::ConversationOpen)
        }
        ["202309", "conversations"] => (Method::GET, CallKind::ConversationList, Endpoint::Conversations),
        ["202601", "conversations", id] => {
            (Method::GET, CallKind::ConversationGet, Endpoint::Conversation((*id).to_owned()))
        }
        ["202309", "conversations", id, "messages"] if posts => {
            (Method::POST, CallKind::MessageSend, Endpoint::MessageSend((*id).to_owned()))
        }
        ["202309", "conversations", id, "messages"] => {
            (Method::GET, CallKind::MessageList, Endpoint::Messages((*id).to_owned()))
        }
        _ => return None,
    })
}
