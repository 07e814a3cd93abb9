//! Creating, rating and reading shipments.

use domain::address::Address;
use domain::rates::{CarrierMessage, Quotes};
use domain::{CarrierShipmentId, Timestamp};

use super::bought::{Purchase, purchase};
use super::transport::{Answer, Transport};
use super::{convert, error, request, wire};
use crate::{BoughtLabel, Call, CarrierError, Lost, QuoteRequest};

pub(super) async fn create(transport: &Transport, quote: &QuoteRequest<'_>) -> Result<Quotes, CarrierError> {
    let asked_at = transport.now();
    let body = request::create_shipment(quote);
    let answer = transport.post(Call::Quote, &["shipments"], Some(&body)).await?;
    if !answer.status.is_success() {
        return Err(error::ordinary(Call::Quote, &answer));
    }
    let rates = read_rates(&answer.body, &[quote.from, quote.to], asked_at);
    rates.map_err(|what| broken(Call::Quote, what))
}

/// Reads the rates of a new shipment between `addresses`, of which nothing is left in the carriers' messages.
///
/// # Errors
/// When it is no shipment that could be bought; says what it lacks.
pub fn read_rates(body: &[u8], addresses: &[&Address], asked_at: Timestamp) -> Result<Quotes, &'static str> {
    // serde_json's error would quote the value it stumbled over.
    let shipment: wire::Shipment = serde_json::from_slice(body).map_err(|_| "it is no shipment")?;
    let id = convert::id(shipment.id.as_deref()).map(CarrierShipmentId::new);
    let id = id.ok_or("the shipment has no usable id")?;
    Ok(convert::quotes(&shipment, id, addresses, asked_at))
}

/// The answer holds only the rates: the id is the one that was asked with. Its messages are left without their words:
/// whose address may stand in them is not known here.
pub(super) async fn rerate(transport: &Transport, id: &CarrierShipmentId) -> Result<Quotes, CarrierError> {
    let asked_at = transport.now();
    let answer = transport.post(Call::Requote, &["shipments", id.as_str(), "rerate"], None::<&()>).await?;
    let shipment = read_shipment(Call::Requote, &answer)?;
    let quotes = convert::quotes(&shipment, id.clone(), &[], asked_at);
    let wordless = |message: CarrierMessage| CarrierMessage { text: String::new(), ..message };
    Ok(Quotes { messages: quotes.messages.into_iter().map(wordless).collect(), ..quotes })
}

pub(super) async fn read(
    transport: &Transport,
    id: &CarrierShipmentId,
) -> Result<wire::Shipment, CarrierError> {
    let answer = transport.get(Call::Read, &["shipments", id.as_str()], None).await?;
    read_shipment(Call::Read, &answer)
}

/// As [`read`], and it must be the shipment that was asked for.
pub(super) async fn read_same(
    transport: &Transport,
    id: &CarrierShipmentId,
) -> Result<wire::Shipment, CarrierError> {
    let shipment = read(transport, id).await?;
    if shipment.id.as_deref() != Some(id.as_str()) {
        return Err(broken(Call::Read, "it is about another shipment"));
    }
    Ok(shipment)
}

/// A purchase of which parts are missing is an error that passes: EasyPost may be making the label.
pub(super) async fn find_purchase(
    transport: &Transport,
    id: &CarrierShipmentId,
) -> Result<Option<BoughtLabel>, CarrierError> {
    let shipment = read_same(transport, id).await?;
    match purchase(&shipment, id) {
        Purchase::None => Ok(None),
        Purchase::Label(label) => Ok(Some(*label)),
        Purchase::Incomplete(missing) => Err(broken(Call::Read, missing)),
    }
}

/// A shipment, or why there is none.
pub(super) fn read_shipment(call: Call, answer: &Answer) -> Result<wire::Shipment, CarrierError> {
    if !answer.status.is_success() {
        return Err(error::ordinary(call, answer));
    }
    // serde_json's error would quote the value it stumbled over.
    serde_json::from_slice(&answer.body).map_err(|_| broken(call, "it is no shipment"))
}

pub(super) fn broken(call: Call, what: &'static str) -> CarrierError {
    CarrierError::Lost { call, cause: Lost::Broken(what) }
}
