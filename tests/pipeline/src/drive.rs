//! Drives the pipeline one message at a time, so that a run without faults makes its calls in the same order each time.
//! Sockets, the clock and random keys are real, so timings and retries may still differ.

use std::pin::Pin;
use std::sync::Arc;
use std::time::Duration;

use backend::Received;
use domain::OrderKey;
use domain::message::{ChangeSource, Message, Queue};
use domain::record::OrderRecord;
use domain::remedy::Remedy;
use jiff::SignedDuration;
use punctual::functions::Functions;
use punctual::summary;
use remedy::{RemedyOutcome, RemedyRequest};
use workflow::MessageOutcome;

use crate::faults::FaultPlan;
use crate::world::World;

/// How long a message belongs to whoever received it.
const VISIBILITY: Duration = Duration::from_secs(180);
/// The pause after a message failed.
const RETRY_PAUSE: Duration = Duration::from_secs(1);
/// How often a person repeats a remedy that fails.
const REMEDY_ATTEMPTS_MAX: usize = 20;
/// How long the orders may take without finishing, by the test's clock.
const STUCK_AFTER: SignedDuration = SignedDuration::from_hours(3);

/// A process that works on a world's orders, and is restarted when it crashes.
pub struct Drive<'a> {
    world: &'a World,
    plan: Arc<FaultPlan>,
    functions: Functions,
    /// Every message is delivered twice.
    pub duplicates: bool,
    /// Every message is delivered to two workers at once.
    pub concurrent_duplicates: bool,
    /// How often the process crashed.
    pub crashes: usize,
    crash: CrashSignal,
}

/// Upon which the process crashes; `None` when no crash is to come, or it has come.
type CrashSignal = Option<Pin<Box<dyn Future<Output = ()> + Send>>>;

/// Waits for the crash, and forever when there is none. It comes once.
async fn crashes(crash: &mut CrashSignal) {
    match crash {
        Some(coming) => coming.as_mut().await,
        None => std::future::pending().await,
    }
    *crash = None;
}

/// How one piece of work ended.
enum WorkEnd {
    Finished(MessageOutcome),
    /// The process died while it worked on the message.
    Crashed,
}

impl<'a> Drive<'a> {
    pub(crate) fn new(world: &'a World, plan: Arc<FaultPlan>) -> anyhow::Result<Self> {
        let functions = world.functions(&plan)?;
        Ok(Self {
            world,
            plan,
            functions,
            duplicates: false,
            concurrent_duplicates: false,
            crashes: 0,
            crash: None,
        })
    }

    /// Notifies the pipeline of every order, as webhooks would.
    pub async fn notify(&self) -> anyhow::Result<()> {
        for order in self.world.sandbox.kinds().keys() {
            self.tell(order).await?;
        }
        Ok(())
    }

    /// Notifies the pipeline that an order changed, as a webhook would.
    pub async fn tell(&self, order: &str) -> anyhow::Result<()> {
        let key = self.world.key(order);
        let message = Message::order_change(key, ChangeSource::Webhook);
        Ok(self.world.backend.queues.send(&message, Duration::ZERO).await?)
    }

    /// The functions of the process that is alive.
    pub fn functions(&self) -> &Functions {
        &self.functions
    }

    /// Works on the first `n` messages that come, and on nothing else.
    pub async fn work_on(&mut self, n: usize) -> anyhow::Result<()> {
        for _ in 0..n {
            self.work_on_next().await?;
        }
        Ok(())
    }

    /// Works on the first message that comes; false when there is none.
    async fn work_on_next(&mut self) -> anyhow::Result<bool> {
        for &queue in Queue::ALL {
            let received = self.world.backend.queues.receive(queue, 1, VISIBILITY, Duration::ZERO).await?;
            let Some(received) = received.into_iter().next() else { continue };
            self.work(queue, received).await?;
            return Ok(true);
        }
        Ok(false)
    }

    /// Works for `span` by the test's clock, whatever comes of it.
    pub async fn work_for(&mut self, span: SignedDuration) -> anyhow::Result<()> {
        let mut waited = SignedDuration::ZERO;
        while waited < span {
            if !self.work_once().await? {
                self.tick().await?;
                self.world.clock.advance(self.world.idle);
                waited += self.world.idle;
            }
        }
        Ok(())
    }

    /// Works until the queues are empty; the clock stands still.
    pub async fn work_off(&mut self) -> anyhow::Result<()> {
        while self.work_once().await? {}
        Ok(())
    }

    /// Works on what is in the queues, one message of each; false when there was none.
    async fn work_once(&mut self) -> anyhow::Result<bool> {
        let mut worked = false;
        for &queue in Queue::ALL {
            for received in self.world.backend.queues.receive(queue, 1, VISIBILITY, Duration::ZERO).await? {
                worked = true;
                self.work(queue, received).await?;
            }
        }
        Ok(worked)
    }

    /// Works until every order is finished.
    pub async fn until_done(&mut self) -> anyhow::Result<()> {
        let mut waited = SignedDuration::ZERO;
        loop {
            if self.work_once().await? {
                continue;
            }
            if self.is_done().await? {
                return Ok(());
            }
            self.tick().await?;
            self.world.clock.advance(self.world.idle);
            waited += self.world.idle;
            anyhow::ensure!(waited < STUCK_AFTER, "stuck: {}", self.describe().await?);
        }
    }

    /// The process crashes when `signal` completes.
    pub fn crash_upon(&mut self, signal: impl Future<Output = ()> + Send + 'static) {
        self.crash = Some(Box::pin(signal));
    }

