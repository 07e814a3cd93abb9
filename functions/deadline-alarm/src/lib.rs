//! deadline-alarm: raises the alarms that are due, and sends their messages.
//!
//! Every order carries the moment at which it is to be checked for its alarms, and one index sorts orders by it. A sweep
//! takes what falls due before the end of the present minute, groups it by shop and kind, and raises one alarm a group
//! ([`domain::alarm::Alarm`] has the invariant that makes it be sent once). What a sweep that died has left is resumed by
//! the next one.

mod delivery_watch;
mod raise;
mod send;
mod subscriptions;
mod unreadable;

use std::collections::BTreeMap;
use std::sync::Arc;

use backend::{AlarmStore, Notifier, OrderStore, ShopList, ShopStore, batch};
use domain::alarm::{AlarmKind, horizon};
use domain::settings::AllSettings;
use domain::shop::Shop;
use domain::{AlarmId, OrderId, OrderKey, ShopId, Timestamp};
use system::Clock;
use workflow::{Change, StepError, error_chain, update_order};

use delivery_watch::DeliveryWatch;
use subscriptions::Subscriptions;
use unreadable::UnreadableRecords;

/// The most orders that one sweep checks. The next sweep, a minute later, checks the others.
const ORDERS_MAX: usize = 10_000;
/// The most unfinished alarms that one sweep resumes.
const UNFINISHED_MAX: usize = 500;
/// How many orders are checked or marked at a time.
const ORDER_CONCURRENCY: usize = 16;
/// How many alarms are sent at a time.
const ALARM_CONCURRENCY: usize = 8;

/// What [`DeadlineAlarm`] works with.
pub struct DeadlineAlarmDeps {
    pub orders: Arc<dyn OrderStore>,
    pub shops: Arc<dyn ShopStore>,
    pub alarms: Arc<dyn AlarmStore>,
    pub notifier: Arc<dyn Notifier>,
    pub settings: Arc<AllSettings>,
    pub clock: Arc<dyn Clock>,
}

/// Raises the alarms that are due and sends their messages.
pub struct DeadlineAlarm {
    orders: Arc<dyn OrderStore>,
    shops: Arc<dyn ShopStore>,
    alarms: Arc<dyn AlarmStore>,
    notifier: Arc<dyn Notifier>,
    settings: Arc<AllSettings>,
    clock: Arc<dyn Clock>,
    subscriptions: Subscriptions,
}

/// What a sweep did.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct AlarmSweepReport {
    /// Orders that were checked.
    pub orders: usize,
    /// Alarms that were raised or resumed.
    pub alarms: usize,
    /// Orders and alarms that failed. They stay due for the next sweep.
    pub failed: usize,
    /// Records that cannot be read. One alarm a shop and day tells of them.
    pub unreadable: usize,
}

