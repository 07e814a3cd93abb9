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
mod sweep;
mod unreadable;

use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::Duration;

use backend::{AlarmStore, Notifier, OrderStore, ShopList, ShopStore, batch};
use domain::alarm::{Alarm, AlarmKind, horizon};
use domain::settings::AllSettings;
use domain::shop::Shop;
use domain::{AlarmId, OrderId, OrderKey, ShopId, Timestamp};
use system::Clock;
use workflow::{Change, StepError, error_chain, update_order};

use subscriptions::Subscriptions;
use sweep::Sweep;
use unreadable::UnreadableRecords;

/// The most orders that one sweep checks. The next sweep, a minute later, checks the others.
const ORDERS_MAX: usize = 10_000;
/// The most unfinished alarms that one sweep resumes.
const UNFINISHED_MAX: usize = 500;
/// How many orders are checked or marked at a time.
const ORDER_CONCURRENCY: usize = 16;
/// How many alarms are sent at a time.
const ALARM_CONCURRENCY: usize = 8;
/// After this time a sweep sends nothing more: what is under way then, and storing what came of it, still fits into the
/// function's timeout. The next sweep sends the rest.
const SENDING_TIME: Duration = Duration::from_secs(25);

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
    /// Records that cannot be read. An alarm of their shop tells of them.
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

    /// Raises the alarms that are due, sends them, and resumes what earlier sweeps have left. An order or alarm that fails
    /// leaves the others alone. At the end, the shops none of whose alarms reached anybody are stored, and logged for the
    /// operator.
    ///
    /// # Errors
    /// When alarms, shops or due orders cannot be listed; what could be listed is done all the same.
    pub async fn run(&self) -> Result<AlarmSweepReport, StepError> {
        self.run_for(SENDING_TIME).await
    }

    /// Like [`DeadlineAlarm::run`], and sends nothing more after `sending_time`.
    ///
    /// # Errors
    /// As [`DeadlineAlarm::run`].
    pub async fn run_for(&self, sending_time: Duration) -> Result<AlarmSweepReport, StepError> {
        let sweep = Sweep::new(sending_time);
        let mut report = AlarmSweepReport::default();
        let (shops, listed) = match self.shops.list_shops().await {
            Ok(ShopList { shops, unreadable }) => {
                unreadable.iter().for_each(|id| sweep.unreadable.shop(id));
                (shops.into_iter().map(|shop| shop.value).collect(), Ok(()))
            }
            Err(error) => (Vec::new(), Err(StepError::from(error))),
        };
        // New alarms come first: many that a service does not take must not hold them up.
        let (raised, found) = self.raise_due(&shops, &sweep, &mut report).await;
        self.send_all(raised, &sweep, &mut report).await;
        let resumed = self.resume_unfinished(&sweep, &mut report).await;
        let raised = self.raise_unreadable(&sweep.unreadable, self.clock.now(), &mut report).await;
        self.send_all(raised, &sweep, &mut report).await;
        report.failed += self.store_deliveries(sweep.watch, &shops).await;
        report.failed += self.compare_subscriptions(&shops).await;
        listed.and(found).and(resumed).map(|()| report)
    }

    /// Raises the alarms that are due. Returns them with their versions; `None` for one that has nothing to tell.
    async fn raise_due(
        &self,
        shops: &[Shop],
        sweep: &Sweep,
        report: &mut AlarmSweepReport,
    ) -> (Vec<Option<(Alarm, u64)>>, Result<(), StepError>) {
        let now = self.clock.now();
        let (groups, grouped) = match self.due_groups(now, shops, &sweep.unreadable, report).await {
            Ok(groups) => (groups, Ok(())),
            Err(error) => (DueGroups::new(), Err(error)),
        };
        let groups: Vec<_> =
            groups.into_iter().map(|((shop, _), (kind, orders))| (shop, kind, orders)).collect();
        let raise = |(shop, kind, orders)| self.raise(shop, kind, orders, now);
        let answers = batch::answers(groups, ALARM_CONCURRENCY, raise).await;
        let raised = report.count_alarms("alarm can't be raised", answers);
        let checked = self.check_overdue(now, &sweep.unreadable).await;
        (raised, grouped.and(checked))
    }

    /// Sends alarms that were just raised; `None` for one that has nothing to tell.
    async fn send_all(
        &self,
        raised: Vec<Option<(Alarm, u64)>>,
        sweep: &Sweep,
        report: &mut AlarmSweepReport,
    ) {
        let send = |(alarm, version)| self.send_noted(alarm, version, sweep);
        for answer in batch::answers(raised.into_iter().flatten().collect(), ALARM_CONCURRENCY, send).await {
            report.failed += usize::from(log_failure("alarm can't be sent", answer).is_none());
        }
    }

    /// Resumes what earlier sweeps have left.
    async fn resume_unfinished(&self, sweep: &Sweep, report: &mut AlarmSweepReport) -> Result<(), StepError> {
        let unfinished = self.alarms.list_unfinished_alarms(self.clock.now(), UNFINISHED_MAX).await?;
        let resume =
            |id: AlarmId| async move { sweep.unreadable.alarm(&id, self.resume(id.clone(), sweep).await) };
        let resumed = batch::answers(unfinished, ALARM_CONCURRENCY, resume).await;
        report.count_alarms("alarm can't be resumed", resumed);
        Ok(())
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

    /// Counts alarms and returns the answers of those that did not fail.
    fn count_alarms<T>(&mut self, what: &str, answers: Vec<Option<Result<T, StepError>>>) -> Vec<T> {
        self.alarms += answers.len();
        let all = answers.len();
        let done: Vec<T> = answers.into_iter().filter_map(|answer| log_failure(what, answer)).collect();
        self.failed += all - done.len();
        done
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
