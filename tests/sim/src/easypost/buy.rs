//! Buying a label: the call that costs money.

use std::sync::Arc;

use axum::http::StatusCode;

use super::config::StaleRates;
use super::core::{Core, State};
use super::customs;
use super::errors::ApiError;
use super::shipment::{Bought, LabelFormat, Rate, Shipment, new_id};
use super::shipment_create::stored_json;
use super::tracker::{Place, Tracker};
use crate::clock;
use crate::ids::hex32;
use crate::lock::locked;
use crate::net::{Answer, Request};

pub(crate) async fn buy(core: &Arc<Core>, id: &str, request: &Request) -> Result<Answer, ApiError> {
    let body = request.json().ok_or_else(|| ApiError::invalid("body", "is not a JSON object"))?;
    let rate_id = body["rate"]["id"].as_str().ok_or_else(|| ApiError::required("rate"))?;
    let rate = begin(core, id, rate_id)?;
    // The carrier is asked without the lock: others go on, and a second purchase finds the first under way.
    if !core.config.buy_takes.is_zero() {
        tokio::time::sleep(core.config.buy_takes).await;
    }
    finish(core, id, rate)?;
    Ok(Answer::json(StatusCode::OK, &stored_json(core, id)?))
}

fn begin(core: &Core, id: &str, rate_id: &str) -> Result<Rate, ApiError> {
    let mut state = locked(&core.state);
    let rate = check(&state, id, rate_id)?;
    let State { shipments, refusals, .. } = &mut *state;
    if let Some(shipment) = shipments.get(id) {
        refusals.check(&rate, shipment)?;
    }
    if let Some(shipment) = state.shipments.get_mut(id) {
        shipment.buying = true;
    }
    Ok(rate)
}

fn check(state: &State, id: &str, rate_id: &str) -> Result<Rate, ApiError> {
    let shipment = state.shipments.get(id).ok_or_else(|| ApiError::not_found(id))?;
    if shipment.bought.is_some() {
        return Err(ApiError::refused(
            "SHIPMENT.POSTAGE.EXISTS",
            "Postage already exists for this shipment.",
        ));
    }
    if shipment.buying {
        let message = "A purchase of this shipment is in progress.";
        return Err(ApiError::refused("SHIPMENT.PURCHASE.IN_PROGRESS", message));
    }
    let rate = shipment.rates.iter().find(|rate| rate.id == rate_id);
    let mut rate =
        rate.cloned().ok_or_else(|| ApiError::invalid("rate", "does not belong to the shipment"))?;
    carrier_accepts(shipment, &rate)?;
    if rate.percent != state.price_percent {
        match state.stale_rates {
            StaleRates::Honoured => {}
            StaleRates::Repriced => rate.cents = rate.cents * state.price_percent / rate.percent.max(1),
            StaleRates::Refused => return Err(failure("The rate is no longer available.")),
        }
    }
    Ok(rate)
}

/// A number of the North American plan, without the 1.
const PHONE_DIGITS: usize = 10;

/// What carriers find out only when the label is bought.
fn carrier_accepts(shipment: &Shipment, rate: &Rate) -> Result<(), ApiError> {
    if !shipment.to.faults().is_empty() {
        return Err(failure("The destination address is invalid."));
    }
    for (address, whose) in [(&shipment.from, "sender"), (&shipment.to, "recipient")] {
        if address.get("name").is_empty() && address.get("company").is_empty() {
            return Err(failure(&format!("The {whose} needs a name or a company.")));
        }
        let private = matches!(rate.carrier, "FedExDefault" | "UPSDAP");
        // UPS asks a sender for a phone abroad only.
        let phone = address.get("phone");
        let needs_phone = rate.carrier == "FedExDefault" || rate.carrier == "UPSDAP" && whose == "recipient";
        let good_phone = phone.len() == PHONE_DIGITS && phone.bytes().all(|byte| byte.is_ascii_digit());
        if private && !good_phone && (needs_phone || !phone.is_empty()) {
            return Err(failure(&format!("PhoneNumber: the {whose} needs a phone number of ten digits.")));
        }
        let line_max = if private { 35 } else { 50 };
        if ["street1", "street2"].into_iter().any(|line| address.get(line).chars().count() > line_max) {
            return Err(failure(&format!(
                "AddressLine: the {whose}'s street exceeds {line_max} characters."
            )));
        }
    }
    match customs::refusal(shipment, rate.carrier) {
        Some(words) => Err(failure(&words)),
        None => Ok(()),
    }
}

/// Definitely not bought.
fn failure(message: &str) -> ApiError {
    ApiError::refused("SHIPMENT.POSTAGE.FAILURE", message)
}

fn finish(core: &Arc<Core>, id: &str, rate: Rate) -> Result<(), ApiError> {
    let now = clock::now();
    let tracking_code = core.codes.next(rate.carrier);
    let mut state = locked(&core.state);
    let shipment = state.shipments.get_mut(id).ok_or_else(|| ApiError::not_found(id))?;
    let format = shipment.options.get("label_format").and_then(|format| format.as_str());
    let file = hex32();
    let (origin, destination) = (Place::of(&shipment.from), Place::of(&shipment.to));
    let tracker = Tracker::new(&tracking_code, rate.carrier, now).of_shipment(id, origin, destination);
    shipment.buying = false;
    shipment.updated_at = now;
    shipment.to.verify();
    shipment.bought = Some(Bought {
        at: now,
        rate,
        tracking_code,
        tracker_id: tracker.id.clone(),
        label_id: new_id("pl"),
        file: file.clone(),
        format: format.and_then(LabelFormat::parse).unwrap_or(LabelFormat::Png),
        converted: Vec::new(),
        renewed: false,
        refund: None,
    });
    state.labels.insert(file, id.to_owned());
    state.bought.push(id.to_owned());
    state.trackers.insert(tracker.clone());
    drop(state);
    core.emit_tracker("tracker.created", &tracker, None);
    Ok(())
}
