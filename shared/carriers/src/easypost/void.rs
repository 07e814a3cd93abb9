//! Giving a label back, and what became of it.

use domain::CarrierShipmentId;

use super::bought::void_outcome;
use super::shipment::{broken, read, read_same, read_shipment};
use super::transport::Transport;
use crate::{Call, CarrierError, RefundStatus, VoidOutcome};

/// Asks for the refund. When the answer is lost, or a refusal because it was asked before, the shipment tells what
/// became of it.
pub(super) async fn void(transport: &Transport, id: &CarrierShipmentId) -> Result<VoidOutcome, CarrierError> {
    let error = match ask(transport, id).await {
        Err(error @ (CarrierError::Lost { .. } | CarrierError::Refused { .. })) => error,
        outcome => return outcome,
    };
    let Ok(shipment) = read(transport, id).await else { return Err(error) };
    match shipment.refund_status.as_deref().and_then(void_outcome) {
        Some(VoidOutcome::Submitted) if matches!(error, CarrierError::Refused { .. }) => {
            Ok(VoidOutcome::AlreadyRequested)
        }
        Some(outcome) => Ok(outcome),
        None => Err(error),
    }
}

/// `refund_status` of the shipment.
pub(super) async fn refund(
    transport: &Transport,
    id: &CarrierShipmentId,
) -> Result<RefundStatus, CarrierError> {
    let shipment = read_same(transport, id).await?;
    let Some(status) = shipment.refund_status.as_deref().filter(|status| !status.is_empty()) else {
        return Ok(RefundStatus::NotAsked);
    };
    match void_outcome(status) {
        Some(VoidOutcome::Submitted | VoidOutcome::AlreadyRequested) => Ok(RefundStatus::Submitted),
        Some(VoidOutcome::Refunded) => Ok(RefundStatus::Refunded),
        Some(VoidOutcome::Rejected) => Ok(RefundStatus::Rejected),
        Some(VoidOutcome::NotApplicable) => Ok(RefundStatus::NotApplicable),
        None => Err(broken(Call::Read, "its refund status is not known")),
    }
}

async fn ask(transport: &Transport, id: &CarrierShipmentId) -> Result<VoidOutcome, CarrierError> {
    let answer = transport.post(Call::Void, &["shipments", id.as_str(), "refund"], None::<&()>).await?;
    let shipment = read_shipment(Call::Void, &answer)?;
    let status =
        shipment.refund_status.as_deref().ok_or_else(|| broken(Call::Void, "it has no refund status"))?;
    void_outcome(status).ok_or_else(|| broken(Call::Void, "its refund status is not known"))
}
