//! Connecting shops, as a seller's browser does it and as somebody does who means no good.
#![allow(clippy::unwrap_used, clippy::expect_used, reason = "a test stops at what it did not expect")]

use std::time::Duration;

use domain::Private;
use domain::shop::{Authorization, Shop};
use engine::{Clock as _, Versioned};
use jiff::SignedDuration;
use pipeline::{Hosted, Plan, World, WorldConfig, check, until};
use reqwest::redirect::Policy;
use shop_authorization::{Callback, ConnectError};
use sim::faults::{CallKind, Fault, PausePoint};
use sim::sandbox::Kind;
use sim::tiktok::{Consent, TikTok, TikTokConfig};
use sim::{Sandbox, SandboxConfig};

async fn sandbox() -> Sandbox {
    sim::sandbox::start(SandboxConfig { orders: 0, ..SandboxConfig::default() }).await.unwrap()
}

async fn hosted(sandbox: &Sandbox) -> Hosted {
    Hosted::start(&sandbox.tiktok, &sandbox.easypost, 1).await.unwrap()
}

async fn shops(hosted: &Hosted) -> Vec<Versioned<Shop>> {
    hosted.host.engine.shops.shops().await.unwrap().shops
}

/// Follows no redirect; the status, the place that it points to, and the answer's body.
async fn get(hosted: &Hosted, path: &str) -> (u16, String, String) {
    let client = reqwest::Client::builder().redirect(Policy::none()).build().unwrap();
    let answer = client.get(format!("{}{path}", hosted.base)).send().await.unwrap();
    let place = answer.headers().get("location").map_or("", |place| place.to_str().unwrap()).to_owned();
    (answer.status().as_u16(), place, answer.text().await.unwrap())
}

/// A state that the host signed.
async fn state(hosted: &Hosted) -> String {
    let (status, place, _) = get(hosted, "/oauth/tiktok/start").await;
    assert_eq!(status, 302);
    place.split_once("state=").unwrap().1.to_owned()
}

async fn callback(hosted: &Hosted, query: &str) -> (u16, String) {
    let (status, _, text) = get(hosted, &format!("/oauth/tiktok/callback?{query}")).await;
    (status, text)
}

