//! Events of a schedule. Their content does not matter, only that they come.

use std::process::ExitCode;
use std::sync::Arc;

use backend::batch;
use lambda_runtime::LambdaEvent;
use manifest::Function;
use serde::de::IgnoredAny;
use tracing::Instrument as _;
use workflow::{StepError, error_chain};

use crate::run::run;
use crate::setup::{Setup, StartError};

/// Runs a function that works on a schedule. A failure or a panic fails the invocation, which shows in the function's error
/// count; the next run makes up for it.
pub fn timer<F, W>(
    function: &'static Function,
    build: impl Fn(&mut Setup) -> Result<F, StartError> + 'static,
    work: W,
) -> ExitCode
where
    F: Send + Sync + 'static,
    W: AsyncFn(Arc<F>) -> Result<(), StepError>,
{
    run(function, Box::new(build), async |function: Arc<F>, event: LambdaEvent<IgnoredAny>| {
        let span = tracing::error_span!("timer", request_id = event.context.request_id);
        let worked = async {
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
        worked.instrument(span).await
    })
}
