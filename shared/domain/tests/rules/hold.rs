//! When an order may be shipped.

use domain::hold::{HoldReason, NotOurs, REMORSE, Shippable, shippable};
use domain::market::Market;
use domain::order::{Fulfillment, Order, OrderStatus, ShippingType};
use domain::route::route;
use domain::shop::SellerType;

use crate::support::{HOUR, at, order, order_in, statuses, tracked};

fn hold(why: HoldReason) -> Shippable {
    Shippable::Hold { until: None, why }
}

#[track_caller]
fn check(order: &Order, expect: Shippable) {
    let route = route(&order.market, SellerType::Local, &order.shipping, at(0)).map(|row| row.route);
    assert_eq!(shippable(order, route, at(0)), expect);
}

#[test]
fn by_status() {
    use OrderStatus as S;
    for status in statuses() {
        let expect = match &status {
            S::Unpaid => hold(HoldReason::Unpaid),
            S::OnHold => hold(HoldReason::TikTokHold),
            S::AwaitingShipment | S::PartiallyShipping => Shippable::Now,
            S::AwaitingCollection | S::InTransit | S::Delivered | S::Completed => Shippable::Shipped,
            S::Cancelled => Shippable::Cancelled,
            S::Unknown(_) => hold(HoldReason::StatusNotUnderstood),
        };
        let order = Order { status, ..order() };
        check(&order, expect);
        check(
            &Order { fulfillment: Fulfillment::Platform, ..order },
            Shippable::Never(NotOurs::FulfilledByPlatform),
        );
    }
}

#[test]
fn the_hour_after_payment() {
    assert_eq!(REMORSE.as_secs(), HOUR);
    let paid = |ago: i64| Order { was_held_by_tiktok: false, paid_at: Some(at(-ago)), ..order() };
    let remorse = |until| Shippable::Hold { until: Some(at(until)), why: HoldReason::Remorse };
    check(&paid(HOUR - 1), remorse(1));
    check(&paid(HOUR), Shippable::Now);
    check(&paid(HOUR + 1), Shippable::Now);
    check(&paid(-30), remorse(HOUR + 30)); // TikTok's clock may be ahead of ours
    check(&Order { was_held_by_tiktok: true, ..paid(1) }, Shippable::Now);
    check(&Order { is_sample: true, ..paid(1) }, Shippable::Now);
}

#[test]
fn without_a_payment_time_the_last_update_counts() {
    let order = Order { was_held_by_tiktok: false, paid_at: None, updated_at: at(-60), ..order() };
    check(&order, Shippable::Hold { until: Some(at(HOUR - 60)), why: HoldReason::Remorse });
    check(&Order { updated_at: at(-HOUR), ..order.clone() }, Shippable::Now);
    let end_of_time = domain::Timestamp::MAX;
    let far = Order { updated_at: end_of_time, ..order };
    check(&far, Shippable::Hold { until: Some(end_of_time), why: HoldReason::Remorse });
}

#[test]
fn a_wish_to_cancel_stops_everywhere() {
    for market in ["US", "GB", "DE"] {
        let order = Order { cancel_requested: true, market: Market::new(market), ..order() };
        check(&order, hold(HoldReason::CancelRequested));
        check(&Order { status: OrderStatus::InTransit, ..order }, Shippable::Shipped);
    }
}

#[test]
fn who_ships() {
    let by = |shipping| Order { shipping, ..order() };
    check(&by(ShippingType::TikTok), Shippable::Now);
    check(&by(ShippingType::NoParcel), Shippable::Never(NotOurs::NoParcel));
    check(&Order { status: OrderStatus::OnHold, ..by(ShippingType::TikTok) }, hold(HoldReason::TikTokHold));
    for value in [String::new(), "BY_DRONE".to_owned()] {
        let unknown = by(ShippingType::Unknown(value.clone()));
        check(&unknown, hold(HoldReason::RouteUnknown));
        check(&Order { status: OrderStatus::InTransit, ..unknown }, Shippable::Shipped);
        let fulfillment = Fulfillment::Unknown(value);
        check(&Order { fulfillment: fulfillment.clone(), ..order() }, hold(HoldReason::RouteUnknown));
        // Whose label it would be is no matter while nobody says who packs.
        check(&Order { fulfillment, ..by(ShippingType::TikTok) }, hold(HoldReason::RouteUnknown));
    }
}

#[test]
fn markets() {
    for code in ["US", "us", "GB", "UK", "uk ", "ES", "IE", "IT", "DE", "FR", "JP"] {
        check(&Order { market: Market::new(code), ..order() }, Shippable::Now);
    }
    for code in ["ID", "TH", "VN", "MY", "PH", "SG", "BR", "MX"] {
        check(&Order { market: Market::new(code), ..order() }, Shippable::Now);
    }
    for code in ["", "XX"] {
        for shipping in [ShippingType::Seller, ShippingType::TikTok] {
            let order = Order { market: Market::new(code), shipping, ..order() };
            check(&order, Shippable::Never(NotOurs::MarketUnsupported));
        }
    }
}

#[test]
fn by_units() {
    check(&tracked(order(), "1Z"), Shippable::Shipped);
    check(&Order { items: Vec::new(), ..order() }, hold(HoldReason::StatusNotUnderstood));

    let with = |first: OrderStatus, second: OrderStatus| {
        let mut order = order();
        order.items[0].status = first;
        order.items[1].status = second;
        order
    };
    use OrderStatus::{AwaitingShipment, Cancelled, InTransit};
    let unknown = || OrderStatus::Unknown("LENT".into());
    check(&with(Cancelled, AwaitingShipment), Shippable::Now);
    check(&with(InTransit, AwaitingShipment), Shippable::Now);
    check(&with(InTransit, Cancelled), Shippable::Shipped);
    check(&with(Cancelled, Cancelled), Shippable::Cancelled);
    check(&with(unknown(), AwaitingShipment), hold(HoldReason::StatusNotUnderstood));
    let mut gone = with(unknown(), AwaitingShipment);
    gone.items[0].tracking = Some("1Z".into());
    check(&gone, Shippable::Now);
}

#[test]
fn statuses_are_read_and_written_as_tiktok_does() {
    for status in statuses() {
        assert_eq!(OrderStatus::from(String::from(status.clone())), status);
    }
    assert_eq!(OrderStatus::from("CANCEL".to_owned()), OrderStatus::Cancelled);
    assert_eq!(String::from(OrderStatus::PartiallyShipping), "PARTIALLY_SHIPPING");
    assert_eq!(order_in(OrderStatus::Cancelled).unshipped().count(), 0);
}
