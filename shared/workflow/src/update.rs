//! Load, change, commit; and decide again when somebody else committed first.

use backend::{AlarmStore, Committed, OrderStore, ShopStore, Versioned};
use domain::alarm::Alarm;
use domain::record::OrderRecord;
use domain::shop::Shop;
use domain::{AlarmId, OrderKey, ShopId};

use crate::change::Change;
use crate::error::StepError;

/// How often a lost race is run again. Two or three functions at most work on one record at a time.
const RACES_MAX: u32 = 10;

/// Loads the order (`None` where none is stored), lets `decide` change it or put a new one in its place, and commits what
/// is there when the answer is [`Change::Commit`].
///
/// A lost race calls `decide` again with the newer record, so it must decide from that alone.
///
/// # Errors
/// When the backend fails, `decide` does, or every race is lost.
pub async fn upsert_order<T>(
    orders: &dyn OrderStore,
    key: &OrderKey,
    mut decide: impl FnMut(&mut Option<OrderRecord>) -> Result<Change<T>, StepError> + Send,
) -> Result<T, StepError> {
    for _ in 0..RACES_MAX {
        let (mut stored, version) = unversioned(orders.load_order(key).await?);
        let answer = match decide(&mut stored)? {
            Change::Keep(answer) => return Ok(answer),
            Change::Commit(answer) => answer,
        };
        let Some(record) = stored else { return Ok(answer) };
        if let Committed::Stored(_) = orders.commit_order(&record, version).await? {
            return Ok(answer);
        }
    }
    Err(StepError::Contention(key.to_string()))
}

/// Like [`upsert_order`], for an order that is stored. An order that is not is left alone, and the answer is
/// `T::default()`: nothing happened.
///
/// # Errors
/// As [`upsert_order`].
pub async fn update_order<T: Default>(
    orders: &dyn OrderStore,
    key: &OrderKey,
    mut decide: impl FnMut(&mut OrderRecord) -> Result<Change<T>, StepError> + Send,
) -> Result<T, StepError> {
    upsert_order(orders, key, |stored| match stored {
        Some(record) => decide(record),
        None => Ok(Change::Keep(T::default())),
    })
    .await
}

/// [`upsert_order`] for a shop.
///
/// # Errors
/// As [`upsert_order`].
pub async fn upsert_shop<T>(
    shops: &dyn ShopStore,
    id: &ShopId,
    mut decide: impl FnMut(&mut Option<Shop>) -> Result<Change<T>, StepError> + Send,
) -> Result<T, StepError> {
    for _ in 0..RACES_MAX {
        let (mut stored, version) = unversioned(shops.load_shop(id).await?);
        let answer = match decide(&mut stored)? {
            Change::Keep(answer) => return Ok(answer),
            Change::Commit(answer) => answer,
        };
        let Some(shop) = stored else { return Ok(answer) };
        if let Committed::Stored(_) = shops.commit_shop(&shop, version).await? {
            return Ok(answer);
        }
    }
    Err(StepError::Contention(id.to_string()))
}

/// [`update_order`] for a shop.
///
/// # Errors
/// As [`upsert_order`].
pub async fn update_shop<T: Default>(
    shops: &dyn ShopStore,
    id: &ShopId,
    mut decide: impl FnMut(&mut Shop) -> Result<Change<T>, StepError> + Send,
) -> Result<T, StepError> {
    upsert_shop(shops, id, |stored| match stored {
        Some(shop) => decide(shop),
        None => Ok(Change::Keep(T::default())),
    })
    .await
}

/// Loads the alarm, lets `decide` change it, and commits it when the answer is [`Change::Commit`]. Returns the alarm as it
/// was committed; `None` when it was kept or there is none.
///
/// # Errors
/// When the backend fails, or every race is lost.
pub async fn update_alarm<T>(
    alarms: &dyn AlarmStore,
    id: &AlarmId,
    mut decide: impl FnMut(&mut Alarm) -> Change<T> + Send,
) -> Result<Option<Versioned<Alarm>>, StepError> {
    for _ in 0..RACES_MAX {
        let Some(Versioned { value: mut alarm, version }) = alarms.load_alarm(id).await? else {
            return Ok(None);
        };
        if let Change::Keep(_) = decide(&mut alarm) {
            return Ok(None);
        }
        if let Committed::Stored(version) = alarms.commit_alarm(&alarm, version).await? {
            return Ok(Some(Versioned { value: alarm, version }));
        }
    }
    Err(StepError::Contention(id.to_string()))
}

/// The value, and the version that its commit names: 0 where nothing is stored yet.
fn unversioned<T>(stored: Option<Versioned<T>>) -> (Option<T>, u64) {
    match stored {
        Some(Versioned { value, version }) => (Some(value), version),
        None => (None, 0),
    }
}
