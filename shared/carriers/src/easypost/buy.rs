//! Buying: sent once, and in doubt unknown.

use domain::{CarrierShipmentId, CarrierText};

use super::bought::{Purchase, purchase};
use super::error::{ErrorBody, certain_refusal, parse};
use super::shipment::find_purchase;
use super::transport::{Answer, Transport};
use super::wire;
use crate::{BoughtLabel, BuyError, Call, CarrierError, Code, Lost, PurchaseOrder, Refusal, VoidOutcome};

/// EasyPost's answer to a second purchase of the same shipment.
const POSTAGE_EXISTS: &str = "SHIPMENT.POSTAGE.EXISTS";

/// The key of the order is not sent: EasyPost protects by the shipment's id.
pub(super) async fn buy(transport: &Transport, order: &PurchaseOrder<'_>) -> Result<BoughtLabel, BuyError> {
    let id = order.carrier_shipment;
    let body = wire::Buy { rate: wire::RateId { id: order.quote.as_str() } };
    let answer = transport.post(Call::Buy, &["shipments", id.as_str(), "buy"], Some(&body)).await;
    let answer = answer.map_err(unsent_or_unknown)?;
    if answer.status.is_success() {
        return read_bought(&answer, id);
    }
    let error = parse(&answer.body);
    if error.as_ref().is_some_and(|error| error.code.as_str() == POSTAGE_EXISTS) {
        return read_back(transport, id).await;
    }
    Err(judge(&answer, error))
}

/// The transport knows whether anything was sent.
fn unsent_or_unknown(error: CarrierError) -> BuyError {
    match error {
        CarrierError::NotSent { after, source, .. } => BuyError::NotSent { after, source },
        CarrierError::Lost { cause, .. } => BuyError::Unknown(cause),
        CarrierError::Refused { reason, code, text, .. } => BuyError::Refused { reason, code, text },
        CarrierError::Unsupported(_) => refused(Refusal::Request, Code::none()),
    }
}

/// A refusal of which the carrier says nothing.
fn refused(reason: Refusal, code: Code) -> BuyError {
    BuyError::Refused { reason, code, text: CarrierText::default() }
}

fn read_bought(answer: &Answer, id: &CarrierShipmentId) -> Result<BoughtLabel, BuyError> {
    let unknown = |what| BuyError::Unknown(Lost::Broken(what));
    let shipment = serde_json::from_slice(&answer.body).map_err(|_| unknown("it is no shipment"))?;
    match purchase(&shipment, id) {
        Purchase::Label(label) => Ok(*label),
        Purchase::Incomplete(missing) => Err(unknown(missing)),
        Purchase::None => Err(unknown("it shows no purchase")),
    }
}

/// A refusal must be told in EasyPost's own form: what a proxy on the way says proves nothing.
fn judge(answer: &Answer, error: Option<ErrorBody>) -> BuyError {
    let status = answer.status;
    let refusal = error.as_ref().and_then(|error| certain_refusal(status, &error.code));
    let (code, text) = error.map_or_else(|| (Code::none(), CarrierText::default()), |e| (e.code, e.text));
    match refusal {
        Some(reason) => BuyError::Refused { reason, code, text },
        None => BuyError::Unknown(Lost::Status { status: status.as_u16(), code }),
    }
}

/// Postage exists: an earlier attempt bought it. One whose refund is under way is no label any more, and the shipment
/// can't be bought again.
async fn read_back(transport: &Transport, id: &CarrierShipmentId) -> Result<BoughtLabel, BuyError> {
    let code = Code::new(POSTAGE_EXISTS);
    match find_purchase(transport, id).await {
        Ok(Some(label)) => match label.void {
            Some(VoidOutcome::Submitted | VoidOutcome::Refunded | VoidOutcome::AlreadyRequested) => {
                Err(refused(Refusal::QuoteGone, code))
            }
            Some(VoidOutcome::Rejected | VoidOutcome::NotApplicable) | None => Ok(label),
        },
        Ok(None) => Err(BuyError::Unknown(Lost::Broken("postage exists, but the shipment does not show it"))),
        // Whatever went wrong while reading, postage does exist.
        Err(CarrierError::Lost { cause, .. }) => Err(BuyError::Unknown(cause)),
        Err(_) => Err(BuyError::Unknown(Lost::Broken("postage exists, but it could not be read back"))),
    }
}
