//! Nothing private in what errors show.

use std::error::Error as _;
use std::fmt::Debug;
use std::time::Duration;

use domain::OrderId;
use tiktok::Error;

use crate::server::Reply;
use crate::setup::{DAY, SECRET, Setup, fresh, shop};

const PRIVATE: [&str; 9] = [
    SECRET,
    "access-0",
    "refresh-0",
    "GCP_cipher1",
    "Ann Lee",
    "Elm Street",
    "c0de",
    "127.0.0.1",
    "app_secret",
];

/// All that an error shows: itself and its sources, both ways.
fn shown(error: &Error) -> String {
    let mut shown = format!("{error} {error:?} {error:#?}");
    let mut source = error.source();
    while let Some(error) = source {
        shown += &format!(" {error} {error:?}");
        source = error.source();
    }
    shown
}

#[track_caller]
fn check(value: &str) {
    for private in PRIVATE {
        assert!(!value.contains(private), "{private} is shown in {value}");
    }
}

#[tokio::test]
async fn errors_of_answers_show_nothing_private() {
    let words = "Ann Lee, 12 Elm Street, access-0";
    for reply in [
        || Reply::code(21_011_022, "Ann Lee, 12 Elm Street, access-0"),
        || Reply::code(36_009_004, "token access-0 of 12345 Elm Street"),
        || Reply::text(200, r#"{"code":0,"data":{"orders":"Ann Lee, 12 Elm Street"}}"#),
        || Reply::text(500, "Ann Lee, 12 Elm Street"),
    ] {
        let (_server, client, _setup) = fresh(move |_, _| reply()).await;
        let error = client.orders(&shop(), &[OrderId::new("1")]).await.unwrap_err();
        check(&shown(&error));
    }
    let body = serde_json::json!({"code": 1, "message": words, "request_id": words});
    let (_server, client, _setup) = fresh(move |_, _| Reply::json(200, body.clone())).await;
    check(&shown(&client.exchange_code("c0de").await.unwrap_err()));
}

#[tokio::test]
async fn errors_of_the_network_show_no_url() {
    let (_server, client, setup) = fresh(|_, _| Reply::text(200, "").after(Duration::from_secs(3))).await;
    check(&shown(&client.orders(&shop(), &[OrderId::new("1")]).await.unwrap_err()));
    check(&shown(&client.exchange_code("c0de").await.unwrap_err()));
    setup.clock.advance(8 * DAY);
    check(&shown(&client.orders(&shop(), &[OrderId::new("1")]).await.unwrap_err()));

    let setup = Setup::new("http://nowhere.invalid");
    let client = setup.connected(7 * DAY).await;
    check(&shown(&client.orders(&shop(), &[OrderId::new("1")]).await.unwrap_err()));
    check(&shown(&client.exchange_code("c0de").await.unwrap_err()));
    let refused = Setup::new("http://127.0.0.1:1");
    let client = refused.connected(Duration::ZERO).await;
    let error = client.orders(&shop(), &[OrderId::new("1")]).await.unwrap_err();
    assert!(!shown(&error).contains(SECRET) && !shown(&error).contains("refresh-0"));
}

#[tokio::test]
async fn values_show_nothing_private() {
    let setup = Setup::new("");
    let show = |value: &dyn Debug| format!("{value:?} {value:#?}");
    check(&show(&setup.tokens(DAY)));
    check(&show(&shop()));
}
