//! The Lambda function.

use std::process::ExitCode;
use std::sync::Arc;

use domain::message::Message;
use lambda::{Setup, StartError};
use order_sync::{Hint, Laws, OrderSync, message_outcome};

fn main() -> ExitCode {
    // A batch is one call to TikTok.
    lambda::queue_in_batches(
        &manifest::ORDER_SYNC,
        build,
        request,
        async |function: Arc<OrderSync>, hints: Vec<Hint>| {
            function.handle_batch(hints).await.iter().map(message_outcome).collect()
        },
    )
}

fn build(setup: &mut Setup) -> Result<OrderSync, StartError> {
    let (settings, dispatch) = (setup.settings()?, setup.read(config::dispatch_rules)?);
    let queues = setup.queues()?;
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

fn request(message: Message) -> Option<Hint> {
    match message {
        Message::OrderChange { key, source } => Some(Hint { key, source }),
        _ => None,
    }
}
