//! The Lambda function.

use std::process::ExitCode;

use domain::message::Queue;
use lambda::{Setup, StartError};
use order_poll::OrderPoll;

fn main() -> ExitCode {
    lambda::timer(build, async |function| function.run().await)
}

fn build(setup: &mut Setup) -> Result<OrderPoll, StartError> {
    let interval = config::poll_every(&|name| setup.lookup(name))?;
    let queues = setup.queues(&[Queue::OrderChanges])?;
    Ok(OrderPoll::new(setup.orders()?, setup.shops()?, queues, setup.tiktok()?, setup.clock(), interval))
}
