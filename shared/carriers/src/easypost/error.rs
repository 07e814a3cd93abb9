//! Errors as EasyPost tells them, and which of them are certain refusals.

use domain::{CarrierText, json};
use reqwest::StatusCode;
use serde_json::Value;

use super::text::text_of;
use super::transport::HttpAnswer;
use crate::{CarrierCall, CarrierCode, CarrierError, Rejection, UnknownOutcome};

/// An error body, as far as it can be read.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct ErrorBody {
    /// The code of the whole.
    pub(super) code: CarrierCode,
    /// The codes of its parts. Items may be objects or plain texts; texts have no code.
    pub(super) parts: Vec<CarrierCode>,
    /// All that is written in it.
    pub(super) text: CarrierText,
}

/// Reads `{"error": {"code", "message", "errors"}}`; `None` when it is no error body. The message is a text, a list or an
/// object, and may quote the request.
pub(super) fn parse(body: &[u8]) -> Option<ErrorBody> {
    let value: Value = json::read(body).ok()?;
    let error = value.get("error").filter(|error| error.is_object() || error.is_string())?;
    let code = error.get("code").and_then(Value::as_str).map_or_else(CarrierCode::none, CarrierCode::new);
    let parts = error.get("errors").and_then(Value::as_array).map(Vec::as_slice).unwrap_or_default();
    let texts = match error {
        Value::String(text) => Value::from(text.as_str()),
        error => ["message", "errors"].into_iter().filter_map(|key| error.get(key).cloned()).collect(),
    };
    let text = CarrierText::new(&text_of(&texts));
    Some(ErrorBody { code, parts: parts.iter().map(part_code).collect(), text })
}

/// The code of one item of `errors`: its own, else the field that it is about.
pub(super) fn part_code(item: &Value) -> CarrierCode {
    let text = |key| item.get(key).and_then(Value::as_str).filter(|text| !text.is_empty());
    text("code").or_else(|| text("field")).map_or_else(CarrierCode::none, CarrierCode::new)
}

/// Why EasyPost refused, when `status` and `code` say for certain that nothing was done. Statuses by its errors guide
/// (401, 402, 403, 404), codes by its published list.
pub(super) fn certain_rejection(status: StatusCode, code: &CarrierCode) -> Option<Rejection> {
    if !status.is_client_error() {
        return None;
    }
    match code.as_str() {
        // It may be bought, or be bought just now.
        "SHIPMENT.POSTAGE.EXISTS"
        | "SHIPMENT.PURCHASE.IN_PROGRESS"
        | "SHIPMENT.POSTAGE.TIMED_OUT"
        | "SHIPMENT.POSTAGE.NO_RESPONSE" => return None,
        "SHIPMENT.POSTAGE.FAILURE" => return Some(Rejection::Carrier { code: code.clone() }),
        "SHIPMENT.MISSING_RATE"
        | "SHIPMENT.RATE.EXPIRED"
        | "SHIPMENT.RATE.CARRIER_ACCOUNT_INVALID"
        | "SHIPMENT.RATES.UNAVAILABLE"
        | "RATE.NOT_FOUND" => return Some(Rejection::QuoteGone),
        "SHIPMENT.INVALID"
        | "SHIPMENT.INVALID_PARAMS"
        | "SHIPMENT.MISSING_INFORMATION"
        | "SHIPMENT.OPTIONS.INVALID"
        | "SHIPMENT.POSTAGE.INVALID_FORMAT"
        | "SHIPMENT.POSTAGE.FORMAT_UNAVAILABLE" => return Some(Rejection::Request),
        "PAYMENT_REQUIRED" => return Some(Rejection::Funds),
        _ => {}
    }
    if code.as_str().starts_with("ADDRESS.PARAMETERS.") {
        return Some(Rejection::AddressField);
    }
    let family = code.as_str().split('.').next().unwrap_or_default();
    match family {
        "PARAMETER" | "PARCEL" | "CUSTOMS_INFO" | "CUSTOMS_ITEM" => Some(Rejection::Request),
        "ADDRESS" => Some(Rejection::Address),
        "APIKEY" => Some(Rejection::Account),
        _ => match status {
            StatusCode::UNAUTHORIZED | StatusCode::FORBIDDEN => Some(Rejection::Account),
            StatusCode::PAYMENT_REQUIRED => Some(Rejection::Funds),
            StatusCode::NOT_FOUND => Some(Rejection::QuoteGone),
            _ => None,
        },
    }
}

/// The address checker is down: no word on the address.
pub(super) fn is_outage(code: &CarrierCode) -> bool {
    matches!(code.as_str(), "ADDRESS.VERIFY.UNAVAILABLE" | "ADDRESS.VERIFY.UPSTREAM_UNAVAILABLE")
}

