//! due-sweep: takes up the shipments whose timer has timer_fires.
//!
//! Every shipment that waits for something has a timer: a hold that ends, an answer that never came, a message that
//! was lost. The sweep sends such a shipment again and winds its timer with a longer pause; one that does not move
//! after several times becomes an exception. The personal data of an order that is long over is forgotten by the same
//! timers.

use std::collections::BTreeSet;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use backend::batch::{self, Outcome};
use backend::{LabelStore, OrderStore, Queues};
use domain::exception::ExceptionKind;
use domain::message::{ChangeSource, Message};
use domain::record::OrderRecord;
use domain::{OrderKey, Timestamp};
use system::Clock;
use workflow::{StepError, update_order};

/// How many orders are taken up in one go.
const BATCH: usize = 200;
/// A sweep in which so many orders fail ends: as a rule the backend does, and the next one comes soon.
const FAILED_MAX: usize = 200;
/// How many of them at a time.
const AT_ONCE: usize = 16;

/// The step.
pub struct DueSweep {
    orders: Arc<dyn OrderStore>,
    labels: Arc<dyn LabelStore>,
    queues: Arc<dyn Queues>,
    clock: Arc<dyn Clock>,
    /// Something was forgotten whose traces are left.
    forgot: AtomicBool,
}

/// What a sweep did.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Swept {
    /// Orders that were taken up.
    pub orders: usize,
    /// Orders that failed; they stay due and are taken up by the next sweep.
    pub failed: usize,
    /// Orders that can't be read. They stay due for whoever can read them; deadline-alarm tells of them.
    pub unreadable: usize,
}

impl Swept {
    /// An error when any order failed. On AWS it is the run's, so that the function's count of errors shows it.
    ///
    /// # Errors
    /// With how many failed.
    pub fn all_done(self) -> Result<(), StepError> {
        match self.failed {
            0 => Ok(()),
            failed => Err(StepError::Partly(failed)),
        }
    }
}

impl DueSweep {
    /// Uses these.
    pub fn new(
        orders: Arc<dyn OrderStore>,
        labels: Arc<dyn LabelStore>,
        queues: Arc<dyn Queues>,
        clock: Arc<dyn Clock>,
    ) -> Self {
        Self { orders, labels, queues, clock, forgot: AtomicBool::new(false) }
    }

    /// Takes up all orders that are due. One that fails, panics or can't be read does not stop the others.
    pub async fn run(&self) -> Result<Swept, StepError> {
        let mut swept = Swept::default();
        // Orders that were not moved stay due: the next look goes past them.
        let mut left: BTreeSet<OrderKey> = BTreeSet::new();
        loop {
            let wanted = left.len() + left.len().max(BATCH);
            let mut due = self.orders.list_due(self.clock.now(), wanted).await?;
            let is_last = due.len() < wanted;
            due.retain(|key| !left.contains(key));
            let outcomes = batch::run(due.iter().collect(), AT_ONCE, |key| self.take_up(key)).await;
            for (key, outcome) in due.iter().zip(outcomes) {
                match outcome {
                    Outcome::Done => {
                        swept.orders += 1;
                        continue;
                    }
                    Outcome::Failed(error) if error.is_corrupt() => swept.unreadable += 1,
                    Outcome::Failed(error) => {
                        tracing::error!(order = %key, error = workflow::error_chain(&error), "due order can't be taken up");
                        swept.failed += 1;
                    }
                    Outcome::Panicked => {
                        tracing::error!(order = %key, "step panicked");
                        swept.failed += 1;
                    }
                }
                left.insert(key.clone());
            }
            if is_last || swept.failed >= FAILED_MAX {
                self.wipe_traces().await;
                return Ok(swept);
            }
        }
    }

    async fn take_up(&self, key: &OrderKey) -> Result<(), StepError> {
        let now = self.clock.now();
        let mut forgets = false;
        let messages = update_order(&*self.orders, key, |record| {
            forgets = record.forget_at.is_some_and(|at| at <= now);
            let mut messages = Vec::new();
            let mut stuck = Vec::new();
            // A label that waits for the seller's answer to a buyer has an exception of its own.
            let unanswered = record.awaits_cancellation_response();
            for shipment in
                record.shipments.iter_mut().filter(|s| s.next_check_at.is_some_and(|at| at <= now))
            {
                let message = shipment.on_timer(key, now);
                if !messages.contains(&message) {
                    messages.push(message);
                }
                if shipment.is_stuck() && !unanswered {
                    stuck.push((shipment.id.clone(), shipment.stage.name()));
                }
            }
            if !messages.is_empty() && record.awaits_replacement() {
                messages.push(Message::OrderChange { key: key.clone(), source: ChangeSource::Timer });
                record.refresh_exceptions(now);
            }
            for (id, stage) in stuck {
                let detail = format!("The shipment stays in stage {stage} although it was sent again.");
                record.open_exception(ExceptionKind::Stuck, Some(&id), detail, now);
            }
            Ok((!messages.is_empty()).then_some(messages))
        })
        .await?;
        // The timer is wound before the messages are sent: should that fail, it rings again.
        self.queues.send_all(&messages.unwrap_or_default()).await?;
        if forgets {
            self.forget(key, now).await?;
            self.forgot.store(true, Ordering::Relaxed);
        }
        Ok(())
    }

    /// What was forgotten leaves no trace either. Should that fail, the next sweep tries again.
    async fn wipe_traces(&self) {
        if !self.forgot.swap(false, Ordering::Relaxed) {
            return;
        }
        if let Err(error) = self.orders.wipe_traces().await {
            tracing::warn!(error = workflow::error_chain(&error), "traces of what was forgotten are left");
            self.forgot.store(true, Ordering::Relaxed);
        }
    }

    /// Forgets the personal data of an order whose time for that has come. The files go first: a crash in between
    /// leaves none behind.
    async fn forget(&self, key: &OrderKey, now: Timestamp) -> Result<(), StepError> {
        let is_time = |record: &OrderRecord| record.forget_at.is_some_and(|at| at <= now);
        let Some(stored) = self.orders.load_order(key).await? else { return Ok(()) };
        if !is_time(&stored.value) {
            return Ok(());
        }
        let files = stored.value.label_files();
        for file in &files {
            self.labels.delete_label(file).await?;
        }
        update_order(&*self.orders, key, |record| {
            // A label that came meanwhile is removed by the next sweep.
            if !is_time(record) || record.label_files() != files {
                return Ok(None);
            }
            record.forget();
            Ok(Some(()))
        })
        .await?;
        Ok(())
    }
}
