//! The Lambda function.

use std::process::ExitCode;

use deadline_alarm::DeadlineAlarm;
use lambda::{Setup, StartError};

fn main() -> ExitCode {
    lambda::timer(&manifest::DEADLINE_ALARM, build, async |function| function.run().await?.all_done())
}

fn build(setup: &mut Setup) -> Result<DeadlineAlarm, StartError> {
    let settings = setup.settings()?;
    Ok(DeadlineAlarm::new(
        setup.orders()?,
        setup.shops()?,
        setup.alarms()?,
        setup.notifier()?,
        settings,
        setup.clock(),
    ))
}