/// What an answer that is no success means to a call other than a purchase.
pub(super) fn ordinary(call: CarrierCall, answer: &HttpAnswer) -> CarrierError {
    let error = parse(&answer.body);
    let (code, text) =
        error.map_or_else(|| (CarrierCode::none(), CarrierText::default()), |e| (e.code, e.text));
    let status = answer.status;
    // A conflict is an equal request under way: like a server's fault it passes.
    let passes = matches!(status, StatusCode::REQUEST_TIMEOUT | StatusCode::CONFLICT) || is_outage(&code);
    if passes || !status.is_client_error() {
        return CarrierError::Unknown {
            call,
            cause: UnknownOutcome::Status { status: status.as_u16(), code },
        };
    }
    let reason = certain_rejection(status, &code).unwrap_or(Rejection::Request);
    CarrierError::Rejected { call, reason, status: status.as_u16(), code, text }
}

#[cfg(test)]
mod tests {
    use reqwest::StatusCode;

    use super::{certain_rejection, parse};
    use crate::{CarrierCode, Rejection};

    #[track_caller]
    fn check(status: u16, code: &str, expect: Option<Rejection>) {
        let status = StatusCode::from_u16(status).unwrap();
        assert_eq!(certain_rejection(status, &CarrierCode::new(code)), expect, "{status} {code}");
    }

    #[test]
    fn only_documented_refusals_are_certain() {
        let carrier = Rejection::Carrier { code: CarrierCode::new("SHIPMENT.POSTAGE.FAILURE") };
        check(422, "SHIPMENT.POSTAGE.FAILURE", Some(carrier));
        check(422, "SHIPMENT.MISSING_RATE", Some(Rejection::QuoteGone));
        check(422, "SHIPMENT.RATE.CARRIER_ACCOUNT_INVALID", Some(Rejection::QuoteGone));
        check(404, "NOT_FOUND", Some(Rejection::QuoteGone));
        check(422, "PARAMETER.REQUIRED", Some(Rejection::Request));
        check(422, "SHIPMENT.INVALID_PARAMS", Some(Rejection::Request));
        check(422, "ADDRESS.VERIFY.FAILURE", Some(Rejection::Address));
        check(422, "ADDRESS.PARAMETERS.INVALID_CHARACTER", Some(Rejection::AddressField));
        check(422, "ADDRESS.PARAMETERS.INVALID", Some(Rejection::AddressField));
        check(402, "PAYMENT_REQUIRED", Some(Rejection::Funds));
        check(402, "INSUFFICIENT_FUNDS", Some(Rejection::Funds));
        check(401, "UNAUTHORIZED", Some(Rejection::Account));
        check(403, "APIKEY.INACTIVE", Some(Rejection::Account));

        check(422, "SHIPMENT.POSTAGE.EXISTS", None);
        check(422, "SHIPMENT.PURCHASE.IN_PROGRESS", None);
        check(403, "SHIPMENT.PURCHASE.IN_PROGRESS", None);
        check(422, "SHIPMENT.POSTAGE.TIMED_OUT", None);
        check(422, "SHIPMENT.POSTAGE.NO_RESPONSE", None);
        check(422, "SHIPMENT.PURCHASE.FAILURE", None);
        check(422, "UNPROCESSABLE_ENTITY", None);
        check(400, "BAD_REQUEST", None);
        check(409, "CONFLICT", None);
        check(500, "SHIPMENT.POSTAGE.FAILURE", None);
        check(503, "PARAMETER.REQUIRED", None);
        check(302, "APIKEY.INACTIVE", None);
    }

    #[track_caller]
    fn check_body(body: &str, expect: Option<(&str, &[&str])>) {
        let read = parse(body.as_bytes());
        let read = read
            .as_ref()
            .map(|e| (e.code.as_str(), e.parts.iter().map(CarrierCode::as_str).collect::<Vec<_>>()));
        assert_eq!(read, expect.map(|(code, parts)| (code, parts.to_vec())), "{body}");
    }

    #[test]
    fn reads_every_form_of_an_error() {
        check_body(
            r#"{"error":{"code":"A.B","message":"x","errors":[{"code":"E.X","field":"f"}]}}"#,
            Some(("A.B", &["E.X"])),
        );
        check_body(
            r#"{"error":{"code":"A","message":["x"],"errors":[{"field":"zip"}]}}"#,
            Some(("A", &["zip"])),
        );
        check_body(
            r#"{"error":{"code":"NOT_FOUND","errors":["No insurance for Ann."],"message":{"a":"b"}}}"#,
            Some(("NOT_FOUND", &["unspecified"])),
        );
        check_body(r#"{"error":{"code":"not a code: 12 Elm St"}}"#, Some(("unspecified", &[])));
        check_body(r#"{"error":{"code":null,"errors":{}}}"#, Some(("unspecified", &[])));
        check_body(r#"{"error":"no"}"#, Some(("unspecified", &[])));
        check_body(r#"{"error":null}"#, None);
        check_body(r#"{"id":"shp_1"}"#, None);
        check_body("<html>", None);
        check_body("", None);
    }
}
