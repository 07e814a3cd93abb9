//! The Lambda function.

use std::process::ExitCode;
use std::sync::Arc;

use domain::message::{Message, ShipmentRef};
use label_create::{LabelCreate, LabelCreateDeps};
use lambda::{Setup, StartError};

fn main() -> ExitCode {
    lambda::queue(&manifest::LABEL_CREATE, build, request, async |function: Arc<LabelCreate>, shipment| {
        function.handle(&shipment).await
    })
}

fn build(setup: &mut Setup) -> Result<LabelCreate, StartError> {
    Ok(LabelCreate::new(LabelCreateDeps {
        orders: setup.orders()?,
        shops: setup.shops()?,
        labels: setup.labels()?,
        queues: setup.queues()?,
        accounts: setup.accounts()?,
        tiktok: setup.tiktok()?,
        settings: setup.settings()?,
        clock: setup.clock(),
        random: setup.random(),
    }))
}

fn request(message: Message) -> Option<ShipmentRef> {
    match message {
        Message::LabelRequest(shipment) => Some(shipment),
        _ => None,
    }
}
