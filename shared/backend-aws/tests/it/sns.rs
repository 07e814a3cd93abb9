//! Messages by SNS: the exact wire, what each answer means, and an emulator's filters.

use crate::support::{Seen, Service, nobody, odd, outcome, sdk};
use aws_sdk_sqs::types::QueueAttributeName;
use backend::{Notification, Notifier as _};
use backend_aws::Sns;
use domain::recipient::{Channel, Language};
use domain::{AlarmId, DeliveryId, Private, RecipientId, ShopId};
use emulator::{Emulator, Kind};
use serde_json::{Value, json};

const TOPIC: &str = "arn:aws:sns:eu-west-2:123456789012:alarms";
const TAKEN: &str = "<PublishResponse xmlns=\"http://sns.amazonaws.com/doc/2010-03-31/\"><PublishResult>\
    <MessageId>94f20ce6</MessageId></PublishResult></PublishResponse>";

fn notification(channel: Channel) -> Notification {
    Notification {
        delivery: DeliveryId::new("7495/dispatch_6h/1790000000/ann/email"),
        alarm: AlarmId::new("7495/dispatch_6h/1790000000"),
        shop: ShopId::new("7495"),
        kind: "dispatch_6h".into(),
        channel,
        recipient: RecipientId::new("ann"),
        language: Language::English,
        to: Private::from(if channel == Channel::Email { "ann@example.com" } else { "+14155550100" }),
        subject: "6 h left: 2 orders".into(),
        text: Private::from("5771 & 5772 are not shipped.\n100% + more = \"late\""),
    }
}

fn sns(url: &str) -> Sns {
    sdk("AWS_ENDPOINT_URL_SNS", url).sns(TOPIC)
}

/// The request that announces this.
async fn sent(notification: &Notification, change: impl FnOnce(Sns) -> Sns) -> Seen {
    let service = Service::start(200, TAKEN).await;
    change(sns(&service.url)).notify(notification).await.unwrap();
    let request = service.request();
    request.assert_signed("sns", "content-type;host;x-amz-date;x-amz-security-token");
    assert_eq!((request.method.as_str(), request.path.as_str()), ("POST", "/"));
    assert_eq!(request.header("content-type"), "application/x-www-form-urlencoded; charset=utf-8");
    request
}

/// The attributes of a form, as SNS reads them.
fn attributes(request: &Seen) -> Vec<(String, String)> {
    let form = request.form();
    let field = |n: usize, name: &str| form.get(&format!("MessageAttributes.entry.{n}.{name}")).cloned();
    (1..)
        .map_while(|n| {
            let name = field(n, "Name")?;
            assert_eq!(field(n, "Value.DataType").as_deref(), Some("String"));
            Some((name, field(n, "Value.StringValue").unwrap()))
        })
        .collect()
}

fn filtered_on(channel: &str) -> Vec<(String, String)> {
    [
        ("channel", channel),
        ("recipient", "ann"),
        ("shop", "7495"),
        ("kind", "dispatch_6h"),
        ("language", "en"),
        ("alarm", "7495/dispatch_6h/1790000000"),
        ("delivery", "7495/dispatch_6h/1790000000/ann/email"),
    ]
    .map(|(name, value)| (name.to_owned(), value.to_owned()))
    .to_vec()
}

#[tokio::test]
async fn an_email_is_published_to_the_topic() {
    let request = sent(&notification(Channel::Email), |sns| sns).await;
    let expect = "Action=Publish&Version=2010-03-31\
        &TopicArn=arn%3Aaws%3Asns%3Aeu-west-2%3A123456789012%3Aalarms\
        &Subject=6%20h%20left%3A%202%20orders\
        &Message=5771%20%26%205772%20are%20not%20shipped.%0A100%25%20%2B%20more%20%3D%20%22late%22\
        &MessageAttributes.entry.1.Name=channel\
        &MessageAttributes.entry.1.Value.DataType=String\
        &MessageAttributes.entry.1.Value.StringValue=email&";
    assert!(request.body.starts_with(expect), "{}", request.body);
    assert_eq!(attributes(&request), filtered_on("email"));
    assert!(!request.body.contains("ann%40"), "the subscription has the address");
    assert_eq!(request.form().len(), 5 + 3 * 7);
}

#[tokio::test]
async fn chinese_is_sent_as_it_is_and_its_subject_is_not() {
    let chinese = Notification {
        language: Language::Chinese,
        subject: "还剩6小时".into(),
        text: Private::from("订单 5771 未发货"),
        ..notification(Channel::Email)
    };
    let request = sent(&chinese, |sns| sns).await;
    let form = request.form();
    assert_eq!(form["Message"], "订单 5771 未发货");
    assert!(request.body.contains("&Message=%E8%AE%A2%E5%8D%95%205771%20"), "{}", request.body);
    assert_eq!(form["Subject"], "Punctual: dispatch_6h (shop 7495)");
    assert!(attributes(&request).contains(&("language".into(), "zh".into())));
}

