//! From a new order to its first rate; and the same again.

use domain::ShopId;
use domain::deadline::DispatchRules;
use domain::exception::ExceptionKind;
use domain::hold::{HoldReason, NotOurs, Shippable};
use domain::market::Market;
use domain::message::{ChangeSource, Message};
use domain::order::{Fulfillment, Order, OrderStatus, ShippingType};
use domain::record::FRESH_FOR;
use domain::stage::Stage;
use domain::sync::sync;

use crate::support::{
    HOUR, at, name, open, order, order_in, policies, record, stages, statuses, synced, task, tracked,
};

#[test]
fn a_new_order_to_be_shipped_is_rated() {
    let (record, messages) = synced(None, order());
    let [shipment] = record.shipments.as_slice() else { panic!("one shipment") };
    assert_eq!(shipment.id.as_str(), "5770-1");
    assert_eq!((&shipment.stage, shipment.items.len()), (&Stage::Ready, 2));
    assert_eq!(shipment.warehouse, order().warehouse);
    assert_eq!(messages, [Message::RateRequest(task())]);
    assert_eq!((record.first_seen_at, record.synced_at), (at(10), at(10)));
    assert!(record.deadline.is_some());
}

#[test]
fn a_new_order_on_hold_waits_and_is_rated_when_it_is_released() {
    let (held, messages) = synced(None, order_in(OrderStatus::OnHold));
    assert_eq!(held.shipments[0].stage, Stage::Held { until: None, why: HoldReason::TikTokHold });
    assert_eq!(messages, []);
    assert!(held.shipments[0].next_check_at.is_some());
    let (released, messages) = synced(Some(held), order());
    assert_eq!(released.shipments[0].stage, Stage::Ready);
    assert_eq!(messages, [Message::RateRequest(task())]);
}

#[test]
fn an_order_waits_for_the_end_of_its_hour() {
    let order = Order { was_held_by_tiktok: false, paid_at: Some(at(0)), ..order() };
    let (held, messages) = synced(None, order.clone());
    let stage = Stage::Held { until: Some(at(HOUR)), why: HoldReason::Remorse };
    assert_eq!((&held.shipments[0].stage, held.due_at()), (&stage, Some(at(HOUR))));
    assert_eq!(messages, []);
    let (ready, messages) = sync(
        Some(held),
        &ShopId::new("shop"),
        order,
        ChangeSource::Timer,
        &policies(&DispatchRules::built_in().unwrap()),
        at(HOUR),
    )
    .unwrap();
    assert_eq!(ready.shipments[0].stage, Stage::Ready);
    assert_eq!(messages, [Message::RateRequest(task())]);
}

#[test]
fn what_is_over_already_gets_no_shipment() {
    use OrderStatus::{AwaitingCollection, Cancelled, Completed, Delivered, InTransit};
    for status in [AwaitingCollection, InTransit, Delivered, Completed, Cancelled] {
        let (record, messages) = synced(None, order_in(status));
        assert_eq!((record.shipments.len(), messages.len(), record.due_at()), (0, 0, None));
    }
}

#[test]
fn a_partly_shipped_order_gets_a_shipment_of_the_rest() {
    let mut order = Order { status: OrderStatus::PartiallyShipping, ..order() };
    order.items[0].tracking = Some("1Z".into());
    order.items[0].status = OrderStatus::AwaitingCollection;
    let (record, messages) = synced(None, order);
    let units: Vec<_> = record.shipments[0].items.iter().map(|id| id.as_str()).collect();
    assert_eq!(units, ["unit-2"]);
    assert_eq!(messages, [Message::RateRequest(task())]);
}

#[test]
fn a_status_that_nobody_knows_is_held_and_shown() {
    let unknown = Order { status: OrderStatus::Unknown("BEING_TELEPORTED".into()), ..order() };
    let without_units = Order { items: Vec::new(), ..order() };
    for order in [unknown, without_units] {
        let (record, messages) = synced(None, order);
        let held = Stage::Held { until: None, why: HoldReason::StatusNotUnderstood };
        assert_eq!(record.shipments[0].stage, held);
        assert_eq!(messages, []);
        assert_eq!(open(&record), [ExceptionKind::NotSupported]);
        let (record, messages) = synced(Some(record), self::order());
        assert_eq!(messages, [Message::RateRequest(task())]);
        assert_eq!(record.shipments[0].items.len(), 2);
        assert_eq!(open(&record), []);
    }
}

/// An order of which TikTok does not say who ships it is not dropped: it waits, is told of, and goes on by itself.
#[test]
fn an_order_without_a_route_waits_and_is_told_of() {
    let fulfillment = |value: &str| Order { fulfillment: Fulfillment::Unknown(value.into()), ..order() };
    let shipping = |value: &str| Order { shipping: ShippingType::Unknown(value.into()), ..order() };
    for (order, detail) in [
        (fulfillment(""), "TikTok does not say who ships the order: it gives no fulfillment_type."),
        (
            fulfillment("BY_DRONE"),
            "TikTok does not say who ships the order: its fulfillment_type \"BY_DRONE\" is unknown to Punctual.",
        ),
        (shipping(""), "TikTok does not say who ships the order: it gives no shipping_type."),
        (
            Order { fulfillment: fulfillment("").fulfillment, ..shipping("BY_DRONE") },
            "TikTok does not say who ships the order: it gives no fulfillment_type, and its shipping_type \
             \"BY_DRONE\" is unknown to Punctual.",
        ),
    ] {
        let (record, messages) = synced(None, order.clone());
        assert_eq!(messages, []);
        let held = Stage::Held { until: None, why: HoldReason::RouteUnknown };
        assert_eq!(record.shipments[0].stage, held);
        assert_eq!(open(&record), [ExceptionKind::RouteUnknown]);
        assert_eq!(record.exceptions[0].detail, detail);
        assert_eq!(record.alarm_at(), Some(at(10)), "people are told at once");
        assert_eq!(
            record.due_at(),
            Some(at(10 + HOUR / 4)),
            "nothing need change for the next answer to say it"
        );
        assert!(record.deadline.is_some(), "its deadline is told as that of every order");

        let (again, _) = synced(Some(record.clone()), order);
        assert_eq!(again, record);
        let (known, messages) = synced(Some(record), self::order());
        assert_eq!(messages, [Message::RateRequest(task())]);
        assert_eq!(open(&known), []);
    }
}

