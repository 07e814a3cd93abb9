//! The Lambda function.

use std::process::ExitCode;
use std::sync::Arc;

use domain::message::{Message, ShipmentRef};
use lambda::{Setup, StartError};
use tracking_upload::TrackingUpload;

fn main() -> ExitCode {
    lambda::queue(
        &manifest::TRACKING_UPLOAD,
        build,
        request,
        async |function: Arc<TrackingUpload>, shipment| function.handle(&shipment).await,
    )
}

fn build(setup: &mut Setup) -> Result<TrackingUpload, StartError> {
    let queues = setup.queues()?;
    let (clock, random) = (setup.clock(), setup.random());
    Ok(TrackingUpload::new(setup.orders()?, setup.shops()?, queues, setup.tiktok()?, clock, random))
}

fn request(message: Message) -> Option<ShipmentRef> {
    match message {
        Message::TrackingUpload(shipment) => Some(shipment),
        _ => None,
    }
}
