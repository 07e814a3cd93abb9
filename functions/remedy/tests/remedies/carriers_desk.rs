//! Inquiries to carriers.

use std::time::{Duration, Instant};

use carriers::{PurchaseOrder, ShipRequest, Sold};
use domain::measure::Weight;
use domain::message::{Message, Queue};
use domain::parcel::Parcel;
use domain::purchase::Purchase;
use domain::rates::ChosenQuote;
use domain::remedy::Remedy;
use domain::shop::Warehouse;
use domain::stage::{CostBasis, Label, LabelFileState, Stage, Upload};
use domain::{PurchaseKey, ShopId, Timestamp};
use sim::faults::FaultRates;
use sim::tiktok::OrderStatus;

use crate::world::{RemedyWorld, US, assert_outcome};

/// An order whose label is bought and uploaded.
async fn shipped(world: &RemedyWorld) -> String {
    let order = world.order(US, OrderStatus::AwaitingShipment).await;
    let shop = world.backend.shops.load_shop(&ShopId::new(US)).await.unwrap().unwrap().value;
    let Warehouse { address: from, .. } = &shop.warehouses[0];
    let to = world.record(US, &order).await.order.recipient.unwrap();
    let parcel = Parcel { weight: Weight::parse("1", "POUND").unwrap(), dimensions: None };
    let part = world.record(US, &order).await.order.part(&[]);
    let request =
        ShipRequest { from, to: &to, parcel: &parcel, customs: None, reference: &order, part: &part };
    let deadline = Instant::now() + Duration::from_secs(10);
    let quote = world.connector.quote(&request, None, deadline).await.unwrap().quotes.remove(0);
    let (limit, asked_at) = (quote.cost, Timestamp::UNIX_EPOCH);
    let chosen = ChosenQuote { quote, parcel, customs: None, limit, asked_at };
    let purchase = Purchase::intend(PurchaseKey::new("key"), chosen);
    let sold = world.connector.buy(&PurchaseOrder { purchase: &purchase, request: &request }).await.unwrap();
    let Sold::Issued(bought) = sold else { panic!("it is not issued") };
    world
        .change(US, &order, |record| {
            let at = record.synced_at;
            let label = Label {
                account: bought.account,
                handle: bought.handle,
                tracking: bought.tracking,
                service: bought.service,
                billed_to: bought.billed_to,
                cost: bought.cost,
                cost_basis: CostBasis::Charged,
                bought_at: at,
                fingerprint: record.order.parcel_fingerprint(),
                file: LabelFileState::Removed,
                hazmat_sheet: domain::stage::HazmatSheet::None,
            };
            let upload = Upload { at, package: None, warning: None };
            record.shipments[0].stage = Stage::Uploaded { label, upload };
        })
        .await;
    order
}

#[tokio::test]
async fn an_inquiry_says_what_the_carrier_last_reported() {
    let world = RemedyWorld::new().await;
    let order = shipped(&world).await;
    let record = world.record(US, &order).await;
    let tracking = record.tracking().unwrap().to_string();
    assert!(world.easypost.scan(&tracking));
    let outcome = world.one(US, &order, Remedy::AskCarrier).await;
    assert_outcome(&outcome, "done: To ");
    assert!(outcome.contains(&tracking) && outcome.contains("\"in transit\""), "{outcome}");
    let to = record.order.recipient.unwrap();
    for personal in [&to.name, &to.street1, &to.city, &to.postal_code] {
        assert!(!outcome.contains(personal.as_str()), "{outcome}");
    }
    let checks = world.messages(Queue::ParcelChecks).await;
    assert!(matches!(checks.as_slice(), [Message::ParcelCheck(_)]), "{checks:?}");
}

#[tokio::test]
async fn an_inquiry_is_written_although_the_carrier_does_not_answer() {
    let world = RemedyWorld::new().await;
    let order = shipped(&world).await;
    let so_far = world.easypost.faults().log().records().len();
    world.easypost.faults().set_rates(FaultRates { server_error: 1.0, ..FaultRates::default() });
    let outcome = world.one(US, &order, Remedy::AskCarrier).await;
    assert!(world.easypost.faults().log().records().len() > so_far, "the carrier was not asked");
    assert_outcome(&outcome, "done: To ");
    assert!(outcome.contains("shows no event"), "{outcome}");
}

#[tokio::test]
async fn without_a_parcel_there_is_no_inquiry() {
    let world = RemedyWorld::new().await;
    let order = world.order(US, OrderStatus::AwaitingShipment).await;
    assert_outcome(&world.one(US, &order, Remedy::AskCarrier).await, "refused: no parcel is on its way");
}
