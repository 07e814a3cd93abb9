//! The Lambda function.

use std::process::ExitCode;

use domain::message::Queue;
use lambda::{Setup, StartError};
use order_poll::{OrderPoll, OrderPollDeps, PollSettings};

fn main() -> ExitCode {
    lambda::timer(build, async |function| function.run().await)
}

fn build(setup: &mut Setup) -> Result<OrderPoll, StartError> {
    let lookup = |name: &str| setup.lookup(name);
    let polling =
        PollSettings { interval: config::poll_every(&lookup)?, overlap: config::poll_overlap(&lookup)? };
    Ok(OrderPoll::new(OrderPollDeps {
        orders: setup.orders()?,
        shops: setup.shops()?,
        queues: setup.queues(&[Queue::OrderChanges])?,
        tiktok: setup.tiktok()?,
        clock: setup.clock(),
        polling,
    }))
}
