//! Orders that can't be read, refusals of the app, and clocks that differ, as a shop shows them.

use std::collections::BTreeMap;

use domain::alarm::AlarmKind;
use domain::exception::ExceptionKind;
use domain::market::Market;
use domain::polling::PollState;
use domain::shop::{Authorization, SellerType, Shop, ShopMonitor};
use domain::{AlarmId, OrderId, Private, ShopId, Timestamp};
use jiff::SignedDuration;

fn at(seconds: i64) -> Timestamp {
    Timestamp::from_second(1_790_000_000 + seconds).unwrap()
}

fn shop() -> Shop {
    Shop {
        id: ShopId::new("shop"),
        name: "Sample Goods".into(),
        market: Market::united_states(),
        seller: SellerType::Local,
        cipher: Private::from("cipher"),
        account: "account".into(),
        authorization: Authorization::Granted,
        warehouses: Vec::new(),
        warehouses_read_at: at(0),
        connected_at: at(0),
        poll: PollState::new(at(0)),
        monitor: ShopMonitor::default(),
    }
}

fn open(shop: &Shop) -> Vec<(ExceptionKind, String)> {
    shop.open_exceptions().map(|open| (open.kind, open.detail.clone())).collect()
}

/// The orders that are read again now.
fn taken(shop: &mut Shop, now: Timestamp) -> Vec<String> {
    shop.take_unread_orders(now).iter().map(ToString::to_string).collect()
}

#[test]
fn an_order_that_can_t_be_read_is_named_and_read_again_ever_more_rarely() {
    let mut shop = shop();
    let (one, two) = (OrderId::new("577"), OrderId::new("578"));
    let kept: Vec<bool> = (0..6).map(|_| shop.order_unread(&one, "its status is missing", at(0))).collect();
    assert_eq!(kept, [false, false, false, false, true, true], "its message comes again a few times");
    shop.order_unread(&two, "x", at(0));
    let detail = "TikTok's answer cannot be read for order 577, 578: its status is missing.".to_owned();
    assert_eq!(open(&shop), [(ExceptionKind::OrdersUnreadable, detail)]);
    assert_eq!(shop.alarms_due(at(299)), []);
    assert_eq!(shop.alarms_due(at(300)).len(), 1);

    assert_eq!(taken(&mut shop, at(599)), ["578"]);
    assert_eq!(taken(&mut shop, at(600)), ["577"]);
    assert_eq!(taken(&mut shop, at(601)), [""; 0], "they are under way");
    for _ in 0..20 {
        assert!(shop.order_unread(&one, "still", at(600)));
    }
    assert_eq!(taken(&mut shop, at(600 + 6 * 3_600 - 1)), ["578"]);
    assert_eq!(taken(&mut shop, at(600 + 6 * 3_600)), ["577"], "no more rarely than that");

    assert!(shop.orders_read(&[two], at(700)));
    assert!(open(&shop)[0].1.ends_with("for order 577: still."), "{:?}", open(&shop));
    assert!(
        shop.orders_read(std::slice::from_ref(&one), at(700))
            && !shop.orders_read(std::slice::from_ref(&one), at(700))
    );
    assert_eq!(open(&shop), []);

    shop.order_unread(&one, "x", at(0));
    shop.app_refused("sign is invalid", at(0));
    assert_eq!(taken(&mut shop, at(9_000)), [""; 0], "TikTok can't be asked");
    shop.judge_app(at(9_000));
    assert_eq!(taken(&mut shop, at(9_000)), ["577"]);
    shop.take_unread_orders(at(14 * 24 * 3_600));
    assert_eq!(open(&shop), [], "given up");
}

/// The kinds that are due now, each of which is raised.
fn raised(shop: &mut Shop, now: Timestamp) -> Vec<&'static str> {
    let mut names = Vec::new();
    for kind in shop.alarms_due(now) {
        let alarm = AlarmId::new(format!("{}/{}", kind.name(), now.as_second()));
        // As a sweep does it: what opens within the same minute belongs to the alarm.
        assert!(shop.raise(kind, &alarm, now.saturating_add(SignedDuration::from_secs(59)).unwrap(), now));
        names.push(kind.name());
    }
    names
}

const HOUR: i64 = 3_600;

#[test]
fn further_orders_that_can_t_be_read_are_told_of_once_an_hour() {
    let mut shop = shop();
    let order = |n: i64| OrderId::new(n.to_string());
    shop.order_unread(&order(1), "x", at(0));
    assert_eq!(raised(&mut shop, at(300)), ["orders_unreadable"]);
    // It is tried again and again, which is no news.
    shop.order_unread(&order(1), "x", at(2 * HOUR));
    assert_eq!(raised(&mut shop, at(3 * HOUR)), [""; 0]);

    // Another one, after long; it has its five minutes too.
    shop.order_unread(&order(2), "x", at(3 * HOUR));
    assert_eq!(raised(&mut shop, at(3 * HOUR + 299)), [""; 0]);
    assert_eq!(raised(&mut shop, at(3 * HOUR + 300)), ["orders_unreadable"]);
    assert!(open(&shop)[0].1.contains("order 1, 2: "), "{:?}", open(&shop));

    // More of them, in the very minute of the alarm and later: together, an hour after it.
    shop.order_unread(&order(3), "x", at(3 * HOUR + 310));
    shop.order_unread(&order(4), "x", at(3 * HOUR + 1_000));
    let next = 4 * HOUR + 359;
    assert_eq!(raised(&mut shop, at(next - 1)), [""; 0]);
    assert_eq!(raised(&mut shop, at(next)), ["orders_unreadable"]);
    assert_eq!(raised(&mut shop, at(next + 9 * HOUR)), [""; 0]);

    // One that is read in time is not told of; nor are those that are left.
    shop.order_unread(&order(5), "x", at(20 * HOUR));
    shop.orders_read(&[order(1), order(5)], at(20 * HOUR + 200));
    assert_eq!(raised(&mut shop, at(21 * HOUR)), [""; 0]);
}

