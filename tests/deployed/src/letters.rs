//! Raw messages in queues.

use anyhow::Context as _;
use aws_sdk_sqs::types::Message;
use domain::message::Queue;

use crate::stack::Stack;

/// A dead letter.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Letter {
    /// The id of its message.
    pub id: String,
    /// What it says.
    pub body: String,
}

impl Stack {
    /// Sends any body and returns the message's id.
    ///
    /// # Errors
    /// When it can't be sent.
    pub async fn send_raw(&self, queue: Queue, body: &str) -> anyhow::Result<String> {
        let urls = self.queue(queue)?;
        let sent = self.sdk().sqs().send_message().queue_url(urls.queue).message_body(body).send().await?;
        sent.message_id.context("a message without an id")
    }

    /// The dead letters of a queue, which stay there.
    ///
    /// # Errors
    /// When they can't be read.
    pub async fn dead_letters(&self, queue: Queue) -> anyhow::Result<Vec<Letter>> {
        let url = self.queue(queue)?.dead_letters.context("a queue without dead letters")?;
        let look = self
            .sdk()
            .sqs()
            .receive_message()
            .queue_url(url)
            .max_number_of_messages(10)
            .visibility_timeout(0)
            .wait_time_seconds(0);
        let letters = look.send().await?.messages.unwrap_or_default().into_iter();
        let letter = |message: Message| Some(Letter { id: message.message_id?, body: message.body? });
        letters.map(|message| letter(message).context("a letter without an id")).collect()
    }

    /// The number of messages in a queue, including those in flight.
    ///
    /// # Errors
    /// When it can't be asked.
    pub async fn depth(&self, queue: Queue) -> anyhow::Result<usize> {
        Ok(self.cloud()?.backend().queues.depth(queue).await?)
    }
}
