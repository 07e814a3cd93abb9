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
    let days = setup.settings()?.expire_personal_data_days;
    let (orders, shops) = (setup.orders()?, setup.shops()?);
    Ok(Housekeeping::new(orders, shops, queues, setup.tiktok()?, setup.clock()).forgetting_after(days))
}
