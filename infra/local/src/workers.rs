//! Workers: take messages from the queues, run the steps, ack what is done.

use std::collections::BTreeMap;
use std::future::Future;
use std::sync::Arc;
use std::time::Duration;

use backend::batch;
use backend::{Queues as _, Received};
use backend_sqlite::SqliteBackend;
use domain::ShopId;
use domain::message::{Message, Queue};
use manifest::Function;
use order_sync::Hint;
use tokio::task::JoinSet;
use tokio::time::Instant;
use workflow::{MessageOutcome, StepError};

use crate::functions::Functions;
use crate::lanes::{Lanes, Left, Places};
use crate::memory;

/// How long a message belongs to whoever received it: longer than any step takes with all its calls (a purchase is
/// waited for 60 s).
const VISIBILITY: Duration = Duration::from_secs(180);
/// How long a worker waits for messages before it looks anew.
const WAIT: Duration = Duration::from_secs(20);
/// The shortest sleep before it looks anew.
const NAP_MIN: Duration = Duration::from_millis(5);
/// The pause before a failed message is delivered again.
const RETRY_PAUSE: Duration = Duration::from_secs(5);
/// The pause after the backend failed.
const AFTER_FAILURE: Duration = Duration::from_secs(1);
/// How many messages are received at once; for order-sync as many as one call to TikTok takes.
const BATCH: usize = 50;
/// How many batches of order changes are worked on at once, and for one shop. Few, so that its next changes gather
/// meanwhile: TikTok counts calls, not orders.
const BATCHES_AT_ONCE: usize = 256;
const BATCHES_OF_A_SHOP: usize = 2;
/// How many parcels and conversations are asked after at once: nobody waits for it.
const WATCHES_AT_ONCE: usize = 32;
/// How often the timers are looked at. On one machine a look costs next to nothing.
const TICK: Duration = Duration::from_millis(500);
/// How many runs of order-poll there may be at once; more than one only while some shop does not answer.
const POLLS_AT_ONCE: usize = 16;
/// How often alarms are looked at. What falls due in one minute is told by the first look of that minute.
const ALARM_TICK: Duration = Duration::from_secs(15);
/// How often the chores are looked at. Each has a pause of its own.
const KEEPING_TICK: Duration = Duration::from_secs(300);

