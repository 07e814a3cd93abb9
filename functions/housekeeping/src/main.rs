//! The Lambda function.

use std::process::ExitCode;

use domain::message::Queue;
use housekeeping::Housekeeping;
use lambda::{Setup, StartError};

fn main() -> ExitCode {
    lambda::timer(build, async |function| function.run().await)
}

fn build(setup: &mut Setup) -> Result<Housekeeping, StartError> {
    let queues = setup.queues_with_dead_letters(&Queue::ALL)?;
    let (orders, shops, tiktok) = (setup.orders()?, setup.shops()?, setup.tiktok()?);
    Ok(Housekeeping::new(orders, shops, queues, tiktok, setup.clock(), setup.settings()?))
}
