//! The Lambda function.

use std::process::ExitCode;
use std::sync::Arc;

use domain::message::{Message, ShipmentRef};
use lambda::{Setup, StartError};
use rate_shop::{RateShop, RateShopDeps};

fn main() -> ExitCode {
    lambda::queue(&manifest::RATE_SHOP, build, request, async |function: Arc<RateShop>, shipment| {
        function.handle(&shipment).await
    })
}

fn build(setup: &mut Setup) -> Result<RateShop, StartError> {
    Ok(RateShop::new(RateShopDeps {
        orders: setup.orders()?,
        shops: setup.shops()?,
        catalogue: setup.catalogue()?,
        queues: setup.queues()?,
        tiktok: setup.tiktok()?,
        accounts: setup.accounts()?,
        clock: setup.clock(),
        random: setup.random(),
        rules: setup.read(config::rate_rules)?,
        settings: setup.settings()?,
    }))
}

fn request(message: Message) -> Option<ShipmentRef> {
    match message {
        Message::RateRequest(shipment) => Some(shipment),
        _ => None,
    }
}
