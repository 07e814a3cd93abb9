//! By when an order must be dispatched, by TikTok's clocks.

use domain::deadline::{DeadlineSource, DispatchRules, WITHOUT_CLOCK, deadline};
use domain::market::Market;
use domain::order::{Clocks, Fulfillment, Order, OrderKind, OrderStatus};

use crate::support::{HOUR, at, order, statuses};

const READY_BY: i64 = 10 * HOUR;
const SCANNED_BY: i64 = 20 * HOUR;
/// [`order`] is paid two hours before the moment at which tests stand.
const BEFORE_PAYMENT: i64 = -3 * HOUR;

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

/// A moment, what it is read from, and the cancellation likewise.
type Expected = (i64, DeadlineSource, Option<(i64, DeadlineSource)>);

#[track_caller]
fn check(order: &Order, expect: Option<Expected>) {
    let got = deadline(order, &DispatchRules::built_in().unwrap()).map(|deadline| {
        let cancellation = deadline.cancellation.map(|end| (end.at, end.clock));
        (deadline.at, deadline.clock, cancellation)
    });
    let expect =
        expect.map(|(when, clock, end)| (at(when), clock, end.map(|(when, clock)| (at(when), clock))));
    assert_eq!(got, expect, "{:?}", order.status);
}

#[test]
fn by_status() {
    use OrderStatus as S;
    let dispatch =
        Some((READY_BY, DeadlineSource::ReadyToShip, Some((50 * HOUR, DeadlineSource::ShippingDue))));
    let scan =
        Some((SCANNED_BY, DeadlineSource::CarrierScan, Some((60 * HOUR, DeadlineSource::CollectionDue))));
    for status in statuses() {
        let expect = match &status {
            S::OnHold | S::AwaitingShipment | S::PartiallyShipping | S::Unknown(_) => dispatch,
            S::AwaitingCollection => scan,
            S::Unpaid | S::InTransit | S::Delivered | S::Completed | S::Cancelled => None,
        };
        let order = order_with(clocks(), status, "US");
        check(&order, expect);
        check(&Order { fulfillment: Fulfillment::Platform, ..order.clone() }, None);
        check(&Order { kind: OrderKind::Virtual, ..order.clone() }, None);
        check(&Order { kind: OrderKind::PreOrder, ..order }, expect);
    }
}

#[test]
fn the_earlier_clock_governs() {
    use OrderStatus::{AwaitingCollection, AwaitingShipment};
    let end = Some((50 * HOUR, DeadlineSource::ShippingDue));
    let early_scan = Clocks { scanned_by: Some(at(HOUR)), ..clocks() };
    check(&order_with(early_scan, AwaitingShipment, "US"), Some((HOUR, DeadlineSource::CarrierScan, end)));
    let same = Clocks { scanned_by: Some(at(READY_BY)), ..clocks() };
    check(&order_with(same, AwaitingShipment, "US"), Some((READY_BY, DeadlineSource::ReadyToShip, end)));
    let only_scan = Clocks { ready_by: None, ..clocks() };
    check(
        &order_with(only_scan, AwaitingShipment, "GB"),
        Some((SCANNED_BY, DeadlineSource::CarrierScan, end)),
    );
    let early_end = Clocks { scanned_or_cancelled: Some(at(40 * HOUR)), ..clocks() };
    let end = Some((40 * HOUR, DeadlineSource::CollectionDue));
    check(&order_with(early_end, AwaitingShipment, "US"), Some((READY_BY, DeadlineSource::ReadyToShip, end)));
    // Nothing can be late any more, but TikTok still cancels.
    let only_end = Clocks { scanned_or_cancelled: Some(at(40 * HOUR)), ..Clocks::default() };
    check(
        &order_with(only_end, AwaitingCollection, "GB"),
        Some((40 * HOUR, DeadlineSource::CollectionDue, end)),
    );
}

#[test]
fn a_clock_before_the_payment_is_ignored() {
    use OrderStatus::AwaitingShipment;
    for odd in [at(BEFORE_PAYMENT), domain::Timestamp::UNIX_EPOCH] {
        let one = Clocks { ready_by: Some(odd), ready_or_cancelled: Some(odd), ..clocks() };
        let end = Some((60 * HOUR, DeadlineSource::CollectionDue));
        let order = order_with(one, AwaitingShipment, "US");
        check(&order, Some((SCANNED_BY, DeadlineSource::CarrierScan, end)));
        // An order that is not paid began when it was made.
        check(&Order { paid_at: None, ..order }, Some((SCANNED_BY, DeadlineSource::CarrierScan, end)));
        let both = Clocks { ready_by: Some(odd), scanned_by: Some(odd), ..clocks() };
        let end = Some((50 * HOUR, DeadlineSource::ShippingDue));
        check(&order_with(both, AwaitingShipment, "DE"), Some((70 * HOUR, DeadlineSource::PaidPlus72h, end)));
    }
}

