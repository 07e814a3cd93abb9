//! The Lambda function.

use std::process::ExitCode;
use std::sync::Arc;

use domain::message::{Message, Queue};
use lambda::{Settled, Setup, StartError, each};
use tracking_upload::{TrackingUpload, TrackingUploadDeps};

fn main() -> ExitCode {
    lambda::queue(Queue::TrackingUploads, build, work)
}

fn build(setup: &mut Setup) -> Result<TrackingUpload, StartError> {
    Ok(TrackingUpload::new(TrackingUploadDeps {
        orders: setup.orders()?,
        shops: setup.shops()?,
        queues: setup.queues(&[Queue::OrderChanges, Queue::TrackingUploads])?,
        tiktok: setup.tiktok()?,
        clock: setup.clock(),
        random: setup.random(),
    }))
}

async fn work(function: Arc<TrackingUpload>, messages: Vec<Message>) -> Vec<Settled> {
    let step = async |message| match message {
        Message::TrackingUpload(target) => function.handle(&target).await,
        _ => Ok(()),
    };
    each(messages, step).await
}
