//! The step as a Lambda function, which handles batches of the queue conversation-changes.

use std::process::ExitCode;
use std::sync::Arc;

use conversation_watch::{ConversationWatch, ConversationWatchDeps};
use domain::message::Message;
use domain::{ConversationId, ShopId};
use lambda::{Setup, StartError};

fn main() -> ExitCode {
    lambda::queue(
        &manifest::CONVERSATION_WATCH,
        build,
        request,
        async |function: Arc<ConversationWatch>, (shop, conversation)| {
            function.handle(&shop, &conversation).await
        },
    )
}

fn build(setup: &mut Setup) -> Result<ConversationWatch, StartError> {
    Ok(ConversationWatch::new(ConversationWatchDeps {
        orders: setup.orders()?,
        shops: setup.shops()?,
        processed_events: setup.processed_events()?,
        queues: setup.queues()?,
        tiktok: setup.tiktok()?,
        clock: setup.clock(),
    }))
}

fn request(message: Message) -> Option<(ShopId, ConversationId)> {
    match message {
        Message::ConversationChange { shop, conversation } => Some((shop, conversation)),
        _ => None,
    }
}
