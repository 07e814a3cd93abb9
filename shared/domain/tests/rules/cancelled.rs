//! A cancelled order, in every stage; and a wish to cancel.

use domain::CancelId;
use domain::exception::ExceptionKind;
use domain::hold::HoldReason;
use domain::message::Message;
use domain::order::{Order, OrderStatus};
use domain::purchase::{PurchaseEvent, PurchaseState};
use domain::record::{CancellationRequest, CancellationResponse};
use domain::stage::{Event, PurchaseIntent, Stage, Void};

use crate::support::{HOUR, at, label, name, open, order, order_in, record, stages, synced, task};

#[test]
fn in_every_stage() {
    for stage in stages() {
        let before = name(&stage);
        let label_request = vec![Message::LabelRequest(task())];
        let (expect, messages) = match before {
            // A label of the platform ends with its order.
            "held" | "ready" | "rated" | "label_pending" | "blocked" | "cancelled" => ("cancelled", vec![]),
            // Seen through, then voided.
            "buying" | "buying to void" => ("buying to void", label_request),
            "labelled" | "uploaded" | "blocked with label" | "voiding" => ("voiding", label_request),
            "scanned"
            | "delivered"
            | "cancelled, refund under way"
            | "cancelled with label"
            | "shipped_elsewhere" => (before, vec![]),
            other => panic!("{other}"),
        };
        let (record, sent) = synced(Some(record(stage)), order_in(OrderStatus::Cancelled));
        assert_eq!(name(&record.shipments[0].stage), expect, "{before}");
        assert_eq!(sent, messages, "{before}");
        let exceptions: &[_] = if before == "scanned" { &[ExceptionKind::CancelledAfterScan] } else { &[] };
        assert_eq!(open(&record), exceptions, "{before}");
        assert_eq!(record.deadline, None, "{before}");
    }
}

#[test]
fn during_the_purchase_the_label_is_voided_when_it_comes() {
    let buying = Stage::Buying { intent: PurchaseIntent::Ship, fingerprint: 1 };
    let (mut record, _) = synced(Some(record(buying)), order_in(OrderStatus::Cancelled));
    let shipment = &mut record.shipments[0];
    shipment.purchase_event(PurchaseEvent::Bought, at(20)).unwrap();
    shipment.apply(Event::Label { label: Box::new(label()) }, at(20)).unwrap();
    assert_eq!(shipment.stage, Stage::Voiding { label: label() });
    shipment.apply(Event::Voided { outcome: Void::Submitted }, at(30)).unwrap();
    assert_eq!(shipment.stage, Stage::Cancelled { voided: Some((label(), Void::Submitted)) });
    assert!(matches!(shipment.ledger[0].state, PurchaseState::Bought { .. }));
}

#[test]
fn when_every_unit_is_cancelled() {
    let mut order = order();
    for unit in &mut order.items {
        unit.status = OrderStatus::Cancelled;
    }
    let (record, messages) = synced(Some(record(Stage::Labelled { label: label() })), order);
    assert_eq!(name(&record.shipments[0].stage), "voiding");
    assert_eq!(messages, [Message::LabelRequest(task())]);
}

#[test]
fn a_wish_to_cancel_stops_what_is_not_bought() {
    let wish = Order { cancel_requested: true, ..order() };
    for stage in stages() {
        let before = name(&stage);
        let (record, messages) = synced(Some(record(stage.clone())), wish.clone());
        let now = &record.shipments[0].stage;
        match before {
            "held" | "ready" | "rated" => {
                assert_eq!(now, &Stage::Held { until: None, why: HoldReason::CancelRequested });
                assert_eq!(messages, [], "{before}");
            }
            _ => assert_eq!(now, &stage),
        }
        assert!(
            !messages.iter().any(|message| matches!(message, Message::TrackingUpload(_))),
            "{before}: in the United States an upload would reject the wish"
        );
    }
}

#[test]
fn a_wish_that_is_withdrawn_lets_the_order_go_on() {
    let (held, _) = synced(Some(record(Stage::Ready)), Order { cancel_requested: true, ..order() });
    assert_eq!(open(&held), [ExceptionKind::CancelRequested], "the seller is told");
    let (record, messages) = synced(Some(held), order());
    assert_eq!(open(&record), []);
    assert_eq!(record.shipments[0].stage, Stage::Ready);
    assert_eq!(messages, [Message::RateRequest(task())]);
}

/// A request as TikTok lists it.
fn listed(respond_by: Option<i64>) -> CancellationRequest {
    CancellationRequest { id: CancelId::new("4035"), respond_by: respond_by.map(at) }
}

#[test]
fn a_request_names_the_time_for_its_answer() {
    let asked = Order { cancel_requested: true, ..order() };
    let (mut record, _) = synced(None, asked.clone());
    assert!(record.lacks_cancellation());
    assert!(record.note_cancellation(listed(None), at(11)));
    assert!(record.lacks_cancellation(), "TikTok may tell the time later");
    assert!(record.note_cancellation(listed(Some(48 * HOUR)), at(12)));
    assert!(!record.lacks_cancellation());
    let by = at(48 * HOUR).strftime("%Y-%m-%d %H:%M UTC");
    let detail = format!("The buyer asked to cancel; TikTok expects an answer by {by}.");
    assert_eq!((record.exceptions.len(), record.exceptions[0].detail.as_str()), (1, detail.as_str()));
    assert!(!record.note_cancellation(listed(Some(48 * HOUR)), at(13)), "it is known");

    let (again, _) = synced(Some(record.clone()), asked);
    assert_eq!(again.exceptions, record.exceptions, "a read-back takes nothing of it away");
    record.refresh_exceptions(at(43 * HOUR));
    assert!(open(&record).contains(&ExceptionKind::CancellationResponseDue));
}

#[test]
fn a_request_that_is_withdrawn_or_answered_is_not_noted() {
    let asked = Order { cancel_requested: true, ..order() };
    let (record, _) = synced(None, asked);
    let (mut withdrawn, _) = synced(Some(record.clone()), order());
    let mut answered = record;
    answered.overrides.cancellation_response = Some(CancellationResponse::Ship);
    for record in [&mut withdrawn, &mut answered] {
        assert!(!record.lacks_cancellation());
        assert!(!record.note_cancellation(listed(Some(HOUR)), at(11)));
        assert_eq!(record.cancellation, None);
    }
}
