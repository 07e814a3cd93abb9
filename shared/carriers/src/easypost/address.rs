//! Checking an address.

use domain::CarrierText;
use domain::address::Address;

use super::error::{self, part_code};
use super::shipment::broken;
use super::text::text_of;
use super::transport::Transport;
use super::{request, wire};
use crate::{AddressCheck, Call, CarrierError, Refusal};

const CALL: Call = Call::VerifyAddress;

pub(super) async fn verify(transport: &Transport, address: &Address) -> Result<AddressCheck, CarrierError> {
    let body = wire::VerifyAddress { address: request::address(address), verify: true };
    let answer = transport.post(CALL, &["addresses"], Some(&body)).await?;
    if !answer.status.is_success() {
        return refused(error::ordinary(CALL, &answer), &answer.body);
    }
    let address = serde_json::from_slice(&answer.body).map_err(|_| broken(CALL, "it is no address"))?;
    judge(&address).ok_or_else(|| broken(CALL, "it has no verification"))
}

/// An address that EasyPost does not take is not deliverable; any other refusal says nothing of it.
fn refused(error: CarrierError, body: &[u8]) -> Result<AddressCheck, CarrierError> {
    match error {
        CarrierError::Refused { reason: Refusal::Address, code, text, .. } => {
            let parts = error::parse(body).map(|error| error.parts).unwrap_or_default();
            let codes = if parts.is_empty() { vec![code] } else { parts };
            Ok(undeliverable(codes.iter().map(|code| code.as_str().to_owned()), text))
        }
        other => Err(other),
    }
}

/// Deliverable only when every verification succeeded without an error: a recorded answer says `success` and lists
/// `E.ADDRESS.NOT_FOUND` beside it. `None` when nothing was verified.
fn judge(address: &wire::VerifiedAddress) -> Option<AddressCheck> {
    let verifications = address.verifications.as_ref()?;
    let delivery = verifications.delivery.as_ref()?;
    let all = || [Some(delivery), verifications.zip4.as_ref()].into_iter().flatten();
    let errors = || all().flat_map(|verification| verification.errors.iter().flatten());
    if all().all(|verification| verification.success == Some(true)) && errors().next().is_none() {
        return Some(AddressCheck::Deliverable { residential: address.residential });
    }
    let text = CarrierText::new(&text_of(&errors().cloned().collect()));
    Some(undeliverable(errors().map(|error| part_code(error).as_str().to_owned()), text))
}

fn undeliverable(codes: impl Iterator<Item = String>, text: CarrierText) -> AddressCheck {
    let mut reasons: Vec<String> = Vec::new();
    for code in codes {
        if !reasons.contains(&code) {
            reasons.push(code);
        }
    }
    AddressCheck::Undeliverable { reasons, text }
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
}
