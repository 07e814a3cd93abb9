//! The Lambda function.

use std::process::ExitCode;
use std::sync::Arc;

use domain::message::{Message, Queue};
use lambda::{Settled, Setup, StartError, each};
use tracking_watch::TrackingWatch;

fn main() -> ExitCode {
    lambda::queue(Queue::ParcelChecks, build, work)
}

fn build(setup: &mut Setup) -> Result<TrackingWatch, StartError> {
    let queues = setup.queues(&[Queue::OrderChanges, Queue::ParcelChecks])?;
    let (clock, random) = (setup.clock(), setup.random());
    Ok(TrackingWatch::new(setup.orders()?, queues, setup.accounts()?, clock, random))
}

async fn work(function: Arc<TrackingWatch>, messages: Vec<Message>) -> Vec<Settled> {
    let step = async |message| match message {
        Message::ParcelCheck(task) => function.handle(&task).await,
        _ => Ok(()),
    };
    each(messages, step).await
}
