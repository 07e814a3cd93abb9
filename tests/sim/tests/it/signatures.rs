//! Published signatures come out right.

use sim::{easypost, tiktok};

fn check(secret: &str, path: &str, query: &[(&str, &str)], body: &str, expect: &str) {
    let query: Vec<_> = query.iter().map(|(k, v)| ((*k).to_owned(), (*v).to_owned())).collect();
    let json = Some("application/json");
    assert_eq!(tiktok::sign::request(secret, path, &query, json, body.as_bytes()), expect);
}

#[test]
fn requests() {
    check(
        "e59af819cc",
        "/authorization/202309/shops",
        &[("app_key", "29a39d"), ("timestamp", "1623812664")],
        "",
        "b596b73e0cc6de07ac26f036364178ab16b0a907af13d43f0a0cd2345f582dc8",
    );
    let query = [
        ("timestamp", "1696909648"),
        ("shop_cipher", "ROW_xkMbgAAAeVAQra0eZWebFQq5aIK"),
        ("app_key", "68xu9ks5p4i8"),
        ("sign", "left out"),
        ("access_token", "left out"),
    ];
    check(
        "e59af819cc",
        "/event/202309/webhooks",
        &query,
        "",
        "ed58e1b5e59865c22a7b828c1cab65007441f43cc91a6cb2f2cdc638e0995a37",
    );
    check(
        "e59af819cc",
        "/event/202309/webhooks",
        &query,
        r#"{"event_type":"PACKAGE_UPDATE","address":"https://partner.tiktokshop.com"}"#,
        "701dd6deb2389fe4c469b89bd37fc56f96a6da6afeb4d01c9077a65169752fa7",
    );
    check(
        "app_secret",
        "/test-api",
        &[("foo", "bar")],
        "",
        "d3cb7fe11ecae942802ceeca67e7cf10120cc12f1517d45fbc1c8cfe5413c80f",
    );
}

#[test]
fn multipart_bodies_stay_out() {
    let sign = |content_type, body: &[u8]| tiktok::sign::request("s", "/p", &[], Some(content_type), body);
    let multipart = "multipart/form-data; boundary=x";
    assert_eq!(sign(multipart, b"anything"), sign(multipart, b""));
    assert_ne!(sign("application/json", b"anything"), sign("application/json", b""));
}

#[test]
fn tiktok_webhooks() {
    let body = concat!(
        r#"{"type":1,"tts_notification_id":"7380066284010030890","shop_id":"7495540735365777507","#,
        r#""timestamp":1718305585,"data":{"is_on_hold_order":true,"order_id":"576653688135258178","#,
        r#""order_status":"UNPAID","update_time":1718305585}}"#,
    );
    assert_eq!(
        tiktok::sign::webhook("abcdef", "123", body.as_bytes()),
        "5dec0f11ec2f6783b8deee53c9ffbf8d024302f7c7e7fa55a35d17629031ac05",
    );
}

#[test]
fn easypost_secrets_are_normalised() {
    let composed = easypost::sign::webhook("s\u{e9}cret", b"{}");
    let decomposed = easypost::sign::webhook("se\u{301}cret", b"{}");
    assert_eq!(composed, decomposed);
    assert!(composed.starts_with("hmac-sha256-hex="));
}

/// The recorded event is not ours to keep: it is read from the contracts, when they are there.
#[test]
fn easypost_recorded_event() {
    let Ok(contracts) = std::env::var("PUNCTUAL_CONTRACTS") else {
        eprintln!("PUNCTUAL_CONTRACTS is not set: the recorded event is not checked");
        return;
    };
    let body = std::fs::read(format!("{contracts}/easypost/webhook_event_body.json")).unwrap();
    assert_eq!(
        easypost::sign::webhook("s\u{e9}cret", &body),
        "hmac-sha256-hex=38f3f53c103713df81616a0a186d77141957323ec21d5fe9363db93840f527db",
    );
}
