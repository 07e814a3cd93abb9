//! The Lambda function. It is invoked with a [`remedy::Request`] and answers with a [`remedy::Report`].

use std::process::ExitCode;

use lambda::{Setup, StartError};
use remedy::{RemedyStep, Request};

fn main() -> ExitCode {
    lambda::invoked(&manifest::REMEDY, build, async |function, request: Request| function.run(request).await)
}

fn build(setup: &mut Setup) -> Result<RemedyStep, StartError> {
    let queues = setup.queues()?;
    let clock = setup.clock();
    Ok(RemedyStep::new(setup.orders()?, setup.shops()?, queues, setup.tiktok()?, setup.carrier()?, clock))
}
