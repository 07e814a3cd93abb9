//! Tokens: refreshed once, replaced at once.

use std::sync::Arc;
use std::time::Duration;

use domain::OrderId;
use futures_util::future::join_all;
use serde_json::json;
use tiktok::{Class, Error, TikTok};

use crate::server::{Reply, Seen, Server};
use crate::setup::{DAY, Setup, fresh, pair, shop};

const REFRESH: &str = "/token/refresh";
const HOUR: Duration = Duration::from_secs(3600);

async fn ask(client: &TikTok) -> Result<(), Error> {
    client.orders(&shop(), &[OrderId::new("1")]).await.map(|_| ())
}

/// A TikTok that takes no token but `access-1`, which a refresh with `refresh-0` gives.
async fn after_refresh(setup_clock: Arc<crate::setup::TestClock>) -> Server {
    Server::start(move |seen: &Seen, _| match seen.path.as_str() {
        path if path.ends_with(REFRESH) => {
            assert_eq!(seen.query["refresh_token"], "refresh-0");
            assert_eq!(seen.query["grant_type"], "refresh_token");
            Reply::data(pair(1, &setup_clock)).after(Duration::from_millis(100))
        }
        _ if seen.token == "access-1" => Reply::data(json!({"orders": []})),
        _ => Reply::code(105_002, "Expired credentials"),
    })
    .await
}

async fn stale() -> (Server, Setup) {
    let mut setup = Setup::new("");
    let server = after_refresh(Arc::clone(&setup.clock)).await;
    setup.url = server.url.clone();
    (server, setup)
}

#[tokio::test]
async fn twenty_callers_refresh_once() {
    let (server, setup) = stale().await;
    let client = setup.connected(7 * DAY).await;
    setup.clock.advance(8 * DAY);
    let results = join_all((0..20).map(|_| ask(&client))).await;
    assert!(results.iter().all(Result::is_ok), "{results:?}");
    assert_eq!((server.count(REFRESH), server.count("/orders")), (1, 20));
}

#[tokio::test]
async fn two_processes_refresh_once() {
    let (server, setup) = stale().await;
    let clients = [setup.connected(7 * DAY).await, setup.client(), setup.client()];
    setup.clock.advance(8 * DAY);
    let results = join_all(clients.iter().map(ask)).await;
    assert!(results.iter().all(Result::is_ok), "{results:?}");
    assert_eq!(server.count(REFRESH), 1);
}

#[tokio::test]
async fn both_tokens_are_replaced_in_one_write() {
    let (_server, setup) = stale().await;
    let client = setup.connected(HOUR).await;
    setup.clock.advance(2 * HOUR);
    ask(&client).await.unwrap();
    let stored = setup.stored();
    assert_eq!(
        (stored["access"].as_str(), stored["refresh"].as_str()),
        (Some("access-1"), Some("refresh-1"))
    );
    assert_eq!(stored.get("refreshing_until"), None);
    for value in setup.secrets.history.lock().unwrap().iter() {
        let whole = |n: u8| value.contains(&format!("access-{n}")) && value.contains(&format!("refresh-{n}"));
        assert!(whole(0) || whole(1), "half a pair was stored");
    }
}

#[tokio::test]
async fn a_token_that_tiktok_calls_expired_is_refreshed_once_and_the_call_repeated() {
    let (server, setup) = stale().await;
    let client = setup.connected(7 * DAY).await;
    let results = join_all((0..5).map(|_| ask(&client))).await;
    assert!(results.iter().all(Result::is_ok), "{results:?}");
    assert_eq!(server.count(REFRESH), 1);
}

#[tokio::test]
async fn a_write_is_repeated_with_a_fresh_token_too() {
    let (server, setup) = stale().await;
    let client = setup.connected(7 * DAY).await;
    let (order, provider) = (OrderId::new("1"), domain::ProviderId::new("2"));
    let tracking = domain::TrackingNumber::new("9400111899560000000000");
    client.mark_shipped(&shop(), &order, &[], &provider, &tracking).await.unwrap();
    assert_eq!((server.count(REFRESH), server.count("/packages")), (1, 2));
}

#[tokio::test]
async fn a_token_that_stays_expired_ends_the_call() {
    let (server, client, setup) = fresh(|seen, _| match seen.path.ends_with(REFRESH) {
        true => Reply::data(json!({"access_token": "access-1", "refresh_token": "refresh-1"})),
        false => Reply::code(105_002, "Expired credentials"),
    })
    .await;
    assert_eq!(ask(&client).await.unwrap_err().class(), Class::Reauthorize);
    assert_eq!((server.count(REFRESH), server.count("/orders")), (1, 2));
    assert_eq!(setup.stored()["access"], "access-1", "a pair without an end is kept too");
}

#[tokio::test]
async fn an_expired_refresh_token_needs_the_seller() {
    let (server, client, setup) = fresh(|_, _| Reply::code(36_004_001, "rt has expired")).await;
    setup.clock.advance(8 * DAY);
    let error = ask(&client).await.unwrap_err();
    assert_eq!((error.class(), error.code()), (Class::Reauthorize, Some(36_004_001)));
    assert_eq!(server.count("/orders"), 0);
    assert_eq!(setup.stored().get("refreshing_until"), None, "the lease is given back");
}

