//! The step as a Lambda function, which a timer runs every five minutes.

use std::process::ExitCode;

use housekeeping::{Housekeeping, HousekeepingDeps};
use lambda::{Setup, StartError};

fn main() -> ExitCode {
    lambda::timer(&manifest::HOUSEKEEPING, build, async |function| function.run().await)
}

fn build(setup: &mut Setup) -> Result<Housekeeping, StartError> {
    Ok(Housekeeping::new(HousekeepingDeps {
        orders: setup.orders()?,
        shops: setup.shops()?,
        queues: setup.queues()?,
        tiktok: setup.tiktok()?,
        clock: setup.clock(),
        settings: setup.settings()?,
        // An alarm of the stack says that a secret can't be used.
        rejected_settings: None,
    }))
}
