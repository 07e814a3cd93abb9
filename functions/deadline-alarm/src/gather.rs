//! An alarm is raised: its document first, then its orders.

use std::sync::{Mutex, PoisonError};

use backend::{Committed, Versioned, batch};
use domain::alarm::{Alarm, AlarmCause, AlarmKind, AlarmPhase, cause_of, horizon};
use domain::record::OrderRecord;
use domain::{AlarmId, OrderId, OrderKey, ShopId, Timestamp};
use workflow::{StepError, error_chain, update_order, update_shop};

use crate::hearing::Hearing;
use crate::{AT_ONCE, DeadlineAlarm, failed};

/// Nobody marks an order when the lease on the alarm ends so soon: whoever takes it over must not miss one.
const MARGIN: jiff::SignedDuration = jiff::SignedDuration::from_secs(5);

/// For how long an order that can't be read keeps an alarm waiting.
const UNREADABLE: jiff::SignedDuration = jiff::SignedDuration::from_mins(3);

/// An order that belongs to an alarm.
struct Member {
    order: OrderId,
    deadline: Option<Timestamp>,
    cause: Option<String>,
}

/// The orders that belong to an alarm, with the first deadline among them and what they wait for.
struct Marked {
    orders: Vec<OrderId>,
    first_deadline: Option<Timestamp>,
    causes: Vec<AlarmCause>,
}

impl DeadlineAlarm {
    /// Raises an alarm of `kind`. When there is one of this span already, what is due waits for the next span.
    pub(crate) async fn raise(
        &self,
        shop: ShopId,
        kind: AlarmKind,
        orders: Vec<OrderId>,
        now: Timestamp,
        hearing: &Hearing,
    ) -> Result<(), StepError> {
        let mut alarm = Alarm::new(shop, kind, orders, now);
        let Committed::Stored(version) = self.alarms.commit_alarm(&alarm, 0).await? else { return Ok(()) };
        let AlarmPhase::Batching { lease_until } = alarm.phase else { return Ok(()) };
        let marked = match alarm.candidates.is_empty() {
            true => self.mark_shop(&alarm, now).await?,
            false => Some(self.mark_orders(&alarm, lease_until, now).await?),
        };
        self.complete(&mut alarm, version, marked, hearing).await
    }

    /// Marks the orders of an alarm. One that can't be marked stays due. An error leaves the alarm to the next sweep, which
    /// finds those that are.
    async fn mark_orders(
        &self,
        alarm: &Alarm,
        lease_until: Timestamp,
        now: Timestamp,
    ) -> Result<Marked, StepError> {
        let until = horizon(now);
        let marked = Mutex::new(Vec::new());
        let mark = |order: OrderId| {
            let marked = &marked;
            async move {
                let key = OrderKey::new(alarm.shop.clone(), order.clone());
                let member = update_order(&*self.orders, &key, |record| {
                    if self.clock.now().saturating_add(MARGIN).is_ok_and(|then| then >= lease_until) {
                        return Ok(None);
                    }
                    record.refresh_timed_exceptions(now);
                    let raised = record.raise(alarm.kind, &alarm.id, until, now);
                    Ok(raised.then(|| Member::of(record, alarm)))
                })
                .await?;
                if let Some(member) = member {
                    marked.lock().unwrap_or_else(PoisonError::into_inner).push(member);
                }
                Ok::<(), StepError>(())
            }
        };
        let candidates = alarm.candidates.clone();
        let outcomes = batch::run(candidates.clone(), AT_ONCE, mark).await;
        let mut marked = marked.into_inner().unwrap_or_else(PoisonError::into_inner);
        for (order, outcome) in candidates.into_iter().zip(outcomes) {
            // A commit whose answer is lost may have been one.
            if failed("order can't be marked", outcome)
                && let Some(member) = self.raised(alarm, &order).await?
            {
                marked.push(member);
            }
        }
        Ok(Marked::of(marked))
    }

    /// The order, when it belongs to the alarm.
    async fn raised(&self, alarm: &Alarm, order: &OrderId) -> Result<Option<Member>, StepError> {
        let stored = self.orders.load_order(&OrderKey::new(alarm.shop.clone(), order.clone())).await?;
        let raised = stored.filter(|stored| stored.value.is_raised_by(&alarm.id));
        Ok(raised.map(|stored| Member::of(&stored.value, alarm)))
    }

    async fn mark_shop(&self, alarm: &Alarm, now: Timestamp) -> Result<Option<Marked>, StepError> {
        let until = horizon(now);
        let cause = update_shop(&*self.shops, &alarm.shop, |shop| {
            let raised = shop.raise(alarm.kind, &alarm.id, until, now);
            Ok(raised.then(|| cause_of(alarm.kind, &shop.monitor.exceptions).map(str::to_owned)))
        })
        .await?;
        Ok(cause.map(Marked::shop))
    }

