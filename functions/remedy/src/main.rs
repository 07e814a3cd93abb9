//! The Lambda function: invoked with a [`remedy::RemedyRequest`], answers with a [`remedy::RemedyReport`].

use std::process::ExitCode;

use domain::message::Queue;
use lambda::{Setup, StartError};
use remedy::{RemedyDeps, RemedyRequest, RemedyStep};

fn main() -> ExitCode {
    lambda::invoked(build, async |function, request: RemedyRequest| function.run(request).await)
}

fn build(setup: &mut Setup) -> Result<RemedyStep, StartError> {
    Ok(RemedyStep::new(RemedyDeps {
        orders: setup.orders()?,
        shops: setup.shops()?,
        queues: setup.queues(&[Queue::OrderChanges, Queue::LabelRequests, Queue::ParcelChecks])?,
        tiktok: setup.tiktok()?,
        accounts: setup.accounts()?,
        clock: setup.clock(),
    }))
}
