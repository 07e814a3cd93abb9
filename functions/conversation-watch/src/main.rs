//! The Lambda function.

use std::process::ExitCode;
use std::sync::Arc;

use conversation_watch::ConversationWatch;
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
    let queues = setup.queues()?;
    let (orders, shops, processed_events) = (setup.orders()?, setup.shops()?, setup.processed_events()?);
    Ok(ConversationWatch::new(orders, shops, processed_events, queues, setup.tiktok()?, setup.clock()))
}

fn request(message: Message) -> Option<(ShopId, ConversationId)> {
    match message {
        Message::ConversationChange { shop, conversation } => Some((shop, conversation)),
        _ => None,
    }
}
