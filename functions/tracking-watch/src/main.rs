//! The step as a Lambda function, which handles batches of the queue parcel-checks.

use std::process::ExitCode;
use std::sync::Arc;

use domain::message::{Message, ShipmentRef};
use lambda::{Setup, StartError};
use tracking_watch::{TrackingWatch, TrackingWatchDeps};

fn main() -> ExitCode {
    lambda::queue(
        &manifest::TRACKING_WATCH,
        build,
        request,
        async |function: Arc<TrackingWatch>, shipment| function.handle(&shipment).await,
    )
}

fn build(setup: &mut Setup) -> Result<TrackingWatch, StartError> {
    Ok(TrackingWatch::new(TrackingWatchDeps {
        orders: setup.orders()?,
        shops: setup.shops()?,
        queues: setup.queues()?,
        accounts: setup.accounts()?,
        tiktok: setup.tiktok()?,
        clock: setup.clock(),
        random: setup.random(),
    }))
}

fn request(message: Message) -> Option<ShipmentRef> {
    match message {
        Message::ParcelCheck(shipment) => Some(shipment),
        _ => None,
    }
}
