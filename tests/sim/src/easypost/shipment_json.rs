//! A shipment as the API shows it.

use jiff::Timestamp;
use serde_json::{Value, json};

use super::money::{dollars, fee};
use super::services::Days;
use super::shipment::{Bought, LabelFormat, Rate, Shipment};
use super::tracker::{Tracker, tracker_json};

/// `2025-03-07T16:46:17Z`
pub(crate) fn time(at: Timestamp) -> String {
    at.strftime("%Y-%m-%dT%H:%M:%SZ").to_string()
}

pub(crate) fn shipment_json(shipment: &Shipment, url: &str, tracker: Option<&Tracker>) -> Value {
    let bought = shipment.bought.as_ref();
    let (to, from) = (shipment.to.json(), shipment.from.json());
    json!({
        "id": shipment.id,
        "object": "Shipment",
        "created_at": time(shipment.created_at),
        "updated_at": time(shipment.updated_at),
        "mode": "test",
        "is_return": false,
        "messages": shipment.messages,
        "options": shipment.options,
        "reference": shipment.reference,
        "status": tracker.map_or("unknown", |tracker| tracker.status.name()),
        "tracking_code": bought.map(|bought| bought.tracking_code.as_str()),
        "batch_id": null,
        "batch_status": null,
        "batch_message": null,
        "customs_info": shipment.customs,
        "insurance": null,
        "order_id": null,
        "parcel": parcel_json(shipment),
        "postage_label": bought.map(|bought| label_json(bought, shipment, url)),
        "rates": shipment.rates.iter().map(|rate| rate_json(rate, &shipment.id)).collect::<Vec<_>>(),
        "refund_status": bought.and_then(Bought::refund_status).map(super::RefundStatus::name),
        "scan_form": null,
        "selected_rate": bought.map(|bought| rate_json(&bought.rate, &shipment.id)),
        "tracker": tracker.map(tracker_json),
        "buyer_address": to,
        "to_address": to,
        "return_address": from,
        "from_address": from,
        "usps_zone": shipment.zone,
        "forms": [],
        "fees": bought.map(fees).unwrap_or_default(),
    })
}

fn parcel_json(shipment: &Shipment) -> Value {
    let parcel = &shipment.parcel;
    let side = |place: usize| parcel.dimensions.map(|sides| sides[place]);
    json!({
        "id": parcel.id,
        "object": "Parcel",
        "created_at": time(shipment.created_at),
        "updated_at": time(shipment.created_at),
        "length": side(0),
        "width": side(1),
        "height": side(2),
        "predefined_package": parcel.predefined,
        "weight": parcel.weight_oz,
        "mode": "test",
    })
}

pub(crate) fn rate_json(rate: &Rate, shipment_id: &str) -> Value {
    let days = match rate.days_written {
        Days::Whole => json!(rate.days),
        Days::Fraction => json!(f64::from(rate.days)),
        Days::Unknown => Value::Null,
    };
    json!({
        "id": rate.id,
        "object": "Rate",
        "created_at": time(rate.quoted_at),
        "updated_at": time(rate.quoted_at),
        "mode": "test",
        "service": rate.service,
        "carrier": rate.carrier,
        "rate": dollars(rate.cents),
        "currency": rate.currency,
        "retail_rate": dollars(rate.cents * 13 / 10),
        "retail_currency": rate.currency,
        "list_rate": dollars(rate.cents * 11 / 10),
        "list_currency": rate.currency,
        "billing_type": "easypost",
        "delivery_days": days,
        "delivery_date": rate.date,
        "delivery_date_guaranteed": false,
        "est_delivery_days": days,
        "shipment_id": shipment_id,
        "carrier_account_id": rate.account,
    })
}

fn label_json(bought: &Bought, shipment: &Shipment, url: &str) -> Value {
    let file =
        |format: LabelFormat| format!("{url}/files/postage_label/{}.{}", bought.file, format.extension());
    let converted = |format: LabelFormat| {
        (bought.format == format || bought.converted.contains(&format)).then(|| file(format))
    };
    let size = shipment.options.get("label_size").and_then(Value::as_str).unwrap_or("4x6");
    json!({
        "object": "PostageLabel",
        "id": bought.label_id,
        "created_at": time(bought.at),
        "updated_at": time(bought.at),
        "date_advance": 0,
        "integrated_form": "none",
        "label_date": time(bought.at),
        "label_resolution": 300,
        "label_size": size,
        "label_type": "default",
        "label_file_type": bought.format.content_type(),
        "label_url": file(bought.format),
        "label_pdf_url": converted(LabelFormat::Pdf),
        "label_zpl_url": converted(LabelFormat::Zpl),
        "label_epl2_url": converted(LabelFormat::Epl2),
        "label_file": null,
    })
}

fn fees(bought: &Bought) -> Vec<Value> {
    let refunded = bought.refund_status() == Some(super::RefundStatus::Refunded);
    let one = |kind: &str, cents: u64| json!({ "object": "Fee", "type": kind, "amount": fee(cents), "charged": true, "refunded": refunded });
    vec![one("LabelFee", 1), one("PostageFee", bought.rate.cents)]
}
