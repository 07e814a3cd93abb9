//! The step as a Lambda function, which receives requests for calls from the SNS topic of the alarms.

use std::process::ExitCode;
use std::sync::Arc;

use alarm_call::{AlarmCall, CallRequest};
use lambda::{Setup, StartError};

fn main() -> ExitCode {
    lambda::topic(&manifest::ALARM_CALL, build, async |function: Arc<AlarmCall>, request: CallRequest| {
        function.handle(&request).await
    })
}

fn build(setup: &mut Setup) -> Result<AlarmCall, StartError> {
    let settings = setup.settings()?;
    Ok(AlarmCall::new(setup.alarms()?, setup.voice(), settings, setup.clock()))
}
