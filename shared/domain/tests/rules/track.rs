//! What a carrier's events add up to.

use domain::Private;
use domain::track::{Track, TrackEvent, TrackStatus};

use crate::support::at;

const WORDS: [(&str, TrackStatus); 10] = [
    ("unknown", TrackStatus::Unknown),
    ("label_created", TrackStatus::LabelCreated),
    ("in_transit", TrackStatus::InTransit),
    ("out_for_delivery", TrackStatus::OutForDelivery),
    ("available_for_pickup", TrackStatus::AvailableForPickup),
    ("delivered", TrackStatus::Delivered),
    ("return_to_sender", TrackStatus::ReturnToSender),
    ("delivery_failed", TrackStatus::DeliveryFailed),
    ("cancelled", TrackStatus::Cancelled),
    ("tracking_failed", TrackStatus::TrackingFailed),
];

fn status(word: &str) -> TrackStatus {
    let known = WORDS.into_iter().find(|(of, _)| *of == word);
    known.map_or_else(|| TrackStatus::Other(word.to_owned()), |(_, status)| status)
}

fn event(second: i64, word: &str) -> TrackEvent {
    TrackEvent {
        at: at(second),
        status: status(word),
        detail: "status_update".into(),
        place: "RENO, NV".into(),
    }
}

fn track(word: &str, events: &[(i64, &str)]) -> Track {
    let events: Vec<_> = events.iter().map(|(second, word)| event(*second, word)).collect();
    Track::new(status(word), Some(at(99)), None, &events)
}

#[test]
fn every_status_is_stored_and_shown_by_its_word() {
    for (word, status) in WORDS {
        let stored = serde_json::to_value(&status).unwrap();
        assert_eq!(stored, word);
        assert_eq!(serde_json::from_value::<TrackStatus>(stored).unwrap(), status);
        assert_eq!(status.to_string(), word.replace('_', " "));
    }
    let other = TrackStatus::Other("held_by_customs".into());
    let stored = serde_json::to_value(&other).unwrap();
    assert_eq!(serde_json::from_value::<TrackStatus>(stored).unwrap(), other);
    assert_eq!(other.to_string(), "held_by_customs");
}

#[test]
fn a_status_alone_proves_possession_or_does_not() {
    let scanned = WORDS.into_iter().filter(|(_, status)| status.is_scanned());
    let scanned: Vec<_> = scanned.map(|(word, _)| word).collect();
    let expect = ["in_transit", "out_for_delivery", "available_for_pickup", "delivered", "return_to_sender"];
    assert_eq!(scanned, expect);
    assert!(!status("held_by_customs").is_scanned());
}

#[test]
fn a_printed_label_is_no_scan() {
    let printed = track("label_created", &[(1, "label_created"), (2, "unknown"), (3, "cancelled")]);
    assert_eq!((printed.first_scan_at, printed.last_event_at, printed.events), (None, Some(at(3)), 3));
    assert!(!printed.is_scanned());
    let moved = track("in_transit", &[(1, "label_created"), (2, "in_transit")]);
    assert_eq!(moved.first_scan_at, Some(at(2)));
}

#[test]
fn events_may_come_in_any_order() {
    let events = [(4, "delivered"), (2, "in_transit"), (1, "label_created"), (3, "out_for_delivery")];
    let track = track("delivered", &events);
    assert_eq!(track.first_scan_at, Some(at(2)));
    assert_eq!(track.delivered_at, Some(at(4)));
    assert_eq!(track.last_event, Some(event(4, "delivered")));
    assert_eq!(track.updated_at, Some(at(99)));
}

#[test]
fn of_equal_times_the_later_in_the_list_counts() {
    let track = track("in_transit", &[(1, "label_created"), (1, "in_transit")]);
    assert_eq!(track.last_event.map(|event| event.status), Some(TrackStatus::InTransit));
}

#[test]
fn a_delivery_that_was_taken_back_is_none() {
    let track = track("return_to_sender", &[(1, "in_transit"), (2, "delivered"), (3, "return_to_sender")]);
    assert_eq!((track.delivered_at, track.first_scan_at), (None, Some(at(1))));
}

#[test]
fn scans_outlast_a_failure_and_an_error() {
    for word in ["delivery_failed", "tracking_failed", "unknown", "cancelled"] {
        assert!(track(word, &[(1, "in_transit")]).is_scanned(), "{word}");
        assert!(!track(word, &[]).is_scanned(), "{word}");
    }
    let failed = track("delivery_failed", &[(1, "label_created"), (2, "delivery_failed")]);
    assert!(failed.is_scanned(), "the carrier tried");
    assert_eq!(failed.first_scan_at, Some(at(2)));
}

#[test]
fn without_events_there_is_nothing_but_the_status() {
    let track = track("delivered", &[]);
    assert_eq!((track.events, track.last_event.as_ref(), track.delivered_at), (0, None, None));
    assert!(track.is_scanned());
}

#[test]
fn is_stored_and_shows_no_place() {
    let track = track("held_by_customs", &[(1, "in_transit"), (2, "held_by_customs")]);
    let stored = serde_json::to_value(&track).unwrap();
    assert_eq!(
        (&stored["status"], &stored["last_event"]["place"]),
        (&serde_json::json!({"other": "held_by_customs"}), &"RENO, NV".into())
    );
    assert_eq!(serde_json::from_value::<Track>(stored).unwrap(), track);
    assert!(!format!("{track:?}").contains("RENO"));
    assert_eq!(track.last_event.unwrap().place, Private::from("RENO, NV"));
}
