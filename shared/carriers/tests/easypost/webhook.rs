//! Webhooks of EasyPost: the signature and what an event says.

use carriers::easypost::webhook::{Event, TrackerStatus, verify};
use domain::Private;
use hmac::{Hmac, KeyInit, Mac};
use sha2::Sha256;

fn sign(key: &[u8], body: &[u8]) -> String {
    let mut mac = Hmac::<Sha256>::new_from_slice(key).unwrap();
    mac.update(body);
    format!("hmac-sha256-hex={}", hex::encode(mac.finalize().into_bytes()))
}

#[test]
fn only_the_right_signature_verifies() {
    let (secret, body) = (Private::from("secret"), b"{}".as_slice());
    let good = sign(b"secret", body);
    assert!(verify(&secret, body, &good));
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
        assert!(!verify(&secret, body, bad), "{bad}");
    }
    assert!(!verify(&"".into(), body, &sign(b"", body)), "no secret verifies nothing");
}

#[test]
fn the_key_is_the_decomposed_secret() {
    let body = b"{}";
    let composed = Private::from("s\u{e9}cret");
    assert!(verify(&composed, body, &sign("se\u{301}cret".as_bytes(), body)));
    assert!(!verify(&composed, body, &sign("s\u{e9}cret".as_bytes(), body)));
}

#[test]
fn reads_what_it_knows_of_an_event() {
    let event = Event::parse(
        br#"{"id":"evt_1","description":"tracker.updated","more":1,"result":{"object":"Tracker",
            "tracking_code":"9400","status":"in_transit","shipment_id":"shp_1","tracking_details":"?"}}"#,
    )
    .unwrap();
    let news = event.tracker.unwrap();
    assert_eq!((news.tracking_code.as_str(), news.status), ("9400", TrackerStatus::InTransit));
    assert_eq!(news.carrier_shipment.unwrap().as_str(), "shp_1");
    assert!(news.status.is_scanned());

    let other =
        Event::parse(br#"{"id":"evt_2","description":"batch.updated","result":{"tracking_code":"1"}}"#)
            .unwrap();
    assert_eq!(other.tracker, None);
    let odd = Event::parse(br#"{"id":"evt_3","description":"tracker.created","result":[]}"#).unwrap();
    assert_eq!(odd.tracker, None);
    for body in ["", "[]", "{}", r#"{"id":"evt_1"}"#, r#"{"id":7,"description":"tracker.updated"}"#] {
        assert!(Event::parse(body.as_bytes()).is_err(), "{body}");
    }
}
