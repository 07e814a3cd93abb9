//! Drives the pipeline one message at a time, so that a run can be repeated exactly.

use std::sync::Arc;
use std::time::Duration;

use domain::message::{Message, Queue, Source};
use engine::Received;
use engine::batch::{self, Outcome};
use jiff::SignedDuration;
use local::functions::Functions;
use local::summary;
use order_sync::Hint;

use crate::chaos::Plan;
use crate::world::World;

/// How long a message belongs to whoever received it.
const VISIBILITY: Duration = Duration::from_secs(180);
/// The pause after a message failed.
const GIVE_BACK: Duration = Duration::from_secs(1);
/// How long nothing may come of the orders, by the turned clock.
const PATIENCE: SignedDuration = SignedDuration::from_hours(3);

/// A process that works on a world's orders, and is started again when it dies.
pub struct Drive<'a> {
    world: &'a World,
    plan: Arc<Plan>,
    functions: Functions,
    /// Every message is worked on twice.
    pub repeats: bool,
    /// Every message is worked on by two workers at once.
    pub twins: bool,
    /// How often the process died.
    pub deaths: usize,
}

/// How one piece of work ended.
enum Ended {
    Done(bool),
    Died,
}

impl<'a> Drive<'a> {
    pub(crate) fn new(world: &'a World, plan: Arc<Plan>) -> anyhow::Result<Self> {
        let functions = world.functions(&plan)?;
        Ok(Self { world, plan, functions, repeats: false, twins: false, deaths: 0 })
    }

    /// Tells the pipeline of every order, as webhooks would.
    pub async fn announce(&self) -> anyhow::Result<()> {
        for order in self.world.sandbox.kinds().keys() {
            self.tell(order).await?;
        }
        Ok(())
    }

    /// Tells the pipeline that an order changed, as a webhook would.
    pub async fn tell(&self, order: &str) -> anyhow::Result<()> {
        let key = self.world.key(order);
        let message = Message::OrderChange { key, source: Source::Webhook };
        Ok(self.world.engine.queues.send(&message, Duration::ZERO).await?)
    }

    /// The functions of the process that is alive.
    pub fn functions(&self) -> &Functions {
        &self.functions
    }

    /// Works on the first `n` messages that come, and on nothing else.
    pub async fn work_on(&mut self, n: usize) -> anyhow::Result<()> {
        for _ in 0..n {
            for queue in Queue::ALL {
                let received = self.world.engine.queues.receive(queue, 1, VISIBILITY, Duration::ZERO).await?;
                let Some(received) = received.into_iter().next() else { continue };
                self.work(queue, received, std::future::pending()).await?;
                break;
            }
        }
        Ok(())
    }

    /// Works for `span` by the turned clock, whatever comes of it.
    pub async fn work_for(&mut self, span: SignedDuration) -> anyhow::Result<()> {
        let mut waited = SignedDuration::ZERO;
        while waited < span {
            if !self.work_once().await? {
                self.tick().await?;
                self.world.clock.turn(self.world.idle);
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
        for queue in Queue::ALL {
            for received in self.world.engine.queues.receive(queue, 1, VISIBILITY, Duration::ZERO).await? {
                worked = true;
                self.work(queue, received, std::future::pending()).await?;
            }
        }
        Ok(worked)
    }

    /// Works until every order is at its end.
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
            self.world.clock.turn(self.world.idle);
            waited += self.world.idle;
            anyhow::ensure!(waited < PATIENCE, "stuck: {}", self.describe().await?);
        }
    }

    /// Works until `disaster` comes, upon which the process dies; then as [`Drive::until_done`].
    pub async fn until_done_dying_at(&mut self, disaster: impl Future<Output = ()>) -> anyhow::Result<()> {
        let mut disaster = std::pin::pin!(disaster);
        let mut idle = 0;
        while self.deaths == 0 && idle < 200 {
            let mut worked = false;
            for queue in Queue::ALL {
                for received in self.world.engine.queues.receive(queue, 1, VISIBILITY, Duration::ZERO).await?
                {
                    worked = true;
                    if self.deaths == 0 {
                        self.work(queue, received, disaster.as_mut()).await?;
                    }
                }
            }
            if !worked {
                idle += 1;
                self.tick().await?;
                self.world.clock.turn(self.world.idle);
            }
        }
        anyhow::ensure!(self.deaths == 1, "the disaster never came");
        self.until_done().await
    }

