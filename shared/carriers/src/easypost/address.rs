//! Has an address verified by EasyPost.

use domain::address::Address;
use domain::{CarrierText, json};

use super::error::{self, part_code};
use super::shipment::broken;
use super::text::text_of;
use super::transport::EasyPostTransport;
use super::{request, wire};
use crate::{AddressCheck, CarrierCall, CarrierCode, CarrierError, Rejection};

const CALL: CarrierCall = CarrierCall::VerifyAddress;

pub(super) async fn verify(
    transport: &EasyPostTransport,
    address: &Address,
) -> Result<AddressCheck, CarrierError> {
    let body = wire::VerifyAddress { address: request::address(address), verify: true };
    let answer = transport.post(CALL, &["addresses"], Some(&body)).await?;
    if !answer.status.is_success() {
        return refused(error::ordinary(CALL, &answer), &answer.body);
    }
    let address = json::read(&answer.body).map_err(|_| broken(CALL, "it is not an address"))?;
    judge(&address).ok_or_else(|| broken(CALL, "it has no verification"))
}

/// EasyPost's answer to an address that must verify and does not.
const VERDICT: [&str; 2] = ["ADDRESS.VERIFY.FAILURE", "ADDRESS.VERIFICATION.FAILURE"];

/// Only a failed verification is a verdict. Of any other refusal, such as that of a character in a name, nothing follows
/// for the place: whether a label can be had for it, the quotes say.
fn refused(error: CarrierError, body: &[u8]) -> Result<AddressCheck, CarrierError> {
    match error {
        CarrierError::Rejected { reason: Rejection::Address, code, text, .. }
            if VERDICT.contains(&code.as_str()) =>
        {
            let parts = error::parse(body).map(|error| error.parts).unwrap_or_default();
            Ok(verdict(&if parts.is_empty() { vec![code] } else { parts }, text))
        }
        CarrierError::Rejected { reason: Rejection::Address | Rejection::AddressField, code, .. } => {
            Ok(AddressCheck::NoVerdict { reasons: vec![code.as_str().to_owned()] })
        }
        other => Err(other),
    }
}

/// Deliverable only when every verification succeeded without an error of the place: a recorded answer says `success`
/// and lists `E.ADDRESS.NOT_FOUND` beside it. `None` when nothing was verified.
fn judge(address: &wire::VerifiedAddress) -> Option<AddressCheck> {
    let verifications = address.verifications.as_ref()?;
    let delivery = verifications.delivery.as_ref()?;
    let all = || [Some(delivery), verifications.zip4.as_ref()].into_iter().flatten();
    let codes: Vec<CarrierCode> =
        all().flat_map(|verification| verification.errors.iter().flatten()).map(part_code).collect();
    let succeeded = all().all(|verification| verification.success == Some(true));
    if succeeded && codes.iter().all(|code| says(code) == Says::NothingOfThePlace) {
        return Some(AddressCheck::Deliverable { residential: address.residential });
    }
    let texts = all().flat_map(|verification| verification.errors.iter().flatten()).cloned().collect();
    Some(verdict(&codes, CarrierText::new(&text_of(&texts))))
}

/// What an error code of a verification says.
#[derive(PartialEq, Eq)]
enum Says {
    /// Nothing is delivered there, or not for certain.
    NoSuchPlace,
    /// A field could not be read, or the check is not for such addresses.
    NothingOfThePlace,
}

/// A code that is not known counts against the place: a person looks, and can confirm the address. EasyPost names its
/// codes by what they are about, and the last word says what is wrong with it.
fn says(code: &CarrierCode) -> Says {
    let code = code.as_str().trim_start_matches("E.");
    // A second line that is missing or unknown: the house is known, and the carrier delivers to it.
    let flat = code.starts_with("SECONDARY_INFORMATION.");
    let written = code.ends_with("INVALID_CHARACTER") || code.starts_with("ADDRESS.PARAMETERS.");
    let service = matches!(
        code,
        "ADDRESS.VERIFY.UNAVAILABLE"
            | "ADDRESS.VERIFY.UPSTREAM_UNAVAILABLE"
            | "ADDRESS.VERIFY.ONLY_US"
            | "ADDRESS.VERIFY.INTL_NOT_ENABLED"
            | "ADDRESS.VERIFY.CARRIER_INVALID"
            | "COUNTRY.UNSUPPORTED"
    );
    // Fields that say who receives, not where.
    let person = ["NAME.", "COMPANY.", "PHONE.", "EMAIL."].iter().any(|field| code.starts_with(field))
        || matches!(code, "name" | "company" | "phone" | "email");
    if flat || written || service || person { Says::NothingOfThePlace } else { Says::NoSuchPlace }
}

