//! Labels handed back.

use std::sync::{Arc, Weak};

use axum::http::StatusCode;

use super::core::Core;
use super::errors::ApiError;
use super::purchase::RefundStatus;
use super::shipment_create::stored_json;
use super::tracker::TrackerStatus;
use crate::clock;
use crate::lock::locked;
use crate::net::Answer;

pub(crate) fn refund(core: &Arc<Core>, id: &str) -> Result<Answer, ApiError> {
    submit(core, id)?;
    let later: Weak<Core> = Arc::downgrade(core);
    let (shipment_id, delay) = (id.to_owned(), core.config.refund_takes);
    core.runtime.spawn(async move {
        tokio::time::sleep(delay).await;
        if let Some(core) = later.upgrade() {
            settle(&core, &shipment_id);
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
    if matches!(bought.refund, Some(RefundStatus::Submitted | RefundStatus::Refunded)) {
        let message = "A refund was already requested for this shipment.";
        return Err(ApiError::refused("SHIPMENT.REFUND.UNAVAILABLE", message));
    }
    let tracker = state.trackers.get(&bought.tracker_id);
    let seen = tracker.is_some_and(|tracker| tracker.status >= TrackerStatus::InTransit);
    let status = if seen { RefundStatus::Rejected } else { RefundStatus::Submitted };
    set(&mut state, id, status);
    Ok(())
}

/// The carrier pays back what was submitted.
pub(crate) fn settle(core: &Core, id: &str) {
    let mut state = locked(&core.state);
    let bought = state.shipments.get(id).and_then(|shipment| shipment.bought.as_ref());
    if bought.and_then(|bought| bought.refund) == Some(RefundStatus::Submitted) {
        set(&mut state, id, RefundStatus::Refunded);
    }
}

fn set(state: &mut super::core::State, id: &str, status: RefundStatus) {
    let Some(shipment) = state.shipments.get_mut(id) else { return };
    shipment.updated_at = clock::now();
    if let Some(bought) = &mut shipment.bought {
        bought.refund = Some(status);
    }
}
