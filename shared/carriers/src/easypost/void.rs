//! Voiding a label, and what became of its refund.

use domain::LabelHandle;

use super::bought::void_outcome;
use super::shipment::{broken, read, read_same, read_shipment};
use super::transport::EasyPostTransport;
use crate::{CarrierCall, CarrierError, RefundStatus, VoidOutcome};

/// Asks for the refund. When the answer is lost, or refuses because it was asked for before, the shipment shows what became
/// of it.
pub(super) async fn void(
    transport: &EasyPostTransport,
    id: &LabelHandle,
) -> Result<VoidOutcome, CarrierError> {
    let error = match ask(transport, id).await {
        Err(error @ (CarrierError::Unknown { .. } | CarrierError::Rejected { .. })) => error,
        outcome => return outcome,
    };
    let Ok(shipment) = read(transport, id.as_str()).await else { return Err(error) };
    match shipment.refund_status.as_deref().and_then(void_outcome) {
        Some(VoidOutcome::Submitted) if matches!(error, CarrierError::Rejected { .. }) => {
            Ok(VoidOutcome::AlreadyRequested)
        }
        Some(outcome) => Ok(outcome),
        None => Err(error),
    }
}

/// `refund_status` of the shipment.
pub(super) async fn refund(
    transport: &EasyPostTransport,
    id: &LabelHandle,
) -> Result<RefundStatus, CarrierError> {
    let shipment = read_same(transport, id.as_str()).await?;
    let Some(status) = shipment.refund_status.as_deref().filter(|status| !status.is_empty()) else {
        return Ok(RefundStatus::NotAsked);
    };
    match void_outcome(status) {
        Some(VoidOutcome::Submitted | VoidOutcome::AlreadyRequested) => Ok(RefundStatus::Submitted),
        Some(VoidOutcome::Refunded) => Ok(RefundStatus::Refunded),
        Some(VoidOutcome::Rejected) => Ok(RefundStatus::Rejected),
        Some(VoidOutcome::NotApplicable) => Ok(RefundStatus::NotApplicable),
        None => Err(broken(CarrierCall::Read, "its refund status is unknown")),
    }
}

async fn ask(transport: &EasyPostTransport, id: &LabelHandle) -> Result<VoidOutcome, CarrierError> {
    let answer =
        transport.post(CarrierCall::Void, &["shipments", id.as_str(), "refund"], None::<&()>).await?;
    let shipment = read_shipment(CarrierCall::Void, &answer)?;
    let status = shipment
        .refund_status
        .as_deref()
        .ok_or_else(|| broken(CarrierCall::Void, "it has no refund status"))?;
    void_outcome(status).ok_or_else(|| broken(CarrierCall::Void, "its refund status is unknown"))
}
