//! Posting one event.

use std::sync::{Arc, Mutex};

use super::{Attempt, AttemptResult, Delivery, DeliveryLog, RetryPolicy};
use crate::clock;
use crate::lock::locked;

/// One event on its way to one address.
#[derive(Debug)]
pub(crate) struct Post {
    pub(crate) http: reqwest::Client,
    pub(crate) url: String,
    pub(crate) delivery: Delivery,
    pub(crate) policy: &'static RetryPolicy,
    pub(crate) shorten: u32,
    pub(crate) log: Arc<Mutex<DeliveryLog>>,
}

impl Post {
    /// Sends until it is accepted or the retries are used up.
    pub(crate) async fn until_accepted(self) {
        let mut number = 1;
        let mut waits = self.policy.waits.iter();
        loop {
            if let AttemptResult::Accepted(_) = self.attempt(number).await {
                return;
            }
            let Some(wait) = waits.next() else { break };
            tokio::time::sleep(*wait / self.shorten.max(1)).await;
            number += 1;
        }
        locked(&self.log).given_up.push(self.delivery.id.clone());
    }

    /// Sends once and logs the result.
    pub(crate) async fn attempt(&self, number: u32) -> AttemptResult {
        let result = match tokio::time::timeout(self.policy.timeout, self.exchange()).await {
            Ok(result) => result,
            Err(_) => AttemptResult::TimedOut,
        };
        locked(&self.log).attempts.push(Attempt {
            event_id: self.delivery.id.clone(),
            topic: self.delivery.topic.clone(),
            number,
            at: clock::now(),
            result,
        });
        result
    }

    async fn exchange(&self) -> AttemptResult {
        let (header, value) = &self.delivery.signature;
        let request = self
            .http
            .post(&self.url)
            .header("content-type", "application/json")
            .header(*header, value)
            .body(self.delivery.body.clone());
        let Ok(response) = request.send().await else { return AttemptResult::Unreachable };
        let status = response.status().as_u16();
        let Ok(body) = response.bytes().await else { return AttemptResult::Unreachable };
        if !(self.policy.accepts)(status) {
            AttemptResult::Refused(status)
        } else if self.policy.empty_body && !body.is_empty() {
            AttemptResult::BodyNotEmpty(status)
        } else {
            AttemptResult::Accepted(status)
        }
    }
}
