//! An order that TikTok holds as shipped: by us, or by someone else.

use domain::PackageId;
use domain::exception::ExceptionKind;
use domain::message::Message;
use domain::order::{Order, OrderStatus};
use domain::stage::{Stage, Upload};

use crate::support::{at, label, name, open, order, order_in, record, stages, synced, task, tracked, upload};

/// What each stage becomes when TikTok holds our number, by the order's status.
#[test]
fn with_our_number() {
    use OrderStatus::{AwaitingCollection, Completed, Delivered, InTransit};
    for stage in stages() {
        let before = name(&stage);
        let check = |status: OrderStatus, expect: &str| {
            let (record, _) = synced(Some(record(stage.clone())), order_in(status.clone()));
            assert_eq!(name(&record.shipments[0].stage), expect, "{before} and {status:?}");
        };
        let [collection, transit, delivered] = match before {
            "held" | "ready" | "rated" | "blocked" => ["shipped_elsewhere"; 3],
            "buying" => ["buying to void"; 3],
            "labelled" | "uploaded" | "blocked with label" => ["uploaded", "scanned", "delivered"],
            "scanned" => ["scanned", "scanned", "delivered"],
            _ => [before; 3],
        };
        check(AwaitingCollection, collection);
        check(InTransit, transit);
        check(Delivered, delivered);
        check(Completed, delivered);
    }
}

#[test]
fn our_number_at_tiktok_is_an_upload() {
    let shipped = order_in(OrderStatus::AwaitingCollection);
    let (record, messages) = synced(Some(record(Stage::Labelled { label: label() })), shipped);
    let upload = Upload { at: at(10), package: Some(PackageId::new("package")), warning: None };
    assert_eq!(record.shipments[0].stage, Stage::Uploaded { label: label(), upload });
    assert_eq!(messages, []);
}

#[test]
fn a_status_that_lags_behind_the_number_does_not_hide_it() {
    let lagging =
        Order { status: OrderStatus::AwaitingShipment, ..tracked(order(), label().tracking.as_str()) };
    let (record, messages) = synced(Some(record(Stage::Labelled { label: label() })), lagging);
    assert_eq!(name(&record.shipments[0].stage), "uploaded");
    assert_eq!(messages, []);
}

#[test]
fn an_upload_that_was_refused_is_forgotten_when_the_number_is_there() {
    let mut stored = record(Stage::Labelled { label: label() });
    stored.block(&task().shipment, ExceptionKind::UploadRefused, "told", at(5)).unwrap();
    let (record, _) = synced(Some(stored), order_in(OrderStatus::AwaitingCollection));
    assert_eq!((name(&record.shipments[0].stage), open(&record)), ("uploaded", vec![]));
}

#[test]
fn with_another_number() {
    let elsewhere = tracked(order_in(OrderStatus::AwaitingCollection), "1Z999AA10123456784");
    for stage in stages() {
        let before = name(&stage);
        let expect = match before {
            "held" | "ready" | "rated" | "blocked" => "shipped_elsewhere",
            "buying" => "buying to void",
            "labelled" => "blocked with label",
            _ => before,
        };
        let (record, messages) = synced(Some(record(stage)), elsewhere.clone());
        assert_eq!(name(&record.shipments[0].stage), expect, "{before}");
        let exceptions: &[_] = if before == "labelled" { &[ExceptionKind::ShippedElsewhere] } else { &[] };
        assert_eq!(open(&record), exceptions, "{before}");
        let seen_through = ["buying to void", "voiding"].contains(&expect);
        let messages_expected = if seen_through { vec![Message::LabelRequest(task())] } else { vec![] };
        assert_eq!(messages, messages_expected, "{before}");
    }
}

#[test]
fn a_label_that_is_not_used_stays_with_a_person_until_it_is_voided() {
    let elsewhere = tracked(order_in(OrderStatus::AwaitingCollection), "1Z999AA10123456784");
    let (record, _) = synced(Some(record(Stage::Labelled { label: label() })), elsewhere);
    for status in [OrderStatus::InTransit, OrderStatus::Delivered] {
        let order = tracked(order_in(status), "1Z999AA10123456784");
        let (later, _) = synced(Some(record.clone()), order);
        assert_eq!(open(&later), [ExceptionKind::ShippedElsewhere]);
        assert_eq!(name(&later.shipments[0].stage), "blocked with label");
    }
}

#[test]
fn without_a_number_nothing_is_concluded_at_once() {
    let mut silent = order_in(OrderStatus::AwaitingCollection);
    for unit in &mut silent.items {
        unit.tracking = None;
    }
    let (after, messages) = synced(Some(record(Stage::Labelled { label: label() })), silent.clone());
    assert_eq!((name(&after.shipments[0].stage), messages), ("labelled", vec![]));
    // The timer rang, and there still is none.
    let mut timer_fires = after;
    timer_fires.shipments[0].on_timer(&task().key, at(100));
    assert!(timer_fires.shipments[0].is_stuck());
    let (after, messages) = synced(Some(timer_fires), silent.clone());
    assert_eq!((name(&after.shipments[0].stage), messages), ("uploaded", vec![]));
    assert_eq!(open(&after), [ExceptionKind::UploadWarning]);
    assert!(!after.shipments[0].is_stuck());

    let uploaded = Stage::Uploaded { label: label(), upload: upload() };
    silent.status = OrderStatus::InTransit;
    let (after, _) = synced(Some(record(uploaded)), silent);
    assert_eq!(name(&after.shipments[0].stage), "scanned", "the status alone tells of the scan");
}
