//! Events of SQS: batches of messages, whose failures are told record by record.

use std::process::ExitCode;
use std::sync::Arc;
use std::time::Duration;

use backend::Queues;
use backend::batch;
use domain::message::{Message, Queue};
use futures_util::future::join_all;
use lambda_runtime::LambdaEvent;
use serde::{Deserialize, Serialize};
use tracing::Instrument as _;
use workflow::{StepError, error_chain};

use crate::run::run;
use crate::setup::{Setup, StartError};

/// The pause before a message that failed comes again. Without it, it would come when its visibility ends: six times
/// the function's timeout.
const GIVE_BACK: Duration = Duration::from_secs(5);

/// An event: of its fields those that are used.
#[derive(Debug, Deserialize)]
struct Batch {
    #[serde(rename = "Records")]
    records: Vec<Record>,
}

/// A message.
#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
struct Record {
    message_id: String,
    #[serde(default)]
    receipt_handle: String,
    body: String,
}

/// The answer: the records that failed, which stay in the queue.
#[derive(Debug, Default, Serialize)]
#[serde(rename_all = "camelCase")]
struct Failures {
    batch_item_failures: Vec<Failure>,
}

#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
struct Failure {
    item_identifier: String,
}

/// A step with the queue that feeds it.
struct Fed<F> {
    step: Arc<F>,
    queues: Arc<dyn Queues>,
}

/// What becomes of a message.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Settled {
    /// It is done.
    Done,
    /// It failed and comes again; after too many times it is a dead letter.
    Failed,
    /// It waits for its turn and comes again after this time, as a message that nobody has worked on.
    Paused(Duration),
}

impl Settled {
    /// What becomes of a message whose step ended in `error`.
    pub fn after(error: &StepError) -> Self {
        match error {
            StepError::Paused(after) => Self::Paused(*after),
            _ => Self::Failed,
        }
    }
}

/// Runs a function that takes the messages of `queue`. `work` says of each message, in their order, what becomes of it.
pub fn queue<F, W>(
    queue: Queue,
    build: impl Fn(&mut Setup) -> Result<F, StartError> + 'static,
    work: W,
) -> ExitCode
where
    F: Send + Sync + 'static,
    W: AsyncFn(Arc<F>, Vec<Message>) -> Vec<Settled>,
{
    let feed =
        move |setup: &mut Setup| Ok(Fed { step: Arc::new(build(setup)?), queues: setup.queues(&[queue])? });
    run(Box::new(feed), async |fed: Arc<Fed<F>>, event: LambdaEvent<Batch>| {
        let span = tracing::error_span!("batch", request_id = event.context.request_id);
        let batch = async {
            let failed = settle(queue, &fed, event.payload.records, &work).await;
            Ok(Failures {
                batch_item_failures: failed
                    .into_iter()
                    .map(|item_identifier| Failure { item_identifier })
                    .collect(),
            })
        };
        batch.instrument(span).await
    })
}

/// Works on the records, sends those anew that wait for their turn, gives back those that failed and returns their ids.
async fn settle<F, W>(queue: Queue, fed: &Fed<F>, records: Vec<Record>, work: &W) -> Vec<String>
where
    W: AsyncFn(Arc<F>, Vec<Message>) -> Vec<Settled>,
{
    let (mut messages, mut readable, mut failed) = (Vec::new(), Vec::new(), Vec::new());
    for record in records {
        match serde_json::from_str::<Message>(&record.body) {
            Ok(message) if message.queue() == queue => {
                messages.push(message);
                readable.push(record);
            }
            // It comes again, in vain, and ends as a dead letter, where a person finds it.
            Ok(_) => {
                tracing::error!(message_id = record.message_id, "message is of another queue");
                failed.push(record);
            }
            Err(error) => {
                let column = error.column();
                tracing::error!(message_id = record.message_id, column, "message can't be read");
                failed.push(record);
            }
        }
    }
    let settled = work(Arc::clone(&fed.step), messages.clone()).await;
    // Of a message that nothing is said of, it is not known that it is done.
    let settled = settled.into_iter().chain(std::iter::repeat(Settled::Failed));
    for ((record, message), settled) in readable.into_iter().zip(messages).zip(settled) {
        let is_settled = match settled {
            Settled::Done => true,
            Settled::Failed => false,
            Settled::Paused(after) => is_sent(&*fed.queues, &message, after).await,
        };
        failed.extend((!is_settled).then_some(record));
    }
    let given_back = failed.iter().map(|record| fed.queues.nack(queue, &record.receipt_handle, GIVE_BACK));
    for error in join_all(given_back).await.into_iter().filter_map(Result::err) {
        // The message comes again when its visibility ends.
        tracing::warn!(error = error_chain(&error), "message is not given back");
    }
    failed.into_iter().map(|record| record.message_id).collect()
}

/// Sends a message anew, so that its deliveries so far do not count: SQS counts each. False when that failed.
async fn is_sent(queues: &dyn Queues, message: &Message, after: Duration) -> bool {
    match queues.send(message, after).await {
        Ok(()) => true,
        Err(error) => {
            tracing::warn!(error = error_chain(&error), "message is not sent anew");
            false
        }
    }
}

/// Runs `step` on every message, all at the same time: one that fails or panics fails alone, and one that waits keeps
/// no other waiting.
pub async fn each<S>(messages: Vec<Message>, step: S) -> Vec<Settled>
where
    S: AsyncFn(Message) -> Result<(), StepError>,
{
    let work = |message: Message| {
        let order = message.key().map(|key| key.order.as_str());
        let span = tracing::error_span!("message", shop = %message.shop(), order);
        let step = &step;
        async move {
            match batch::catch(step(message)).await {
                Some(Ok(())) => Settled::Done,
                Some(Err(error)) => {
                    let settled = Settled::after(&error);
                    if settled == Settled::Failed {
                        tracing::error!(error = error_chain(&error), "step failed");
                    }
                    settled
                }
                None => {
                    tracing::error!("step panicked");
                    Settled::Failed
                }
            }
        }
        .instrument(span)
    };
    join_all(messages.into_iter().map(work)).await
}

#[cfg(test)]
mod tests {
    use backend::BackendError;
    use domain::message::{ChangeSource, Message};
    use domain::{OrderId, OrderKey, ShopId};
    use workflow::StepError;

    use std::time::Duration;

    use super::{Settled, each};

    fn change(order: &str) -> Message {
        let key = OrderKey::new(ShopId::new("shop-1"), OrderId::new(order));
        Message::order_change(key, ChangeSource::Webhook)
    }

    /// One that fails and one that panics take no other with them, and each is told by its place.
    #[tokio::test]
    async fn a_record_fails_alone() {
        let step = async |message: Message| match message.key().unwrap().order.as_str() {
            "fails" => Err(StepError::Backend(BackendError::unavailable("down"))),
            "waits" => Err(StepError::Paused(Duration::from_secs(7))),
            order => {
                assert!(order != "panics", "the test wants it");
                tokio::task::yield_now().await;
                Ok(())
            }
        };
        let messages = ["1", "fails", "2", "panics", "3", "waits"].map(change).to_vec();
        let waits = Settled::Paused(Duration::from_secs(7));
        let expect = [Settled::Done, Settled::Failed, Settled::Done, Settled::Failed, Settled::Done, waits];
        assert_eq!(each(messages, step).await, expect);
    }
}
