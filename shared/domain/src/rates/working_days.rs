//! The days on which carriers collect and deliver. A carrier's "two days" are two of its own days.

use jiff::civil::{Date, Weekday};

/// The days on which a service works. If a carrier's days differ from place to place, these are the ones that apply
/// everywhere: a parcel that arrives a day early harms nobody.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Schedule {
    /// The days on which parcels are collected.
    collects: Days,
    /// The days on which parcels are delivered.
    delivers: Days,
    /// The holidays on which neither is done.
    closed: CarrierHolidays,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Days {
    MondayToFriday,
    MondayToSaturday,
    Daily,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum CarrierHolidays {
    Federal,
    /// New Year's Day, Memorial Day, Independence Day, Labor Day, Thanksgiving and Christmas.
    Six,
}

/// USPS collects and delivers Monday to Saturday, except on federal holidays (usps.com, "Holidays & Events"; Sundays
/// only for Priority Mail Express and for Amazon, not everywhere).
pub(super) const USPS: Schedule = Schedule {
    collects: Days::MondayToSaturday,
    delivers: Days::MondayToSaturday,
    closed: CarrierHolidays::Federal,
};

/// UPS counts Monday to Friday ("business days", ups.com); Saturday delivery of Ground is residential and not
/// everywhere. FedEx Ground and the express services of FedEx count Monday to Friday (fedex.com, "transit time"). Both
/// are closed on the six holidays of their published schedules.
pub(super) const BUSINESS_DAYS: Schedule =
    Schedule { collects: Days::MondayToFriday, delivers: Days::MondayToFriday, closed: CarrierHolidays::Six };

/// FedEx Home Delivery is collected like Ground and delivered every day of the week (fedex.com, "FedEx Home Delivery").
pub(super) const HOME_DELIVERY: Schedule = Schedule { delivers: Days::Daily, ..BUSINESS_DAYS };

/// Collected by a carrier and handed over to the postal service for the last mile.
pub(super) const HANDED_OVER: Schedule = Schedule {
    collects: Days::MondayToFriday,
    delivers: Days::MondayToSaturday,
    closed: CarrierHolidays::Federal,
};

/// Amazon Shipping collects and delivers every day (shipping.amazon.com: "7 days a week").
pub(super) const EVERY_DAY: Schedule =
    Schedule { collects: Days::Daily, delivers: Days::Daily, closed: CarrierHolidays::Six };

impl Schedule {
    /// The day on which a parcel is collected that is ready on `first`.
    pub fn collected_on(&self, first: Date) -> Date {
        if self.works(self.collects, first) { first } else { self.next(self.collects, first) }
    }

    /// The `days`th delivery day after `collected`.
    pub fn delivered_on(&self, collected: Date, days: u16) -> Date {
        (0..days).fold(collected, |date, _| self.next(self.delivers, date))
    }

    /// The next working day after `date`; the last day of the calendar if there is none.
    fn next(&self, days: Days, date: Date) -> Date {
        let mut date = date;
        while let Ok(tomorrow) = date.tomorrow() {
            date = tomorrow;
            if self.works(days, date) {
                break;
            }
        }
        date
    }

    fn works(&self, days: Days, date: Date) -> bool {
        let of_the_week = match days {
            Days::MondayToFriday => !matches!(date.weekday(), Weekday::Saturday | Weekday::Sunday),
            Days::MondayToSaturday => date.weekday() != Weekday::Sunday,
            Days::Daily => true,
        };
        of_the_week && !self.closed.contain(date)
    }
}

impl CarrierHolidays {
    /// A holiday that falls on a Sunday is observed on the Monday after it. One that falls on a Saturday is observed on that
    /// day: carriers work on the Friday before.
    fn contain(self, date: Date) -> bool {
        let fixed = |date: Date| match (date.month(), date.day()) {
            (1, 1) | (7, 4) | (12, 25) => true,
            (6, 19) | (11, 11) => self == Self::Federal,
            _ => false,
        };
        let is_monday = date.weekday() == Weekday::Monday;
        let of_sunday = || is_monday && date.yesterday().is_ok_and(fixed);
        fixed(date) || of_sunday() || self.floating(date)
    }

    fn floating(self, date: Date) -> bool {
        let is = |nth: i8, day: Weekday| date.nth_weekday_of_month(nth, day).is_ok_and(|found| found == date);
        match date.month() {
            // Birthday of Martin Luther King, Washington's Birthday.
            1 | 2 => self == Self::Federal && is(3, Weekday::Monday),
            // Memorial Day.
            5 => is(-1, Weekday::Monday),
            // Labor Day.
            9 => is(1, Weekday::Monday),
            // Columbus Day.
            10 => self == Self::Federal && is(2, Weekday::Monday),
            // Thanksgiving.
            11 => is(4, Weekday::Thursday),
            _ => false,
        }
    }
}

#[cfg(test)]
mod tests {
    use jiff::civil::date;

    use super::{BUSINESS_DAYS, USPS};

    #[test]
    fn federal_holidays_are_kept_as_the_postal_service_keeps_them() {
        let closed = [
            date(2026, 1, 1),
            date(2026, 1, 19),
            date(2026, 2, 16),
            date(2026, 5, 25),
            date(2026, 6, 19),
            date(2026, 7, 4), // a Saturday: kept on the day
            date(2026, 9, 7),
            date(2026, 10, 12),
            date(2026, 11, 11),
            date(2026, 11, 26),
            date(2026, 12, 25),
            date(2027, 7, 5), // the 4th is a Sunday
        ];
        for holiday in closed {
            assert_ne!(USPS.collected_on(holiday), holiday, "{holiday}");
        }
        for open in [date(2026, 7, 3), date(2026, 11, 27), date(2026, 12, 26), date(2027, 12, 24)] {
            assert_eq!(USPS.collected_on(open), open, "{open}");
        }
    }

    #[test]
    fn private_carriers_work_on_the_lesser_holidays() {
        for open in [date(2026, 1, 19), date(2026, 6, 19), date(2026, 10, 12), date(2026, 11, 11)] {
            assert_eq!(BUSINESS_DAYS.collected_on(open), open, "{open}");
        }
        for closed in [date(2026, 5, 25), date(2026, 9, 7), date(2026, 11, 26), date(2026, 12, 25)] {
            assert_ne!(BUSINESS_DAYS.collected_on(closed), closed, "{closed}");
        }
    }
}
