//! Customs forms, as carriers want them.

use serde_json::Value;

use super::shipment::Shipment;

/// Places to which every carrier wants a form, beside the addresses of the armed forces.
const TERRITORIES: [&str; 6] = ["GU", "AS", "MP", "FM", "MH", "PW"];
/// A state to the post, abroad to the others.
const LIKE_STATES: [&str; 2] = ["PR", "VI"];

/// Why `carrier` does not sell a label for want of a good form; `None` when it has one or needs none.
pub(crate) fn refusal(shipment: &Shipment, carrier: &str) -> Option<String> {
    let to = &shipment.to;
    let (state, zip) = (to.state_code(), to.get("zip"));
    let everywhere = to.is_military()
        || TERRITORIES.contains(&state.as_str())
        || zip.starts_with("969")
        || zip.starts_with("96799");
    if !everywhere && (carrier == "USPS" || !LIKE_STATES.contains(&state.as_str())) {
        return None;
    }
    match &shipment.customs {
        None => Some("customs_info is required for shipments to this destination.".to_owned()),
        Some(form) => {
            flaw(form, shipment.parcel.weight_oz).map(|flaw| format!("customs_info is invalid: {flaw}."))
        }
    }
}

fn flaw(form: &Value, parcel_oz: f64) -> Option<&'static str> {
    let is_text = |value: &Value| value.as_str().is_some_and(|text| !text.trim().is_empty());
    let items = form["customs_items"].as_array().map(Vec::as_slice).unwrap_or_default();
    let positive = |value: &Value| value.as_f64().is_some_and(|number| number > 0.0);
    let item_is_whole = |item: &Value| {
        item["description"].as_str().is_some_and(|text| (3..=35).contains(&text.len()) && text.is_ascii())
            && ["quantity", "value", "weight"].iter().all(|field| positive(&item[*field]))
            && item["origin_country"].as_str().is_some_and(|country| country.len() == 2)
    };
    let weight: f64 = items.iter().filter_map(|item| item["weight"].as_f64()).sum();
    let value: f64 = items.iter().filter_map(|item| item["value"].as_f64()).sum();
    if items.is_empty() || !items.iter().all(item_is_whole) {
        Some("an item is incomplete")
    } else if form["customs_certify"] != true || !is_text(&form["customs_signer"]) {
        Some("it is not signed")
    } else if form["contents_type"] != "merchandise" || !is_text(&form["eel_pfc"]) || value >= 2_500.0 {
        Some("the contents are not declared")
    } else if weight > parcel_oz {
        Some("the contents weigh more than the parcel")
    } else {
        None
    }
}
