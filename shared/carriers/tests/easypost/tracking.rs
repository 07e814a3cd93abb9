//! Following a parcel and a refund, over real sockets. The trackers are invented, in the form of the recorded ones.

use std::time::Duration;

use carriers::{CarrierError, Connector, RefundStatus};
use domain::retry::Retry;
use domain::track::{Track, TrackStatus};
use serde_json::{Value, json};

use crate::support::{Bought, NUMBER, Reply, Stub, assert_nothing_private, bought};

/// A bought shipment that shows this tracker.
pub fn shipment_with(tracker: &Value) -> Value {
    let mut shipment = bought("https://files.example/l.pdf");
    shipment["tracker"] = tracker.clone();
    shipment
}

fn detail(day: u32, status: &str, detail: &str, city: &str) -> Value {
    json!({
        "object": "TrackingDetail", "message": "Left with Ann", "description": "12 Elm St", "status": status,
        "status_detail": detail, "datetime": format!("2026-11-{day:02}T08:00:00Z"), "source": "USPS",
        "tracking_location": {"object": "TrackingLocation", "city": city, "state": "NV", "country": "US", "zip": "89501"},
    })
}

/// Printed, scanned, and then `last`.
fn tracker(status: &str, last: &[Value]) -> Value {
    let printed = detail(1, "pre_transit", "label_created", "RENO");
    let scanned = detail(2, "in_transit", "arrived_at_facility", "RENO");
    let details: Vec<Value> = [printed, scanned].into_iter().chain(last.iter().cloned()).collect();
    json!({
        "id": "trk_1", "object": "Tracker", "tracking_code": NUMBER, "status": status, "carrier": "USPS",
        "created_at": "2026-11-01T07:00:00Z", "updated_at": "2026-11-09T09:00:00Z", "shipment_id": "shp_1",
        "est_delivery_date": "2026-11-05T00:00:00Z", "signed_by": "Ann", "tracking_details": details,
    })
}

/// Shows `shipment`, and answers whoever makes a tracker.
pub async fn making(shipment: Value, status: u16, answer: Value) -> Stub {
    Stub::start(move |seen| match seen.method.as_str() {
        "POST" => Reply::json(status, &answer),
        _ => Reply::json(200, &shipment),
    })
    .await
}

async fn track(stub: &Stub) -> Result<Option<Track>, CarrierError> {
    let tracks = stub.easypost().track(&[Bought::new().label()]).await?;
    assert_eq!(tracks.len(), 1);
    Ok(tracks.into_iter().next().flatten())
}

async fn shown(tracker: Value) -> Track {
    let stub = making(shipment_with(&tracker), 500, Value::Null).await;
    let track = track(&stub).await.unwrap().unwrap();
    assert_eq!(stub.calls(), ["GET /v2/shipments/shp_1"], "one call");
    assert_eq!(track.first_scan_at.unwrap().to_string(), "2026-11-02T08:00:00Z");
    assert_eq!(track.updated_at.unwrap().to_string(), "2026-11-09T09:00:00Z");
    assert_eq!(track.estimated_delivery.unwrap().to_string(), "2026-11-05T00:00:00Z");
    let text = format!("{track:?}");
    for secret in ["Ann", "Elm", "RENO", "89501"] {
        assert!(!text.contains(secret), "{secret} in {text}");
    }
    track
}

#[tokio::test]
async fn a_parcel_on_its_way_back() {
    let back = [
        detail(4, "out_for_delivery", "out_for_delivery", "SPARKS"),
        detail(6, "return_to_sender", "return", "SPARKS"),
    ];
    let track = shown(tracker("return_to_sender", &back)).await;
    assert_eq!((track.status, track.events, track.delivered_at), (TrackStatus::ReturnToSender, 4, None));
    let last = track.last_event.unwrap();
    assert_eq!((last.status, last.detail.as_str()), (TrackStatus::ReturnToSender, "return"));
    assert_eq!(last.place.expose(), "SPARKS, NV");
}

#[tokio::test]
async fn a_parcel_that_is_lost() {
    let track = shown(tracker("failure", &[detail(7, "failure", "lost", "SPARKS")])).await;
    assert_eq!(track.status, TrackStatus::DeliveryFailed);
    assert!(track.is_scanned());
    assert_eq!(track.last_event.unwrap().detail, "lost");
}

#[tokio::test]
async fn a_parcel_that_waits_to_be_picked_up() {
    let waits = [detail(5, "available_for_pickup", "arrived_at_pickup_location", "SPARKS")];
    let track = shown(tracker("available_for_pickup", &waits)).await;
    assert_eq!((&track.status, track.delivered_at), (&TrackStatus::AvailableForPickup, None));
    assert!(track.status.is_scanned());
}

