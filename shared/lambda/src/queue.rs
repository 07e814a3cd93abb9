//! Events of SQS: batches of messages, each of which succeeds or fails by itself.

use std::process::ExitCode;
use std::sync::Arc;
use std::time::Duration;

use backend::Queues;
use domain::message::{Message, Queue};
use futures_util::future::join_all;
use lambda_runtime::LambdaEvent;
use manifest::Function;
use serde::{Deserialize, Serialize};
use tracing::{Instrument as _, Span};
use workflow::{MessageOutcome, StepError, error_chain};

use crate::run::run;
use crate::setup::{Setup, StartError};

/// The pause before a failed message is delivered again. Without it the message would stay invisible for its whole
/// visibility timeout: six times the function's timeout.
const RETRY_PAUSE: Duration = Duration::from_secs(5);

/// An event of SQS, with the fields that are used.
#[derive(Debug, Deserialize)]
struct SqsEvent {
    #[serde(rename = "Records")]
    records: Vec<SqsRecord>,
}

/// A message as SQS delivers it.
#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
struct SqsRecord {
    message_id: String,
    #[serde(default)]
    receipt_handle: String,
    body: String,
}

/// The answer: the records that failed. Lambda deletes all others from the queue.
#[derive(Debug, Default, Serialize)]
#[serde(rename_all = "camelCase")]
struct SqsBatchResponse {
    batch_item_failures: Vec<BatchItemFailure>,
}

#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
struct BatchItemFailure {
    item_identifier: String,
}

/// A step with the queue that it serves.
struct Consumer<F> {
    step: Arc<F>,
    queue: Queue,
    queues: Arc<dyn Queues>,
}

/// A record whose message belongs to this function.
struct QueueDelivery<M> {
    record: SqsRecord,
    message: Message,
    task: Task<M>,
}

/// What a step is asked to do, and the span in which it does so.
struct Task<M> {
    request: M,
    span: Span,
}

/// Runs a function that works on the messages of its queue one by one, those of a batch at the same time. `read` takes a
/// message apart; `None` says that it belongs to another queue.
pub fn queue<F, M, S>(
    function: &'static Function,
    build: impl Fn(&mut Setup) -> Result<F, StartError> + 'static,
    read: fn(Message) -> Option<M>,
    step: S,
) -> ExitCode
where
    F: Send + Sync + 'static,
    S: AsyncFn(Arc<F>, M) -> Result<(), StepError>,
{
    serve(function, build, read, async |function: Arc<F>, tasks| {
        each(tasks, async |request| step(Arc::clone(&function), request).await).await
    })
}

/// Runs a function that works on the messages of a batch together. `work` returns an outcome for each request, in their
/// order.
pub fn queue_in_batches<F, M, W>(
    function: &'static Function,
    build: impl Fn(&mut Setup) -> Result<F, StartError> + 'static,
    read: fn(Message) -> Option<M>,
    work: W,
) -> ExitCode
where
    F: Send + Sync + 'static,
    W: AsyncFn(Arc<F>, Vec<M>) -> Vec<MessageOutcome>,
{
    serve(function, build, read, async |function: Arc<F>, tasks: Vec<Task<M>>| {
        work(function, tasks.into_iter().map(|task| task.request).collect()).await
    })
}

fn serve<F, M, W>(
    function: &'static Function,
    build: impl Fn(&mut Setup) -> Result<F, StartError> + 'static,
    read: fn(Message) -> Option<M>,
    work: W,
) -> ExitCode
where
    F: Send + Sync + 'static,
    W: AsyncFn(Arc<F>, Vec<Task<M>>) -> Vec<MessageOutcome>,
{
    let build_consumer = move |setup: &mut Setup| {
        let queue = function.queue().ok_or(StartError::ServesNoQueue(function.name))?;
        Ok(Consumer { step: Arc::new(build(setup)?), queue, queues: setup.queues()? })
    };
    run(
        function,
        Box::new(build_consumer),
        async |consumer: Arc<Consumer<F>>, event: LambdaEvent<SqsEvent>| {
            let span = tracing::error_span!("batch", request_id = event.context.request_id);
            let failed = consumer.consume(event.payload.records, read, &work).instrument(span).await;
            let failures = failed.into_iter().map(|item_identifier| BatchItemFailure { item_identifier });
            Ok(SqsBatchResponse { batch_item_failures: failures.collect() })
        },
    )
}

