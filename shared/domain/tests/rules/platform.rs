//! Orders that ship with TikTok's own label.

use domain::address::Address;
use domain::exception::ExceptionKind;
use domain::message::Message;
use domain::order::{Order, OrderStatus, ShippingType};
use domain::purchase::{PurchaseEvent, PurchaseState};
use domain::record::{LABEL_ISSUED_WITHIN, OrderRecord};
use domain::remedy::{RemedyRefused, confirm_address, rule_out_purchase, void};
use domain::route::Route;
use domain::stage::{CostBasis, HazmatSheet, LabelFileState, PurchaseIntent, Stage};
use domain::{LabelHandle, PackageId, PurchaseKey, TrackingNumber};

use crate::support::{
    at, chosen, name, open, order, pending_label, platform_order, recipient, record, stages, synced, task,
};

/// The record of a platform order whose shipment is in `stage`.
fn platform_record(stage: Stage) -> OrderRecord {
    let mut record = record(stage);
    record.order = platform_order();
    record.route = Some(Route::CreatePackages);
    record
}

/// A platform order that TikTok shows as shipped in one package.
fn shipped(status: OrderStatus) -> Order {
    let mut order = Order { status: status.clone(), ..platform_order() };
    for item in &mut order.items {
        item.status = status.clone();
        item.package = Some(PackageId::new("1153132000009"));
    }
    order
}

#[test]
fn a_new_order_is_rated_for_the_platform_s_label() {
    let (record, messages) = synced(None, platform_order());
    assert_eq!(record.route, Some(Route::CreatePackages));
    assert_eq!(record.shipments[0].stage, Stage::Ready);
    assert_eq!(messages, [Message::RateRequest(task())]);
}

#[test]
fn another_route_throws_the_decision_away() {
    for (from, to) in [(order(), platform_order()), (platform_order(), order())] {
        let fingerprint = from.parcel_fingerprint();
        let mut rated = record(Stage::Rated { chosen: chosen(), fingerprint });
        let route = |order: &Order| match order.shipping {
            ShippingType::TikTok => Some(Route::CreatePackages),
            _ => Some(Route::MarkShipped),
        };
        (rated.order, rated.route) = (from.clone(), route(&from));
        let (again, messages) = synced(Some(rated.clone()), to.clone());
        assert_eq!((again.route, &again.shipments[0].stage), (route(&to), &Stage::Ready));
        assert_eq!(messages, [Message::RateRequest(task())]);

        let mut blocked = rated;
        blocked.shipments[0].stage = Stage::Blocked { why: ExceptionKind::LabelNotAccepted, label: None };
        blocked.open_exception(ExceptionKind::LabelNotAccepted, Some(&task().shipment), "refused", at(0));
        let (same, _) = synced(Some(blocked.clone()), from);
        assert_eq!(same.shipments[0].stage.name(), "blocked", "nothing changed");
        let (again, _) = synced(Some(blocked), to);
        assert_eq!(again.shipments[0].stage, Stage::Ready, "what stopped it was about the other label");
        assert_eq!(open(&again), []);
    }
}

#[test]
fn the_address_does_not_count_for_the_platform_s_label() {
    let masked = Address { name: "O***".into(), street1: "4** Elm".into(), ..recipient() };
    let shown = platform_order().parcel_fingerprint();
    let hidden = Order { recipient: Some(masked), ..platform_order() };
    assert_eq!(hidden.parcel_fingerprint(), shown);
    assert_eq!(Order { recipient: None, ..platform_order() }.parcel_fingerprint(), shown);
    assert_ne!(order().parcel_fingerprint(), shown, "but whose label it is");
    let mut fewer = platform_order();
    fewer.items.pop();
    assert_ne!(fewer.parcel_fingerprint(), shown, "and what is in it");
}

