//! The step as a Lambda function, which handles batches of the queue tracking-uploads.

use std::process::ExitCode;
use std::sync::Arc;

use domain::message::{Message, ShipmentRef};
use lambda::{Setup, StartError};
use tracking_upload::{TrackingUpload, TrackingUploadDeps};

fn main() -> ExitCode {
    lambda::queue(
        &manifest::TRACKING_UPLOAD,
        build,
        request,
        async |function: Arc<TrackingUpload>, shipment| function.handle(&shipment).await,
    )
}

fn build(setup: &mut Setup) -> Result<TrackingUpload, StartError> {
    Ok(TrackingUpload::new(TrackingUploadDeps {
        orders: setup.orders()?,
        shops: setup.shops()?,
        queues: setup.queues()?,
        tiktok: setup.tiktok()?,
        clock: setup.clock(),
        random: setup.random(),
    }))
}

fn request(message: Message) -> Option<ShipmentRef> {
    match message {
        Message::TrackingUpload(shipment) => Some(shipment),
        _ => None,
    }
}
