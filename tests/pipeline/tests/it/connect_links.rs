//! Shops are connected by whoever was given a link, in the browser that opened it, and once.

use domain::Private;
use jiff::SignedDuration;
use pipeline::{BackendKind, FaultPlan, Hosted, World, WorldConfig};
use reqwest::redirect::Policy;
use shop_authorization::{BrowserResponse, BrowserSession, Callback, connect_link};
use sim::faults::CallKind;
use sim::tiktok::{TikTok, TikTokConfig};
use sim::{Browser, Page, Sandbox, SandboxConfig};
use system::Clock as _;

pipeline::on_both_backends!(
    of_two_who_come_back_with_one_link_at_once_one_connects,
    a_link_lives_for_half_an_hour_and_a_state_for_ten_minutes,
);

/// How often somebody guesses.
const GUESSES: usize = 300;

async fn sandbox() -> Sandbox {
    sim::sandbox::start(SandboxConfig { orders: 0, ..SandboxConfig::default() }).await.unwrap()
}

async fn hosted(sandbox: &Sandbox) -> Hosted {
    Hosted::start(&sandbox.tiktok, &sandbox.easypost, 60).await.unwrap()
}

async fn connected(hosted: &Hosted) -> usize {
    hosted.host.backend.shops.list_shops().await.unwrap().shops.len()
}

/// Calls that TikTok got.
fn calls(sandbox: &Sandbox) -> usize {
    sandbox.tiktok.faults().log().records().len()
}

fn callback(hosted: &Hosted, code: &str, state: &str) -> String {
    format!("{}/oauth/tiktok/callback?code={code}&state={state}", hosted.base)
}

/// The state that a browser is sent to TikTok with.
fn state(page: &Page) -> String {
    assert_eq!(page.status, 302, "{}", page.text);
    page.header("location").split_once("state=").unwrap().1.to_owned()
}

