//! The Lambda function. It is invoked with a [`remedy::RemedyRequest`] and answers with a [`remedy::RemedyReport`].

use std::process::ExitCode;

use lambda::{Setup, StartError};
use remedy::{RemedyDeps, RemedyRequest, RemedyStep};

fn main() -> ExitCode {
    lambda::invoked(&manifest::REMEDY, build, async |function, request: RemedyRequest| {
        function.run(request).await
    })
}

fn build(setup: &mut Setup) -> Result<RemedyStep, StartError> {
    Ok(RemedyStep::new(RemedyDeps {
        orders: setup.orders()?,
        shops: setup.shops()?,
        queues: setup.queues()?,
        tiktok: setup.tiktok()?,
        accounts: setup.accounts()?,
        clock: setup.clock(),
    }))
}
