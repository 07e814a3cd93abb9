//! Webhooks: anybody who knows the address can send anything.

use carriers::easypost::webhook::{self as easypost_webhook, EasyPostEvent, EventKind};
use domain::Private;
use tiktok::webhook::{Webhook, WebhookVerifier};

/// A webhook of TikTok.
pub fn tiktok(body: &[u8]) -> bool {
    // No body is its own signature.
    let signature = String::from_utf8_lossy(body);
    let verifier = |secret: &str| WebhookVerifier::new("key".to_owned(), vec![Private::from(secret)]);
    assert!(verifier("secret").verify(body, Some(&signature)).is_err());
    assert!(verifier("").verify(body, Some("")).is_err());
    let Ok(notification) = Webhook::parse(body) else { return false };
    assert!(!notification.id.is_empty() && !notification.content.is_empty());
    assert_eq!(Webhook::parse(body).as_ref(), Ok(&notification), "two deliveries are one notification");
    let orders = notification.orders();
    assert!(orders.iter().all(|order| !order.as_str().is_empty()), "an order without an id");
    let mut once = orders.clone();
    once.sort();
    once.dedup();
    assert_eq!(once.len(), orders.len(), "an order is named twice");
    true
}

/// A webhook of EasyPost.
pub fn easypost(body: &[u8]) -> bool {
    let signature = String::from_utf8_lossy(body);
    let verify = |secret: &str, signature: &str| {
        easypost_webhook::verify(&[Private::from(secret)], body, Some(signature))
    };
    assert!(verify("secret", &signature).is_err());
    assert!(verify("", "hmac-sha256-hex=").is_err());
    let Ok(event) = EasyPostEvent::parse(body) else { return false };
    assert_eq!(EasyPostEvent::parse(body).as_ref(), Ok(&event), "two deliveries are one event");
    let (shipment, tracking) = match &event.kind {
        EventKind::Tracker { shipment, tracking, .. } => (shipment.as_ref(), Some(tracking)),
        EventKind::Refund { shipment, tracking } => {
            assert!(shipment.is_some() || tracking.is_some(), "a refund of nothing");
            (shipment.as_ref(), tracking.as_ref())
        }
        EventKind::Other => (None, None),
    };
    let ids = shipment.map(|id| id.as_str()).into_iter().chain(tracking.map(|number| number.as_str()));
    for id in ids {
        assert!(super::rates::is_plain(id), "{id:?} becomes part of a path or a key");
    }
    true
}
