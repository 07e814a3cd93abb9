//! Business days of a market, counted by its local date.
//!
//! A day ends at a local time of day, in a zone whose offset may change. So the end of a day is computed for each date, never
//! by adding hours. A local time that is skipped or occurs twice is taken as the earlier of the two instants that it may mean
//! (one that is skipped is read with the offset after the gap): a deadline that is too early harms nobody.

use jiff::Timestamp;
use jiff::civil::{Date, Time, Weekday};
use jiff::tz::TimeZone;
use serde::{Deserialize, Serialize};

/// A day of the week, as rules write it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Day {
    Mon,
    Tue,
    Wed,
    Thu,
    Fri,
    Sat,
    Sun,
}

impl From<Day> for Weekday {
    fn from(day: Day) -> Self {
        match day {
            Day::Mon => Self::Monday,
            Day::Tue => Self::Tuesday,
            Day::Wed => Self::Wednesday,
            Day::Thu => Self::Thursday,
            Day::Fri => Self::Friday,
            Day::Sat => Self::Saturday,
            Day::Sun => Self::Sunday,
        }
    }
}

/// Which days are business days, and where.
#[derive(Clone, Debug)]
pub struct Calendar<'a> {
    /// Where a day begins and ends.
    pub zone: TimeZone,
    /// The days of the week that do not count: at most six.
    pub weekend: &'a [Day],
    /// Dates that do not count, whatever day of the week they are.
    pub holidays: &'a [Date],
}

/// When a business day ends.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Cutoff {
    /// The last moment of a business day.
    pub day: Time,
    /// What comes in from this time of day on, or on a day that is no business day, counts as of the next business day.
    /// `None` if only the date counts.
    pub orders: Option<Time>,
}

/// The result of counting business days.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct CountedDays {
    /// The last moment of the last day.
    pub at: Timestamp,
    /// The holidays that were skipped and would otherwise have counted.
    pub holidays: Vec<Date>,
}

impl Calendar<'_> {
    /// True for a day that counts.
    pub fn is_business_day(&self, date: Date) -> bool {
        !self.is_weekend(date) && !self.holidays.contains(&date)
    }

    /// The end of the `days`th business day after the local date of `from`; with 0 days the end of that date itself, or of
    /// the next business day if it is none. If that would lie before `from`, it is a business day later.
    ///
    /// Beyond the end of the calendar it is the last instant there is.
    pub fn add_business_days(&self, from: Timestamp, days: u16, cutoff: Cutoff) -> CountedDays {
        let mut holidays = Vec::new();
        let at = self.count(from, days, cutoff, &mut holidays).unwrap_or(Timestamp::MAX);
        CountedDays { at, holidays }
    }

    /// The end of the `days`th day after the local date of `from`, whatever day it is. If that would lie before `from`, it is
    /// a day later.
    pub fn add_calendar_days(&self, from: Timestamp, days: u16, cutoff: Cutoff) -> Timestamp {
        let every_day = Calendar { zone: self.zone.clone(), weekend: &[], holidays: &[] };
        every_day.add_business_days(from, days, Cutoff { orders: None, ..cutoff }).at
    }

    fn count(&self, from: Timestamp, days: u16, cutoff: Cutoff, passed: &mut Vec<Date>) -> Option<Timestamp> {
        let local = from.to_zoned(self.zone.clone());
        let mut date = local.date();
        let counts_later = |until: Time| local.time() >= until || !self.is_business_day(date);
        if cutoff.orders.is_some_and(counts_later) {
            date = self.next(date, passed)?;
        }
        for _ in 0..days {
            date = self.next(date, passed)?;
        }
        if !self.is_business_day(date) {
            if !self.is_weekend(date) {
                passed.push(date);
            }
            date = self.next(date, passed)?;
        }
        loop {
            let at = self.instant(date, cutoff.day)?;
            if at >= from {
                return Some(at);
            }
            date = self.next(date, passed)?;
        }
    }

    /// The business day after `date`; `None` at the end of the calendar.
    fn next(&self, date: Date, passed: &mut Vec<Date>) -> Option<Date> {
        let mut date = date.tomorrow().ok()?;
        while !self.is_business_day(date) {
            if !self.is_weekend(date) {
                passed.push(date);
            }
            date = date.tomorrow().ok()?;
        }
        Some(date)
    }

    fn is_weekend(&self, date: Date) -> bool {
        self.weekend.iter().any(|day| Weekday::from(*day) == date.weekday())
    }

    fn instant(&self, date: Date, time: Time) -> Option<Timestamp> {
        self.zone.to_ambiguous_timestamp(date.to_datetime(time)).earlier().ok()
    }
}
