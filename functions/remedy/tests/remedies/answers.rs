//! A buyer's request to cancel is approved or refused.

use domain::record::CancellationResponse;
use domain::remedy::Remedy;
use sim::tiktok::OrderStatus;
use sim::{CallKind, Fault};

use crate::world::{GB, RemedyWorld, US, assert_outcome};

const APPROVE: Remedy = Remedy::ApproveCancellation;
const PACKED: &str = "seller_reject_apply_product_has_been_packed";

fn refuse(reason: Option<&str>) -> Remedy {
    Remedy::RefuseCancellation { reason: reason.map(str::to_owned), comment: Some("Sorry".into()) }
}

#[tokio::test]
async fn approves_in_both_markets() {
    let world = RemedyWorld::new().await;
    for shop in [US, GB] {
        let order = world.asked(shop).await;
        assert_outcome(&world.one(shop, &order, APPROVE).await, "done");
        assert_eq!(world.status(&order), OrderStatus::Cancelled);
        assert!(world.is_read_back(shop, &order).await);
        world.read_back(shop, &order).await;
        assert_outcome(
            &world.one(shop, &order, APPROVE).await,
            "refused: no cancellation request is waiting for an answer",
        );
    }
}

#[tokio::test]
async fn refuses_by_shipping_in_the_united_states() {
    let world = RemedyWorld::new().await;
    let order = world.asked(US).await;
    assert_outcome(&world.one(US, &order, refuse(None)).await, "done: It ships, which refuses");
    assert_eq!(
        world.record(US, &order).await.overrides.cancellation_response,
        Some(CancellationResponse::Ship)
    );
    assert!(world.is_read_back(US, &order).await);
    assert_eq!(world.calls(CallKind::CancellationReject), 0);
    assert_outcome(
        &world.one(US, &order, refuse(None)).await,
        "refused: no cancellation request is waiting for an answer",
    );
}

#[tokio::test]
async fn refuses_by_a_reason_elsewhere() {
    let world = RemedyWorld::new().await;
    let order = world.asked(GB).await;
    for reason in [None, Some("because")] {
        let outcome = world.one(GB, &order, refuse(reason)).await;
        assert_outcome(&outcome, "refused: it needs one of TikTok's reasons");
        assert!(outcome.contains(PACKED), "{outcome}");
    }
    assert_outcome(&world.one(GB, &order, refuse(Some(PACKED))).await, "done: The cancellation is refused");
    assert_eq!(world.tiktok.cancellation(&order).unwrap().status, "CANCELLATION_REQUEST_CANCELLED");
    assert_eq!(world.status(&order), OrderStatus::AwaitingShipment);
    assert!(world.is_read_back(GB, &order).await);
}

#[tokio::test]
async fn nothing_to_answer() {
    let world = RemedyWorld::new().await;
    let order = world.order(GB, OrderStatus::AwaitingShipment).await;
    for remedy in [APPROVE, refuse(Some(PACKED))] {
        assert_outcome(
            &world.one(GB, &order, remedy).await,
            "refused: no cancellation request is waiting for an answer",
        );
    }
    let withdrawn = world.asked(US).await;
    world.tiktok.cancel(&withdrawn, sim::tiktok::CancelledBy::System).unwrap();
    assert_outcome(&world.one(US, &withdrawn, APPROVE).await, "refused");
    assert_eq!(world.record(US, &withdrawn).await.overrides.held_at, None);
}

#[tokio::test]
async fn a_lost_answer_is_looked_up() {
    for (fault, expect) in [
        (Fault::LostAnswer, "done"),
        (Fault::LostRequest, "failed: it is unknown whether TikTok received the answer"),
    ] {
        let world = RemedyWorld::new().await;
        for (remedy, kind) in
            [(APPROVE, CallKind::CancellationApprove), (refuse(Some(PACKED)), CallKind::CancellationReject)]
        {
            let order = world.asked(GB).await;
            let before = world.calls(kind);
            world.fault(kind, fault);
            assert_outcome(&world.one(GB, &order, remedy.clone()).await, expect);
            assert_eq!(world.calls(kind), before + 1, "{fault:?}");
            if fault == Fault::LostRequest {
                assert_outcome(&world.one(GB, &order, remedy).await, "done");
            }
        }
    }
}
