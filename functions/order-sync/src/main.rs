//! The Lambda function.

use std::process::ExitCode;
use std::sync::Arc;

use backend::batch::Outcome;
use domain::message::{Message, Queue};
use lambda::{Settled, Setup, StartError};
use order_sync::{OrderSync, OrderSyncDeps, SyncError};

fn main() -> ExitCode {
    lambda::queue(Queue::OrderChanges, build, work)
}

fn build(setup: &mut Setup) -> Result<OrderSync, StartError> {
    Ok(OrderSync::new(OrderSyncDeps {
        orders: setup.orders()?,
        shops: setup.shops()?,
        queues: setup.queues(&Queue::ALL)?,
        tiktok: setup.tiktok()?,
        clock: setup.clock(),
        random: setup.random(),
        dispatch: config::dispatch_rules(&|name| setup.lookup(name))?,
        settings: setup.settings()?,
    }))
}

/// A batch is one call to TikTok.
async fn work(function: Arc<OrderSync>, messages: Vec<Message>) -> Vec<Settled> {
    let changes = messages.into_iter().filter_map(|message| match message {
        Message::OrderChange(change) => Some(change),
        _ => None,
    });
    let outcomes = function.handle_batch(changes.collect()).await;
    let settled = |outcome: &Outcome<SyncError>| match outcome {
        Outcome::Done => Settled::Done,
        Outcome::Failed(SyncError::Step(error)) => Settled::after(error),
        Outcome::Failed(_) | Outcome::Panicked => Settled::Failed,
    };
    outcomes.iter().map(settled).collect()
}
