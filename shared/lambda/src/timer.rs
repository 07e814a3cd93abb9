//! Events of a timer. What they say does not matter: that they come does.

use std::process::ExitCode;
use std::sync::Arc;

use backend::batch;
use lambda_runtime::LambdaEvent;
use serde::de::IgnoredAny;
use tracing::Instrument as _;
use workflow::{StepError, error_chain};

use crate::run::run;
use crate::setup::{Setup, StartError};

/// Runs a function that works whenever its timer rings. One that fails or panics fails the invocation, which shows in
/// the function's error count; the next ring makes it up.
pub fn timer<F, W>(build: impl Fn(&mut Setup) -> Result<F, StartError> + 'static, work: W) -> ExitCode
where
    F: Send + Sync + 'static,
    W: AsyncFn(Arc<F>) -> Result<(), StepError>,
{
    run(Box::new(build), async |function: Arc<F>, event: LambdaEvent<IgnoredAny>| {
        let span = tracing::error_span!("ring", request_id = event.context.request_id);
        let ring = async {
            match batch::catch(work(function)).await {
                Some(Ok(())) => Ok(()),
                Some(Err(error)) => {
                    tracing::error!(error = error_chain(&error), "timer function failed");
                    Err(lambda_runtime::Error::from("the timer function failed"))
                }
                None => {
                    tracing::error!("timer function panicked");
                    Err(lambda_runtime::Error::from("the timer function panicked"))
                }
            }
        };
        ring.instrument(span).await
    })
}
