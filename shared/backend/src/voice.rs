//! Phone calls in which a text is spoken.

use async_trait::async_trait;
use domain::recipient::Language;
use domain::{CallId, DeliveryId, Private};

use crate::notifier::NotifyError;

/// A phone call in which a machine speaks a text.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct VoiceCall {
    /// The notification that it delivers.
    pub delivery: DeliveryId,
    /// The number, in E.164 form.
    pub to: Private<String>,
    /// The language in which the text is spoken.
    pub language: Language,
    /// The text to be spoken, at most 3,000 characters.
    pub text: Private<String>,
}

/// Makes phone calls in which a machine speaks.
#[async_trait]
pub trait VoiceCalls: Send + Sync + 'static {
    /// Makes a call once; it is never repeated here. If this returns an id, the service calls, which does not mean that anybody
    /// answers.
    ///
    /// # Errors
    /// When the service does not call, or that is unknown.
    async fn call(&self, call: &VoiceCall) -> Result<CallId, NotifyError>;
}
