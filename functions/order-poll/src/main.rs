//! The step as a Lambda function, which a timer runs every minute.

use std::process::ExitCode;

use lambda::{Setup, StartError};
use order_poll::{OrderPoll, OrderPollDeps, PollSettings};

fn main() -> ExitCode {
    lambda::timer(&manifest::ORDER_POLL, build, async |function| function.run().await)
}

fn build(setup: &mut Setup) -> Result<OrderPoll, StartError> {
    let polling = PollSettings {
        interval: setup.read(config::poll_every)?,
        overlap: setup.read(config::poll_overlap)?,
    };
    Ok(OrderPoll::new(OrderPollDeps {
        orders: setup.orders()?,
        shops: setup.shops()?,
        queues: setup.queues()?,
        tiktok: setup.tiktok()?,
        clock: setup.clock(),
        polling,
    }))
}
