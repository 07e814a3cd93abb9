//! By when an order must be dispatched where TikTok gives no clock: market by market.

use domain::Timestamp;
use domain::deadline::{DeadlineSource, DispatchRules, deadline};
use domain::market::{LateBy, Market};
use domain::order::{Clocks, Handling, HandlingUnit, Order, OrderKind, OrderStatus};

use crate::support::order;

fn instant(text: &str) -> Timestamp {
    text.parse().unwrap()
}

fn paid(market: &str, kind: OrderKind, at: &str) -> Order {
    Order {
        market: Market::new(market),
        kind,
        created_at: instant(at),
        paid_at: Some(instant(at)),
        clocks: Clocks::default(),
        ..order()
    }
}

/// The deadline and the cancellation; `72 h` for the last resort, `none` for none.
#[track_caller]
fn check(order: &Order, at: &str, cancelled: &str) {
    let deadline = deadline(order, &DispatchRules::built_in().unwrap());
    let (got, why) = match &deadline {
        None => ("none".to_owned(), String::new()),
        Some(deadline) if deadline.clock == DeadlineSource::PaidPlus72h => {
            assert_eq!(Some(deadline.at), order.paid_at.map(|paid| paid + domain::deadline::WITHOUT_CLOCK));
            ("72 h".to_owned(), deadline.why.clone())
        }
        Some(deadline) => {
            assert_eq!(deadline.clock, DeadlineSource::MarketRule);
            (deadline.at.to_string(), deadline.why.clone())
        }
    };
    assert_eq!(got, at, "{:?} {:?} paid {:?}: {why}", order.market, order.kind, order.paid_at);
    let end = deadline.and_then(|deadline| deadline.cancellation);
    assert!(end.as_ref().is_none_or(|end| end.clock == DeadlineSource::MarketRule));
    let end = end.map_or_else(|| "none".to_owned(), |end| end.at.to_string());
    assert_eq!(end, cancelled, "{:?} {:?} paid {:?}", order.market, order.kind, order.paid_at);
}

#[test]
fn normal_orders() {
    for (market, at, expect, cancelled) in [
        // The end of a day in California is 07:59:59 UTC, 06:59:59 in summer.
        ("US", "2026-11-16T18:00:00Z", "2026-11-19T07:59:59Z", "2026-11-26T07:59:59Z"),
        ("US", "2026-11-17T07:59:59Z", "2026-11-19T07:59:59Z", "2026-11-26T07:59:59Z"), // Monday's last second
        ("US", "2026-11-17T08:00:00Z", "2026-11-20T07:59:59Z", "2026-11-28T07:59:59Z"), // Thanksgiving in the 7 days
        ("US", "2026-11-12T18:00:00Z", "2026-11-17T07:59:59Z", "2026-11-24T07:59:59Z"), // over a weekend
        ("US", "2026-11-14T20:00:00Z", "2026-11-18T07:59:59Z", "2026-11-25T07:59:59Z"), // on a Saturday
        ("US", "2026-11-25T20:00:00Z", "2026-12-01T07:59:59Z", "2026-12-08T07:59:59Z"), // before Thanksgiving
        ("US", "2026-11-26T20:00:00Z", "2026-12-01T07:59:59Z", "2026-12-08T07:59:59Z"), // on it
        ("US", "2026-07-01T18:00:00Z", "2026-07-07T06:59:59Z", "2026-07-14T06:59:59Z"), // the 4th observed on Friday
        ("US", "2027-07-02T18:00:00Z", "2027-07-08T06:59:59Z", "2027-07-15T06:59:59Z"), // the 4th observed on Monday
        ("US", "2027-12-30T18:00:00Z", "2028-01-05T07:59:59Z", "2028-01-12T07:59:59Z"), // New Year observed in the old
        ("US", "2026-03-06T18:00:00Z", "2026-03-11T06:59:59Z", "2026-03-18T06:59:59Z"), // summer time begins
        ("US", "2026-10-30T17:00:00Z", "2026-11-04T07:59:59Z", "2026-11-11T07:59:59Z"), // and ends
        ("US", "2025-12-01T18:00:00Z", "2025-12-04T07:59:59Z", "2025-12-11T07:59:59Z"), // by the rule before
        ("US", "2025-10-23T06:59:59Z", "72 h", "none"), // the last second without a rule
        ("US", "2025-10-23T07:00:00Z", "2025-10-28T06:59:59Z", "2025-11-04T07:59:59Z"),
        ("GB", "2026-11-16T18:00:00Z", "2026-11-18T23:59:59Z", "none"),
        ("GB", "2026-03-27T09:00:00Z", "2026-03-31T22:59:59Z", "none"), // summer time begins
        ("GB", "2026-10-23T09:00:00Z", "2026-10-27T23:59:59Z", "none"), // and ends
        ("GB", "2026-04-02T09:00:00Z", "2026-04-08T22:59:59Z", "none"), // Easter
        ("GB", "2026-12-24T09:00:00Z", "2026-12-30T23:59:59Z", "none"), // Boxing Day observed on Monday
        ("GB", "2024-11-03T09:00:00Z", "72 h", "none"),
        ("VN", "2026-11-16T06:59:59Z", "2026-11-16T16:59:59Z", "2026-11-18T16:59:59Z"), // before 14:00
        ("VN", "2026-11-16T07:00:00Z", "2026-11-17T16:59:59Z", "2026-11-18T16:59:59Z"),
        ("VN", "2026-11-13T07:00:00Z", "2026-11-16T16:59:59Z", "2026-11-17T16:59:59Z"), // Friday
        ("VN", "2026-11-14T03:00:00Z", "2026-11-16T16:59:59Z", "2026-11-17T16:59:59Z"), // Saturday
        ("TH", "2026-11-16T03:00:00Z", "2026-11-18T16:59:59Z", "none"),
        ("BR", "2026-11-16T12:00:00Z", "2026-11-18T02:59:59Z", "2026-11-25T02:59:59Z"),
        ("ID", "2026-11-16T12:00:00Z", "72 h", "none"),
        ("MY", "2026-11-16T12:00:00Z", "72 h", "none"),
        ("DE", "2026-11-16T12:00:00Z", "72 h", "none"),
    ] {
        for kind in [OrderKind::Normal, OrderKind::Auction, OrderKind::ZeroLottery] {
            check(&paid(market, kind, at), expect, cancelled);
        }
    }
}

