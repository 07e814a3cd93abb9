//! Load, change, commit; again when somebody else committed first.

use backend::{AlarmStore, Committed, OrderStore, ShopStore, Versioned};
use domain::alarm::Alarm;
use domain::record::OrderRecord;
use domain::shop::Shop;
use domain::{AlarmId, OrderKey, ShopId};

use crate::error::StepError;

/// How often a lost race is run again. Two or three functions at most touch one order at a time.
const RACES_MAX: u32 = 10;

/// Loads the order, lets `decide` make the record to store, and commits it. `decide` gets `None` for an order that is
/// not stored, and returns the record with whatever the caller wants to know; `None` leaves things as they are.
///
/// `decide` is called again when the race for the commit is lost, with the newer record: it must decide from that
/// alone.
pub async fn upsert_order<T>(
    orders: &dyn OrderStore,
    key: &OrderKey,
    mut decide: impl FnMut(Option<OrderRecord>) -> Result<(Option<OrderRecord>, T), StepError> + Send,
) -> Result<T, StepError> {
    for _ in 0..RACES_MAX {
        let (stored, version) = match orders.load_order(key).await? {
            Some(Versioned { value, version }) => (Some(value), version),
            None => (None, 0),
        };
        let (record, answer) = decide(stored)?;
        let Some(record) = record else { return Ok(answer) };
        if let Committed::Stored(_) = orders.commit_order(&record, version).await? {
            return Ok(answer);
        }
    }
    Err(StepError::Contention(key.to_string()))
}

/// Like [`upsert_order`], for an order that is stored. `decide` changes the record in place and returns `Some` to have it
/// committed. The answer is `None` when nothing was.
pub async fn update_order<T>(
    orders: &dyn OrderStore,
    key: &OrderKey,
    mut decide: impl FnMut(&mut OrderRecord) -> Result<Option<T>, StepError> + Send,
) -> Result<Option<T>, StepError> {
    upsert_order(orders, key, |stored| {
        let Some(mut record) = stored else { return Ok((None, None)) };
        let answer = decide(&mut record)?;
        Ok((answer.is_some().then_some(record), answer))
    })
    .await
}

/// Loads the shop, lets `decide` change it in place, and commits it when that returns `Some`. The answer is `None` when
/// nothing was committed: there is no such shop, or nothing was to be changed.
pub async fn update_shop<T>(
    shops: &dyn ShopStore,
    id: &ShopId,
    mut decide: impl FnMut(&mut Shop) -> Result<Option<T>, StepError> + Send,
) -> Result<Option<T>, StepError> {
    for _ in 0..RACES_MAX {
        let Some(Versioned { value: mut shop, version }) = shops.load_shop(id).await? else {
            return Ok(None);
        };
        let Some(answer) = decide(&mut shop)? else { return Ok(None) };
        if let Committed::Stored(_) = shops.commit_shop(&shop, version).await? {
            return Ok(Some(answer));
        }
    }
    Err(StepError::Contention(id.to_string()))
}

/// Loads the alarm, lets `decide` change it in place, and commits it when that returns true. The answer is the alarm as
/// it is stored then; `None` when nothing was committed.
pub async fn update_alarm(
    alarms: &dyn AlarmStore,
    id: &AlarmId,
    mut decide: impl FnMut(&mut Alarm) -> bool + Send,
) -> Result<Option<Versioned<Alarm>>, StepError> {
    for _ in 0..RACES_MAX {
        let Some(Versioned { value: mut alarm, version }) = alarms.load_alarm(id).await? else {
            return Ok(None);
        };
        if !decide(&mut alarm) {
            return Ok(None);
        }
        if let Committed::Stored(version) = alarms.commit_alarm(&alarm, version).await? {
            return Ok(Some(Versioned { value: alarm, version }));
        }
    }
    Err(StepError::Contention(id.to_string()))
}
