//! A TikTok that refuses the app, tells another time, or has orders that break every answer that shows them.

use std::time::Duration;

use super::TikTok;
use super::core::Core;
use super::operations::OperationError;
use super::reply::ApiError;
use crate::faults::CallKind;
use crate::lock::locked;

/// A text that is sent as it must not be: an answer with an order that holds it is no JSON.
pub const BREAKS_ANSWERS: &str = "<breaks the answer>";

/// A text over which the platform fails: every answer with an order that holds it is a 500.
pub const FAILS_ANSWERS: &str = "<fails the answer>";

/// What is odd about every call.
#[derive(Debug, Default)]
pub(crate) struct OddGate {
    refusal: Option<(i64, &'static str)>,
    refused: u64,
    /// The call whose scope the seller has not granted.
    denied: Option<CallKind>,
    denials: u64,
    clock_ahead_seconds: i64,
}

impl Core {
    /// The refusal of every signed call, if the app is refused.
    pub(crate) fn refuse(&self) -> Result<(), ApiError> {
        let mut gate = locked(&self.odd_gate);
        let Some((code, message)) = gate.refusal else { return Ok(()) };
        gate.refused += 1;
        Err(ApiError::unauthorized(code, message))
    }

    /// The refusal of calls whose scope is not granted.
    pub(crate) fn deny(&self, kind: CallKind) -> Result<(), ApiError> {
        let mut gate = locked(&self.odd_gate);
        if gate.denied != Some(kind) {
            return Ok(());
        }
        gate.denials += 1;
        Err(ApiError::unauthorized(105_005, "Access denied: the app lacks the scope."))
    }

    /// How many seconds the clock of the answers is ahead.
    pub(crate) fn clock_ahead_seconds(&self) -> i64 {
        locked(&self.odd_gate).clock_ahead_seconds
    }
}

impl TikTok {
    /// Refuses every signed call of the app with this code and message from now on; `None`: no longer.
    pub fn refuse_app(&self, refusal: Option<(i64, &'static str)>) {
        locked(&self.core().odd_gate).refusal = refusal;
    }

    /// Refuses calls of this kind from now on, because the seller has not granted their scope; `None`: no longer.
    pub fn deny_scope_of(&self, kind: Option<CallKind>) {
        locked(&self.core().odd_gate).denied = kind;
    }

    /// How many calls were refused for their scope.
    pub fn scope_denials(&self) -> u64 {
        locked(&self.core().odd_gate).denials
    }

    /// How many calls were refused so.
    pub fn refused_calls(&self) -> u64 {
        locked(&self.core().odd_gate).refused
    }

    /// Sets the clock of the answers' `Date` ahead, or behind, by so many seconds.
    pub fn set_clock_ahead(&self, seconds: i64) {
        locked(&self.core().odd_gate).clock_ahead_seconds = seconds;
    }

    /// Has an order's last change have come so long ago.
    ///
    /// # Errors
    /// When there is no such order.
    pub fn set_changed_ago(&self, order_id: &str, ago: Duration) -> Result<(), OperationError> {
        let mut state = locked(&self.core().state);
        let order = state.orders.get_mut(order_id).ok_or(OperationError::UnknownOrder)?;
        order.update_time = crate::clock::unix_seconds() - i64::try_from(ago.as_secs()).unwrap_or(i64::MAX);
        Ok(())
    }
}
