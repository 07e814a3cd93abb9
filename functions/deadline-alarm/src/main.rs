//! The step as a Lambda function, which a timer runs every minute.

use std::process::ExitCode;

use deadline_alarm::{DeadlineAlarm, DeadlineAlarmDeps};
use lambda::{Setup, StartError};

fn main() -> ExitCode {
    lambda::timer(&manifest::DEADLINE_ALARM, build, async |function| function.run().await?.all_done())
}

fn build(setup: &mut Setup) -> Result<DeadlineAlarm, StartError> {
    Ok(DeadlineAlarm::new(DeadlineAlarmDeps {
        orders: setup.orders()?,
        shops: setup.shops()?,
        alarms: setup.alarms()?,
        notifier: setup.notifier()?,
        settings: setup.settings()?,
        clock: setup.clock(),
    }))
}