#[tokio::test]
async fn refreshes_ahead_of_the_end_and_goes_on_when_that_fails() {
    let (server, client, setup) = fresh(|seen, _| match seen.path.ends_with(REFRESH) {
        true => Reply::text(502, "bad gateway"),
        false => Reply::data(json!({})),
    })
    .await;
    setup.clock.advance(5 * DAY);
    ask(&client).await.unwrap();
    assert_eq!(server.count(REFRESH), 0);
    setup.clock.advance(DAY);
    ask(&client).await.unwrap();
    ask(&client).await.unwrap();
    assert_eq!((server.count(REFRESH), server.count("/orders")), (1, 3), "one attempt a lease");
    setup.clock.advance(Duration::from_secs(31));
    ask(&client).await.unwrap();
    assert_eq!(server.count(REFRESH), 2);
}

#[tokio::test]
async fn a_lease_of_a_process_that_died_lapses() {
    let (server, setup) = stale().await;
    let client = setup.connected(HOUR).await;
    setup.clock.advance(2 * HOUR);
    lease(&setup, "2026-11-22T14:00:10Z").await;
    let other = client.clone();
    let waiting = tokio::spawn(async move { ask(&other).await });
    tokio::time::sleep(Duration::from_millis(300)).await;
    assert_eq!(server.count(REFRESH), 0, "waits for the lease");
    setup.clock.advance(Duration::from_secs(11));
    waiting.await.unwrap().unwrap();
    assert_eq!(server.count(REFRESH), 1);
}

/// Marks the record as being refreshed by a process that does nothing.
async fn lease(setup: &Setup, until: &str) {
    use system::SecretStore;
    let name = "tiktok/tokens/seller-1";
    let secret = setup.secrets.load_secret(name).await.unwrap().unwrap();
    let mut record = setup.stored();
    record["refreshing_until"] = json!(until);
    setup
        .secrets
        .commit_secret(name, domain::Private::new(record.to_string()), secret.version)
        .await
        .unwrap();
}

#[tokio::test]
async fn a_caller_that_gives_up_loses_no_pair() {
    let (server, setup) = stale().await;
    let client = setup.connected(HOUR).await;
    setup.clock.advance(2 * HOUR);
    let gave_up = tokio::time::timeout(Duration::from_millis(50), ask(&client)).await;
    assert!(gave_up.is_err());
    ask(&client).await.unwrap();
    assert_eq!((server.count(REFRESH), setup.stored()["access"].as_str()), (1, Some("access-1")));
}

#[tokio::test]
async fn takes_the_tokens_of_a_new_authorization() {
    let (server, client, setup) = fresh(|seen, _| match seen.token.as_str() {
        "access-9" => Reply::data(json!({})),
        _ => Reply::code(105_004, "no authorization"),
    })
    .await;
    assert_eq!(ask(&client).await.unwrap_err().class(), Class::Reauthorize);
    let mut tokens = setup.tokens(7 * DAY);
    tokens.access = domain::Private::from("access-9");
    setup.client().store_tokens(&tokens).await.unwrap();
    ask(&client).await.unwrap();
    assert_eq!(server.count(REFRESH), 0);
}

#[tokio::test]
async fn a_seller_without_tokens_has_to_authorize() {
    let setup = Setup::new("http://127.0.0.1:1");
    assert_eq!(ask(&setup.client()).await.unwrap_err().class(), Class::Reauthorize);
}

#[tokio::test]
async fn exchanges_a_code() {
    let setup = Setup::new("");
    let clock = Arc::clone(&setup.clock);
    let server = Server::start(move |seen, _| {
        assert_eq!(seen.path, "/api/v2/token/get");
        assert_eq!(
            (seen.query["auth_code"].as_str(), seen.query["grant_type"].as_str()),
            ("c0de", "authorized_code")
        );
        assert!(!seen.query.contains_key("sign") && !seen.query.contains_key("timestamp"));
        Reply::data(pair(3, &clock))
    })
    .await;
    let setup = Setup { url: server.url.clone(), ..setup };
    let client = setup.client();
    let tokens = client.exchange_code("c0de").await.unwrap();
    assert_eq!((tokens.open_id.as_str(), tokens.access.expose().as_str()), ("seller-1", "access-3"));
    assert_eq!(tokens.granted_scopes, ["seller.order.info"]);
    client.store_tokens(&tokens).await.unwrap();
    assert_eq!(setup.stored()["refresh"], "refresh-3");
    assert_eq!(client.consent_url("st"), "https://services.example/open/authorize?service_id=7&state=st");
}

/// A refresh that is under way when the seller is forgotten must not bring the tokens back.
#[tokio::test]
async fn forgotten_tokens_stay_forgotten_until_the_seller_consents_again() {
    let (server, setup) = stale().await;
    let clients = [setup.connected(7 * DAY).await, setup.client()];
    setup.clock.advance(8 * DAY);
    let (refreshing, forgetting) = (ask(&clients[0]), async {
        while server.count(REFRESH) == 0 {
            tokio::time::sleep(Duration::from_millis(1)).await;
        }
        clients[1].forget_tokens(&shop().account).await
    });
    let (refreshed, forgotten) = tokio::join!(refreshing, forgetting);
    forgotten.unwrap();
    assert!(matches!(refreshed, Err(Error::NotConnected)), "{refreshed:?}");
    assert!(setup.stored().is_null());
    let calls = server.seen().len();
    for client in [&clients[0], &clients[1], &setup.client()] {
        assert!(matches!(ask(client).await, Err(Error::NotConnected)));
        client.forget_tokens(&shop().account).await.unwrap();
    }
    assert_eq!(server.seen().len(), calls, "TikTok is asked nothing");

    let mut tokens = setup.tokens(7 * DAY);
    tokens.access = domain::Private::from("access-1");
    clients[1].store_tokens(&tokens).await.unwrap();
    ask(&setup.client()).await.unwrap();
}
