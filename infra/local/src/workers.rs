//! Workers: take messages from the queues, run the steps, acknowledge what is done.

use std::future::Future;
use std::sync::Arc;
use std::time::Duration;

use domain::message::{Message, Queue};
use engine::batch::{self, Outcome};
use engine::{Queues, Received};
use order_sync::Hint;
use tokio::sync::Semaphore;
use tokio::task::JoinSet;

use crate::functions::Functions;

/// How long a message belongs to whoever received it: longer than any step takes with all its calls (a purchase is
/// waited for 60 s).
const VISIBILITY: Duration = Duration::from_secs(180);
/// How long a worker waits for messages before it looks anew.
const WAIT: Duration = Duration::from_secs(20);
/// The pause after a message failed.
const GIVE_BACK: Duration = Duration::from_secs(5);
/// The pause after the engine failed.
const AFTER_FAILURE: Duration = Duration::from_secs(1);
/// How many messages of a queue are worked on at once. Most of that time is waiting for a carrier.
const AT_ONCE: usize = 96;
/// How many of those that only TikTok works on. At the pace that it is first asked at, so many pass in a second: none
/// waits so long for its turn that it is sent away.
const UPLOADS_AT_ONCE: usize = 48;
/// How many parcels are asked after at once: nobody waits for it.
const WATCHES_AT_ONCE: usize = 8;
/// How many messages are received at once; for order-sync as many as one call to TikTok takes.
const BATCH: usize = 50;
/// How many batches of order changes are worked on at once. Few, so that the next changes gather meanwhile: TikTok
/// counts calls, not orders.
const BATCHES_AT_ONCE: usize = 8;
/// How often the timers are looked at. On one machine a look costs next to nothing.
const TICK: Duration = Duration::from_millis(500);
/// How many runs of order-poll there may be at once; more than one only while some shop does not answer.
const POLLS_AT_ONCE: usize = 16;
/// How often alarms are looked at. What falls due in one minute is told by the first look of that minute.
const ALARM_TICK: Duration = Duration::from_secs(15);
/// How often the chores are looked at. Each has a pause of its own.
const KEEPING_TICK: Duration = Duration::from_secs(300);

/// Starts the workers of all queues and timers in `workers`. They end when the set is dropped.
pub fn start(functions: &Arc<Functions>, queues: &Arc<dyn Queues>, workers: &mut JoinSet<()>) {
    for queue in Queue::ALL {
        workers.spawn(serve(queue, functions.clone(), queues.clone()));
    }
    workers.spawn(poll_every_tick(Arc::clone(functions)));
    timer("due-sweep", TICK, functions, workers, |all| async move { all.due_sweep.run().await.map(drop) });
    timer("deadline-alarm", ALARM_TICK, functions, workers, |all| async move {
        all.deadline_alarm.run().await.map(drop)
    });
    timer(
        "housekeeping",
        KEEPING_TICK,
        functions,
        workers,
        |all| async move { all.housekeeping.run().await },
    );
}

/// Runs a timer function every `tick`.
fn timer<F>(
    name: &'static str,
    tick: Duration,
    functions: &Arc<Functions>,
    workers: &mut JoinSet<()>,
    run: impl Fn(Arc<Functions>) -> F + Send + Sync + 'static,
) where
    F: Future<Output = Result<(), steps::StepError>> + Send + 'static,
{
    let functions = functions.clone();
    workers.spawn(every_tick(name, tick, move || run(functions.clone())));
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
            runs.spawn(async move { run_once("order-poll", functions.order_poll.run()).await });
        }
    }
}

