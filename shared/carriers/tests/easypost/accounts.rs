//! Several accounts, one of which does not answer or takes no calls.

use std::sync::Arc;
use std::time::{Duration, Instant};

use carriers::{CarrierAccounts, Connector, NoQuotes, ShipRequest};
use domain::rates::{Quotes, Silence};
use domain::retry::Retry;
use domain::{AccountId, Timestamp};

use crate::calls::{address, parcel};
use crate::support::{Reply, Stub, easypost_with, part, unbought};

/// The account is reached under this name, and is waited for as long as in production.
fn account(stub: &Stub, name: &str) -> Arc<dyn Connector> {
    Arc::new(easypost_with(&stub.url, |config| config.account = AccountId::parse(name).unwrap()))
}

async fn quotes(accounts: &CarrierAccounts) -> Result<Quotes, NoQuotes> {
    let (address, parcel, part) = (address(), parcel(), part());
    let request = ShipRequest {
        from: &address,
        to: &address,
        parcel: &parcel,
        customs: None,
        reference: "7-1",
        part: &part,
    };
    accounts.quotes(&request, Timestamp::UNIX_EPOCH, Instant::now() + Duration::from_secs(20)).await
}

fn paused(seconds: &'static str) -> Reply {
    Reply { retry_after: Some(seconds), ..Reply::error(429, "RATE_LIMITED") }
}

#[tokio::test]
async fn an_account_that_is_down_costs_a_short_grace() {
    let quick = Stub::start(|_| Reply::json(201, &unbought())).await;
    let down =
        Stub::start(|_| Reply { delay: Duration::from_secs(60), ..Reply::json(201, &unbought()) }).await;
    let accounts = CarrierAccounts::new([account(&down, "easypost:down"), account(&quick, "easypost:quick")]);
    let begun = Instant::now();
    let quotes = quotes(&accounts).await.unwrap();
    let took = begun.elapsed();
    assert!((Duration::from_secs(5)..Duration::from_secs(15)).contains(&took), "{took:?}");
    assert_eq!(down.calls(), ["POST /v2/shipments"]);
    assert!(!quotes.quotes.is_empty());
    let silent: Vec<_> = quotes.silent.iter().map(|silent| (silent.account.as_str(), &silent.why)).collect();
    assert_eq!(silent, [("easypost:down", &Silence::TimedOut)]);
}

#[tokio::test]
async fn an_account_that_pauses_leaves_the_quotes_of_the_others() {
    let closed = Stub::start(|_| paused("600")).await;
    let open = Stub::start(|_| Reply::json(201, &unbought())).await;
    let accounts =
        CarrierAccounts::new([account(&closed, "easypost:closed"), account(&open, "easypost:open")]);
    for _ in 0..3 {
        let quotes = quotes(&accounts).await.unwrap();
        assert!(!quotes.quotes.is_empty());
        let silent = quotes.silent.first().map(|silent| (silent.account.as_str(), &silent.why));
        assert_eq!(silent, Some(("easypost:closed", &Silence::Throttled)));
    }
    assert_eq!(closed.calls().len(), 1, "it asked not to be called");
}

/// When nobody gives quotes, the order waits for whoever opens first.
#[tokio::test]
async fn who_takes_calls_again_first_is_waited_for() {
    let (hour, soon) = (Stub::start(|_| paused("3600")).await, Stub::start(|_| paused("30")).await);
    let accounts = CarrierAccounts::new([account(&hour, "easypost:hour"), account(&soon, "easypost:soon")]);
    let NoQuotes { account, error } = quotes(&accounts).await.unwrap_err();
    assert_eq!(account.as_str(), "easypost:soon");
    assert!(matches!(error.retry(), Retry::Paused(after) if after <= Duration::from_secs(30)), "{error:?}");
}
