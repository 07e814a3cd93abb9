//! The Lambda function.

use std::process::ExitCode;

use domain::message::Queue;
use lambda::{Setup, StartError};
use order_poll::{OrderPoll, Pace};

fn main() -> ExitCode {
    lambda::timer(build, async |function| function.run().await)
}

fn build(setup: &mut Setup) -> Result<OrderPoll, StartError> {
    let lookup = |name: &str| setup.lookup(name);
    let pace = Pace { interval: config::poll_every(&lookup)?, overlap: config::poll_overlap(&lookup)? };
    let queues = setup.queues(&[Queue::OrderChanges])?;
    Ok(OrderPoll::new(setup.orders()?, setup.shops()?, queues, setup.tiktok()?, setup.clock(), pace))
}
