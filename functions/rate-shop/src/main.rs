//! The Lambda function.

use std::process::ExitCode;
use std::sync::Arc;

use domain::message::{Message, ShipmentRef};
use lambda::{Setup, StartError};
use rate_shop::{RateShop, RateShopStores};

fn main() -> ExitCode {
    lambda::queue(&manifest::RATE_SHOP, build, request, async |function: Arc<RateShop>, shipment| {
        function.handle(&shipment).await
    })
}

fn build(setup: &mut Setup) -> Result<RateShop, StartError> {
    let rules = setup.read(config::rate_rules)?;
    let stores = RateShopStores {
        orders: setup.orders()?,
        shops: setup.shops()?,
        catalogue: setup.catalogue()?,
        queues: setup.queues()?,
    };
    let (clock, random) = (setup.clock(), setup.random());
    Ok(RateShop::new(stores, setup.tiktok()?, setup.accounts()?, clock, random, rules, setup.settings()?))
}

fn request(message: Message) -> Option<ShipmentRef> {
    match message {
        Message::RateRequest(shipment) => Some(shipment),
        _ => None,
    }
}
