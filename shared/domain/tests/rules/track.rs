//! What a carrier's events add up to.

use domain::Private;
use domain::track::{Track, TrackEvent, TrackStatus};

use crate::support::at;

const WORDS: [&str; 10] = [
    "unknown",
    "pre_transit",
    "in_transit",
    "out_for_delivery",
    "available_for_pickup",
    "delivered",
    "return_to_sender",
    "failure",
    "cancelled",
    "error",
];

fn status(word: &str) -> TrackStatus {
    word.to_owned().into()
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
fn every_word_is_known_and_others_are_kept() {
    for word in WORDS {
        assert!(!matches!(status(word), TrackStatus::Other(_)), "{word}");
        assert_eq!(String::from(status(word)), word);
    }
    assert_eq!(status("held_by_customs"), TrackStatus::Other("held_by_customs".into()));
    assert_eq!(String::from(status("held_by_customs")), "held_by_customs");
    assert_eq!(status(""), TrackStatus::Unknown);
}

#[test]
fn a_status_alone_proves_possession_or_does_not() {
    let scanned: Vec<_> = WORDS.into_iter().filter(|word| status(word).is_scanned()).collect();
    let expect = ["in_transit", "out_for_delivery", "available_for_pickup", "delivered", "return_to_sender"];
    assert_eq!(scanned, expect);
    assert!(!status("held_by_customs").is_scanned());
}

#[test]
fn a_printed_label_is_no_scan() {
    let track = track("pre_transit", &[(1, "pre_transit"), (2, "unknown"), (3, "cancelled")]);
    assert_eq!((track.first_scan_at, track.last_event_at, track.events), (None, Some(at(3)), 3));
    assert!(!track.is_scanned());
    let created = TrackEvent { detail: "label_created".into(), ..event(1, "in_transit") };
    let track = Track::new(TrackStatus::InTransit, None, None, &[created, event(2, "in_transit")]);
    assert_eq!(track.first_scan_at, Some(at(2)));
}

#[test]
fn events_may_come_in_any_order() {
    let events = [(4, "delivered"), (2, "in_transit"), (1, "pre_transit"), (3, "out_for_delivery")];
    let track = track("delivered", &events);
    assert_eq!(track.first_scan_at, Some(at(2)));
    assert_eq!(track.delivered_at, Some(at(4)));
    assert_eq!(track.last_event, Some(event(4, "delivered")));
    assert_eq!(track.updated_at, Some(at(99)));
}

#[test]
fn of_equal_times_the_later_in_the_list_counts() {
    let track = track("in_transit", &[(1, "pre_transit"), (1, "in_transit")]);
    assert_eq!(track.last_event.map(|event| event.status), Some(TrackStatus::InTransit));
}

#[test]
fn a_delivery_that_was_taken_back_is_none() {
    let track = track("return_to_sender", &[(1, "in_transit"), (2, "delivered"), (3, "return_to_sender")]);
    assert_eq!((track.delivered_at, track.first_scan_at), (None, Some(at(1))));
}

#[test]
fn scans_outlast_a_failure_and_an_error() {
    for word in ["failure", "error", "unknown", "cancelled"] {
        assert!(track(word, &[(1, "in_transit")]).is_scanned(), "{word}");
        assert!(!track(word, &[]).is_scanned(), "{word}");
    }
    let failed = track("failure", &[(1, "pre_transit"), (2, "failure")]);
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
        (&"held_by_customs".into(), &"RENO, NV".into())
    );
    assert_eq!(serde_json::from_value::<Track>(stored).unwrap(), track);
    assert!(!format!("{track:?}").contains("RENO"));
    assert_eq!(track.last_event.unwrap().place, Private::from("RENO, NV"));
}
