//! The Lambda function.

use std::process::ExitCode;
use std::sync::Arc;

use domain::message::{Message, Queue};
use label_create::LabelCreate;
use lambda::{Setup, StartError, each};

fn main() -> ExitCode {
    lambda::queue(Queue::LabelRequests, build, work)
}

fn build(setup: &mut Setup) -> Result<LabelCreate, StartError> {
    let queues = setup.queues(&Queue::ALL)?;
    let (clock, random) = (setup.clock(), setup.random());
    let (orders, shops, labels) = (setup.orders()?, setup.shops()?, setup.labels()?);
    Ok(LabelCreate::new(orders, shops, labels, queues, setup.carrier()?, clock, random))
}

async fn work(function: Arc<LabelCreate>, messages: Vec<Message>) -> Vec<bool> {
    let step = async |message| match message {
        Message::LabelRequest(task) => function.handle(&task).await,
        _ => Ok(()),
    };
    each(messages, step).await
}
