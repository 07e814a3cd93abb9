//! Business days, by the local date.

use domain::Timestamp;
use domain::calendar::{Calendar, Cutoff, Day};
use domain::zone;
use jiff::civil::{Date, Time, date, time};

const WEEKEND: [Day; 2] = [Day::Sat, Day::Sun];

fn calendar<'a>(zone: &str, weekend: &'a [Day], holidays: &'a [Date]) -> Calendar<'a> {
    Calendar { zone: zone::zone_by_name(zone).unwrap(), weekend, holidays }
}

fn until(day: Time) -> Cutoff {
    Cutoff { day, orders: None }
}

fn instant(text: &str) -> Timestamp {
    text.parse().unwrap()
}

#[track_caller]
fn check(calendar: &Calendar<'_>, from: &str, days: u16, cutoff: Cutoff, expect: &str) {
    let counted = calendar.add_business_days(instant(from), days, cutoff);
    assert_eq!(counted.at, instant(expect), "{days} from {from}");
}

#[test]
fn the_end_of_a_day_follows_the_zone() {
    let new_york = calendar("America/New_York", &WEEKEND, &[]);
    let end = until(time(23, 59, 59, 0));
    // From Friday over the Sunday on which the clocks change.
    check(&new_york, "2026-03-06T15:00:00Z", 1, end, "2026-03-10T03:59:59Z");
    check(&new_york, "2026-10-30T15:00:00Z", 1, end, "2026-11-03T04:59:59Z");
}

#[test]
fn a_local_time_that_is_none_or_two_is_the_earlier() {
    let every_day = calendar("America/New_York", &[], &[]);
    // 02:30 does not exist: 01:30 by the clock that ends.
    check(&every_day, "2026-03-07T15:00:00Z", 1, until(time(2, 30, 0, 0)), "2026-03-08T06:30:00Z");
    // 01:30 exists twice.
    check(&every_day, "2026-10-31T15:00:00Z", 1, until(time(1, 30, 0, 0)), "2026-11-01T05:30:00Z");
}

#[test]
fn holidays_and_weekends_do_not_count() {
    let holidays = [date(2026, 11, 26), date(2026, 11, 28)];
    let utc = calendar("UTC", &WEEKEND, &holidays);
    let counted = utc.add_business_days(instant("2026-11-25T10:00:00Z"), 2, until(time(12, 0, 0, 0)));
    assert_eq!(counted.at, instant("2026-11-30T12:00:00Z"));
    assert_eq!(counted.holidays, [date(2026, 11, 26)], "a holiday on a Saturday takes nothing away");
    assert!(!utc.is_business_day(date(2026, 11, 29)) && utc.is_business_day(date(2026, 11, 30)));
    let calendar_days = utc.add_calendar_days(instant("2026-11-25T10:00:00Z"), 2, until(time(12, 0, 0, 0)));
    assert_eq!(calendar_days, instant("2026-11-27T12:00:00Z"));
    let kedah = calendar("Asia/Kuala_Lumpur", &[Day::Fri, Day::Sat], &[]);
    check(&kedah, "2026-11-19T02:00:00Z", 1, until(time(23, 59, 59, 0)), "2026-11-22T15:59:59Z");
}

#[test]
fn no_day_ends_before_it_began() {
    let utc = calendar("UTC", &WEEKEND, &[]);
    let noon = until(time(12, 0, 0, 0));
    check(&utc, "2026-11-16T12:00:00Z", 0, noon, "2026-11-16T12:00:00Z");
    check(&utc, "2026-11-16T12:00:01Z", 0, noon, "2026-11-17T12:00:00Z");
    check(&utc, "2026-11-14T09:00:00Z", 0, noon, "2026-11-16T12:00:00Z");
    let late = utc.add_calendar_days(instant("2026-11-13T12:00:01Z"), 0, noon);
    assert_eq!(late, instant("2026-11-14T12:00:00Z"));
}

#[test]
fn late_orders_count_as_of_the_next_business_day() {
    let utc = calendar("UTC", &WEEKEND, &[]);
    let cutoff = Cutoff { day: time(23, 59, 59, 0), orders: Some(time(14, 0, 0, 0)) };
    for (from, days, expect) in [
        ("2026-11-16T13:59:59Z", 0, "2026-11-16T23:59:59Z"),
        ("2026-11-16T14:00:00Z", 0, "2026-11-17T23:59:59Z"),
        ("2026-11-13T14:00:00Z", 1, "2026-11-17T23:59:59Z"),
        ("2026-11-14T09:00:00Z", 1, "2026-11-17T23:59:59Z"),
        ("2026-11-14T09:00:00Z", 0, "2026-11-16T23:59:59Z"),
    ] {
        check(&utc, from, days, cutoff, expect);
    }
}

#[test]
fn the_calendar_ends() {
    let utc = calendar("UTC", &WEEKEND, &[]);
    let counted = utc.add_business_days(Timestamp::MAX, u16::MAX, until(time(23, 59, 59, 0)));
    assert_eq!((counted.at, counted.holidays), (Timestamp::MAX, Vec::new()));
}
