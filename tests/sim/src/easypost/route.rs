//! Which call a path means.

use axum::http::Method;

use crate::faults::CallKind;

/// A call with what its path names.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Endpoint {
    AddressCreate,
    AddressCreateAndVerify,
    AddressVerify(String),
    ShipmentCreate,
    ShipmentGet(String),
    ShipmentRerate(String),
    ShipmentBuy(String),
    ShipmentLabel(String),
    ShipmentRefund(String),
    TrackerList,
    TrackerCreate,
    TrackerGet(String),
    LabelFile(String),
    Unknown,
}

/// Finds the call.
pub(crate) fn route(method: &Method, path: &[&str]) -> (CallKind, Endpoint) {
    let owned = |id: &str| id.to_owned();
    let get = *method == Method::GET;
    let post = *method == Method::POST;
    match path {
        ["v2", "addresses"] if post => (CallKind::AddressCreate, Endpoint::AddressCreate),
        ["v2", "addresses", "create_and_verify"] if post => {
            (CallKind::AddressVerify, Endpoint::AddressCreateAndVerify)
        }
        ["v2", "addresses", id, "verify"] if get => {
            (CallKind::AddressVerify, Endpoint::AddressVerify(owned(id)))
        }
        ["v2", "shipments"] if post => (CallKind::ShipmentCreate, Endpoint::ShipmentCreate),
        ["v2", "shipments", id] if get => (CallKind::ShipmentGet, Endpoint::ShipmentGet(owned(id))),
        ["v2", "shipments", id, "rerate"] if post => {
            (CallKind::ShipmentRerate, Endpoint::ShipmentRerate(owned(id)))
        }
        ["v2", "shipments", id, "buy"] if post => (CallKind::ShipmentBuy, Endpoint::ShipmentBuy(owned(id))),
        ["v2", "shipments", id, "label"] if get => {
            (CallKind::ShipmentLabel, Endpoint::ShipmentLabel(owned(id)))
        }
        ["v2", "shipments", id, "refund"] if post => {
            (CallKind::ShipmentRefund, Endpoint::ShipmentRefund(owned(id)))
        }
        ["v2", "trackers"] if get => (CallKind::TrackerList, Endpoint::TrackerList),
        ["v2", "trackers"] if post => (CallKind::TrackerCreate, Endpoint::TrackerCreate),
        ["v2", "trackers", id] if get => (CallKind::TrackerGet, Endpoint::TrackerGet(owned(id))),
        ["files", "postage_label", file] if get => (CallKind::LabelFile, Endpoint::LabelFile(owned(file))),
        _ => (CallKind::Unknown, Endpoint::Unknown),
    }
}
