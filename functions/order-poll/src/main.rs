//! The Lambda function.

use std::process::ExitCode;

use lambda::{Setup, StartError};
use order_poll::{OrderPoll, Pace};

fn main() -> ExitCode {
    lambda::timer(&manifest::ORDER_POLL, build, async |function| function.run().await)
}

fn build(setup: &mut Setup) -> Result<OrderPoll, StartError> {
    let pace = Pace { interval: setup.read(config::poll_every)?, overlap: setup.read(config::poll_overlap)? };
    let queues = setup.queues()?;
    Ok(OrderPoll::new(setup.orders()?, setup.shops()?, queues, setup.tiktok()?, setup.clock(), pace))
}