impl<F> Consumer<F> {
    /// Works on the records and returns the ids of those that failed.
    async fn consume<M, W>(
        &self,
        records: Vec<SqsRecord>,
        read: fn(Message) -> Option<M>,
        work: &W,
    ) -> Vec<String>
    where
        W: AsyncFn(Arc<F>, Vec<Task<M>>) -> Vec<MessageOutcome>,
    {
        let (mut tasks, mut accepted, mut failed) = (Vec::new(), Vec::new(), Vec::new());
        for record in records {
            match parse(record, read) {
                Ok(QueueDelivery { record, message, task }) => {
                    tasks.push(task);
                    accepted.push((record, message));
                }
                Err(record) => failed.push(record),
            }
        }
        let outcomes = work(Arc::clone(&self.step), tasks).await;
        // A message without an outcome is treated as failed.
        let outcomes = outcomes.into_iter().chain(std::iter::repeat(MessageOutcome::Failed));
        for ((record, message), outcome) in accepted.into_iter().zip(outcomes) {
            match outcome {
                MessageOutcome::Done => {}
                MessageOutcome::Failed => failed.push(record),
                MessageOutcome::Paused(pause) => {
                    if let Err(error) = self.queues.send(&message, pause.after).await {
                        tracing::warn!(error = error_chain(&error), "paused message can't be sent again");
                        failed.push(record);
                    }
                }
            }
        }
        self.make_visible_soon(&failed).await;
        failed.into_iter().map(|record| record.message_id).collect()
    }

    async fn make_visible_soon(&self, failed: &[SqsRecord]) {
        let nacks =
            failed.iter().map(|record| self.queues.nack(self.queue, &record.receipt_handle, RETRY_PAUSE));
        for error in join_all(nacks).await.into_iter().filter_map(Result::err) {
            // Nothing is lost: the message is delivered again when its visibility timeout ends.
            tracing::warn!(error = error_chain(&error), "message can't be made visible again");
        }
    }
}

/// A record with its message, or the record alone. Retrying can't help a message that can't be read or belongs to another
/// queue: it ends in the dead-letter queue, where a person sees it.
fn parse<M>(record: SqsRecord, read: fn(Message) -> Option<M>) -> Result<QueueDelivery<M>, SqsRecord> {
    let message = match serde_json::from_str::<Message>(&record.body) {
        Ok(message) => message,
        Err(error) => {
            let column = error.column();
            tracing::error!(message_id = record.message_id, column, "message can't be read");
            return Err(record);
        }
    };
    let Some(request) = read(message.clone()) else {
        tracing::error!(message_id = record.message_id, "message belongs to another queue");
        return Err(record);
    };
    let order = message.key().map(|key| key.order.as_str());
    let span = tracing::error_span!("message", shop = %message.shop(), order);
    Ok(QueueDelivery { record, task: Task { request, span }, message })
}

/// Runs `step` on every request, all at the same time: one that fails, panics or waits does not affect the others.
async fn each<M, S>(tasks: Vec<Task<M>>, step: S) -> Vec<MessageOutcome>
where
    S: AsyncFn(M) -> Result<(), StepError>,
{
    let step = &step;
    let work =
        |task: Task<M>| async move { MessageOutcome::of(step(task.request)).await }.instrument(task.span);
    join_all(tasks.into_iter().map(work)).await
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use backend::BackendError;
    use domain::message::{ChangeSource, Message};
    use domain::{OrderId, OrderKey, ShopId};
    use tracing::Span;
    use workflow::{MessageOutcome, Pause, StepError};

    use super::{SqsRecord, Task, each, parse};

    /// A step that fails and one that panics leave the others alone, and each has its outcome in its place.
    #[tokio::test]
    async fn a_record_fails_alone() {
        let step = async |order: &str| match order {
            "fails" => Err(StepError::Backend(BackendError::unavailable("down"))),
            "waits" => Err(StepError::Paused(Pause::of_tiktok(Duration::from_secs(7)))),
            order => {
                assert!(order != "panics", "the test wants it");
                tokio::task::yield_now().await;
                Ok(())
            }
        };
        let tasks = ["1", "fails", "2", "panics", "3", "waits"];
        let tasks = tasks.map(|request| Task { request, span: Span::none() }).into();
        use MessageOutcome::{Done, Failed, Paused};
        let paused = Paused(Pause::of_tiktok(Duration::from_secs(7)));
        let expect = [Done, Failed, Done, Failed, Done, paused];
        assert_eq!(each(tasks, step).await, expect);
    }

    #[test]
    fn only_messages_of_the_own_queue_are_accepted() {
        let read = |message: Message| match message {
            Message::OrderChange(change) => Some(change.key.order.to_string()),
            _ => None,
        };
        let record = |body: String| SqsRecord { message_id: "1".into(), receipt_handle: "r".into(), body };
        let key = OrderKey::new(ShopId::new("shop-1"), OrderId::new("580"));
        let own = Message::order_change(key, ChangeSource::Webhook);
        let own = parse(record(serde_json::to_string(&own).unwrap()), read);
        assert_eq!(own.map(|delivery| delivery.task.request).map_err(drop), Ok("580".to_owned()));
        let other = r#"{"kind":"conversation_change","shop":"shop-1","conversation":"c"}"#;
        for body in [other, "no JSON"] {
            assert!(parse(record(body.to_owned()), read).is_err(), "{body}");
        }
    }
}
