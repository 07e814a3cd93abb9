//! The Lambda function.

use std::process::ExitCode;

use domain::message::Queue;
use housekeeping::{Housekeeping, HousekeepingDeps};
use lambda::{Setup, StartError};

fn main() -> ExitCode {
    lambda::timer(build, async |function| function.run().await)
}

fn build(setup: &mut Setup) -> Result<Housekeeping, StartError> {
    Ok(Housekeeping::new(HousekeepingDeps {
        orders: setup.orders()?,
        shops: setup.shops()?,
        queues: setup.queues_with_dead_letters(&Queue::ALL)?,
        tiktok: setup.tiktok()?,
        clock: setup.clock(),
        settings: setup.settings()?,
    }))
}
