//! No unfinished shipment is without a timer.

use std::collections::BTreeSet;
use std::time::Duration;

use domain::PurchaseKey;
use domain::hold::HoldReason;
use domain::message::{ChangeSource, Message};
use domain::shipment::Shipment;
use domain::stage::{Event, Stage, Void};

use crate::support::{
    HOUR, at, chosen, events, label, name, purchase_events, purchase_states, record, shipment, stages, task,
    upload,
};

/// The stages that nobody has to look after: over, or waiting for a person.
const AT_REST: [&str; 6] =
    ["delivered", "blocked", "blocked with label", "cancelled", "cancelled with label", "shipped_elsewhere"];

#[track_caller]
fn check(shipment: &Shipment, how: &str) {
    let stage = name(&shipment.stage);
    assert_eq!(shipment.next_check_at.is_none(), AT_REST.contains(&stage), "{stage} after {how}");
}

/// All that can be done to a shipment in one step.
fn steps(shipment: &Shipment) -> Vec<(String, Shipment)> {
    let submitted = Event::Voided { outcome: Void::Submitted };
    let mut after: Vec<(String, Shipment)> = Vec::new();
    let mut take = |how: String, change: &dyn Fn(&mut Shipment) -> bool| {
        let mut next = shipment.clone();
        if change(&mut next) {
            after.push((how, next));
        }
    };
    // A purchase begins with an entry in the ledger; `Buy` alone is never applied.
    for event in events().into_iter().chain([submitted]).filter(|event| *event != Event::Buy) {
        take(event.name().into(), &|next| next.apply(event.clone(), at(20)).is_ok());
    }
    take("begin_purchase".into(), &|next| {
        next.begin_purchase(PurchaseKey::new("key"), chosen(), at(20)).is_ok()
    });
    for event in purchase_events() {
        take(event.name().into(), &|next| next.purchase_event(event.clone(), at(20)).is_ok());
    }
    take("ring".into(), &|next| {
        next.on_timer(&task().key, at(20));
        true
    });
    take("outage".into(), &|next| {
        next.record_failure("down".into(), Duration::ZERO, 0, at(20));
        true
    });
    take("pause".into(), &|next| next.await_turn(Duration::from_secs(600), at(20)));
    take("waiting message".into(), &|next| {
        next.await_message(at(20));
        true
    });
    after
}

/// A pause moves the timer behind it and counts nothing; one that ends before the timer fires costs no commit.
#[test]
fn who_waits_for_a_turn_is_not_failing() {
    let mut waiting = shipment(Stage::Ready);
    waiting.reschedule(at(0));
    let due = waiting.next_check_at;
    assert!(!waiting.await_turn(Duration::from_secs(30), at(0)), "the timer fires after 90 s");
    assert_eq!(waiting.next_check_at, due);

    assert!(waiting.await_turn(Duration::from_secs(600), at(0)));
    assert_eq!(waiting.next_check_at, Some(at(690)), "a message that is lost is found then");
    assert!(!waiting.await_turn(Duration::from_secs(599), at(1)), "once is enough");
    assert_eq!((waiting.timer_fires, &waiting.outage), (0, &None));

    // What failed before the pause has not failed during it.
    waiting.record_failure("down".into(), Duration::ZERO, 0, at(700));
    assert!(waiting.await_turn(Duration::from_secs(600), at(700)));
    waiting.record_failure("down".into(), Duration::ZERO, 0, at(1_310));
    assert!(!waiting.is_failing_too_long(at(1_310)));
    assert!(waiting.is_failing_too_long(at(1_410)));
}

#[test]
fn every_reachable_shipment_has_its_timer() {
    let new = shipment(Stage::Ready);
    check(&new, "new");
    let mut seen: BTreeSet<String> = BTreeSet::new();
    let mut reached: BTreeSet<&str> = BTreeSet::new();
    let mut open = vec![new];
    while let Some(shipment) = open.pop() {
        reached.insert(name(&shipment.stage));
        for (how, next) in steps(&shipment) {
            check(&next, &how);
            let state = next.ledger.last().map(|purchase| purchase.state.name());
            // Repetition changes counters only; they are cut off so that the walk ends.
            let place = format!(
                "{} {state:?} {} {}",
                name(&next.stage),
                next.timer_fires.min(3),
                next.outage.is_some()
            );
            if seen.insert(place) {
                open.push(next);
            }
        }
    }
    let all: BTreeSet<&str> = stages().iter().map(name).collect();
    assert_eq!(reached, all, "the walk comes to every stage");
}

#[test]
fn every_stage_keeps_its_timer_after_every_event() {
    for stage in stages() {
        for state in purchase_states() {
            let mut shipment = shipment(stage.clone());
            if let Stage::Buying { .. } = stage {
                shipment.ledger = vec![crate::support::purchase(state)];
            }
            for (how, next) in steps(&shipment) {
                check(&next, &format!("{how} in {}", name(&stage)));
            }
        }
    }
}