#[test]
fn an_order_that_is_none_of_ours_is_shown_or_left_alone() {
    let check = |order: Order, not_ours: NotOurs, exceptions: &[ExceptionKind]| {
        let (record, messages) = synced(None, order.clone());
        assert_eq!(record.shippable(at(10)), Shippable::Never(not_ours));
        assert_eq!((record.shipments.len(), messages.len()), (0, 0), "{not_ours:?}");
        assert_eq!(open(&record), exceptions, "{not_ours:?}");
        let (again, _) = synced(Some(record.clone()), order);
        assert_eq!(again, record);
    };
    let shipping = |shipping| Order { shipping, ..order() };
    check(shipping(ShippingType::NoParcel), NotOurs::NoParcel, &[ExceptionKind::NotSupported]);
    let market = Order { market: Market::new("XX"), ..order() };
    check(market, NotOurs::MarketUnsupported, &[ExceptionKind::NotSupported]);
    let platform = Order { fulfillment: Fulfillment::Platform, ..order() };
    check(platform, NotOurs::FulfilledByPlatform, &[]);
}

#[test]
fn an_order_that_becomes_none_of_ours_is_not_sent_round_and_round() {
    let theirs = Order { shipping: ShippingType::NoParcel, ..order() };
    for stage in stages() {
        let before = name(&stage);
        let (record, messages) = synced(Some(record(stage.clone())), theirs.clone());
        let now = &record.shipments[0].stage;
        if ["held", "ready", "rated"].contains(&before) {
            assert_eq!(now, &Stage::Held { until: None, why: HoldReason::NotOurs });
            assert_eq!(messages, [], "{before}");
        } else {
            assert_eq!(now, &stage);
        }
        let (ours, _) = synced(Some(record), order());
        assert_eq!(open(&ours), [], "{before}");
    }
}

#[test]
fn the_same_again_sends_the_same_and_changes_nothing_else() {
    for stage in stages() {
        for status in statuses() {
            for order in [order_in(status.clone()), tracked(order_in(status.clone()), "1Z")] {
                let case = format!("{} and {status:?}", name(&stage));
                let (first, messages) = synced(Some(record(stage.clone())), order.clone());
                let (second, again) = synced(Some(first.clone()), order.clone());
                assert_eq!(again, messages, "{case}");
                assert_eq!(second, first, "{case}");

                let (mut later, again) = sync(
                    Some(first.clone()),
                    &ShopId::new("shop"),
                    order,
                    ChangeSource::Timer,
                    &policies(&DispatchRules::built_in().unwrap()),
                    at(20),
                )
                .unwrap();
                assert_eq!(again, messages, "{case}");
                // A wait that was just looked at is looked at again later.
                later.synced_at = first.synced_at;
                for (shipment, before) in later.shipments.iter_mut().zip(&first.shipments) {
                    assert!(shipment.next_check_at >= before.next_check_at, "{case}");
                    shipment.next_check_at = before.next_check_at;
                }
                assert_eq!(later, first, "{case}");
            }
        }
    }
}

#[test]
fn every_stage_asks_for_the_step_that_comes_next() {
    for stage in stages() {
        let expect = match name(&stage) {
            // The order may be shipped, so a hold ends at once.
            "held" | "ready" => vec![Message::RateRequest(task())],
            "rated" | "buying" | "buying to void" | "voiding" => vec![Message::LabelRequest(task())],
            "labelled" => vec![Message::TrackingUpload(task())],
            _ => vec![],
        };
        let (_, messages) = synced(Some(record(stage.clone())), order());
        assert_eq!(messages, expect, "{}", name(&stage));
        assert!(messages.iter().all(|message| message.key() == Some(&task().key)));
    }
}

#[test]
fn only_a_webhook_tells_of_a_change() {
    let told = |stored, source| {
        sync(
            stored,
            &ShopId::new("shop"),
            order(),
            source,
            &policies(&DispatchRules::built_in().unwrap()),
            at(10),
        )
        .unwrap()
        .0
        .webhooks_seen_until
    };
    assert_eq!(told(None, ChangeSource::Poll), None);
    assert_eq!(told(None, ChangeSource::Timer), None);
    assert_eq!(told(None, ChangeSource::Webhook), Some(order().updated_at));
    let mut earlier = record(Stage::Ready);
    earlier.webhooks_seen_until = Some(at(500));
    assert_eq!(told(Some(earlier), ChangeSource::Webhook), Some(at(500)));
}

#[test]
fn a_record_is_fresh_for_two_minutes() {
    let record = record(Stage::Ready);
    let limit = FRESH_FOR.as_secs();
    assert!(record.is_fresh(at(limit - 1)));
    assert!(!record.is_fresh(at(limit)));
}
