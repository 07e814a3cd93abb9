//! Buying: sent once, and in doubt unknown.

use domain::rates::Ticket;
use domain::{AccountId, CarrierText, json};

use super::bought::{PurchaseTrace, purchase};
use super::error::{ErrorBody, certain_rejection, parse};
use super::shipment::find_purchase;
use super::transport::{EasyPostTransport, HttpAnswer};
use super::wire;
use crate::{
    BoughtLabel, BuyError, CarrierCall, CarrierCode, CarrierError, Found, PurchaseOrder, Rejection,
    UnknownOutcome, VoidOutcome,
};

/// EasyPost's answer to a second purchase of the same shipment.
const POSTAGE_EXISTS: &str = "SHIPMENT.POSTAGE.EXISTS";

/// Neither the parcel nor the purchase's key is sent: EasyPost has the shipment, and protects by its id.
pub(super) async fn buy(
    transport: &EasyPostTransport,
    account: &AccountId,
    order: &PurchaseOrder<'_>,
) -> Result<BoughtLabel, BuyError> {
    let quote = &order.purchase.chosen.quote;
    let ticket = &quote.ticket;
    let body = wire::Buy { rate: wire::RateId { id: quote.id.as_str() } };
    let answer = transport.post(CarrierCall::Buy, &["shipments", ticket.as_str(), "buy"], Some(&body)).await;
    let answer = answer.map_err(unsent_or_unknown)?;
    if answer.status.is_success() {
        return read_bought(&answer, account, ticket);
    }
    let error = parse(&answer.body);
    if error.as_ref().is_some_and(|error| error.code.as_str() == POSTAGE_EXISTS) {
        return read_back(transport, account, ticket).await;
    }
    Err(judge(&answer, error))
}

/// The transport knows whether anything was sent.
fn unsent_or_unknown(error: CarrierError) -> BuyError {
    match error {
        CarrierError::NotSent { after, source, .. } => BuyError::NotSent { after, source },
        CarrierError::Unknown { cause, .. } => BuyError::Unknown(cause),
        CarrierError::Rejected { reason, code, text, .. } => BuyError::Rejected { reason, code, text },
        CarrierError::Unsupported(_) | CarrierError::Late(_) => {
            refused(Rejection::Request, CarrierCode::none())
        }
    }
}

/// A refusal of which the carrier says nothing.
fn refused(reason: Rejection, code: CarrierCode) -> BuyError {
    BuyError::Rejected { reason, code, text: CarrierText::default() }
}

fn read_bought(answer: &HttpAnswer, account: &AccountId, ticket: &Ticket) -> Result<BoughtLabel, BuyError> {
    let unknown = |what| BuyError::Unknown(UnknownOutcome::Broken(what));
    let shipment = json::read(&answer.body).map_err(|_| unknown("it is not a shipment"))?;
    match purchase(&shipment, account, ticket.as_str()) {
        PurchaseTrace::Label(label) => Ok(*label),
        PurchaseTrace::Incomplete(missing) => Err(unknown(missing)),
        PurchaseTrace::None => Err(unknown("it shows no purchase")),
    }
}

/// A refusal must be told in EasyPost's own form: what a proxy on the way says proves nothing.
fn judge(answer: &HttpAnswer, error: Option<ErrorBody>) -> BuyError {
    let status = answer.status;
    let refusal = error.as_ref().and_then(|error| certain_rejection(status, &error.code));
    let (code, text) =
        error.map_or_else(|| (CarrierCode::none(), CarrierText::default()), |e| (e.code, e.text));
    match refusal {
        Some(reason) => BuyError::Rejected { reason, code, text },
        None => BuyError::Unknown(UnknownOutcome::Status { status: status.as_u16(), code }),
    }
}

/// Postage exists: an earlier attempt bought it. One whose refund is under way is no label any more, and the shipment
/// can't be bought again.
async fn read_back(
    transport: &EasyPostTransport,
    account: &AccountId,
    ticket: &Ticket,
) -> Result<BoughtLabel, BuyError> {
    let code = CarrierCode::new(POSTAGE_EXISTS);
    match find_purchase(transport, account, ticket).await {
        Ok(Found::Label(label)) => match label.void {
            Some(VoidOutcome::Submitted | VoidOutcome::Refunded | VoidOutcome::AlreadyRequested) => {
                Err(refused(Rejection::QuoteGone, code))
            }
            Some(VoidOutcome::Rejected | VoidOutcome::NotApplicable) | None => Ok(*label),
        },
        Ok(Found::Pending(_) | Found::Bare { .. } | Found::Nothing(_)) => Err(BuyError::Unknown(
            UnknownOutcome::Broken("postage exists, but the shipment does not show it"),
        )),
        // Whatever went wrong while reading, postage does exist.
        Err(CarrierError::Unknown { cause, .. }) => Err(BuyError::Unknown(cause)),
        Err(_) => {
            Err(BuyError::Unknown(UnknownOutcome::Broken("postage exists, but it could not be read back")))
        }
    }
}
