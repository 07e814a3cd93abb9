//! The Lambda function.

use std::process::ExitCode;
use std::sync::Arc;

use domain::message::{Message, Queue};
use lambda::{Settled, Setup, StartError, each};
use rate_shop::{RateShop, Stores};

fn main() -> ExitCode {
    lambda::queue(Queue::RateRequests, build, work)
}

fn build(setup: &mut Setup) -> Result<RateShop, StartError> {
    let rules = config::rate_rules(&|name| setup.lookup(name))?;
    let stores = Stores {
        orders: setup.orders()?,
        shops: setup.shops()?,
        catalogue: setup.catalogue()?,
        queues: setup.queues(&[Queue::OrderChanges, Queue::RateRequests, Queue::LabelRequests])?,
    };
    let (clock, random) = (setup.clock(), setup.random());
    Ok(RateShop::new(stores, setup.tiktok()?, setup.accounts()?, clock, random, rules, setup.settings()?))
}

async fn work(function: Arc<RateShop>, messages: Vec<Message>) -> Vec<Settled> {
    let step = async |message| match message {
        Message::RateRequest(task) => function.handle(&task).await,
        _ => Ok(()),
    };
    each(messages, step).await
}
