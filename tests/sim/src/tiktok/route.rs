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
    WrongMethod,
    Unknown,
}

/// Finds the call.
pub(crate) fn route(method: &Method, path: &[&str]) -> (CallKind, Endpoint) {
    let (expected, kind, endpoint) = match path {
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
        ["fulfillment", "202309", "orders", id, "packages"] => {
            (Method::POST, CallKind::MarkShipped, Endpoint::MarkShipped((*id).to_owned()))
        }
        _ => return (CallKind::Unknown, Endpoint::Unknown),
    };
    if *method == expected { (kind, endpoint) } else { (CallKind::Unknown, Endpoint::WrongMethod) }
}
