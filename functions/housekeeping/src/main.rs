//! The Lambda function.

use std::process::ExitCode;

use housekeeping::Housekeeping;
use lambda::{Setup, StartError};

fn main() -> ExitCode {
    lambda::timer(&manifest::HOUSEKEEPING, build, async |function| function.run().await)
}

fn build(setup: &mut Setup) -> Result<Housekeeping, StartError> {
    let queues = setup.queues()?;
    let (orders, shops, tiktok) = (setup.orders()?, setup.shops()?, setup.tiktok()?);
    Ok(Housekeeping::new(orders, shops, queues, tiktok, setup.clock(), setup.settings()?))
}
