//! What becomes of the messages of a batch.

use backend::batch::Outcome;
use workflow::MessageOutcome;

use crate::SyncError;

/// What becomes of the message whose order was read back with this outcome.
pub fn message_outcome(outcome: &Outcome<SyncError>) -> MessageOutcome {
    match outcome {
        Outcome::Done => MessageOutcome::Done,
        Outcome::Failed(SyncError::Step(error)) => MessageOutcome::after(error),
        Outcome::Failed(
            SyncError::TikTok(_)
            | SyncError::NotShown(_)
            | SyncError::Unreadable(_)
            | SyncError::ShopClosed(_)
            | SyncError::Shop(_),
        )
        | Outcome::Panicked => MessageOutcome::Failed,
    }
}
