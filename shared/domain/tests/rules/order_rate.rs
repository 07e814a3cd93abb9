//! Silent shops.

use domain::Timestamp;
use domain::order_rate::{OrderRate, is_silent};
use jiff::ToSpan;

/// A Monday, 00:00 UTC.
const MONDAY: &str = "2026-11-02T00:00:00Z";

fn at(day: i64, hour: i64, minute: i64) -> Timestamp {
    let monday: Timestamp = MONDAY.parse().unwrap();
    monday + ((day * 24 + hour) * 60 + minute).minutes()
}

/// Two weeks of a shop with `orders` in the hour of the day of the week, 0 for Monday.
fn learnt(orders: impl Fn(i64, i64) -> u32) -> OrderRate {
    let mut order_rate = OrderRate::default();
    for day in -14..0 {
        for hour in 0..24 {
            order_rate.learn(at(day, hour, 0), orders(day.rem_euclid(7), hour));
        }
    }
    order_rate
}

fn by_day(_day: i64, hour: i64) -> u32 {
    if (8..22).contains(&hour) { 6 } else { 0 }
}

#[test]
fn a_night_without_orders_is_no_silence() {
    let order_rate = learnt(by_day);
    assert_eq!(is_silent(&order_rate, at(0, 21, 55), at(1, 5, 0)), None);
    assert_eq!(is_silent(&order_rate, at(0, 21, 55), at(1, 8, 0)), None);
    let silence = is_silent(&order_rate, at(0, 21, 55), at(1, 9, 15)).unwrap();
    assert_eq!((silence.since, silence.expected), (at(0, 21, 55), 8), "half of six, six, a half, a quarter");
}

#[test]
fn a_busy_shop_is_silent_after_two_hours() {
    let order_rate = learnt(|_, _| 100);
    assert_eq!(is_silent(&order_rate, at(1, 10, 0), at(1, 11, 59)), None);
    assert_eq!(is_silent(&order_rate, at(1, 10, 0), at(1, 12, 0)).unwrap().expected, 200);
}

#[test]
fn a_slow_shop_is_silent_when_eight_orders_are_missing() {
    let order_rate = learnt(|_, _| 1);
    assert_eq!(is_silent(&order_rate, at(1, 10, 0), at(1, 17, 59)), None);
    assert_eq!(is_silent(&order_rate, at(1, 10, 0), at(1, 18, 0)).unwrap().expected, 8);
}

#[test]
fn a_quiet_weekend_is_no_silence() {
    let order_rate = learnt(|day, _| if day < 5 { 4 } else { 0 });
    assert_eq!(is_silent(&order_rate, at(4, 23, 30), at(6, 23, 59)), None);
    assert_eq!(is_silent(&order_rate, at(4, 23, 30), at(7, 1, 0)), None, "half past 23 to 1 o'clock: six");
    assert!(is_silent(&order_rate, at(4, 23, 30), at(7, 1, 30)).is_some());
}

#[test]
fn a_new_shop_is_never_silent() {
    assert_eq!(is_silent(&OrderRate::default(), at(0, 0, 0), at(30, 0, 0)), None);
    let mut order_rate = OrderRate::default();
    for hour in 0..167 {
        order_rate.learn(at(0, hour, 0), 20);
        for length in [2, 10, 400] {
            assert_eq!(is_silent(&order_rate, at(0, hour + 1 - length, 0), at(0, hour + 1, 0)), None);
        }
    }
    assert_eq!((order_rate.weeks_known(), order_rate.expected_milli(at(6, 22, 0), at(7, 0, 0))), (0, None));
    order_rate.learn(at(0, 167, 0), 20);
    assert_eq!(
        (order_rate.weeks_known(), order_rate.expected_milli(at(6, 22, 0), at(7, 0, 0))),
        (1, Some(40_000))
    );
    assert!(is_silent(&order_rate, at(7, 0, 0), at(7, 2, 0)).is_some());
}

