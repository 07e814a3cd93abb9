//! Queues of SQS.
//!
//! A Lambda function only sends messages and makes failed ones visible again; the event source mapping receives and deletes
//! them. The rest of the contract is for inspecting the queues.

use std::collections::HashMap;
use std::time::Duration;

use async_trait::async_trait;
use aws_sdk_sqs::Client;
use aws_sdk_sqs::types::{
    Message as SqsMessage, MessageSystemAttributeName, QueueAttributeName, SendMessageBatchRequestEntry,
};
use backend::{BackendError, DeadLetter, Queues, Received};
use domain::OrderKey;
use domain::message::{Message, Queue};
use futures_util::future::{join_all, try_join_all};

use crate::error::{RequestFailed, ResourceFault};
use crate::item::pause_before;

/// "Valid values: 0 to 900" (SendMessage, DelaySeconds).
const DELAY_SECONDS_MAX: u64 = 900;
/// "a list of up to 10 messages" (SendMessageBatch); "Valid values: 1 to 10" (ReceiveMessage).
const BATCH_MAX: usize = 10;
/// "Valid values: 0 to 43200" (ChangeMessageVisibility).
const VISIBILITY_SECONDS_MAX: u64 = 43_200;
/// The longest wait of SQS for a message.
const WAIT_SECONDS_MAX: u64 = 20;
/// How much longer than SQS waits for a message we wait for its response.
const WAIT_MARGIN: Duration = Duration::from_secs(5);
/// "up to 128 alphanumeric characters and punctuation" (SendMessage, MessageGroupId).
const GROUP_BYTES_MAX: usize = 128;
/// How long a dead letter is invisible while it is inspected.
const INSPECTION_SECONDS: i32 = 30;

/// Where a queue and its dead letters are.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct QueueUrls {
    pub queue: String,
    /// For those who inspect dead letters.
    pub dead_letters: Option<String>,
}

/// Sends and receives messages by SQS.
#[derive(Clone, Debug)]
pub struct SqsQueues {
    client: Client,
    urls: HashMap<Queue, QueueUrls>,
}

