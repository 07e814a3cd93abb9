//! Exceptions open and close by their conditions.

use std::time::Duration;

use domain::exception::{Ends, ExceptionKind, Priority};
use domain::message::{ChangeSource, Message};
use domain::order::OrderStatus;
use domain::purchase::PurchaseState;
use domain::recipient::Language;
use domain::stage::Stage;

use crate::support::{HOUR, at, label, name, open, order_in, purchase, record, stages, synced, task};

use ExceptionKind as K;

/// Those that end when the shipment is no longer blocked by them.
fn blocking() -> impl Iterator<Item = ExceptionKind> {
    ExceptionKind::ALL.iter().copied().filter(|kind| kind.facts().ends == Ends::WhenUnblocked)
}

/// The stages in which an exception of this kind stays open, told nothing else.
fn stays_in(kind: ExceptionKind) -> Vec<&'static str> {
    let all: Vec<_> = stages().iter().map(name).collect();
    let without = |gone: &[&str]| all.iter().copied().filter(|stage| !gone.contains(stage)).collect();
    const OVER: [&str; 5] = [
        "delivered",
        "cancelled",
        "cancelled, refund under way",
        "cancelled with label",
        "shipped_elsewhere",
    ];
    match kind.facts().ends {
        Ends::WhenRateIsGivenUp => without(&[&OVER[..], &["held", "ready"]].concat()),
        Ends::WhenShipmentIsOver => without(&OVER),
        // What ends these is not in the shipment.
        Ends::Never | Ends::ByStep | Ends::WhenOrderIsUploaded => all,
        // Their conditions do not hold, or no shipment can have them.
        Ends::WhenUnblocked
        | Ends::WhenOutageEnds
        | Ends::WhenUnstuck
        | Ends::WhenPurchaseIsKnown
        | Ends::WhenOrderIsDispatched
        | Ends::ByTime
        | Ends::OfOrder
        | Ends::OfShop => vec![],
    }
}

#[test]
fn in_every_stage() {
    for &kind in ExceptionKind::ALL {
        for stage in stages() {
            let before = name(&stage);
            let mut record = record(stage.clone());
            // A stage that is blocked by this kind is tested by itself.
            if matches!(&stage, Stage::Blocked { why, .. } if *why == kind) {
                continue;
            }
            record.open_exception(kind, Some(&task().shipment), "told", at(0));
            record.refresh_exceptions(at(5));
            let stays = stays_in(kind).contains(&before);
            assert_eq!(!open(&record).is_empty(), stays, "{kind:?} in {before}");
            let closed_at = record.exceptions[0].closed_at;
            assert_eq!(closed_at, (!stays).then_some(at(5)), "{kind:?} in {before}: closed, never lost");
        }
    }
}

#[test]
fn what_blocks_stays_until_the_shipment_goes_on() {
    assert!(blocking().count() >= 18);
    for why in blocking() {
        let mut record = record(Stage::Ready);
        record.block(&task().shipment, why, "told", at(1)).unwrap();
        record.refresh_exceptions(at(2));
        assert_eq!(open(&record), [why]);
        let shipment = record.shipment_mut(&task().shipment).unwrap();
        shipment.apply(domain::stage::Event::Release, at(3)).unwrap();
        record.refresh_exceptions(at(3));
        assert_eq!(open(&record), [], "{why:?}");
    }
}

#[test]
fn a_shipment_without_stock_waits_for_it_and_no_longer_than_its_order() {
    let stopped = |status: OrderStatus| {
        let mut record = record(Stage::Ready);
        record.block(&task().shipment, K::OutOfStock, "SKU mug: 2 needed, 0 in stock.", at(1)).unwrap();
        synced(Some(record), order_in(status)).0
    };
    let waits = stopped(OrderStatus::AwaitingShipment);
    assert_eq!(open(&waits), [K::OutOfStock]);
    assert!(waits.shipments[0].awaits_stock());
    assert_eq!(waits.due_at(), Some(at(1 + HOUR)), "a restock tells nothing: somebody has to look");

    let mut again = waits.clone();
    let message = again.shipments[0].on_timer(&task().key, at(1 + HOUR));
    assert_eq!(message, Message::order_change(task().key, ChangeSource::Timer));
    assert_eq!(again.due_at(), Some(at(1 + 2 * HOUR)));
    assert!(!again.shipments[0].is_stuck());

    for over in [OrderStatus::Cancelled, OrderStatus::InTransit] {
        let over = stopped(over);
        assert_eq!((open(&over), over.due_at()), (vec![], None));
    }
}

#[test]
fn another_reason_takes_the_place_of_the_first() {
    let mut record = record(Stage::Ready);
    record.block(&task().shipment, K::WeightUnknown, "told", at(1)).unwrap();
    record.block(&task().shipment, K::NoRate, "told", at(2)).unwrap();
    assert_eq!(open(&record), [K::NoRate]);
}

