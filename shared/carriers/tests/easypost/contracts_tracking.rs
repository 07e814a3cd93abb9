//! Recorded trackers, refunds and events: each must be read as it was meant.

use carriers::easypost::webhook::{EasyPostEvent, EventKind};
use carriers::{Connector, RefundStatus};
use domain::track::{Track, TrackStatus};
use serde_json::{Value, json};

use crate::contracts::{answering, objects, one, recorded};
use crate::support::{Bought, NUMBER, SHIPMENT};
use crate::tracking::shipment_with;

/// The tracker, read out of its shipment.
async fn track_of(tracker: &Value) -> Track {
    let parcel = Bought::of(SHIPMENT, tracker["tracking_code"].as_str().unwrap());
    let stub = answering(200, &shipment_with(tracker)).await;
    let mut tracks = stub.easypost().track(&[parcel.label()]).await.unwrap();
    assert_eq!((stub.calls().len(), tracks.len()), (1, 1));
    tracks.remove(0).unwrap()
}

/// Our word for EasyPost's.
fn ours(word: &str) -> String {
    match word {
        "pre_transit" => "label created".to_owned(),
        "failure" => "delivery failed".to_owned(),
        "error" => "tracking failed".to_owned(),
        word => word.replace('_', " "),
    }
}

#[tokio::test]
async fn every_tracker_of_every_answer_is_read() {
    for (name, answer) in recorded("") {
        for tracker in objects(&answer, "Tracker") {
            let track = track_of(tracker).await;
            assert_eq!(track.status.to_string(), ours(tracker["status"].as_str().unwrap()), "{name}");
            assert!(!matches!(track.status, TrackStatus::Other(_)), "{name}");
            assert_eq!(track.updated_at.is_some(), tracker["updated_at"].is_string(), "{name}");
            assert_eq!(
                track.estimated_delivery.is_some(),
                tracker["est_delivery_date"].is_string(),
                "{name}"
            );
            let details = tracker["tracking_details"].as_array().unwrap();
            let events = details.iter().filter(|detail| detail["status"] != "error").count();
            assert_eq!(track.events as usize, events, "{name}");
            assert_eq!(track.last_event_at.is_some(), events > 0, "{name}");
            assert_eq!(track.first_scan_at.is_some(), track.status.is_scanned(), "{name}");
            assert_eq!(track.delivered_at.is_some(), track.status == TrackStatus::Delivered, "{name}");
        }
    }
}

#[track_caller]
fn check(track: &Track, status: TrackStatus, first_scan: Option<&str>, last_event: Option<&str>) {
    let text = |at: Option<domain::Timestamp>| at.map(|at| at.to_string());
    assert_eq!(track.status, status);
    assert_eq!(text(track.first_scan_at).as_deref(), first_scan, "{status:?}");
    assert_eq!(text(track.last_event_at).as_deref(), last_event, "{status:?}");
}

#[tokio::test]
async fn the_figures_of_trackers() {
    if one("tracker_status_unknown.json").is_none() {
        return;
    }
    let read = async |word: &str| track_of(&one(&format!("tracker_status_{word}.json")).unwrap()).await;

    let delivered = read("delivered").await;
    let (scan, last) = (Some("2025-02-07T18:33:47Z"), Some("2025-02-09T09:42:47Z"));
    check(&delivered, TrackStatus::Delivered, scan, last);
    assert_eq!((delivered.events, delivered.delivered_at), (8, delivered.last_event_at));
    let event = delivered.last_event.unwrap();
    assert_eq!((event.status, event.detail.as_str()), (TrackStatus::Delivered, "arrived_at_destination"));
    assert_eq!(event.place.expose(), "CHARLESTON, SC");

    let in_transit = read("in_transit").await;
    let (scan, last) = (Some("2024-07-17T14:40:21Z"), Some("2024-07-19T00:47:21Z"));
    check(&in_transit, TrackStatus::InTransit, scan, last);
    let out = read("out_for_delivery").await;
    let (scan, last) = (Some("2024-06-30T16:52:52Z"), Some("2024-07-02T03:09:52Z"));
    check(&out, TrackStatus::OutForDelivery, scan, last);
    assert_eq!(out.delivered_at, None);

    let printed = read("pre_transit").await;
    check(&printed, TrackStatus::LabelCreated, None, Some("2025-10-07T06:17:39Z"));
    assert!(!printed.is_scanned());
    check(&read("unknown").await, TrackStatus::Unknown, None, None);
    let error = read("error").await;
    check(&error, TrackStatus::TrackingFailed, None, None);
    assert_eq!(error.events, 0, "EasyPost's complaint is no event of the parcel");
}

