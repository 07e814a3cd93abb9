//! The seller cancels an order.

use domain::remedy::{CancelReason, Remedy};
use sim::tiktok::OrderStatus;
use sim::{CallKind, Fault};

use crate::world::{GB, RemedyWorld, US, assert_outcome};

const OUT: Remedy = Remedy::CancelAndRefund { reason: CancelReason::OutOfStock };
const WISH: Remedy = Remedy::CancelAndRefund { reason: CancelReason::BuyerRequested };

#[tokio::test]
async fn cancels_by_the_reason_of_market_and_status() {
    let world = RemedyWorld::new().await;
    for (shop, status, remedy, reason) in [
        (US, OrderStatus::Unpaid, OUT, "seller_cancel_unpaid_reason_out_of_stock"),
        (US, OrderStatus::AwaitingShipment, OUT, "seller_cancel_reason_out_of_stock"),
        (US, OrderStatus::OnHold, WISH, "seller_cancel_paid_reason_buyer_requested_cancellation"),
        // Not in our table: TikTok is asked for its reasons.
        (US, OrderStatus::AwaitingCollection, OUT, "seller_cancel_reason_out_of_stock"),
        (GB, OrderStatus::Unpaid, OUT, "seller_cancel_unpaid_reason_out_of_stock_uk"),
        (GB, OrderStatus::AwaitingShipment, OUT, "seller_cancel_reason_out_of_stock_uk"),
    ] {
        let order = world.order(shop, status).await;
        assert_outcome(&world.one(shop, &order, remedy).await, "done: It is cancelled");
        assert_eq!(world.status(&order), OrderStatus::Cancelled);
        assert_eq!(world.tiktok.cancellation(&order).unwrap().reason, reason);
        assert!(world.record(shop, &order).await.overrides.held_at.is_some());
        assert!(world.is_read_back(shop, &order).await);
    }
}

#[tokio::test]
async fn refuses_what_tiktok_does_not_cancel() {
    let world = RemedyWorld::new().await;
    for (shop, status, remedy, why) in [
        (GB, OrderStatus::AwaitingCollection, OUT, "refused: it is shipped"),
        (US, OrderStatus::InTransit, OUT, "refused: the parcel is on its way"),
        (US, OrderStatus::Cancelled, OUT, "refused: it is already cancelled"),
        (GB, OrderStatus::AwaitingShipment, WISH, "refused: TikTok offers no such reason"),
    ] {
        let order = world.order(shop, status).await;
        assert_outcome(&world.one(shop, &order, remedy).await, why);
        assert_eq!((world.status(&order), world.calls(CallKind::CancelOrder)), (status, 0));
        assert_eq!(world.record(shop, &order).await.overrides.held_at, None);
    }
    let asked = world.asked(US).await;
    assert_outcome(&world.one(US, &asked, OUT).await, "refused: the buyer asked to cancel");
}

#[tokio::test]
async fn tiktok_decides_when_the_stored_order_is_outdated() {
    let world = RemedyWorld::new().await;
    // The buyer has asked, or the carrier has scanned: TikTok refuses, and the order is not left on hold.
    let asked = world.order(US, OrderStatus::AwaitingShipment).await;
    world.tiktok.request_cancel(&asked).unwrap();
    assert_outcome(&world.one(US, &asked, OUT).await, "refused: a cancellation request or a return");
    let scanned = world.order(US, OrderStatus::AwaitingCollection).await;
    world.tiktok.carrier_scan(&scanned).unwrap();
    assert_outcome(&world.one(US, &scanned, OUT).await, "refused: TikTok");
    for order in [&asked, &scanned] {
        assert_eq!(world.record(US, order).await.overrides.held_at, None);
    }
    // The reason belongs to another status: the one that applies now is used.
    let held = world.order(US, OrderStatus::AwaitingShipment).await;
    world.change(US, &held, |record| record.order.status = domain::order::OrderStatus::Unpaid).await;
    assert_outcome(&world.one(US, &held, OUT).await, "done");
    assert_eq!(world.tiktok.cancellation(&held).unwrap().reason, "seller_cancel_reason_out_of_stock");
}

#[tokio::test]
async fn a_lost_answer_is_read_back_and_not_repeated() {
    for (fault, expect, held) in [
        (Fault::LostAnswer, "done", true),
        (Fault::BrokenBody, "done", true),
        (Fault::LostRequest, "failed: it is unknown whether TikTok cancelled it", true),
        (Fault::TooManyRequests, "failed: TikTok accepts no more calls for now: nothing was done", false),
    ] {
        let world = RemedyWorld::new().await;
        let order = world.order(US, OrderStatus::AwaitingShipment).await;
        world.fault(CallKind::CancelOrder, fault);
        assert_outcome(&world.one(US, &order, OUT).await, expect);
        assert_eq!(world.calls(CallKind::CancelOrder), 1, "{fault:?}");
        assert_eq!(world.record(US, &order).await.overrides.held_at.is_some(), held, "{fault:?}");
        assert_eq!(world.status(&order) == OrderStatus::Cancelled, expect == "done");
    }
}

#[tokio::test]
async fn an_order_that_a_person_held_stays_held() {
    let world = RemedyWorld::new().await;
    let order = world.order(GB, OrderStatus::AwaitingShipment).await;
    assert_outcome(&world.one(GB, &order, Remedy::Hold).await, "done");
    assert_outcome(&world.one(GB, &order, WISH).await, "refused");
    assert!(world.record(GB, &order).await.overrides.held_at.is_some());
}
