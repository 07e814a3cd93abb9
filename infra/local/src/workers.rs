//! Workers: receive messages from the queues, run the functions, acknowledge what is done.

use std::collections::BTreeMap;
use std::future::Future;
use std::sync::Arc;
use std::time::Duration;

use backend::batch;
use backend::{Queues as _, Received};
use backend_sqlite::{Lane, LaneDelivery, SqliteBackend};
use domain::message::{Message, OrderChange, Queue};
use manifest::{FUNCTIONS, Function, HostShare, Trigger};
use tokio::task::JoinSet;
use tokio::time::Instant;
use workflow::{MessageOutcome, StepError};

use crate::fair_slots::{FairSlots, SlotConfig, SlotOutcome};
use crate::functions::Functions;
use crate::memory;

/// How long a message belongs to whoever received it: longer than any function takes with all its calls (a purchase may take
/// 60 s).
const VISIBILITY: Duration = Duration::from_secs(180);
/// How long a worker waits for messages before it reads the queue again.
const WAIT_MAX: Duration = Duration::from_secs(20);
/// The shortest wait before it reads the queue again.
const WAIT_MIN: Duration = Duration::from_millis(5);
/// The pause after a message failed.
const RETRY_AFTER: Duration = Duration::from_secs(5);
/// The pause after the backend failed.
const AFTER_FAILURE: Duration = Duration::from_secs(1);
/// How many messages are received at once; for order-sync as many as one call to TikTok takes.
const BATCH: usize = 50;
/// How many batches of order changes are worked on at once, in all and for one shop. For one shop few, so that its next
/// changes gather meanwhile: TikTok limits calls, not orders.
const BATCHES_AT_ONCE: usize = 256;
const BATCHES_PER_SHOP: usize = 2;
/// How often it is looked how much memory there is.
const RESIZE_EVERY: Duration = Duration::from_secs(5);
/// How many messages are worked on at once when nobody waits for them.
const FEW_AT_ONCE: usize = 32;
/// How often due timers are looked for. On one machine this costs next to nothing.
const TICK: Duration = Duration::from_millis(500);
/// How many runs of order-poll there may be at once; more than one only while some shop does not answer.
const POLLS_AT_ONCE: usize = 16;
/// How often due alarms are looked for. What falls due within a minute is told by the first run in that minute.
const ALARM_TICK: Duration = Duration::from_secs(15);
/// How often housekeeping runs. Each of its chores has an interval of its own.
const HOUSEKEEPING_TICK: Duration = Duration::from_secs(300);

/// Starts the workers of all queues and timers in `workers`. They end when the set is dropped.
pub fn start(functions: &Arc<Functions>, queues: &SqliteBackend, workers: &mut JoinSet<()>) {
    for function in FUNCTIONS {
        if let Trigger::Queue { queue, on_host } = function.trigger {
            workers.spawn(serve(queue, on_host, functions.clone(), queues.clone()));
        }
    }
    workers.spawn(poll_every_tick(Arc::clone(functions)));
    timer(&manifest::DUE_SWEEP, TICK, functions, workers, |all| async move {
        all.due_sweep.run().await.map(drop)
    });
    timer(&manifest::DEADLINE_ALARM, ALARM_TICK, functions, workers, |all| async move {
        all.deadline_alarm.run().await.map(drop)
    });
    timer(&manifest::HOUSEKEEPING, HOUSEKEEPING_TICK, functions, workers, |all| async move {
        all.housekeeping.run().await
    });
}

/// Runs a timer function every `tick`.
fn timer<F>(
    function: &'static Function,
    tick: Duration,
    functions: &Arc<Functions>,
    workers: &mut JoinSet<()>,
    run: impl Fn(Arc<Functions>) -> F + Send + Sync + 'static,
) where
    F: Future<Output = Result<(), StepError>> + Send + 'static,
{
    let functions = functions.clone();
    workers.spawn(every_tick(function.name, tick, move || run(functions.clone())));
}

/// Starts a run of order-poll every tick, whether or not earlier ones have ended: a shop that does not answer must not keep
/// the others waiting. A run skips the shops that another run is polling.
async fn poll_every_tick(functions: Arc<Functions>) {
    let mut ticks = tokio::time::interval(TICK);
    ticks.set_missed_tick_behavior(tokio::time::MissedTickBehavior::Delay);
    let mut runs = JoinSet::new();
    loop {
        ticks.tick().await;
        while runs.try_join_next().is_some() {}
        if runs.len() < POLLS_AT_ONCE {
            let functions = Arc::clone(&functions);
            runs.spawn(async move { run_once(manifest::ORDER_POLL.name, functions.order_poll.run()).await });
        }
    }
}

async fn every_tick<F: Future<Output = Result<(), StepError>>>(
    name: &'static str,
    tick: Duration,
    run: impl Fn() -> F,
) {
    let mut ticks = tokio::time::interval(tick);
    ticks.set_missed_tick_behavior(tokio::time::MissedTickBehavior::Delay);
    loop {
        ticks.tick().await;
        run_once(name, run()).await;
    }
}

/// Runs a timer function once. However it ends, the next tick must come.
async fn run_once(name: &'static str, run: impl Future<Output = Result<(), StepError>>) {
    match batch::catch(run).await {
        Some(Ok(())) => {}
        Some(Err(error)) => {
            tracing::error!(function = name, error = workflow::error_chain(&error), "timer function failed");
        }
        None => tracing::error!(function = name, "timer function panicked"),
    }
}

