//! Labels handed back.

use std::sync::{Arc, Weak};

use axum::http::StatusCode;
use jiff::Timestamp;
use serde_json::{Value, json};

use super::core::{Core, State};
use super::errors::ApiError;
use super::purchase::RefundStatus;
use super::shipment::{Bought, new_id};
use super::shipment_create::stored_json;
use super::shipment_json::time;
use crate::clock;
use crate::lock::locked;
use crate::net::Answer;

/// A request for the money of a label.
#[derive(Debug, Clone)]
pub(crate) struct Refund {
    id: String,
    asked_at: Timestamp,
    updated_at: Timestamp,
    pub(crate) status: RefundStatus,
}

pub(crate) fn refund(core: &Arc<Core>, id: &str) -> Result<Answer, ApiError> {
    submit(core, id)?;
    let later: Weak<Core> = Arc::downgrade(core);
    let (shipment_id, delay) = (id.to_owned(), core.config.refund_takes);
    core.runtime.spawn(async move {
        tokio::time::sleep(delay).await;
        if let Some(core) = later.upgrade() {
            settle(&core, &shipment_id, RefundStatus::Refunded);
        }
    });
    Ok(Answer::json(StatusCode::OK, &stored_json(core, id)?))
}

fn submit(core: &Core, id: &str) -> Result<(), ApiError> {
    let mut state = locked(&core.state);
    let shipment = state.shipments.get(id).ok_or_else(|| ApiError::not_found(id))?;
    let bought = shipment
        .bought
        .as_ref()
        .ok_or_else(|| ApiError::refused("SHIPMENT.REFUND.UNAVAILABLE", "There is no label to refund."))?;
    if matches!(bought.refund_status(), Some(RefundStatus::Submitted | RefundStatus::Refunded)) {
        let message = "A refund was already requested for this shipment.";
        return Err(ApiError::refused("SHIPMENT.REFUND.UNAVAILABLE", message));
    }
    let seen = state.trackers.get(&bought.tracker_id).is_some_and(|tracker| tracker.was_scanned());
    let status = if seen { RefundStatus::Rejected } else { RefundStatus::Submitted };
    let now = clock::now();
    let refund = Refund { id: new_id("rfnd"), asked_at: now, updated_at: now, status };
    set(&mut state, id, refund);
    Ok(())
}

/// The carrier decides on what was submitted, and a payment is told; false when nothing was submitted.
pub(crate) fn settle(core: &Core, id: &str, status: RefundStatus) -> bool {
    let Some(result) = decide(&mut locked(&core.state), id, status) else { return false };
    if status == RefundStatus::Refunded {
        core.emit("refund.successful", &json!({}), &result);
    }
    true
}

fn decide(state: &mut State, id: &str, status: RefundStatus) -> Option<Value> {
    let bought = state.shipments.get(id)?.bought.as_ref()?;
    let submitted = bought.refund.clone().filter(|refund| refund.status == RefundStatus::Submitted)?;
    let refund = Refund { status, updated_at: clock::now(), ..submitted };
    let json = refund_json(&refund, bought, id);
    set(state, id, refund);
    Some(json)
}

fn set(state: &mut State, id: &str, refund: Refund) {
    let Some(shipment) = state.shipments.get_mut(id) else { return };
    shipment.updated_at = refund.updated_at;
    if let Some(bought) = &mut shipment.bought {
        bought.refund = Some(refund);
    }
}

fn refund_json(refund: &Refund, bought: &Bought, shipment_id: &str) -> Value {
    json!({
        "id": refund.id,
        "object": "Refund",
        "created_at": time(refund.asked_at),
        "updated_at": time(refund.updated_at),
        "tracking_code": bought.tracking_code,
        "confirmation_number": null,
        "status": refund.status.name(),
        "carrier": bought.rate.carrier,
        "shipment_id": shipment_id,
    })
}
