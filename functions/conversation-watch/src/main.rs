//! The Lambda function.

use std::process::ExitCode;
use std::sync::Arc;

use conversation_watch::{ConversationWatch, ConversationWatchDeps};
use domain::buyer_intent::IntentRules;
use domain::message::{Message, Queue};
use lambda::{Settled, Setup, StartError, each};

fn main() -> ExitCode {
    lambda::queue(Queue::ConversationChanges, build, work)
}

fn build(setup: &mut Setup) -> Result<ConversationWatch, StartError> {
    // Without its phrases the function would take every message for small talk.
    IntentRules::built_in()?;
    Ok(ConversationWatch::new(ConversationWatchDeps {
        orders: setup.orders()?,
        shops: setup.shops()?,
        processed_events: setup.processed_events()?,
        queues: setup.queues(&[Queue::ConversationChanges])?,
        tiktok: setup.tiktok()?,
        clock: setup.clock(),
    }))
}

async fn work(function: Arc<ConversationWatch>, messages: Vec<Message>) -> Vec<Settled> {
    let step = async |message| match message {
        Message::ConversationChange { shop, conversation } => function.handle(&shop, &conversation).await,
        _ => Ok(()),
    };
    each(messages, step).await
}