#[tokio::test]
async fn the_refund_of_every_shipment_is_read() {
    for (name, answer) in recorded("") {
        for shipment in objects(&answer, "Shipment") {
            let label = Bought::of(shipment["id"].as_str().unwrap(), NUMBER);
            let refund = answering(200, shipment).await.easypost().refund(&label.label()).await.unwrap();
            let expect = match shipment["refund_status"].as_str() {
                Some(_) => RefundStatus::Submitted,
                None => RefundStatus::NotAsked,
            };
            assert_eq!(refund, expect, "{name}");
        }
    }
    for name in ["docs_shipping_refund.json", "shipment_refund_submitted.json"] {
        let Some(shipment) = one(name) else { return };
        assert_eq!(shipment["refund_status"], "submitted", "{name}");
    }
}

#[test]
fn every_event_is_read() {
    let prefixes = ["docs_webhook_", "docs_events_", "event_list", "webhook_event_body"];
    for (name, answer) in prefixes.into_iter().flat_map(recorded) {
        for recorded in objects(&answer, "EasyPostEvent") {
            let event = EasyPostEvent::parse(recorded.to_string().as_bytes()).unwrap();
            assert_eq!(event.id, recorded["id"].as_str().unwrap(), "{name}");
            assert_eq!(event.description, recorded["description"].as_str().unwrap(), "{name}");
            let tracks = event.description.starts_with("tracker.") && recorded.get("result").is_some();
            assert_eq!(matches!(event.kind, EventKind::Tracker { .. }), tracks, "{name}");
        }
    }
}

#[test]
fn the_figures_of_events() {
    let read = |name: &str| {
        let event = EasyPostEvent::parse(one(name)?.to_string().as_bytes()).unwrap();
        let EventKind::Tracker { shipment, tracking, status } = event.kind else { panic!("{name}") };
        assert_eq!(shipment, None, "made by hand");
        Some((tracking.to_string(), status))
    };
    let Some(delivered) = read("docs_webhook_tracker_updated_delivered.json") else { return };
    assert_eq!(delivered, ("EZ4000000004".to_owned(), TrackStatus::Delivered));
    assert_eq!(read("webhook_event_body.json").unwrap().1, TrackStatus::InTransit);
}

/// The event of a refund was not recorded; the refund was.
#[test]
fn every_refund_is_read_from_its_event() {
    for (name, answer) in recorded("refund_") {
        for refund in objects(&answer, "Refund") {
            let event = json!({"id": "evt_1", "description": "refund.successful", "result": refund});
            let event = EasyPostEvent::parse(event.to_string().as_bytes()).unwrap();
            let EventKind::Refund { shipment, tracking } = event.kind else { panic!("{name}") };
            assert_eq!(shipment.unwrap().as_str(), refund["shipment_id"], "{name}");
            assert_eq!(tracking.unwrap().as_str(), refund["tracking_code"], "{name}");
        }
    }
}

/// Every key of ours must be one that EasyPost was seen to take; `carrier` is named by its documentation.
#[tokio::test]
async fn a_tracker_is_made_with_the_recorded_field_names() {
    let Some(recorded) = one("tracker_create_pre_transit.request.json") else { return };
    let answer = one("tracker_create_pre_transit.json").unwrap();
    let parcel = Bought::of(SHIPMENT, recorded["tracker"]["tracking_code"].as_str().unwrap());
    let shipment = shipment_with(&Value::Null);
    let stub = crate::tracking::making(shipment, 200, answer).await;
    let tracks = stub.easypost().track(&[parcel.label()]).await.unwrap();
    assert_eq!(tracks[0].as_ref().unwrap().status, TrackStatus::LabelCreated);
    let mut sent = stub.seen()[1].body.clone();
    sent["tracker"].as_object_mut().unwrap().remove("carrier");
    assert_eq!(sent, recorded);
}