#[test]
fn other_kinds() {
    use OrderKind::{BackOrder, MadeToOrder, PreOrder, Unknown, Virtual};
    let released = |market, released: Option<&str>| Order {
        released_at: released.map(instant),
        ..paid(market, PreOrder, "2026-11-12T18:00:00Z")
    };
    check(&released("US", Some("2026-11-16T18:00:00Z")), "2026-11-18T07:59:59Z", "2026-11-24T07:59:59Z");
    check(&released("US", Some("2026-10-01T18:00:00Z")), "2026-11-14T07:59:59Z", "2026-11-20T07:59:59Z");
    check(&released("US", None), "72 h", "none");
    check(&released("GB", Some("2026-11-16T18:00:00Z")), "72 h", "none");
    for kind in [MadeToOrder, BackOrder] {
        let handled = |handling| Order { handling, ..paid("US", kind.clone(), "2026-11-20T18:00:00Z") };
        let days = |days, unit| handled(Some(Handling { days, unit }));
        let business = days(5, HandlingUnit::BusinessDays);
        check(&business, "2026-12-01T07:59:59Z", "2026-12-05T07:59:59Z");
        check(&days(5, HandlingUnit::CalendarDays), "2026-11-26T07:59:59Z", "2026-12-03T07:59:59Z");
        check(&handled(None), "72 h", "none");
        check(&Order { market: Market::new("TH"), ..business }, "72 h", "none");
    }
    check(&paid("US", Unknown("RAFFLE".into()), "2026-11-16T18:00:00Z"), "72 h", "none");
    check(&paid("US", Virtual, "2026-11-16T18:00:00Z"), "none", "none");
}

#[test]
fn what_is_ready_waits_for_the_scan_where_the_scan_counts() {
    for (market, expect, cancelled) in [
        ("US", "2026-11-19T07:59:59Z", "none"),
        ("VN", "2026-11-17T16:59:59Z", "2026-11-19T16:59:59Z"),
        ("GB", "none", "none"),
        ("BR", "none", "none"),
        ("ID", "none", "none"),
    ] {
        let order = paid(market, OrderKind::Normal, "2026-11-16T12:00:00Z");
        check(&Order { status: OrderStatus::AwaitingCollection, ..order }, expect, cancelled);
    }
}

