//! What becomes of a message that a step has worked on.

use backend::batch;

use crate::error::{Pause, StepError, error_chain};

/// What becomes of a message.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum MessageOutcome {
    /// The work is done; the message is acknowledged.
    Done,
    /// The step failed. The message is delivered again, and becomes a dead letter after too many deliveries.
    Failed,
    /// An outside service accepts no more calls for now. The message is delivered again after this time, as if nobody had
    /// worked on it.
    Paused(Pause),
}

impl MessageOutcome {
    /// What becomes of a message whose step ended in `error`.
    pub fn after(error: &StepError) -> Self {
        match error {
            StepError::Paused(pause) => Self::Paused(pause.clone()),
            StepError::Backend(_)
            | StepError::Refused(_)
            | StepError::Contention(_)
            | StepError::Partly(_)
            | StepError::OrderNotShown(_) => Self::Failed,
        }
    }

    /// Runs a step. A failure or a panic is logged, and fails this message only.
    pub async fn of(step: impl Future<Output = Result<(), StepError>>) -> Self {
        match batch::catch(step).await {
            Some(Ok(())) => Self::Done,
            Some(Err(error)) => {
                let outcome = Self::after(&error);
                // A pause is the normal course of a busy day.
                if outcome == Self::Failed {
                    tracing::error!(error = error_chain(&error), "step failed");
                }
                outcome
            }
            None => {
                tracing::error!("step panicked");
                Self::Failed
            }
        }
    }
}
