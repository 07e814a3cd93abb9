//! The Lambda function.

use std::process::ExitCode;
use std::sync::Arc;

use domain::message::{Message, Queue};
use lambda::{Settled, Setup, StartError, each};
use tracking_upload::TrackingUpload;

fn main() -> ExitCode {
    lambda::queue(Queue::TrackingUploads, build, work)
}

fn build(setup: &mut Setup) -> Result<TrackingUpload, StartError> {
    let queues = setup.queues(&[Queue::OrderChanges, Queue::TrackingUploads])?;
    let (clock, random) = (setup.clock(), setup.random());
    Ok(TrackingUpload::new(setup.orders()?, setup.shops()?, queues, setup.tiktok()?, clock, random))
}

async fn work(function: Arc<TrackingUpload>, messages: Vec<Message>) -> Vec<Settled> {
    let step = async |message| match message {
        Message::TrackingUpload(task) => function.handle(&task).await,
        _ => Ok(()),
    };
    each(messages, step).await
}
