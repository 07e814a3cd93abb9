//! Phone calls by AWS End User Messaging SMS and Voice (version 2, JSON 1.0): Polly reads the text out.

use async_trait::async_trait;
use backend::{NotifyError, VoiceCall, VoiceCalls};
use domain::CallId;
use domain::recipient::Language;
use reqwest::Method;
use serde::Deserialize;
use serde_json::json;

use crate::notify_error::{self, TIMEOUT};
use crate::signed::{Call, Signed};

/// Until when a call that waits is still made. An hour later it wakes somebody for nothing.
const TIME_TO_LIVE_SECONDS: u32 = 300;

/// Calls from one number.
#[derive(Clone, Debug)]
pub struct EndUserMessaging {
    signed: Signed,
    url: String,
    origination: String,
    configuration_set: Option<String>,
}

/// An answer that says that all is well.
#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
struct Taken {
    message_id: String,
}

/// An error's answer.
#[derive(Deserialize)]
struct Refusal {
    #[serde(rename = "__type")]
    kind: String,
}

impl EndUserMessaging {
    pub(crate) fn new(signed: Signed, url: String, origination: &str) -> Self {
        Self { signed, url, origination: origination.to_owned(), configuration_set: None }
    }

    /// Has what becomes of the calls reported to the destinations of a configuration set.
    #[must_use]
    pub fn with_configuration_set(self, name: &str) -> Self {
        Self { configuration_set: Some(name.to_owned()), ..self }
    }

    fn body(&self, call: &VoiceCall) -> String {
        let mut body = json!({
            "DestinationPhoneNumber": call.to,
            "OriginationIdentity": self.origination,
            "MessageBody": call.text,
            "MessageBodyTextType": "TEXT",
            "VoiceId": voice(call.language),
            "Context": {"delivery": call.delivery},
            "TimeToLive": TIME_TO_LIVE_SECONDS,
        });
        if let Some(name) = &self.configuration_set {
            body["ConfigurationSetName"] = json!(name);
        }
        body.to_string()
    }
}

#[async_trait]
impl VoiceCalls for EndUserMessaging {
    async fn call(&self, call: &VoiceCall) -> Result<CallId, NotifyError> {
        let headers = [
            ("content-type", "application/x-amz-json-1.0"),
            ("x-amz-target", "PinpointSMSVoiceV2.SendVoiceMessage"),
        ];
        let request = Call { method: Method::POST, url: &self.url, headers: &headers };
        let body = self.body(call);
        let answer =
            self.signed.send(&request, body.as_bytes(), TIMEOUT).await.map_err(notify_error::lost)?;
        if answer.status != 200 {
            return Err(notify_error::refused(&answer, code(&answer.body)));
        }
        match serde_json::from_slice(&answer.body) {
            Ok(Taken { message_id }) if !message_id.is_empty() => Ok(CallId::new(message_id)),
            _ => Err(notify_error::broken(&answer)),
        }
    }
}

/// A voice of Polly that speaks the language.
fn voice(language: Language) -> &'static str {
    match language {
        Language::English => "JOANNA",
        Language::Chinese => "ZHIYU",
    }
}

/// The name of an error: it may stand behind a namespace, `com.amazonaws.pinpointsmsvoicev2#ThrottlingException`, and
/// before an address.
fn code(json: &[u8]) -> Option<String> {
    let Refusal { kind } = serde_json::from_slice(json).ok()?;
    let name = kind.rsplit_once('#').map_or(kind.as_str(), |(_, name)| name);
    name.split(':').next().map(str::to_owned)
}
