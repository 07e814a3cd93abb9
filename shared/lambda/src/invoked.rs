//! Direct invocations: a person, a console or a script sends a request and waits for the answer.

use std::error::Error;
use std::process::ExitCode;
use std::sync::Arc;

use backend::batch;
use lambda_runtime::LambdaEvent;
use manifest::Function;
use serde::Serialize;
use serde_json::Value;
use tracing::Instrument as _;
use workflow::error_chain;

use crate::run::run;
use crate::setup::{Setup, StartError};

/// Runs a function that is invoked with a JSON document and answers with one. A request that can't be read, or that the
/// function refuses, is answered with the error. It names the field and quotes no value: requests may hold personal data.
pub fn invoked<F, M, A, E, W>(
    function: &'static Function,
    build: impl Fn(&mut Setup) -> Result<F, StartError> + 'static,
    work: W,
) -> ExitCode
where
    F: Send + Sync + 'static,
    M: TryFrom<Value, Error: Error>,
    A: Serialize,
    E: Error,
    W: AsyncFn(Arc<F>, M) -> Result<A, E>,
{
    run(function, Box::new(build), async |function: Arc<F>, event: LambdaEvent<Value>| {
        respond(function, event, &work).await
    })
}

pub(crate) async fn respond<F, M, A, E, W>(
    function: Arc<F>,
    event: LambdaEvent<Value>,
    work: &W,
) -> Result<A, lambda_runtime::Error>
where
    M: TryFrom<Value, Error: Error>,
    E: Error,
    W: AsyncFn(Arc<F>, M) -> Result<A, E>,
{
    let span = tracing::error_span!("invocation", request_id = event.context.request_id);
    let answered = async {
        let request = M::try_from(event.payload).map_err(|error| refused(&error))?;
        match batch::catch(work(function, request)).await {
            Some(Ok(answer)) => Ok(answer),
            Some(Err(error)) => Err(refused(&error)),
            None => {
                tracing::error!("function panicked");
                Err(lambda_runtime::Error::from("the function panicked"))
            }
        }
    };
    answered.instrument(span).await
}

fn refused(error: &dyn Error) -> lambda_runtime::Error {
    let why = error_chain(error);
    tracing::warn!(error = why, "request is refused");
    lambda_runtime::Error::from(why)
}