/// The slots of a queue with this share, when the machine has room for `at_once` orders.
fn slots(share: HostShare, at_once: usize) -> SlotConfig {
    let without_shop_limit = |total| SlotConfig { total, per_shop: usize::MAX, messages_per_slot: 1 };
    match share {
        HostShare::ShopBatches => {
            SlotConfig { total: BATCHES_AT_ONCE, per_shop: BATCHES_PER_SHOP, messages_per_slot: BATCH }
        }
        HostShare::Half => without_shop_limit(at_once / 2),
        HostShare::Quarter => without_shop_limit(at_once / 4),
        HostShare::Few => without_shop_limit(FEW_AT_ONCE),
    }
}

/// How many slots a queue has now. A slot that nobody needs costs nothing, so only the memory limits them; the services limit
/// themselves.
fn present_slots(share: HostShare) -> SlotConfig {
    slots(share, memory::orders_at_once())
}

async fn serve(queue: Queue, share: HostShare, functions: Arc<Functions>, queues: SqliteBackend) {
    let slots = Arc::new(FairSlots::new(present_slots(share)));
    let mut resized_at = Instant::now();
    let mut running = JoinSet::new();
    loop {
        while running.try_join_next().is_some() {}
        if resized_at.elapsed() >= RESIZE_EVERY {
            slots.resize(present_slots(share).total);
            resized_at = Instant::now();
        }
        let limits = slots.limits(Instant::now());
        let batch = match queues.receive_fairly(queue, BATCH, VISIBILITY, &limits).await {
            Ok(batch) => batch,
            Err(error) => {
                tracing::error!(
                    queue = queue.name(),
                    error = workflow::error_chain(&error),
                    "the queue can't be read"
                );
                tokio::time::sleep(AFTER_FAILURE).await;
                continue;
            }
        };
        if batch.messages.is_empty() {
            let unthrottled = slots.next_unthrottled_after(Instant::now()).unwrap_or(WAIT_MAX);
            let visible = batch.next_visible_after.unwrap_or(WAIT_MAX);
            let wake = visible.min(unthrottled).clamp(WAIT_MIN, WAIT_MAX);
            tokio::select! {
                () = queues.queue_changed(queue) => {}
                () = slots.changed() => {}
                () = tokio::time::sleep(wake) => {}
            }
            continue;
        }
        for work in work_items(batch.messages) {
            let slot = slots.take(&work.lane);
            let (functions, queues) = (functions.clone(), queues.clone());
            running
                .spawn(async move { slot.finish(finish(queue, &functions, &queues, work.messages).await) });
        }
    }
}

/// What is worked on in one slot.
struct WorkItem {
    lane: Lane,
    messages: WorkMessages,
}

/// Messages with their receipts.
enum WorkMessages {
    /// Order changes of one shop, which are read from TikTok together.
    Changes(Vec<(String, OrderChange)>),
    One(String, Message),
}

fn work_items(deliveries: Vec<LaneDelivery>) -> Vec<WorkItem> {
    let mut work = Vec::new();
    let mut changes: BTreeMap<Lane, Vec<(String, OrderChange)>> = BTreeMap::new();
    for LaneDelivery { lane, received: Received { message, receipt, .. } } in deliveries {
        match message {
            Message::OrderChange(change) => changes.entry(lane).or_default().push((receipt, change)),
            // Whatever else there is, each by itself.
            message => work.push(WorkItem { lane, messages: WorkMessages::One(receipt, message) }),
        }
    }
    let changes = changes.into_iter();
    work.extend(changes.map(|(lane, changes)| WorkItem { lane, messages: WorkMessages::Changes(changes) }));
    work
}

/// Has the messages worked on and acknowledges them.
async fn finish(
    queue: Queue,
    functions: &Functions,
    queues: &SqliteBackend,
    messages: WorkMessages,
) -> SlotOutcome {
    let (receipts, outcomes) = match messages {
        WorkMessages::Changes(changes) => {
            let (receipts, changes): (Vec<String>, Vec<OrderChange>) = changes.into_iter().unzip();
            (receipts, functions.sync(changes).await)
        }
        WorkMessages::One(receipt, message) => (vec![receipt], vec![functions.handle(message).await]),
    };
    let mut slot_outcome = SlotOutcome::Worked;
    for (receipt, outcome) in receipts.iter().zip(outcomes) {
        if let MessageOutcome::Paused(pause) = &outcome {
            slot_outcome = SlotOutcome::Throttled(pause.clone());
        }
        settle(queue, queues, receipt, outcome).await;
    }
    slot_outcome
}

async fn settle(queue: Queue, queues: &SqliteBackend, receipt: &str, outcome: MessageOutcome) {
    let settled = match outcome {
        MessageOutcome::Done => queues.ack(queue, receipt).await,
        MessageOutcome::Failed => queues.nack(queue, receipt, RETRY_AFTER).await,
        MessageOutcome::Paused(pause) => queues.release(queue, receipt, pause.account.as_ref()).await,
    };
    if let Err(error) = settled {
        // The message is delivered again when its visibility timeout ends, which does no harm.
        tracing::warn!(
            queue = queue.name(),
            error = workflow::error_chain(&error),
            "a message could not be acknowledged"
        );
    }
}