#[test]
fn a_label_that_somebody_else_bought_is_adopted_until_the_carrier_has_the_parcel() {
    for stage in stages() {
        let before = name(&stage);
        let (record, messages) =
            synced(Some(platform_record(stage.clone())), shipped(OrderStatus::AwaitingCollection));
        let now = &record.shipments[0].stage;
        if ["held", "ready", "rated", "blocked"].contains(&before) {
            let Stage::LabelPending { label } = now else { panic!("{before}: {now:?}") };
            assert_eq!(label.handle, LabelHandle::new("1153132000009"));
            assert_eq!((label.cost.minor, label.cost_basis), (0, CostBasis::NotTold));
            assert_eq!(messages, [Message::LabelRequest(task())], "{before}");
        } else if ["buying", "buying to void", "label_pending"].contains(&before) {
            assert_eq!(now, &stage, "its own purchase finds out whose package that is");
        }
        let (late, _) = synced(Some(platform_record(stage)), shipped(OrderStatus::InTransit));
        let is_gone = matches!(late.shipments[0].stage, Stage::ShippedElsewhere);
        assert_eq!(
            is_gone,
            ["held", "ready", "rated", "blocked", "shipped_elsewhere"].contains(&before),
            "{before}"
        );
    }
}

#[test]
fn without_its_package_a_shipped_order_is_not_adopted() {
    let mut order = shipped(OrderStatus::AwaitingCollection);
    order.items.iter_mut().for_each(|item| item.package = None);
    let (record, _) = synced(Some(platform_record(Stage::Ready)), order);
    assert_eq!(record.shipments[0].stage, Stage::ShippedElsewhere);
}

#[test]
fn a_label_that_does_not_come_is_an_exception_after_a_quarter_of_an_hour() {
    let mut waiting = platform_record(Stage::LabelPending { label: pending_label() });
    let limit = LABEL_ISSUED_WITHIN.as_secs();
    waiting.refresh_exceptions(at(limit - 60));
    assert_eq!(open(&waiting), []);
    waiting.refresh_exceptions(at(limit));
    assert_eq!(open(&waiting), [ExceptionKind::LabelNotIssued]);
    let file = LabelFileState::Pending { link: None };
    let label = pending_label().issued(TrackingNumber::new("9400"), file, HazmatSheet::None);
    assert_eq!((&label.handle, label.cost_basis), (&pending_label().handle, CostBasis::Estimated));
    waiting.shipments[0].stage = Stage::Labelled { label };
    waiting.refresh_exceptions(at(limit + 1));
    assert_eq!(open(&waiting), []);
}

#[test]
fn a_label_that_is_sold_stops_the_alarms_of_the_dispatch() {
    let (mut record, _) = synced(None, platform_order());
    assert!(record.awaits_dispatch());
    record.shipments[0].stage = Stage::LabelPending { label: pending_label() };
    assert!(!record.awaits_dispatch());
}

#[test]
fn what_the_platform_sold_is_not_voided_and_its_address_is_not_ours() {
    let refused = |stage| void(&mut platform_record(stage), at(10));
    let pending = Stage::LabelPending { label: pending_label() };
    assert_eq!(refused(pending), Err(RemedyRefused::PlatformLabel));
    let label =
        pending_label().issued(TrackingNumber::new("9400"), LabelFileState::Removed, HazmatSheet::None);
    let uploaded = Stage::Uploaded { label, upload: crate::support::upload() };
    assert_eq!(refused(uploaded), Err(RemedyRefused::PlatformLabel));
    let confirmed = confirm_address(&mut platform_record(Stage::Ready), at(10));
    assert_eq!(confirmed, Err(RemedyRefused::PlatformAddress));
}

#[test]
fn a_person_ends_an_unknown_purchase_and_nobody_else() {
    let fingerprint = platform_order().parcel_fingerprint();
    let mut buying = platform_record(Stage::Buying { intent: PurchaseIntent::Ship, fingerprint });
    assert_eq!(rule_out_purchase(&mut buying, at(10)), Err(RemedyRefused::PurchaseKnown), "it is in flight");
    buying.shipments[0].purchase_event(PurchaseEvent::Lost { why: "no answer".into() }, at(20)).unwrap();
    assert_eq!(
        rule_out_purchase(&mut buying, at(30)),
        Err(RemedyRefused::PurchaseSettling),
        "it is too early"
    );
    buying.open_exception(ExceptionKind::PurchaseUnknown, Some(&task().shipment), "No answer.", at(130));
    let messages = rule_out_purchase(&mut buying, at(140)).unwrap();
    assert_eq!(messages, [Message::LabelRequest(task())]);
    assert_eq!(buying.shipments[0].purchase().unwrap().state, PurchaseState::Intended);
    assert!(buying.shipments[0].purchase().unwrap().pretty().contains("ruled out by a person"));
    let second = buying.shipments[0].begin_purchase(PurchaseKey::new("second"), chosen(), at(150));
    assert!(second.is_err(), "it is the same purchase that goes on");
}