#[test]
fn more_dead_letters_than_were_told_of_are_told_of_once_an_hour() {
    let mut shop = shop();
    let letters = |count: usize| BTreeMap::from([("label-requests", count)]);
    shop.show_dead_letters(&letters(2), at(0));
    assert_eq!(raised(&mut shop, at(0)), ["dead_letters"]);
    for (minutes, count) in [(5, 3), (10, 4), (59, 4)] {
        shop.show_dead_letters(&letters(count), at(minutes * 60));
        assert_eq!(raised(&mut shop, at(minutes * 60)), [""; 0], "{minutes}");
    }
    assert_eq!(raised(&mut shop, at(61 * 60)), ["dead_letters"]);
    assert_eq!(open(&shop)[0].1, "Messages failed permanently: 4 in label-requests.");
    // Fewer, and as many as were told of, are no news.
    for count in [1, 4] {
        shop.show_dead_letters(&letters(count), at(3 * HOUR));
        assert_eq!(raised(&mut shop, at(3 * HOUR)), [""; 0], "{count}");
    }
    // What comes after all are gone is an exception of its own, for which the six hours count.
    shop.show_dead_letters(&BTreeMap::new(), at(4 * HOUR));
    assert_eq!(open(&shop), []);
    shop.show_dead_letters(&letters(1), at(5 * HOUR));
    assert_eq!(raised(&mut shop, at(5 * HOUR)), [""; 0]);
    assert_eq!(raised(&mut shop, at(61 * 60 + 59 + 6 * HOUR)), ["dead_letters"]);
}

#[test]
fn a_shop_remembers_a_hundred_orders_that_can_t_be_read() {
    let mut shop = shop();
    for n in 0..101 {
        for _ in 0..5 {
            let kept = shop.order_unread(&OrderId::new(n.to_string()), "x", at(0));
            assert!(!kept || n < 100);
        }
    }
    assert_eq!(shop.monitor.orders_unreadable.len(), 100);
    assert!(open(&shop)[0].1.contains("8, 9 and 90 more: "), "{:?}", open(&shop));
}

#[test]
fn a_refusal_of_the_app_is_one_exception_until_none_comes_for_a_while() {
    let mut shop = shop();
    assert!(shop.app_refused("one", at(0)));
    assert!(!shop.app_refused("two", at(29)), "it is noted");
    assert!(shop.app_refused("three", at(30)));
    assert_eq!(open(&shop), [(ExceptionKind::AppRefused, "TikTok rejects our calls: one.".to_owned())]);
    shop.judge_app(at(119));
    assert_eq!(open(&shop).len(), 1);
    shop.judge_app(at(120));
    assert_eq!(open(&shop), []);
    assert!(!shop.app_is_taken_again(at(120)));

    // The clock is set back.
    shop.app_refused("one", at(5_000));
    shop.judge_app(at(0));
    assert_eq!(open(&shop), []);
}

#[test]
fn a_clock_that_differs_by_more_than_a_minute_is_shown() {
    let mut shop = shop();
    for seconds in [0, 60, -60] {
        shop.judge_clock(SignedDuration::from_secs(seconds), at(0));
        assert_eq!(open(&shop), [], "{seconds}");
    }
    shop.judge_clock(SignedDuration::from_secs(-61), at(0));
    shop.judge_clock(SignedDuration::from_secs(-62), at(1));
    let [(ExceptionKind::ClockWrong, why)] = &open(&shop)[..] else { panic!("{:?}", open(&shop)) };
    assert!(why.starts_with("This machine's clock is wrong by 61 s: it is behind TikTok's."), "{why}");
    shop.judge_clock(SignedDuration::ZERO, at(2));
    assert_eq!(open(&shop), []);
}

#[test]
fn a_shop_forgets_what_has_not_come_yet() {
    let mut shop = shop();
    shop.monitor.comparison_begun_at = Some(at(9_000));
    shop.monitor.learnt_until = Some(at(9_000));
    shop.monitor.tokens_failing_since = Some(at(9_000));
    shop.open_exception(ExceptionKind::ServiceUnavailable, "x", at(9_000));
    shop.open_exception(ExceptionKind::AppRefused, "x", at(9_000));
    let app = AlarmKind::Exception(ExceptionKind::AppRefused);
    assert!(shop.raise(app, &AlarmId::new("app"), at(9_300), at(9_300)));
    shop.close_exception(ExceptionKind::AppRefused, at(9_300));
    assert_eq!(shop.alarms_due(at(480)), []);
    assert!(shop.mend_times(at(0)));
    shop.open_exception(ExceptionKind::AppRefused, "x", at(60));
    assert_eq!(shop.alarms_due(at(6 * HOUR - 1)).len(), 1);
    assert_eq!(shop.alarms_due(at(6 * HOUR)).len(), 2, "six hours after the alarm, by the clock as it is");
    shop.close_exception(ExceptionKind::AppRefused, at(60));
    let watch = &shop.monitor;
    assert_eq!(
        (watch.comparison_begun_at, watch.learnt_until, watch.tokens_failing_since),
        (None, None, None)
    );
    assert_eq!(shop.alarms_due(at(480)).len(), 1, "it is told in time");
    assert!(!shop.mend_times(at(0)));
}
