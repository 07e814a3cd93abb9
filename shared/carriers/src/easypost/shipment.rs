//! Creating, rating and reading shipments.

use domain::address::Address;
use domain::rates::Ticket;
use domain::{AccountId, json};

use super::bought::{PurchaseTrace, purchase};
use super::transport::{EasyPostTransport, HttpAnswer};
use super::{convert, error, request, wire};
use crate::{CarrierCall, CarrierError, Certainty, Found, Offer, ShipRequest, UnknownOutcome};

pub(super) async fn create(
    transport: &EasyPostTransport,
    account: &AccountId,
    parcel: &ShipRequest<'_>,
) -> Result<Offer, CarrierError> {
    let call = CarrierCall::Quote;
    let body = request::create_shipment(parcel);
    let answer = transport.post(call, &["shipments"], Some(&body)).await?;
    if !answer.status.is_success() {
        return Err(error::ordinary(call, &answer));
    }
    let rates = read_rates(account, &answer.body, &[parcel.from, parcel.to]);
    rates.map_err(|what| broken(call, what))
}

/// Reads the rates of a new shipment between `addresses`, of which nothing is left in the carriers' messages.
///
/// # Errors
/// When it is no shipment that could be bought; says what it lacks.
pub fn read_rates(account: &AccountId, body: &[u8], addresses: &[&Address]) -> Result<Offer, &'static str> {
    // serde_json's error would quote the value it stumbled over.
    let shipment: wire::Shipment = json::read(body).map_err(|_| "it is not a shipment")?;
    let id = convert::id(shipment.id.as_deref()).ok_or("the shipment has no usable id")?;
    Ok(convert::offer(&shipment, account, &Ticket::new(id), addresses))
}

/// Rates a shipment again; the rates get new ids. The answer holds only the rates: the shipment is the one that was asked for.
pub(super) async fn rerate(
    transport: &EasyPostTransport,
    account: &AccountId,
    parcel: &ShipRequest<'_>,
    ticket: &Ticket,
) -> Result<Offer, CarrierError> {
    let call = CarrierCall::Requote;
    let answer = transport.post(call, &["shipments", ticket.as_str(), "rerate"], None::<&()>).await?;
    let shipment = read_shipment(call, &answer)?;
    Ok(convert::offer(&shipment, account, ticket, &[parcel.from, parcel.to]))
}

pub(super) async fn read(transport: &EasyPostTransport, id: &str) -> Result<wire::Shipment, CarrierError> {
    let answer = transport.get(CarrierCall::Read, &["shipments", id], None).await?;
    read_shipment(CarrierCall::Read, &answer)
}

/// As [`read`], and it must be the shipment that was asked for.
pub(super) async fn read_same(
    transport: &EasyPostTransport,
    id: &str,
) -> Result<wire::Shipment, CarrierError> {
    let shipment = read(transport, id).await?;
    if shipment.id.as_deref() != Some(id) {
        return Err(broken(CarrierCall::Read, "it is about another shipment"));
    }
    Ok(shipment)
}

/// The shipment shows whether it was bought. A purchase of which parts are missing is an error that passes: EasyPost may be
/// making the label.
pub(super) async fn find_purchase(
    transport: &EasyPostTransport,
    account: &AccountId,
    ticket: &Ticket,
) -> Result<Found, CarrierError> {
    let shipment = read_same(transport, ticket.as_str()).await?;
    match purchase(&shipment, account, ticket.as_str()) {
        PurchaseTrace::None => Ok(Found::Nothing(Certainty::Proof)),
        PurchaseTrace::Label(label) => Ok(Found::Label(label)),
        PurchaseTrace::Incomplete(missing) => Err(broken(CarrierCall::Read, missing)),
    }
}

/// A shipment, or why there is none.
pub(super) fn read_shipment(call: CarrierCall, answer: &HttpAnswer) -> Result<wire::Shipment, CarrierError> {
    if !answer.status.is_success() {
        return Err(error::ordinary(call, answer));
    }
    // serde_json's error would quote the value it stumbled over.
    json::read(&answer.body).map_err(|_| broken(call, "it is not a shipment"))
}

pub(super) fn broken(call: CarrierCall, what: &'static str) -> CarrierError {
    CarrierError::Unknown { call, cause: UnknownOutcome::Broken(what) }
}
