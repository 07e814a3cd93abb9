//! due-sweep: sends again the shipments whose timer has fired.
//!
//! Every shipment that waits for something has a timer: for a hold that ends, an answer that never came, a message that
//! was lost. The sweep sends such a shipment again and sets its timer to a longer pause; one that does not move after
//! several times becomes an exception. The same timers forget the personal data of an order that is long over.

use std::collections::BTreeSet;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use backend::batch::{self, Outcome};
use backend::{LabelStore, OrderStore, Queues};
use domain::exception::ExceptionKind;
use domain::message::{ChangeSource, Message};
use domain::record::OrderRecord;
use domain::shipment::Shipment;
use domain::{OrderKey, Timestamp};
use system::Clock;
use workflow::{Change, StepError, error_chain, update_order};

/// How many due orders are listed at a time.
const BATCH: usize = 200;
/// A sweep ends when this many orders have failed: as a rule the backend is at fault, and the next sweep comes soon.
const FAILED_MAX: usize = 200;
/// How many orders are worked on at a time.
const CONCURRENCY: usize = 16;

/// Sends messages for the shipments whose timer has fired, and deletes personal data whose time is over.
pub struct DueSweep {
    orders: Arc<dyn OrderStore>,
    labels: Arc<dyn LabelStore>,
    queues: Arc<dyn Queues>,
    clock: Arc<dyn Clock>,
    /// Something was forgotten, and the backend may still hold traces of it.
    has_traces: AtomicBool,
}

/// What a sweep did.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct DueSweepReport {
    /// Orders whose shipments were sent again, or whose personal data was forgotten.
    pub orders: usize,
    /// Orders that failed. They stay due for the next sweep.
    pub failed: usize,
    /// Orders whose record cannot be read. They stay due; deadline-alarm raises an alarm for them.
    pub unreadable: usize,
}

impl DueSweepReport {
    /// An error when any order failed. On AWS it fails the run, so that the function's error count shows it.
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

/// What the timers of an order ask for.
#[derive(Default)]
struct Due {
    messages: Vec<Message>,
    /// The time to forget the order's personal data has come.
    forget: bool,
}

impl DueSweep {
    pub fn new(
        orders: Arc<dyn OrderStore>,
        labels: Arc<dyn LabelStore>,
        queues: Arc<dyn Queues>,
        clock: Arc<dyn Clock>,
    ) -> Self {
        Self { orders, labels, queues, clock, has_traces: AtomicBool::new(false) }
    }

    /// Handles all orders that are due. One that fails, panics or cannot be read stops no other.
    ///
    /// # Errors
    /// When the due orders cannot be listed.
    pub async fn run(&self) -> Result<DueSweepReport, StepError> {
        let mut report = DueSweepReport::default();
        // Orders that failed stay due, so that the next listing begins with them and has to reach beyond.
        let mut left: BTreeSet<OrderKey> = BTreeSet::new();
        loop {
            let limit = left.len() + left.len().max(BATCH);
            let mut due = self.orders.list_due(self.clock.now(), limit).await?;
            let is_last = due.len() < limit;
            due.retain(|key| !left.contains(key));
            let outcomes = batch::run(due.iter().collect(), CONCURRENCY, |key| self.handle(key)).await;
            for (key, outcome) in due.iter().zip(outcomes) {
                match outcome {
                    Outcome::Done => {
                        report.orders += 1;
                        continue;
                    }
                    Outcome::Failed(error) if error.is_corrupt() => report.unreadable += 1,
                    Outcome::Failed(error) => {
                        tracing::error!(order = %key, error = error_chain(&error), "due order failed");
                        report.failed += 1;
                    }
                    Outcome::Panicked => {
                        tracing::error!(order = %key, "step panicked");
                        report.failed += 1;
                    }
                }
                left.insert(key.clone());
            }
            if is_last || report.failed >= FAILED_MAX {
                self.wipe_traces().await;
                return Ok(report);
            }
        }
    }