/// A queue whose URL is not configured in this process.
#[derive(Debug, thiserror::Error)]
#[error("the URL of queue {0} is not configured")]
struct NotConfigured(&'static str);

impl SqsQueues {
    /// With these queues; sending to another one is an error.
    pub fn new(client: Client, urls: impl IntoIterator<Item = (Queue, QueueUrls)>) -> Self {
        Self { client, urls: urls.into_iter().collect() }
    }

    /// Checks that a queue exists and may be used, by asking for its depth.
    ///
    /// # Errors
    /// When it does not exist, may not be used, or does not answer.
    pub async fn check(&self, queue: Queue) -> Result<(), ResourceFault> {
        match self.urls.get(&queue) {
            Some(urls) => self.count(&urls.queue).await.map(drop).map_err(RequestFailed::into_fault),
            None => Ok(()),
        }
    }

    fn url(&self, queue: Queue) -> Result<&str, BackendError> {
        let urls =
            self.urls.get(&queue).ok_or_else(|| BackendError::unavailable(NotConfigured(queue.name())))?;
        Ok(&urls.queue)
    }

    async fn count(&self, url: &str) -> Result<usize, RequestFailed> {
        const COUNTED: [QueueAttributeName; 3] = [
            QueueAttributeName::ApproximateNumberOfMessages,
            QueueAttributeName::ApproximateNumberOfMessagesDelayed,
            QueueAttributeName::ApproximateNumberOfMessagesNotVisible,
        ];
        let get = self.client.get_queue_attributes().queue_url(url).set_attribute_names(Some(COUNTED.into()));
        let answer = get.send().await.map_err(|error| RequestFailed::new("GetQueueAttributes", &error))?;
        let attributes = answer.attributes.unwrap_or_default();
        let count = |name| attributes.get(name).and_then(|count: &String| count.parse().ok()).unwrap_or(0);
        Ok(COUNTED.iter().map(count).sum())
    }

    /// Sends up to ten messages to one queue. Those that SQS did not accept are sent again.
    async fn send_batch(&self, queue: Queue, messages: &[&Message]) -> Result<(), BackendError> {
        let url = self.url(queue)?;
        let mut left = Vec::with_capacity(messages.len());
        for (id, message) in messages.iter().enumerate() {
            let entry = SendMessageBatchRequestEntry::builder()
                .id(id.to_string())
                .message_body(body(message)?)
                .set_message_group_id(group(message));
            left.push(entry.build().map_err(BackendError::unavailable)?);
        }
        let mut rounds = 0;
        while !left.is_empty() {
            pause_before(rounds, "SendMessageBatch").await?;
            rounds += 1;
            let send = self.client.send_message_batch().queue_url(url).set_entries(Some(left.clone()));
            let answer = send.send().await.map_err(|error| RequestFailed::new("SendMessageBatch", &error))?;
            if let Some(failed) = answer.failed.iter().find(|failed| failed.sender_fault) {
                return Err(RequestFailed::partly("SendMessageBatch", failed.code.clone()).into());
            }
            left.retain(|entry| answer.failed.iter().any(|failed| failed.id == entry.id));
        }
        Ok(())
    }

    async fn take(
        &self,
        url: &str,
        max: usize,
        visibility_seconds: i32,
        wait: Duration,
    ) -> Result<Vec<SqsMessage>, BackendError> {
        let wait_seconds = seconds(wait, WAIT_SECONDS_MAX);
        let timeouts = aws_sdk_sqs::config::timeout::TimeoutConfig::builder()
            .operation_attempt_timeout(wait.min(Duration::from_secs(WAIT_SECONDS_MAX)) + WAIT_MARGIN)
            .operation_timeout(wait * 2 + WAIT_MARGIN * 2)
            .build();
        let receive = self
            .client
            .receive_message()
            .queue_url(url)
            .max_number_of_messages(i32::try_from(max.clamp(1, BATCH_MAX)).unwrap_or(1))
            .visibility_timeout(visibility_seconds)
            .wait_time_seconds(wait_seconds)
            .message_system_attribute_names(MessageSystemAttributeName::ApproximateReceiveCount)
            .message_system_attribute_names(MessageSystemAttributeName::SentTimestamp);
        let receive = receive
            .customize()
            .config_override(aws_sdk_sqs::config::Config::builder().timeout_config(timeouts));
        let answer = receive.send().await.map_err(|error| RequestFailed::new("ReceiveMessage", &error))?;
        Ok(answer.messages.unwrap_or_default())
    }

    async fn set_visibility(&self, url: &str, receipt: &str, seconds: i32) -> Result<(), BackendError> {
        let change = self
            .client
            .change_message_visibility()
            .queue_url(url)
            .receipt_handle(receipt)
            .visibility_timeout(seconds);
        match change.send().await {
            Ok(_) => Ok(()),
            Err(error) => old_receipt_is_fine(RequestFailed::new("ChangeMessageVisibility", &error)),
        }
    }

    /// Dead letters of one queue, with the times at which they were sent. They are made visible again afterwards.
    async fn inspect(
        &self,
        queue: Queue,
        url: &str,
        limit: usize,
    ) -> Result<Vec<(u64, DeadLetter)>, BackendError> {
        let mut letters = Vec::new();
        let mut receipts = Vec::new();
        while letters.len() < limit {
            let taken = self.take(url, limit - letters.len(), INSPECTION_SECONDS, Duration::ZERO).await?;
            if taken.is_empty() {
                break;
            }
            for message in &taken {
                receipts.extend(message.receipt_handle.clone());
                let sent_at = attribute(message, &MessageSystemAttributeName::SentTimestamp);
                // One that can't be read has no message to show. It was logged when it was received.
                if let Some(read) = read(message) {
                    let receive_count = count(message);
                    letters.push((sent_at, DeadLetter { queue, message: read, receive_count }));
                }
            }
        }
        join_all(receipts.iter().map(|receipt| self.set_visibility(url, receipt, 0)))
            .await
            .into_iter()
            .collect::<Result<(), _>>()?;
        Ok(letters)
    }
}

#[async_trait]
impl Queues for SqsQueues {
    async fn send(&self, message: &Message, delay: Duration) -> Result<(), BackendError> {
        let send = self
            .client
            .send_message()
            .queue_url(self.url(message.queue())?)
            .message_body(body(message)?)
            .set_message_group_id(group(message))
            .delay_seconds(seconds(delay, DELAY_SECONDS_MAX));
        send.send().await.map_err(|error| RequestFailed::new("SendMessage", &error))?;
        Ok(())
    }

    async fn send_all(&self, messages: &[Message]) -> Result<(), BackendError> {
        if let [message] = messages {
            return self.send(message, Duration::ZERO).await;
        }
        for &queue in Queue::ALL {
            let messages: Vec<&Message> = messages.iter().filter(|m| m.queue() == queue).collect();
            for batch in messages.chunks(BATCH_MAX) {
                self.send_batch(queue, batch).await?;
            }
        }
        Ok(())
    }

    /// Returns at most ten messages, as SQS does. Without a wait SQS asks only some of its servers, and may find nothing
    /// although there are a few messages.
    async fn receive(
        &self,
        queue: Queue,
        max: usize,
        visibility: Duration,
        wait: Duration,
    ) -> Result<Vec<Received>, BackendError> {
        if max == 0 {
            return Ok(Vec::new());
        }
        let visibility = seconds(visibility, VISIBILITY_SECONDS_MAX);
        let taken = self.take(self.url(queue)?, max, visibility, wait).await?;
        let mut received = Vec::with_capacity(taken.len());
        for message in taken {
            match (read(&message), &message.receipt_handle) {
                (Some(read), Some(receipt)) => received.push(Received {
                    message: read,
                    receipt: receipt.clone(),
                    receive_count: count(&message),
                }),
                // Retrying can't help: it becomes a dead letter.
                _ => tracing::error!(queue = queue.name(), id = message.message_id, "message can't be read"),
            }
        }
        Ok(received)
    }

    async fn ack(&self, queue: Queue, receipt: &str) -> Result<(), BackendError> {
        let delete = self.client.delete_message().queue_url(self.url(queue)?).receipt_handle(receipt);
        match delete.send().await {
            Ok(_) => Ok(()),
            Err(error) => old_receipt_is_fine(RequestFailed::new("DeleteMessage", &error)),
        }
    }

    async fn nack(&self, queue: Queue, receipt: &str, delay: Duration) -> Result<(), BackendError> {
        self.set_visibility(self.url(queue)?, receipt, seconds(delay, VISIBILITY_SECONDS_MAX)).await
    }

    async fn has_message(&self, _: &OrderKey) -> Result<bool, BackendError> {
        Ok(false)
    }

    async fn depth(&self, queue: Queue) -> Result<usize, BackendError> {
        Ok(self.count(self.url(queue)?).await?)
    }

    async fn dead_letters(&self, limit: usize) -> Result<Vec<DeadLetter>, BackendError> {
        let inspections = self.urls.iter().filter_map(|(queue, urls)| {
            urls.dead_letters.as_ref().map(|url| self.inspect(*queue, url, limit))
        });
        let mut letters = try_join_all(inspections).await?.concat();
        letters.sort_by_key(|(sent_at, _)| *sent_at);
        Ok(letters.into_iter().map(|(_, letter)| letter).take(limit).collect())
    }
}

fn body(message: &Message) -> Result<String, BackendError> {
    serde_json::to_string(message).map_err(BackendError::unavailable)
}

/// The message group: the shop, so that SQS delivers the messages of other shops first when those of one shop pile up ("fair
/// queues"). An id that SQS would not accept has no group.
fn group(message: &Message) -> Option<String> {
    let shop = message.shop().as_str();
    let is_group = (1..=GROUP_BYTES_MAX).contains(&shop.len()) && shop.bytes().all(|b| b.is_ascii_graphic());
    is_group.then(|| shop.to_owned())
}

fn read(message: &SqsMessage) -> Option<Message> {
    serde_json::from_str(message.body.as_deref()?).ok()
}

fn attribute(message: &SqsMessage, name: &MessageSystemAttributeName) -> u64 {
    let value = message.attributes.as_ref().and_then(|attributes| attributes.get(name));
    value.and_then(|value| value.parse().ok()).unwrap_or(0)
}

fn count(message: &SqsMessage) -> u32 {
    let count = attribute(message, &MessageSystemAttributeName::ApproximateReceiveCount);
    u32::try_from(count).unwrap_or(u32::MAX)
}

/// Whole seconds, rounded up so that nothing is early.
fn seconds(span: Duration, max: u64) -> i32 {
    let seconds = span.as_secs().saturating_add(u64::from(span.subsec_nanos() > 0));
    i32::try_from(seconds.min(max)).unwrap_or(i32::MAX)
}

/// A receipt of an earlier delivery, or of a deleted message, does nothing.
fn old_receipt_is_fine(failed: RequestFailed) -> Result<(), BackendError> {
    const OLD: [&str; 5] = [
        "ReceiptHandleIsInvalid",
        "MessageNotInflight",
        "AWS.SimpleQueueService.MessageNotInflight",
        "InvalidParameterValue",
        "InvalidIdFormat",
    ];
    if OLD.iter().any(|code| failed.is(code)) { Ok(()) } else { Err(failed.into()) }
}
