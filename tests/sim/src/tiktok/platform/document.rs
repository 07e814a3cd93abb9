//! Get Package Shipping Document, and the file behind its link.

use axum::http::StatusCode;
use serde_json::{Value, json};

use super::super::core::{Core, State};
use super::super::order::OrderStatus;
use super::super::reply::ApiError;
use super::super::{ShippingType, ShopSpec};
use crate::clock;
use crate::ids::hex32;
use crate::lock::locked;
use crate::net::{Answer, Request};
use crate::pdf;

/// A host that is not the platform's.
const ELSEWHERE: &str = "http://127.0.0.2:9/label.pdf";

/// A file behind a link.
#[derive(Debug)]
pub(crate) struct DocumentFile {
    package: String,
    kind: String,
    /// When the link ends, in Unix seconds.
    until: i64,
}

pub(crate) fn document(
    core: &Core,
    shop: &ShopSpec,
    package_id: &str,
    request: &Request,
) -> Result<Value, ApiError> {
    let kind = request.param("document_type").unwrap_or_default();
    if !["SHIPPING_LABEL", "PACKING_SLIP", "SHIPPING_LABEL_AND_PACKING_SLIP", "HAZMAT_LABEL"].contains(&kind)
    {
        return Err(ApiError::business(11_050_001, "document_type is invalid"));
    }
    let mut state = locked(&core.state);
    let State { orders, platform, .. } = &mut *state;
    let Some(package) = platform.packages.get_mut(package_id).filter(|package| package.shop_id == shop.id)
    else {
        let own = orders.values().any(|order| {
            order.spec.shipping == ShippingType::Seller
                && order.lines.iter().any(|l| l.package.as_ref().is_some_and(|p| p.id == package_id))
        });
        return Err(if own {
            ApiError::business(11_034_002, "The package is not shipped by the platform.")
        } else {
            ApiError::business(21_042_204, "There is no such package in this shop.")
        });
    };
    let of_package = |status: OrderStatus| {
        package.order_ids.iter().filter_map(|id| orders.get(id)).any(|order| order.status == status)
    };
    if of_package(OrderStatus::Cancelled) {
        return Err(ApiError::business(21_023_059, "The package is cancelled."));
    }
    if [OrderStatus::InTransit, OrderStatus::Delivered, OrderStatus::Completed].into_iter().any(of_package) {
        return Err(ApiError::business(21_042_102, "The package has been picked up."));
    }
    let is_dangerous =
        package.order_ids.iter().filter_map(|id| orders.get(id)).any(|order| order.spec.is_dangerous);
    if kind == "HAZMAT_LABEL" && !is_dangerous {
        return Err(ApiError::business(11_034_002, "The package has no such document."));
    }
    if package.reads < core.config.platform.pending_reads {
        package.reads += 1;
        return match package.reads % 4 {
            1 => Ok(json!({ "doc_url": "", "tracking_number": "" })),
            2 => Ok(Value::Null),
            3 => Err(ApiError::business(11_034_037, "The document is being generated.")),
            _ => Err(ApiError::business(11_034_023, "The document is not ready.")),
        };
    }
    package.issued += 1;
    let file = hex32();
    let life = i64::try_from(core.config.platform.link_life.as_secs()).unwrap_or(0);
    let document = DocumentFile {
        package: package.id.clone(),
        kind: kind.to_owned(),
        until: clock::unix_seconds() + life,
    };
    platform.files.insert(file.clone(), document);
    let url = format!("{}/wsos_v2/oec_fulfillment_doc_tts/object/{file}", core.url);
    let number = platform.odd_number.as_ref().unwrap_or(&package.tracking_number);
    Ok(json!({ "doc_url": url, "tracking_number": number }))
}

/// The label. Nobody asks for a token here: the name of the file is the secret.
pub(crate) fn file(core: &Core, name: &str) -> Answer {
    let state = locked(&core.state);
    let gone = || Answer::bytes(StatusCode::FORBIDDEN, "application/xml", "<Error>AccessDenied</Error>");
    let Some(document) = state.platform.files.get(name) else { return gone() };
    if state.platform.links_lead_elsewhere {
        return Answer::redirect(ELSEWHERE.to_owned());
    }
    let package = state.platform.packages.get(&document.package);
    match package.filter(|_| clock::unix_seconds() < document.until) {
        Some(package) => {
            let number = package.tracking_number.as_str();
            let lines = [package.service.name.as_str(), number, &document.kind, "SAMPLE - DO NOT SHIP"];
            Answer::bytes(StatusCode::OK, "application/pdf", pdf::page(&lines))
        }
        None => gone(),
    }
}
