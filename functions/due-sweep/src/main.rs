//! The step as a Lambda function, which a timer runs every minute.

use std::process::ExitCode;

use due_sweep::DueSweep;
use lambda::{Setup, StartError};

fn main() -> ExitCode {
    lambda::timer(&manifest::DUE_SWEEP, build, async |function| function.run().await?.all_done())
}

fn build(setup: &mut Setup) -> Result<DueSweep, StartError> {
    let queues = setup.queues()?;
    Ok(DueSweep::new(setup.orders()?, setup.labels()?, queues, setup.clock()))
}
