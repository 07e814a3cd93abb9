//! EasyPost's own shapes. Every field that may be absent or null is optional; numbers are kept as texts.

use serde::{Deserialize, Serialize};
use serde_json::Value;

/// Body of `POST /addresses`. The flag stands beside the address.
#[derive(Serialize)]
pub(super) struct VerifyAddress<'a> {
    pub(super) address: Address<'a>,
    pub(super) verify: bool,
}

/// Body of `POST /shipments`.
#[derive(Serialize)]
pub(super) struct CreateShipment<'a> {
    pub(super) shipment: NewShipment<'a>,
}

#[derive(Serialize)]
pub(super) struct NewShipment<'a> {
    pub(super) to_address: Address<'a>,
    pub(super) from_address: Address<'a>,
    pub(super) parcel: Parcel,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) customs_info: Option<CustomsInfo<'a>>,
    pub(super) options: Options,
    pub(super) reference: &'a str,
}

#[derive(Serialize)]
pub(super) struct Address<'a> {
    #[serde(skip_serializing_if = "str::is_empty")]
    pub(super) name: &'a str,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) company: Option<&'a str>,
    pub(super) street1: &'a str,
    #[serde(skip_serializing_if = "str::is_empty")]
    pub(super) street2: &'a str,
    pub(super) city: &'a str,
    pub(super) state: &'a str,
    pub(super) zip: &'a str,
    pub(super) country: &'a str,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) phone: Option<&'a str>,
}

/// Ounces and inches, to one decimal.
#[derive(Serialize)]
pub(super) struct Parcel {
    #[serde(flatten)]
    pub(super) sides: Option<Sides>,
    pub(super) weight: f64,
}

#[derive(Serialize)]
pub(super) struct Sides {
    pub(super) length: f64,
    pub(super) width: f64,
    pub(super) height: f64,
}

#[derive(Serialize)]
pub(super) struct CustomsInfo<'a> {
    pub(super) contents_type: &'static str,
    pub(super) customs_certify: bool,
    pub(super) customs_signer: &'a str,
    pub(super) eel_pfc: &'static str,
    pub(super) non_delivery_option: &'static str,
    pub(super) restriction_type: &'static str,
    pub(super) customs_items: Vec<CustomsItem<'a>>,
}

/// Value in dollars and weight in ounces, of all units together.
#[derive(Serialize)]
pub(super) struct CustomsItem<'a> {
    pub(super) description: &'a str,
    pub(super) quantity: u32,
    pub(super) value: f64,
    pub(super) currency: &'a str,
    pub(super) weight: f64,
    pub(super) origin_country: &'a str,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) hs_tariff_number: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) code: Option<&'a str>,
}

#[derive(Serialize)]
pub(super) struct Options {
    pub(super) label_format: &'static str,
    pub(super) label_size: &'static str,
}

/// Body of `POST /shipments/:id/buy`.
#[derive(Serialize)]
pub(super) struct Buy<'a> {
    pub(super) rate: RateId<'a>,
}

#[derive(Serialize)]
pub(super) struct RateId<'a> {
    pub(super) id: &'a str,
}

/// A shipment, as far as it concerns us. Lists are read item by item, so that an odd one spoils only itself: a label
/// that is paid for must never be unreadable for the sake of a fee.
#[derive(Deserialize)]
pub(super) struct Shipment {
    pub(super) id: Option<String>,
    #[serde(default)]
    pub(super) rates: Value,
    #[serde(default)]
    pub(super) messages: Value,
    pub(super) tracking_code: Option<String>,
    #[serde(default)]
    pub(super) tracker: Value,
    pub(super) selected_rate: Option<Rate>,
    pub(super) postage_label: Option<PostageLabel>,
    #[serde(default)]
    pub(super) fees: Value,
    pub(super) refund_status: Option<String>,
}

#[derive(Deserialize)]
pub(super) struct Rate {
    pub(super) id: Option<String>,
    pub(super) carrier: Option<String>,
    pub(super) service: Option<String>,
    /// A text in shipments, a number in smartrate answers.
    pub(super) rate: Option<Value>,
    pub(super) currency: Option<String>,
    pub(super) delivery_days: Option<Value>,
    pub(super) est_delivery_days: Option<Value>,
    /// `2024-10-18T23:00:00Z` in shipments, for UPS; a date alone in smartrate answers; as a rule null.
    #[serde(default)]
    pub(super) delivery_date: Value,
    pub(super) carrier_account_id: Option<String>,
}

#[derive(Deserialize)]
pub(super) struct Message {
    pub(super) carrier: Option<String>,
    /// A text by the documentation; other errors of EasyPost come as lists and objects.
    pub(super) message: Option<Value>,
}

#[derive(Deserialize)]
pub(super) struct PostageLabel {
    pub(super) label_file_type: Option<String>,
    pub(super) label_url: Option<String>,
    pub(super) label_pdf_url: Option<String>,
}

#[derive(Deserialize)]
pub(super) struct Fee {
    #[serde(rename = "type")]
    pub(super) kind: Option<String>,
    pub(super) amount: Option<Value>,
    pub(super) charged: Option<bool>,
    pub(super) refunded: Option<bool>,
}

/// A tracker. Its times and details are read one by one, so that an odd one spoils only itself.
#[derive(Deserialize)]
pub(super) struct Tracker {
    pub(super) tracking_code: Option<String>,
    pub(super) shipment_id: Option<String>,
    pub(super) status: Option<String>,
    #[serde(default)]
    pub(super) updated_at: Value,
    #[serde(default)]
    pub(super) est_delivery_date: Value,
    #[serde(default)]
    pub(super) tracking_details: Value,
}

/// One item of `tracking_details`. Its message and description are free text and are not read.
#[derive(Deserialize)]
pub(super) struct TrackingDetail {
    pub(super) status: Option<String>,
    pub(super) status_detail: Option<String>,
    #[serde(default)]
    pub(super) datetime: Value,
    #[serde(default)]
    pub(super) tracking_location: Value,
}

/// Body of `POST /trackers`.
#[derive(Serialize)]
pub(super) struct CreateTracker<'a> {
    pub(super) tracker: NewTracker<'a>,
}

#[derive(Serialize)]
pub(super) struct NewTracker<'a> {
    pub(super) tracking_code: &'a str,
    /// EasyPost guesses it where it is not named.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) carrier: Option<&'a str>,
}

/// The object of a refund's event: a refund, which names the shipment in `shipment_id`. No such event was recorded, so
/// the shipment itself is taken too.
#[derive(Deserialize)]
pub(super) struct Refund {
    pub(super) id: Option<String>,
    pub(super) shipment_id: Option<String>,
    pub(super) tracking_code: Option<String>,
}

/// The answer to `POST /addresses`.
#[derive(Deserialize)]
pub(super) struct VerifiedAddress {
    pub(super) residential: Option<bool>,
    pub(super) verifications: Option<Verifications>,
}

#[derive(Deserialize)]
pub(super) struct Verifications {
    pub(super) zip4: Option<Verification>,
    pub(super) delivery: Option<Verification>,
}

#[derive(Deserialize)]
pub(super) struct Verification {
    pub(super) success: Option<bool>,
    pub(super) errors: Option<Vec<Value>>,
}

/// The body of a webhook.
#[derive(Deserialize)]
pub(super) struct Event {
    pub(super) id: Option<String>,
    pub(super) description: Option<String>,
    pub(super) result: Option<Value>,
}

/// The items of a list; nothing where there is none.
pub(super) fn items(list: &Value) -> &[Value] {
    list.as_array().map(Vec::as_slice).unwrap_or_default()
}