#[test]
fn a_block_that_is_illegal_opens_nothing() {
    let mut record = record(Stage::ShippedElsewhere);
    assert!(record.block(&task().shipment, K::NoRate, "told", at(1)).is_err());
    assert_eq!(open(&record), []);
}

#[test]
fn an_unknown_purchase_is_open_until_it_is_known() {
    let buying = Stage::Buying { intent: domain::stage::PurchaseIntent::Ship, fingerprint: 1 };
    for state in crate::support::purchase_states() {
        let mut record = record(buying.clone());
        record.shipments[0].ledger = vec![purchase(state.clone())];
        record.open_exception(K::PurchaseUnknown, Some(&task().shipment), "told", at(0));
        record.refresh_exceptions(at(1));
        let unknown = matches!(state, PurchaseState::Unknown { .. });
        assert_eq!(!open(&record).is_empty(), unknown, "{state:?}");
    }
}

#[test]
fn a_fault_outside_is_open_while_the_trouble_lasts() {
    for kind in [K::ServiceUnavailable, K::ShopUnauthorized] {
        let mut record = record(Stage::Ready);
        record.shipments[0].record_failure("down".into(), Duration::ZERO, 0, at(0));
        record.open_exception(kind, Some(&task().shipment), "down", at(0));
        record.refresh_exceptions(at(1));
        assert_eq!(open(&record), [kind]);
        record.block(&task().shipment, K::NoRate, "told", at(2)).unwrap();
        assert_eq!(open(&record), [K::NoRate]);
        // The step that was put off reports back late.
        record.shipments[0].record_failure("down".into(), Duration::ZERO, 0, at(3));
        record.open_exception(kind, Some(&task().shipment), "down", at(3));
        record.refresh_exceptions(at(3));
        assert_eq!(open(&record), [K::NoRate]);
    }
}

#[test]
fn stuck_ends_with_the_first_move_and_with_the_file() {
    let stuck = |stage: Stage| {
        let mut record = record(stage);
        record.shipments[0].timer_fires = 3;
        record.open_exception(K::Stuck, Some(&task().shipment), "told", at(0));
        record.refresh_exceptions(at(1));
        assert_eq!(open(&record), [K::Stuck]);
        record
    };
    let mut moved = stuck(Stage::Ready);
    moved.shipments[0].apply(domain::stage::Event::Cancel, at(2)).unwrap();
    moved.refresh_exceptions(at(2));
    assert_eq!(open(&moved), []);

    let mut kept = stuck(Stage::Uploaded { label: label(), upload: crate::support::upload() });
    kept.shipments[0].apply(domain::stage::Event::KeepFile { name: "5770-1.pdf".into() }, at(2)).unwrap();
    kept.refresh_exceptions(at(2));
    assert_eq!(open(&kept), []);
}

#[test]
fn opening_again_keeps_the_age_and_closing_keeps_the_entry() {
    let mut record = record(Stage::Ready);
    let shipment = task().shipment;
    record.open_exception(K::VoidRefused, Some(&shipment), "first", at(0));
    record.open_exception(K::VoidRefused, Some(&shipment), "second", at(9));
    record.open_exception(K::VoidRefused, None, "the order's", at(9));
    assert_eq!(open(&record), [K::VoidRefused, K::VoidRefused]);
    assert_eq!((record.exceptions[0].opened_at, record.exceptions[0].detail.as_str()), (at(0), "second"));
    record.close_exception(K::VoidRefused, Some(&shipment), at(20));
    record.close_exception(K::VoidRefused, Some(&shipment), at(30));
    record.open_exception(K::VoidRefused, Some(&shipment), "third", at(40));
    let times: Vec<_> = record.exceptions.iter().map(|e| (e.opened_at, e.closed_at)).collect();
    assert_eq!(times, [(at(0), Some(at(20))), (at(9), None), (at(40), None)]);
}

/// The stored form knows every kind: serde names them when it meets one that it does not know.
#[test]
fn the_list_of_kinds_is_complete() {
    let unknown = serde_json::from_str::<ExceptionKind>("\"no_such_kind\"").unwrap_err().to_string();
    let mut stored: Vec<&str> = unknown.split('`').skip(3).step_by(2).collect();
    let mut listed: Vec<&str> = ExceptionKind::ALL.iter().map(|kind| kind.name()).collect();
    assert!(stored.len() > 30, "{unknown}");
    stored.sort_unstable();
    listed.sort_unstable();
    assert_eq!(listed, stored);
}

/// Which kind has which priority is in the snapshots of the texts.
#[test]
fn what_blocks_an_order_is_more_than_a_notice() {
    assert!(Priority::Notice < Priority::Blocking && Priority::Blocking < Priority::Urgent);
    for kind in blocking() {
        assert_ne!(kind.priority(), Priority::Notice, "{kind:?}");
    }
}

#[test]
fn advice_is_written_in_sentences() {
    for &kind in ExceptionKind::ALL {
        assert!(kind.advice(Language::English).ends_with('.'), "{kind:?}");
    }
}