#[tokio::test(flavor = "multi_thread")]
async fn a_state_that_was_not_signed_here_connects_nothing() {
    let sandbox = sandbox().await;
    let hosted = hosted(&sandbox).await;
    let good = state(&hosted).await;
    let code = sandbox.tiktok.authorization_code();
    let later = good.replacen(|digit: char| digit.is_ascii_digit(), "9", 1);
    let mut changed = good.clone();
    let last = if changed.pop() == Some('0') { '1' } else { '0' };
    changed.push(last);
    let states =
        [String::new(), ".".to_owned(), "9999999999.x.00".to_owned(), later, good[1..].to_owned(), changed];
    for state in states {
        assert_ne!(state, good);
        let (status, text) = callback(&hosted, &format!("code={code}&state={state}")).await;
        assert_eq!(status, 400, "{state}");
        assert!(text.contains("/oauth/tiktok/start") && !text.contains(&code), "{text}");
    }
    assert_eq!(callback(&hosted, &format!("code={code}")).await.0, 400, "missing");
    assert_eq!(callback(&hosted, "").await.0, 400);
    assert!(shops(&hosted).await.is_empty());
    assert_eq!(sandbox.tiktok.faults().log().count(CallKind::TokenGet), 0, "the code is not even tried");
    assert_eq!(callback(&hosted, &format!("code={code}&state={good}")).await.0, 200, "it was good");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_state_expires_after_ten_minutes() {
    let world = World::new(WorldConfig::default()).await.unwrap();
    let authorization = world.functions(&Plan::calm()).unwrap().shop_authorization;
    let start = authorization.start();
    let state = start.split_once("state=").map(|(_, state)| state.to_owned());
    let code = || Some(Private::new(world.sandbox.tiktok.authorization_code()));
    world.clock.turn(SignedDuration::from_mins(9));
    let in_time = Callback { code: code(), state: state.clone(), error: None };
    assert_eq!(authorization.callback(&in_time).await.unwrap().len(), 1);
    world.clock.turn(SignedDuration::from_mins(1));
    let late = Callback { code: code(), state, error: None };
    let error = authorization.callback(&late).await.unwrap_err();
    assert!(matches!(error, ConnectError::State) && error.status() == 400);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_seller_who_declines_connects_nothing() {
    let sandbox = sandbox().await;
    let hosted = hosted(&sandbox).await;
    sandbox.tiktok.set_consent(Consent::Denied);
    let answer = reqwest::get(format!("{}/oauth/tiktok/start", hosted.base)).await.unwrap();
    assert_eq!(answer.status().as_u16(), 400);
    let code = sandbox.tiktok.authorization_code();
    for query in ["code=null", "code=", "error=auth_denied", &format!("code={code}&error=auth_denied")] {
        let state = state(&hosted).await;
        assert_eq!(callback(&hosted, &format!("{query}&state={state}")).await.0, 400, "{query}");
    }
    assert!(shops(&hosted).await.is_empty());
    sandbox.tiktok.set_consent(Consent::Granted);
    hosted.connect().await.unwrap();
}

#[tokio::test(flavor = "multi_thread")]
async fn a_code_works_once_and_what_it_connected_stays() {
    let mut sandbox = sandbox().await;
    let hosted = hosted(&sandbox).await;
    let code = sandbox.tiktok.authorization_code();
    for (status, what) in [(200, "first"), (502, "again"), (502, "once more")] {
        let state = state(&hosted).await;
        let (got, text) = callback(&hosted, &format!("code={code}&state={state}")).await;
        assert_eq!(got, status, "{what}: {text}");
        assert!(!text.contains(&code), "{text}");
    }
    let invented = format!("code=TTP_invented&state={}", state(&hosted).await);
    assert_eq!(callback(&hosted, &invented).await.0, 502);
    assert_eq!(shops(&hosted).await[0].value.authorization, Authorization::Granted);
    sandbox.add(WorldConfig::one(Kind::Light).orders);
    until(Duration::from_secs(20), async || check(&sandbox, &hosted.records().await?)).await.unwrap();
}

#[tokio::test(flavor = "multi_thread")]
async fn a_failure_on_the_way_is_502_and_the_next_attempt_connects() {
    for kind in [CallKind::TokenGet, CallKind::AuthorizedShops, CallKind::WarehouseList] {
        for fault in [Fault::LostAnswer, Fault::BrokenBody] {
            let sandbox = sandbox().await;
            let hosted = hosted(&sandbox).await;
            for nth in 1..=4 {
                sandbox.tiktok.faults().on_call(kind, nth, fault);
            }
            let mut statuses = Vec::new();
            while statuses.last() != Some(&200) && statuses.len() < 6 {
                let answer = reqwest::get(format!("{}/oauth/tiktok/start", hosted.base)).await.unwrap();
                statuses.push(answer.status().as_u16());
            }
            assert_eq!((statuses[0], statuses.pop()), (502, Some(200)), "{kind} {fault:?}");
            let shops = shops(&hosted).await;
            assert_eq!(shops.len(), 1, "{kind} {fault:?}");
            assert!(!shops[0].value.warehouses.is_empty(), "{kind} {fault:?}");
        }
    }
}

async fn shop(world: &World) -> Shop {
    world.engine.shops.shops().await.unwrap().shops.remove(0).value
}

#[tokio::test(flavor = "multi_thread")]
async fn connecting_again_keeps_where_polling_stands_and_renews_the_tokens() {
    let world = World::new(WorldConfig::one(Kind::Light)).await.unwrap();
    world.clock.turn(SignedDuration::from_secs(1));
    let functions = world.functions(&Plan::calm()).unwrap();
    functions.order_poll.run().await.unwrap();
    let before = shop(&world).await;
    world.sandbox.tiktok.deauthorize();
    world.connect().await.unwrap();
    let after = shop(&world).await;
    assert!(before.poll.watermark.is_some());
    assert_eq!(after.poll, domain::polling::PollState { next_at: after.poll.next_at, ..before.poll.clone() });
    assert!(
        after.poll.next_at <= world.clock.now() && before.poll.next_at > world.clock.now(),
        "polled at once"
    );
    assert_eq!((after.connected_at, after.authorization), (before.connected_at, Authorization::Granted));
    functions.order_poll.run().await.unwrap();
    let polled = shop(&world).await;
    assert!(polled.poll.watermark > after.poll.watermark, "the new tokens serve");
    assert_eq!(polled.authorization, Authorization::Granted);
    world.drive(Plan::calm()).unwrap().until_done().await.unwrap();
    world.check().await.unwrap();
}

/// A poll under way must neither undo the new connection nor declare it lost.
#[tokio::test(flavor = "multi_thread")]
async fn connecting_again_during_a_poll_stands() {
    for refused in [false, true] {
        let world = World::new(WorldConfig::default()).await.unwrap();
        let functions = world.functions(&Plan::calm()).unwrap();
        let account = shop(&world).await.account;
        let mut signal =
            world.sandbox.tiktok.faults().pause_on(CallKind::OrderSearch, 1, PausePoint::AfterEffect);
        if refused {
            world.sandbox.tiktok.deauthorize();
        }
        let again = async {
            assert!(signal.arrived().await);
            world.connect().await.unwrap();
            signal.release();
        };
        let (polled, ()) = tokio::join!(functions.order_poll.run(), again);
        polled.unwrap();
        let shop = shop(&world).await;
        assert_eq!(shop.authorization, Authorization::Granted, "refused: {refused}");
        assert_ne!(shop.account, account, "the newer connection's tokens are used");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn both_shops_of_a_seller_are_connected_and_worked_for() {
    let mut sandbox = sandbox().await;
    let first = sandbox.tiktok.shops()[0].clone();
    let mut second = first.clone();
    (second.id, second.cipher) = ("7495551200000000002".into(), "TTP_sandboxCipherUS0002".into());
    second.name = "Second Supply Co.".to_owned();
    let config = TikTokConfig { shops: vec![first, second], ..TikTokConfig::default() };
    sandbox.tiktok = TikTok::start(config).await.unwrap();
    let hosted = hosted(&sandbox).await;
    let answer = reqwest::get(format!("{}/oauth/tiktok/start", hosted.base)).await.unwrap();
    let text = answer.text().await.unwrap();
    assert!(text.contains("7495551200000000001") && text.contains("7495551200000000002"), "{text}");
    let connected = shops(&hosted).await;
    assert_eq!(connected.len(), 2);
    assert_eq!(connected[0].value.account, connected[1].value.account, "one seller");
    let mut orders = WorldConfig::mixed(8, 5).orders;
    orders.retain(|order| order.spec.script.is_empty() && order.kind != Kind::OnHoldThenReleased);
    for order in orders.iter_mut().step_by(2) {
        order.spec.shop_id = Some("7495551200000000002".to_owned());
    }
    sandbox.add(orders);
    until(Duration::from_secs(30), async || check(&sandbox, &hosted.records().await?)).await.unwrap();
    let of: std::collections::BTreeSet<_> =
        hosted.records().await.unwrap().iter().map(|record| record.shop.to_string()).collect();
    assert_eq!(of.len(), 2);
}