#[test]
fn a_ring_backs_off_and_a_shipment_that_does_not_move_is_stuck() {
    let mut shipment = shipment(Stage::Ready);
    assert_eq!(shipment.next_check_at, Some(at(90)));
    let mut pauses = Vec::new();
    for timer_fires in 1..=7 {
        shipment.on_timer(&task().key, at(0));
        pauses.push(shipment.next_check_at.unwrap().duration_since(at(0)).as_secs());
        assert_eq!(shipment.is_stuck(), timer_fires >= 1, "{timer_fires}");
    }
    assert_eq!(pauses, [180, 360, 720, 1440, 1800, 1800, 1800]);
    shipment.timer_fires = u32::MAX;
    shipment.on_timer(&task().key, at(0));
    assert_eq!(shipment.next_check_at, Some(at(1800)));
    shipment.apply(Event::Rate { chosen: Box::new(chosen()), fingerprint: 1 }, at(0)).unwrap();
    assert_eq!((shipment.timer_fires, shipment.is_stuck(), shipment.next_check_at), (0, false, Some(at(90))));
}

#[test]
fn who_waits_for_the_outside_world_is_not_stuck() {
    let check = |stage: Stage, stuck: bool| {
        let mut shipment = shipment(stage);
        for _ in 0..5 {
            shipment.on_timer(&task().key, at(2 * HOUR));
        }
        assert_eq!(shipment.is_stuck(), stuck, "{}", name(&shipment.stage));
    };
    check(Stage::Held { until: None, why: HoldReason::TikTokHold }, false);
    check(Stage::Held { until: Some(at(HOUR)), why: HoldReason::Remorse }, true);
    let kept = Stage::Uploaded { label: label(), upload: upload() }
        .after(Event::KeepFile { name: "5770-1.pdf".into() })
        .unwrap();
    check(kept, false);
    check(Stage::Uploaded { label: label(), upload: upload() }, true);
    check(Stage::Voiding { label: label() }, true);
}

#[test]
fn a_hold_rings_at_its_end_and_backs_off_when_nobody_answers() {
    let until = at(HOUR);
    let mut shipment = shipment(Stage::Ready);
    shipment.apply(Event::Hold { until: Some(until), why: HoldReason::Remorse }, at(0)).unwrap();
    assert_eq!(shipment.next_check_at, Some(until));
    shipment.on_timer(&task().key, until);
    assert_eq!(
        shipment.next_check_at,
        Some(at(HOUR + 180)),
        "a hold that is over does not ring without a pause"
    );
    shipment.on_timer(&task().key, at(HOUR + 180));
    shipment.on_timer(&task().key, at(HOUR + 540));
    assert!(shipment.is_stuck());
    shipment
        .apply(Event::Hold { until: Some(at(3 * HOUR)), why: HoldReason::Remorse }, at(2 * HOUR))
        .unwrap();
    assert_eq!(
        (shipment.timer_fires, shipment.next_check_at),
        (0, Some(at(3 * HOUR))),
        "another hold rings for itself"
    );
    shipment.on_timer(&task().key, at(3 * HOUR));
    shipment
        .apply(Event::Hold { until: Some(at(3 * HOUR)), why: HoldReason::Remorse }, at(3 * HOUR))
        .unwrap();
    assert_eq!(shipment.timer_fires, 1, "the same hold said again is no progress");
    assert_eq!(
        shipment.history.iter().map(|moment| moment.stage.as_str()).collect::<Vec<_>>(),
        ["ready", "held"]
    );
}

#[test]
fn a_ring_sends_to_the_step_that_can_move_it() {
    let read_back = Message::order_change(task().key, ChangeSource::Timer);
    let to_label_create = Message::LabelRequest(task());
    for stage in stages() {
        let expect = match name(&stage) {
            "buying" | "buying to void" | "label_pending" | "voiding" => &to_label_create,
            // Their labels' files are still to be fetched.
            "labelled" | "uploaded" | "scanned" => &to_label_create,
            // Its refund is under way.
            "cancelled, refund under way" => &to_label_create,
            _ => &read_back,
        };
        assert_eq!(&shipment(stage.clone()).on_timer(&task().key, at(0)), expect, "{}", name(&stage));
        if let Ok(kept) = stage.clone().after(Event::KeepFile { name: "5770-1.pdf".into() }) {
            let expect = match name(&stage) {
                "uploaded" | "scanned" => &Message::ParcelCheck(task()),
                _ => &read_back,
            };
            assert_eq!(
                &shipment(kept).on_timer(&task().key, at(0)),
                expect,
                "{} with its file",
                name(&stage)
            );
        }
    }
}

#[test]
fn an_order_is_due_with_its_earliest_timer() {
    let mut order = record(Stage::Ready);
    order.shipments[0].next_check_at = Some(at(50));
    order.shipments.push(shipment(Stage::ShippedElsewhere));
    order.shipments[1].next_check_at = None;
    assert_eq!(order.due_at(), Some(at(50)));
    order.shipments[1].next_check_at = Some(at(20));
    assert_eq!(order.due_at(), Some(at(20)));
    order.shipments.clear();
    assert_eq!(order.due_at(), None);
}
