//! A shop that TikTok wants asked less.

use std::time::Duration;

use domain::retry::Retry;
use domain::{LineItemId, OrderId, ProviderId, TrackingNumber};
use serde_json::json;
use tiktok::{Class, Error, ShopAccess, TikTok};

use crate::server::Reply;
use crate::setup::{fresh, shop};

async fn ship(client: &TikTok, shop: &ShopAccess) -> Result<(), Error> {
    let tracking = TrackingNumber::new("9400111899560000000000");
    let items = [LineItemId::new("5")];
    client.mark_shipped(shop, &OrderId::new("1"), &items, &ProviderId::new("2"), &tracking).await.map(|_| ())
}

#[tokio::test]
async fn a_429_stops_the_shop_and_no_other() {
    let (server, client, setup) = fresh(|_, before| match before {
        0 => Reply::text(429, "").retry_after(30),
        _ => Reply::data(json!({})),
    })
    .await;
    let thirty = Duration::from_secs(30);
    let error = ship(&client, &shop()).await.unwrap_err();
    assert_eq!((error.class(), error.retry()), (Class::Throttled { after: thirty }, Retry::Paused(thirty)));

    // The next one does not even ask, nor does a read.
    assert!(matches!(ship(&client, &shop()).await, Err(Error::Throttled { .. })));
    assert!(matches!(client.warehouses(&shop()).await, Err(Error::Throttled { .. })));
    assert_eq!(server.seen().len(), 1);

    let other = ShopAccess { shop: domain::ShopId::new("8"), ..shop() };
    ship(&client, &other).await.unwrap();

    setup.clock.advance(thirty);
    ship(&client, &shop()).await.unwrap();
    assert_eq!(server.seen().len(), 3);
}

#[tokio::test]
async fn a_refusal_without_a_pause_stops_nobody_and_a_read_takes_another_turn() {
    let (server, client, _setup) = fresh(|_, before| match before {
        0 => Reply::code(36_009_002, "Too many requests"),
        _ => Reply::data(json!({})),
    })
    .await;
    client.warehouses(&shop()).await.unwrap();
    assert_eq!(server.seen().len(), 2);
    ship(&client, &shop()).await.unwrap();
}

#[tokio::test]
async fn a_throttled_write_is_not_repeated() {
    let (server, client, _setup) = fresh(|_, _| Reply::code(36_009_002, "Too many requests")).await;
    let error = ship(&client, &shop()).await.unwrap_err();
    assert!(matches!(error.retry(), Retry::Paused(_)), "{error}");
    assert_eq!(server.seen().len(), 1);
}
