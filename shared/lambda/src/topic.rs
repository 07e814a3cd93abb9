//! Events of SNS: messages of a topic to which the function is subscribed.

use std::process::ExitCode;
use std::sync::Arc;

use backend::batch;
use lambda_runtime::LambdaEvent;
use manifest::Function;
use serde::Deserialize;
use serde::de::DeserializeOwned;
use tracing::Instrument as _;
use workflow::{StepError, error_chain};

use crate::run::run;
use crate::setup::{Setup, StartError};

/// An event of SNS, with the fields that are used. Each has one record.
#[derive(Debug, Deserialize)]
struct SnsEvent {
    #[serde(rename = "Records")]
    records: Vec<SnsRecord>,
}

#[derive(Debug, Deserialize)]
#[serde(rename_all = "PascalCase")]
struct SnsRecord {
    sns: SnsNotification,
}

#[derive(Debug, Deserialize)]
#[serde(rename_all = "PascalCase")]
struct SnsNotification {
    message_id: String,
    message: String,
}

/// Runs a function that handles the messages of a topic, each a JSON document. One that can't be read is logged and dropped,
/// because retrying can't help. One that fails fails the invocation, which Lambda repeats.
pub fn topic<F, M, W>(
    function: &'static Function,
    build: impl Fn(&mut Setup) -> Result<F, StartError> + 'static,
    work: W,
) -> ExitCode
where
    F: Send + Sync + 'static,
    M: DeserializeOwned,
    W: AsyncFn(Arc<F>, M) -> Result<(), StepError>,
{
    run(function, Box::new(build), async |function: Arc<F>, event: LambdaEvent<SnsEvent>| {
        let span = tracing::error_span!("notification", request_id = event.context.request_id);
        let handled = async {
            for record in event.payload.records {
                let id = record.sns.message_id;
                let Ok(message) = serde_json::from_str::<M>(&record.sns.message) else {
                    tracing::error!(message = id, "topic message can't be read");
                    continue;
                };
                match batch::catch(work(Arc::clone(&function), message)).await {
                    Some(Ok(())) => {}
                    Some(Err(error)) => {
                        tracing::error!(message = id, error = error_chain(&error), "message failed");
                        return Err(lambda_runtime::Error::from("the message failed"));
                    }
                    None => {
                        tracing::error!(message = id, "function panicked");
                        return Err(lambda_runtime::Error::from("the function panicked"));
                    }
                }
            }
            Ok(())
        };
        handled.instrument(span).await
    })
}