/// The verdict of a verification that did not succeed.
fn verdict(codes: &[CarrierCode], text: CarrierText) -> AddressCheck {
    let mut reasons: Vec<String> = Vec::new();
    for code in codes {
        if !reasons.iter().any(|reason| reason == code.as_str()) {
            reasons.push(code.as_str().to_owned());
        }
    }
    let says_nothing = !codes.is_empty() && codes.iter().all(|code| says(code) == Says::NothingOfThePlace);
    if says_nothing {
        AddressCheck::NoVerdict { reasons }
    } else {
        AddressCheck::Undeliverable { reasons, text }
    }
}

#[cfg(test)]
mod tests {
    use serde_json::{Value, json};

    use domain::CarrierText;

    use crate::AddressCheck;

    #[track_caller]
    fn check(verifications: Value, expect: Option<AddressCheck>) {
        let address = json!({"residential": true, "verifications": verifications});
        let wordless = |check| match check {
            AddressCheck::Undeliverable { reasons, .. } => {
                AddressCheck::Undeliverable { reasons, text: CarrierText::default() }
            }
            deliverable => deliverable,
        };
        let judged = super::judge(&serde_json::from_value(address).unwrap()).map(wordless);
        assert_eq!(judged, expect, "{verifications}");
    }

    fn undeliverable(reasons: &[&str]) -> Option<AddressCheck> {
        let reasons = reasons.iter().map(ToString::to_string).collect();
        Some(AddressCheck::Undeliverable { reasons, text: CarrierText::default() })
    }

    #[test]
    fn accepts_only_success_without_errors() {
        let good = json!({"success": true, "errors": []});
        let not_found = json!([{"code": "E.ADDRESS.NOT_FOUND", "field": "address"}]);
        let deliverable = Some(AddressCheck::Deliverable { residential: Some(true) });
        check(json!({"zip4": good, "delivery": good}), deliverable.clone());
        check(json!({"delivery": good}), deliverable);
        check(
            json!({"delivery": {"success": true, "errors": not_found}}),
            undeliverable(&["E.ADDRESS.NOT_FOUND"]),
        );
        check(
            json!({"zip4": {"success": false, "errors": not_found}, "delivery": {"success": false, "errors": not_found}}),
            undeliverable(&["E.ADDRESS.NOT_FOUND"]),
        );
        check(json!({"delivery": {"success": false, "errors": []}}), undeliverable(&[]));
        check(
            json!({"delivery": {"success": false, "errors": ["12 Elm St?"]}}),
            undeliverable(&["unspecified"]),
        );
        check(json!({"delivery": {"errors": []}}), undeliverable(&[]));
        check(json!({}), None);
        check(json!({"zip4": good}), None);
    }

    /// How a field is written, or that a check is not offered, says nothing of the place.
    #[test]
    fn only_what_is_said_of_the_place_is_a_verdict() {
        let failed = |code: &str| json!({"delivery": {"success": false, "errors": [{"code": code}]}});
        for code in [
            "ADDRESS.PARAMETERS.INVALID_CHARACTER",
            "E.NAME.INVALID",
            "E.PHONE.INVALID",
            "E.STREET1.INVALID_CHARACTER",
            "ADDRESS.VERIFY.ONLY_US",
            "E.SECONDARY_INFORMATION.MISSING",
        ] {
            check(failed(code), Some(AddressCheck::NoVerdict { reasons: vec![code.to_owned()] }));
            let beside = json!({"delivery": {"success": true, "errors": [{"code": code}]}});
            check(beside, Some(AddressCheck::Deliverable { residential: Some(true) }));
        }
        for code in
            ["E.ADDRESS.NOT_FOUND", "E.HOUSE_NUMBER.MISSING", "E.STREET.MISSING", "E.BOX_NUMBER.INVALID"]
        {
            check(failed(code), undeliverable(&[code]));
        }
        let both = json!([{"code": "E.NAME.INVALID"}, {"code": "E.ADDRESS.NOT_FOUND"}]);
        check(
            json!({"delivery": {"success": false, "errors": both}}),
            undeliverable(&["E.NAME.INVALID", "E.ADDRESS.NOT_FOUND"]),
        );
    }
}