#[test]
fn a_clock_beyond_the_rule_s_cancellation_moves_it() {
    let mut order = paid("US", OrderKind::Normal, "2026-11-16T18:00:00Z");
    let end = |order: &Order| deadline(order, &DispatchRules::built_in().unwrap()).unwrap().cancellation;
    order.clocks.ready_by = Some(instant("2026-11-20T07:59:59Z"));
    assert_eq!(end(&order).map(|end| end.at), Some(instant("2026-11-26T07:59:59Z")));
    order.clocks.ready_by = Some(instant("2026-12-24T07:59:59Z"));
    assert_eq!(end(&order), None);
}

#[test]
fn late_by_the_clock_that_counted_then() {
    let rules = DispatchRules::built_in().unwrap();
    for (market, at, expect) in [
        ("US", "2025-12-24T12:00:00Z", LateBy::Ready),
        ("US", "2026-01-09T07:59:59Z", LateBy::Ready),
        ("US", "2026-01-09T08:00:00Z", LateBy::Scan),
        ("US", "2026-11-24T12:00:00Z", LateBy::Scan),
        ("GB", "2026-11-24T12:00:00Z", LateBy::Ready),
        ("VN", "2026-11-24T12:00:00Z", LateBy::Scan),
        ("DE", "2026-11-24T12:00:00Z", LateBy::Ready),
    ] {
        assert_eq!(rules.late_by(&Market::new(market), instant(at)), expect, "{market} {at}");
    }
}

#[track_caller]
fn check_why(order: &Order, why: &str, end: Option<&str>) {
    let deadline = deadline(order, &DispatchRules::built_in().unwrap()).unwrap();
    assert_eq!(deadline.why, why);
    assert_eq!(deadline.cancellation.map(|end| end.why).as_deref(), end);
}

#[test]
fn rules_explain_themselves() {
    let since = "since 2026-01-09 \
                 (https://seller-us.tiktok.com/university/essay?knowledge_id=3668989549299511, 2026-01-09)";
    let mut order = paid("US", OrderKind::Normal, "2026-11-25T20:00:00Z");
    let within = "until 23:59:59 in America/Los_Angeles, not counting the holiday 2026-11-26";
    let asks = format!("US asks for the carrier's scan within 2 business days of payment, {within} {since}.");
    let end = format!(
        "TikTok cancels an order in US unless it is ready to ship within 7 business days of payment, {within} {since}."
    );
    check_why(&order, &format!("TikTok gave no clock, and {asks}"), Some(&end));
    order.clocks.ready_by = Some(instant("2026-11-24T00:00:00Z"));
    let odd = "TikTok gave no usable clock (rts_sla_time lies before the payment and is ignored)";
    check_why(&order, &format!("{odd}, and {asks}"), Some(&end));
    let br = paid("BR", OrderKind::Normal, "2026-11-16T12:00:00Z");
    let since = "since 2025-01-01 (a collection of seller rules, not by TikTok, undated)";
    let of = "of payment, until 23:59:59 in America/Sao_Paulo";
    check_why(
        &br,
        &format!(
            "TikTok gave no clock, and BR asks for the order ready to ship within 1 business day {of} {since}."
        ),
        Some(&format!(
            "TikTok cancels an order in BR unless it is ready to ship within 6 business days {of} {since}."
        )),
    );
    for (market, kind, lack) in [
        ("DE", OrderKind::Normal, "no rule is known for DE at that time"),
        ("ID", OrderKind::Normal, "ID's rule does not cover normal orders"),
        ("GB", OrderKind::BackOrder, "GB's rule does not cover back orders"),
        ("US", OrderKind::PreOrder, "the pre-order has no release_date"),
        ("US", OrderKind::MadeToOrder, "the order has no handling_duration"),
        ("US", OrderKind::Unknown("A. B".into()), "Punctual does not know this kind of order"),
    ] {
        let why = format!("TikTok gave no clock, and {lack}, so the deadline is 72 h after payment.");
        check_why(&paid(market, kind, "2026-11-16T12:00:00Z"), &why, None);
    }
}
