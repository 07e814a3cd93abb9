//! A quote arrives on the carrier's own date, else after so many of the carrier's working days.

use domain::Timestamp;
use domain::rates::{Carrier, Ineligible, Quote, Verdict, arrival, choose, first_pickup};
use jiff::civil::{Date, Time, date, time};

use crate::filter::{Case, no_rules, quotes};
use crate::support::quote;

const MORNING: Time = time(9, 0, 0, 0);
const PICKUP: Time = time(17, 0, 0, 0);

/// 2026-11-20 is a Friday, the 26th is Thanksgiving.
const FRIDAY: Date = date(2026, 11, 20);
const SATURDAY: Date = date(2026, 11, 21);
const SUNDAY: Date = date(2026, 11, 22);
const MONDAY: Date = date(2026, 11, 23);
const TUESDAY: Date = date(2026, 11, 24);
const WEDNESDAY: Date = date(2026, 11, 25);

#[track_caller]
fn check(carrier: Carrier, service: &str, ready_on: Date, days: u16, expect: Date) {
    let quote = quote("rate_1", carrier, service, 900, Some(days));
    let arrives = arrival(&quote, first_pickup(ready_on, MORNING, PICKUP));
    assert_eq!(arrives, Some(expect), "{carrier:?} {service}, ready on {ready_on}, {days} days");
}

#[test]
fn ground_counts_monday_to_friday() {
    use Carrier::{FedEx, Ups};
    for (carrier, service) in [(Ups, "Ground"), (FedEx, "Ground"), (Ups, "NextDayAir")] {
        check(carrier, service, MONDAY, 1, TUESDAY);
        check(carrier, service, FRIDAY, 1, MONDAY);
        check(carrier, service, FRIDAY, 2, TUESDAY);
        check(carrier, service, SATURDAY, 1, TUESDAY);
        check(carrier, service, SUNDAY, 1, TUESDAY);
        check(carrier, service, WEDNESDAY, 1, date(2026, 11, 27)); // Thanksgiving is between
        check(carrier, service, date(2026, 11, 26), 1, date(2026, 11, 30)); // collected on Friday
        check(carrier, service, date(2026, 12, 24), 1, date(2026, 12, 28)); // Christmas is a Friday
    }
}

#[test]
fn the_postal_service_works_on_saturdays() {
    let usps = |ready_on, days, expect| check(Carrier::Usps, "GroundAdvantage", ready_on, days, expect);
    usps(FRIDAY, 1, SATURDAY);
    usps(FRIDAY, 2, MONDAY);
    usps(SATURDAY, 1, MONDAY);
    usps(SUNDAY, 1, TUESDAY);
    usps(WEDNESDAY, 1, date(2026, 11, 27));
    usps(date(2026, 11, 10), 1, date(2026, 11, 12)); // Veterans Day
    check(Carrier::DhlEcommerce, "Ground", SATURDAY, 5, date(2026, 11, 30)); // collected on Monday
}

#[test]
fn some_deliver_every_day() {
    check(Carrier::FedEx, "Home Delivery", FRIDAY, 2, SUNDAY);
    check(Carrier::FedEx, "Home Delivery", SATURDAY, 1, TUESDAY); // collected on Monday
    check(Carrier::Amazon, "Ground", SATURDAY, 1, SUNDAY);
}

#[test]
fn what_is_ready_after_the_pickup_leaves_the_next_day() {
    let at = |ready_at| first_pickup(FRIDAY, ready_at, PICKUP);
    assert_eq!(at(time(16, 59, 59, 0)), FRIDAY);
    assert_eq!(at(time(17, 0, 0, 0)), SATURDAY);
    assert_eq!(at(time(23, 59, 0, 0)), SATURDAY);
    let evening = Case { ship_on: MONDAY, ready_at: time(18, 0, 0, 0), ..Case::default() };
    let ground = quote("rate_1", Carrier::Ups, "Ground", 900, Some(1));
    let decision = choose(quotes(vec![ground]), &evening.request(), &no_rules()).unwrap();
    assert_eq!(decision.candidates[0].arrives, Some(WEDNESDAY));
}