#[tokio::test]
async fn a_call_is_handed_on_without_the_person() {
    let request = sent(&notification(Channel::Call), |sns| sns).await;
    let form = request.form();
    let message: Value = serde_json::from_str(&form["Message"]).unwrap();
    let expect = json!({
        "alarm": "7495/dispatch_6h/1790000000", "delivery": "7495/dispatch_6h/1790000000/ann/email",
        "shop": "7495", "recipient": "ann"
    });
    assert_eq!(message, expect);
    assert_eq!(form["TopicArn"], TOPIC);
    assert_eq!(attributes(&request), filtered_on("call"));
    assert_eq!(form.get("Subject"), None);
    assert!(!request.body.contains("4155550100"));
}

#[tokio::test]
async fn a_text_message_goes_to_the_number() {
    let request = sent(&notification(Channel::Sms), |sns| sns).await;
    assert!(request.body.contains("&PhoneNumber=%2B14155550100&Message=5771%20"), "{}", request.body);
    let transactional = ("AWS.SNS.SMS.SMSType".to_owned(), "Transactional".to_owned());
    assert_eq!(attributes(&request), std::slice::from_ref(&transactional));
    assert_eq!(request.form().get("TopicArn"), None);
    let request = sent(&notification(Channel::Sms), |sns| sns.with_sender_id("Punctual")).await;
    let sender = ("AWS.SNS.SMS.SenderID".to_owned(), "Punctual".to_owned());
    assert_eq!(attributes(&request), [transactional, sender]);
}

fn error(code: &str) -> String {
    format!(
        "<ErrorResponse xmlns=\"http://sns.amazonaws.com/doc/2010-03-31/\"><Error><Type>Sender</Type>\
         <Code>{code}</Code><Message>Invalid parameter: +14155550100 secret</Message></Error></ErrorResponse>"
    )
}

#[tokio::test]
async fn what_each_answer_means() {
    for (status, body, expect) in [
        (400, error("InvalidParameter"), "refused: InvalidParameter (400)"),
        (400, error("ParameterValueInvalid"), "refused: ParameterValueInvalid (400)"),
        (400, error("OptedOut"), "refused: OptedOut (400)"),
        (400, error("EndpointDisabled"), "refused: EndpointDisabled (400)"),
        (403, error("AuthorizationError"), "not sent until the cause is fixed: AuthorizationError (403)"),
        (403, error("InvalidClientTokenId"), "not sent until the cause is fixed: InvalidClientTokenId (403)"),
        (404, error("NotFound"), "not sent until the cause is fixed: NotFound (404)"),
        (400, error("KMSDisabled"), "not sent until the cause is fixed: KMSDisabled (400)"),
        (400, error("Throttling"), "not sent: Throttling (400)"),
        (429, error("Throttled"), "not sent: Throttled (429)"),
        (400, error("KMSThrottling"), "not sent: KMSThrottling (400)"),
        (403, error("ExpiredToken"), "not sent: ExpiredToken (403)"),
        (500, error("InternalError"), "the outcome is unknown: InternalError (500)"),
        (503, error("ServiceUnavailable"), "the outcome is unknown: ServiceUnavailable (503)"),
        (502, "<html>".into(), "the outcome is unknown: an answer that can't be read (502)"),
        (403, "<html>".into(), "the outcome is unknown: an answer that can't be read (403)"),
        (400, error("ann@example.com"), "the outcome is unknown: an answer that can't be read (400)"),
        (302, String::new(), "the outcome is unknown: an answer that can't be read (302)"),
        (200, "<PublishResponse>".into(), "the outcome is unknown: an answer without an id (200)"),
        (200, String::new(), "the outcome is unknown: an answer without an id (200)"),
    ] {
        let service = Service::start(status, &body).await;
        let result = sns(&service.url).notify(&notification(Channel::Sms)).await;
        assert_eq!(outcome(result), expect);
        service.request();
    }
}

#[tokio::test]
async fn what_no_answer_means() {
    for (url, expect) in [
        (nobody().await, "not sent: no connection was made"),
        (odd(None).await, "the outcome is unknown: no answer in time"),
        (odd(Some("")).await, "the outcome is unknown: the connection broke"),
        (
            odd(Some("HTTP/1.1 200 OK\r\ncontent-length: 500\r\n\r\n<PublishResponse>")).await,
            "the outcome is unknown: the connection broke",
        ),
    ] {
        let result = sns(&url).notify(&notification(Channel::Sms)).await;
        assert_eq!(outcome(result), expect);
    }
}

#[tokio::test]
async fn without_an_endpoint_it_is_the_region_s() {
    let _ = rustls::crypto::ring::default_provider().install_default();
    let lookup = |name: &str| (!name.starts_with("AWS_ENDPOINT")).then(|| "eu-west-2".to_owned());
    let sdk = backend_aws::Sdk::from_environment(lookup, reqwest::Client::new()).unwrap();
    let shown = format!("{:?} {:?}", sdk.sns(TOPIC), sdk.end_user_messaging("phone-1"));
    assert!(shown.contains("\"https://sns.eu-west-2.amazonaws.com/\""), "{shown}");
    assert!(shown.contains("\"https://sms-voice.eu-west-2.amazonaws.com/\""), "{shown}");
}