#[test]
fn without_clock_and_rule_it_is_72_hours_from_payment() {
    assert_eq!(WITHOUT_CLOCK.as_hours(), 72);
    let none = || Clocks::default();
    let paid_plus_72h = 70 * HOUR;
    let order_in = |status| order_with(none(), status, "DE");
    check(&order_in(OrderStatus::AwaitingShipment), Some((paid_plus_72h, DeadlineSource::PaidPlus72h, None)));
    let end = Clocks { ready_or_cancelled: Some(at(5 * HOUR)), ..none() };
    check(
        &order_with(end, OrderStatus::OnHold, "DE"),
        Some((paid_plus_72h, DeadlineSource::PaidPlus72h, Some((5 * HOUR, DeadlineSource::ShippingDue)))),
    );
    for market in ["DE", "US"] {
        check(&Order { paid_at: None, ..order_with(none(), OrderStatus::AwaitingShipment, market) }, None);
    }
    check(&order_in(OrderStatus::AwaitingCollection), None);
    for market in ["DE", "US", "VN"] {
        let order = Order {
            paid_at: Some(domain::Timestamp::MAX),
            ..order_with(none(), OrderStatus::AwaitingShipment, market)
        };
        let at = deadline(&order, &DispatchRules::built_in().unwrap()).map(|deadline| deadline.at);
        assert_eq!(at, Some(domain::Timestamp::MAX), "{market}");
    }
}

const US_PAGE: &str =
    "https://seller-us.tiktok.com/university/essay?knowledge_id=3668989549299511, 2026-01-09";
const GB_PAGE: &str = "diaosujia.com.cn/2024/10/25/7332.html, 2024-10-23";

#[track_caller]
fn check_why(status: OrderStatus, clocks: Clocks, market: &str, why: &str, end: Option<&str>) {
    let deadline =
        deadline(&order_with(clocks, status, market), &DispatchRules::built_in().unwrap()).unwrap();
    assert_eq!(deadline.why, why);
    assert_eq!(deadline.cancellation.map(|end| end.why).as_deref(), end);
}

#[test]
fn clocks_explain_themselves() {
    use OrderStatus::{AwaitingCollection, AwaitingShipment};
    let ready = Some("TikTok cancels the order unless it is ready to ship by shipping_due_time.");
    let scanned = Some("TikTok cancels the order unless the carrier has scanned it by collection_due_time.");
    let head = "TikTok expects the order to be ready to ship by rts_sla_time";
    let why = format!(
        "{head}; missing tts_sla_time, the carrier's scan, counts as late dispatch in US since 2026-01-09 ({US_PAGE})."
    );
    check_why(AwaitingShipment, clocks(), "US", &why, ready);
    let why = format!("{head}; missing it counts as late dispatch in GB since 2024-11-04 ({GB_PAGE}).");
    check_why(AwaitingShipment, clocks(), "UK", &why, ready);
    let why = format!("{head}; no rule says which clock decides a late dispatch in DE.");
    check_why(AwaitingShipment, clocks(), "DE", &why, ready);
    let head = "TikTok expects the carrier's scan by tts_sla_time";
    let why = format!("{head}; missing it counts as late dispatch in US since 2026-01-09 ({US_PAGE}).");
    check_why(AwaitingCollection, clocks(), "US", &why, scanned);
    let why =
        format!("{head}; missing rts_sla_time counts as late dispatch in GB since 2024-11-04 ({GB_PAGE}).");
    check_why(AwaitingCollection, clocks(), "GB", &why, scanned);
}

#[test]
fn odd_clocks_are_told() {
    use OrderStatus::AwaitingShipment;
    let no_rule = "; no rule says which clock decides a late dispatch in DE.";
    let scan = "TikTok expects the carrier's scan by tts_sla_time";
    let ready = "TikTok cancels the order unless it is ready to ship by shipping_due_time";
    let odd = Some(at(BEFORE_PAYMENT));
    let reversed =
        Clocks { scanned_by: Some(at(HOUR)), scanned_or_cancelled: Some(at(40 * HOUR)), ..clocks() };
    let why = format!("{scan} (it lies before rts_sla_time, and the earlier of the two counts){no_rule}");
    let end = "TikTok cancels the order unless the carrier has scanned it by collection_due_time \
               (it lies before shipping_due_time, and the earlier of the two counts).";
    check_why(AwaitingShipment, reversed, "DE", &why, Some(end));
    let one = Clocks { ready_by: odd, ready_or_cancelled: Some(at(15 * HOUR)), ..clocks() };
    let why = format!("{scan} (rts_sla_time lies before the payment and is ignored){no_rule}");
    check_why(
        AwaitingShipment,
        one,
        "DE",
        &why,
        Some(&format!("{ready}, which lies before the dispatch deadline.")),
    );
    let both = Clocks { ready_by: odd, scanned_by: odd, ..clocks() };
    let why = "TikTok gave no usable clock (rts_sla_time and tts_sla_time lie before the payment and are \
               ignored), and no rule is known for DE at that time, so the deadline is 72 h after payment.";
    check_why(
        AwaitingShipment,
        both,
        "DE",
        why,
        Some(&format!("{ready}, which lies before the dispatch deadline.")),
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
