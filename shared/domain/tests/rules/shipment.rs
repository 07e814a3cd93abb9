//! What a shipment remembers: its trouble and its history.

use std::time::Duration;

use domain::Timestamp;
use domain::shipment::SILENT_TROUBLE;
use domain::stage::{Event, Stage};

use crate::support::{at, chosen, name, shipment, stages};

#[test]
fn trouble_backs_off_and_keeps_its_age() {
    let mut shipment = shipment(Stage::Ready);
    let mut pauses = Vec::new();
    for attempt in 0..8 {
        pauses.push(shipment.note_trouble("down".into(), Duration::ZERO, 0, at(attempt)).as_secs());
    }
    assert_eq!(pauses, [1, 2, 4, 8, 16, 32, 60, 60]);
    let trouble = shipment.trouble.as_ref().unwrap();
    assert_eq!((trouble.since, trouble.attempts, trouble.last.as_str()), (at(0), 8, "down"));
    assert_eq!(shipment.wake_at, Some(at(7 + 60 + 90)), "the timer comes after the delayed message");
}

#[test]
fn the_outside_may_ask_for_a_longer_pause() {
    let mut shipment = shipment(Stage::Ready);
    let pause = shipment.note_trouble("slow down".into(), Duration::from_secs(45), 0, at(0));
    assert_eq!((pause, shipment.wake_at), (Duration::from_secs(45), Some(at(45 + 90))));
    shipment.note_trouble("never".into(), Duration::MAX, 0, at(0));
    assert_eq!(shipment.wake_at, Some(Timestamp::MAX));
}

#[test]
fn trouble_is_borne_in_silence_for_a_while() {
    let mut shipment = shipment(Stage::Ready);
    assert!(!shipment.in_long_trouble(at(1_000_000)));
    shipment.note_trouble("down".into(), Duration::ZERO, 0, at(0));
    let limit = SILENT_TROUBLE.as_secs();
    assert!(limit < 120, "no order is over two minutes without an exception");
    assert!(!shipment.in_long_trouble(at(limit - 1)));
    assert!(shipment.in_long_trouble(at(limit)));
}

#[test]
fn a_move_ends_trouble_and_a_repetition_does_not() {
    let mut shipment = shipment(Stage::Ready);
    shipment.note_trouble("down".into(), Duration::ZERO, 0, at(0));
    shipment.apply(Event::Release, at(1)).unwrap();
    assert!(shipment.trouble.is_some());
    shipment.apply(Event::Rate { chosen: chosen(), fingerprint: 1 }, at(2)).unwrap();
    assert_eq!(shipment.trouble, None);
}

#[test]
fn trouble_that_comes_too_late_is_none() {
    for stage in stages() {
        let at_rest = matches!(
            stage,
            Stage::Delivered { .. }
                | Stage::Blocked { .. }
                | Stage::Cancelled { voided: None | Some((_, domain::stage::Void::Refunded)) }
                | Stage::ShippedElsewhere
        );
        let mut shipment = shipment(stage.clone());
        shipment.note_trouble("down".into(), Duration::ZERO, 0, at(0));
        assert_eq!(shipment.trouble.is_none(), at_rest, "{}", name(&stage));
    }
}

#[test]
fn history_tells_the_moves() {
    let mut shipment = shipment(Stage::Ready);
    shipment.apply(Event::Release, at(1)).unwrap();
    shipment.apply(Event::Rate { chosen: chosen(), fingerprint: 1 }, at(2)).unwrap();
    shipment.apply(Event::Cancel, at(3)).unwrap();
    shipment.apply(Event::Cancel, at(4)).unwrap();
    let moves: Vec<_> = shipment.history.iter().map(|moment| (moment.at, moment.stage.as_str())).collect();
    assert_eq!(moves, [(at(0), "ready"), (at(2), "rated"), (at(3), "cancelled")]);
}

#[test]
fn what_is_refused_changes_nothing() {
    for stage in stages() {
        for event in crate::support::events() {
            let before = shipment(stage.clone());
            let mut after = before.clone();
            if after.apply(event.clone(), at(50)).is_err() {
                assert_eq!(after, before, "{} in {}", event.name(), name(&stage));
            }
        }
    }
}
