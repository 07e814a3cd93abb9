//! What a shipment remembers: its outage and its history.

use std::time::Duration;

use domain::Timestamp;
use domain::shipment::OUTAGE_GRACE;
use domain::stage::{Event, Stage};

use crate::support::{at, chosen, name, shipment, stages};

#[test]
fn trouble_backs_off_and_keeps_its_age() {
    let mut shipment = shipment(Stage::Ready);
    let mut pauses = Vec::new();
    for attempt in 0..8 {
        pauses.push(shipment.record_failure("down".into(), Duration::ZERO, 0, at(attempt)).as_secs());
    }
    assert_eq!(pauses, [1, 2, 4, 8, 16, 32, 60, 60]);
    let outage = shipment.outage.as_ref().unwrap();
    assert_eq!((outage.since, outage.attempts, outage.last.as_str()), (at(0), 8, "down"));
    assert_eq!(shipment.next_check_at, Some(at(7 + 60 + 90)), "the timer comes after the delayed message");
}

#[test]
fn the_outside_may_ask_for_a_longer_pause() {
    let mut shipment = shipment(Stage::Ready);
    let pause = shipment.record_failure("slow down".into(), Duration::from_secs(45), 0, at(0));
    assert_eq!((pause, shipment.next_check_at), (Duration::from_secs(45), Some(at(45 + 90))));
    shipment.record_failure("never".into(), Duration::MAX, 0, at(0));
    assert_eq!(shipment.next_check_at, Some(Timestamp::MAX));
}

#[test]
fn trouble_is_borne_in_silence_for_a_while() {
    let mut shipment = shipment(Stage::Ready);
    assert!(!shipment.is_failing_too_long(at(1_000_000)));
    shipment.record_failure("down".into(), Duration::ZERO, 0, at(0));
    let limit = OUTAGE_GRACE.as_secs();
    assert!(limit < 120, "no order is over two minutes without an exception");
    assert!(!shipment.is_failing_too_long(at(limit - 1)));
    assert!(shipment.is_failing_too_long(at(limit)));
}

#[test]
fn a_move_ends_trouble_and_a_repetition_does_not() {
    let mut shipment = shipment(Stage::Ready);
    shipment.record_failure("down".into(), Duration::ZERO, 0, at(0));
    shipment.apply(Event::Release, at(1)).unwrap();
    assert!(shipment.outage.is_some());
    shipment.apply(Event::Rate { chosen: Box::new(chosen()), fingerprint: 1 }, at(2)).unwrap();
    assert_eq!(shipment.outage, None);
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
        shipment.record_failure("down".into(), Duration::ZERO, 0, at(0));
        assert_eq!(shipment.outage.is_none(), at_rest, "{}", name(&stage));
    }
}

#[test]
fn history_tells_the_moves() {
    let mut shipment = shipment(Stage::Ready);
    shipment.apply(Event::Release, at(1)).unwrap();
    shipment.apply(Event::Rate { chosen: Box::new(chosen()), fingerprint: 1 }, at(2)).unwrap();
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
