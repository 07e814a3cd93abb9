//! An alarm is raised: its own record first, then the orders that belong to it.

use backend::{Committed, Versioned, batch};
use domain::alarm::{Alarm, AlarmCause, AlarmKind, AlarmPhase, cause_of, horizon};
use domain::record::OrderRecord;
use domain::{AlarmId, OrderId, OrderKey, ShopId, Timestamp};
use jiff::SignedDuration;
use workflow::{Change, StepError, error_chain, update_order, update_shop};

use crate::sweep::Sweep;
use crate::{DeadlineAlarm, ORDER_CONCURRENCY, log_failure};

/// No order is marked this shortly before the lease on the alarm ends: whoever takes it over must not miss one.
const LEASE_MARGIN: SignedDuration = SignedDuration::from_secs(5);

/// How long an order that cannot be read holds up its alarm.
const UNREADABLE_WAIT: SignedDuration = SignedDuration::from_mins(3);

/// An order that belongs to an alarm.
struct AlarmedOrder {
    order: OrderId,
    deadline: Option<Timestamp>,
    cause: Option<String>,
}

/// What an alarm is about: its orders, the first deadline among them, and what they wait for.
struct AlarmSubjects {
    orders: Vec<OrderId>,
    first_deadline: Option<Timestamp>,
    causes: Vec<AlarmCause>,
}

impl DeadlineAlarm {
    /// Raises an alarm of `kind`. Returns it, with its version, when it is to be sent.
    pub(crate) async fn raise(
        &self,
        shop: ShopId,
        kind: AlarmKind,
        orders: Vec<OrderId>,
        now: Timestamp,
    ) -> Result<Option<(Alarm, u64)>, StepError> {
        let alarm = Alarm::new(shop, kind, orders, now);
        // There is an alarm of this span already: what is due now waits for the next span.
        let Committed::Stored(version) = self.alarms.commit_alarm(&alarm, 0).await? else { return Ok(None) };
        // A new alarm is in this phase.
        let AlarmPhase::Batching { lease_until } = alarm.phase else { return Ok(None) };
        let subjects = if alarm.candidates.is_empty() {
            self.mark_shop(&alarm, now).await?
        } else {
            Some(self.mark_orders(&alarm, lease_until, now).await?)
        };
        self.complete(alarm, version, subjects).await
    }

    /// Marks the orders of an alarm. One that cannot be marked stays due. An error leaves the alarm to the next sweep, which
    /// finds those that are marked.
    async fn mark_orders(
        &self,
        alarm: &Alarm,
        lease_until: Timestamp,
        now: Timestamp,
    ) -> Result<AlarmSubjects, StepError> {
        let until = horizon(now);
        let mark = |order: OrderId| async move {
            let key = OrderKey::new(alarm.shop.clone(), order);
            update_order(&*self.orders, &key, |record| {
                if self.clock.now().saturating_add(LEASE_MARGIN).is_ok_and(|then| then >= lease_until) {
                    return Ok(Change::Keep(None));
                }
                record.refresh_timed_exceptions(now);
                if !record.raise(alarm.kind, &alarm.id, until, now) {
                    return Ok(Change::Keep(None));
                }
                Ok(Change::Commit(Some(AlarmedOrder::of(record, alarm))))
            })
            .await
        };
        let answers = batch::answers(alarm.candidates.clone(), ORDER_CONCURRENCY, mark).await;
        let mut alarmed = Vec::new();
        for (order, answer) in alarm.candidates.iter().zip(answers) {
            match log_failure("order can't be marked", answer) {
                Some(marked) => alarmed.extend(marked),
                // A commit whose answer was lost may have happened.
                None => alarmed.extend(self.find_alarmed(alarm, order).await?),
            }
        }
        Ok(AlarmSubjects::orders(alarmed))
    }

    /// The order, if it belongs to the alarm.
    async fn find_alarmed(&self, alarm: &Alarm, order: &OrderId) -> Result<Option<AlarmedOrder>, StepError> {
        let stored = self.orders.load_order(&OrderKey::new(alarm.shop.clone(), order.clone())).await?;
        let raised = stored.filter(|stored| stored.value.is_raised_by(&alarm.id));
        Ok(raised.map(|stored| AlarmedOrder::of(&stored.value, alarm)))
    }

    /// Marks the shop of an alarm that is about the shop itself; `None` when it turned out that nothing is due.
    async fn mark_shop(&self, alarm: &Alarm, now: Timestamp) -> Result<Option<AlarmSubjects>, StepError> {
        let until = horizon(now);
        update_shop(&*self.shops, &alarm.shop, |shop| {
            if !shop.raise(alarm.kind, &alarm.id, until, now) {
                return Ok(Change::Keep(None));
            }
            let cause = cause_of(alarm.kind, &shop.monitor.exceptions).map(str::to_owned);
            Ok(Change::Commit(Some(AlarmSubjects::shop(cause))))
        })
        .await
    }

