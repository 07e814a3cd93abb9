//! By when an order must be dispatched.

use domain::deadline::{Clock, WITHOUT_CLOCK, deadline};
use domain::market::Market;
use domain::order::{Clocks, Fulfillment, Order, OrderStatus};

use crate::support::{HOUR, at, order, statuses};

const READY_BY: i64 = 10 * HOUR;
const SCANNED_BY: i64 = 20 * HOUR;

fn clocks() -> Clocks {
    Clocks {
        ready_by: Some(at(READY_BY)),
        scanned_by: Some(at(SCANNED_BY)),
        ready_or_cancelled: Some(at(50 * HOUR)),
        scanned_or_cancelled: Some(at(60 * HOUR)),
        ..Clocks::default()
    }
}

fn order_with(clocks: Clocks, status: OrderStatus, market: &str) -> Order {
    Order { clocks, status, market: Market::new(market), ..order() }
}

#[track_caller]
fn check(order: &Order, expect: Option<(i64, Clock, Option<i64>)>) {
    let got = deadline(order).map(|deadline| (deadline.at, deadline.clock, deadline.cancelled_at));
    let expect = expect.map(|(when, clock, cancelled)| (at(when), clock, cancelled.map(at)));
    assert_eq!(got, expect, "{:?}", order.status);
}

#[test]
fn by_status() {
    use OrderStatus as S;
    let dispatch = Some((READY_BY, Clock::ReadyToShip, Some(50 * HOUR)));
    for status in statuses() {
        let expect = match &status {
            S::OnHold | S::AwaitingShipment | S::PartiallyShipping | S::Unknown(_) => dispatch,
            S::AwaitingCollection => Some((SCANNED_BY, Clock::CarrierScan, Some(60 * HOUR))),
            S::Unpaid | S::InTransit | S::Delivered | S::Completed | S::Cancelled => None,
        };
        let order = order_with(clocks(), status, "US");
        check(&order, expect);
        check(&Order { fulfillment: Fulfillment::Platform, ..order }, None);
    }
}

#[test]
fn the_earlier_clock_governs() {
    let early_scan = Clocks { scanned_by: Some(at(HOUR)), ..clocks() };
    check(
        &order_with(early_scan, OrderStatus::AwaitingShipment, "US"),
        Some((HOUR, Clock::CarrierScan, Some(50 * HOUR))),
    );
    let only_scan = Clocks { ready_by: None, ..clocks() };
    check(
        &order_with(only_scan, OrderStatus::AwaitingShipment, "GB"),
        Some((SCANNED_BY, Clock::CarrierScan, Some(50 * HOUR))),
    );
}

#[test]
fn without_a_clock_it_is_72_hours_from_payment() {
    assert_eq!(WITHOUT_CLOCK.as_hours(), 72);
    let none = || Clocks::default();
    let paid_plus_72h = 70 * HOUR; // paid two hours ago
    check(
        &order_with(none(), OrderStatus::AwaitingShipment, "US"),
        Some((paid_plus_72h, Clock::PaidPlus72h, None)),
    );
    let cancelled = Clocks { ready_or_cancelled: Some(at(5 * HOUR)), ..none() };
    check(
        &order_with(cancelled, OrderStatus::OnHold, "US"),
        Some((paid_plus_72h, Clock::PaidPlus72h, Some(5 * HOUR))),
    );
    check(&Order { paid_at: None, ..order_with(none(), OrderStatus::AwaitingShipment, "US") }, None);
    check(&order_with(none(), OrderStatus::AwaitingCollection, "US"), None);
    let end_of_time = Order { paid_at: Some(domain::Timestamp::MAX), ..order() };
    assert_eq!(deadline(&end_of_time).map(|d| d.at), Some(domain::Timestamp::MAX));
}

#[track_caller]
fn check_why(status: OrderStatus, clocks: Clocks, market: &str, expect: &str) {
    assert_eq!(deadline(&order_with(clocks, status, market)).unwrap().why, expect);
}

#[test]
fn it_explains_itself() {
    use OrderStatus::{AwaitingCollection, AwaitingShipment};
    check_why(
        AwaitingShipment,
        clocks(),
        "US",
        "TikTok expects dispatch by rts_sla_time; US counts the other clock as late dispatch.",
    );
    check_why(
        AwaitingShipment,
        clocks(),
        "UK",
        "TikTok expects dispatch by rts_sla_time, which counts as late dispatch in GB.",
    );
    check_why(
        AwaitingCollection,
        clocks(),
        "US",
        "TikTok expects the carrier's scan by tts_sla_time, which counts as late dispatch in US.",
    );
    check_why(
        AwaitingCollection,
        clocks(),
        "GB",
        "TikTok expects the carrier's scan by tts_sla_time; GB counts the other clock as late dispatch.",
    );
    check_why(
        AwaitingShipment,
        Clocks::default(),
        "DE",
        "TikTok gave no clock for this DE order: 72 h after payment.",
    );
}

#[test]
fn the_parcel_arrives_by_the_earlier_promise() {
    let check = |promised: Option<i64>, delivered: Option<i64>, expect: Option<i64>| {
        let clocks =
            Clocks { promised_by: promised.map(at), delivered_by: delivered.map(at), ..Clocks::default() };
        assert_eq!(Order { clocks, ..order() }.arrive_by(), expect.map(at));
    };
    check(Some(1), Some(2), Some(1));
    check(Some(2), Some(1), Some(1));
    check(None, Some(2), Some(2));
    check(None, None, None);
}
