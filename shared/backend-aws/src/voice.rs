//! Phone calls by AWS End User Messaging SMS and Voice (version 2, JSON 1.0). Polly speaks the text.

use async_trait::async_trait;
use backend::{NotifyError, VoiceCall, VoiceCalls};
use domain::CallId;
use domain::recipient::Language;
use reqwest::Method;
use serde::Deserialize;
use serde_json::json;

use crate::notify_error::{self, TIMEOUT};
use crate::signed::{AwsRequest, SigningClient};

/// How long a call may wait in the service's queue. An hour later it would wake somebody for nothing.
const TIME_TO_LIVE_SECONDS: u32 = 300;

/// Makes calls from one number.
#[derive(Clone, Debug)]
pub struct EndUserMessaging {
    signed: SigningClient,
    url: String,
    origination: String,
}

/// The response to a call that was accepted.
#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
struct AcceptedCall {
    message_id: String,
}

/// The body of an error response.
#[derive(Deserialize)]
struct VoiceErrorBody {
    #[serde(rename = "__type")]
    kind: String,
}

impl EndUserMessaging {
    pub(crate) fn new(signed: SigningClient, url: String, origination: &str) -> Self {
        Self { signed, url, origination: origination.to_owned() }
    }

    fn body(&self, call: &VoiceCall) -> String {
        let body = json!({
            "DestinationPhoneNumber": call.to,
            "OriginationIdentity": self.origination,
            "MessageBody": call.text,
            "MessageBodyTextType": "TEXT",
            "VoiceId": voice(call.language),
            "Context": {"delivery": call.delivery},
            "TimeToLive": TIME_TO_LIVE_SECONDS,
        });
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
        let request = AwsRequest { method: Method::POST, url: &self.url, headers: &headers };
        let body = self.body(call);
        let answer =
            self.signed.send(&request, body.as_bytes(), TIMEOUT).await.map_err(notify_error::no_response)?;
        if answer.status != 200 {
            return Err(notify_error::refused(&answer, code(&answer.body)));
        }
        match serde_json::from_slice(&answer.body) {
            Ok(AcceptedCall { message_id }) if !message_id.is_empty() => Ok(CallId::new(message_id)),
            _ => Err(notify_error::broken(&answer)),
        }
    }
}

/// One of Polly's voices for the language.
fn voice(language: Language) -> &'static str {
    match language {
        Language::English => "JOANNA",
        Language::Chinese => "ZHIYU",
    }
}

/// The name of an error. A namespace may precede it, as in `com.amazonaws.pinpointsmsvoicev2#ThrottlingException`, and an
/// address may follow it.
fn code(json: &[u8]) -> Option<String> {
    let VoiceErrorBody { kind } = serde_json::from_slice(json).ok()?;
    let name = kind.rsplit_once('#').map_or(kind.as_str(), |(_, name)| name);
    name.split(':').next().map(str::to_owned)
}
