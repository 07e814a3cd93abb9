//! Events of SQS: batches of messages, whose failures are told record by record.

use std::process::ExitCode;
use std::sync::Arc;
use std::time::Duration;

use domain::message::{Message, Queue};
use engine::Queues;
use engine::batch;
use futures_util::future::join_all;
use lambda_runtime::LambdaEvent;
use serde::{Deserialize, Serialize};
use steps::{StepError, chain};
use tracing::Instrument as _;

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

/// Runs a function that takes the messages of `queue`. `work` says of each message, in their order, whether it is done;
/// what is not comes again.
pub fn queue<F, W>(
    queue: Queue,
    build: impl Fn(&mut Setup) -> Result<F, StartError> + 'static,
    work: W,
) -> ExitCode
where
    F: Send + Sync + 'static,
    W: AsyncFn(Arc<F>, Vec<Message>) -> Vec<bool>,
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

/// Works on the records, gives back those that failed and returns their ids.
async fn settle<F, W>(queue: Queue, fed: &Fed<F>, records: Vec<Record>, work: &W) -> Vec<String>
where
    W: AsyncFn(Arc<F>, Vec<Message>) -> Vec<bool>,
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
    let done = work(Arc::clone(&fed.step), messages).await;
    // Of a message that nothing is said of, it is not known that it is done.
    let done = done.into_iter().chain(std::iter::repeat(false));
    failed.extend(readable.into_iter().zip(done).filter(|(_, done)| !done).map(|(record, _)| record));
    let given_back =
        failed.iter().map(|record| fed.queues.give_back(queue, &record.receipt_handle, GIVE_BACK));
    for error in join_all(given_back).await.into_iter().filter_map(Result::err) {
        // The message comes again when its visibility ends.
        tracing::warn!(error = chain(&error), "message is not given back");
    }
    failed.into_iter().map(|record| record.message_id).collect()
}

/// Runs `step` on every message, all at the same time; one that fails or panics fails alone.
pub async fn each<S>(messages: Vec<Message>, step: S) -> Vec<bool>
where
    S: AsyncFn(Message) -> Result<(), StepError>,
{
    let work = |message: Message| {
        let order = message.key().map(|key| key.order.as_str());
        let span = tracing::error_span!("message", shop = %message.shop(), order);
        let step = &step;
        async move {
            match batch::catch(step(message)).await {
                Some(Ok(())) => return true,
                Some(Err(error)) => tracing::error!(error = chain(&error), "step failed"),
                None => tracing::error!("step panicked"),
            }
            false
        }
        .instrument(span)
    };
    join_all(messages.into_iter().map(work)).await
}

#[cfg(test)]
mod tests {
    use domain::message::{Message, Source};
    use domain::{OrderId, OrderKey, ShopId};
    use engine::EngineError;
    use steps::StepError;

    use super::each;

    fn change(order: &str) -> Message {
        let key = OrderKey::new(ShopId::new("shop-1"), OrderId::new(order));
        Message::OrderChange { key, source: Source::Webhook }
    }

    /// One that fails and one that panics take no other with them, and each is told by its place.
    #[tokio::test]
    async fn a_record_fails_alone() {
        let step = async |message: Message| match message.key().unwrap().order.as_str() {
            "fails" => Err(StepError::Engine(EngineError::unavailable("down"))),
            order => {
                assert!(order != "panics", "the test wants it");
                tokio::task::yield_now().await;
                Ok(())
            }
        };
        let messages = ["1", "fails", "2", "panics", "3"].map(change).to_vec();
        assert_eq!(each(messages, step).await, [true, false, true, false, true]);
    }
}
