//! deadline-alarm: raises the alarms that are due, and tells them.
//!
//! Every order carries the moment at which it is to be looked at for its alarms, and one index sorts orders by it. A
//! sweep takes what falls due before the end of the present minute, groups it by shop and kind, and makes one alarm of
//! each group ([`domain::alarm::Alarm`] has the invariant that makes it be told once). What a sweep that died has left
//! is taken up by the next one.

mod gather;
mod hearing;
mod subscriptions;
mod tell;
mod unreadable;

use std::collections::BTreeMap;
use std::sync::Arc;

use backend::batch::{self, Outcome};
use backend::{AlarmStore, Notifier, OrderStore, ShopList, ShopStore};
use domain::alarm::{AlarmKind, horizon};
use domain::settings::AllSettings;
use domain::shop::Shop;
use domain::{AlarmId, OrderId, OrderKey, ShopId, Timestamp};
use system::Clock;
use workflow::{StepError, error_chain, update_order};

use hearing::Hearing;
use subscriptions::Subscriptions;
use unreadable::Unreadable;

/// The most orders that one sweep takes up; the next one takes up the others.
const ORDERS_MAX: usize = 10_000;
/// The most unfinished alarms that one sweep takes up.
const UNFINISHED_MAX: usize = 500;
/// How many orders are looked at or marked at a time.
const AT_ONCE: usize = 16;
/// How many alarms are told at a time.
const ALARMS_AT_ONCE: usize = 8;

/// The step.
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
pub struct Swept {
    /// Orders that were looked at.
    pub orders: usize,
    /// Alarms that were raised or taken up.
    pub alarms: usize,
    /// Orders and alarms that failed; they stay due and are taken up by the next sweep.
    pub failed: usize,
    /// Records that can't be read, of which one alarm a shop and day tells.
    pub unreadable: usize,
}

/// What falls due together: the orders of a shop, or none for the shop itself.
type Groups = BTreeMap<(ShopId, &'static str), (AlarmKind, Vec<OrderId>)>;

impl DeadlineAlarm {
    /// Uses these.
    pub fn new(
        orders: Arc<dyn OrderStore>,
        shops: Arc<dyn ShopStore>,
        alarms: Arc<dyn AlarmStore>,
        notifier: Arc<dyn Notifier>,
        settings: Arc<AllSettings>,
        clock: Arc<dyn Clock>,
    ) -> Self {
        let subscriptions = Subscriptions::default();
        Self { orders, shops, alarms, notifier, settings, clock, subscriptions }
    }

    /// Takes up what earlier sweeps have left, and raises and tells what is due. What fails for one order or alarm leaves
    /// the others alone. At the end it is noted, and logged for the operator, of which shops nobody was told.
    pub async fn run(&self) -> Result<Swept, StepError> {
        let mut swept = Swept::default();
        let unfinished = self.alarms.list_unfinished_alarms(self.clock.now(), UNFINISHED_MAX).await?;
        let hearing = Hearing::default();
        let unreadable = Unreadable::default();
        let resume = |id: AlarmId| {
            let (hearing, unreadable) = (&hearing, &unreadable);
            async move { unreadable.alarm(&id, self.resume(id.clone(), hearing).await) }
        };
        let outcomes = batch::run(unfinished, ALARMS_AT_ONCE, resume).await;
        swept.count("alarm can't be taken up", outcomes);

        let now = self.clock.now();
        let ShopList { shops, unreadable: unreadable_shops } = self.shops.list_shops().await?;
        unreadable_shops.iter().for_each(|id| unreadable.shop(id));
        let shops: Vec<Shop> = shops.into_iter().map(|shop| shop.value).collect();
        let groups = self.look(now, &shops, &unreadable, &mut swept).await?;
        let groups: Vec<_> =
            groups.into_iter().map(|((shop, _), (kind, orders))| (shop, kind, orders)).collect();
        let outcomes = batch::run(groups, ALARMS_AT_ONCE, |(shop, kind, orders)| {
            self.raise(shop, kind, orders, now, &hearing)
        })
        .await;
        swept.count("alarm can't be raised", outcomes);
        self.look_at_overdue(now, &unreadable).await?;
        self.tell_unreadable(&unreadable, now, &hearing, &mut swept).await;
        swept.failed += self.note(hearing, &shops).await;
        swept.failed += self.compare_subscriptions(&shops).await;
        Ok(swept)
    }

    /// Groups what is due.
    async fn look(
        &self,
        now: Timestamp,
        shops: &[Shop],
        unreadable: &Unreadable,
        swept: &mut Swept,
    ) -> Result<Groups, StepError> {
        let until = horizon(now);
        let mut groups = Groups::new();
        let keys = self.orders.list_alarms_due(until, ORDERS_MAX).await?;
        swept.orders = keys.len();
        let found = std::sync::Mutex::new(Vec::with_capacity(keys.len()));
        let look = |key: OrderKey| {
            let found = &found;
            async move {
                let due = self.due_of(&key, now, until).await;
                let Some(kinds) = unreadable.order(&key, due)? else { return Ok(()) };
                found.lock().unwrap_or_else(std::sync::PoisonError::into_inner).push((key, kinds));
                Ok::<(), StepError>(())
            }
        };
        let outcomes = batch::run(keys, AT_ONCE, look).await;
        for outcome in outcomes {
            swept.failed += usize::from(failed("order can't be looked at", outcome));
        }
        for (key, kinds) in found.into_inner().unwrap_or_else(std::sync::PoisonError::into_inner) {
            for kind in kinds {
                groups
                    .entry((key.shop.clone(), kind.name()))
                    .or_insert((kind, Vec::new()))
                    .1
                    .push(key.order.clone());
            }
        }
        for shop in shops {
            for kind in shop.alarms_due(until) {
                groups.entry((shop.id.clone(), kind.name())).or_insert((kind, Vec::new()));
            }
        }
        Ok(groups)
    }

    /// What is due of an order. One of which nothing is due although its moment has come is committed with its next one.
    async fn due_of(
        &self,
        key: &OrderKey,
        now: Timestamp,
        until: Timestamp,
    ) -> Result<Vec<AlarmKind>, StepError> {
        let mut due = Vec::new();
        update_order(&*self.orders, key, |record| {
            let before = record.clone();
            record.refresh_timed_exceptions(now);
            due = record.alarms_due(until);
            Ok((due.is_empty() && *record != before).then_some(()))
        })
        .await?;
        Ok(due)
    }
}

impl Swept {
    /// An error when any order or alarm failed. On AWS it is the run's, so that the function's count of errors shows it.
    ///
    /// # Errors
    /// With how many failed.
    pub fn all_done(self) -> Result<(), StepError> {
        match self.failed {
            0 => Ok(()),
            failed => Err(StepError::Partly(failed)),
        }
    }

    fn count(&mut self, what: &str, outcomes: Vec<Outcome<StepError>>) {
        for outcome in outcomes {
            self.alarms += 1;
            self.failed += usize::from(failed(what, outcome));
        }
    }
}

fn failed(what: &str, outcome: Outcome<StepError>) -> bool {
    match outcome {
        Outcome::Done => false,
        Outcome::Failed(error) => {
            tracing::error!(error = error_chain(&error), "{what}");
            true
        }
        Outcome::Panicked => {
            tracing::error!("{what}: the step panicked");
            true
        }
    }
}