/// Calls an operation of the emulator's SNS. It checks no signature and knows by its scope what a request is for.
async fn call(url: &str, fields: &[(&str, &str)]) -> String {
    let scope = "AWS4-HMAC-SHA256 Credential=test/20260101/us-east-1/sns/aws4_request, SignedHeaders=host, Signature=0";
    let mut form = reqwest::Url::parse("http://form/").unwrap();
    form.query_pairs_mut().append_pair("Version", "2010-03-31").extend_pairs(fields);
    let post = reqwest::Client::new()
        .post(url)
        .header("authorization", scope)
        .header("content-type", "application/x-www-form-urlencoded")
        .body(form.query().unwrap().to_owned());
    post.send().await.unwrap().error_for_status().unwrap().text().await.unwrap()
}

#[tokio::test]
async fn a_subscription_gets_what_its_filter_names() {
    let Some(emulator) = Emulator::shared(Kind::MiniStack).unwrap() else { return };
    let sdk = emulator::sdk(emulator.url()).unwrap();
    let sqs = sdk.sqs();
    let queue = sqs.create_queue().queue_name("alarms-of-ann").send().await.unwrap().queue_url.unwrap();
    let arn = QueueAttributeName::QueueArn;
    let of_queue =
        sqs.get_queue_attributes().queue_url(&queue).attribute_names(arn.clone()).send().await.unwrap();
    let queue_arn = of_queue.attributes.unwrap()[&arn].clone();
    let made = call(emulator.url(), &[("Action", "CreateTopic"), ("Name", "alarms")]).await;
    let topic = made.split_once("<TopicArn>").unwrap().1.split_once('<').unwrap().0;
    let subscribe = [
        ("Action", "Subscribe"),
        ("TopicArn", topic),
        ("Protocol", "sqs"),
        ("Endpoint", &queue_arn),
        ("Attributes.entry.1.key", "FilterPolicy"),
        ("Attributes.entry.1.value", r#"{"channel":["email"],"recipient":["ann"]}"#),
    ];
    call(emulator.url(), &subscribe).await;

    let sns = sdk.sns(topic);
    let to_ann = Notification { text: Private::from("订单 5771 & 5772"), ..notification(Channel::Email) };
    let to_bob = Notification { recipient: RecipientId::new("bob"), ..notification(Channel::Email) };
    for notification in [&to_bob, &notification(Channel::Call), &to_ann] {
        sns.notify(notification).await.unwrap();
    }

    let received = sqs.receive_message().queue_url(&queue).max_number_of_messages(10).wait_time_seconds(5);
    let messages = received.send().await.unwrap().messages.unwrap_or_default();
    assert_eq!(messages.len(), 1, "those to others, published before it, are not here");
    let message: Value = serde_json::from_str(messages[0].body.as_deref().unwrap()).unwrap();
    assert_eq!(message["Message"], "订单 5771 & 5772");
    assert_eq!(message["Subject"], "6 h left: 2 orders");
    for (name, value) in filtered_on("email") {
        assert_eq!(message["MessageAttributes"][&name], json!({"Type": "String", "Value": value}), "{name}");
    }
    let nowhere = sdk.sns("arn:aws:sns:us-east-1:000000000000:no-such-topic");
    assert_eq!(outcome(nowhere.notify(&to_ann).await), "not sent until the cause is fixed: NotFound (404)");
}

#[tokio::test]
async fn who_has_no_confirmed_subscription_is_named() {
    let Some(emulator) = Emulator::shared(Kind::MiniStack).unwrap() else { return };
    let sdk = emulator::sdk(emulator.url()).unwrap();
    let made = call(emulator.url(), &[("Action", "CreateTopic"), ("Name", "alarms-of-three")]).await;
    let topic = made.split_once("<TopicArn>").unwrap().1.split_once('<').unwrap().0;
    for (protocol, endpoint, policy) in [
        // One of a queue is confirmed at once. In the emulator one of an address is not, as one of an e-mail is at AWS.
        ("sqs", "arn:aws:sqs:us-east-1:000000000000:of-ann", r#"{"channel":["email"],"recipient":["ann"]}"#),
        ("http", "http://127.0.0.1:9/bo", r#"{"channel":["email"],"recipient":["bo"]}"#),
        ("sqs", "arn:aws:sqs:us-east-1:000000000000:calls", r#"{"channel":["call"]}"#),
    ] {
        let subscribe = [
            ("Action", "Subscribe"),
            ("TopicArn", topic),
            ("Protocol", protocol),
            ("Endpoint", endpoint),
            ("Attributes.entry.1.key", "FilterPolicy"),
            ("Attributes.entry.1.value", policy),
        ];
        call(emulator.url(), &subscribe).await;
    }
    let people = ["ann", "bo", "cy"].map(RecipientId::new);
    let missing = sdk.sns(topic).unsubscribed(&people).await.unwrap();
    assert_eq!(missing, people[1..], "Bo has not confirmed, Cy has none");
    let nowhere = sdk.sns("arn:aws:sns:us-east-1:000000000000:no-such-topic").unsubscribed(&people).await;
    assert_eq!(outcome(nowhere), "not sent until the cause is fixed: NotFound (404)");
}
