//! When a quote arrives.

use jiff::civil::{Date, Time};

use super::quote::Quote;
use super::services::facts;

/// The first day on which a carrier can collect a parcel that is ready on `ready_on` at `ready_at`, both by the clock of
/// the warehouse: what is ready at `last_pickup` or later waits for the next day.
pub fn first_pickup(ready_on: Date, ready_at: Time, last_pickup: Time) -> Date {
    if ready_at < last_pickup { ready_on } else { ready_on.tomorrow().unwrap_or(ready_on) }
}

/// The day on which `quote` arrives, where it is delivered: the carrier's own date, else its days, counted in its
/// working days from the day on which it collects. `first_pickup` is the first day on which it could. `None` where the
/// carrier says neither, or nothing is known of the service.
///
/// The carrier's date was worked out when the quote was made, with all that it knows of holidays and of the route; one
/// that is before the pickup is no date that can be meant.
pub fn arrival(quote: &Quote, first_pickup: Date) -> Option<Date> {
    if let Some(date) = quote.arrives_on.filter(|date| *date >= first_pickup) {
        return Some(date);
    }
    let schedule = &facts(&quote.service)?.schedule;
    Some(schedule.delivered_on(schedule.collected_on(first_pickup), quote.days?))
}
