//! The Lambda function.

use std::process::ExitCode;
use std::sync::Arc;

use domain::message::{Message, ShipmentRef};
use lambda::{Setup, StartError};
use tracking_watch::TrackingWatch;

fn main() -> ExitCode {
    lambda::queue(
        &manifest::TRACKING_WATCH,
        build,
        request,
        async |function: Arc<TrackingWatch>, shipment| function.handle(&shipment).await,
    )
}

fn build(setup: &mut Setup) -> Result<TrackingWatch, StartError> {
    let queues = setup.queues()?;
    let (clock, random) = (setup.clock(), setup.random());
    Ok(TrackingWatch::new(setup.orders()?, queues, setup.accounts()?, clock, random))
}

fn request(message: Message) -> Option<ShipmentRef> {
    match message {
        Message::ParcelCheck(shipment) => Some(shipment),
        _ => None,
    }
}
