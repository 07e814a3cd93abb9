//! The step as a Lambda function, which handles batches of the queue order-changes.

use std::process::ExitCode;
use std::sync::Arc;

use domain::message::{Message, OrderChange};
use lambda::{Setup, StartError};
use order_sync::{OrderSync, OrderSyncDeps, message_outcome};

fn main() -> ExitCode {
    // A batch is one call to TikTok.
    lambda::queue_in_batches(
        &manifest::ORDER_SYNC,
        build,
        request,
        async |function: Arc<OrderSync>, changes: Vec<OrderChange>| {
            function.handle_batch(changes).await.iter().map(message_outcome).collect()
        },
    )
}

fn build(setup: &mut Setup) -> Result<OrderSync, StartError> {
    Ok(OrderSync::new(OrderSyncDeps {
        orders: setup.orders()?,
        shops: setup.shops()?,
        queues: setup.queues()?,
        tiktok: setup.tiktok()?,
        clock: setup.clock(),
        random: setup.random(),
        dispatch: setup.read(config::dispatch_rules)?,
        settings: setup.settings()?,
    }))
}

fn request(message: Message) -> Option<OrderChange> {
    match message {
        Message::OrderChange(change) => Some(change),
        _ => None,
    }
}