    /// Takes up an alarm whose lease has run out or whose messages are due.
    pub(crate) async fn resume(&self, id: AlarmId, hearing: &Hearing) -> Result<(), StepError> {
        let Some(Versioned { value: mut alarm, version }) = self.alarms.load_alarm(&id).await? else {
            return Ok(());
        };
        let now = self.clock.now();
        if alarm.next_at().is_none_or(|at| at > now) {
            return Ok(());
        }
        match alarm.phase {
            AlarmPhase::Batching { .. } => {
                let marked = self.find_marked(&alarm).await?;
                self.complete(&mut alarm, version, marked, hearing).await
            }
            AlarmPhase::Sending => {
                let was_untold = alarm.undelivered(now).is_some();
                let tells = self.take_up(&mut alarm, now).await;
                if let Committed::Stored(version) = self.alarms.commit_alarm(&alarm, version).await? {
                    let alarm = self.tell(alarm, version).await?;
                    hearing.note(alarm.filter(|_| tells).as_ref(), was_untold, self.clock.now());
                }
                Ok(())
            }
            AlarmPhase::Done => Ok(()),
        }
    }

    /// The orders, or the shop, that name the alarm: whoever began it has marked them.
    async fn find_marked(&self, alarm: &Alarm) -> Result<Option<Marked>, StepError> {
        if alarm.candidates.is_empty() {
            let shop = self.shops.load_shop(&alarm.shop).await?;
            let raised = shop.filter(|shop| shop.value.is_raised_by(&alarm.id));
            let cause =
                raised.map(|shop| cause_of(alarm.kind, &shop.value.monitor.exceptions).map(str::to_owned));
            return Ok(cause.map(Marked::shop));
        }
        let mut marked = Vec::new();
        let waited = self.clock.now().duration_since(alarm.minute);
        for order in &alarm.candidates {
            match self.raised(alarm, order).await {
                Ok(Some(member)) => marked.push(member),
                Ok(None) => {}
                // One record that can't be read must not keep the others from being told.
                Err(error) if waited > UNREADABLE => {
                    tracing::error!(
                        alarm = %alarm.id, %order, error = error_chain(&error), "order is left out of its alarm"
                    );
                }
                Err(error) => return Err(error),
            }
        }
        Ok(Some(Marked::of(marked)))
    }

    /// The alarm's orders are known: tells it. `None` when it turned out that nothing is to be told.
    async fn complete(
        &self,
        alarm: &mut Alarm,
        version: u64,
        marked: Option<Marked>,
        hearing: &Hearing,
    ) -> Result<(), StepError> {
        let now = self.clock.now();
        match marked {
            Some(Marked { orders, first_deadline, causes }) => {
                alarm.causes = causes;
                let recipients = &self.settings.for_shop(&alarm.shop).recipients;
                alarm.send_to(orders, first_deadline, recipients, now);
            }
            None => alarm.cancel(),
        }
        let Committed::Stored(version) = self.alarms.commit_alarm(alarm, version).await? else {
            return Ok(());
        };
        tracing::info!(
            alarm = %alarm.id, shop = %alarm.shop, kind = alarm.kind.name(), orders = alarm.orders.len(),
            messages = alarm.deliveries.len(), "alarm is raised"
        );
        let alarm = self.tell(alarm.clone(), version).await?;
        hearing.note(alarm.as_ref(), false, self.clock.now());
        Ok(())
    }
}

impl Member {
    fn of(record: &OrderRecord, alarm: &Alarm) -> Self {
        Self {
            order: record.order.id.clone(),
            deadline: record.deadline.as_ref().map(|deadline| deadline.at),
            cause: cause_of(alarm.kind, &record.exceptions).map(str::to_owned),
        }
    }
}

impl Marked {
    fn of(mut members: Vec<Member>) -> Self {
        // The nearest deadline first, as the message lists them.
        members.sort_by(|a, b| {
            let at = |member: &Member| member.deadline.unwrap_or(Timestamp::MAX);
            at(a).cmp(&at(b)).then_with(|| a.order.cmp(&b.order))
        });
        let first_deadline = members.iter().find_map(|member| member.deadline);
        let causes = AlarmCause::count(members.iter().filter_map(|member| member.cause.clone()));
        Self { orders: members.into_iter().map(|member| member.order).collect(), first_deadline, causes }
    }

    fn shop(cause: Option<String>) -> Self {
        Self { orders: Vec::new(), first_deadline: None, causes: AlarmCause::count(cause) }
    }
}
