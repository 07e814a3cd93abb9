//! When a quote arrives.

use jiff::civil::{Date, Time};

use super::quote::Quote;
use super::services::facts;

/// The first day on which a carrier can collect a parcel that is ready on `ready_on` at `ready_at`, both in the warehouse's
/// local time: a parcel that is ready at `last_pickup` or later waits for the next day.
pub fn first_pickup(ready_on: Date, ready_at: Time, last_pickup: Time) -> Date {
    if ready_at < last_pickup { ready_on } else { ready_on.tomorrow().unwrap_or(ready_on) }
}

/// The day on which `quote` arrives: the carrier's own date, otherwise its number of days, counted in its working days from the
/// day on which it collects the parcel. `first_pickup` is the first day on which it can. `None` if the carrier gives neither,
/// or the service is not known.
///
/// The carrier's date accounts for everything that it knows about holidays and the route. A date before the pickup can't be
/// right and is ignored.
pub fn arrival(quote: &Quote, first_pickup: Date) -> Option<Date> {
    if let Some(date) = quote.arrives_on.filter(|date| *date >= first_pickup) {
        return Some(date);
    }
    let schedule = &facts(&quote.service)?.schedule;
    Some(schedule.delivered_on(schedule.collected_on(first_pickup), quote.days?))
}
