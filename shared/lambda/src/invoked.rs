//! Direct invocations: a person, a console or a script asks, and waits for the answer.

use std::error::Error;
use std::process::ExitCode;
use std::sync::Arc;

use backend::batch;
use lambda_runtime::LambdaEvent;
use serde::Serialize;
use serde_json::Value;
use tracing::Instrument as _;
use workflow::error_chain;

use crate::run::run;
use crate::setup::{Setup, StartError};

/// Runs a function that is invoked with a JSON document, and answers with one. A request that can't be read is answered
/// with the error of its reading, which names the field and quotes no value: requests may hold personal data. So is one
/// that the function turns down.
pub fn invoked<F, M, A, E, W>(
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
    run(Box::new(build), async |function: Arc<F>, event: LambdaEvent<Value>| {
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
        let request = M::try_from(event.payload).map_err(|error| turned_down(&error))?;
        match batch::catch(work(function, request)).await {
            Some(Ok(answer)) => Ok(answer),
            Some(Err(error)) => Err(turned_down(&error)),
            None => {
                tracing::error!("function panicked");
                Err(lambda_runtime::Error::from("the function panicked"))
            }
        }
    };
    answered.instrument(span).await
}

fn turned_down(error: &dyn Error) -> lambda_runtime::Error {
    let why = error_chain(error);
    tracing::warn!(error = why, "request is turned down");
    lambda_runtime::Error::from(why)
}
