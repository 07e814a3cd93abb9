//! A shop that is silent against its own habit: no orders in a span in which it always had many.
//!
//! The habit is a mean count of orders for each hour of the week, in UTC, because the shop's own zone is not known.
//! A shop that sleeps at night has empty hours there, so that a quiet night expects nothing.

use jiff::{SignedDuration, Timestamp};
use serde::{Deserialize, Serialize};

const HOURS_OF_WEEK: usize = 168;
const SECONDS_OF_HOUR: i64 = 3_600;
const SECONDS_OF_WEEK: i64 = SECONDS_OF_HOUR * HOURS_OF_WEEK as i64;

/// The epoch was a Thursday; the hours of the week are counted from Monday 00:00.
const HOURS_FROM_MONDAY_TO_EPOCH: i64 = 72;

/// Thousandths of an order that a silence must have been worth. Were orders independent, none at all where eight are
/// expected would have a chance of e^-8, about one in 3,000.
const SILENT_FROM_MILLI: u64 = 8_000;

/// A shorter span is no silence, however busy the shop: orders and the polls that find them come in waves.
const SILENT_FROM: SignedDuration = SignedDuration::from_hours(2);

/// How many orders a shop has in each hour of the week, in thousandths of an order.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct OrderRate {
    /// From Monday 00:00 UTC; `None`, or beyond the end, for an hour that was never learnt.
    #[serde(default)]
    milli_orders: Vec<Option<u64>>,
    /// How many hours were learnt.
    #[serde(default)]
    hours_learnt: u32,
    /// The end of the last hour learnt.
    #[serde(default)]
    learnt_until: Option<Timestamp>,
}

/// A shop has been silent for longer than chance explains.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct OrderGap {
    /// The last order.
    pub since: Timestamp,
    /// How many orders should have come since, whole ones.
    pub expected: u32,
}

impl OrderRate {
    /// Learns that the hour that began at `hour_start` brought `orders`; hours without any are to be learnt too.
    /// A bucket moves a quarter of the way to the new count, or takes it over when it is the first.
    ///
    /// Hours are learnt in order, each once: one that is not later than the last is passed over, so that a repeated
    /// run teaches nothing twice. An hour in which the shop was silent by [`is_silent`] is better left out, or the
    /// order_rate would learn the outage.
    pub fn learn(&mut self, hour_start: Timestamp, orders: u32) {
        let hour = hour_start.as_second().div_euclid(SECONDS_OF_HOUR);
        if self.learnt_until.is_some_and(|until| hour * SECONDS_OF_HOUR < until.as_second()) {
            return;
        }
        self.milli_orders.resize(HOURS_OF_WEEK, None);
        let count = u64::from(orders) * 1_000;
        if let Some(bucket) = self.milli_orders.get_mut(bucket_of(hour)) {
            // A stored number may be anything: u128 does not overflow.
            let moved = |old: u64| (u128::from(old) * 3 + u128::from(count)) / 4;
            *bucket = Some(bucket.map_or(count, |old| u64::try_from(moved(old)).unwrap_or(u64::MAX)));
        }
        self.hours_learnt = self.hours_learnt.saturating_add(1);
        self.learnt_until = Timestamp::from_second((hour + 1) * SECONDS_OF_HOUR).ok();
    }

    /// How many weeks' worth of hours were learnt, whole ones.
    pub fn weeks_known(&self) -> u32 {
        self.hours_learnt / HOURS_OF_WEEK as u32
    }

    /// How many thousandths of an order are expected from `from` to `to`, rounded down; parts of an hour count in
    /// proportion, by the second. `None` when an hour in the span was never learnt; nothing when the span is empty.
    pub fn expected_milli(&self, from: Timestamp, to: Timestamp) -> Option<u64> {
        let (from, to) = (from.as_second(), to.as_second());
        let weeks = (to - from).max(0) / SECONDS_OF_WEEK;
        let mut total = match weeks {
            0 => 0,
            _ => u128::from(weeks.unsigned_abs()) * self.milli_seconds(0, SECONDS_OF_WEEK)?,
        };
        total += self.milli_seconds(from + weeks * SECONDS_OF_WEEK, to)?;
        Some(u64::try_from(total / u128::from(SECONDS_OF_HOUR.unsigned_abs())).unwrap_or(u64::MAX))
    }

    /// The sum over the span in thousandths of an order times seconds of an hour: exact, to be divided once.
    fn milli_seconds(&self, from: i64, to: i64) -> Option<u128> {
        let mut sum = 0;
        let mut at = from;
        while at < to {
            let hour = at.div_euclid(SECONDS_OF_HOUR);
            let end = to.min((hour + 1) * SECONDS_OF_HOUR);
            let milli = self.milli_orders.get(bucket_of(hour)).copied().flatten()?;
            sum += u128::from(milli) * u128::from((end - at).unsigned_abs());
            at = end;
        }
        Some(sum)
    }
}

/// The silence of a shop whose last order came at `last_order_at`: at least two hours in which at least eight orders
/// were to be expected. `None` as long as less than a week is known, for every bucket still rests on one count that
/// may be part of the silence itself.
pub fn is_silent(order_rate: &OrderRate, last_order_at: Timestamp, now: Timestamp) -> Option<OrderGap> {
    if order_rate.weeks_known() == 0 || now.duration_since(last_order_at) < SILENT_FROM {
        return None;
    }
    let milli = order_rate.expected_milli(last_order_at, now)?;
    let expected = u32::try_from(milli / 1_000).unwrap_or(u32::MAX);
    (milli >= SILENT_FROM_MILLI).then_some(OrderGap { since: last_order_at, expected })
}

fn bucket_of(hour_since_epoch: i64) -> usize {
    let hours = (hour_since_epoch + HOURS_FROM_MONDAY_TO_EPOCH).rem_euclid(HOURS_OF_WEEK as i64);
    usize::try_from(hours).unwrap_or_default()
}
