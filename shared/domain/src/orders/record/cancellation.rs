//! A buyer's cancellation request, and by when it has to be answered.

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use crate::exception::ExceptionKind;
use crate::ids::CancelId;
use crate::record::OrderRecord;

/// A buyer's cancellation request, as TikTok lists it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct CancellationRequest {
    pub id: CancelId,
    /// By when the seller has to answer, if TikTok says.
    pub respond_by: Option<Timestamp>,
}

impl OrderRecord {
    /// True while the buyer's request is waiting for an answer and the deadline of that answer is not known.
    pub fn lacks_cancellation(&self) -> bool {
        let known = self.cancellation.as_ref().is_some_and(|request| request.respond_by.is_some());
        self.awaits_cancellation_response() && !known
    }

    /// Stores the request that is waiting for an answer, and shows its deadline to people. False if that changes nothing:
    /// no answer is awaited (any more), or the request is already known.
    pub fn note_cancellation(&mut self, request: CancellationRequest, now: Timestamp) -> bool {
        if !self.awaits_cancellation_response() || self.cancellation.as_ref() == Some(&request) {
            return false;
        }
        let asked = self.open_exceptions().any(|e| e.kind == ExceptionKind::CancelRequested);
        if let Some(at) = request.respond_by.filter(|_| asked) {
            let at = at.strftime("%Y-%m-%d %H:%M UTC");
            let detail = format!("The buyer asked to cancel; TikTok expects an answer by {at}.");
            self.open_exception(ExceptionKind::CancelRequested, None, detail, now);
        }
        self.cancellation = Some(request);
        self.refresh_exceptions(now);
        true
    }
}
