//! Connecting shops, as a seller's browser does it and as somebody does who means no good.

use std::time::Duration;

use backend::Versioned;
use domain::shop::{Authorization, Shop};
use jiff::SignedDuration;
use pipeline::{FaultPlan, Hosted, World, WorldConfig, check, until};
use sim::faults::{CallKind, Fault, PausePoint};
use sim::sandbox::Kind;
use sim::tiktok::{Consent, TikTok, TikTokConfig};
use sim::{Browser, Page, Sandbox, SandboxConfig};
use system::Clock as _;

async fn sandbox() -> Sandbox {
    sim::sandbox::start(SandboxConfig { orders: 0, ..SandboxConfig::default() }).await.unwrap()
}

async fn hosted(sandbox: &Sandbox) -> Hosted {
    Hosted::start(&sandbox.tiktok, &sandbox.easypost, 1).await.unwrap()
}

async fn shops(hosted: &Hosted) -> Vec<Versioned<Shop>> {
    hosted.host.backend.shops.list_shops().await.unwrap().shops
}

/// What the seller's browser shows that opened a link.
async fn open(hosted: &Hosted) -> Page {
    Browser::new().unwrap().open(&hosted.link()).await.unwrap()
}

/// A browser that stands before TikTok's consent page, and the state that it goes there with.
async fn begun(hosted: &Hosted) -> (Browser, String) {
    let browser = Browser::new().unwrap();
    let page = browser.visit(&hosted.link()).await.unwrap();
    assert_eq!(page.status, 302, "{}", page.text);
    let state = page.header("location").split_once("state=").unwrap().1.to_owned();
    (browser, state)
}

/// TikTok sends a seller back who has just begun.
async fn callback(hosted: &Hosted, query: &str) -> Page {
    let (browser, state) = begun(hosted).await;
    browser.visit(&format!("{}/oauth/tiktok/callback?{query}&state={state}", hosted.base)).await.unwrap()
}

#[tokio::test(flavor = "multi_thread")]
async fn a_seller_who_declines_connects_nothing() {
    let sandbox = sandbox().await;
    let hosted = hosted(&sandbox).await;
    sandbox.tiktok.set_consent(Consent::Denied);
    assert_eq!(open(&hosted).await.status, 400);
    let code = sandbox.tiktok.authorization_code();
    for query in ["code=null", "code=", "error=auth_denied", &format!("code={code}&error=auth_denied")] {
        assert_eq!(callback(&hosted, query).await.status, 400, "{query}");
    }
    assert!(shops(&hosted).await.is_empty());
    assert_eq!(sandbox.tiktok.faults().log().count(CallKind::TokenGet), 0);
    sandbox.tiktok.set_consent(Consent::Granted);
    hosted.connect().await.unwrap();
}

#[tokio::test(flavor = "multi_thread")]
async fn a_code_works_once_and_what_it_connected_stays() {
    let mut sandbox = sandbox().await;
    let hosted = hosted(&sandbox).await;
    let code = sandbox.tiktok.authorization_code();
    for (status, what) in [(200, "first"), (502, "again"), (502, "once more")] {
        let page = callback(&hosted, &format!("code={code}")).await;
        assert_eq!(page.status, status, "{what}: {}", page.text);
        assert!(!page.text.contains(&code), "{}", page.text);
    }
    assert_eq!(callback(&hosted, "code=TTP_invented").await.status, 502);
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
                statuses.push(open(&hosted).await.status);
            }
            assert_eq!((statuses[0], statuses.pop()), (502, Some(200)), "{kind} {fault:?}");
            let shops = shops(&hosted).await;
            assert_eq!(shops.len(), 1, "{kind} {fault:?}");
            assert!(!shops[0].value.warehouses.is_empty(), "{kind} {fault:?}");
        }
    }
}

async fn shop(world: &World) -> Shop {
    world.backend.shops.list_shops().await.unwrap().shops.remove(0).value
}

#[tokio::test(flavor = "multi_thread")]
async fn connecting_again_keeps_where_polling_stands_and_renews_the_tokens() {
    let world = World::new(WorldConfig::one(Kind::Light)).await.unwrap();
    world.clock.advance(SignedDuration::from_secs(1));
    let functions = world.functions(&FaultPlan::none()).unwrap();
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
    world.drive(FaultPlan::none()).unwrap().until_done().await.unwrap();
    world.check().await.unwrap();
}

/// A poll under way must neither undo the new connection nor declare it lost.
#[tokio::test(flavor = "multi_thread")]
async fn connecting_again_during_a_poll_stands() {
    for refused in [false, true] {
        let world = World::new(WorldConfig::default()).await.unwrap();
        let functions = world.functions(&FaultPlan::none()).unwrap();
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
    let text = open(&hosted).await.text;
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
