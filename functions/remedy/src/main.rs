//! The Lambda function: invoked with a [`remedy::Request`], answers with a [`remedy::Report`].

use std::process::ExitCode;

use domain::message::Queue;
use lambda::{Setup, StartError};
use remedy::{RemedyStep, Request};

fn main() -> ExitCode {
    lambda::invoked(build, async |function, request: Request| function.run(request).await)
}

fn build(setup: &mut Setup) -> Result<RemedyStep, StartError> {
    let queues = setup.queues(&[Queue::OrderChanges, Queue::LabelRequests, Queue::ParcelChecks])?;
    let clock = setup.clock();
    Ok(RemedyStep::new(setup.orders()?, setup.shops()?, queues, setup.tiktok()?, setup.accounts()?, clock))
}
