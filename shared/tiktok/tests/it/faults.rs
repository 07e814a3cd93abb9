//! Networks and answers that fail.

use std::time::Duration;

use domain::retry::Retry;
use domain::{OrderId, ProviderId, TrackingNumber};
use serde_json::json;
use tiktok::{Class, Error, Fault, TikTok};

use crate::server::Reply;
use crate::setup::{DAY, Setup, fresh, shop};

async fn ship(client: &TikTok) -> Result<(), Error> {
    let tracking = TrackingNumber::new("9400111899560000000000");
    client.mark_shipped(&shop(), &OrderId::new("1"), &[], &ProviderId::new("2"), &tracking).await.map(|_| ())
}

async fn read(client: &TikTok) -> Result<(), Error> {
    client.warehouses(&shop()).await.map(|_| ())
}

#[track_caller]
fn assert_lost(result: Result<(), Error>, expect: Fault) {
    match result {
        Err(Error::Lost { fault, .. }) => assert_eq!(fault, expect),
        other => panic!("{other:?}"),
    }
}

#[tokio::test]
async fn a_refused_connection_sent_nothing() {
    let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
    let setup = Setup::new(&format!("http://{}", listener.local_addr().unwrap()));
    drop(listener);
    let client = setup.connected(7 * DAY).await;
    let error = ship(&client).await.unwrap_err();
    assert_eq!((error.class(), error.retry()), (Class::Retry, Retry::After(Duration::from_secs(5))));
    assert_lost(Err(error), Fault::NotSent);
}

#[tokio::test]
async fn a_timeout_is_no_answer_and_a_write_is_not_sent_again() {
    let (server, client, _setup) = fresh(|_, _| Reply::data(json!({})).after(Duration::from_secs(3))).await;
    let error = ship(&client).await.unwrap_err();
    assert_eq!((error.class(), error.retry()), (Class::RereadFirst, Retry::Reconcile));
    assert_lost(Err(error), Fault::NoAnswer);
    assert_lost(read(&client).await, Fault::NoAnswer);
    assert_eq!(server.seen().len(), 2, "what used up its time is not repeated");
}

#[tokio::test]
async fn a_lost_connection_is_no_answer() {
    let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
    let setup = Setup::new(&format!("http://{}", listener.local_addr().unwrap()));
    tokio::spawn(async move {
        loop {
            let (socket, _) = listener.accept().await.unwrap();
            socket.readable().await.unwrap();
            drop(socket);
        }
    });
    let client = setup.connected(7 * DAY).await;
    assert_lost(ship(&client).await, Fault::NoAnswer);
}

#[tokio::test]
async fn a_body_that_is_cut_off_is_broken() {
    use tokio::io::{AsyncReadExt, AsyncWriteExt};
    let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
    let setup = Setup::new(&format!("http://{}", listener.local_addr().unwrap()));
    tokio::spawn(async move {
        loop {
            let (mut socket, _) = listener.accept().await.unwrap();
            let mut buffer = [0; 4096];
            let _ = socket.read(&mut buffer).await.unwrap();
            socket.write_all(b"HTTP/1.1 200 OK\r\ncontent-length: 100\r\n\r\n{\"code\":0").await.unwrap();
        }
    });
    let client = setup.connected(7 * DAY).await;
    let error = ship(&client).await.unwrap_err();
    assert_eq!(error.retry(), Retry::Reconcile);
    assert_lost(Err(error), Fault::BrokenAnswer);
}

#[tokio::test]
async fn tells_broken_answers_from_statuses() {
    for (status, body, expect) in [
        (200, "<html>", Fault::BrokenAnswer),
        (200, "{}", Fault::BrokenAnswer),
        (200, r#"{"code":0,"data":{"warehouses":3},"#, Fault::BrokenAnswer),
        (502, "<html>", Fault::Status(502)),
        (403, "no", Fault::Status(403)),
        (302, "", Fault::Status(302)),
    ] {
        let (_server, client, _setup) = fresh(move |_, _| Reply::text(status, body)).await;
        assert_lost(ship(&client).await, expect);
    }
}

#[tokio::test]
async fn success_is_the_code_and_not_the_status() {
    let body = json!({"code": 0, "data": {}});
    let (_server, client, _setup) = fresh(move |_, _| Reply::json(500, body.clone())).await;
    ship(&client).await.unwrap();
}

#[tokio::test]
async fn a_read_is_tried_three_times_and_a_write_once() {
    for reply in
        [|| Reply::text(503, ""), || Reply::code(36_009_003, "Internal error"), || Reply::text(200, "{")]
    {
        let (server, client, _setup) = fresh(move |_, _| reply()).await;
        assert_eq!(read(&client).await.unwrap_err().class(), Class::Retry);
        assert_eq!(server.seen().len(), 3);
        assert_eq!(ship(&client).await.unwrap_err().class(), Class::RereadFirst);
        assert_eq!(server.seen().len(), 4);
    }
    let (server, client, _setup) = fresh(|_, before| match before {
        0 | 1 => Reply::text(502, ""),
        _ => Reply::data(json!({})),
    })
    .await;
    read(&client).await.unwrap();
    assert_eq!(server.seen().len(), 3);
}

#[tokio::test]
async fn a_refusal_is_not_repeated() {
    let (server, client, _setup) = fresh(|_, _| Reply::code(105_005, "you should apply for the scope")).await;
    assert_eq!(read(&client).await.unwrap_err().class(), Class::MissingScope);
    assert_eq!(server.seen().len(), 1);
}

#[tokio::test]
async fn a_refusal_of_the_app_is_no_word_on_what_was_asked() {
    let refusals: [fn() -> Reply; 6] = [
        || Reply::code(106_001, "sign is invalid"),
        || Reply::code(36_009_004, "timestamp is invalid"),
        || Reply::code(36_009_004, "Invalid app_key."),
        || Reply::code(36_009_014, "This version is retired"),
        || Reply::code(36_009_033, "The IP address is not allowed"),
        || Reply::text(403, "<html>"),
    ];
    for reply in refusals {
        let (server, client, _setup) = fresh(move |_, _| reply()).await;
        let told = std::sync::Arc::new(std::sync::atomic::AtomicUsize::new(0));
        let count = told.clone();
        let client = client.on_app_refusal(std::sync::Arc::new(move || {
            count.fetch_add(1, std::sync::atomic::Ordering::Relaxed);
        }));
        let again = Retry::After(Duration::from_secs(5));
        for error in [read(&client).await.unwrap_err(), ship(&client).await.unwrap_err()] {
            assert_eq!((error.class(), error.retry()), (Class::AppRefused, again), "{error}");
        }
        assert_eq!(server.seen().len(), 2, "it is not repeated");
        assert_eq!(told.load(std::sync::atomic::Ordering::Relaxed), 2);
    }
    let (_server, client, _setup) =
        fresh(|_, _| Reply::code(36_009_004, "param body.address is missing")).await;
    assert_eq!(ship(&client).await.unwrap_err().class(), Class::Bug);
}

#[tokio::test]
async fn the_date_of_an_answer_tells_how_far_the_clock_is_off() {
    let (_server, client, setup) = fresh(|_, _| Reply::data(json!({}))).await;
    assert_eq!(client.clock_ahead(), None);
    read(&client).await.unwrap();
    let before = client.clock_ahead().unwrap();
    setup.clock.advance(Duration::from_secs(600));
    read(&client).await.unwrap();
    let ahead = client.clock_ahead().unwrap() - before;
    assert!((590..=610).contains(&ahead.as_secs()), "{ahead:?}");
}