#[test]
fn the_past_and_the_present_expect_nothing() {
    let order_rate = learnt(|_, _| 100);
    assert_eq!(order_rate.expected_milli(at(1, 0, 0), at(1, 0, 0)), Some(0));
    assert_eq!(order_rate.expected_milli(at(1, 0, 0), at(0, 0, 0)), Some(0));
    assert_eq!(is_silent(&order_rate, at(1, 0, 0), at(0, 0, 0)), None);
}

#[test]
fn learning_follows_a_growing_shop() {
    let mut order_rate = OrderRate::default();
    let mut before = 0;
    for week in 0..20 {
        for hour in 0..168 {
            order_rate.learn(at(7 * week, hour, 0), if week == 0 { 0 } else { 8 });
        }
        let now = order_rate.expected_milli(at(0, 5, 0), at(0, 6, 0)).unwrap();
        assert!(now >= before && now <= 8_000);
        before = now;
        if week == 1 {
            assert_eq!(now, 2_000, "a quarter of the way");
        }
    }
    assert!(before > 7_900, "{before}");
}

#[test]
fn an_hour_is_learnt_once_and_only_forwards() {
    let mut order_rate = learnt(|_, _| 4);
    let before = order_rate.clone();
    order_rate.learn(at(-1, 23, 0), 1_000);
    order_rate.learn(at(-1, 23, 59), 1_000);
    order_rate.learn(at(-9, 0, 0), 1_000);
    assert_eq!(order_rate, before);
    order_rate.learn(at(0, 0, 30), 8);
    assert_eq!(order_rate.expected_milli(at(0, 0, 0), at(0, 1, 0)), Some(5_000));
}

#[test]
fn is_stored_and_read_back_whatever_is_stored() {
    let order_rate = learnt(by_day);
    let stored = serde_json::to_string(&order_rate).unwrap();
    assert_eq!(serde_json::from_str::<OrderRate>(&stored).unwrap(), order_rate);
    let mut odd: OrderRate = serde_json::from_str(r#"{"milli_orders":[18446744073709551615,1]}"#).unwrap();
    assert_eq!(odd.expected_milli(at(0, 0, 0), at(0, 1, 0)), Some(u64::MAX));
    assert_eq!(odd.expected_milli(at(0, 0, 0), at(0, 2, 0)), Some(u64::MAX));
    assert_eq!(odd.expected_milli(at(0, 0, 0), at(0, 3, 0)), None);
    odd.learn(at(0, 0, 0), u32::MAX);
    assert!(odd.expected_milli(at(0, 0, 0), at(0, 1, 0)).is_some());
    let all = learnt(|_, _| u32::MAX);
    assert!(all.expected_milli(Timestamp::MIN, Timestamp::MAX).is_some());
}

/// A generator that gives the same numbers for the same seed (xorshift64).
struct Numbers(u64);

impl Numbers {
    fn below(&mut self, limit: u64) -> u64 {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        self.0 % limit
    }
}

#[test]
fn the_expectation_adds_up_and_grows_with_the_span() {
    for seed in 1..=200 {
        let mut numbers = Numbers(seed);
        let mut order_rate = OrderRate::default();
        for hour in 0..400 {
            order_rate.learn(at(0, hour, 0), u32::try_from(numbers.below(50)).unwrap());
        }
        let from = at(20, 0, 0) + i64::try_from(numbers.below(700_000)).unwrap().seconds();
        let middle = from + i64::try_from(numbers.below(2_000_000)).unwrap().seconds();
        let to = middle + i64::try_from(numbers.below(2_000_000)).unwrap().seconds();
        let expected = |from, to| order_rate.expected_milli(from, to).unwrap();
        let (whole, parts) = (expected(from, to), expected(from, middle) + expected(middle, to));
        assert!(whole == parts || whole == parts + 1, "seed {seed}: {whole}, {parts}");
        assert!(expected(from, middle) <= whole, "seed {seed}");
        assert_eq!(expected(to, from), 0, "seed {seed}");
    }
}
