//! A buyer's request to cancel, with the time for its answer.

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use crate::exception::ExceptionKind;
use crate::ids::CancelId;
use crate::record::OrderRecord;

/// A buyer's request to cancel, as TikTok lists it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct CancellationRequest {
    /// Its id, by which it is answered.
    pub id: CancelId,
    /// By when the seller has to answer, if TikTok says.
    pub respond_by: Option<Timestamp>,
}

impl OrderRecord {
    /// True while the buyer's request waits for an answer and its deadline is not known.
    pub fn lacks_cancellation(&self) -> bool {
        let known = self.cancellation.as_ref().is_some_and(|request| request.respond_by.is_some());
        self.awaits_cancellation_response() && !known
    }

    /// Takes in the request that waits for an answer, and names its deadline to people. False when that changes
    /// nothing: no answer is awaited (any more), or the request is known.
    pub fn note_cancellation(&mut self, request: CancellationRequest, now: Timestamp) -> bool {
        if !self.awaits_cancellation_response() || self.cancellation.as_ref() == Some(&request) {
            return false;
        }
        let asked = self.open_exceptions().any(|e| e.kind == ExceptionKind::CancelRequested);
        if let Some(at) = request.respond_by.filter(|_| asked) {
            let at = at.strftime("%Y-%m-%d %H:%M UTC");
            let detail = format!("The buyer asked to cancel; TikTok wants an answer by {at}.");
            self.open_exception(ExceptionKind::CancelRequested, None, detail, now);
        }
        self.cancellation = Some(request);
        self.refresh_exceptions(now);
        true
    }
}
