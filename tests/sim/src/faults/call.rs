//! One call, and the fault that it meets.

use std::future::Future;
use std::time::Duration;

use axum::http::StatusCode;

use super::Fault;
use super::pause::{Hold, PausePoint};
use crate::net::Answer;

/// A call that has arrived, and its fault.
#[derive(Debug)]
pub(crate) struct Call {
    pub(crate) latency: Duration,
    pub(crate) fault: Option<Fault>,
    pub(crate) pause: Option<Hold>,
}

/// What happens to the connection in the end.
#[derive(Debug)]
pub(crate) enum Outcome {
    Answer(Answer),
    /// Closes without an answer.
    Cut,
    /// Stays open without an answer.
    OrderGap,
}

impl Call {
    /// Performs the effect with the fault around it. No lock is held across a sleep.
    pub(crate) async fn perform<F: Future<Output = Answer>>(
        self,
        effect: impl FnOnce() -> F,
        refusal: impl FnOnce(StatusCode) -> Answer,
    ) -> Outcome {
        let (before, after) = match self.pause {
            Some(hold) if hold.point == PausePoint::BeforeEffect => (Some(hold), None),
            other => (None, other),
        };
        if let Some(hold) = before
            && !hold.wait().await
        {
            return Outcome::Cut;
        }
        if !self.latency.is_zero() {
            tokio::time::sleep(self.latency).await;
        }
        match self.fault {
            Some(Fault::LostRequest) => return Outcome::Cut,
            Some(Fault::HangWithoutEffect) => return Outcome::OrderGap,
            Some(Fault::TooManyRequests) => return Outcome::Answer(refusal(StatusCode::TOO_MANY_REQUESTS)),
            Some(Fault::PauseAsked(pause)) => {
                let refusal = refusal(StatusCode::TOO_MANY_REQUESTS);
                return Outcome::Answer(Answer { retry_after: Some(pause.as_secs()), ..refusal });
            }
            Some(Fault::Status(status)) => {
                let status = StatusCode::from_u16(status).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR);
                return Outcome::Answer(refusal(status));
            }
            Some(Fault::Delay(delay)) => tokio::time::sleep(delay).await,
            Some(Fault::LostAnswer | Fault::BrokenBody | Fault::HangAfterEffect) | None => {}
        }
        let answer = effect().await;
        if let Some(hold) = after
            && !hold.wait().await
        {
            return Outcome::Cut;
        }
        match self.fault {
            Some(Fault::LostAnswer) => Outcome::Cut,
            Some(Fault::HangAfterEffect) => Outcome::OrderGap,
            Some(Fault::BrokenBody) => Outcome::Answer(answer.truncated()),
            _ => Outcome::Answer(answer),
        }
    }
}
