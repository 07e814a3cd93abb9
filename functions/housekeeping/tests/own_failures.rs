//! Failures of our own: the run shows them, and they stop neither other chores nor other shops.
#![allow(clippy::unwrap_used, reason = "a test that cannot go on panics")]

mod support;

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

use async_trait::async_trait;
use backend::{BackendError, DeadLetter, Queues, Received};
use backend_contract::samples;
use domain::exception::ExceptionKind;
use domain::message::{Message, Queue};
use domain::settings::AllSettings;
use domain::shop::Authorization;
use domain::{OrderId, OrderKey, ShopId};
use support::HousekeepingWorld;
use system::Clock as _;

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Broken {
    SendIsDenied,
    SendPanics,
    DeadLettersAreDenied,
}

/// Queues with one broken operation.
struct BrokenQueues {
    queues: Arc<dyn Queues>,
    broken: Broken,
    faults: AtomicUsize,
}

impl BrokenQueues {
    fn fails(&self, here: Broken) -> Result<(), BackendError> {
        if self.broken != here {
            return Ok(());
        }
        self.faults.fetch_add(1, Ordering::SeqCst);
        Err(BackendError::unavailable("denied by the test"))
    }
}

#[async_trait]
impl Queues for BrokenQueues {
    async fn send(&self, message: &Message, delay: Duration) -> Result<(), BackendError> {
        self.fails(Broken::SendIsDenied)?;
        assert!(self.fails(Broken::SendPanics).is_ok(), "the test has it panic");
        self.queues.send(message, delay).await
    }

    async fn receive(
        &self,
        queue: Queue,
        max: usize,
        visibility: Duration,
        wait: Duration,
    ) -> Result<Vec<Received>, BackendError> {
        self.queues.receive(queue, max, visibility, wait).await
    }

    async fn ack(&self, queue: Queue, receipt: &str) -> Result<(), BackendError> {
        self.queues.ack(queue, receipt).await
    }

    async fn nack(&self, queue: Queue, receipt: &str, delay: Duration) -> Result<(), BackendError> {
        self.queues.nack(queue, receipt, delay).await
    }

    async fn has_message(&self, order: &OrderKey) -> Result<bool, BackendError> {
        self.queues.has_message(order).await
    }

    async fn depth(&self, queue: Queue) -> Result<usize, BackendError> {
        self.queues.depth(queue).await
    }

    async fn dead_letters(&self, limit: usize) -> Result<Vec<DeadLetter>, BackendError> {
        self.fails(Broken::DeadLettersAreDenied)?;
        self.queues.dead_letters(limit).await
    }
}

#[tokio::test]
async fn a_failure_of_our_own_fails_the_run_after_all_shops_were_worked_on() {
    for broken in [Broken::SendIsDenied, Broken::SendPanics, Broken::DeadLettersAreDenied] {
        let world = HousekeepingWorld::quiet().await;
        // An order that is to be read again, for which a message is sent.
        let now = world.clock.now();
        world
            .change(|shop| {
                shop.order_unread(&OrderId::new("577"), "x", now);
            })
            .await;
        // Another shop, for which only the health is checked: its old exception is closed.
        let mut other = samples::shop("other", now);
        other.authorization = Authorization::Lost;
        other.open_exception(ExceptionKind::WebhooksMissed, "None come.", now);
        world.backend.shops.commit_shop(&other, 0).await.unwrap();
        world.advance(jiff::SignedDuration::from_mins(30));

        let queues = Arc::new(BrokenQueues {
            queues: world.backend.queues.clone(),
            broken,
            faults: AtomicUsize::default(),
        });
        let failed = world.try_run(queues.clone(), AllSettings::default()).await.unwrap_err();
        assert_eq!(failed.to_string(), "1 of the items due failed", "{broken:?}");
        assert_eq!(queues.faults.load(Ordering::SeqCst), 1, "{broken:?}");
        let other = world.backend.shops.load_shop(&ShopId::new("other")).await.unwrap().unwrap().value;
        assert_eq!(other.open_exceptions().count(), 0, "{broken:?}: the other shop was worked on");
        let kept = world.stored_shop().await.monitor.authorization_ends_at;
        assert!(kept.is_some(), "{broken:?}: the shop's other chores were done");
    }
}
