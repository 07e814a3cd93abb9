//! Phone calls where no number to call from is configured.

use async_trait::async_trait;
use backend::{NotifyError, VoiceCall, VoiceCalls};
use domain::CallId;

/// Refuses every call, so that the recipient is notified over another channel.
pub(crate) struct NoCalls;

#[async_trait]
impl VoiceCalls for NoCalls {
    async fn call(&self, _: &VoiceCall) -> Result<CallId, NotifyError> {
        Err(NotifyError::Refused { reason: "no number to call from is configured".to_owned() })
    }
}
