//! Calls by AWS End User Messaging: the exact wire, and what each answer means.

use crate::support::{Service, nobody, odd, outcome, sdk};
use backend::{VoiceCall, VoiceCalls as _};
use backend_aws::EndUserMessaging;
use domain::recipient::Language;
use domain::{CallId, DeliveryId, Private};
use serde_json::{Value, json};

fn calls(url: &str) -> EndUserMessaging {
    sdk("AWS_ENDPOINT_URL_PINPOINT_SMS_VOICE_V2", url).end_user_messaging("phone-1")
}

fn call() -> VoiceCall {
    VoiceCall {
        delivery: DeliveryId::new("7495/dispatch_6h/1790000000/ann/call"),
        to: Private::from("+14155550100"),
        language: Language::English,
        text: Private::from("Two \"orders\" are not shipped."),
    }
}

#[tokio::test]
async fn a_call_is_asked_for() {
    let service = Service::start(200, r#"{"MessageId":"4f1a"}"#).await;
    assert_eq!(calls(&service.url).call(&call()).await, Ok(CallId::new("4f1a")));
    let request = service.request();
    request.assert_signed("sms-voice", "content-type;host;x-amz-date;x-amz-security-token;x-amz-target");
    assert_eq!((request.method.as_str(), request.path.as_str()), ("POST", "/"));
    assert_eq!(request.header("content-type"), "application/x-amz-json-1.0");
    assert_eq!(request.header("x-amz-target"), "PinpointSMSVoiceV2.SendVoiceMessage");
    let expect = json!({
        "DestinationPhoneNumber": "+14155550100",
        "OriginationIdentity": "phone-1",
        "MessageBody": "Two \"orders\" are not shipped.",
        "MessageBodyTextType": "TEXT",
        "VoiceId": "JOANNA",
        "Context": {"delivery": "7495/dispatch_6h/1790000000/ann/call"},
        "TimeToLive": 300
    });
    assert_eq!(serde_json::from_str::<Value>(&request.body).unwrap(), expect);
}

#[tokio::test]
async fn chinese_is_read_by_a_voice_that_speaks_it() {
    let service = Service::start(200, r#"{"MessageId":"4f1a"}"#).await;
    let chinese = VoiceCall { language: Language::Chinese, text: Private::from("订单未发货"), ..call() };
    calls(&service.url).call(&chinese).await.unwrap();
    let request = service.request();
    request.assert_signed("sms-voice", "content-type;host;x-amz-date;x-amz-security-token;x-amz-target");
    let body: Value = serde_json::from_str(&request.body).unwrap();
    assert_eq!((&body["MessageBody"], &body["VoiceId"]), (&json!("订单未发货"), &json!("ZHIYU")));
}

fn error(code: &str) -> String {
    json!({"__type": code, "Message": "+14155550100 secret", "Reason": "secret"}).to_string()
}

#[tokio::test]
async fn what_each_answer_means() {
    let namespaced = "com.amazonaws.pinpointsmsvoicev2#ThrottlingException";
    let addressed = "ValidationException:http://internal.amazon.com/coral/secret/";
    for (status, body, expect) in [
        (400, error("ThrottlingException"), "not sent: ThrottlingException (400)"),
        (400, error(namespaced), "not sent: ThrottlingException (400)"),
        (
            402,
            error("ServiceQuotaExceededException"),
            "not sent until the cause is fixed: ServiceQuotaExceededException (402)",
        ),
        (409, error("ConflictException"), "refused: ConflictException (409)"),
        (400, error(addressed), "refused: ValidationException (400)"),
        (
            403,
            error("AccessDeniedException"),
            "not sent until the cause is fixed: AccessDeniedException (403)",
        ),
        (
            404,
            error("ResourceNotFoundException"),
            "not sent until the cause is fixed: ResourceNotFoundException (404)",
        ),
        (500, error("InternalServerException"), "the outcome is unknown: InternalServerException (500)"),
        (503, "secret".into(), "the outcome is unknown: an answer that can't be read (503)"),
        (400, "{}".into(), "the outcome is unknown: an answer that can't be read (400)"),
        (400, error("+14155550100"), "the outcome is unknown: an answer that can't be read (400)"),
        (200, r#"{"MessageId":""}"#.into(), "the outcome is unknown: an answer without an id (200)"),
        (200, "{}".into(), "the outcome is unknown: an answer without an id (200)"),
        (200, "secret".into(), "the outcome is unknown: an answer without an id (200)"),
    ] {
        let service = Service::start(status, &body).await;
        assert_eq!(outcome(calls(&service.url).call(&call()).await), expect);
        service.request();
    }
}

#[tokio::test]
async fn what_no_answer_means() {
    for (url, expect) in [
        (nobody().await, "not sent: no connection was made"),
        (odd(None).await, "the outcome is unknown: no answer in time"),
        (
            odd(Some("HTTP/1.1 200 OK\r\ncontent-length: 50\r\n\r\n{")).await,
            "the outcome is unknown: the connection broke",
        ),
    ] {
        assert_eq!(outcome(calls(&url).call(&call()).await), expect);
    }
}