#[track_caller]
fn check_headers(page: &Page) {
    for (name, value) in [
        ("content-type", "text/plain; charset=utf-8"),
        ("x-content-type-options", "nosniff"),
        ("referrer-policy", "no-referrer"),
        ("cache-control", "no-store"),
    ] {
        assert_eq!(page.header(name), value, "{name} of {}: {}", page.status, page.text);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_stranger_without_a_link_gets_nowhere() {
    let sandbox = sandbox().await;
    let hosted = hosted(&sandbox).await;
    let good = hosted.link().split_once("ticket=").unwrap().1.to_owned();
    let elsewhere = connect_link(&Private::from("another secret"), "", hosted.host.clock.now());
    let elsewhere = elsewhere.url.expose().split_once("ticket=").unwrap().1.to_owned();
    let later = good.replacen(|digit: char| digit.is_ascii_digit(), "9", 1);
    let strange = [String::new(), "x".to_owned(), "9999999999.x.00".to_owned(), later, elsewhere];
    let queries = strange.iter().map(|ticket| format!("?ticket={ticket}"));
    for query in queries.chain([String::new(), "?ticket=a&ticket=b".to_owned(), "?state=x".to_owned()]) {
        let browser = Browser::new().unwrap();
        let page = browser.visit(&format!("{}/oauth/tiktok/start{query}", hosted.base)).await.unwrap();
        assert_eq!(page.status, 403, "{query}");
        assert!(page.text.contains("link that whoever runs Punctual creates"), "{}", page.text);
        assert_eq!((page.header("location"), page.header("set-cookie")), ("", ""), "{query}");
        check_headers(&page);
    }
    let code = sandbox.tiktok.authorization_code();
    let page = Browser::new().unwrap().visit(&callback(&hosted, &code, &good)).await.unwrap();
    assert_eq!(page.status, 400, "a ticket is no state");
    assert_eq!((calls(&sandbox), connected(&hosted).await), (0, 0));
    hosted.connect().await.unwrap();
}

/// Without the cookie a state is worth nothing, and without the state the cookie is.
#[tokio::test(flavor = "multi_thread")]
async fn three_hundred_guesses_are_no_call_to_tiktok() {
    let sandbox = sandbox().await;
    let hosted = hosted(&sandbox).await;
    let browser = Browser::new().unwrap();
    let good = state(&browser.visit(&hosted.link()).await.unwrap());
    let code = sandbox.tiktok.authorization_code();
    let client = reqwest::Client::builder().redirect(Policy::none()).build().unwrap();
    for n in 0..GUESSES {
        let page = match n % 3 {
            0 => {
                let guess = client.get(callback(&hosted, &code, &good));
                let guess = guess.header("cookie", format!("punctual-connect={n:032x}"));
                guess.send().await.unwrap().status().as_u16()
            }
            1 => client.get(callback(&hosted, &code, &good)).send().await.unwrap().status().as_u16(),
            _ => {
                let guess = format!("{}{n:03x}", &good[..good.len() - 3]);
                assert_ne!(guess, good);
                browser.visit(&callback(&hosted, &code, &guess)).await.unwrap().status
            }
        };
        assert_eq!(page, 400, "{n}");
    }
    assert_eq!((calls(&sandbox), connected(&hosted).await), (0, 0));
    let page = browser.visit(&callback(&hosted, &code, &good)).await.unwrap();
    assert_eq!((page.status, connected(&hosted).await), (200, 1), "{}", page.text);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_state_serves_once_and_only_where_it_was_begun() {
    let sandbox = sandbox().await;
    let hosted = hosted(&sandbox).await;
    let link = hosted.link();
    let (own, other) = (Browser::new().unwrap(), Browser::new().unwrap());
    let good = state(&own.visit(&link).await.unwrap());
    // The other one even holds a cookie of ours, and a link of its own.
    state(&other.visit(&hosted.link()).await.unwrap());
    let code = sandbox.tiktok.authorization_code();
    let page = other.visit(&callback(&hosted, &code, &good)).await.unwrap();
    assert_eq!(page.status, 400, "{}", page.text);
    assert!(page.text.contains("another browser") && !page.text.contains(&code), "{}", page.text);
    check_headers(&page);
    assert_eq!(calls(&sandbox), 0);

    let page = own.visit(&callback(&hosted, &code, &good)).await.unwrap();
    assert_eq!(page.status, 200, "{}", page.text);
    check_headers(&page);
    let before = calls(&sandbox);
    for code in [code, sandbox.tiktok.authorization_code()] {
        let page = own.visit(&callback(&hosted, &code, &good)).await.unwrap();
        assert_eq!(page.status, 403, "{}", page.text);
        assert!(page.text.contains("already been used"), "{}", page.text);
        check_headers(&page);
    }
    let page = own.visit(&link).await.unwrap();
    assert_eq!((page.status, page.header("location")), (403, ""), "{}", page.text);
    assert_eq!(calls(&sandbox), before);
}

/// Programs look at links that people send each other.
#[tokio::test(flavor = "multi_thread")]
async fn a_link_that_was_only_looked_at_still_serves() {
    let sandbox = sandbox().await;
    let hosted = hosted(&sandbox).await;
    let link = hosted.link();
    for _ in 0..3 {
        state(&Browser::new().unwrap().visit(&link).await.unwrap());
        assert!(reqwest::Client::new().head(&link).send().await.is_ok());
    }
    let page = Browser::new().unwrap().open(&link).await.unwrap();
    assert_eq!((page.status, connected(&hosted).await), (200, 1), "{}", page.text);
}

/// The proxy ends HTTPS: the browser is given a cookie that only this host can set, and only that one counts.
#[tokio::test(flavor = "multi_thread")]
async fn behind_a_proxy_the_cookie_belongs_to_host_and_https() {
    let sandbox = sandbox().await;
    let hosted = hosted(&sandbox).await;
    let client = reqwest::Client::builder().redirect(Policy::none()).build().unwrap();
    let from_outside = |url: String| client.get(url).header("host", "shop.example.com");
    let begun = from_outside(hosted.link()).send().await.unwrap();
    let cookie = begun.headers()["set-cookie"].to_str().unwrap().to_owned();
    let (pair, attributes) = cookie.split_once("; ").unwrap();
    assert_eq!(attributes, "Max-Age=600; Path=/; HttpOnly; SameSite=Lax; Secure");
    let token = pair.strip_prefix("__Host-punctual-connect=").unwrap();
    let good = begun.headers()["location"].to_str().unwrap().split_once("state=").unwrap().1.to_owned();
    let code = sandbox.tiktok.authorization_code();
    let planted = format!("punctual-connect={token}");
    for (cookie, status) in [(planted.as_str(), 400), (pair, 200)] {
        let back = from_outside(callback(&hosted, &code, &good)).header("cookie", cookie);
        assert_eq!(back.send().await.unwrap().status().as_u16(), status, "{cookie}");
    }

    // A browser over HTTPS keeps it, whatever name the proxy hands on.
    let page = Browser::over_https().unwrap().open(&hosted.link()).await.unwrap();
    assert_eq!(page.status, 200, "{}", page.text);
    // On this machine it would be refused by the browser: there it is given another one.
    let page = Browser::new().unwrap().visit(&hosted.link()).await.unwrap();
    let cookie = page.header("set-cookie");
    assert!(cookie.starts_with("punctual-connect=") && !cookie.contains("Secure"), "{cookie}");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_shops_name_is_shown_as_text_and_without_what_moves_the_cursor() {
    let mut sandbox = sandbox().await;
    let mut shop = sandbox.tiktok.shops()[0].clone();
    shop.name = "Caf\u{e9}\u{1b}[2J\r\n\u{0}\u{202e}<script>alert(1)</script>".to_owned();
    let config = TikTokConfig { shops: vec![shop.clone()], ..TikTokConfig::default() };
    sandbox.tiktok = TikTok::start(config).await.unwrap();
    let hosted = hosted(&sandbox).await;
    let page = Browser::new().unwrap().open(&hosted.link()).await.unwrap();
    let expect = format!("Connected: Caf\u{e9}[2J<script>alert(1)</script> ({})\n", shop.id);
    assert_eq!((page.status, page.text.as_str()), (200, expect.as_str()));
    check_headers(&page);
}

/// A process that has just started, and what somebody holds who opened the link there: the state, and the cookie.
async fn begin(world: &World, ticket: &str) -> (String, String) {
    let functions = world.functions(&FaultPlan::none()).unwrap();
    let begun = functions.shop_authorization.start(Some(ticket), &BrowserSession::over_https(None)).await;
    assert_eq!(begun.status, 302, "{}", begun.text);
    let header = |name: &str| begun.headers.iter().find(|(of, _)| *of == name).unwrap().1.clone();
    let state = header("location").split_once("state=").unwrap().1.to_owned();
    (state, header("set-cookie").split(';').next().unwrap().to_owned())
}

async fn come_back(world: &World, (state, cookie): &(String, String)) -> BrowserResponse {
    let functions = world.functions(&FaultPlan::none()).unwrap();
    let code = Some(Private::new(world.sandbox.tiktok.authorization_code()));
    let callback = Callback { code, state: Some(state.clone()), error: None };
    functions.shop_authorization.callback(&callback, &BrowserSession::over_https(Some(cookie))).await
}

fn ticket(world: &World) -> String {
    let secret = Private::from(world.sandbox.tiktok.app_secret());
    let link = connect_link(&secret, "https://shop.example.com", world.clock.now());
    link.url.expose().split_once("ticket=").unwrap().1.to_owned()
}

async fn of_two_who_come_back_with_one_link_at_once_one_connects(backend_kind: BackendKind) {
    let world = World::new(WorldConfig::default().on(&backend_kind)).await.unwrap();
    let asked = || world.sandbox.tiktok.faults().log().count(CallKind::TokenGet);
    let before = asked();
    let ticket = ticket(&world);
    let (one, other) = (begin(&world, &ticket).await, begin(&world, &ticket).await);
    assert_ne!(one, other);
    let (first, second) = tokio::join!(come_back(&world, &one), come_back(&world, &other));
    let mut statuses = [first.status, second.status];
    statuses.sort_unstable();
    assert_eq!(statuses, [200, 403], "{} {}", first.text, second.text);
    assert_eq!(asked(), before + 1);
    for again in [&one, &other] {
        assert_eq!(come_back(&world, again).await.status, 403);
    }
    let functions = world.functions(&FaultPlan::none()).unwrap();
    let begun = functions.shop_authorization.start(Some(&ticket), &BrowserSession::over_https(None)).await;
    assert_eq!(begun.status, 403, "{}", begun.text);
    assert_eq!(asked(), before + 1);
}

async fn a_link_lives_for_half_an_hour_and_a_state_for_ten_minutes(backend_kind: BackendKind) {
    let world = World::new(WorldConfig::default().on(&backend_kind)).await.unwrap();
    let asked = || world.sandbox.tiktok.faults().log().count(CallKind::TokenGet);
    let before = asked();
    let ticket = ticket(&world);
    let early = begin(&world, &ticket).await;
    world.clock.advance(SignedDuration::from_mins(10));
    let reply = come_back(&world, &early).await;
    assert_eq!(reply.status, 400, "{}", reply.text);
    // The clock runs on: nothing is asked of seconds.
    world.clock.advance(SignedDuration::from_mins(19));
    let in_time = begin(&world, &ticket).await;
    world.clock.advance(SignedDuration::from_mins(1));
    let functions = world.functions(&FaultPlan::none()).unwrap();
    let late = functions.shop_authorization.start(Some(&ticket), &BrowserSession::over_https(None)).await;
    assert_eq!(late.status, 403, "{}", late.text);
    assert_eq!(asked(), before);
    world.clock.advance(SignedDuration::from_mins(8));
    assert_eq!(come_back(&world, &in_time).await.status, 200, "begun in time");
}