/// Starts the workers of all queues and timers in `workers`. They end when the set is dropped.
pub fn start(functions: &Arc<Functions>, queues: &SqliteBackend, workers: &mut JoinSet<()>) {
    let at_once = memory::orders_at_once();
    for queue in Queue::ALL {
        workers.spawn(serve(queue, places(queue, at_once), functions.clone(), queues.clone()));
    }
    workers.spawn(poll_every_tick(Arc::clone(functions)));
    timer(&manifest::DUE_SWEEP, TICK, functions, workers, |all| async move {
        all.due_sweep.run().await.map(drop)
    });
    timer(&manifest::DEADLINE_ALARM, ALARM_TICK, functions, workers, |all| async move {
        all.deadline_alarm.run().await.map(drop)
    });
    timer(&manifest::HOUSEKEEPING, KEEPING_TICK, functions, workers, |all| async move {
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
/// the others waiting. A run passes over the shops that another one is polling.
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

/// Runs a timer function; whatever becomes of it, the next tick must come.
async fn run_once(name: &'static str, run: impl Future<Output = Result<(), StepError>>) {
    match batch::catch(run).await {
        Some(Ok(())) => {}
        Some(Err(error)) => {
            tracing::error!(function = name, error = workflow::error_chain(&error), "timer function failed");
        }
        None => tracing::error!(function = name, "timer function panicked"),
    }
}

/// The places of a queue, when the machine has room for `at_once` orders.
fn places(queue: Queue, at_once: usize) -> Places {
    let any = |all| Places { all, of_a_shop: usize::MAX, messages: 1 };
    match queue {
        Queue::OrderChanges => Places { all: BATCHES_AT_ONCE, of_a_shop: BATCHES_OF_A_SHOP, messages: BATCH },
        // Carriers are waited for longest, and most of all while they quote.
        Queue::RateRequests => any(at_once / 2),
        Queue::LabelRequests | Queue::TrackingUploads => any(at_once / 4),
        Queue::ParcelChecks | Queue::ConversationChanges => any(WATCHES_AT_ONCE),
    }
}

async fn serve(queue: Queue, places: Places, functions: Arc<Functions>, queues: SqliteBackend) {
    let lanes = Arc::new(Lanes::new(places));
    let mut running = JoinSet::new();
    loop {
        while running.try_join_next().is_some() {}
        let allowance = lanes.allowance(Instant::now());
        let taken = match queues.take(queue, BATCH, VISIBILITY, &allowance).await {
            Ok(taken) => taken,
            Err(error) => {
                tracing::error!(
                    queue = queue.name(),
                    error = workflow::error_chain(&error),
                    "queue can't be read"
                );
                tokio::time::sleep(AFTER_FAILURE).await;
                continue;
            }
        };
        if taken.received.is_empty() {
            let opens_after = lanes.opens_after(Instant::now()).unwrap_or(WAIT);
            let wake = taken.next_after.unwrap_or(WAIT).min(opens_after).clamp(NAP_MIN, WAIT);
            tokio::select! {
                () = queues.changed(queue) => {}
                () = lanes.changed() => {}
                () = tokio::time::sleep(wake) => {}
            }
            continue;
        }
        for work in work(taken.received) {
            let place = lanes.enter(&work.shop);
            let (functions, queues) = (functions.clone(), queues.clone());
            running
                .spawn(async move { place.leave(finish(queue, &functions, &queues, work.messages).await) });
        }
    }
}

/// What takes one place.
struct Work {
    shop: ShopId,
    messages: Messages,
}

/// Messages with their receipts.
enum Messages {
    /// Order changes of one shop, which are read back together.
    Changes(Vec<(String, Hint)>),
    One(String, Message),
}

fn work(received: Vec<Received>) -> Vec<Work> {
    let mut work = Vec::new();
    let mut changes: BTreeMap<ShopId, Vec<(String, Hint)>> = BTreeMap::new();
    for Received { message, receipt, .. } in received {
        let shop = message.shop().clone();
        match message {
            Message::OrderChange { key, source } => {
                changes.entry(shop).or_default().push((receipt, Hint { key, source }));
            }
            Message::RateRequest(_)
            | Message::LabelRequest(_)
            | Message::TrackingUpload(_)
            | Message::ParcelCheck(_)
            | Message::ConversationChange { .. } => {
                work.push(Work { shop, messages: Messages::One(receipt, message) });
            }
        }
    }
    work.extend(
        changes.into_iter().map(|(shop, changes)| Work { shop, messages: Messages::Changes(changes) }),
    );
    work
}

/// Has the messages worked on and settles them.
async fn finish(queue: Queue, functions: &Functions, queues: &SqliteBackend, messages: Messages) -> Left {
    let (receipts, outcomes) = match messages {
        Messages::Changes(changes) => {
            let (receipts, hints): (Vec<String>, Vec<Hint>) = changes.into_iter().unzip();
            (receipts, functions.sync(hints).await)
        }
        Messages::One(receipt, message) => (vec![receipt], vec![functions.handle(message).await]),
    };
    let mut left = Left::Worked;
    for (receipt, outcome) in receipts.iter().zip(outcomes) {
        if let MessageOutcome::Paused(after) = outcome {
            left = Left::Paused(after);
        }
        settle(queue, queues, receipt, outcome).await;
    }
    left
}

async fn settle(queue: Queue, queues: &SqliteBackend, receipt: &str, outcome: MessageOutcome) {
    let settled = match outcome {
        MessageOutcome::Done => queues.ack(queue, receipt).await,
        MessageOutcome::Failed => queues.nack(queue, receipt, RETRY_PAUSE).await,
        MessageOutcome::Paused(_) => queues.put_back(queue, receipt).await,
    };
    if let Err(error) = settled {
        // The message is delivered again when its visibility ends, which changes nothing.
        tracing::warn!(queue = queue.name(), error = workflow::error_chain(&error), "message is not settled");
    }
}
