//! A stored record that cannot be read harms no other, and people hear of it: once a day for each shop, and when further records
//! cannot be read, once an hour.

use std::collections::{BTreeMap, BTreeSet};
use std::error::Error as _;
use std::sync::{Mutex, PoisonError};

use backend::{BackendError, Committed, batch};
use domain::alarm::{Alarm, AlarmCause, AlarmKind};
use domain::exception::ExceptionKind;
use domain::{AlarmId, OrderId, OrderKey, ShopId, Timestamp};
use jiff::SignedDuration;
use workflow::{Change, StepError, update_alarm};

use crate::{ALARM_CONCURRENCY, AlarmSweepReport, DeadlineAlarm, ORDER_CONCURRENCY};

/// An order whose timer fired this long ago is one that due-sweep cannot handle.
const OVERDUE: SignedDuration = SignedDuration::from_mins(2);
/// The most overdue orders that are checked.
const OVERDUE_MAX: usize = 200;

/// What a sweep could not read, by shop. Records are read side by side, hence the lock.
#[derive(Default)]
pub(crate) struct UnreadableRecords(Mutex<BTreeMap<ShopId, ShopUnreadables>>);

#[derive(Clone, Default)]
struct ShopUnreadables {
    /// Names every record, to tell what people have not heard of yet.
    records: BTreeSet<String>,
    orders: BTreeSet<OrderId>,
    why: Vec<String>,
}

impl UnreadableRecords {
    /// The answer of a step for an order. That the order's record cannot be read is recorded here, and is no failure of the
    /// step: the answer then is the default.
    pub(crate) fn order<T: Default>(
        &self,
        key: &OrderKey,
        answer: Result<T, StepError>,
    ) -> Result<T, StepError> {
        match answer {
            Err(StepError::Backend(error)) if error.is_corrupt() => {
                self.change(&key.shop, |unreadable| {
                    if unreadable.orders.insert(key.order.clone()) {
                        unreadable.records.insert(format!("order {}", key.order));
                        unreadable.why.push(why(&error));
                    }
                });
                Ok(T::default())
            }
            answer => answer,
        }
    }

    /// Records that the record of a shop cannot be read.
    pub(crate) fn shop(&self, id: &ShopId) {
        self.change(id, |unreadable| {
            unreadable.records.insert("shop".to_owned());
            unreadable.why.push("The record of the shop itself can't be read.".to_owned());
        });
    }

    /// The answer of a step for an alarm, with the same exception. An alarm's id begins with its shop.
    pub(crate) fn alarm(&self, id: &AlarmId, answer: Result<(), StepError>) -> Result<(), StepError> {
        match answer {
            Err(StepError::Backend(error)) if error.is_corrupt() => {
                let shop = ShopId::new(id.as_str().split('/').next().unwrap_or_default());
                self.change(&shop, |unreadable| {
                    unreadable.records.insert(format!("alarm {id}"));
                    unreadable.why.push(format!("The alarm {id} can't be sent."));
                });
                Ok(())
            }
            answer => answer,
        }
    }

    fn change(&self, shop: &ShopId, change: impl FnOnce(&mut ShopUnreadables)) {
        change(self.0.lock().unwrap_or_else(PoisonError::into_inner).entry(shop.clone()).or_default());
    }

    fn take(&self) -> BTreeMap<ShopId, ShopUnreadables> {
        std::mem::take(&mut *self.0.lock().unwrap_or_else(PoisonError::into_inner))
    }
}

/// Why a record cannot be read, without which record it is: equal causes are counted together.
fn why(error: &BackendError) -> String {
    error.source().map_or_else(|| error.to_string(), ToString::to_string)
}

impl DeadlineAlarm {
    /// Looks for orders that due-sweep cannot handle because their record cannot be read.
    pub(crate) async fn check_overdue(
        &self,
        now: Timestamp,
        unreadable: &UnreadableRecords,
    ) -> Result<(), StepError> {
        let long_ago = now.saturating_sub(OVERDUE).unwrap_or(Timestamp::MIN);
        let overdue = self.orders.list_due(long_ago, OVERDUE_MAX).await?;
        let check = |key: OrderKey| async move {
            let loaded = self.orders.load_order(&key).await.map_err(StepError::from);
            // Whatever else is wrong with the order shows in due-sweep.
            unreadable.order(&key, loaded.map(drop))
        };
        batch::run(overdue, ORDER_CONCURRENCY, check).await;
        Ok(())
    }

    /// Raises an alarm for each shop with records that cannot be read. Returns them with their versions; `None`
    /// where people know already.
    pub(crate) async fn raise_unreadable(
        &self,
        unreadable: &UnreadableRecords,
        now: Timestamp,
        report: &mut AlarmSweepReport,
    ) -> Vec<Option<(Alarm, u64)>> {
        let found: Vec<_> = unreadable.take().into_iter().collect();
        report.unreadable = found.iter().map(|(_, of_shop)| of_shop.why.len()).sum();
        let raise = |(shop, found)| self.raise_unreadable_of(shop, found, now);
        let answers = batch::answers(found, ALARM_CONCURRENCY, raise).await;
        report.count_alarms("alarm for unreadable records can't be raised", answers)
    }

    /// Unlike other alarms, this one is not marked at any record, as the record may be the one that cannot be read. It is
    /// sent once because its id is the same all day, and the day's first alarm knows which records were told of.
    async fn raise_unreadable_of(
        &self,
        shop: ShopId,
        found: ShopUnreadables,
        now: Timestamp,
    ) -> Result<Option<(Alarm, u64)>, StepError> {
        let kind = AlarmKind::Exception(ExceptionKind::RecordsUnreadable);
        let first = Alarm::new(shop, kind, Vec::new(), now);
        if let Some(raised) = self.commit_unreadable(first.clone(), &found, now).await? {
            return Ok(Some(raised));
        }
        let told = match self.alarms.load_alarm(&first.id).await {
            // The next day's alarm tells of it.
            Err(error) if error.is_corrupt() => return Ok(None),
            told => told?.map(|told| told.value),
        };
        let grown = told.filter(|told| found.records.iter().any(|record| !told.records.contains(record)));
        let Some(next) = grown.and_then(|told| told.of_later_hour(now)) else { return Ok(None) };
        let raised = self.commit_unreadable(next, &found, now).await?;
        if raised.is_some() {
            update_alarm(&*self.alarms, &first.id, |first| {
                first.records.extend(found.records.iter().cloned());
                Change::Commit(())
            })
            .await?;
        }
        Ok(raised)
    }

    /// Stores a new alarm about these records. `None` when there is one of this id.
    async fn commit_unreadable(
        &self,
        mut alarm: Alarm,
        found: &ShopUnreadables,
        now: Timestamp,
    ) -> Result<Option<(Alarm, u64)>, StepError> {
        alarm.causes = AlarmCause::count(found.why.clone());
        alarm.records.clone_from(&found.records);
        let recipients = &self.settings.for_shop(&alarm.shop).recipients;
        alarm.send_to(found.orders.iter().cloned().collect(), None, recipients, now);
        let Committed::Stored(version) = self.alarms.commit_alarm(&alarm, 0).await? else { return Ok(None) };
        let orders: Vec<&str> = alarm.orders.iter().map(OrderId::as_str).collect();
        let why: Vec<&str> = alarm.causes.iter().map(|cause| cause.what.as_str()).collect();
        tracing::error!(shop = %alarm.shop, ?orders, ?why, "stored records can't be read");
        Ok(Some((alarm, version)))
    }
}
