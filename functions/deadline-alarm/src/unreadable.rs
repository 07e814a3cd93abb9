//! A stored record that can't be read costs itself alone, and is told: once a day for each shop.

use std::collections::{BTreeMap, BTreeSet};
use std::error::Error as _;
use std::sync::{Mutex, PoisonError};

use backend::{BackendError, Committed, batch};
use domain::alarm::{Alarm, AlarmCause, AlarmKind};
use domain::exception::ExceptionKind;
use domain::{AlarmId, OrderId, OrderKey, ShopId, Timestamp};
use jiff::SignedDuration;
use workflow::StepError;

use crate::hearing::Hearing;
use crate::{ALARMS_AT_ONCE, AT_ONCE, DeadlineAlarm, Swept};

/// An order whose timer rang so long ago is one that nobody can take up.
const OVERDUE: SignedDuration = SignedDuration::from_mins(2);
/// The most overdue orders that are looked at.
const OVERDUE_MAX: usize = 200;

/// What a sweep could not read, by shop.
#[derive(Default)]
pub(crate) struct Unreadable(Mutex<BTreeMap<ShopId, OfShop>>);

#[derive(Clone, Default)]
struct OfShop {
    orders: BTreeSet<OrderId>,
    why: Vec<String>,
}

impl Unreadable {
    /// The answer of the step for an order. That its record can't be read is noted, and no failure of the step.
    pub(crate) fn order<T>(
        &self,
        key: &OrderKey,
        answer: Result<T, StepError>,
    ) -> Result<Option<T>, StepError> {
        match answer {
            Err(StepError::Backend(error)) if error.is_corrupt() => {
                self.note(&key.shop, |of_shop| {
                    if of_shop.orders.insert(key.order.clone()) {
                        of_shop.why.push(why(&error));
                    }
                });
                Ok(None)
            }
            answer => answer.map(Some),
        }
    }

    /// Notes a shop.
    pub(crate) fn shop(&self, id: &ShopId) {
        self.note(id, |of_shop| of_shop.why.push("The record of the shop itself can't be read.".to_owned()));
    }

    /// The answer of the step for an alarm. An alarm's id begins with its shop.
    pub(crate) fn alarm(&self, id: &AlarmId, answer: Result<(), StepError>) -> Result<(), StepError> {
        match answer {
            Err(StepError::Backend(error)) if error.is_corrupt() => {
                let shop = ShopId::new(id.as_str().split('/').next().unwrap_or_default());
                self.note(&shop, |of_shop| of_shop.why.push(format!("The alarm {id} can't be told.")));
                Ok(())
            }
            answer => answer,
        }
    }

    fn note(&self, shop: &ShopId, what: impl FnOnce(&mut OfShop)) {
        what(self.0.lock().unwrap_or_else(PoisonError::into_inner).entry(shop.clone()).or_default());
    }

    fn take(&self) -> BTreeMap<ShopId, OfShop> {
        std::mem::take(&mut *self.0.lock().unwrap_or_else(PoisonError::into_inner))
    }
}

/// Why a record can't be read, without which one it is.
fn why(error: &BackendError) -> String {
    error.source().map_or_else(|| error.to_string(), ToString::to_string)
}

impl DeadlineAlarm {
    /// Looks for orders that nobody takes up because their record can't be read.
    pub(crate) async fn look_at_overdue(
        &self,
        now: Timestamp,
        unreadable: &Unreadable,
    ) -> Result<(), StepError> {
        let long_ago = now.saturating_sub(OVERDUE).unwrap_or(Timestamp::MIN);
        let overdue = self.orders.list_due(long_ago, OVERDUE_MAX).await?;
        let look = |key: OrderKey| async move {
            let loaded = self.orders.load_order(&key).await.map_err(StepError::from);
            // Whatever else is wrong with it is its own step's matter.
            unreadable.order(&key, loaded.map(drop)).map(drop)
        };
        batch::run(overdue, AT_ONCE, look).await;
        Ok(())
    }

    /// Tells what can't be read.
    pub(crate) async fn tell_unreadable(
        &self,
        unreadable: &Unreadable,
        now: Timestamp,
        hearing: &Hearing,
        swept: &mut Swept,
    ) {
        let found: Vec<_> = unreadable.take().into_iter().collect();
        swept.unreadable = found.iter().map(|(_, of_shop)| of_shop.why.len()).sum();
        let outcomes =
            batch::run(found, ALARMS_AT_ONCE, |(shop, what)| self.raise_unreadable(shop, what, now, hearing));
        swept.count("unreadable records can't be told", outcomes.await);
    }

    /// The alarm hangs on no record, as others do: it may be the shop's that can't be read. Its id, which is one for a day,
    /// makes it be told once.
    async fn raise_unreadable(
        &self,
        shop: ShopId,
        what: OfShop,
        now: Timestamp,
        hearing: &Hearing,
    ) -> Result<(), StepError> {
        let kind = AlarmKind::Exception(ExceptionKind::RecordsUnreadable);
        let mut alarm = Alarm::new(shop, kind, Vec::new(), now);
        alarm.causes = AlarmCause::count(what.why);
        let recipients = &self.settings.for_shop(&alarm.shop).recipients;
        alarm.send_to(what.orders.into_iter().collect(), None, recipients, now);
        let Committed::Stored(version) = self.alarms.commit_alarm(&alarm, 0).await? else { return Ok(()) };
        let orders: Vec<&str> = alarm.orders.iter().map(OrderId::as_str).collect();
        let why: Vec<&str> = alarm.causes.iter().map(|cause| cause.what.as_str()).collect();
        tracing::error!(shop = %alarm.shop, ?orders, ?why, "stored records can't be read");
        let told = self.tell(alarm, version).await?;
        hearing.note(told.as_ref(), false, now);
        Ok(())
    }
}
