//! Shipments: created, read, rated again.

use axum::http::StatusCode;
use serde_json::{Map, Value, json};

use super::address::Address;
use super::config::CarrierAccount;
use super::core::{Core, State};
use super::errors::ApiError;
use super::given::filled;
use super::rates::{self, Trip};
use super::shipment::{LabelFormat, Parcel, Rate, Shipment, new_id};
use super::shipment_json::{rate_json, shipment_json};
use super::zone::zone;
use crate::clock;
use crate::lock::locked;
use crate::net::{Answer, Request};

pub(crate) fn create(core: &Core, request: &Request) -> Result<Answer, ApiError> {
    let body = request.json().ok_or_else(|| ApiError::invalid("body", "is not a JSON object"))?;
    let asked = &body["shipment"];
    if asked.as_object().is_none_or(Map::is_empty) {
        return Err(ApiError::required("shipment"));
    }
    let mut state = locked(&core.state);
    let to = address(&state, &asked["to_address"], "to_address")?;
    let from = address(&state, &asked["from_address"], "from_address")?;
    let parcel = parcel(&asked["parcel"])?;
    let now = clock::now();
    let mut shipment = Shipment {
        id: new_id("shp"),
        reference: asked["reference"].as_str().map(str::to_owned),
        created_at: now,
        updated_at: now,
        zone: zone(from.get("zip"), to.get("zip")),
        to,
        from,
        parcel,
        customs: Some(asked["customs_info"].clone()).filter(|form| !form.is_null()),
        options: options(&asked["options"])?,
        accounts: accounts(core, &asked["carrier_accounts"])?,
        rates: Vec::new(),
        messages: Vec::new(),
        buying: false,
        bought: None,
    };
    (shipment.rates, shipment.messages) = quote(core, &state, &shipment);
    let json = shipment_json(&shipment, &core.url, None);
    for address in [&shipment.to, &shipment.from] {
        state.addresses.insert(address.id.clone(), address.clone());
    }
    state.shipments.insert(shipment.id.clone(), shipment);
    drop(state);
    Ok(Answer::json(StatusCode::CREATED, &json))
}

pub(crate) fn get(core: &Core, id: &str) -> Result<Answer, ApiError> {
    Ok(Answer::json(StatusCode::OK, &stored_json(core, id)?))
}

/// A shipment as it stands.
pub(crate) fn stored_json(core: &Core, id: &str) -> Result<Value, ApiError> {
    let state = locked(&core.state);
    let shipment = state.shipments.get(id).ok_or_else(|| ApiError::not_found(id))?;
    let tracker = shipment.bought.as_ref().and_then(|bought| state.trackers.get(&bought.tracker_id));
    Ok(shipment_json(shipment, &core.url, tracker))
}

pub(crate) fn rerate(core: &Core, id: &str) -> Result<Answer, ApiError> {
    let mut state = locked(&core.state);
    let shipment = state.shipments.get(id).ok_or_else(|| ApiError::not_found(id))?;
    if shipment.bought.is_some() {
        return Err(ApiError::refused(
            "SHIPMENT.POSTAGE.EXISTS",
            "Postage already exists for this shipment.",
        ));
    }
    let (rates, messages) = quote(core, &state, shipment);
    let list: Vec<_> = rates.iter().map(|rate| rate_json(rate, id)).collect();
    if let Some(shipment) = state.shipments.get_mut(id) {
        (shipment.rates, shipment.messages) = (rates, messages);
        shipment.updated_at = clock::now();
    }
    Ok(Answer::json(StatusCode::OK, &json!({ "rates": list })))
}

fn quote(core: &Core, state: &State, shipment: &Shipment) -> (Vec<Rate>, Vec<Value>) {
    let asked: Vec<&CarrierAccount> = core
        .config
        .accounts
        .iter()
        .filter(|account| shipment.accounts.is_empty() || shipment.accounts.contains(&account.id))
        .collect();
    let trip = Trip {
        parcel: &shipment.parcel,
        zone: shipment.zone,
        postal_only: shipment.to.is_po_box() || shipment.to.is_military(),
        price_percent: state.price_percent,
        price_rises: &state.price_rises,
    };
    let declined = |carrier: &str| {
        let declined = state.given.declined.iter().find(|(of, _)| of == carrier);
        declined.map(|(_, words)| filled(words, shipment))
    };
    rates::quote(&asked, &trip, state.given.rates.as_deref(), declined)
}

/// An address given in full or by the id of a stored one.
fn address(state: &State, value: &Value, field: &str) -> Result<Address, ApiError> {
    if value.is_null() {
        return Err(ApiError::required(field));
    }
    let address = match value["id"].as_str() {
        Some(id) => state.addresses.get(id).cloned().ok_or_else(|| ApiError::not_found(id))?,
        None => Address::parse(value, field)?,
    };
    match address.missing() {
        Some(missing) => Err(ApiError::required(&format!("{field}.{missing}"))),
        None => Ok(address),
    }
}

fn parcel(value: &Value) -> Result<Parcel, ApiError> {
    if value.as_object().is_none_or(Map::is_empty) {
        return Err(ApiError::required("parcel"));
    }
    // Numbers may come as strings.
    let number = |name: &str| -> Result<Option<f64>, ApiError> {
        let read = match &value[name] {
            Value::Null => return Ok(None),
            Value::String(text) => text.parse().ok(),
            other => other.as_f64(),
        };
        let positive = read.filter(|n| *n > 0.0);
        positive.map(Some).ok_or_else(|| ApiError::invalid(&format!("parcel.{name}"), "must be positive"))
    };
    let weight_oz = number("weight")?.ok_or_else(|| ApiError::required("parcel.weight"))?;
    let dimensions = match (number("length")?, number("width")?, number("height")?) {
        (Some(length), Some(width), Some(height)) => Some([length, width, height]),
        (None, None, None) => None,
        _ => return Err(ApiError::invalid("parcel", "needs all of length, width and height, or none")),
    };
    let predefined = value["predefined_package"].as_str().map(str::to_owned);
    Ok(Parcel { id: new_id("prcl"), dimensions, predefined, weight_oz })
}

fn accounts(core: &Core, value: &Value) -> Result<Vec<String>, ApiError> {
    let mut ids = Vec::new();
    for entry in value.as_array().into_iter().flatten() {
        let id = entry.as_str().or_else(|| entry["id"].as_str()).unwrap_or_default();
        if !core.config.accounts.iter().any(|account| account.id == id) {
            return Err(ApiError::invalid("carrier_accounts", "carrier account not found"));
        }
        ids.push(id.to_owned());
    }
    Ok(ids)
}

/// The options as asked for, with what the service adds.
fn options(value: &Value) -> Result<Map<String, Value>, ApiError> {
    let mut options = value.as_object().cloned().unwrap_or_default();
    if let Some(format) = options.get("label_format").and_then(Value::as_str)
        && LabelFormat::parse(format).is_none()
    {
        return Err(ApiError::invalid("options.label_format", "is not supported"));
    }
    let given =
        [("currency", json!("USD")), ("payment", json!({ "type": "SENDER" })), ("date_advance", json!(0))];
    for (name, value) in given {
        options.entry(name).or_insert(value);
    }
    Ok(options)
}