    async fn handle(&self, key: &OrderKey) -> Result<(), StepError> {
        let now = self.clock.now();
        // What waits in a queue, however long the line, is not lost: another message would only make the line longer.
        let has_message = self.queues.has_message(key).await?;
        let due = update_order(&*self.orders, key, |record| {
            let forget = must_forget(record, now);
            if has_message {
                let is_due = await_messages(record, now);
                let due = Due { messages: Vec::new(), forget };
                return Ok(if is_due { Change::Commit(due) } else { Change::Keep(due) });
            }
            let messages = fire_timers(record, key, now);
            if messages.is_empty() {
                return Ok(Change::Keep(Due { messages, forget }));
            }
            Ok(Change::Commit(Due { messages, forget }))
        })
        .await?;
        // The timers were set before the messages are sent: should sending fail, they fire again.
        self.queues.send_all(&due.messages).await?;
        if due.forget {
            self.forget(key, now).await?;
            self.has_traces.store(true, Ordering::Relaxed);
        }
        Ok(())
    }

    /// Forgets the personal data of an order. The files go first, so that a crash in between leaves none behind.
    async fn forget(&self, key: &OrderKey, now: Timestamp) -> Result<(), StepError> {
        // Somebody else may have forgotten it, or read back that the order is not over after all.
        let Some(stored) = self.orders.load_order(key).await? else { return Ok(()) };
        if !must_forget(&stored.value, now) {
            return Ok(());
        }
        let files = stored.value.label_files();
        for file in &files {
            self.labels.delete_label(file).await?;
        }
        update_order(&*self.orders, key, |record| {
            // A label that came meanwhile is removed by the next sweep.
            if !must_forget(record, now) || record.label_files() != files {
                return Ok(Change::Keep(()));
            }
            record.forget();
            Ok(Change::Commit(()))
        })
        .await
    }

    /// Removes what the backend still holds of the data that was forgotten. Should that fail, the next sweep tries again.
    async fn wipe_traces(&self) {
        if !self.has_traces.swap(false, Ordering::Relaxed) {
            return;
        }
        if let Err(error) = self.orders.wipe_traces().await {
            tracing::warn!(error = error_chain(&error), "traces of deleted personal data can't be wiped");
            self.has_traces.store(true, Ordering::Relaxed);
        }
    }
}

fn must_forget(record: &OrderRecord, now: Timestamp) -> bool {
    record.forget_at.is_some_and(|at| at <= now)
}

fn due_shipments(record: &mut OrderRecord, now: Timestamp) -> impl Iterator<Item = &mut Shipment> {
    record.shipments.iter_mut().filter(move |shipment| shipment.next_check_at.is_some_and(|at| at <= now))
}

/// Restarts the timers of the record that are due, since a message of the order waits in a queue. True if there were any.
fn await_messages(record: &mut OrderRecord, now: Timestamp) -> bool {
    due_shipments(record, now).map(|shipment| shipment.await_message(now)).count() > 0
}

/// Fires the timers of the record that are due; returns the messages that follow, each once.
fn fire_timers(record: &mut OrderRecord, key: &OrderKey, now: Timestamp) -> Vec<Message> {
    let mut messages = Vec::new();
    let mut stuck = Vec::new();
    // A label that waits for the seller's answer to the buyer has an exception of its own.
    let is_unanswered = record.awaits_cancellation_response();
    for shipment in due_shipments(record, now) {
        let message = shipment.on_timer(key, now);
        if !messages.contains(&message) {
            messages.push(message);
        }
        if shipment.is_stuck() && !is_unanswered {
            stuck.push((shipment.id.clone(), shipment.stage.name()));
        }
    }
    if !messages.is_empty() && record.awaits_replacement() {
        messages.push(Message::order_change(key.clone(), ChangeSource::Timer));
        record.refresh_exceptions(now);
    }
    for (id, stage) in stuck {
        let detail = format!("The shipment stays in stage {stage} although it was sent again.");
        record.open_exception(ExceptionKind::Stuck, Some(&id), detail, now);
    }
    messages
}
