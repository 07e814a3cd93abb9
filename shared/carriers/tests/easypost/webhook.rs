//! Webhooks of EasyPost: the signature and what an event says.

use carriers::easypost::webhook::{EasyPostEvent, EventKind, Webhooks, verify};
use carriers::{EventSubject, WebhookSource as _};
use domain::track::TrackStatus;
use domain::{LabelHandle, Private, TrackingNumber};
use hmac::{Hmac, KeyInit, Mac};
use serde_json::{Value, json};
use sha2::Sha256;
use system::SignatureError;

fn sign(key: &[u8], body: &[u8]) -> String {
    let mut mac = Hmac::<Sha256>::new_from_slice(key).unwrap();
    mac.update(body);
    format!("hmac-sha256-hex={}", hex::encode(mac.finalize().into_bytes()))
}

#[test]
fn only_the_right_signature_verifies() {
    let body = b"{}".as_slice();
    let good = sign(b"secret", body);
    let verify = |secrets: &[&str], signature: Option<&str>| {
        let secrets: Vec<Private<String>> = secrets.iter().map(|secret| Private::from(*secret)).collect();
        verify(&secrets, body, signature)
    };
    assert_eq!(verify(&["secret"], Some(&good)), Ok(()));
    assert_eq!(verify(&["new", "secret"], Some(&good)), Ok(()), "while the secret is rotated");
    assert_eq!(verify(&["secret"], None), Err(SignatureError::Missing));
    assert_eq!(verify(&[], Some(&good)), Err(SignatureError::Mismatch));
    assert_eq!(verify(&["secret"], Some("hmac-sha256-hex=zz")), Err(SignatureError::Malformed));
    let bare = good.strip_prefix("hmac-sha256-hex=").unwrap();
    let short = &good[..good.len() - 2];
    for bad in [
        "",
        "hmac-sha256-hex=",
        "hmac-sha256-hex=zz",
        bare,
        short,
        &sign(b"other", body),
        &sign(b"secret", b""),
    ] {
        assert!(verify(&["secret"], Some(bad)).is_err(), "{bad}");
    }
    assert!(verify(&[""], Some(&sign(b"", body))).is_err(), "an empty secret verifies nothing");
}

#[test]
fn the_key_is_the_decomposed_secret() {
    let body = b"{}";
    let composed = [Private::from("s\u{e9}cret")];
    let verify = |key: &str| verify(&composed, body, Some(&sign(key.as_bytes(), body)));
    assert_eq!(verify("se\u{301}cret"), Ok(()));
    assert_eq!(verify("s\u{e9}cret"), Err(SignatureError::Mismatch));
}

#[track_caller]
fn check_kind(description: &str, result: Value, expect: EventKind) {
    let event = json!({"id": "evt_1", "description": description, "more": 1, "result": result});
    let event = EasyPostEvent::parse(event.to_string().as_bytes()).unwrap();
    assert_eq!((event.id.as_str(), event.description.as_str()), ("evt_1", description));
    assert_eq!(event.kind, expect, "{description} {result}");
}

fn shipment() -> Option<LabelHandle> {
    Some(LabelHandle::new("shp_1"))
}

#[test]
fn what_is_no_id_and_no_number_names_nothing() {
    let odd = "../../etc/passwd";
    check_kind("tracker.updated", json!({"tracking_code": odd}), EventKind::Other);
    check_kind("refund.successful", json!({"tracking_code": odd, "shipment_id": "shp 1"}), EventKind::Other);
    let tracker = json!({"tracking_code": "9400", "shipment_id": odd, "status": "in_transit"});
    let (tracking, status) = (TrackingNumber::new("9400"), TrackStatus::InTransit);
    check_kind("tracker.updated", tracker, EventKind::Tracker { shipment: None, tracking, status });
}

