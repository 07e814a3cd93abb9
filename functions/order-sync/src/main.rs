//! The Lambda function.

use std::process::ExitCode;
use std::sync::Arc;

use backend::batch::Outcome;
use domain::message::{Message, Queue};
use lambda::{Settled, Setup, StartError};
use order_sync::{Hint, Laws, OrderSync, SyncError};

fn main() -> ExitCode {
    lambda::queue(Queue::OrderChanges, build, work)
}

fn build(setup: &mut Setup) -> Result<OrderSync, StartError> {
    let settings = setup.settings()?;
    let dispatch = config::dispatch_rules(&|name| setup.lookup(name))?;
    let queues = setup.queues(&Queue::ALL)?;
    let (clock, random) = (setup.clock(), setup.random());
    Ok(OrderSync::new(
        setup.orders()?,
        setup.shops()?,
        queues,
        setup.tiktok()?,
        clock,
        random,
        Laws { dispatch, settings },
    ))
}

/// A batch is one call to TikTok.
async fn work(function: Arc<OrderSync>, messages: Vec<Message>) -> Vec<Settled> {
    let hints = messages.into_iter().filter_map(|message| match message {
        Message::OrderChange { key, source } => Some(Hint { key, source }),
        _ => None,
    });
    let outcomes = function.handle_batch(hints.collect()).await;
    let settled = |outcome: &Outcome<SyncError>| match outcome {
        Outcome::Done => Settled::Done,
        Outcome::Failed(SyncError::Step(error)) => Settled::after(error),
        Outcome::Failed(_) | Outcome::Panicked => Settled::Failed,
    };
    outcomes.iter().map(settled).collect()
}
