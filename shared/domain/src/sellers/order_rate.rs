//! Detects that a shop has no orders at a time when it usually has many.
//!
//! What is usual is the average number of orders in each hour of the week, in UTC because the shop's zone is not known. A shop
//! that sells nothing at night has no orders in those hours, so nothing is expected then.

use jiff::{SignedDuration, Timestamp};
use serde::{Deserialize, Serialize};

const HOURS_OF_WEEK: usize = 168;
const SECONDS_OF_HOUR: i64 = 3_600;
const SECONDS_OF_WEEK: i64 = SECONDS_OF_HOUR * HOURS_OF_WEEK as i64;

/// The epoch was a Thursday; the hours of the week are counted from Monday 00:00.
const HOURS_FROM_MONDAY_TO_EPOCH: i64 = 72;

/// How many thousandths of an order must have been expected. If orders are independent, the chance of none where eight are
/// expected is e^-8, about one in 3,000.
const SILENT_FROM_MILLI: u64 = 8_000;

/// A shorter gap means nothing, however busy the shop is: orders, and the polls that find them, come in waves.
const SILENT_FROM: SignedDuration = SignedDuration::from_hours(2);

/// How many orders a shop has in each hour of the week, in thousandths of an order.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct OrderRate {
    /// From Monday 00:00 UTC; `None`, or beyond the end, for an hour that was never learned.
    #[serde(default)]
    milli_orders: Vec<Option<u64>>,
    /// How many hours were learned.
    #[serde(default)]
    hours_learnt: u32,
    /// The end of the last hour learned.
    #[serde(default)]
    learnt_until: Option<Timestamp>,
}

/// A shop has had no orders for longer than chance explains.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct OrderGap {
    pub since: Timestamp,
    /// How many whole orders were expected since.
    pub expected: u32,
}

impl OrderRate {
    /// Learns that the hour that began at `hour_start` had `orders`; hours without any count too. The average of that hour of
    /// the week moves a quarter of the way to the new count; the first count is taken as it is.
    ///
    /// Hours are learned in order, each once: one that is not later than the last is skipped, so that running this again
    /// changes nothing. Leave out hours within a gap that [`is_silent`] finds, or the outage becomes what is usual.
    pub fn learn(&mut self, hour_start: Timestamp, orders: u32) {
        let hour = hour_start.as_second().div_euclid(SECONDS_OF_HOUR);
        if self.learnt_until.is_some_and(|until| hour * SECONDS_OF_HOUR < until.as_second()) {
            return;
        }
        self.milli_orders.resize(HOURS_OF_WEEK, None);
        let count = u64::from(orders) * 1_000;
        if let Some(bucket) = self.milli_orders.get_mut(bucket_of(hour)) {
            // A stored number may be anything; u128 cannot overflow.
            let moved = |old: u64| (u128::from(old) * 3 + u128::from(count)) / 4;
            *bucket = Some(bucket.map_or(count, |old| u64::try_from(moved(old)).unwrap_or(u64::MAX)));
        }
        self.hours_learnt = self.hours_learnt.saturating_add(1);
        self.learnt_until = Timestamp::from_second((hour + 1) * SECONDS_OF_HOUR).ok();
    }

    /// How many whole weeks of hours were learned.
    pub fn weeks_known(&self) -> u32 {
        self.hours_learnt / HOURS_OF_WEEK as u32
    }

    /// How many thousandths of an order are expected from `from` to `to`, rounded down; parts of an hour count in proportion, by
    /// the second. `None` if an hour in between was never learned; 0 if there is nothing in between.
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

    /// The sum in thousandths of an order times seconds: exact, to be divided only once.
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

/// The gap of a shop whose last order came at `last_order_at`: at least two hours in which at least eight orders were
/// expected. `None` while less than a week is known, because each average then rests on a single count, which may be part of
/// the gap itself.
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
