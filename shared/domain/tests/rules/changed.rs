//! An order whose address, units or warehouse change.

use domain::WarehouseId;
use domain::address::Address;
use domain::exception::ExceptionKind;
use domain::message::Message;
use domain::order::{Order, OrderStatus};
use domain::record::OrderRecord;
use domain::stage::{PurchaseIntent, Stage};

use crate::support::{at, chosen, item, label, name, open, order, recipient, record, stages, synced, task};

fn readdressed() -> Order {
    let recipient = Some(Address { street1: "14 Elm Street".into(), ..recipient() });
    Order { recipient, ..order() }
}

fn rated() -> Stage {
    Stage::Rated { chosen: chosen(), fingerprint: order().parcel_fingerprint() }
}

fn blocked(why: ExceptionKind) -> OrderRecord {
    let mut record = record(Stage::Ready);
    record.block(&task().shipment, why, "told", at(5)).unwrap();
    record
}

#[test]
fn before_the_purchase_it_is_rated_again() {
    let (record, messages) = synced(Some(record(rated())), readdressed());
    assert_eq!(record.shipments[0].stage, Stage::Ready);
    assert_eq!(messages, [Message::RateRequest(task())]);
}

#[test]
fn during_the_purchase_nothing_is_given_up() {
    let buying = Stage::Buying { intent: PurchaseIntent::Ship, fingerprint: order().parcel_fingerprint() };
    let (record, messages) = synced(Some(record(buying.clone())), readdressed());
    assert_eq!(record.shipments[0].stage, buying);
    assert_eq!(messages, [Message::LabelRequest(task())]);
}

#[test]
fn after_the_purchase_a_person_decides() {
    let (record, messages) = synced(Some(record(Stage::Labelled { label: label() })), readdressed());
    let why = ExceptionKind::ChangedAfterLabel;
    assert_eq!(record.shipments[0].stage, Stage::Blocked { why, label: Some(label()) });
    assert_eq!((open(&record), messages), (vec![why], vec![]));
}

#[test]
fn a_cancelled_unit_leaves_the_parcel() {
    let mut order = order();
    order.items[0].status = OrderStatus::Cancelled;
    let check = |stage: Stage, expect: &str, units: usize| {
        let (record, _) = synced(Some(record(stage)), order.clone());
        let shipment = &record.shipments[0];
        assert_eq!((name(&shipment.stage), shipment.items.len()), (expect, units));
    };
    check(Stage::Ready, "ready", 1);
    check(rated(), "ready", 1);
    check(Stage::Blocked { why: ExceptionKind::NoRate, label: None }, "blocked", 1);
    check(Stage::Labelled { label: label() }, "blocked with label", 2);
}

#[test]
fn another_warehouse_is_another_rate() {
    let order = Order { warehouse: Some(WarehouseId::new("east")), ..order() };
    let (record, messages) = synced(Some(record(rated())), order);
    assert_eq!(record.shipments[0].stage, Stage::Ready);
    assert_eq!(record.shipments[0].warehouse, Some(WarehouseId::new("east")));
    assert_eq!(messages, [Message::RateRequest(task())]);
}

#[test]
fn the_order_of_the_units_means_nothing() {
    let mut turned = order();
    turned.items.reverse();
    for stage in stages() {
        let (straight, sent) = synced(Some(record(stage.clone())), order());
        let (reversed, sent_too) = synced(Some(record(stage)), turned.clone());
        assert_eq!((&reversed.shipments, sent_too), (&straight.shipments, sent));
    }
}

#[test]
fn the_fingerprint_is_that_of_the_parcel_and_its_destination() {
    let same = |change: &dyn Fn(&mut Order)| {
        let mut order = order();
        change(&mut order);
        order.parcel_fingerprint() == self::order().parcel_fingerprint()
    };
    assert!(same(&|order| order.cancel_requested = true));
    assert!(same(&|order| order.updated_at = at(900)));
    assert!(same(&|order| order.recipient.as_mut().unwrap().phone = "+1 555 0199".into()));
    assert!(!same(&|order| order.items.truncate(1)));
    assert!(!same(&|order| order.items.push(item("unit-3"))));
    assert!(!same(&|order| order.items[0].tracking = Some("1Z".into())));
    assert!(!same(&|order| order.recipient = None));
    let parts: [fn(&mut Address) -> &mut String; 7] = [
        |to| &mut to.name,
        |to| &mut to.street1,
        |to| &mut to.street2,
        |to| &mut to.city,
        |to| &mut to.state,
        |to| &mut to.postal_code,
        |to| &mut to.country,
    ];
    for part in parts {
        assert!(!same(&|order| part(order.recipient.as_mut().unwrap()).push('x')));
    }
    // The end of one field is not the beginning of the next.
    let moved = same(&|order| {
        let to = order.recipient.as_mut().unwrap();
        (to.street1, to.street2) = ("12 Elm".into(), " Street".into());
    });
    assert!(!moved);
}

#[test]
fn a_corrected_address_releases_the_shipment() {
    use ExceptionKind::{AddressIncomplete, AddressMismatch, AddressUndeliverable};
    use ExceptionKind::{AddressUnprintable, CustomsFormNeeded};
    let kinds =
        [AddressIncomplete, AddressMismatch, AddressUndeliverable, AddressUnprintable, CustomsFormNeeded];
    for why in kinds {
        let (record, messages) = synced(Some(blocked(why)), readdressed());
        assert_eq!(record.shipments[0].stage, Stage::Ready, "{why:?}, whatever update_time says");
        assert_eq!((open(&record), messages), (vec![], vec![Message::RateRequest(task())]));

        let (record, _) = synced(Some(blocked(why)), Order { updated_at: at(6), ..order() });
        assert_eq!(record.shipments[0].stage, Stage::Ready, "{why:?}, changed after the stop");

        let (record, messages) = synced(Some(blocked(why)), order());
        assert_eq!(name(&record.shipments[0].stage), "blocked", "{why:?}, not corrected");
        assert_eq!((open(&record), messages), (vec![why], vec![]));
    }
}

#[test]
fn an_address_mends_nothing_else() {
    use ExceptionKind::{
        NoRate, OutOfStock, PriceIncreased, PriceTooHigh, PurchaseRefused, WarehouseUnknown, WeightUnknown,
    };
    for why in
        [NoRate, OutOfStock, PriceIncreased, PriceTooHigh, PurchaseRefused, WarehouseUnknown, WeightUnknown]
    {
        let (record, messages) = synced(Some(blocked(why)), readdressed());
        assert_eq!(name(&record.shipments[0].stage), "blocked", "{why:?}");
        assert_eq!((open(&record), messages), (vec![why], vec![]));
    }
}