    async fn work(
        &mut self,
        queue: Queue,
        received: Received,
        disaster: impl Future<Output = ()>,
    ) -> anyhow::Result<()> {
        let mut ended = Ended::Died;
        {
            let times = if self.repeats { 2 } else { 1 };
            let mut disaster = std::pin::pin!(disaster);
            for _ in 0..times {
                let step = async {
                    let work = || step(&self.functions, received.message.clone());
                    match self.twins {
                        // Neither knows of the other.
                        true => {
                            let (one, other) = tokio::join!(work(), work());
                            one && other
                        }
                        false => work().await,
                    }
                };
                ended = tokio::select! {
                    biased;
                    () = disaster.as_mut() => Ended::Died,
                    () = self.plan.death() => Ended::Died,
                    done = step => Ended::Done(done),
                };
                if matches!(ended, Ended::Died) {
                    break;
                }
            }
        }
        match ended {
            Ended::Done(true) => self.world.engine.queues.acknowledge(queue, &received.receipt).await?,
            Ended::Done(false) => {
                self.world.engine.queues.give_back(queue, &received.receipt, GIVE_BACK).await?
            }
            Ended::Died => self.start_again()?,
        }
        Ok(())
    }

    /// The timers; and TikTok, which ends its holds and tells so.
    async fn tick(&mut self) -> anyhow::Result<()> {
        for order in self.world.sandbox.kinds().keys() {
            if self.world.sandbox.tiktok.release_hold(order).is_ok() {
                self.tell(order).await?;
            }
        }
        let sweep = tokio::select! {
            biased;
            () = self.plan.death() => Ended::Died,
            swept = self.functions.due_sweep.run() => Ended::Done(swept.is_ok()),
        };
        if let Ended::Died = sweep {
            self.start_again()?;
        }
        Ok(())
    }

    /// A new process: nothing of the old one's memory is left. Its messages come back when their visibility ends.
    fn start_again(&mut self) -> anyhow::Result<()> {
        self.deaths += 1;
        self.plan.revive();
        self.functions = self.world.functions(&self.plan)?;
        Ok(())
    }

    async fn is_done(&self) -> anyhow::Result<bool> {
        let records = self.world.records().await?;
        let all_known = records.len() == self.world.sandbox.kinds().len();
        let settled = records.iter().all(|record| summary::outcome(record) != summary::Outcome::UnderWay);
        Ok(all_known && settled)
    }

    async fn describe(&self) -> anyhow::Result<String> {
        let records = self.world.records().await?;
        let lines =
            records.iter().filter(|r| summary::outcome(r) == summary::Outcome::UnderWay).map(|record| {
                let shipments: Vec<String> = record
                    .shipments
                    .iter()
                    .map(|s| {
                        format!(
                            "{} {:?} wake {:?} trouble {:?}",
                            s.stage.name(),
                            s.ledger,
                            s.wake_at,
                            s.trouble
                        )
                    })
                    .collect();
                format!("{}: {shipments:?} {:?}", record.order.id, record.exceptions)
            });
        Ok(lines.collect::<Vec<_>>().join("\n"))
    }
}

/// Runs the step that `message` is for, as the host does: a panic fails it. True when it is done with it.
async fn step(functions: &Functions, message: Message) -> bool {
    if let Message::OrderChange { key, source } = &message {
        let hint = Hint { key: key.clone(), source: *source };
        let outcomes = functions.order_sync.handle_batch(vec![hint]).await;
        return matches!(outcomes.as_slice(), [Outcome::Done]);
    }
    let work = |message: Message| async move {
        match &message {
            Message::OrderChange { .. } => Ok(()),
            Message::RateRequest(task) => functions.rate_shop.handle(task).await,
            Message::LabelRequest(task) => functions.label_create.handle(task).await,
            Message::TrackingUpload(task) => functions.tracking_upload.handle(task).await,
            Message::ParcelCheck(task) => functions.tracking_watch.handle(task).await,
            Message::ConversationChange { shop, conversation } => {
                functions.conversation_watch.handle(shop, conversation).await
            }
        }
    };
    matches!(batch::run(vec![message], 1, work).await.as_slice(), [Outcome::Done])
}