#[tokio::test]
async fn a_label_that_was_cancelled_keeps_its_scan() {
    let track = shown(tracker("cancelled", &[detail(3, "cancelled", "cancelled", "RENO")])).await;
    assert_eq!(track.status, TrackStatus::Cancelled);
    assert!(!track.status.is_scanned() && track.is_scanned());
}

#[tokio::test]
async fn a_missing_tracker_is_made() {
    let other = json!({"tracking_code": "9400", "status": "delivered"});
    for missing in [Value::Null, json!({}), json!("trk_1"), other] {
        let stub = making(shipment_with(&missing), 200, tracker("in_transit", &[])).await;
        let track = track(&stub).await.unwrap().unwrap();
        assert_eq!((track.status, track.events), (TrackStatus::InTransit, 2));
        assert_eq!(stub.calls(), ["GET /v2/shipments/shp_1", "POST /v2/trackers"], "{missing}");
        let expect = json!({"tracker": {"tracking_code": NUMBER, "carrier": "USPS"}});
        assert_eq!(stub.seen()[1].body, expect);
    }
}

#[tokio::test]
async fn a_carrier_that_is_not_told_is_left_to_easypost() {
    let mut shipment = shipment_with(&Value::Null);
    shipment["selected_rate"] = Value::Null;
    let stub = making(shipment, 200, tracker("in_transit", &[])).await;
    track(&stub).await.unwrap().unwrap();
    assert_eq!(stub.seen()[1].body, json!({"tracker": {"tracking_code": NUMBER}}));
}

async fn making_refused(status: u16, code: &str) -> Result<Option<Track>, CarrierError> {
    let answer = json!({"error": {"code": code, "message": "Ann of 12 Elm St", "errors": []}});
    track(&making(shipment_with(&Value::Null), status, answer).await).await
}

#[tokio::test]
async fn a_number_that_no_carrier_gives_has_no_tracker() {
    assert_eq!(making_refused(422, "UNPROCESSABLE_ENTITY").await.unwrap(), None);
    assert_eq!(making_refused(404, "NOT_FOUND").await.unwrap(), None);
    for (status, code) in [(401, "UNAUTHORIZED"), (403, "APIKEY.INACTIVE"), (402, "PAYMENT_REQUIRED")] {
        let error = making_refused(status, code).await.unwrap_err();
        assert_nothing_private(&error);
        assert_eq!(
            error.retry(),
            Retry::After(Duration::from_secs(60)),
            "{code}: until the account is mended"
        );
    }
    for (status, code) in [(500, "INTERNAL_SERVER_ERROR"), (409, "CONFLICT")] {
        let error = making_refused(status, code).await.unwrap_err();
        assert_nothing_private(&error);
        assert!(matches!(error.retry(), Retry::After(_)), "{code}");
    }
    let error = making_refused(429, "RATE_LIMITED").await.unwrap_err();
    assert!(matches!(error.retry(), Retry::Paused(_)), "{error:?}");
}

#[tokio::test]
async fn what_cannot_be_read_is_never_no_tracker() {
    for answer in [json!([]), json!({}), json!({"tracking_code": "9400", "status": "delivered"})] {
        let stub = making(shipment_with(&Value::Null), 200, answer).await;
        let error = track(&stub).await.unwrap_err();
        assert_nothing_private(&error);
        assert!(matches!(error.retry(), Retry::After(_)), "{error:?}");
    }
    let mut shipment = shipment_with(&tracker("delivered", &[]));
    shipment["id"] = "shp_2".into();
    let stub = making(shipment, 200, tracker("delivered", &[])).await;
    assert!(track(&stub).await.is_err(), "another shipment");
    assert_eq!(stub.calls().len(), 1);
    let stub = Stub::start(|_| Reply::error(404, "NOT_FOUND")).await;
    assert!(track(&stub).await.is_err(), "the shipment is gone, not the tracker");
}

async fn refund(status: Value) -> Result<RefundStatus, CarrierError> {
    let mut shipment = bought("https://files.example/l.pdf");
    shipment["refund_status"] = status;
    let stub = Stub::start(move |_| Reply::json(200, &shipment)).await;
    let refund = stub.easypost().refund(&Bought::new().label()).await;
    assert_eq!(stub.calls(), ["GET /v2/shipments/shp_1"], "it asks for none");
    refund
}

#[tokio::test]
async fn follows_a_refund() {
    for (word, expect) in [
        (Value::Null, RefundStatus::NotAsked),
        (json!(""), RefundStatus::NotAsked),
        (json!("submitted"), RefundStatus::Submitted),
        (json!("refunded"), RefundStatus::Refunded),
        (json!("rejected"), RefundStatus::Rejected),
        (json!("not_applicable"), RefundStatus::NotApplicable),
    ] {
        assert_eq!(refund(word.clone()).await.unwrap(), expect, "{word}");
    }
    let error = refund(json!("on its way to Ann")).await.unwrap_err();
    assert_nothing_private(&error);
    assert!(matches!(error.retry(), Retry::After(_)), "{error:?}");
}
