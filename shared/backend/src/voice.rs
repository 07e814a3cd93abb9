//! Phone calls in which a text is read out.

use async_trait::async_trait;
use domain::recipient::Language;
use domain::{CallId, DeliveryId, Private};

use crate::notifier::NotifyError;

/// A call.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct VoiceCall {
    /// The message that it delivers.
    pub delivery: DeliveryId,
    /// The number, in E.164 form.
    pub to: Private<String>,
    /// The language in which the text is read.
    pub language: Language,
    /// What is read out, at most 3,000 characters.
    pub text: Private<String>,
}

/// Calls people.
#[async_trait]
pub trait VoiceCalls: Send + Sync + 'static {
    /// Has somebody called, once: it is never repeated here. When this returns an id, the service will call; whether
    /// anybody answers is another matter.
    ///
    /// # Errors
    /// When the service will not call, or nobody knows.
    async fn call(&self, call: &VoiceCall) -> Result<CallId, NotifyError>;
}
