//! Phone calls where there is no number to call from.

use async_trait::async_trait;
use backend::{NotifyError, VoiceCall, VoiceCalls};
use domain::CallId;

/// Refuses every call: whoever was to be called is told over another channel.
pub(crate) struct NoVoice;

#[async_trait]
impl VoiceCalls for NoVoice {
    async fn call(&self, _: &VoiceCall) -> Result<CallId, NotifyError> {
        Err(NotifyError::Refused { reason: "no number to call from is configured".to_owned() })
    }
}