#[test]
fn a_trackers_event_names_the_parcel() {
    let tracking = TrackingNumber::new("9400");
    let told = |shipment, status| EventKind::Tracker { shipment, tracking: tracking.clone(), status };
    let result = json!({"object": "Tracker", "tracking_code": "9400", "status": "in_transit",
        "shipment_id": "shp_1", "tracking_details": "?"});
    check_kind("tracker.updated", result.clone(), told(shipment(), TrackStatus::InTransit));
    check_kind("tracker.created", result.clone(), told(shipment(), TrackStatus::InTransit));
    check_kind("tracker.deleted", result.clone(), EventKind::Other);
    check_kind("batch.updated", result, EventKind::Other);

    let by_hand = json!({"tracking_code": "9400", "status": null, "shipment_id": null});
    check_kind("tracker.created", by_hand, told(None, TrackStatus::Unknown));
    let new = json!({"tracking_code": "9400", "status": "held_by_customs", "shipment_id": ""});
    check_kind("tracker.updated", new, told(None, TrackStatus::Other("held_by_customs".into())));
    for odd in [json!([]), json!(null), json!({}), json!({"tracking_code": ""}), json!({"tracking_code": 7})]
    {
        check_kind("tracker.updated", odd, EventKind::Other);
    }
}

#[test]
fn a_refunds_event_names_the_label() {
    let tracking = Some(TrackingNumber::new("9400"));
    let result = json!({"id": "rfnd_1", "object": "Refund", "tracking_code": "9400", "status": "refunded",
        "confirmation_number": null, "carrier": "USPS", "shipment_id": "shp_1"});
    let told = EventKind::Refund { shipment: shipment(), tracking: tracking.clone() };
    check_kind("refund.successful", result.clone(), told.clone());
    check_kind("refund.unheard_of", result, EventKind::Other);
    check_kind("refund.successful", json!({"id": "shp_1", "tracking_code": "9400"}), told);
    let by_code = json!({"id": "rfnd_1", "shipment_id": null, "tracking_code": "9400"});
    check_kind("refund.successful", by_code, EventKind::Refund { shipment: None, tracking });
    for odd in [json!([]), json!(null), json!({"id": "rfnd_1"}), json!({"shipment_id": 7})] {
        check_kind("refund.successful", odd, EventKind::Other);
    }
}

#[test]
fn an_event_must_have_id_and_description() {
    for body in ["", "[]", "{}", r#"{"id":"evt_1"}"#, r#"{"id":7,"description":"tracker.updated"}"#] {
        assert!(EasyPostEvent::parse(body.as_bytes()).is_err(), "{body}");
    }
    let bare = EasyPostEvent::parse(br#"{"id":"evt_1","description":"tracker.updated"}"#).unwrap();
    assert_eq!(bare.kind, EventKind::Other);
}

#[test]
fn the_content_tells_two_events_of_one_id_apart_and_not_two_deliveries() {
    let content = |status: &str| {
        let event = json!({
            "id": "evt_1", "description": "tracker.updated",
            "result": {"object": "Tracker", "tracking_code": "9400", "status": status},
        });
        let event = EasyPostEvent::parse(event.to_string().as_bytes()).unwrap();
        assert_eq!(event.id, "evt_1");
        event.content
    };
    assert_eq!(content("in_transit"), content("in_transit"));
    assert_ne!(content("in_transit"), content("delivered"));
}

#[test]
fn as_a_source_it_says_what_is_to_be_read_back() {
    let source = Webhooks::new(vec!["secret".into()]);
    assert_eq!((source.kind(), source.signature_header()), ("easypost", "x-hmac-signature"));
    let check = |description: &str, expect: EventSubject| {
        let result = json!({"tracking_code": "9400", "status": "in_transit", "shipment_id": "shp_1"});
        let body = json!({"id": "evt_1", "description": description, "result": result}).to_string();
        assert_eq!(source.verify(body.as_bytes(), Some(&sign(b"secret", body.as_bytes()))), Ok(()));
        assert_eq!(
            source.verify(body.as_bytes(), Some(&sign(b"other", body.as_bytes()))),
            Err(SignatureError::Mismatch)
        );
        let event = source.parse(body.as_bytes()).unwrap();
        assert!(event.id.starts_with("evt_1/") && event.id.len() > 20, "{}", event.id);
        assert_eq!(event.about, expect, "{description}");
    };
    check("tracker.updated", EventSubject::Parcel(TrackingNumber::new("9400")));
    check("refund.successful", EventSubject::Refund(TrackingNumber::new("9400")));
    check("batch.updated", EventSubject::Nothing);
    assert_eq!(source.parse(b"{}").unwrap_err().to_string(), "the body is not an event from EasyPost");
    let without = Webhooks::new(Vec::new());
    assert_eq!(
        without.verify(b"{}", Some(&sign(b"", b"{}"))),
        Err(SignatureError::Mismatch),
        "without a secret nothing is genuine"
    );
}
