//! The Lambda function.

use std::process::ExitCode;
use std::sync::Arc;

use domain::message::{Message, Queue};
use label_create::{LabelCreate, Stores};
use lambda::{Settled, Setup, StartError, each};

fn main() -> ExitCode {
    lambda::queue(Queue::LabelRequests, build, work)
}

fn build(setup: &mut Setup) -> Result<LabelCreate, StartError> {
    let stores = Stores {
        orders: setup.orders()?,
        shops: setup.shops()?,
        labels: setup.labels()?,
        queues: setup.queues(&Queue::ALL)?,
    };
    let (clock, random) = (setup.clock(), setup.random());
    Ok(LabelCreate::new(stores, setup.accounts()?, setup.settings()?, clock, random))
}

async fn work(function: Arc<LabelCreate>, messages: Vec<Message>) -> Vec<Settled> {
    let step = async |message| match message {
        Message::LabelRequest(task) => function.handle(&task).await,
        _ => Ok(()),
    };
    each(messages, step).await
}