/// What falls due together, by shop and name of the kind: the orders, or none for the shop itself.
type DueGroups = BTreeMap<(ShopId, &'static str), (AlarmKind, Vec<OrderId>)>;

impl DeadlineAlarm {
    pub fn new(deps: DeadlineAlarmDeps) -> Self {
        let DeadlineAlarmDeps { orders, shops, alarms, notifier, settings, clock } = deps;
        let subscriptions = Subscriptions::default();
        Self { orders, shops, alarms, notifier, settings, clock, subscriptions }
    }

    /// Resumes what earlier sweeps have left, raises the alarms that are due and sends them. An order or alarm that fails
    /// leaves the others alone. At the end, the shops none of whose alarms reached anybody are stored, and logged for the
    /// operator.
    ///
    /// # Errors
    /// When alarms, shops or due orders cannot be listed.
    pub async fn run(&self) -> Result<AlarmSweepReport, StepError> {
        let mut report = AlarmSweepReport::default();
        let unfinished = self.alarms.list_unfinished_alarms(self.clock.now(), UNFINISHED_MAX).await?;
        let watch = DeliveryWatch::default();
        let unreadable = UnreadableRecords::default();
        let resume = |id: AlarmId| {
            let (watch, unreadable) = (&watch, &unreadable);
            async move { unreadable.alarm(&id, self.resume(id.clone(), watch).await) }
        };
        let resumed = batch::answers(unfinished, ALARM_CONCURRENCY, resume).await;
        report.count_alarms("alarm can't be resumed", resumed);

        let now = self.clock.now();
        let ShopList { shops, unreadable: unreadable_shops } = self.shops.list_shops().await?;
        unreadable_shops.iter().for_each(|id| unreadable.shop(id));
        let shops: Vec<Shop> = shops.into_iter().map(|shop| shop.value).collect();
        let groups = self.due_groups(now, &shops, &unreadable, &mut report).await?;
        let groups: Vec<_> =
            groups.into_iter().map(|((shop, _), (kind, orders))| (shop, kind, orders)).collect();
        let raised = batch::answers(groups, ALARM_CONCURRENCY, |(shop, kind, orders)| {
            self.raise(shop, kind, orders, now, &watch)
        })
        .await;
        report.count_alarms("alarm can't be raised", raised);
        self.check_overdue(now, &unreadable).await?;
        self.raise_unreadable(&unreadable, now, &watch, &mut report).await;
        report.failed += self.store_deliveries(watch, &shops).await;
        report.failed += self.compare_subscriptions(&shops).await;
        Ok(report)
    }

    /// Groups what is due.
    async fn due_groups(
        &self,
        now: Timestamp,
        shops: &[Shop],
        unreadable: &UnreadableRecords,
        report: &mut AlarmSweepReport,
    ) -> Result<DueGroups, StepError> {
        let until = horizon(now);
        let keys = self.orders.list_alarms_due(until, ORDERS_MAX).await?;
        report.orders = keys.len();
        let check = |key: OrderKey| async move {
            let kinds = unreadable.order(&key, self.due_kinds(&key, now, until).await)?;
            Ok((key, kinds))
        };
        let mut groups = DueGroups::new();
        for answer in batch::answers(keys, ORDER_CONCURRENCY, check).await {
            let Some((key, kinds)) = log_failure("order can't be checked", answer) else {
                report.failed += 1;
                continue;
            };
            for kind in kinds {
                let group = groups.entry((key.shop.clone(), kind.name()));
                group.or_insert((kind, Vec::new())).1.push(key.order.clone());
            }
        }
        for shop in shops {
            for kind in shop.alarms_due(until) {
                groups.entry((shop.id.clone(), kind.name())).or_insert((kind, Vec::new()));
            }
        }
        Ok(groups)
    }

    /// Which alarms of an order are due. An order none of whose alarms is due although its moment has come is committed with
    /// its next moment.
    async fn due_kinds(
        &self,
        key: &OrderKey,
        now: Timestamp,
        until: Timestamp,
    ) -> Result<Vec<AlarmKind>, StepError> {
        update_order(&*self.orders, key, |record| {
            let before = record.clone();
            record.refresh_timed_exceptions(now);
            let due = record.alarms_due(until);
            if due.is_empty() && *record != before {
                return Ok(Change::Commit(due));
            }
            Ok(Change::Keep(due))
        })
        .await
    }
}

impl AlarmSweepReport {
    /// An error when any order or alarm failed. On AWS it fails the run, so that the function's error count shows it.
    ///
    /// # Errors
    /// With how many failed.
    pub fn all_done(self) -> Result<(), StepError> {
        match self.failed {
            0 => Ok(()),
            failed => Err(StepError::Partly(failed)),
        }
    }

    fn count_alarms(&mut self, what: &str, answers: Vec<Option<Result<(), StepError>>>) {
        for answer in answers {
            self.alarms += 1;
            self.failed += usize::from(log_failure(what, answer).is_none());
        }
    }
}

/// The answer of one item of a batch; `None`, after a log line that begins with `what`, where it failed or panicked.
fn log_failure<T>(what: &str, answer: Option<Result<T, StepError>>) -> Option<T> {
    match answer {
        Some(Ok(answer)) => Some(answer),
        Some(Err(error)) => {
            tracing::error!(error = error_chain(&error), "{what}");
            None
        }
        None => {
            tracing::error!("{what}: the step panicked");
            None
        }
    }
}