    /// Resumes an alarm whose lease has run out, or whose messages are due. Once the sweep has no time left, it stays due.
    pub(crate) async fn resume(&self, id: AlarmId, sweep: &Sweep) -> Result<(), StepError> {
        if sweep.is_over() {
            return Ok(());
        }
        // The index that named the alarm lags: it may be gone, or no longer due.
        let Some(Versioned { value: mut alarm, version }) = self.alarms.load_alarm(&id).await? else {
            return Ok(());
        };
        let now = self.clock.now();
        if alarm.next_at().is_none_or(|at| at > now) {
            return Ok(());
        }
        match alarm.phase {
            AlarmPhase::Batching { .. } => {
                let subjects = self.find_subjects(&alarm).await?;
                match self.complete(alarm, version, subjects).await? {
                    Some((alarm, version)) => self.send_noted(alarm, version, sweep).await,
                    None => Ok(()),
                }
            }
            AlarmPhase::Sending => {
                let was_undelivered = alarm.undelivered(now).is_some();
                let is_still_due = self.refresh(&mut alarm, now).await;
                // Somebody else has taken the alarm.
                let Committed::Stored(version) = self.alarms.commit_alarm(&alarm, version).await? else {
                    return Ok(());
                };
                if let Some(alarm) = self.send_due(alarm, version, sweep).await?
                    && is_still_due
                {
                    sweep.watch.note(&alarm, self.clock.now());
                    if was_undelivered && alarm.is_delivered() {
                        sweep.watch.note_recovered(&alarm);
                    }
                }
                Ok(())
            }
            AlarmPhase::Done => Ok(()),
        }
    }

    /// The orders, or the shop, that name the alarm: whoever began it has marked them.
    async fn find_subjects(&self, alarm: &Alarm) -> Result<Option<AlarmSubjects>, StepError> {
        if alarm.candidates.is_empty() {
            let shop = self.shops.load_shop(&alarm.shop).await?;
            let raised = shop.filter(|shop| shop.value.is_raised_by(&alarm.id));
            return Ok(raised.map(|shop| {
                let cause = cause_of(alarm.kind, &shop.value.monitor.exceptions).map(str::to_owned);
                AlarmSubjects::shop(cause)
            }));
        }
        let mut alarmed = Vec::new();
        let waited = self.clock.now().duration_since(alarm.minute);
        for order in &alarm.candidates {
            match self.find_alarmed(alarm, order).await {
                Ok(found) => alarmed.extend(found),
                // One record that cannot be read must not keep the others from being told.
                Err(error) if waited > UNREADABLE_WAIT => {
                    tracing::error!(
                        alarm = %alarm.id, %order, error = error_chain(&error), "order is left out of its alarm"
                    );
                }
                Err(error) => return Err(error),
            }
        }
        Ok(Some(AlarmSubjects::orders(alarmed)))
    }

    /// The subjects of the alarm are known, `None` when it turned out that there is nothing to tell. Returns the alarm, with
    /// its version, when it is to be sent.
    async fn complete(
        &self,
        mut alarm: Alarm,
        version: u64,
        subjects: Option<AlarmSubjects>,
    ) -> Result<Option<(Alarm, u64)>, StepError> {
        let now = self.clock.now();
        match subjects {
            Some(AlarmSubjects { orders, first_deadline, causes }) => {
                alarm.causes = causes;
                let recipients = &self.settings.for_shop(&alarm.shop).recipients;
                alarm.send_to(orders, first_deadline, recipients, now);
            }
            None => alarm.cancel(),
        }
        // Another sweep found the lease run out and completes the alarm.
        let Committed::Stored(version) = self.alarms.commit_alarm(&alarm, version).await? else {
            return Ok(None);
        };
        tracing::info!(
            alarm = %alarm.id, shop = %alarm.shop, kind = alarm.kind.name(), orders = alarm.orders.len(),
            messages = alarm.deliveries.len(), "alarm is raised"
        );
        Ok(Some((alarm, version)))
    }
}

impl AlarmedOrder {
    fn of(record: &OrderRecord, alarm: &Alarm) -> Self {
        Self {
            order: record.order.id.clone(),
            deadline: record.deadline.as_ref().map(|deadline| deadline.at),
            cause: cause_of(alarm.kind, &record.exceptions).map(str::to_owned),
        }
    }
}

impl AlarmSubjects {
    fn orders(mut alarmed: Vec<AlarmedOrder>) -> Self {
        // The nearest deadline first, as the message lists them.
        alarmed.sort_by(|a, b| {
            let at = |order: &AlarmedOrder| order.deadline.unwrap_or(Timestamp::MAX);
            at(a).cmp(&at(b)).then_with(|| a.order.cmp(&b.order))
        });
        let first_deadline = alarmed.iter().find_map(|order| order.deadline);
        let causes = AlarmCause::count(alarmed.iter().filter_map(|order| order.cause.clone()));
        Self { orders: alarmed.into_iter().map(|order| order.order).collect(), first_deadline, causes }
    }

    fn shop(cause: Option<String>) -> Self {
        Self { orders: Vec::new(), first_deadline: None, causes: AlarmCause::count(cause) }
    }
}