    /// Works one message at a time until the shipments of all orders are in this stage.
    pub async fn until_stage(&mut self, stage: &str) -> anyhow::Result<()> {
        self.until(stage, |record| {
            let mut shipments = record.shipments.iter().peekable();
            shipments.peek().is_some() && shipments.all(|shipment| shipment.stage.name() == stage)
        })
        .await
    }

    /// Works one message at a time until all orders are so.
    pub async fn until(&mut self, what: &str, is_so: impl Fn(&OrderRecord) -> bool) -> anyhow::Result<()> {
        let mut waited = SignedDuration::ZERO;
        loop {
            let records = self.world.records().await?;
            if !records.is_empty() && records.iter().all(&is_so) {
                return Ok(());
            }
            if self.work_on_next().await? {
                continue;
            }
            self.tick().await?;
            self.world.clock.advance(self.world.idle);
            waited += self.world.idle;
            if waited >= STUCK_AFTER {
                let shipments: Vec<_> = records.iter().flat_map(|record| &record.shipments).collect();
                anyhow::bail!("not {what}: {shipments:?}");
            }
        }
    }

    /// A person applies `remedy` to an order, and repeats that for as long as it fails or the process crashes meanwhile. What
    /// was done before an answer was lost may be refused when it is repeated.
    pub async fn apply(&mut self, order: &str, remedy: &Remedy) -> anyhow::Result<()> {
        for _ in 0..REMEDY_ATTEMPTS_MAX {
            let step = self.world.remedies()?;
            let OrderKey { shop, order } = self.world.key(order);
            let request = RemedyRequest { shop, orders: vec![order], remedy: remedy.clone() };
            let applied = tokio::select! {
                biased;
                () = crashes(&mut self.crash) => None,
                report = step.run(request) => Some(report?),
            };
            match applied.and_then(|report| report.outcomes.into_iter().next()) {
                Some(item) if !matches!(item.outcome, RemedyOutcome::Failed { .. }) => return Ok(()),
                Some(_) => self.world.clock.advance(self.world.idle),
                None => self.restart()?,
            }
        }
        anyhow::bail!("{} fails again and again", remedy.kind())
    }

    async fn work(&mut self, queue: Queue, received: Received) -> anyhow::Result<()> {
        let mut ended = WorkEnd::Crashed;
        {
            let times = if self.duplicates { 2 } else { 1 };
            for _ in 0..times {
                let step = async {
                    let work = || Box::pin(self.functions.handle(received.message.clone()));
                    if !self.concurrent_duplicates {
                        return work().await;
                    }
                    // Neither knows of the other.
                    match tokio::join!(work(), work()) {
                        (MessageOutcome::Done, other) => other,
                        (one, _) => one,
                    }
                };
                ended = tokio::select! {
                    biased;
                    () = crashes(&mut self.crash) => WorkEnd::Crashed,
                    () = self.plan.crash() => WorkEnd::Crashed,
                    outcome = step => WorkEnd::Finished(outcome),
                };
                if matches!(ended, WorkEnd::Crashed) {
                    break;
                }
            }
        }
        match ended {
            WorkEnd::Finished(MessageOutcome::Done) => {
                self.world.backend.queues.ack(queue, &received.receipt).await?;
            }
            WorkEnd::Finished(MessageOutcome::Failed) => {
                self.world.backend.queues.nack(queue, &received.receipt, RETRY_PAUSE).await?;
            }
            WorkEnd::Finished(MessageOutcome::Paused(pause)) => {
                self.world.backend.queues.send(&received.message, pause.after).await?;
                self.world.backend.queues.ack(queue, &received.receipt).await?;
            }
            WorkEnd::Crashed => self.restart()?,
        }
        Ok(())
    }

    /// The timers, and TikTok, which releases its holds and notifies us.
    async fn tick(&mut self) -> anyhow::Result<()> {
        for order in self.world.sandbox.kinds().keys() {
            if self.world.sandbox.tiktok.release_hold(order).is_ok() {
                self.tell(order).await?;
            }
        }
        let crashed = tokio::select! {
            biased;
            () = self.plan.crash() => true,
            // The next sweep makes up for one that fails.
            _ = self.functions.due_sweep.run() => false,
        };
        if crashed {
            self.restart()?;
        }
        Ok(())
    }

    /// Starts a new process, which has nothing of the old one's memory. Messages come back when their visibility ends.
    fn restart(&mut self) -> anyhow::Result<()> {
        self.crashes += 1;
        self.plan.restart();
        self.functions = self.world.functions(&self.plan)?;
        Ok(())
    }

    async fn is_done(&self) -> anyhow::Result<bool> {
        let records = self.world.records().await?;
        let all_known = records.len() == self.world.sandbox.kinds().len();
        let settled =
            records.iter().all(|record| summary::outcome(record) != summary::OrderOutcome::UnderWay);
        Ok(all_known && settled)
    }

    async fn describe(&self) -> anyhow::Result<String> {
        let records = self.world.records().await?;
        let lines =
            records.iter().filter(|r| summary::outcome(r) == summary::OrderOutcome::UnderWay).map(|record| {
                let shipments: Vec<String> = record
                    .shipments
                    .iter()
                    .map(|s| {
                        format!(
                            "{} {:?} wake {:?} outage {:?}",
                            s.stage.name(),
                            s.ledger,
                            s.next_check_at,
                            s.outage
                        )
                    })
                    .collect();
                format!("{}: {shipments:?} {:?}", record.order.id, record.exceptions)
            });
        Ok(lines.collect::<Vec<_>>().join("\n"))
    }
}
