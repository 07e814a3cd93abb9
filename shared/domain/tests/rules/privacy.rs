//! No person is seen in a log.

use domain::Private;
use domain::exception::ExceptionKind;
use domain::purchase::{PurchaseEvent, PurchaseState};
use domain::rates::{CarrierMessage, Quotes};
use domain::record::OrderRecord;

use crate::filter::quotes;
use crate::support::{at, name, order, purchase, record, stages, synced};

const SECRETS: [&str; 9] = [
    "Ann Example",
    "12 Elm Street",
    "Reno",
    "89501",
    "555 0100",
    "ring twice",
    "A friend",
    "labels.example",
    "key-of-the-shop",
];

#[track_caller]
fn check(shown: &str) {
    for secret in SECRETS {
        assert!(!shown.contains(secret), "{secret} in {shown}");
    }
}

#[test]
fn in_a_record_of_any_stage() {
    for stage in stages() {
        check(name(&stage));
        let record: OrderRecord = record(stage);
        check(&format!("{record:?} {record:#?}"));
        let (synced, messages) = synced(Some(record), order());
        check(&format!("{:?} {messages:?}", synced.exceptions));
    }
}

#[test]
fn in_a_carriers_words() {
    let text = "no service to 12 Elm Street, Reno 89501".to_owned();
    let messages = vec![CarrierMessage { carrier: "DhlEcs".into(), text }];
    check(&format!("{:?}", Quotes { messages, ..quotes(Vec::new()) }));
}

#[test]
fn in_a_refused_event() {
    let mut purchase =
        purchase(PurchaseState::Rejected { at: at(0), reason: "Ann Example owes us money".into() });
    let reason = "12 Elm Street".to_owned();
    let error = purchase.apply(PurchaseEvent::Rejected { reason }, at(1)).unwrap_err();
    check(&format!("{error} {error:?}"));
}

#[test]
fn in_the_details_that_sync_writes() {
    let mut shipped = order();
    shipped.items.clear();
    let (record, _) = synced(None, shipped);
    let exception = record.open_exceptions().next().unwrap();
    assert_eq!(exception.kind, ExceptionKind::NotSupported);
    check(&exception.detail);
}

#[test]
fn in_a_shop() {
    let shop = domain::shop::Shop {
        id: domain::ShopId::new("shop"),
        name: "Mugs".into(),
        market: domain::market::Market::united_states(),
        seller: domain::shop::SellerType::Local,
        cipher: Private::from("key-of-the-shop"),
        account: "account".into(),
        authorization: domain::shop::Authorization::Granted,
        warehouses: vec![domain::shop::Warehouse {
            id: domain::WarehouseId::new("warehouse"),
            address: crate::support::recipient(),
            is_default: false,
        }],
        warehouses_read_at: at(0),
        connected_at: at(0),
        poll: domain::polling::PollState::new(at(0)),
        monitor: domain::shop::ShopMonitor::default(),
    };
    check(&format!("{shop:?}"));
    let warehouse = shop.warehouse(None).map(|warehouse| warehouse.id.as_str());
    assert_eq!(warehouse, Some("warehouse"), "the only one stands in for the default");
    assert_eq!(shop.warehouse(Some(&domain::WarehouseId::new("gone"))), None);
}