async fn every_tick<F: Future<Output = Result<(), steps::StepError>>>(
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
async fn run_once(name: &'static str, run: impl Future<Output = Result<(), steps::StepError>>) {
    match batch::catch(run).await {
        Some(Ok(())) => {}
        Some(Err(error)) => {
            tracing::error!(function = name, error = steps::chain(&error), "timer function failed");
        }
        None => tracing::error!(function = name, "timer function panicked"),
    }
}

async fn serve(queue: Queue, functions: Arc<Functions>, queues: Arc<dyn Queues>) {
    let in_batches = queue == Queue::OrderChanges;
    let at_once = match queue {
        Queue::OrderChanges => BATCHES_AT_ONCE,
        Queue::TrackingUploads => UPLOADS_AT_ONCE,
        Queue::RateRequests | Queue::LabelRequests => AT_ONCE,
        Queue::ParcelChecks => WATCHES_AT_ONCE,
        Queue::ConversationChanges => BATCHES_AT_ONCE,
    };
    let places = Arc::new(Semaphore::new(at_once));
    let mut running = JoinSet::new();
    loop {
        while running.try_join_next().is_some() {}
        let Ok(place) = places.clone().acquire_owned().await else { return };
        let max = if in_batches { BATCH } else { (places.available_permits() + 1).min(BATCH) };
        let received = match queues.receive(queue, max, VISIBILITY, WAIT).await {
            Ok(received) => received,
            Err(error) => {
                tracing::error!(queue = queue.name(), error = steps::chain(&error), "queue can't be read");
                tokio::time::sleep(AFTER_FAILURE).await;
                continue;
            }
        };
        drop(place);
        if received.is_empty() {
            continue;
        }
        if in_batches {
            let Ok(place) = places.clone().acquire_owned().await else { return };
            let (functions, queues) = (functions.clone(), queues.clone());
            running.spawn(async move {
                sync(&functions, &*queues, received).await;
                drop(place);
            });
        } else {
            for message in received {
                let Ok(place) = places.clone().acquire_owned().await else { return };
                let (functions, queues) = (functions.clone(), queues.clone());
                running.spawn(async move {
                    step(queue, &functions, &*queues, message).await;
                    drop(place);
                });
            }
        }
    }
}

async fn sync(functions: &Functions, queues: &dyn Queues, received: Vec<Received>) {
    let (receipts, hints): (Vec<String>, Vec<Hint>) = received
        .into_iter()
        .filter_map(|received| match received.message {
            Message::OrderChange { key, source } => Some((received.receipt, Hint { key, source })),
            _ => None,
        })
        .unzip();
    let outcomes = functions.order_sync.handle_batch(hints).await;
    for (receipt, outcome) in receipts.iter().zip(outcomes) {
        settle(Queue::OrderChanges, queues, receipt, matches!(outcome, Outcome::Done)).await;
    }
}

async fn step(queue: Queue, functions: &Functions, queues: &dyn Queues, received: Received) {
    let subject = subject(&received.message);
    let work = |message: Message| async move {
        match &message {
            Message::RateRequest(task) => functions.rate_shop.handle(task).await,
            Message::LabelRequest(task) => functions.label_create.handle(task).await,
            Message::TrackingUpload(task) => functions.tracking_upload.handle(task).await,
            Message::ParcelCheck(task) => functions.tracking_watch.handle(task).await,
            Message::ConversationChange { shop, conversation } => {
                functions.conversation_watch.handle(shop, conversation).await
            }
            Message::OrderChange { .. } => Ok(()),
        }
    };
    let outcome = batch::run(vec![received.message], 1, work).await.pop();
    match &outcome {
        Some(Outcome::Failed(error)) => {
            tracing::error!(
                queue = queue.name(),
                about = subject,
                error = steps::chain(error),
                "step failed"
            );
        }
        Some(Outcome::Panicked) => tracing::error!(queue = queue.name(), about = subject, "step panicked"),
        Some(Outcome::Done) | None => {}
    }
    settle(queue, queues, &received.receipt, matches!(outcome, Some(Outcome::Done))).await;
}

/// What a message is about, for the log.
fn subject(message: &Message) -> String {
    match message.key() {
        Some(key) => format!("order {key}"),
        None => format!("shop {}", message.shop()),
    }
}

async fn settle(queue: Queue, queues: &dyn Queues, receipt: &str, done: bool) {
    let settled = match done {
        true => queues.acknowledge(queue, receipt).await,
        false => queues.give_back(queue, receipt, GIVE_BACK).await,
    };
    if let Err(error) = settled {
        // The message comes again when its visibility ends; that changes nothing.
        tracing::warn!(queue = queue.name(), error = steps::chain(&error), "message is not settled");
    }
}