#[test]
fn the_carrier_s_own_date_is_believed() {
    let dated = |days, arrives_on| Quote { arrives_on, ..quote("rate_1", Carrier::Ups, "Ground", 900, days) };
    let arrives = |quote: Quote| arrival(&quote, FRIDAY);
    assert_eq!(arrives(dated(Some(1), Some(SUNDAY))), Some(SUNDAY), "whatever day it is");
    assert_eq!(arrives(dated(None, Some(TUESDAY))), Some(TUESDAY));
    assert_eq!(
        arrives(dated(Some(1), Some(date(2026, 11, 19)))),
        Some(MONDAY),
        "a date that is past is none"
    );
    assert_eq!(arrives(dated(None, None)), None);
}

/// Ground says two days, and a date that is a day after the promise; Next Day Air arrives on the promised day.
#[test]
fn a_date_after_the_promise_is_too_slow_whatever_the_days_say() {
    let promise: Timestamp = "2026-11-25T20:00:00Z".parse().unwrap();
    for ready_on in [FRIDAY, SATURDAY, SUNDAY, MONDAY] {
        let case = Case { ship_on: ready_on, arrive_by: Some(promise), ..Case::default() };
        let late = date(2026, 11, 26);
        let offer = |id, service, cents, days, arrives_on| Quote {
            arrives_on: Some(arrives_on),
            ..quote(id, Carrier::Ups, service, cents, Some(days))
        };
        let ground = offer("ground", "Ground", 900, 2, late);
        let air = offer("air", "NextDayAir", 2_500, 1, WEDNESDAY);
        let decision = choose(quotes(vec![ground, air]), &case.request(), &no_rules()).unwrap();
        assert_eq!(decision.chosen.quote.id.as_str(), "air", "{ready_on}");
        assert!(!decision.arrives_late);
        assert_eq!(
            decision.candidates[0].verdict,
            Verdict::Ineligible(Ineligible::TooSlow { arrives: late })
        );
    }
}

/// Two days from Friday are no longer Sunday: the promise of Monday is kept by air alone.
#[test]
fn without_a_date_a_weekend_makes_ground_too_slow() {
    let promise: Timestamp = "2026-11-23T20:00:00Z".parse().unwrap();
    let ground = || quote("ground", Carrier::Ups, "Ground", 900, Some(2));
    let air = || quote("air", Carrier::Ups, "NextDayAir", 2_500, Some(1));
    let case = Case { ship_on: FRIDAY, arrive_by: Some(promise), ..Case::default() };
    let decision = choose(quotes(vec![ground(), air()]), &case.request(), &no_rules()).unwrap();
    assert_eq!((decision.chosen.quote.id.as_str(), decision.arrives_late), ("air", false));
    for ready_on in [SATURDAY, SUNDAY] {
        let case = Case { ship_on: ready_on, arrive_by: Some(promise), ..Case::default() };
        let decision = choose(quotes(vec![ground(), air()]), &case.request(), &no_rules()).unwrap();
        assert_eq!((decision.chosen.quote.id.as_str(), decision.arrives_late), ("air", true), "{ready_on}");
    }
}

/// Of what is late, the first to arrive is taken, not the one with the fewest days.
#[test]
fn the_fastest_is_what_arrives_first() {
    let promise: Timestamp = "2026-11-21T20:00:00Z".parse().unwrap();
    let case = Case { ship_on: SATURDAY, arrive_by: Some(promise), ..Case::default() };
    let air = quote("air", Carrier::Ups, "NextDayAir", 100, Some(1)); // Tuesday
    let post = quote("post", Carrier::Usps, "Priority Mail", 900, Some(1)); // Monday
    let decision = choose(quotes(vec![air, post]), &case.request(), &no_rules()).unwrap();
    assert_eq!((decision.chosen.quote.id.as_str(), decision.arrives_late), ("post", true));
    // Equal prices: the earlier day, although the carrier says more days.
    let air = quote("air", Carrier::Ups, "NextDayAir", 900, Some(1));
    let post = quote("post", Carrier::Usps, "Priority Mail", 900, Some(1));
    let case = Case { ship_on: SATURDAY, ..Case::default() };
    let decision = choose(quotes(vec![air, post]), &case.request(), &no_rules()).unwrap();
    assert_eq!(decision.chosen.quote.id.as_str(), "post");
}
