//! Many orders in one request.

use domain::exception::ExceptionKind;
use domain::remedy::Remedy;
use domain::stage::{Event, Stage};
use remedy::RemedyOutcome;
use sim::tiktok::OrderStatus;

use crate::world::{RemedyWorld, US, assert_outcome, said};

#[tokio::test]
async fn a_refused_order_leaves_the_others_alone() {
    let world = RemedyWorld::new().await;
    let mut orders = Vec::new();
    for _ in 0..4 {
        let order = world.order(US, OrderStatus::AwaitingShipment).await;
        world
            .change(US, &order, |record| {
                let shipment = record.shipments[0].id.clone();
                record.block(&shipment, ExceptionKind::NoRate, "None.", record.synced_at).unwrap();
            })
            .await;
        orders.push(order);
    }
    // One is not blocked, one is unknown, and one is named twice.
    world
        .change(US, &orders[1], |record| record.shipments[0].apply(Event::Release, record.synced_at).unwrap())
        .await;
    let named = [&orders[0], &orders[1], &orders[2], "1", &orders[3], &orders[0]];
    let report = world.run(US, &named.map(|order: &str| order), Remedy::Retry).await;

    let outcomes: Vec<String> = report.outcomes.iter().map(|item| said(&item.outcome)).collect();
    let ids: Vec<&str> = report.outcomes.iter().map(|item| item.order.as_str()).collect();
    assert_eq!(ids, named[..5]);
    assert_eq!(outcomes[1], "refused: it is not blocked: its shipment is ready");
    assert_eq!(outcomes[3], "refused: Punctual does not know this order");
    for n in [0, 2, 4] {
        assert_outcome(&outcomes[n], "done");
        let order = named[n];
        let record = world.record(US, order).await;
        assert_eq!(record.shipments[0].stage, Stage::Ready);
        assert_eq!(record.exceptions[0].history[0].what, "Retried.");
    }

    let json = serde_json::to_value(&report).unwrap();
    assert_eq!(json["outcomes"][0]["outcome"], "done");
    assert_eq!(json["outcomes"][1]["why"], "it is not blocked: its shipment is ready");
    assert!(matches!(
        serde_json::from_value::<remedy::RemedyReport>(json).unwrap().outcomes[0].outcome,
        RemedyOutcome::Done { .. }
    ));
}
